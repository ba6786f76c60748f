"""The features are those that Vosk computes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

import keepmum
from keepmum.forge.corpus.features import CONF, RATE, mfcc
from keepmum.forge.corpus.recording import Samples


def by_the_book(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kaldi's MFCC from its documentation, without any of its code: window, mel triangles, cosines, liftering."""
    count = 1 + (len(samples) - 400) // 160
    frames = np.stack([samples[160 * at : 160 * at + 400] for at in range(count)])
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)) ** 0.85
    power = np.abs(np.fft.rfft((frames - 0.97 * before) * window, 512)) ** 2
    edges = np.linspace(_mel(20.0), _mel(7600.0), 42)
    bins = _mel(np.arange(256) * RATE / 512)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    energies = power[:, :256] @ np.maximum(0, np.minimum(rising, falling)).T
    logs = np.log(np.maximum(energies, np.finfo(np.float32).eps))
    cosines = np.sqrt(2 / 40) * np.cos(np.pi / 40 * np.outer(np.arange(40), np.arange(40) + 0.5))
    cosines[0] = np.sqrt(1 / 40)
    return np.asarray(logs @ cosines.T * (1 + 11 * np.sin(np.pi * np.arange(40) / 22)))


def _mel(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(1127 * np.log(1 + np.asarray(hertz) / 700))


def test_features_are_kaldis(speech: Samples) -> None:
    """Of noise and of speech, to a thousandth."""
    noise = np.random.default_rng(1).standard_normal(RATE) * 3000
    for sound in (noise, np.rint(speech * 32767).astype(np.float64) + 0.01 * np.sin(np.arange(len(speech)))):
        assert (
            np.abs(mfcc(sound.astype(np.float32)) - by_the_book(sound.astype(np.float32).astype(np.float64))).max()
            < 1e-2
        )
    assert np.abs(mfcc(noise.astype(np.float32)) - by_the_book(noise)).max() < 1e-3


def test_features_of_a_shipped_model_are_these() -> None:
    """What the model's mfcc.conf tells Vosk is what a model is trained with."""
    shipped = keepmum.__path__[0] + "/models/en-household/conf/mfcc.conf"
    with open(shipped, encoding="utf-8") as file:
        assert sorted(file.read().split()) == sorted(CONF.split())


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (399, 0), (400, 1), (559, 1), (560, 2), (16_000, 98)])
def test_only_whole_frames_are_counted(samples: int, frames: int) -> None:
    """A frame lies wholly inside the sound."""
    assert mfcc(np.ones(samples, np.float32)).shape == (frames, 40)
