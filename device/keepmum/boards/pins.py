"""Finds two roles on one pin, and other wishes of which a board can fulfil only one.

The Pi's header carries BCM 0 to 27. Buses: I2C on 2 and 3, SPI 0 on 7 to 11 (the kernel takes all five), I2S on 18 to
21, SPI 1 on 16 to 21 (BCM2835 peripherals, table of alternate functions). The pins of the further SPI buses of a Pi 4
and a Pi 5 differ from each other and are not checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from keepmum.boards.profile import Board
from keepmum.settings_hardware import HardwareSettings, RingSettings

LAST = 27
"""The highest BCM number on the header."""

SPI = {
    0: {7: "second select", 8: "first select", 9: "answer", 10: "data", 11: "clock"},
    1: {16: "third select", 17: "second select", 18: "first select", 19: "answer", 20: "data", 21: "clock"},
}
BUSES = {
    "i2c": {2: "I2C data", 3: "I2C clock"},
    "i2s": {18: "I2S bit clock", 19: "I2S frame clock", 20: "I2S sound in", 21: "I2S sound out"},
}
FREE_FIRST = (24, 27, 23, 25, 22, 26, 16, 6, 5, 13, 12)
"""Pins to propose: those that none of the overlays read for the profiles claims come first."""


@dataclass(frozen=True)
class Conflict:
    """Something that cannot be, in the settings as they would be in force."""

    keys: tuple[str, ...]
    """The settings that say it, dotted from the top: one or two."""
    what: str
    hint: str


@dataclass(frozen=True)
class Use:
    """A role on a pin."""

    pin: int
    key: str
    what: str


def conflicts(settings: HardwareSettings, board: Board | None = None) -> list[Conflict]:
    """What cannot be in these settings; with a board, also what collides with the board itself."""
    used = uses(settings)
    free = _free(used, board)
    return [*_off_the_header(used, free), *_shared(used, free), *_taken(used, board, free), *_channels(settings)]


def uses(settings: HardwareSettings) -> list[Use]:
    """Every pin that the drivers named in these settings would use."""
    return [*_ring(settings.ring), *_button_and_power(settings)]


def _ring(ring: RingSettings) -> Iterator[Use]:
    if ring.driver == "apa102":
        if ring.data_pin is not None and ring.clock_pin is not None:
            yield Use(ring.data_pin, "hardware.ring.data_pin", "the lamps' data")
            yield Use(ring.clock_pin, "hardware.ring.clock_pin", "the lamps' clock")
        else:
            for pin, line in SPI.get(ring.bus, {}).items():
                yield Use(pin, "hardware.ring.bus", f"the {line} of SPI {ring.bus}")
    if ring.driver in ("apa102", "ws2812") and ring.power_pin is not None:
        yield Use(ring.power_pin, "hardware.ring.power_pin", "the lamps' power")


def _button_and_power(settings: HardwareSettings) -> Iterator[Use]:
    power = settings.mic_power
    if power.driver == "gpio":
        if power.pin is not None:
            yield Use(power.pin, "hardware.mic_power.pin", "the microphones' power")
        if power.readback_pin is not None:
            yield Use(power.readback_pin, "hardware.mic_power.readback_pin", "the read-back of the microphones' power")
    if settings.button.driver == "gpio":
        yield Use(settings.button.pin, "hardware.button.pin", "the button")


def _off_the_header(used: list[Use], free: str) -> Iterator[Conflict]:
    for use in used:
        if use.pin > LAST:
            yield Conflict((use.key,), f"BCM pin {use.pin} is not on the header, which has 0 to {LAST}", free)


def _shared(used: list[Use], free: str) -> Iterator[Conflict]:
    for one, other in combinations(used, 2):
        if one.pin == other.pin:
            what = f"two roles on BCM pin {one.pin}: {one.what} ({one.key}) and {other.what} ({other.key})"
            yield Conflict((one.key, other.key), what, free)


def _taken(used: list[Use], board: Board | None, free: str) -> Iterator[Conflict]:
    if board is None:
        return
    own = _own(board)
    for use in used:
        for why in [why for pin, key, why in own if pin == use.pin and key != use.key and not _stays(used, pin, key)]:
            what = f"BCM pin {use.pin} cannot be {use.what}: on board {board.id} it is {why}"
            yield Conflict((use.key,), what, free)


def _stays(used: list[Use], pin: int, key: str) -> bool:
    """Whether the board's own role is in force; then the clash is one of two settings, and is told as such."""
    return any(use.pin == pin and use.key == key for use in used)


def _own(board: Board) -> list[tuple[int, str, str]]:
    """Pins that are wired to something on the board: the pin, the setting that is meant to use it, and why."""
    buses = [(pin, "", line) for bus in board.buses for pin, line in BUSES[bus].items()]
    reserved = [(int(pin), "", why) for pin, why in board.reserved_pins.items()]
    parts = [use for use in uses(board.hardware) if board.own_button or not use.key.startswith("hardware.button.")]
    return buses + reserved + [(use.pin, use.key, f"wired to {use.what}") for use in parts]


def _free(used: list[Use], board: Board | None) -> str:
    taken = {use.pin for use in used} | {pin for pin, _, _ in (_own(board) if board else [])}
    free = ", ".join([str(pin) for pin in FREE_FIRST if pin not in taken][:4])
    return f"free by this board's profile: {free}" if board else f"free in these settings: {free}"


def _channels(settings: HardwareSettings) -> Iterator[Conflict]:
    """The sound of several microphones is needed for a beam and for a bearing, so their channels must be delivered."""
    places, delivered = "hardware.array.microphones", "hardware.microphone.channels"
    steered = settings.microphone.channel == "beam"
    if steered and len(settings.array.microphones) < 2:
        what = f"a beam (hardware.microphone.channel) needs the places of at least two microphones ({places})"
        yield Conflict(("hardware.microphone.channel", places), what, "take a channel by its number, or say the places")
    if steered or settings.array.compass == "phat":
        missing = [channel for channel in settings.array.microphones if int(channel) >= settings.microphone.channels]
        if missing:
            what = f"microphones of the array stand on channel {', '.join(missing)} ({places}), but only"
            what += f" {settings.microphone.channels} are delivered ({delivered}), counted from 0"
            yield Conflict((places, delivered), what, "raise channels, or use the firmware with raw channels")
