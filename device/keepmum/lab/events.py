"""Joins what the speaker did with what is true: one timeline of wakes that every policy is played over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random
from typing import Any, Protocol

from keepmum.lab.event import DAY, Event, Kind, Timeline
from keepmum.lab.marks import Mark, MarkKind, Recording, Truth, TruthKind
from keepmum.lab.spans import covered
from keepmum.lab.wakes import Deeds, Strictness, Truths, Wake, wakes
from keepmum.terms import LONGEST_CLIP

AUDIBLE = 0.2
"""The part of a word that has to lie in a clip for it to count as heard."""
HOUR = 3600.0


@dataclass(frozen=True)
class Home:
    """What has to be assumed to make days out of recordings. Each number is an assumption; a sweep varies it."""

    hours: float = 4.0
    """Hours a day in which the household sounds like the corpus; above 0, 24 at most."""
    approves: float = 0.10
    """Part of the commands for which the household says yes when asked."""
    longest: float = LONGEST_CLIP
    """Seconds after which any speaker stops recording whatever is still being said. Keepmum's own limit is assumed of
    all; Dubois et al. saw up to 43."""


class Heard(Protocol):
    """What a run has to bring: see keepmum.lab.run.Run."""

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """In the order in which they are heard."""

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What the speaker did."""

    @property
    def truth(self) -> tuple[Truth, ...]:
        """What is so."""


def events(run: Heard, home: Home | None = None, seed: int = 0, strictness: Strictness | None = None) -> Timeline:
    """The timeline of a run: every wake with what is true about it, and every day that it makes.

    The recordings are heard one after the other, `home.hours` of them a day. `seed` draws which clips the household
    would approve; `strictness` makes a stricter speaker of it. The same arguments give the same timeline.
    """
    home = home or Home()
    join = _Join(run, home)
    woken = [join.event(wake) for wake in wakes(run.recordings, join.deeds, join.truths, home.longest, strictness)]
    approved = _approved(woken, home.approves, seed)
    whole = sum(recording.seconds for recording in run.recordings)
    days = [
        Event(day * DAY, Kind.DAY, seconds, **join.day(begins, seconds))
        for day, (begins, seconds) in enumerate(_days(whole, home.hours * HOUR))
    ]
    return Timeline(
        whole / HOUR / home.hours, tuple(sorted([*days, *approved], key=lambda e: (e.at, e.kind is not Kind.DAY)))
    )


def heard_at(event: Event, home: Home) -> float:
    """Seconds of sound that had been played when an event happened."""
    return event.day * home.hours * HOUR + event.at % DAY


class _Join:
    def __init__(self, run: Heard, home: Home) -> None:
        self.deeds: Deeds = Deeds(run.marks)
        self.truths: Truths = Truths(run.truth)
        self._home = home
        self._recordings = run.recordings
        starts = accumulate((recording.seconds for recording in run.recordings), initial=0.0)
        self._starts = dict(zip((recording.id for recording in run.recordings), starts, strict=False))
        self._groups = {recording.id: recording.group or recording.id for recording in run.recordings}
        self._counted = any(truth.kind is TruthKind.WORD for truth in run.truth)

    def event(self, wake: Wake) -> Event:
        """A wake as every policy gets to see it."""
        speaker = wake.meant.speaker if wake.meant else None
        others = self._seconds(wake, TruthKind.SPEECH, but=speaker)
        words, private = self._words(wake.recording, wake.begins, wake.ends)
        return Event(
            self._time(wake.recording, wake.begins),
            Kind.WAKE if wake.meant else Kind.FALSE_WAKE,
            wake.ends - wake.begins,
            others=others,
            words=words,
            private_words=private,
            confirmed=wake.confirmed,
            understood=wake.understood,
            group=self._groups[wake.recording],
            speech=self._seconds(wake, TruthKind.SPEECH),
            media=self._seconds(wake, TruthKind.MEDIA),
        )

    def day(self, begins: float, seconds: float) -> dict[str, Any]:
        """What is true about a whole day: whoever sends all of it sends that."""
        parts = [self._part(*played) for played in self._played(begins, begins + seconds)]
        return {name: sum(part[name] for part in parts) for name in parts[0]}

    def _part(self, recording: str, begins: float, ends: float) -> dict[str, Any]:
        speech = self.truths.of(recording, TruthKind.SPEECH).within(begins, ends)
        media = self.truths.of(recording, TruthKind.MEDIA).within(begins, ends)
        commands = self.truths.of(recording, TruthKind.COMMAND)
        others = [
            one
            for one in speech
            if not any(one.speaker == said.speaker for said in commands.within(one.begins, one.ends))
        ]
        words, private = self._words(recording, begins, ends)
        return {
            "speech": covered(speech, begins, ends),
            "media": covered(media, begins, ends),
            "others": covered(others, begins, ends),
            "words": words,
            "private_words": private,
        }

    def _played(self, begins: float, ends: float) -> Iterator[tuple[str, float, float]]:
        for recording in self._recordings:
            start = self._starts[recording.id]
            first, last = max(begins - start, 0.0), min(ends - start, recording.seconds)
            if last > first:
                yield recording.id, first, last

    def _time(self, recording: str, seconds: float) -> float:
        day, within = divmod(self._starts[recording] + seconds, self._home.hours * HOUR)
        return day * DAY + within

    def _seconds(self, wake: Wake, kind: TruthKind, but: str | None = None) -> float:
        spans = self.truths.of(wake.recording, kind).within(wake.begins, wake.ends)
        return covered((span for span in spans if but is None or span.speaker != but), wake.begins, wake.ends)

    def _words(self, recording: str, begins: float, ends: float) -> tuple[int, int]:
        """How many words of a stretch can be heard, and how many of them are private; as Vosk has it without truth."""
        if not self._counted:
            return len(self.deeds.of(recording, MarkKind.WORD).within(begins, ends)), 0
        near = self.truths.of(recording, TruthKind.WORD).within(begins, ends)
        audible = [word for word in near if _audible(word, begins, ends)]
        return len(audible), sum(word.private for word in audible)


def _audible(word: Truth, begins: float, ends: float) -> bool:
    inside = min(word.ends, ends) - max(word.begins, begins)
    return inside >= AUDIBLE * (word.ends - word.begins)


def _days(whole: float, day: float) -> Iterator[tuple[float, float]]:
    """Where each day of sound begins, and how long it is: the last one may be short."""
    begins = 0.0
    while begins < whole:
        yield begins, min(day, whole - begins)
        begins += day


def _approved(woken: Sequence[Event], chance: float, seed: int) -> list[Event]:
    """The same events, some commands among them approved: keepmum asks about nothing that it did not understand."""
    random = Random(f"{seed} approved")
    drawn = ((event, random.random()) for event in woken)
    return [replace(event, approved=_is_asked_about(event) and draw < chance) for event, draw in drawn]


def _is_asked_about(event: Event) -> bool:
    """A false wake that was understood as a command is asked about, too; who is asked says no."""
    return event.kind is Kind.WAKE and event.confirmed and event.understood
