"""The switch in the microphones' supply, on gpiozero's own pretended pins."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from keepmum.errors import MicPowerError
from keepmum.hardware import MicPower
from keepmum.hardware.mic_power_gpio import GpioMicPower
from keepmum.settings_hardware import MicPowerSettings

SWITCH, SUPPLY = 24, 27


class LibraryError(Exception):
    """Like lgpio's own error: neither an OSError nor gpiozero's."""


class Board(MockFactory):  # type: ignore[misc]
    """Pretended pins with a real switch between two of them, and ways to break it."""

    def __init__(self) -> None:
        super().__init__(pin_class=BoardPin)
        self.stuck: bool | None = None
        """The supply, whatever the switch is told."""
        self.loose = False
        """Whether the read-back's cable is off."""
        self.unreadable: set[int] = set()
        self.unwritable: set[int] = set()
        self.inverting = False
        self.levels: list[bool] = []
        """All levels of the switch's line since it became an output."""

    def supply(self) -> bool:
        """Whether the microphones have power: only a switch that is driven, or pulled, to its level for on."""
        switch = self.pin(SWITCH)
        driven = switch._state if switch.function == "output" or switch.pull != "floating" else self.inverting
        return driven is not self.inverting if self.stuck is None else self.stuck


class BoardPin(MockPin):
    """A pin that the board's switch hangs on."""

    def _get_state(self) -> bool:
        if self._number in self.factory.unreadable:
            raise LibraryError("'GPIO not allocated'")
        if self._number != SUPPLY or self._function == "output":
            return bool(super()._get_state())
        return self._pull == "up" if self.factory.loose else self.factory.supply()

    def _set_state(self, value: bool) -> None:
        if self._number in self.factory.unwritable:
            raise LibraryError("'bad GPIO write'")
        self.factory.levels.append(bool(value))
        super()._set_state(value)


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    """A board whose switch works, and a loaded lgpio, as far as its error goes."""
    module = type(sys)("lgpio")
    module.error = LibraryError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lgpio", module)
    board = Board()
    yield board
    board.close()


def switch(board: Board, **changed: Any) -> GpioMicPower:
    """A switch with a read-back, whose waits are over at once."""
    settings = {"driver": "gpio", "pin": SWITCH, "readback_pin": SUPPLY, **changed}
    return GpioMicPower(MicPowerSettings.model_validate(settings), board, pause=lambda seconds: None)


@pytest.mark.parametrize("readback", [SUPPLY, None])
def test_off_on_off(board: Board, readback: int | None) -> None:
    """It begins with the microphones off, switches them on and off, and says which."""
    power: MicPower = switch(board, readback_pin=readback)
    assert (power.is_off(), board.supply()) == (True, False)
    power.on()
    assert (power.is_off(), board.supply()) == (False, True)
    power.off()
    power.off()
    assert (power.is_off(), board.supply()) == (True, False)
    assert board.levels == [False, True, False, False]


def test_inverting(board: Board) -> None:
    """A switch that is on when low begins high, and is off when the line floats."""
    board.inverting = True
    power = switch(board, pin=6, readback_pin=None, on_high=False)
    assert (board.pin(6).state, power.is_off()) == (True, True)
    power.on()
    assert (board.pin(6).state, power.is_off()) == (False, False)
    power.close()
    assert (board.pin(6).state, board.pin(6).pull) == (True, "up")


def test_waits_until_they_work(board: Board) -> None:
    """Switching on returns after the settling time, which runs once the line is on."""
    waited: list[tuple[float, bool]] = []
    settings = MicPowerSettings(driver="gpio", pin=SWITCH, settle=0.4)
    power = GpioMicPower(settings, board, pause=lambda seconds: waited.append((seconds, board.supply())))
    assert waited == []
    power.on()
    assert waited == [(0.4, True)]
    power.off()
    assert len(waited) == 1


def test_off_does_not_wait_for_on(board: Board) -> None:
    """A press while the microphones are being switched on cuts them at once, and nobody is told that they work."""

    def press(seconds: float) -> None:
        thread = threading.Thread(target=power.off)
        thread.start()
        thread.join(timeout=10)
        assert not thread.is_alive(), "off waits for on"
        assert not board.supply()

    power = GpioMicPower(MicPowerSettings(driver="gpio", pin=SWITCH, readback_pin=SUPPLY), board, pause=press)
    with pytest.raises(MicPowerError, match="GPIO24 was switched off again"):
        power.on()
    assert power.is_off()


def test_switch_that_is_stuck_on(board: Board) -> None:
    """Microphones that keep their power after being switched off are not off."""
    power = switch(board)
    power.on()
    board.stuck = True
    power.off()
    assert power.is_off() is False


