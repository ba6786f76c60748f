"""Writes the page of documentation about boards out of their profiles, so that it says what the program does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel

from keepmum.boards.pins import uses
from keepmum.boards.profile import TIERS, Board, Boot, Detect

_TOP = """\
# Boards

<!-- Written by `keepmum boards --markdown >config/boards/README.md` from the profiles beside it. Do not edit. -->

One profile per board says how it is found, what the Pi's config.txt needs, and which drivers, pins and channels keepmum
is to use with it. Name yours in your own file, `/etc/keepmum/keepmum.yaml`; whatever else stands there still wins:

```yaml
hardware:
  board: respeaker-2mic-v2
```

`keepmum boards` lists them, `keepmum boards NAME` shows one, and `keepmum config --show` names the profile as the
source of every value that it sets.

**None of these values has been measured on its board by this project yet.** They come from the sources that each
profile names; what only one source says, or nobody, stands below as *to be measured*.
"""

_OVERLAY = """\
## An overlay that the Pi does not have

Where a profile says from whom its overlay comes, config.txt alone is not enough. For the 2-Mics HAT v1, on the Pi (for
v2 write `v2_0`):

```
sudo apt install git make gcc device-tree-compiler
git clone https://github.com/Seeed-Studio/seeed-linux-dtoverlays && cd seeed-linux-dtoverlays && git checkout fe6b8c8
make overlays/rpi/respeaker-2mic-v1_0-overlay.dtbo
sudo install -m 644 overlays/rpi/respeaker-2mic-v1_0-overlay.dtbo /boot/firmware/overlays/respeaker-2mic-v1_0.dtbo
```

Both build with Debian 12's compiler; on a Pi nobody of this project has loaded them yet. For the 4-Mic and 6-Mic boards
their maker's driver has to be built as well, from the branch that is named for your kernel; its own page says how.
"""

_OWN = """\
## A board of your own

Put `my-board.yaml` into a folder `boards` beside your own file (`/etc/keepmum/boards/`) and write
`hardware.board: my-board`. The nearest profile here is a good beginning. A file of yours with the name of a shipped
one takes its place. `id`, `name`, `maker`, `tier`, `pis` and `sources` must stand in it; a source, like every sentence
of a profile, has eight letters or more. `keepmum boards my-board` shows what has become of it.

An unknown key, a wrong value and two roles on one pin are errors, each with its line. So is a pin that the board owns,
in your own file too. Pins are BCM numbers, 0 to 27. An ALSA card is named once: `card` in a profile and `device` in
your file contradict each other until you write `card: null`. Editors check a profile whose first line names
`boards.schema.json`, as the first lines here do.
"""


def page(boards: Sequence[Board]) -> str:
    """The whole page, as it stands in `config/boards/README.md`."""
    return "\n".join([_TOP, *_overview(boards), *_tiers(boards), *_each(boards), _OVERLAY, _OWN, *_keys(Board), ""])


def overview(board: Board) -> tuple[str, str, str, str, str, str, str]:
    """The words of one line in a list: name, what, Pi, tier, ring, button, mute line."""
    return (board.id, board.name, made_for(board), board.tier, ring(board), button(board), mute_line(board))


_ROLES = {
    "hardware.ring.data_pin": "the lamps",
    "hardware.ring.clock_pin": "the lamps",
    "hardware.ring.bus": "SPI, for the lamps",
    "hardware.ring.power_pin": "the lamps' power",
    "hardware.mic_power.pin": "the microphones' power",
    "hardware.mic_power.readback_pin": "the microphones' power, read back",
    "hardware.button.pin": "the button",
}

HEADINGS = ("board", "what it is", "for", "tier", "ring", "button", "mute line")


def made_for(board: Board) -> str:
    """The computers, in words."""
    return "any computer" if "any" in board.pis else ", ".join(board.pis)


def ring(board: Board) -> str:
    """The light, in words."""
    lights = board.hardware.ring
    match lights.driver:
        case "terminal" | "recorder":
            return "on the screen" if board.pis == ("laptop",) else "none"
        case "apa102" if lights.data_pin is not None:
            return f"{lights.lamps} lamps on pins {lights.data_pin} and {lights.clock_pin}"
        case "apa102":
            return f"{lights.lamps} lamps on SPI {lights.bus}.{lights.device}"
        case "ws2812":
            return f"{lights.lamps} lamps on {lights.path}"
        case _:
            return f"{lights.lamps} lamps over USB"


def button(board: Board) -> str:
    """The button, in words; one that the board does not have is the owner's to add."""
    return {
        "gpio": f"pin {board.hardware.button.pin}" + ("" if board.own_button else ", yours"),
        "keyboard": "space bar",
    }.get(board.hardware.button.driver, board.hardware.button.driver)


