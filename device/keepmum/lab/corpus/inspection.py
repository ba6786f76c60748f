"""Opens one recording of a corpus to its end and holds its truth against it, before anything is measured with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from keepmum.errors import LabError
from keepmum.lab.corpus import audio
from keepmum.lab.corpus.corpus import Sound, sum_of
from keepmum.lab.marks import Recording, Truth, TruthKind
from keepmum.sound import RATE

SLACK = 0.1
"""Seconds by which a truth may lie beyond the end: alignments round, coders pad."""

LISTED = 0.3
"""Seconds, or one in fifty, by which a list may be wrong about a length."""

TOGETHER = 0.05
"""Seconds that two words of one mouth may share: aligners let neighbours touch."""

FASTEST = 15.0
"""Words a second that nobody can say over more than two seconds; the fastest talkers reach eleven."""

SILENT = 10 ** (-70 / 20)
"""Full scale is 1: nothing that was recorded with a microphone plugged in stays below it."""

_STEP = 0.1
_LONG_ENOUGH = 0.5
MOST = 5
"""Mistakes that are told of the truth of one recording."""


@dataclass(frozen=True)
class Inspected:
    """What became of one recording."""

    recording: Recording | None = None
    """None if it cannot be heard."""
    truth_sha256: str = ""
    problems: tuple[str, ...] = ()


def inspect(sound: Sound, channel: str = "") -> Inspected:
    """Open it, read it to its end, and compare what is said about it; it travels to other processes."""
    try:
        shape = audio.shape(sound.path, channel)
        loud = _loud(sound, channel)
    except LabError as error:
        return Inspected(problems=(f"{error.what}",))
    try:
        truths = sound.told()
    except LabError as error:
        return Inspected(problems=(error.what,))
    found, digest = shape.seconds, _sum_of_file(sound)
    problems = [*_listed(sound, found, digest), *_mistakes(sound.id, truths, found, loud)]
    recording = Recording(
        id=sound.id, seconds=round(found, 6), sha256=digest, group=sound.group or sound.id, words=_words(sound, truths)
    )
    return Inspected(recording, sum_of(truths), tuple(problems))


def _words(sound: Sound, truths: Sequence[Truth]) -> int:
    return sum(truth.kind is TruthKind.WORD for truth in truths) or sound.words


def _sum_of_file(sound: Sound) -> str:
    with sound.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _loud(sound: Sound, channel: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """For each tenth of a second whether there is any sound at all. Raises LabError for what breaks on the way."""
    size = round(_STEP * RATE)
    rest = np.zeros(0, np.float32)
    found = []
    for samples in audio.blocks(sound.path, channel=channel):
        whole = np.concatenate([rest, samples])
        cut = len(whole) // size * size
        found.append(np.abs(whole[:cut]).reshape(-1, size).max(axis=1, initial=0.0) > SILENT)
        rest = whole[cut:]
    return np.concatenate([*found, np.array([bool(np.abs(rest).max(initial=0.0) > SILENT)])])


def _listed(sound: Sound, seconds: float, digest: str) -> Iterator[str]:
    """What the corpus's own list says and the file does not."""
    if sound.sha256 and sound.sha256 != digest:
        yield f"{sound.id}: its SHA-256 is {digest[:12]}…, not {sound.sha256[:12]}… as its list says"
    if sound.seconds is not None and abs(sound.seconds - seconds) > max(LISTED, seconds / 50):
        yield f"{sound.id}: lasts {seconds:.1f} s, not {sound.seconds:.1f} s as its list says"


def _mistakes(
    name: str, truths: Sequence[Truth], seconds: float, loud: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Iterator[str]:
    """What cannot be true of this recording; of many mistakes the first few."""
    found = [
        *_beyond(truths, seconds),
        *_at_once(truths),
        *_too_fast(truths),
        *_in_silence(truths, loud),
    ]
    yield from (f"{name}: {mistake}" for mistake in found[:MOST])
    if len(found) > MOST:
        yield f"{name}: and {len(found) - MOST} more mistakes in its truth"


def _beyond(truths: Sequence[Truth], seconds: float) -> Iterator[str]:
    for truth in truths:
        if truth.ends > seconds + SLACK:
            yield f"{_told(truth)} ends at {truth.ends:g} s, and the recording at {seconds:g} s"


def _at_once(truths: Sequence[Truth]) -> Iterator[str]:
    """One mouth says one word at a time, and one command."""
    for kind in (TruthKind.WORD, TruthKind.COMMAND):
        mine: dict[str, list[Truth]] = {}
        for truth in truths:
            if truth.kind is kind and truth.speaker:
                mine.setdefault(truth.speaker, []).append(truth)
        for said in mine.values():
            for one, next_one in pairwise(said):
                if next_one.begins < one.ends - TOGETHER:
                    yield f"{_told(next_one)} begins at {next_one.begins:g} s, {_told(one)} ends at {one.ends:g} s"


def _too_fast(truths: Sequence[Truth]) -> Iterator[str]:
    for speaker in sorted({truth.speaker for truth in truths}):
        words = [truth for truth in truths if truth.kind is TruthKind.WORD and truth.speaker == speaker]
        if len(words) < 2 * FASTEST:
            continue
        lasts = words[-1].ends - words[0].begins
        if len(words) > FASTEST * max(lasts, 2.0):
            yield f"{len(words)} words of {speaker or 'somebody'} in {lasts:.1f} s, which nobody can say"


def _in_silence(truths: Sequence[Truth], loud: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Iterator[str]:
    """A turn of half a second or more in which there is no sound at all."""
    for truth in truths:
        is_turn = truth.kind is not TruthKind.WORD and truth.ends - truth.begins >= _LONG_ENOUGH
        if is_turn and not loud[int(truth.begins / _STEP) : int(truth.ends / _STEP) + 1].any():
            yield f"{_told(truth)} from {truth.begins:g} to {truth.ends:g} s, where the recording is silent"


def _told(truth: Truth) -> str:
    """What a truth is called in an error."""
    what = f"“{truth.what}”" if truth.what and truth.kind is TruthKind.WORD else truth.kind.value
    return f"{what} of {truth.speaker}" if truth.speaker else what
