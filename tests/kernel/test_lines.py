"""What lgpio and the kernel really do with lines: who holds one, a callback that raises, a process that is killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gpiozero import Factory
from kernel_hand import CLOCK, DATA, DOWN, FREE, ITS_BUTTON, ITS_POWER, UP, Hand

from keepmum.errors import ButtonError
from keepmum.hardware.button_gpio import GpioButton
from keepmum.hardware.mic_power_gpio import GpioMicPower
from keepmum.hardware.pins import chips, header, holder
from keepmum.settings_hardware import ButtonSettings, MicPowerSettings

Figure = Callable[[str], None]
Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def gpiomon(outside: Hand) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Another program that holds the free line."""
    started = []

    def start() -> subprocess.Popen[str]:
        words = ["gpiomon", "gpiochip0", str(FREE)]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, text=True)
        started.append(process)
        while not holder(FREE, chips()[0]):
            assert process.poll() is None
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_the_chip_says_what_it_is(outside: Hand, figure: Figure) -> None:
    """keepmum asks the kernel itself for chips and labels, and does not take this one for a Pi's."""
    (chip,) = chips()
    figure(f"{chip.path} is {chip.label} with {chip.lines} lines")
    assert (chip.number, chip.lines, chip.trouble) == (0, 8, "")
    assert header(chips(), (chip.label,)) == chip
    with pytest.raises(OSError, match="no GPIO chip has a Pi's header"):
        header(chips())


def test_another_program_has_the_pin(pins: Factory, gpiomon: Callable[[], subprocess.Popen[str]]) -> None:
    """The kernel says who; the button is refused while it is so, and can be had afterwards."""
    process = gpiomon()
    assert holder(FREE, chips()[0]) == "gpiomon"
    with pytest.raises(ButtonError, match=f"GPIO{FREE} is in use"):
        GpioButton(ButtonSettings(driver="gpio", pin=FREE), pins)
    process.kill()
    process.wait()
    GpioButton(ButtonSettings(driver="gpio", pin=FREE), pins).close()


def test_the_ring_has_its_pins(pins: Factory) -> None:
    """Lines that the kernel's SPI driver has are named after it and refused."""
    assert "mosi" in holder(DATA, chips()[0])
    with pytest.raises(ButtonError, match=f"GPIO{CLOCK} is in use"):
        GpioButton(ButtonSettings(driver="gpio", pin=CLOCK), pins)


def test_a_pin_that_is_not_there(pins: Factory) -> None:
    """A number beyond the chip's lines is one clear error."""
    with pytest.raises(ButtonError, match="GPIO17"):
        GpioButton(ButtonSettings(driver="gpio", pin=17), pins)


def test_why_callbacks_are_guarded(hand: Hand, child: Start) -> None:
    """In lgpio itself an exception in a callback ends its only thread: of three presses, one is noticed."""
    hand.play(ITS_BUTTON, (UP, 0.0))
    bare = child("bare_callback")
    for _ in range(3):
        hand.play(ITS_BUTTON, (DOWN, 0.1), (UP, 0.1))
    assert bare.found() == 1


def test_callbacks_are_guarded(hand: Hand, child: Start) -> None:
    """keepmum's button is told of all three, whatever its listener does."""
    hand.play(ITS_BUTTON, (UP, 0.0))
    guarded = child("raising_listener")
    for _ in range(3):
        hand.play(ITS_BUTTON, (DOWN, 0.1), (UP, 0.1))
    assert guarded.found() == [True, False] * 3


@pytest.mark.parametrize(
    ("first", "works"),
    [("import lgpio", False), ("from keepmum.hardware.pins import load_lgpio; load_lgpio()", True)],
    ids=["lgpio", "keepmum"],
)
def test_a_folder_that_cannot_be_written(outside: Hand, first: str, works: bool) -> None:
    """lgpio makes a FIFO where it stands, and cannot be imported where it may not; keepmum loads it anywhere."""
    before = set(Path("/sys").iterdir())
    done = subprocess.run([sys.executable, "-c", first], cwd="/sys", capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is works, done.stderr
    assert set(Path("/sys").iterdir()) == before


def test_the_power_line_outlives_its_process(hand: Hand, child: Start, pins: Factory, figure: Figure) -> None:
    """kill -9 leaves the microphones on, as it does on a Pi; the next start switches them off before anything else."""
    switch = child("microphones_on")
    assert hand.changes()[-1][1:] == (ITS_POWER, 0)
    switch.process.kill()
    switch.process.wait()
    assert holder(ITS_POWER, chips()[0]) == ""
    hand.play(ITS_BUTTON, (UP, 0.2))
    assert hand.changes() == []
    power = GpioMicPower(MicPowerSettings(driver="gpio", pin=ITS_POWER, on_high=False), pins)
    power.close()
    after = hand.changes()
    figure(f"after kill -9 the line kept its level; the next start changed it: {[level for _, _, level in after]}")
    assert after[0][1:] == (ITS_POWER, 1)
