"""The ring's lamps on real lines: spidev over the kernel's own SPI driver, and two pins by lgpio, read from outside."""

from __future__ import annotations

from collections.abc import Callable

from gpiozero import Factory
from kernel_hand import BUTTON, CLOCK, DATA, SUPPLY, Hand

from keepmum.hardware.lamps.apa102 import encode
from keepmum.hardware.lamps.strip_pins import PinStrip
from keepmum.hardware.lamps.strip_spi import SpiStrip
from keepmum.settings_hardware import RingSettings

Figure = Callable[[str], None]
PICTURE = [(20 * lamp, 255 - 20 * lamp, lamp) for lamp in range(12)]


def read(hand: Hand, data: int, clock: int) -> bytes:
    """What a lamp on these lines has read: one bit at each rising edge of the clock."""
    level, bits = 0, ""
    for _, line, now in hand.changes():
        if line == data:
            level = now
        elif line == clock and now:
            bits += str(level)
    return int(bits or "0", 2).to_bytes(len(bits) // 8, "big")


def test_spi(hand: Hand, figure: Figure) -> None:
    """Every bit of a picture written to /dev/spidev0.0 is on the wires, and closing goes dark."""
    strip = SpiStrip(RingSettings(driver="apa102", lamps=12))
    strip.write(PICTURE)
    seen = read(hand, DATA, CLOCK)
    figure(f"{8 * len(seen)} bits read from the wires")
    assert seen == encode(PICTURE)
    strip.close()
    assert read(hand, DATA, CLOCK) == encode([(0, 0, 0)] * 12)


def test_two_pins(hand: Hand, pins: Factory) -> None:
    """The same, by hand on two ordinary pins, for the three lamps of a Voice Bonnet."""
    strip = PinStrip(RingSettings(driver="apa102", lamps=3, data_pin=SUPPLY, clock_pin=BUTTON), pins)
    hand.changes()
    strip.write(PICTURE[:3])
    assert read(hand, SUPPLY, BUTTON) == encode(PICTURE[:3])
    strip.close()
    assert read(hand, SUPPLY, BUTTON) == encode([(0, 0, 0)] * 3)
