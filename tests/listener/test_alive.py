"""Whether the listener is well: what restarts it, what does not, and what systemd is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from keepmum.errors import ButtonError
from keepmum.listener.alive import DEAF, UNDRAWN, UNREADABLE, UNSEEN, Signs, sentence, well
from keepmum.listener.ear import Ear
from keepmum.listener.watch import Watch
from keepmum.privacy import Owner, State

Make = Callable[..., Any]
NOW = 1_000.0
SOUND = Signs(heard=NOW, looked=NOW, read=NOW, drawn=NOW)
CHECKS = {"heard": DEAF, "looked": UNSEEN, "read": UNREADABLE, "drawn": UNDRAWN}


# ---- the function


@pytest.mark.parametrize("sign", CHECKS)
def test_each_sign_is_believed_up_to_its_age(sign: str) -> None:
    """Exactly as old as it may be is well; a moment older has a reason, and no two signs have the same one."""
    at_last = replace(SOUND, **{sign: NOW - CHECKS[sign]})
    assert well(at_last, NOW) is None
    reasons = {other: well(replace(SOUND, **{other: NOW - CHECKS[other] - 0.01}), NOW) for other in CHECKS}
    assert reasons[sign]
    assert len(set(reasons.values())) == len(CHECKS)


def test_a_sentence_says_how_it_is() -> None:
    """Plain words for each state, its faults behind them; a microphone with a fault is not called muted."""
    assert sentence(frozenset(), SOUND, None) == "Listening for the wake word."
    assert sentence({Owner.BUTTON}, SOUND, None) == "Muted."
    broken = replace(SOUND, readable=False, ring_lost=True)
    assert sentence({Owner.BUTTON, Owner.FAULT}, broken, "stuck") == (
        "The microphone has a fault and is tried again. The button cannot be read, so it is muted."
        " The ring does not answer and is tried again. Not well: stuck."
    )


# ---- the whole loop


def verdicts(ours: Any, seconds: float) -> list[str | None]:
    """What the function says after each turn of so many seconds of the room."""
    said: list[str | None] = []
    until = ours.home.room.now() + seconds
    while (now := ours.home.room.now()) < until:
        ours.loop.turn()
        now = ours.home.room.now()
        said.append(well(ours.loop.vitals.signs(ours.home.keeper.state.mutes, now), now))
    return said


@pytest.mark.parametrize("state", ["listens", "muted"])
def test_a_speaker_that_does_its_work_is_well(household: Make, silent: State, state: str) -> None:
    """Listening or muted for two minutes: no turn finds anything."""
    ours = household(silent if state == "listens" else State(wall=1.0))
    assert set(verdicts(ours, 120)) == {None}


@pytest.mark.parametrize("fails", ["open", "read", "ready"])
def test_a_microphone_that_is_tried_again_is_well(household: Make, silent: State, fails: str) -> None:
    """A start would not bring it back: it is a fault with a row and a light, and the speaker stays up."""
    ours = household(silent)
    ours.home.microphone.fails = "read"
    verdicts(ours, 0.3)
    ours.home.microphone.fails = fails
    assert set(verdicts(ours, 120)) == {None}
    assert ours.home.keeper.state.mutes == {Owner.FAULT}


def test_a_ring_that_is_tried_again_is_well(household: Make, silent: State) -> None:
    """Its loss stands in the ledger, and the status says it."""
    ours = household(silent)
    ours.home.ring._closed = True
    ours.reach(Ear.HEARING)
    assert set(verdicts(ours, 30)) == {None}
    signs = ours.loop.vitals.signs(frozenset(), ours.home.room.now())
    assert (signs.ring_lost, len(ours.home.rows("ring"))) == (True, 1)


def test_a_microphone_that_is_deaf_without_a_reason_is_not_well(
    household: Make, silent: State, monkeypatch: Any
) -> None:
    """The planted defect: nobody notices that no block comes. The watchdog does."""
    ours = household(silent)
    verdicts(ours, 5)
    monkeypatch.setattr(Watch, "deaf", lambda *_: None)
    monkeypatch.setattr(ours.home.microphone, "ready_in", lambda: 0.1)
    said = verdicts(ours, 60)
    assert said[0] is None
    assert said[-1] == "the microphone gives no sound, and nobody closed it"


def test_a_microphone_that_nobody_opens_is_not_well(household: Make, silent: State) -> None:
    """A press that is never understood keeps it closed; nothing is muted, so nothing would say so."""
    ours = household(silent)
    verdicts(ours, 5)
    ours.home.capture.slam()
    said = verdicts(ours, 60)
    assert ours.home.keeper.state.mutes == frozenset()
    assert said[-1] == "the microphone gives no sound, and nobody closed it"


def test_a_button_that_does_not_come_back_is_not_well(household: Make, silent: State) -> None:
    """For a minute it is muted and polled; then only a start can open its line again."""
    ours = household(silent)

    def unreadable() -> bool:
        raise ButtonError("GPIO17 cannot be read", "look at the cable")

    ours.home.button.is_down = unreadable
    assert set(verdicts(ours, UNREADABLE - 1)) == {None}
    assert verdicts(ours, 5)[-1] == "the button cannot be read, and does not come back"
    del ours.home.button.is_down
    assert verdicts(ours, 1)[-1] is None


@pytest.mark.parametrize(("part", "method", "reason"), [("_hand", "look", "button"), ("light", "shine", "ring")])
def test_a_part_that_is_left_out_is_not_well(
    household: Make, silent: State, monkeypatch: Any, part: str, method: str, reason: str
) -> None:
    """The planted defect: a loop that turns without looking at the button, or without drawing the ring."""
    ours = household(silent)
    verdicts(ours, 5)
    monkeypatch.setattr(getattr(ours.loop, part), method, lambda *_: None)
    said = verdicts(ours, 30)[-1]
    assert said is not None
    assert reason in said
