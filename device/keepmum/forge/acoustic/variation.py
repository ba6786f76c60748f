"""Makes each hearing of an utterance a little different: other gain, other colour, a band or a moment covered.

It works on the cepstra themselves and costs next to nothing, so no two epochs hear the same sound.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from keepmum.forge.corpus.shards import CEPSTRA

GAIN = 12.0
"""The first cepstrum moves by at most this: 12 / sqrt(40) nats of energy, about 8 dB."""
COLOUR = 4.0
"""Spread of what the next seven move by: another microphone, another place in the room."""
COLOURED = slice(1, 8)

BANDS = 5
"""Mel bands of 40 that are covered at most, in half of the utterances: a voice must not hang on one of its tones."""
MOMENT = 12
"""Frames (10 ms) that are covered at most at a time, about one moment every two seconds in half of the utterances."""

LIFTER = 22.0
"""Kaldi's cepstral lifter, which is undone to reach the mel bands."""


def varied(batch: NDArray[np.float32], chance: np.random.Generator) -> None:
    """Change a batch [utterances, frames, 40] in place."""
    many = len(batch)
    for row in batch:
        _cover(row, chance)
    batch[:, :, 0] += chance.uniform(-GAIN, GAIN, (many, 1))
    batch[:, :, COLOURED] += chance.normal(0, COLOUR, (many, 1, 7))


def _cover(row: NDArray[np.float32], chance: np.random.Generator) -> None:
    usual = row.mean(0)
    if chance.random() < 0.5:
        lowest = int(chance.integers(0, CEPSTRA))
        count = int(chance.integers(1, BANDS + 1))
        row -= (row - usual) @ _bands(lowest, lowest + count)
    if chance.random() < 0.5:
        for _ in range(chance.poisson(len(row) / 200)):
            start = int(chance.integers(0, len(row)))
            row[start : start + int(chance.integers(1, MOMENT + 1))] = usual


def _to_cepstra() -> NDArray[np.float64]:
    """[mel bands, cepstra]: Kaldi's cosine transform with its lifter."""
    lifter = 1 + 0.5 * LIFTER * np.sin(np.pi * np.arange(CEPSTRA) / LIFTER)
    transform: NDArray[np.float64] = dct(np.eye(CEPSTRA), norm="ortho", axis=1) * lifter
    return transform


_CEPSTRA_OF_BANDS = _to_cepstra()
_BANDS_OF_CEPSTRA = np.linalg.inv(_CEPSTRA_OF_BANDS)


def _bands(start: int, stop: int) -> NDArray[np.float32]:
    """[40, 40]: takes cepstra to the part of them that these mel bands make."""
    part: NDArray[np.float64] = _BANDS_OF_CEPSTRA[:, start:stop] @ _CEPSTRA_OF_BANDS[start:stop]
    return part.astype(np.float32)
