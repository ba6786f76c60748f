"""Several threads at one board: one transfer at a time, and whoever mutes goes first."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from keepmum.errors import UsbError
from keepmum.hardware.usb import xvf3800
from keepmum.hardware.usb.simulated import SimulatedXvf3800
from keepmum.hardware.usb.turns import Turns
from keepmum.hardware.usb.xvf3800 import Xvf3800

DARK = [(0, 0, 0)] * 12
BRIGHT = [(255, 0, 0)] * 12


def wait_until(true: Callable[[], bool]) -> None:
    """Let other threads run until something is so, however slow the machine is, but not for ever."""
    never = threading.Event()
    for _ in range(5_000):
        if true():
            return
        never.wait(0.001)
    raise AssertionError("what was waited for never came")


@contextmanager
def thread(work: Callable[[], object]) -> Iterator[list[BaseException]]:
    """Something that another thread does, and the error that it ended with; joined at the end."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except UsbError as error:
            failed.append(error)

    running = threading.Thread(target=run)
    running.start()
    try:
        yield failed
    finally:
        running.join()


def mute_during_the_first_picture(board: Xvf3800, device: SimulatedXvf3800) -> list[str]:
    """The names of the transfers when the button is pressed while the ring's first transfer is under way."""
    pressed = threading.Event()

    def during(_: str) -> None:
        if not pressed.is_set():
            pressed.set()
            wait_until(lambda: board.waiting[1] == 1)

    device.during = during
    with thread(lambda: (pressed.wait(), board.mute(True))):
        board.lamps(BRIGHT)
        board.lamps(DARK)
    return [sent.name if sent.data[:1] != b"\x1e" else "mute" for sent in device.history]


def test_mute_waits_for_one_transfer() -> None:
    """Of a picture in four transfers and one behind it, a mute lets pass the one that is under way."""
    device = SimulatedXvf3800()
    names = mute_during_the_first_picture(Xvf3800(device), device)
    assert names[:2] == ["GPO_WRITE_VALUE", "mute"]
    assert names[-2:] == ["LED_RING_COLOR"] * 2
    assert device.muted


def test_a_mute_without_right_of_way_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one turn for a whole picture the same press comes behind all of it, and the test above sees it."""

    class Slow(Xvf3800):
        def lamps(self, colours: object) -> None:
            with self._turns.turn():
                for command in (xvf3800._LED_GAMMIFY, xvf3800._LED_EFFECT):
                    xvf3800._send(self._control, command, b"\x05")

    device = SimulatedXvf3800()
    names = mute_during_the_first_picture(Slow(device), device)
    assert names.index("mute") > 1


def test_two_transfers_never_overlap() -> None:
    """Four threads that ask all at once are served one after the other, and each gets its own answer."""
    device = SimulatedXvf3800()
    board = Xvf3800(device)
    inside: list[int] = []
    most: list[int] = []

    def during(_: str) -> None:
        inside.append(1)
        most.append(len(inside))
        for _ in range(20):
            os.sched_yield()
        inside.pop()

    device.during = during
    versions: list[tuple[int, int, int]] = []
    with (
        thread(lambda: [board.lamps(BRIGHT) for _ in range(20)]),
        thread(lambda: [board.mute(True) for _ in range(20)]),
        thread(lambda: [versions.append(board.version()) for _ in range(20)]),
        thread(lambda: [board.bearing() for _ in range(20)]),
    ):
        pass
    assert max(most) == 1
    assert versions == [(2, 1, 0)] * 20


def test_an_unmute_that_was_overtaken() -> None:
    """Who asked to unmute before the button was pressed does not unmute after it."""
    device = SimulatedXvf3800()
    board = Xvf3800(device)
    entered, unmuting = threading.Event(), threading.Event()

    def during(name: str) -> None:
        if name == "VERSION":
            entered.set()
            unmuting.wait()
            wait_until(lambda: board.waiting[1] == 1)

    device.during = during
    with thread(board.version), thread(lambda: (entered.wait(), board.mute(False))) as failed:
        try:
            wait_until(lambda: board.waiting[0] == 1)
        finally:
            unmuting.set()
        board.mute(True)
    (error,) = failed
    assert "muted before it could be unmuted" in str(error)
    assert device.muted


def test_a_turn_ends_with_an_error() -> None:
    """A transfer that failed leaves the way free."""
    turns = Turns()
    with pytest.raises(UsbError), turns.turn():
        raise UsbError("stall")
    with turns.turn(urgent=True):
        assert turns.waiting == (0, 0)
