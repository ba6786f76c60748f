"""Every time a speaker would have woken in a run: when, for how long, by whom, and whether the second look agreed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from keepmum.lab.marks import Mark, MarkKind, Recording, Truth, TruthKind
from keepmum.lab.spans import Track, run_on

TOLERANCE = 1.0
"""Seconds between a wake and a command that was meant; as in Dubois et al. and in section 4 of the specification."""
PHRASE = 0.7
"""Seconds of a wake phrase, for a candidate of which only the end is known; “alexa” takes 0.5 to 0.8."""
SAME = 2.0
"""Seconds within which a verdict or a clip belongs to a candidate."""
PAUSE = 0.8
"""Seconds of silence that end what somebody says; keepmum's own ear waits about as long."""
_VERDICTS = (MarkKind.CONFIRMED, MarkKind.REFUSED)
K = TypeVar("K", MarkKind, TruthKind)
L = TypeVar("L", Mark, Truth)


@dataclass(frozen=True)
class Wake:
    """One time that the first look found the phrase."""

    recording: str
    begins: float
    """Of the phrase; seconds since its recording begins."""
    ends: float
    """Of the last word, as far as anybody listened."""
    confirmed: bool
    """Whether the second look found the phrase as well."""
    meant: Truth | None
    """The command that it answered; None for a false wake."""
    understood: bool = False
    """Whether there was a command in it that the speaker knows."""
    score: float | None = None
    """The first look's."""
    second: float | None = None
    """The second look's."""


class Tracks(Generic[K, L]):
    """Marks or truths of a run, by recording and kind."""

    def __init__(self, lines: Iterable[L]) -> None:
        found: dict[tuple[str, str], list[L]] = defaultdict(list)
        for line in lines:
            found[line.recording, line.kind].append(line)
        self._tracks: dict[tuple[str, str], Track[L]] = {key: Track(some) for key, some in found.items()}

    def of(self, recording: str, kind: K) -> Track[L]:
        """One kind in one recording."""
        return self._tracks.get((recording, kind)) or Track()


Deeds = Tracks[MarkKind, Mark]
Truths = Tracks[TruthKind, Truth]


@dataclass(frozen=True)
class Strictness:
    """How sure each look has to be; a run can be played again as a stricter speaker, never as a laxer one."""

    first: float = 0.0
    second: float = 0.0

    def of(self, wake: Wake) -> Wake | None:
        """The wake as a speaker so strict would have had it; None if it would not have looked twice."""
        if wake.score is not None and wake.score < self.first:
            return None
        refused = wake.second is not None and wake.second < self.second
        return replace(wake, confirmed=False) if refused else wake


def wakes(
    recordings: Sequence[Recording], deeds: Deeds, truths: Truths, longest: float, strictness: Strictness | None = None
) -> Iterator[Wake]:
    """Every wake, in the order of the recordings and by time within each.

    `longest` is after how many seconds a recording ends whatever is still being said.
    """
    strictness = strictness or Strictness()
    for recording in recordings:
        found = (_wake(recording.id, seen, deeds, truths, longest) for seen in _seen(recording.id, deeds))
        kept = [wake for each in found if (wake := strictness.of(each)) is not None]
        yield from sorted(kept, key=lambda wake: (wake.begins, wake.ends))


@dataclass(frozen=True)
class _Seen:
    """A candidate with its verdict; either may be missing, but not both."""

    candidate: Mark | None
    verdict: Mark | None

    @property
    def phrase(self) -> Mark:
        """Whoever knows best where the phrase is."""
        both = (self.verdict, self.candidate)
        known = [mark for mark in both if mark is not None]
        return next((mark for mark in known if mark.ends > mark.begins), known[0])


def _seen(recording: str, deeds: Deeds) -> Iterator[_Seen]:
    verdicts = sorted((mark for kind in _VERDICTS for mark in deeds.of(recording, kind).spans), key=lambda m: m.ends)
    for candidate in deeds.of(recording, MarkKind.CANDIDATE).spans:
        near = [mark for mark in verdicts if abs(mark.ends - candidate.ends) <= SAME]
        verdict = min(near, key=lambda mark: abs(mark.ends - candidate.ends), default=None)
        if verdict is not None:
            verdicts.remove(verdict)
        yield _Seen(candidate, verdict)
    yield from (_Seen(None, verdict) for verdict in verdicts)


def _wake(recording: str, seen: _Seen, deeds: Deeds, truths: Truths, longest: float) -> Wake:
    phrase = seen.phrase
    begins = phrase.begins if phrase.ends > phrase.begins else max(phrase.begins - PHRASE, 0.0)
    clip = _clip(deeds.of(recording, MarkKind.COMMAND), begins, phrase.ends)
    meant = _meant(truths.of(recording, TruthKind.COMMAND), begins, phrase.ends)
    woke = seen.verdict.kind is MarkKind.CONFIRMED if seen.verdict else clip is not None
    return Wake(
        recording,
        clip.begins if clip else begins,
        _ends(phrase.ends, clip, meant, deeds.of(recording, MarkKind.SPEECH), longest),
        woke,
        meant,
        bool(clip and clip.what),
        seen.candidate.score if seen.candidate else None,
        seen.verdict.score if seen.verdict else None,
    )


def _meant(commands: Track[Truth], begins: float, ends: float) -> Truth | None:
    """The command that begins beside the phrase; else one around it, as truth has it that knows whole files only."""
    beside = commands.near(begins, ends, TOLERANCE) or commands.within(begins, ends)
    return min(beside, key=lambda command: abs(command.begins - begins), default=None)


def _clip(clips: Track[Mark], begins: float, ends: float) -> Mark | None:
    return min(clips.near(begins, ends, TOLERANCE), key=lambda clip: abs(clip.begins - begins), default=None)


def _ends(after: float, clip: Mark | None, meant: Truth | None, voices: Track[Mark], longest: float) -> float:
    """Without a clip, or with one that has no word in it: another speaker listens until what is said is over."""
    if clip is not None and clip.ends > after:
        return clip.ends
    if meant is not None:
        return max(meant.ends, after)
    near = (voice for voice in voices.within(after - PAUSE, after + longest) if voice.ends > after)
    return max(run_on(near, after, PAUSE, longest), after)
