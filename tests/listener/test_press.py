"""A press closes the microphone before it is even queued, at whatever instant and from whatever thread it comes."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from selectors import EVENT_READ, DefaultSelector
from typing import Any

import pytest

from keepmum.errors import MicrophoneError
from keepmum.listener.press import Presses

PRESSES = 200

Make = Callable[..., Any]


class LatePresses(Presses):
    """Planted: queues the press, and leaves closing to whoever takes it."""

    def changed(self, down: bool) -> None:
        self._edges.append((down, self._clock.now()))


def random_scene(seed: int) -> str:
    """Two hundred presses, each after a pause that nobody could have chosen."""
    chance = random.Random(seed)
    steps = (f"pause {chance.uniform(0.2, 1.0):.6f}\npress" for _ in range(PRESSES))
    return "\n".join([*steps, "pause 1"])


def reads_between_press_and_opening(home: Any, kind: type[Presses]) -> int:
    """How many blocks are read after a press and before the next opening, over a scene full of presses.

    The reader is as greedy as can be: it reads whatever there is before it looks at the presses.
    """
    presses = kind(home.room, home.capture)
    history = home.microphone.history

    def changed(down: bool) -> None:
        presses.changed(down)
        if down:
            history.append((home.room.now(), "press"))

    home.button.watch(changed)
    home.capture.open()
    while not home.room.over:
        home.room.wait(home.selector, home.capture.ready_in() or 0.25, pending=False)
        while home.capture.read() is not None:
            pass
        for down, _ in presses.take():
            home.capture.settle() if down else home.capture.open()
    presses.close()
    assert sum(what == "press" for _, what in history) == PRESSES
    assert sum(what == "read" for _, what in history) > PRESSES
    return _count([what for _, what in history])


def _count(history: list[str]) -> int:
    deaf, count = False, 0
    for what in history:
        deaf = {"press": True, "open": False}.get(what, deaf)
        count += deaf and what == "read"
    return count


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_block_is_read_between_a_press_and_the_next_opening(house: Make, seed: int) -> None:
    """At two hundred random instants: not one block."""
    assert reads_between_press_and_opening(house(text=random_scene(seed)), Presses) == 0


def test_a_planted_press_that_only_queues_is_caught(house: Make) -> None:
    """The same count finds a press that closes the microphone a moment later."""
    assert reads_between_press_and_opening(house(text=random_scene(1)), LatePresses) > 0


def test_a_press_from_another_thread_is_closed_when_it_returns(house: Make) -> None:
    """The button's own thread closes the microphone and zeroes the pre-roll, and the loop's selector wakes up."""
    home = house()
    home.capture.open()
    home.pass_time(0.2)
    assert home.capture.read() is not None
    presses = Presses(home.room, home.capture)
    thread = threading.Thread(target=presses.changed, args=(True,))
    thread.start()
    thread.join(10)
    assert (home.capture.is_open, any(home.preroll._ring), home.capture.read()) == (False, False, None)
    with DefaultSelector() as selector:
        selector.register(presses, EVENT_READ)
        assert [key.fileobj for key, _ in selector.select(0)] == [presses]
        assert presses.take() == [(True, home.room.now())]
        assert selector.select(0) == []
    presses.close()


def test_edges_keep_their_order_and_their_moments(house: Make) -> None:
    """However late somebody looks, every edge is there once, with the time at which it came."""
    home = house(text="pause 1\nhold 2\npause 1\npress")
    presses = Presses(home.room, home.capture)
    home.button.watch(presses.changed)
    home.pass_time(6)
    assert presses.take() == [(True, 1.0), (False, 3.0), (True, 4.0), (False, 4.1)]
    assert presses.take() == []
    presses.close()


def test_a_press_is_queued_even_if_the_stream_does_not_close(house: Make) -> None:
    """The error goes to the button's thread, but the loop learns that somebody wants quiet."""
    home = house()

    def stuck() -> None:
        raise MicrophoneError("the stream does not close")

    home.microphone.close = stuck
    presses = Presses(home.room, home.capture)
    with pytest.raises(MicrophoneError):
        presses.changed(True)
    assert presses.take() == [(True, 0.0)]
    del home.microphone.close
    presses.close()


def test_a_press_after_the_end_rings_nobody_elses_bell(house: Make) -> None:
    """The button outlives the queue by a moment, in which the bell's number may have become another file's."""
    home = house()
    presses = Presses(home.room, home.capture)
    presses.close()
    other = os.eventfd(0, os.EFD_NONBLOCK)
    presses.changed(True)
    with pytest.raises(BlockingIOError):
        os.eventfd_read(other)
    os.close(other)
