"""Closing the microphone is immediate, complete and final until somebody opens it again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from keepmum.errors import MicrophoneError
from keepmum.listener.capture import Capture
from keepmum.listener.preroll import PreRoll
from keepmum.sound import BLOCK_BYTES

HUM = b"\x12\x34" * (BLOCK_BYTES // 2)


class Turntable:
    """A microphone that always has a block; a test may hold the needle while a read is under way."""

    def __init__(self) -> None:
        self.history: list[str] = []
        self.open_now = False
        self.reading, self.go = threading.Event(), threading.Event()
        self.go.set()
        self.stuck = False

    def open(self) -> None:
        self.open_now = True
        self.history.append("open")

    def ready_in(self) -> float:
        return 0.0

    def read(self) -> bytes:
        self.reading.set()
        assert self.go.wait(10)
        assert self.open_now, "a closed microphone was read"
        self.history.append("read")
        return HUM

    def close(self) -> None:
        if self.stuck:
            raise MicrophoneError("the stream does not close", "pull the plug")
        self.open_now = False
        self.history.append("close")


def opened(kind: type[Capture] = Capture) -> tuple[Capture, Turntable, PreRoll]:
    """A capture that has read two blocks."""
    turntable, preroll = Turntable(), PreRoll()
    capture = kind(turntable, preroll)
    capture.open()
    assert [capture.read(), capture.read()] == [HUM, HUM]
    return capture, turntable, preroll


def memory(preroll: PreRoll) -> bytes:
    """Every byte of a pre-roll, wherever its content begins."""
    return bytes(preroll._ring)


def leaks(capture: Capture, turntable: Turntable, preroll: PreRoll) -> list[str]:
    """What is wrong with a capture that was just closed or slammed."""
    blocks = capture.blocks
    found = {
        "it says that it is open": capture.is_open,
        "the stream is open": turntable.open_now,
        "it still delivers": capture.read() is not None or capture.blocks > blocks,
        "it waits for a block": capture.ready_in() != 0.0,
        "the pre-roll holds sound": any(memory(preroll)) or preroll.seconds > 0,
    }
    return [what for what, wrong in found.items() if wrong]


class LazySlam(Capture):
    """Planted: a slam that only makes a note."""

    def slam(self) -> None:
        self._presses.append(None)


class Unwiped(Capture):
    """Planted: the stream is closed, what it said is kept."""

    def _close(self) -> None:
        self._open = False
        self._microphone.close()


class Unclosed(Capture):
    """Planted: nobody reads any more, but the stream runs on."""

    def _close(self) -> None:
        self._open = False
        self._preroll.wipe()


class Unlocked(Capture):
    """Planted: closing does not wait for its turn."""

    def slam(self) -> None:
        self._presses.append(None)
        self._close()


def test_reading_fills_the_preroll_and_counts() -> None:
    """Every block goes to the caller, into the pre-roll and into the count."""
    capture, _, preroll = opened()
    assert (capture.blocks, preroll.last(0.16)) == (2, HUM * 2)


@pytest.mark.parametrize("how", ["close", "slam"])
def test_closing_is_complete_when_it_returns(how: str) -> None:
    """The stream is closed, nothing is delivered and every byte of the pre-roll is zero."""
    capture, turntable, preroll = opened()
    getattr(capture, how)()
    assert leaks(capture, turntable, preroll) == []


@pytest.mark.parametrize("planted", [LazySlam, Unwiped, Unclosed])
def test_a_planted_half_closing_is_caught(planted: type[Capture]) -> None:
    """The same check finds a slam that acts later, a memory that is kept and a stream that runs on."""
    capture, turntable, preroll = opened(planted)
    capture.slam()
    assert leaks(capture, turntable, preroll) != []


def slammed_during_a_read(kind: type[Capture]) -> list[str]:
    """What leaks after a slam from another thread that came while a block was being read."""
    capture, turntable, preroll = opened(kind)
    turntable.reading.clear()
    turntable.go.clear()
    errors: list[BaseException] = []

    def run(what: Callable[[], Any]) -> threading.Thread:
        def guarded() -> None:
            try:
                what()
            except AssertionError as error:
                errors.append(error)

        thread = threading.Thread(target=guarded)
        thread.start()
        return thread

    reader = run(capture.read)
    assert turntable.reading.wait(10)
    presser = run(capture.slam)
    if kind is not Capture:
        presser.join(10)
    turntable.go.set()
    for thread in (reader, presser):
        thread.join(10)
    return [*leaks(capture, turntable, preroll), *(str(error) for error in errors)]


def test_a_slam_waits_for_the_block_that_is_being_read_and_wipes_it_too() -> None:
    """Reading and closing take turns: what was on its way is in the pre-roll before that is wiped, never after."""
    assert slammed_during_a_read(Capture) == []


def test_a_planted_slam_that_does_not_wait_is_caught() -> None:
    """Without turns the block arrives after the wipe."""
    assert slammed_during_a_read(Unlocked) != []


def test_open_stays_closed_until_every_press_is_understood() -> None:
    """Two presses need two settlings; a settling too many does no harm."""
    capture, turntable, _ = opened()
    capture.slam()
    capture.slam()
    for _ in range(2):
        capture.open()
        assert not turntable.open_now
        capture.settle()
    capture.settle()
    capture.open()
    assert (capture.is_open, turntable.open_now) == (True, True)
    capture.slam()
    assert not turntable.open_now
    capture.open()
    assert not turntable.open_now


def test_opening_and_closing_twice_is_once() -> None:
    """The microphone is opened once, whoever asks how often."""
    capture, turntable, _ = opened()
    capture.open()
    capture.close()
    capture.close()
    assert turntable.history.count("open") == 1


def test_a_stream_that_does_not_close_is_an_error_and_leaves_no_sound() -> None:
    """Nobody is told that it is closed, and the pre-roll is zeroed all the same."""
    capture, turntable, preroll = opened()
    turntable.stuck = True
    with pytest.raises(MicrophoneError, match="does not close"):
        capture.close()
    assert not any(memory(preroll))
    assert capture.read() is None


def test_a_microphone_that_cannot_be_opened_stays_closed(house: Callable[..., Any]) -> None:
    """The error is passed on, and a later try can succeed."""
    home = house()
    home.microphone.fails = "open"
    with pytest.raises(MicrophoneError, match="the plug is out"):
        home.capture.open()
    assert not home.capture.is_open
    home.microphone.fails = ""
    home.capture.open()
    assert home.capture.is_open
