"""Is the leak oracle to be trusted? Clips of a known corpus, changed in many ways, have to be found where they were.

And clips that come from nowhere must not be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from keepmum.errors import LabError
from keepmum.lab.corpus import talk
from keepmum.lab.corpus.audio import Samples
from keepmum.lab.corpus.reading import open_corpus
from keepmum.lab.corpus.speaking import Line, speak
from keepmum.lab.experiments.result import Control, Figure, Result, share
from keepmum.lab.truth import labels, oracle, tape
from keepmum.lab.truth.changes import CHANGES, PITCHED
from keepmum.lab.truth.oracle import Place
from keepmum.lab.truth.tape import Held, Tape
from keepmum.sound import RATE

QUESTION = "Is every clip of a known corpus found where it was, and no other?"
NEAR = 0.05
"""Seconds."""
LOST = 0.01
"""Of the clips: what is promised is that 99 of 100 are found."""
STRANGERS = 0.05
"""Of clips from nowhere that may seem to come from somewhere; more, and the oracle accuses the innocent."""
UNPROMISED = ("a tenth faster", "a tenth higher")
"""Found as a rule, by the loudness of bands; nobody has to rely on it."""
MINUTES = 5.0
LABELLED = 60 * RATE
"""Samples; enough to get lost in."""
_WORD = re.compile(r"(?<![*{])\b[a-z]{3,}\b(?!})")
_LINE = 3.5
"""Seconds that eight words take, about."""
_QUIET = 0.004
"""Of full scale: a clip has to be louder on average, or there is nothing to find."""
_VOICES = ("en-us+Annie", "en+m3", "en-us+m7", "en+f5", "en-gb-x-rp+f2", "en-us+Mario")
_STRANGE_VOICES = ("en-us+f4", "en-gb-scotland+m1", "en+m5")
_NOTES = (
    "A clip counts as found if its beginning is found within 50 ms. “By the waveform alone” is cross-correlation: it "
    "knows no clip at another pitch. The oracle then seeks by the loudness of bands over time.",
    "Sound that a program spoke anew is found by nothing: there, only words can leak.",
)
_SPOKEN = "The corpus is programs that speak; with people: keepmum lab oracle CORPUS"

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Cut:
    """A clip, and where it was taken from."""

    recording: str
    at: float
    samples: Samples

    def is_at(self, place: Place | None) -> bool:
        """Whether that is where it was found."""
        return place is not None and place.recording == self.recording and abs(place.at - self.at) <= NEAR


def measure(
    place: Path | None, clips: int, seconds: float, seed: int, progress: Progress = lambda _done, _of: None
) -> Result:
    """Change so many clips of so many seconds in every way, and seek them in the corpus.

    Without a corpus, five minutes are spoken on the spot. Raises LabError for a corpus that is too short or unreadable.
    """
    dice = Random(f"oracle {seed}")
    known = tape.of(open_corpus(place)) if place else spoken(seed, MINUTES, _VOICES)
    steps = len(CHANGES) + 2
    cuts = list(_cuts(known, clips, seconds, dice))
    figures, found = list[Figure](), dict[str, int]()
    for done, name in enumerate(CHANGES):
        progress(done, steps)
        alone, places = _places(name, [CHANGES[name](cut.samples, dice) for cut in cuts], known)
        found[name] = _right(cuts, places)
        figures += _figures(name, cuts, alone, places)
    figures.append(_promised(found, len(cuts)))
    progress(len(CHANGES), steps)
    figures += _by_labels(cuts, known, seed, dice)
    strange = list(_cuts(spoken(seed + 1, 3.0, _STRANGE_VOICES), clips, seconds, dice))
    controls = list(_controls(cuts, strange, known, dice))
    progress(steps, steps)
    return Result("oracle", QUESTION, seed, tuple(figures), tuple(controls), (*_NOTES, *(() if place else (_SPOKEN,))))


def spoken(seed: int, minutes: float, voices: Sequence[str]) -> Tape:
    """Speech by programs in which no two lines are alike: words in any order, each line with its own pace and pitch.

    The same sentence twice would be found in either place, whoever says it: programs have one way to say it.
    """
    dice = Random(f"spoken {seed} {voices}")
    words = sorted({word for said in (*talk.CONVERSATION, *talk.TELEVISION) for word in _WORD.findall(said)})
    lines = [
        Line(" ".join(dice.sample(words, 8)), dice.choice(voices), dice.randint(135, 195), dice.randint(30, 70))
        for _ in range(round(minutes * 60 / _LINE))
    ]
    reels, each = [], 20
    for first in range(0, len(lines), each):
        sound = np.concatenate([one.sound for one in speak(lines[first : first + each])])
        reels.append(Held(f"spoken {first // each + 1:03}", sound * np.float32(0.5)))
    return Tape(reels)


def _cuts(known: Tape, clips: int, seconds: float, dice: Random) -> Iterator[_Cut]:
    """Clips from anywhere in the tape, none of them of silence: one reading to see how long it is, one to cut."""
    size, taken = round(seconds * RATE), 0
    length = max((piece.first + len(piece.samples) for piece in known.pieces(0)), default=0)
    if length < 4 * size:
        raise LabError(f"{length / RATE:.0f} s of sound are too few to lose a clip of {seconds:g} s in", "give more")
    wanted = sorted(dice.sample(range(length - size), min(4 * clips, length - size)))
    found = []
    for piece in known.pieces(size):
        while wanted and wanted[0] + size <= piece.first + len(piece.samples):
            first = wanted.pop(0) - piece.first
            samples = piece.samples[max(first, 0) : first + size].copy()
            recording, at = known.where(first + piece.first)
            if len(samples) == size and _is_heard(samples) and known.where(first + piece.first + size)[0] == recording:
                found.append(_Cut(recording, at, samples))
    for cut in dice.sample(found, min(clips, len(found))):
        taken += 1
        yield cut
    if not taken:
        raise LabError("there is no sound in this corpus", "give recordings with something in them")


def _is_heard(samples: Samples) -> bool:
    halves = np.array_split(samples, 4)
    return all(float(np.sqrt(np.mean(half**2))) > _QUIET for half in halves)


Places = Sequence[Place | None]


def _places(name: str, changed: Sequence[Samples], known: Tape) -> tuple[Places, Places]:
    """Where clips are found by the waveform alone, and where by all that the oracle knows."""
    if name not in PITCHED:
        places = oracle.locate_all(changed, known)
        return places, places
    alone = oracle.locate_all(changed, known, ("waveform",))
    return alone, [
        oracle.clearer(*both) for both in zip(alone, oracle.locate_all(changed, known, ("loudness",)), strict=True)
    ]


def _right(cuts: Sequence[_Cut], places: Places) -> int:
    return sum(cut.is_at(place) for cut, place in zip(cuts, places, strict=True))


def _figures(name: str, cuts: Sequence[_Cut], alone: Places, places: Places) -> Iterator[Figure]:
    if name in PITCHED:
        yield share(name, "found by the waveform alone", _right(cuts, alone), len(cuts))
    yield share(name, "found within 50 ms", _right(cuts, places), len(cuts))
    sure = [place if place is not None and place.sure else None for place in places]
    yield share(name, "surely found", _right(cuts, sure), len(cuts))
    scores = [place.score for place in places if place is not None]
    yield Figure(name, "score, median", float(np.median(scores)) if scores else None, n=len(scores))


def _promised(found: Mapping[str, int], clips: int) -> Figure:
    names = [name for name in CHANGES if name not in UNPROMISED]
    lost = sum(clips - found[name] for name in names)
    return share("all but a tenth faster or higher", "not found", lost, clips * len(names), most=LOST)


def _by_labels(cuts: Sequence[_Cut], known: Tape, seed: int, dice: Random) -> Iterator[Figure]:
    """Clips of the beginning of the corpus once more, with tones under it."""
    sound = next(known.pieces(0, LABELLED)).samples[: LABELLED // labels.SIGN * labels.SIGN]
    toned = labels.labelled(sound, seed)
    size = len(cuts[0].samples)
    starts = [dice.randrange(len(toned) - size) for _ in range(max(1, len(cuts) // 5))]
    for name in ("unchanged", "a tenth faster", "a tenth higher"):
        found = [labels.read(CHANGES[name](toned[at : at + size], dice), len(toned), seed) for at in starts]
        right = sum(
            one is not None and abs(one.sample - at) <= NEAR * RATE for one, at in zip(found, starts, strict=True)
        )
        yield share(f"{name}, with tone labels", "found within 50 ms", right, len(starts))
        read = [one.right for one in found if one is not None]
        yield Figure(f"{name}, with tone labels", "signs read right", float(np.mean(read)), n=len(read))


def _controls(cuts: Sequence[_Cut], strange: Sequence[_Cut], known: Tape, dice: Random) -> Iterator[Control]:
    for what, samples in (
        ("voices that the corpus does not have", [cut.samples for cut in strange]),
        ("its own clips, backwards", [cut.samples[::-1].copy() for cut in cuts]),
    ):
        seeming = sum(place is not None and place.sure for place in oracle.locate_all(samples, known))
        told = f"{seeming} of {len(samples)} seem to come from somewhere"
        yield Control(what, seeming <= STRANGERS * len(samples), told)
    hidden = [_under_noise(cut.samples, dice) for cut in cuts[: max(1, len(cuts) // 4)]]
    places = oracle.locate_all(hidden, known)
    right = sum(cut.is_at(place) for cut, place in zip(cuts, places, strict=False))
    told = f"{right} of {len(hidden)} found"
    yield Control("a leak hidden under noise as loud as itself", right >= 0.9 * len(hidden), told)


def _under_noise(samples: Samples, dice: Random) -> Samples:
    noise = np.random.default_rng(dice.getrandbits(64)).standard_normal(len(samples), np.float32)
    return np.asarray(samples + noise * np.sqrt(np.mean(samples**2)), np.float32)
