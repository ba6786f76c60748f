"""Every way in which two roles, or a role and the board, can want the same pin."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.boards.pins import conflicts, uses
from keepmum.boards.shelf import Shelf
from keepmum.settings_hardware import HardwareSettings

BOARDS = {board.id: board for board in Shelf().boards()}
ON_TWO_PINS = {"driver": "apa102", "data_pin": 5, "clock_pin": 6}


def clashes(board: str | None = None, **roles: dict[str, Any]) -> list[tuple[str, ...]]:
    """The keys of every conflict, shortened, where these roles are in force."""
    settings = HardwareSettings.model_validate(roles)
    found = conflicts(settings, BOARDS[board] if board else None)
    assert all(each.what and each.hint for each in found)
    return [tuple(key.removeprefix("hardware.") for key in each.keys) for each in found]


@pytest.mark.parametrize("pin", range(28))
def test_a_button_may_have_any_pin_that_nobody_else_has(pin: int) -> None:
    """Lamps on SPI 0 take 7 to 11, all five, because the kernel does."""
    found = clashes(button={"driver": "gpio", "pin": pin}, ring={"driver": "apa102"})
    assert found == ([("ring.bus", "button.pin")] if 7 <= pin <= 11 else [])


def test_drivers_that_use_no_pins_clash_with_nothing() -> None:
    """A pin in the settings of a driver that is not in force is nobody's."""
    assert clashes(button={"driver": "keyboard", "pin": 10}, ring={"driver": "apa102"}) == []
    assert clashes(button={"driver": "gpio", "pin": 5}, ring={**ON_TWO_PINS, "driver": "terminal"}) == []
    assert clashes(button={"driver": "gpio", "pin": 5}, mic_power={"driver": "xvf3800", "pin": 5}) == []


def test_each_pair_of_roles_is_seen() -> None:
    """Three roles on one pin are three pairs."""
    everything = clashes(
        button={"driver": "gpio", "pin": 5},
        ring=ON_TWO_PINS,
        mic_power={"driver": "gpio", "pin": 5, "readback_pin": 6},
    )
    assert sorted(everything) == [
        ("mic_power.pin", "button.pin"),
        ("ring.clock_pin", "mic_power.readback_pin"),
        ("ring.data_pin", "button.pin"),
        ("ring.data_pin", "mic_power.pin"),
    ]


def test_a_power_switch_cannot_be_its_own_witness() -> None:
    """A read-back on the output's own pin would always agree."""
    power = {"driver": "gpio", "pin": 24, "readback_pin": 24}
    assert clashes(mic_power=power) == [("mic_power.pin", "mic_power.readback_pin")]


@pytest.mark.parametrize("driver", ["apa102", "ws2812"])
def test_a_pin_that_feeds_the_lamps_is_theirs(driver: str) -> None:
    """On SPI and on the kernel's device."""
    found = clashes(button={"driver": "gpio", "pin": 26}, ring={"driver": driver, "power_pin": 26})
    assert found == [("ring.power_pin", "button.pin")]


@pytest.mark.parametrize("pin", [2, 3, 18, 19, 20, 21])
def test_a_hats_buses_are_taken(pin: int) -> None:
    """I2C to its codec and I2S for its sound; a USB board leaves them free."""
    button = {"driver": "gpio", "pin": pin}
    assert clashes("adafruit-voice-bonnet", button=button) == [("button.pin",)]
    assert clashes("respeaker-usb-v2", button=button) == []


def test_lamps_on_spi_1_would_take_a_hats_sound() -> None:
    """SPI 1 shares its pins with I2S."""
    found = clashes("respeaker-2mic-v2", ring={"driver": "apa102", "bus": 1})
    assert found == [("ring.bus",)] * 5, "17 is the board's button, and four pins are I2S"


def test_what_is_wired_on_the_board_stays_wired_there() -> None:
    """Moving the button elsewhere does not free the pin that the board's own is soldered to."""
    power = {"driver": "gpio", "pin": 17}
    moved = {"driver": "gpio", "pin": 24}
    assert clashes("respeaker-2mic-v2", mic_power=power, button=moved) == [("mic_power.pin",)]
    lamps = clashes("respeaker-2mic-v2", ring={"driver": "recorder"}, button={"driver": "gpio", "pin": 10})
    assert lamps == [("button.pin",)]


def test_a_button_that_the_owner_adds_frees_its_pin_when_it_moves() -> None:
    """The profile's pin 23 is a proposal on a board without a button."""
    power = {"driver": "gpio", "pin": 23}
    assert clashes("respeaker-4mic", mic_power=power, button={"driver": "gpio", "pin": 24}) == []


def test_a_beam_needs_the_places_of_its_microphones() -> None:
    """Two at least, on channels that are delivered."""
    two = {"microphones": {"0": (0, 9), "3": (9, 0)}}
    beam = {"channels": 2, "channel": "beam"}
    assert clashes(microphone=beam) == [("microphone.channel", "array.microphones")]
    assert clashes(microphone=beam, array=two) == [("array.microphones", "microphone.channels")]
    assert clashes(microphone={**beam, "channels": 4}, array=two) == []
    assert clashes(microphone={"channels": 2, "channel": 0}, array=two) == [], "places that nobody uses harm nobody"


@given(st.lists(st.integers(0, 40), min_size=6, max_size=6))
def test_no_pin_ever_serves_two_roles_unseen(pins: list[int]) -> None:
    """Whatever six pins the six roles are given: no conflict means that all are different and on the header."""
    settings = HardwareSettings.model_validate(
        {
            "button": {"driver": "gpio", "pin": pins[0]},
            "mic_power": {"driver": "gpio", "pin": pins[1], "readback_pin": pins[2]},
            "ring": {"driver": "apa102", "data_pin": pins[3], "clock_pin": pins[4], "power_pin": pins[5]},
        }
    )
    assert sorted(use.pin for use in uses(settings)) == sorted(pins)
    fine = len(set(pins)) == len(pins) and max(pins) <= 27
    assert (conflicts(settings) == []) == fine
