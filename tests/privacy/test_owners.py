"""Every owner of the latch and every event: who may go. A reader sees the rule here without the search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from privacy_speaker import ACTION, CLIP, GIVEN, RESEARCH, boxed

import keepmum.privacy
from keepmum.consent import Rung
from keepmum.privacy import Fault, Owner, State, effects, events, rule, step
from keepmum.privacy.events import Cause, Event
from keepmum.privacy.state import Lasting, Press, Proposal

BUTTON, VOICE, PANEL, MQTT = Owner.BUTTON, Owner.VOICE, Owner.PANEL, Owner.MQTT
QUIET, GUEST, STORM, FAULT = Owner.QUIET, Owner.GUEST, Owner.STORM, Owner.FAULT

NOBODY: frozenset[Owner] = frozenset()
WISHES = frozenset({BUTTON, VOICE, PANEL, MQTT, QUIET, STORM})
"""Everybody's wish for quiet but a guest's."""

NOW = 0.0
WHEN = NOW, GIVEN


def finger(held: float, *, earns: bool = True, switch: bool = False) -> Press:
    """A finger that has been down for so long, or a switch that was put over so long ago."""
    return Press(NOW - held, was_muted=earns, switch=switch)


FINGERS: dict[str, Press | None] = {
    "no finger": None,
    "0.69 s": finger(0.69),
    "0.7 s": finger(0.7),
    "2.99 s": finger(2.99),
    "3 s": finger(3.0),
    "an hour": finger(3600.0),
    "an hour, and it muted": finger(3600.0, earns=False),
    "a switch at listen for 0.69 s": finger(0.69, switch=True),
    "a switch at listen for 0.7 s": finger(0.7, switch=True),
    "a switch at listen for 3 s": finger(3.0, switch=True),
    "a switch at mute for an hour": finger(3600.0, earns=False, switch=True),
}

LASTING: dict[str, tuple[Lasting, ...]] = {
    "no end": (),
    "ends later": (Lasting(QUIET, NOW + 1), Lasting(GUEST, NOW + 1)),
    "quiet hours over": (Lasting(QUIET, NOW), Lasting(GUEST, NOW + 1)),
    "guest's time over": (Lasting(QUIET, NOW + 1), Lasting(GUEST, NOW)),
    "both over": (Lasting(QUIET, NOW - 9), Lasting(GUEST, NOW)),
}

BY_FINGER = {
    "0.7 s": WISHES,
    "2.99 s": WISHES,
    "3 s": WISHES | {GUEST},
    "an hour": WISHES | {GUEST},
    "a switch at listen for 0.7 s": WISHES,
    "a switch at listen for 3 s": WISHES | {GUEST},
}
"""Who goes when time passes, or the finger comes up, and this is where it is. Any other finger ends nothing."""

BY_TIME = {
    "quiet hours over": frozenset({QUIET}),
    "guest's time over": frozenset({GUEST}),
    "both over": frozenset({QUIET, GUEST}),
}
"""Who goes when time passes, and these ends have come."""

BY_REPAIR: dict[tuple[type[Event], frozenset[Fault]], frozenset[Owner]] = {
    (events.Retried, frozenset({Fault.MICROPHONE})): frozenset({FAULT}),
    (events.Proved, frozenset({Fault.PROOF})): frozenset({FAULT}),
}
"""Who goes by this event, if these are all the faults. A microphone is tried only if nobody else holds it closed."""

WANTS = ["mute", "guest", "local", "withdraw", "forget", "forget_today", "forget_last", "louder", "unmute", ""]

EVERYTHING: list[Event] = [
    events.Ticked(*WHEN),
    events.Pressed(*WHEN),
    events.Released(*WHEN),
    events.Switched(*WHEN, True),
    events.Switched(*WHEN, False),
    *(events.Quieter(*WHEN, want, PANEL) for want in WANTS),
    *(events.Quieter(*WHEN, "mute", owner, Cause.ASKED, lasts) for owner in Owner for lasts in (None, 60.0)),
    events.Proposed(*WHEN, "new", "research", Rung.VOICE),
    events.Proposed(*WHEN, "bad", "advertising"),
    events.Unsigned(*WHEN, "r1"),
    events.Booted(*WHEN),
    events.Booted(*WHEN, (boxed("p1"),)),
    events.Wanted(*WHEN, "p1", CLIP),
    events.Wanted(*WHEN, "a1", ACTION),
    events.Sealed(*WHEN, "p1", CLIP, "r1", 9, "f" * 64),
    events.Played(*WHEN, "p1"),
    *(events.Answered(*WHEN, yes) for yes in (True, False)),
    events.UplinkReady(*WHEN),
    events.Delivered(*WHEN, "p1"),
    events.Deleted(*WHEN, "p1"),
    *(events.Failed(*WHEN, "p1", "no", final) for final in (True, False)),
    events.UplinkGone(*WHEN),
    events.LedgerLost(*WHEN),
    *(events.Broken(*WHEN, fault, cause) for fault in Fault for cause in (Cause.STOPPED, Cause.OPEN)),
    events.Retried(*WHEN),
    events.Sounded(*WHEN),
    events.Proved(*WHEN),
]


def _words(event: Event) -> str:
    return repr(event).replace(f"now={NOW}, wall={GIVEN}, ", "").replace(f"now={NOW}, wall={GIVEN}", "")


def may_go(event: Event, place: str, end: str, faults: frozenset[Fault], mutes: frozenset[Owner]) -> frozenset[Owner]:
    """The whole rule, in three look-ups."""
    hand = BY_FINGER.get(place, NOBODY) if isinstance(event, events.Ticked | events.Released) else NOBODY
    time = BY_TIME.get(end, NOBODY) if isinstance(event, events.Ticked) else NOBODY
    repair = BY_REPAIR.get((type(event), faults), NOBODY)
    if isinstance(event, events.Retried) and mutes != {FAULT}:
        repair = NOBODY
    return mutes & (hand | time | repair)


def owners() -> Iterator[frozenset[Owner]]:
    """Every set of owners."""
    for size in range(len(Owner) + 1):
        yield from map(frozenset, combinations(Owner, size))


def states(place: str, end: str) -> Iterator[State]:
    """Every set of owners with every set of faults behind it, proven and on trial as far as that can be."""
    for mutes in owners():
        lasting = tuple(each for each in LASTING[end] if each.owner in mutes)
        for size in range(len(Fault) + 1) if FAULT in mutes else (0,):
            for faults in map(frozenset, combinations(Fault, size)):
                yield State(
                    mutes=mutes,
                    wall=GIVEN,
                    press=FINGERS[place],
                    faults=faults,
                    lasting=lasting,
                    proven=bool(mutes) and Fault.PROOF not in faults,
                    trial=Fault.MICROPHONE not in faults,
                )


def test_every_event_that_there_is_is_tried() -> None:
    """A new kind of event, owner or fault has to take its place in these tables."""
    kinds = {each for each in vars(events).values() if isinstance(each, type) and issubclass(each, Event)}
    assert {type(event) for event in EVERYTHING} == kinds - {Event}
    assert WISHES | {GUEST, FAULT} == frozenset(Owner)
    assert {fault for _, faults in BY_REPAIR for fault in faults} == set(Fault)


@pytest.mark.parametrize("place", FINGERS)
@pytest.mark.parametrize("end", LASTING)
def test_time_and_fingers_end_what_the_tables_say(place: str, end: str) -> None:
    """Every state of the latch: exactly those leave whom the tables name."""
    assert not unruly(place, end, [events.Ticked(*WHEN), events.Released(*WHEN)])


@pytest.mark.parametrize("place", ["no finger", "an hour", "a switch at listen for 3 s"])
@pytest.mark.parametrize("event", EVERYTHING, ids=_words)
def test_nothing_else_ends_anything_but_its_own_fault(place: str, event: Event) -> None:
    """Every state of the latch, at the very moment at which a finger and time could have ended everything."""
    assert not unruly(place, "both over", [event])


def unruly(place: str, end: str, happenings: list[Event]) -> list[object]:
    """Where somebody went who had to stay, or stayed who had to go, or the microphone did not follow the latch."""
    wrong: list[object] = []
    for state in states(place, end):
        for event in happenings:
            after, todo = step(state, event)
            gone = state.mutes - after.mutes
            if gone != may_go(event, place, end, state.faults, state.mutes):
                wrong.append((event, sorted(state.mutes), sorted(gone)))
            opened = any(isinstance(each, effects.Open) for each in todo)
            if opened is not (bool(state.mutes) and not after.mutes) or (after.proven and not after.mutes):
                wrong.append((event, sorted(state.mutes), todo))
    return wrong


ALL = frozenset(Owner)
EVERY_ROW: list[tuple[str, Event, dict[str, object], frozenset[Owner]]] = [
    ("a press", events.Pressed(*WHEN), {}, NOBODY),
    ("a press that bounces", events.Pressed(*WHEN), {"press": FINGERS["an hour"]}, NOBODY),
    ("let go after 0.69 s", events.Released(*WHEN), {"press": FINGERS["0.69 s"]}, NOBODY),
    ("let go after 0.7 s", events.Released(*WHEN), {"press": FINGERS["0.7 s"]}, WISHES),
    ("held for 2.99 s", events.Ticked(*WHEN), {"press": FINGERS["2.99 s"]}, WISHES),
    ("held for 3 s", events.Ticked(*WHEN), {"press": FINGERS["3 s"]}, WISHES | {GUEST}),
    ("the press that muted, held", events.Ticked(*WHEN), {"press": FINGERS["an hour, and it muted"]}, NOBODY),
    ("a switch put to mute", events.Switched(*WHEN, True), {}, NOBODY),
    ("a switch put to listen", events.Switched(*WHEN, False), {"press": finger(9.0, earns=False)}, NOBODY),
    ("... 0.7 s ago", events.Ticked(*WHEN), {"press": finger(0.7, switch=True)}, WISHES),
    ("... 3 s ago", events.Ticked(*WHEN), {"press": finger(3.0, switch=True)}, WISHES | {GUEST}),
    ("the quiet hours' end", events.Ticked(*WHEN), {"lasting": LASTING["quiet hours over"]}, frozenset({QUIET})),
    ("the guest's end", events.Ticked(*WHEN), {"lasting": LASTING["guest's time over"]}, frozenset({GUEST})),
    ("any other time", events.Ticked(*WHEN), {"lasting": LASTING["ends later"]}, NOBODY),
    ("tried again", events.Retried(*WHEN), {"faults": frozenset({Fault.MICROPHONE})}, NOBODY),
    ("proved", events.Proved(*WHEN), {"faults": frozenset({Fault.PROOF})}, frozenset({FAULT})),
    ("proved, deaf", events.Proved(*WHEN), {"faults": frozenset(Fault)}, NOBODY),
    ("a start", events.Booted(*WHEN), {}, NOBODY),
    *((f"{want!r} by {owner}", events.Quieter(*WHEN, want, owner), {}, NOBODY) for want in WANTS for owner in Owner),
]


@pytest.mark.parametrize(("event", "state", "gone"), [row[1:] for row in EVERY_ROW], ids=[row[0] for row in EVERY_ROW])
def test_of_all_owners_at_once_only_these_go(event: Event, state: dict[str, object], gone: frozenset[Owner]) -> None:
    """One line for each thing that can happen to a latch which everybody holds."""
    before = replace(State(mutes=ALL, faults=frozenset({Fault.MICROPHONE})), **state)  # type: ignore[arg-type]
    assert before.mutes - step(before, event)[0].mutes == gone


@pytest.mark.parametrize("owner", Owner)
def test_a_finger_that_agrees_lifts_the_mute_of_its_own_press_alone(owner: Owner) -> None:
    """A proposal stands only while nobody wished for quiet; whoever is there all the same is no part of it."""
    proposal = Proposal("new", RESEARCH.terms, NOW)
    before = State(mutes=frozenset({BUTTON, owner}), press=finger(3.0, earns=False), proposal=proposal)
    after, _ = step(before, events.Ticked(*WHEN))
    assert after.mutes == frozenset({owner}) - {BUTTON}


def test_the_table_in_the_readme_is_the_rule() -> None:
    """It is made of the constants that the core obeys."""
    page = (Path(keepmum.privacy.__file__).parent / "README.md").read_text()
    assert rule.table() in page, (
        "paste the output of `python -c 'from keepmum.privacy import rule; print(rule.table())'`"
    )


def test_the_table_names_the_ways_that_were_tried_here() -> None:
    """Each owner's row, compared with the tables above."""
    for line, owner in zip(rule.table().splitlines()[2:], Owner, strict=True):
        _, name, _, hand, time, repair, _ = (cell.strip() for cell in line.split("|"))
        assert name == f"`{owner}`"
        assert hand == ("0.7 s" if owner in WISHES else "3 s" if owner is GUEST else "never")
        assert time == {QUIET: "at their end", GUEST: "after 12 h"}.get(owner, "never")
        assert (repair == "never") is (owner is not FAULT)
