"""A run's marks and truths become one timeline: who meant the speaker, how long it lasted, who else was in it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from keepmum.lab.event import DAY, Event, Kind
from keepmum.lab.events import Home, events, heard_at
from keepmum.lab.golden import MARGINS, golden, timeline
from keepmum.lab.marks import Mark, MarkKind, Recording, Truth, TruthKind
from keepmum.lab.metrics import measure
from keepmum.lab.plan import replay
from keepmum.lab.shelf import Shelf
from keepmum.lab.spans import Track, covered, run_on
from keepmum.lab.wakes import Strictness

sys.path.insert(0, str(Path(__file__).parent))
import _golden_run
import _small_run

ROOM = "room.wav"


def run(*lines: Mark | Truth, seconds: float = 600.0) -> Any:
    """One recording with what is said about it."""
    marks = tuple(line for line in lines if isinstance(line, Mark))
    truth = tuple(line for line in lines if isinstance(line, Truth))
    return SimpleNamespace(recordings=(Recording(id=ROOM, seconds=seconds),), marks=marks, truth=truth)


def mark(kind: str, begins: float, ends: float, **more: Any) -> Mark:
    return Mark(recording=ROOM, begins=begins, ends=ends, kind=MarkKind(kind), **more)


def truth(kind: str, begins: float, ends: float, **more: Any) -> Truth:
    return Truth(recording=ROOM, begins=begins, ends=ends, kind=TruthKind(kind), **more)


def woken(*lines: Mark | Truth, home: Home | None = None) -> list[Event]:
    return [event for event in events(run(*lines), home).events if event.kind is not Kind.DAY]


CONFIRMED = (mark("candidate", 10.6, 10.6, score=0.9), mark("confirmed", 10.0, 10.5, score=0.8))
CLIP = mark("command", 10.0, 13.0, what="light_on")
REFUSED = (mark("candidate", 20.7, 20.7, score=0.4), mark("refused", 20.7, 20.7, score=0.1))


def test_the_small_run_gives_its_three_wakes() -> None:
    """A command, a false wake that was refused, and one that was not."""
    small = SimpleNamespace(
        recordings=_small_run.RECORDINGS_OF_IT, marks=_small_run.MARKS_OF_IT, truth=_small_run.TRUTH_OF_IT
    )
    whole = events(small)
    assert [(event.kind.value, event.confirmed) for event in whole.events] == [
        ("day", False),
        ("wake", True),
        ("false_wake", False),
        ("false_wake", True),
    ]
    day, command, _, false = whole.events
    assert (command.at, round(command.seconds, 6), command.group) == (1.0, 2.2, "evening")
    assert round(command.others, 6) == 0.4, "Ben spoke from 2.8 to 3.2 s"
    assert (command.words, command.private_words) == (2, 1)
    assert (false.at, false.seconds, round(false.media, 6)) == (60 + 90.1, pytest.approx(7.9), 7.9)
    assert (day.seconds, day.media, day.words) == (180.0, 120.0, 2)
    assert whole.days == pytest.approx(180 / 3600 / 4)


@pytest.mark.parametrize(("said", "kind"), [(9.1, "wake"), (11.4, "wake"), (8.9, "false_wake"), (11.6, "false_wake")])
def test_a_wake_is_false_with_no_command_within_a_second(said: float, kind: str) -> None:
    """Of the phrase, before and after."""
    [event] = woken(*CONFIRMED, CLIP, truth("command", said, said + 0.5))
    assert event.kind.value == kind


def test_a_wake_within_a_command_answers_it() -> None:
    """Truth that knows whole recordings only begins with the silence before the phrase."""
    [event] = woken(*CONFIRMED, CLIP, truth("command", 0, 14))
    assert event.kind is Kind.WAKE


def test_a_refused_candidate_is_a_wake_that_our_own_speaker_did_not_have() -> None:
    """It lasts until what was said pauses: others would have listened for so long."""
    speech = (mark("speech", 20.5, 22.0), mark("speech", 22.5, 25.0), mark("speech", 26.0, 30.0))
    [event] = woken(*REFUSED, *speech)
    assert not event.confirmed
    assert event.at == pytest.approx(20.0)
    assert event.seconds == pytest.approx(5.0), "a pause of a whole second ends it"


def test_a_recording_in_endless_speech_ends_at_the_longest() -> None:
    """As long as it is assumed of every speaker."""
    [event] = woken(*REFUSED, mark("speech", 0, 600), home=Home(longest=7))
    assert event.seconds == pytest.approx(7.7)


def test_a_command_that_was_refused_ends_where_the_truth_ends_it() -> None:
    """Somebody else's speaker would have heard all of it."""
    [event] = woken(*REFUSED, truth("command", 20.1, 24.0))
    assert (event.kind, event.confirmed) == (Kind.WAKE, False)
    assert event.at + event.seconds == pytest.approx(24.0)