def test_loose_readback(board: Board) -> None:
    """A read-back whose cable is off says on, never off."""
    power = switch(board)
    board.loose = True
    assert power.is_off() is False


def test_switch_that_does_not_switch_on(board: Board) -> None:
    """Microphones without power after being switched on are an error, and the line is off again."""
    power = switch(board)
    board.stuck = False
    with pytest.raises(MicPowerError, match="GPIO24 is on, but GPIO27 sees no supply") as caught:
        power.on()
    assert "settle" in caught.value.hint
    assert board.pin(SWITCH).state is False


def test_line_that_is_held_up(board: Board) -> None:
    """Without a read-back the line itself is read: one that somebody else holds up is not off."""
    power = switch(board, readback_pin=None)
    power.off()
    board.pin(SWITCH)._state = True
    assert power.is_off() is False


def test_disagreement(board: Board) -> None:
    """A dead supply behind a line that is on is no proof of off."""
    power = switch(board)
    power.on()
    board.stuck = False
    assert power.is_off() is False


@pytest.mark.parametrize("pin", [SWITCH, SUPPLY])
def test_read_fails(board: Board, pin: int) -> None:
    """A line that cannot be read is an error, never off."""
    power = switch(board)
    board.unreadable.add(pin)
    with pytest.raises(MicPowerError, match=f"GPIO{pin} cannot be read") as caught:
        power.is_off()
    assert "count as on" in caught.value.hint


def test_write_fails(board: Board) -> None:
    """A line that cannot be set is an error, both ways."""
    power = switch(board)
    board.unwritable.add(SWITCH)
    with pytest.raises(MicPowerError, match="GPIO24 cannot be set"):
        power.on()
    with pytest.raises(MicPowerError, match="GPIO24 cannot be set"):
        power.off()


def test_closed(board: Board) -> None:
    """Closing leaves the microphones off and the pins free, with the pull that keeps them off; off is still allowed."""
    power = switch(board)
    power.on()
    power.close()
    power.close()
    power.off()
    line = board.pin(SWITCH)
    assert (board.supply(), line.function, line.pull) == (False, "input", "down")
    with pytest.raises(MicPowerError, match="cannot be read"):
        power.is_off()
    with pytest.raises(MicPowerError, match="cannot be set"):
        power.on()
    assert switch(board).is_off()


def test_closing_a_line_that_cannot_be_set(board: Board) -> None:
    """If even switching off fails, closing still lets the line float, which is off, and says what failed."""
    power = switch(board)
    power.on()
    board.unwritable.add(SWITCH)
    with pytest.raises(MicPowerError, match="cannot be set"):
        power.close()
    assert (board.supply(), board.pin(SWITCH).function) == (False, "input")


ON_TOO_EARLY = [(5, True, "up", "GPIO9"), (SWITCH, False, "down", "on when high")]


@pytest.mark.parametrize(("pin", "on_high", "way", "hint"), ON_TOO_EARLY)
def test_on_before_linux_runs(board: Board, pin: int, on_high: bool, way: str, hint: str) -> None:
    """A pin whose own pull switches the microphones on at power-up is refused before it is touched."""
    with pytest.raises(MicPowerError, match=f"GPIO{pin} is pulled {way} until Linux runs") as caught:
        switch(board, pin=pin, on_high=on_high, readback_pin=None)
    assert hint in caught.value.hint
    assert (board.pins, board.levels) == ({}, [])


def test_pin_in_use(board: Board) -> None:
    """A pin that another part has is refused; nothing stays switched on or taken."""
    first = switch(board, readback_pin=None)
    with pytest.raises(MicPowerError, match="GPIO24 is in use"):
        switch(board, readback_pin=None)
    with pytest.raises(MicPowerError, match="GPIO24 is in use"):
        switch(board, pin=25, readback_pin=SWITCH)
    assert board.pin(25).function == "input"
    with pytest.raises(MicPowerError, match="GPIO25 is in use"):
        switch(board, pin=25, readback_pin=25)
    first.close()
    assert switch(board, pin=25, readback_pin=SWITCH) is not None


def test_wrong_pin(board: Board) -> None:
    """Pins that the board has not are refused, as switch and as read-back."""
    with pytest.raises(MicPowerError, match="GPIO40 cannot be the microphones' switch"):
        switch(board, pin=40)
    with pytest.raises(MicPowerError, match="GPIO41 cannot see the microphones' supply") as caught:
        switch(board, readback_pin=41)
    assert "BCM" in caught.value.hint
