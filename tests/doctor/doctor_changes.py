"""Changes to the description of a healthy machine, out of which its defects are made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from keepmum.seal import Keys

Words = dict[str, Any]
BOOT = "/boot/firmware/config.txt"
V1 = "hardware:\n  board: respeaker-2mic-v1\n"
XVF3800 = "hardware:\n  board: respeaker-xvf3800-usb\n"
LAMPS_OF_THE_KERNEL = "hardware:\n  ring:\n    driver: ws2812\n    path: /dev/leds0\n"


class Defect(NamedTuple):
    """`check` must end in `verdict`, with `found` in what it found and `hint` in what it says to do."""

    what: str
    check: str
    verdict: str
    found: str
    hint: str
    change: Callable[[Words], object]


def put(path: str, text: str) -> Callable[[Words], object]:
    return lambda words: words["files"].update({path: text})


def gone(path: str) -> Callable[[Words], object]:
    return lambda words: words["files"].pop(path)


def carded(weeks: int) -> str:
    """A recipient's card of four weeks, which begin so many weeks after the machines' date."""
    made = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp() + weeks * 7 * 86_400
    return Keys.generate("lab", "lab@example.org", "Ghent", "EU", 1, 30, 0, ("research",), made, 4).card.to_json()


def boot(old: str, new: str = "") -> Callable[[Words], object]:
    def change(words: Words) -> None:
        assert old in words["files"][BOOT]
        words["files"][BOOT] = words["files"][BOOT].replace(old, new)

    return change


def says(**keys: object) -> Callable[[Words], object]:
    return lambda words: words.update(keys)


def lacks(*keys: str) -> Callable[[Words], object]:
    return lambda words: [words.pop(key) for key in keys]


def card(**keys: object) -> Callable[[Words], object]:
    """The HAT's card, as it could also be; None takes a key away."""

    def change(words: Words) -> None:
        hat = words["cards"][2] | keys
        words["cards"][2] = {key: value for key, value in hat.items() if value is not None}

    return change


def both(*changes: Callable[[Words], object]) -> Callable[[Words], object]:
    return lambda words: [change(words) for change in changes]


def settings(more: str) -> Callable[[Words], object]:
    return lambda words: words.update(settings=more)


def in_hardware(more: str) -> Callable[[Words], object]:
    """More lines below `hardware:` of the owner's file."""
    return lambda words: words.update(settings=words["settings"].replace("hardware:\n", f"hardware:\n{more}"))


SILENT = "listener"
USB_ARRAY = both(
    settings(XVF3800),
    says(
        usb=["1d6b:0002", "2886:001a"],
        cards=[{"number": 0, "id": "Array", "ways": "cp", "usb": "2886:001a", "channels": 2}],
        mixer={0: {}},
    ),
    lacks(SILENT),
)
