"""Whatever became of the listener, its microphones are left without power."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keepmum.clock import RealClock
from keepmum.commands.microphones import cut
from keepmum.errors import MicPowerError
from keepmum.hardware.mic_power_recorder import RecorderMicPower


def test_the_supply_is_cut_and_let_go() -> None:
    """Also if the listener that was killed had left it on."""
    power = RecorderMicPower(RealClock())
    power.on()
    assert cut(power) == "the microphones have no power"
    assert [what for _, what in power.history] == ["on", "off", "off", "close"]


def test_a_supply_that_stays_on_is_an_error() -> None:
    """Nobody may believe that they are off."""
    power = RecorderMicPower(RealClock())
    power.on()
    power.stuck = True
    with pytest.raises(MicPowerError, match="still have power"):
        cut(power)
    assert power.history[-1][1] == "close"


def test_a_supply_that_nobody_can_see_is_an_error() -> None:
    """What cannot be read is not off."""
    power = RecorderMicPower(RealClock())
    power.unreadable = True
    with pytest.raises(MicPowerError, match="cannot be read"):
        cut(power)


@pytest.mark.parametrize(
    ("driver", "told"), [("none", "have no switch of their own"), ("recorder", "the microphones have no power")]
)
def test_the_command_cuts_what_the_settings_name(command: Callable[..., Any], driver: str, told: str) -> None:
    """`hardware.mic_power` says whether there is a switch, and which."""
    done = command(f"--set=hardware.mic_power.driver={driver}", "microphones", "--off")
    assert done.code == 0
    assert told in done.out


def test_it_only_switches_off(command: Callable[..., Any]) -> None:
    """There is no word for on, and none that could be forgotten to be said."""
    assert command("microphones").code == 2
    assert command("microphones", "--on").code == 2
