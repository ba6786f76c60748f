"""A microphone that is open and deaf is noticed, said once, and tried again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from keepmum.listener.ear import Ear
from keepmum.listener.loop import Habits
from keepmum.listener.watch import STALL, Watch
from keepmum.privacy import Owner, State
from keepmum.privacy.events import Cause
from keepmum.sound import BLOCK_BYTES, BLOCK_SECONDS

Make = Callable[..., Any]
SOUND, ZEROS = b"\1\0" * (BLOCK_BYTES // 2), bytes(BLOCK_BYTES)


def test_no_block_for_a_second_is_deaf() -> None:
    """The second begins when the microphone is opened, and anew with each block."""
    watch = Watch(5.0)
    assert watch.deaf(100.0) is None
    watch.opened(10.0)
    assert watch.deaf(10.0 + STALL - 0.01) is None
    watch.block(SOUND, 10.9)
    assert watch.deaf(11.8) is None
    assert watch.deaf(10.9 + STALL) is Cause.NO_SOUND


def test_nothing_but_zeros_is_deaf() -> None:
    """Five seconds of digital zeros, which no real microphone delivers; one bit of noise begins the count anew."""
    watch = Watch(5.0)
    watch.opened(0.0)
    blocks = round(5.0 / BLOCK_SECONDS) + 1
    for n in range(blocks - 2):
        assert not watch.block(ZEROS, n * BLOCK_SECONDS)
    assert watch.deaf(5.0) is None
    assert watch.block(SOUND, 5.0)
    for n in range(blocks):
        watch.block(ZEROS, 5.0 + n * BLOCK_SECONDS)
    assert watch.deaf(5.0 + blocks * BLOCK_SECONDS) is Cause.ZEROS


def test_zeros_are_sound_where_the_owner_says_so() -> None:
    """A board that gates its own noise, and a scene without noise, are not broken."""
    watch = Watch(0.0)
    watch.opened(0.0)
    assert all(watch.block(ZEROS, n * BLOCK_SECONDS) for n in range(1_000))
    assert watch.deaf(80.0) is None


def stalled(ours: Any) -> None:
    """The card hangs: open, no error, no block."""
    ours.home.microphone.ready_in = lambda: 0.05


@pytest.mark.parametrize("kind", ["stalls", "delivers zeros"])
def test_a_deaf_microphone_is_said_once_and_listens_again_by_itself(house: Make, silent: State, kind: str) -> None:
    """Amber within its time, one row however often it is tried, and green again once sound has come."""
    home = house(silent)
    home.habits = Habits(dead_after=2.0)
    from listener_household import Household

    ours = Household(home)
    home.run(1)
    if kind == "stalls":
        stalled(ours)
    else:
        home.microphone.read = lambda: (type(home.microphone).read(home.microphone), ZEROS)[1]
    home.run(4)
    assert (home.ring.look.meaning, len(home.rows("fault"))) == ("no microphone", 1)
    home.run(200)
    cause = "no sound" if kind == "stalls" else "nothing but zeros"
    assert [(row["state"], row["cause"]) for row in home.rows("fault")] == [("begun", cause)]
    assert "waiting for the wake word" not in [look.meaning for at, look in home.ring.history if at > 4]
    for name in ("ready_in", "read"):
        home.microphone.__dict__.pop(name, None)
    home.run(70)
    assert (home.ring.look.meaning, ours.loop.ear) == ("waiting for the wake word", Ear.WAITING)
    assert [row["state"] for row in home.rows("fault")] == ["begun", "ended"]


def test_a_deaf_microphone_leaves_no_command_half_heard(household: Make, agreed: State) -> None:
    """What was being heard is forgotten, and a mute on top of the fault is a mute."""
    ours = household(agreed)
    ours.reach(Ear.HEARING)
    stalled(ours)
    ours.home.run(1.5)
    assert (ours.loop.ear, ours.home.hearing.is_clean()) == (Ear.FAULT, True)
    from keepmum.privacy import events

    ours.home.keeper.tell(events.Quieter(*ours.home.keeper.moment(), "mute", Owner.MQTT))
    ours.home.run(1)
    assert ours.home.ring.look.meaning == "muted: the microphone is closed"
