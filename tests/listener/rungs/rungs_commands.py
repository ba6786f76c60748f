"""Commands for the tests of the rungs: arbitrary ones, and what must not matter in them changed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from keepmum.clip import Word
from keepmum.listener.command import Command
from keepmum.sound import RATE

VOCABULARY = frozenset({"turn", "on", "the", "light"})
TEXTS = (*sorted(VOCABULARY), "margaret", "seven", "[unk]", "alexa")

Samples = npt.NDArray[np.int16]


class Echo:
    """A voice that says each letter as one sample, and remembers what it was given."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def speak(self, text: str) -> bytes:
        """The text as sound."""
        self.said.append(text)
        return np.frombuffer(text.encode(), dtype=np.uint8).astype("<i2").tobytes()


def command(words: tuple[Word, ...], begins: float, samples: Samples, phrase_begins: float = 0.0) -> Command:
    """A command whose phrase ends at `begins`."""
    length = len(samples) / RATE
    return Command(bytearray(samples.tobytes()), "alexa", (phrase_begins, begins), (begins, length), words)


_TIMES = st.floats(-0.5, 2.5)


@st.composite
def commands(draw: st.DrawFn) -> Command:
    """Any sound with any words, also with times that make no sense, in any order."""
    length = draw(st.integers(0, 2 * RATE))
    begins = draw(st.floats(0, length / RATE))
    samples = np.random.default_rng(draw(st.integers(0, 9))).integers(-9_000, 9_000, length).astype("<i2")
    words = st.builds(Word, st.sampled_from(TEXTS), _TIMES, _TIMES, st.sampled_from((0.1, 0.79, 0.8, 1.0)))
    return command(tuple(draw(st.lists(words, max_size=6))), begins, samples, draw(st.floats(0, begins)))


def allowed_anywhere(heard: Command, keep: tuple[float, float], unless: tuple[Word, ...]) -> Command:
    """The same, with every sample changed that lies outside `keep`, or in one of the words `unless`."""
    samples = np.frombuffer(heard.sound, "<i2").copy()
    times = np.arange(len(samples)) / RATE
    other = (times < keep[0]) | (times >= keep[1])
    for word in unless:
        other |= (times >= word.start) & (times < word.end)
    samples[other] = ~(samples[other] // 3)
    return Command(bytearray(samples.tobytes()), heard.phrase, heard.phrase_span, heard.span, heard.words)
