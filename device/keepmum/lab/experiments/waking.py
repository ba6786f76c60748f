"""What the speaker's ears made of a corpus: who was found, who was missed, and what woke them that nobody meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from keepmum.lab.corpus.corpus import Corpus
from keepmum.lab.marks import Mark, MarkKind, Truth, TruthKind
from keepmum.lab.pipeline.crew import Workers
from keepmum.lab.pipeline.listen import listen
from keepmum.lab.pipeline.pieces import pieces
from keepmum.lab.pipeline.tuning import Tuning

NEAR = 1.0
"""Seconds around a true call in which a wake counts as its answer, as in the metrics."""


@dataclass(frozen=True)
class Wake:
    """One time that the speaker woke."""

    recording: str
    begins: float
    """Where the phrase is taken to begin."""
    seconds: float
    """From there until it stopped listening."""
    intent: str
    """What it understood, or nothing."""
    called: bool
    """Whether somebody said the phrase there."""


@dataclass(frozen=True)
class Heard:
    """A corpus as one tuning of the speaker heard it."""

    seconds: float
    words: int
    wakes: tuple[Wake, ...]
    calls: int
    """Times that somebody called it."""
    found: int
    """Of these, those at which it woke."""
    candidates: int

    @property
    def hours(self) -> float:
        """Of sound."""
        return self.seconds / 3600

    @property
    def false(self) -> list[Wake]:
        """Wakes that nobody meant."""
        return [wake for wake in self.wakes if not wake.called]


def hear(corpus: Corpus, tuning: Tuning, workers: Workers) -> Heard:
    """Play the corpus once. Raises KeepmumError as a run does."""
    parts = pieces(corpus.sounds, corpus.recordings, tuning, corpus.channel)
    done = dict(workers.each("listening", listen, parts))
    marks = [mark for place in range(len(parts)) for mark in done[place]]
    calls = [truth for truth in corpus.truth() if truth.kind is TruthKind.COMMAND]
    wakes = tuple(_wakes(marks, calls, tuning.confirm))
    return Heard(
        seconds=corpus.seconds,
        words=sum(recording.words for recording in corpus.recordings),
        wakes=wakes,
        calls=len(calls),
        found=sum(any(_answers(wake.recording, wake.begins, call) for wake in wakes) for call in calls),
        candidates=sum(mark.kind is MarkKind.CANDIDATE for mark in marks),
    )


def _wakes(marks: list[Mark], calls: list[Truth], confirmed: bool) -> Iterator[Wake]:
    kind = MarkKind.CONFIRMED if confirmed else MarkKind.CANDIDATE
    rest: dict[str, list[Mark]] = {}
    for mark in marks:
        rest.setdefault(mark.recording, []).append(mark)
    for mark in marks:
        if mark.kind is kind:
            mine = rest[mark.recording]
            called = any(_answers(mark.recording, mark.begins, call) for call in calls)
            yield Wake(mark.recording, mark.begins, _until(mark, mine) - mark.begins, _intent(mark, mine), called)


def _until(wake: Mark, mine: Iterable[Mark]) -> float:
    """When it stopped listening: the end of the first time that the ring shows that it hears."""
    rings = (
        mark for mark in mine if mark.kind is MarkKind.RING and mark.ends >= wake.ends and mark.begins >= wake.begins
    )
    return min((ring.ends for ring in rings), default=wake.ends)


def _intent(wake: Mark, mine: Iterable[Mark]) -> str:
    clips = [mark for mark in mine if mark.kind is MarkKind.COMMAND and wake.begins <= mark.begins < wake.begins + NEAR]
    return clips[0].what if clips else ""


def _answers(recording: str, begins: float, call: Truth) -> bool:
    """Whether a wake is the answer to a call: without Vosk nobody knows where it began, so it may come late."""
    return recording == call.recording and call.begins - NEAR <= begins <= call.begins + 2 * NEAR
