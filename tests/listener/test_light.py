"""The ring is told what is true, is kept moving, and is missed when it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from listener_parts import Pointer

from keepmum.errors import RingError
from keepmum.hardware import Look
from keepmum.listener import drawing
from keepmum.listener.ear import Ear
from keepmum.listener.light import REFRESH, RETRY, Light
from keepmum.listener.look import LEAVING, MUTED, UNKNOWN, Moment
from keepmum.listener.news import News
from keepmum.privacy import State

LEAVES = Moment(Ear.WAITING, microphone_open=True, leaving=True)
CLOSED = Moment(Ear.MUTED, microphone_open=False, proven=True)


class MovingRing:
    """Wants to be drawn every tenth of a second while it pulses; refuses when it is told to."""

    def __init__(self) -> None:
        self.shown: list[Look] = []
        self.drawn: list[float] = []
        self.refuses = False

    def show(self, look: Look) -> None:
        if self.refuses:
            raise RingError("the ring takes nothing", "look at the cable")
        self.shown.append(look)

    def turn(self, now: float) -> float | None:
        if self.refuses:
            raise RingError("the ring takes nothing", "look at the cable")
        self.drawn.append(now)
        return 0.1 if self.shown[-1] == LEAVING else None

    def close(self) -> None:
        """Nothing to let go of."""


def light() -> tuple[Light, MovingRing, list[bool], list[Any]]:
    ring, lost, told = MovingRing(), [], []
    news = News(show_words=False)
    news.watch(lambda kind, facts: told.append((kind, facts)))
    return Light(ring, news, lost.append), ring, lost, told


def test_what_moves_is_drawn_when_it_wants_to_be() -> None:
    """Not at every look, and not at all when nothing moves."""
    one, ring, _, _ = light()
    for now in (0.0, 0.05, 0.1, 0.15, 0.2):
        one.shine(LEAVES, now)
    assert (ring.shown, ring.drawn) == ([LEAVING], [0.0, 0.1, 0.2])
    one.shine(CLOSED, 0.21)
    one.shine(CLOSED, 0.21 + REFRESH - 0.01)
    assert (ring.shown, ring.drawn, one.patience(9.0)) == ([LEAVING, MUTED], [0.0, 0.1, 0.2, 0.21], None)
    one.shine(CLOSED, 0.21 + REFRESH)
    assert (len(ring.shown), ring.drawn[-1]) == (2, 0.21 + REFRESH)


def test_a_ring_that_stops_taking_data_is_missed_once_and_shown_the_truth_again() -> None:
    """Lost is said once, back is said once; what it shows afterwards is what is true then."""
    one, ring, lost, _ = light()
    one.shine(CLOSED, 0.0)
    ring.refuses = True
    for now in (1.0, 1.2, 2.5, 9.0):
        one.shine(LEAVES, now)
    assert (lost, one.alive, one.patience(9.0)) == ([True], False, RETRY)
    ring.refuses = False
    one.shine(CLOSED, 11.0)
    assert (lost, one.alive, ring.shown) == ([True, False], True, [MUTED, MUTED])


def test_a_turning_head_is_no_news() -> None:
    """Watchers hear of a new look, not of each direction that it points to."""
    one, ring, _, told = light()
    one._compass = pointer = Pointer()
    one.shine(Moment(Ear.HEARING, microphone_open=True), 0.0)
    pointer.direction = 90.0
    one.shine(Moment(Ear.HEARING, microphone_open=True), 0.05)
    assert (len(ring.shown), len(told)) == (2, 1)


def test_the_ring_points_at_whoever_is_heard(household: Callable[..., Any], silent: State) -> None:
    """In steps of ten degrees, and only while a command is heard."""
    ours = household(silent)
    ours.home.compass.direction = 93.7
    ours.home.run(1)
    assert ours.home.ring.look.bearing is None
    ours.reach(Ear.HEARING)
    assert ours.home.ring.look.bearing == 90
    ours.home.compass.direction = 358.0
    ours.loop.turn()
    assert ours.home.ring.look.bearing == 0


def test_the_picture_in_the_page_is_drawn_from_the_table() -> None:
    """A row per rung, in its order and colours, the look of a speaker that does not run last."""
    picture = (Path(drawing.__file__).parent / "ring.svg").read_text()
    assert picture == drawing.svg(), "run: keepmum ring --svg >device/keepmum/listener/ring.svg"
    places = [picture.index(f">{rung.look.meaning}<") for rung in drawing.rows()]
    assert places == sorted(places)
    assert drawing.rows()[-1].look == UNKNOWN
    ElementTree.fromstring(picture)


def test_planted_a_rung_that_changed_changes_the_picture() -> None:
    """The comparison can fail."""
    other = replace(drawing.rows()[0], look=MUTED)
    assert drawing.svg([other, *drawing.rows()[1:]]) != drawing.svg()


def test_a_lost_ring_stands_in_the_ledger(household: Callable[..., Any], silent: State) -> None:
    """Nobody could have seen what it did meanwhile."""
    ours = household(silent)
    ours.home.run(1)
    ours.home.ring._closed = True
    ours.reach(Ear.HEARING)
    ours.home.run(3)
    ours.home.ring._closed = False
    ours.home.run(3)
    assert [row["state"] for row in ours.home.rows("ring")] == ["lost", "back"]
