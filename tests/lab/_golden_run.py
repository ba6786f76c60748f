"""The golden household as a run's folder would have it: marks and truths that have to give its events again."""

from __future__ import annotations

from collections.abc import Iterator

from keepmum.lab.event import DAY, Event, Kind
from keepmum.lab.golden import timeline
from keepmum.lab.marks import Mark, MarkKind, Recording, Truth, TruthKind
from keepmum.lab.run import Facts

FACTS = Facts(
    keepmum="0.1.0",
    date="2026-11-22",
    seed=20261122,
    corpus="golden household",
    corpus_sha256="2" * 64,
    sound="spoken by programs",
    model="nobody listened",
    model_sha256="3" * 64,
    command="keepmum lab golden",
)


def recordings(days: int = 30) -> tuple[Recording, ...]:
    """A recording for each day."""
    return tuple(Recording(id=_name(day), seconds=DAY, group=f"day {day:02}", words=9_000) for day in range(days))


def found(days: int = 30) -> tuple[Mark, ...]:
    """What the speaker did."""
    return tuple(mark for event in _events(days) for mark in _marks(event))


def true(days: int = 30) -> tuple[Truth, ...]:
    """What is so."""
    return tuple(truth for event in _events(days) for truth in _truths(event))


def _events(days: int) -> Iterator[Event]:
    return (event for event in timeline().events if event.kind is not Kind.DAY and event.day < days)


def _name(day: int) -> str:
    return f"day-{day:02}.flac"


def _marks(event: Event) -> Iterator[Mark]:
    begins, where = event.at % DAY, _name(event.day)
    kind = MarkKind.CONFIRMED if event.confirmed else MarkKind.REFUSED
    ends = begins + event.seconds
    phrase = min(begins + 0.5, ends)
    yield Mark(recording=where, begins=begins, ends=ends, kind=MarkKind.SPEECH)
    yield Mark(recording=where, begins=phrase, ends=phrase, kind=MarkKind.CANDIDATE, score=0.5 + event.confirmed * 0.4)
    yield Mark(recording=where, begins=begins, ends=phrase, kind=kind, score=0.3 + event.confirmed * 0.6)
    if event.confirmed:
        yield Mark(recording=where, begins=begins, ends=ends, kind=MarkKind.COMMAND, what="light_on")


def _truths(event: Event) -> Iterator[Truth]:
    begins, where = event.at % DAY, _name(event.day)
    ends = begins + event.seconds
    if event.kind is Kind.WAKE:
        yield Truth(recording=where, begins=begins, ends=ends, kind=TruthKind.COMMAND, speaker="anna")
        yield Truth(recording=where, begins=begins, ends=ends, kind=TruthKind.SPEECH, speaker="anna")
    else:
        yield Truth(recording=where, begins=begins, ends=ends, kind=TruthKind.MEDIA, speaker="television")
    yield Truth(recording=where, begins=begins, ends=begins + event.others, kind=TruthKind.SPEECH, speaker="others")
    for word in range(event.words):
        span = event.seconds / event.words
        yield Truth(
            recording=where,
            begins=begins + word * span,
            ends=begins + (word + 1) * span,
            kind=TruthKind.WORD,
            what="word",
            private=word < event.private_words,
        )
