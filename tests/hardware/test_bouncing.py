"""What a line that bounces, chatters or is pulsed says in the end; no clock is needed."""

from __future__ import annotations

import itertools
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.hardware.bouncing import MOST_A_SECOND, Contacts, Pulses

Edges = list[tuple[bool, float]]
edges = st.lists(st.floats(0.0001, 0.4), max_size=60).map(
    lambda gaps: [(number % 2 == 0, 5 + sum(gaps[: number + 1])) for number in range(len(gaps))]
)


def told(contacts: Contacts, happened: Edges) -> Edges:
    """Those edges that are worth telling."""
    return [(down, at) for down, at in happened if contacts.edge(down, at)]


def test_press_with_bounces() -> None:
    """A press that bounces is told at its first edge, and its release at its first one."""
    press = [(True, 1.0), (False, 1.001), (True, 1.004), (False, 1.3), (True, 1.302), (False, 1.303)]
    assert told(Contacts(0.03), press) == [(True, 1.0), (False, 1.3)]


def test_chatter() -> None:
    """Three seconds of chatter at 1 kHz are told at once, then at most once in each bounce time, down to the last."""
    chatter = [(half % 2 == 0, 1 + half / 2_000) for half in range(6_000)]
    heard = told(Contacts(0.03), chatter)
    assert heard[0] == (True, 1.0)
    assert len(heard) <= 3 / 0.03 + 1
    assert max(after[1] - before[1] for before, after in itertools.pairwise(heard)) < 0.031
    assert heard[-1][1] > 3.9


def test_no_bounce_time() -> None:
    """Even without a bounce time a chattering line is told about only so often."""
    chatter = [(half % 2 == 0, half / 20_000) for half in range(20_000)]
    assert MOST_A_SECOND / 2 < len(told(Contacts(0), chatter)) <= MOST_A_SECOND


@given(edges, st.floats(0, 0.09))
def test_first_edge_after_quiet(happened: Edges, seconds: float) -> None:
    """Whatever happened before, the first edge after a quiet bounce time is always told."""
    apart = max(seconds, 1 / MOST_A_SECOND)
    heard = told(Contacts(seconds), happened)
    for before, after in zip([(False, 0.0), *happened], happened, strict=False):
        assert after[1] - before[1] <= apart or after in heard


def test_contacts_mean_what_they_say() -> None:
    """Where nothing pulses the line, the level that is read is the level."""
    assert [Contacts(0.03).level(down, 1.0) for down in (True, False)] == [True, False]


def test_pulses_are_nothing() -> None:
    """Pulses of 10 ms, even at each look, are no press and no edge."""
    line = Pulses(0.2, down=False)
    for turn in range(200):
        start = turn * 0.08
        assert not line.edge(True, start)
        assert not line.level(True, start + 0.005)
        assert not line.edge(False, start + 0.010)


def test_pulses_in_step_with_the_looks() -> None:
    """A look that always meets a pulse sees no press as long as an edge of each pulse arrives."""
    line = Pulses(0.2, down=False)
    for turn in range(200):
        line.edge(False, turn * 0.1 + 0.01)
        assert not line.level(True, turn * 0.1 + 0.1)


def test_press_among_pulses() -> None:
    """A level that stays counts once it is stable, both ways."""
    line = Pulses(0.2, down=False)
    line.edge(True, 1.0)
    assert [line.level(True, at) for at in (1.1, 1.19, 1.21)] == [False, False, True]
    line.edge(False, 2.0)
    assert [line.level(False, at) for at in (2.1, 2.19, 2.21)] == [True, True, False]


def test_press_without_edges() -> None:
    """Where edges are lost, looking alone finds a press, counted from the first look that saw it."""
    line = Pulses(0.2, down=False)
    assert [line.level(True, 1 + look / 8) for look in range(4)] == [False, False, True, True]


def test_down_at_start() -> None:
    """A line that is down from the start counts as down at once, and a short rise does not lift it."""
    line = Pulses(0.2, down=True)
    assert line.level(True, 0.0)
    line.edge(False, 0.5)
    assert line.level(False, 0.55)
    line.edge(True, 0.6)
    assert line.level(True, 0.7)


@given(edges)
def test_pulses_never_invent(happened: Edges) -> None:
    """A level only ever counts after it was there for the whole time."""
    line, since, level, counts = Pulses(0.2, down=False), 0.0, False, False
    for down, at in happened:
        line.edge(down, at)
        if down != level:
            since, level = at, down
        now = line.level(down, at + 0.00005)
        assert now == counts or at + 0.00005 - since >= 0.2
        counts = now


@pytest.mark.parametrize("line", [Contacts(0.03), Pulses(0.2, down=False)])
def test_no_memory(line: Contacts | Pulses) -> None:
    """However many edges come, nothing of them is kept."""
    before = sys.getsizeof(line.__dict__)
    for number in range(50_000):
        line.edge(number % 2 == 0, number / 2_000)
    assert sys.getsizeof(line.__dict__) == before
    assert all(isinstance(kept, bool | float) for kept in vars(line).values())