def test_without_the_second_look_a_clip_is_the_proof_of_a_wake() -> None:
    """With `wake.confirm` off there is no verdict."""
    [event] = woken(CONFIRMED[0], CLIP)
    assert event.confirmed
    assert event.seconds == pytest.approx(3.0)


def test_who_gave_the_command_is_nobody_else() -> None:
    """And two who talk at once are counted once."""
    said = truth("command", 10.0, 13.0, speaker="anna")
    voices = (("anna", 10.0, 13.0), ("ben", 11.0, 12.0), ("cleo", 11.5, 12.5))
    [event] = woken(*CONFIRMED, CLIP, said, *(truth("speech", b, e, speaker=who) for who, b, e in voices))
    assert (event.others, event.speech) == (pytest.approx(1.5), pytest.approx(3.0))


def test_a_word_counts_when_a_fifth_of_it_is_in_the_clip() -> None:
    """Less of it tells nobody which word it was."""
    words = (truth("word", 12.9, 13.3, private=True), truth("word", 12.95, 13.45), truth("word", 9.0, 10.3))
    [event] = woken(*CONFIRMED, CLIP, *words)
    assert (event.words, event.private_words) == (2, 1)


def test_where_nobody_wrote_down_words_vosks_are_counted() -> None:
    """None of them is private then: nobody said which."""
    [event] = woken(*CONFIRMED, CLIP, mark("word", 10.6, 11.0, what="turn"), mark("word", 11.0, 11.4, what="on"))
    assert (event.words, event.private_words) == (2, 0)


def test_days_are_made_of_hours_of_sound() -> None:
    """Nine hours at four a day are two days and a quarter; the same second is found again."""
    home = Home(hours=4)
    moments = [mark("candidate", at, at) for at in (3_600.0, 4 * 3_600 + 60, 8 * 3_600 + 5)]
    whole = events(run(*moments, seconds=9 * 3_600), home)
    assert whole.days == 2.25
    assert [event.seconds for event in whole.events if event.kind is Kind.DAY] == [14_400, 14_400, 3_600]
    wakes = [event for event in whole.events if event.kind is not Kind.DAY]
    assert [event.day for event in wakes] == [0, 1, 2]
    assert [heard_at(event, home) for event in wakes] == pytest.approx([3_599.3, 14_459.3, 28_804.3])


def test_only_commands_are_approved_and_by_the_seed() -> None:
    """About as many as assumed; the same for the same seed."""
    many = run(
        *(mark("confirmed", at, at + 0.5) for at in range(5, 9_000, 5)),
        *(mark("command", at, at + 2, what="time") for at in range(5, 9_000, 5)),
        *(truth("command", at, at + 2) for at in range(5, 9_000, 10)),
        seconds=9_000,
    )
    first, again, other = (events(many, Home(approves=0.3), seed).events for seed in (1, 1, 2))
    assert first == again != other
    yes = [event for event in first if event.approved]
    assert {event.kind for event in yes} == {Kind.WAKE}
    assert len(yes) == pytest.approx(0.3 * 900, rel=0.15)