def mute_line(board: Board) -> str:
    """What can switch the microphones off, in words."""
    power = board.hardware.mic_power
    return {"none": "none", "gpio": f"pin {power.pin}", "xvf3800": "the board's, by USB"}.get(
        power.driver, power.driver
    )


def _overview(boards: Iterable[Board]) -> Iterator[str]:
    yield f"| {' | '.join(HEADINGS)} |"
    yield "|" + "---|" * len(HEADINGS)
    for board in boards:
        name, *rest = overview(board)
        yield f"| [{name}](#{name}) | {' | '.join(rest)} |"


def _tiers(boards: Sequence[Board]) -> Iterator[str]:
    used = sorted({board.tier for board in boards})
    yield ""
    yield "Tiers: " + "; ".join(f"**{tier}** {TIERS[tier]}" for tier in used) + "."
    yield "A pin that is *yours* is where the profile expects a button that you add, between it and ground."
    yield ""


def _each(boards: Iterable[Board]) -> Iterator[str]:
    for board in boards:
        yield f"## {board.id}"
        yield ""
        yield _name(board)
        yield ""
        yield from _boot(board)
        yield from _sentences("Taken pins", _pins(board))
        yield from _sentences("To know", board.limits)
        yield from _sentences("To be measured", board.uncertain)
        yield f"Sources: {'; '.join(board.sources)}. [{board.id}.yaml]({board.id}.yaml)"
        yield ""


def _name(board: Board) -> str:
    also = f", also sold as {', '.join(board.also)}" if board.also else ""
    maker = f"[{board.maker}]({board.link})" if board.link else board.maker
    return f"**{board.name}**{also}; {maker}. Tier {board.tier}, for {made_for(board)}."


def _boot(board: Board) -> Iterator[str]:
    lines = board.boot.lines()
    if not lines:
        return
    yield "In `/boot/firmware/config.txt`, below `[all]`:"
    yield ""
    yield "```"
    yield from lines
    yield "```"
    yield ""
    if board.boot.overlay_from:
        yield f"The overlay comes from {board.boot.overlay_from}."
        yield ""


def _pins(board: Board) -> list[str]:
    buses = {"i2c": "2 and 3: I2C of the board's chips", "i2s": "18 to 21: I2S, the sound"}
    roles: dict[str, list[int]] = {}
    for use in uses(board.hardware):
        roles.setdefault(_ROLES[use.key], []).append(use.pin)
    used = [f"{_run(pins)}: {role}" for role, pins in roles.items()]
    return [buses[bus] for bus in board.buses] + used + [f"{pin}: {why}" for pin, why in board.reserved_pins.items()]


def _run(pins: list[int]) -> str:
    return f"{pins[0]} to {pins[-1]}" if len(pins) > 2 else " and ".join(map(str, pins))


def _sentences(title: str, sentences: Iterable[str]) -> Iterator[str]:
    lines = [f"- {sentence}" for sentence in sentences]
    if lines:
        yield from (f"{title}:", "", *lines, "")


def _keys(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """What each key says, in the words that stand beside it in the code."""
    if not above:
        yield from ("| key | what it says |", "|---|---|")
    for name, field in model.model_fields.items():
        key = f"{above}{name}"
        yield f"| `{key}` | {' '.join((field.description or '').split())} |"
        if isinstance(field.annotation, type) and issubclass(field.annotation, Detect | Boot):
            yield from _keys(field.annotation, f"{key}.")
