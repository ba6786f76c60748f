"""Makes everything unintelligible that is not surely a word of a command: an allow-list, and it fails closed.

What is not allowed is replaced by noise of one loudness. Filtering would leave something of it; so would noise that
follows the speaker's loudness.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from keepmum.clip import Word
from keepmum.hardware.loudness import saturate
from keepmum.listener.sentences.quantities import NUMBER_WORDS
from keepmum.sound import RATE

NAME, NUMBER = "<name?>", "<num>"
"""What stands for words that are left out, in the text."""

SURE = 0.5
"""Least that the confidence of a kept word is worth: it was more likely said than not. With 0.8 no more private words
are masked where the sentence counts as well (all of 848 with either), and 8 of 100 harmless ones more are lost."""

MARGIN = 0.05
"""Seconds by which kept words are cut short where something else begins; `scripts/bench redact` compares others."""

JOIN = 0.1
"""Seconds between two kept words that are kept too; in a longer gap somebody could have spoken."""

_NOISE = 1_000.0
"""Root mean square of the noise, of 32,768: well audible, whatever it hides."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Redaction:
    """What may be heard of a sound, and what may be read of its words."""

    audible: Mask
    """One for each sample."""
    words: tuple[Word, ...]
    """The words that were kept."""
    text: str

    @property
    def bleeped(self) -> float:
        """Part of the time that is not audible, 0 to 1; 1 if there is no sound."""
        return 1.0 - float(self.audible.mean()) if self.audible.size else 1.0


def redact(
    words: Sequence[Word], samples: int, vocabulary: Collection[str], margin: float = MARGIN, sure: float = SURE
) -> Redaction:
    """Say what may be heard and read of a sound of so many samples in which these words were heard, in their order."""
    keeps = [word.text in vocabulary and word.confidence >= sure for word in words]
    audible = np.zeros(samples, dtype=np.bool_)
    for stretch in _stretches(words, keeps):
        start, end = stretch[0].start, stretch[-1].end
        # At the very edges nobody else's word begins: there the sound itself begins and ends.
        first = _at(start + margin, samples) if start > 0 else 0
        last = _at(end - margin, samples) if _at(end, samples) < samples - 1 else samples
        audible[first : max(first, last)] = True
    for word, kept in zip(words, keeps, strict=True):
        if not kept:  # whatever its neighbours' times say
            audible[_at(word.start, samples) : _at(word.end, samples) + 1] = False
    kept_words = tuple(word for word, kept in zip(words, keeps, strict=True) if kept)
    return Redaction(audible, kept_words, _text(words, keeps))


def everything(words: Sequence[Word], samples: int) -> Redaction:
    """Nothing is left out: for a wake phrase, which everybody knows."""
    return Redaction(np.ones(samples, dtype=np.bool_), tuple(words), " ".join(word.text for word in words))


def bleep(sound: bytearray, audible: Mask, chance: Random) -> None:
    """Overwrite what is not audible with noise, where it stands."""
    samples = np.frombuffer(sound, dtype="<i2")
    hidden = ~audible
    noise = np.random.default_rng(chance.getrandbits(128)).standard_normal(int(hidden.sum()))
    samples[hidden] = saturate(np.rint(noise * _NOISE))


def _stretches(words: Sequence[Word], keeps: Sequence[bool]) -> list[list[Word]]:
    """Kept words that follow each other with hardly a gap."""
    stretches: list[list[Word]] = []
    follows = False
    for word, kept in zip(words, keeps, strict=True):
        if kept and follows and 0 <= word.start - stretches[-1][-1].end <= JOIN:
            stretches[-1].append(word)
        elif kept:
            stretches.append([word])
        follows = kept
    return stretches


def _at(time: float, samples: int) -> int:
    return min(max(round(time * RATE), 0), samples)


def _text(words: Sequence[Word], keeps: Sequence[bool]) -> str:
    """The kept words, and one placeholder for however many others in a row: their number could tell a name."""
    text: list[str] = []
    for word, kept in zip(words, keeps, strict=True):
        shown = word.text if kept else NUMBER if word.text in NUMBER_WORDS else NAME
        if kept or text[-1:] != [shown]:
            text.append(shown)
    return " ".join(text)