def test_the_golden_household_comes_back_from_its_marks() -> None:
    """Written as a run and read again it is the same events, and the golden table from them is within one per cent."""
    marked = SimpleNamespace(recordings=_golden_run.recordings(), marks=_golden_run.found(), truth=_golden_run.true())
    whole = events(marked, Home(hours=24, longest=43))
    assert (whole.days, len(whole.events)) == (30.0, len(timeline().events))
    for got, meant in zip(whole.events, timeline().events, strict=True):
        assert (got.at, got.kind, got.confirmed) == (meant.at, meant.kind, meant.confirmed)
        if got.kind is not Kind.DAY:
            assert (got.seconds, got.others) == pytest.approx((meant.seconds, meant.others))
    policy = Shelf().policy("alexa-2019-default")
    again = measure(policy, replay(whole.events, policy, MARGINS, limits=False), whole.days)
    [row] = golden([policy])
    assert again.exposure_10y == pytest.approx(row.metrics.exposure_10y)
    assert again.bystander_s_per_day == pytest.approx(row.metrics.bystander_s_per_day)


def test_stretches_that_overlap_are_covered_once() -> None:
    """And what lies outside is not covered at all."""
    spans = [truth("speech", b, e) for b, e in ((0, 4), (3, 5), (4.5, 4.7), (8, 20))]
    assert covered(spans, 2, 10) == 5
    assert covered([], 0, 1) == 0
    assert run_on(spans, 1, pause=2, longest=100) == 5
    assert run_on(spans, 1, pause=3, longest=100) == 20
    assert run_on(spans, 1, pause=3, longest=10) == 11
    assert run_on([], 1, pause=3, longest=10) == 1
    track = Track([*spans, truth("word", 6, 6)])
    assert [span.begins for span in track.within(4.6, 6.1)] == [3, 4.5, 6]
    assert [span.begins for span in track.near(9, 9, 1)] == [8]


def test_a_day_that_is_all_sent_counts_everybody() -> None:
    """Whoever streams sends what nobody meant for it, too."""
    lines = (truth("speech", 1, 5, speaker="anna"), truth("media", 0, 100), truth("command", 50, 52, speaker="ben"))
    [day] = events(run(*lines, truth("speech", 50, 52, speaker="ben"), seconds=DAY)).events[:1]
    assert (day.kind, day.speech, day.media, day.others) == (Kind.DAY, 6, 100, 4)


def test_a_clip_that_was_not_understood_lets_nothing_of_ours_out() -> None:
    """The speaker woke, and what it heard was no command: `confirmed` is what it would send."""
    known, unknown = (woken(*CONFIRMED, mark("command", 10.0, 13.0, what=what))[0] for what in ("light_on", ""))
    assert (known.confirmed, unknown.confirmed) == (True, True)
    assert ("confirmed" in known.triggers, "confirmed" in unknown.triggers) == (True, False)


def test_a_clip_without_a_word_is_as_long_as_another_speakers() -> None:
    """Ours would cut it to nothing; theirs goes on until somebody pauses."""
    [event] = woken(*CONFIRMED, mark("command", 10.0, 10.0), mark("speech", 9.0, 14.0))
    assert event.seconds == pytest.approx(4.0)


def test_a_stricter_speaker_wakes_less() -> None:
    """The first look forgets what it was not sure of, the second one refuses it."""
    lines = run(*CONFIRMED, CLIP, *REFUSED)
    kept = {
        name: [event.confirmed for event in events(lines, strictness=strict).events if event.kind is not Kind.DAY]
        for name, strict in (("first", Strictness(first=0.5)), ("second", Strictness(second=0.85)))
    }
    assert kept == {"first": [True], "second": [False, False]}
