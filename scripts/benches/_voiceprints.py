"""A small speaker recogniser, to see what a disguise is worth: features of timbre and pitch, LDA, cosine.

A serious attacker has a neural network trained on thousands of people. What this one finds out, he does too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

import numpy as np
import numpy.typing as npt

from keepmum.listener.rungs.disguise import disguise, faster_by, mcadams
from keepmum.sound import RATE

Samples = npt.NDArray[np.float64]
Speakers = Mapping[str, Sequence[Samples]]
Change = Callable[[Samples, Random], Samples]

_FRAME, _HOP, _BANDS, _CEPSTRA = 400, 160, 30, 20


def unchanged(samples: Samples, _chance: Random) -> Samples:
    """The voice itself."""
    return samples


def fixed(samples: Samples, _chance: Random) -> Samples:
    """McAdams with one power for everybody."""
    return mcadams(samples, 0.8)


def moved(samples: Samples, chance: Random) -> Samples:
    """McAdams with another power each time."""
    return mcadams(samples, chance.uniform(0.5, 0.9))


def pitched(samples: Samples, chance: Random) -> Samples:
    """Only the pitch, another one each time."""
    return faster_by(samples, chance.uniform(0.85, 1.15))


def disguised(samples: Samples, chance: Random) -> Samples:
    """What the rung does."""
    made, _ = disguise(bytearray(samples.astype("<i2").tobytes()), chance)
    return np.frombuffer(made, "<i2").astype(np.float64)


def ours(speakers: Speakers, change: Change) -> tuple[float, float]:
    """Equal error rates in percent: of an attacker who knows nothing of the disguise, and of one who uses it himself.

    Half of the speakers train the attacker, the other half are told apart; then the halves change places.
    """
    plain = _prints(speakers, unchanged, 1)
    trained, tried = _prints(speakers, change, 2), _prints(speakers, change, 3)
    return _eer(plain, plain, tried), _eer(trained, trained, tried)


def _prints(speakers: Speakers, change: Change, seed: int) -> dict[str, Samples]:
    chance = Random(seed)
    return {
        name: np.stack([_features(change(samples, chance)) for samples in utterances])
        for name, utterances in speakers.items()
    }


def _eer(trained: Mapping[str, Samples], enrolled: Mapping[str, Samples], tried: Mapping[str, Samples]) -> float:
    """Each speaker is enrolled with every other utterance; the rest of them are tried against everybody."""
    names = sorted(trained)
    same: list[float] = []
    other: list[float] = []
    for half in (0, 1):
        project = _lda([trained[name] for name in names[half::2]])
        targets = names[1 - half :: 2]
        models = {name: _unit(project(enrolled[name][::2]).mean(axis=0)) for name in targets}
        for name in targets:
            for trial in project(tried[name][1::2]):
                for target, model in models.items():
                    (same if target == name else other).append(float(model @ _unit(trial)))
    return _crossing(np.array(same), np.array(other))


def _crossing(same: Samples, other: Samples) -> float:
    cuts = np.sort(np.concatenate([same, other]))
    missed = np.searchsorted(np.sort(same), cuts, "left") / len(same)
    let_in = 1 - np.searchsorted(np.sort(other), cuts, "left") / len(other)
    at = int(np.argmin(np.abs(missed - let_in)))
    return float(100 * (missed[at] + let_in[at]) / 2)


def _unit(vector: Samples) -> Samples:
    length: Samples = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return length


def _lda(classes: Sequence[Samples]) -> Callable[[Samples], Samples]:
    """What tells these speakers apart, as a projection."""
    everyone = np.concatenate(classes)
    mean, scale = everyone.mean(axis=0), everyone.std(axis=0) + 1e-9
    scaled = [(each - mean) / scale for each in classes]
    within = sum(np.cov(each.T, bias=True) for each in scaled) / len(scaled)
    between = np.cov(np.stack([each.mean(axis=0) for each in scaled]).T, bias=True)
    values, vectors = np.linalg.eigh(within + 0.1 * np.eye(len(mean)))
    whiten = vectors / np.sqrt(values)
    _, directions = np.linalg.eigh(whiten.T @ between @ whiten)
    basis = whiten @ directions[:, : -min(len(classes), 20) - 1 : -1]
    return lambda prints: ((prints - mean) / scale) @ basis


def _features(samples: Samples) -> Samples:
    """Means and spreads of mel cepstra and their slopes, and of the pitch, over one utterance."""
    count = 1 + (len(samples) - _FRAME) // _HOP
    frames = np.stack([samples[at * _HOP : at * _HOP + _FRAME] for at in range(count)])
    frames = frames[frames.std(axis=1) > 0.1 * samples.std()]
    spectra = np.abs(np.fft.rfft(frames * np.hamming(_FRAME), 512)) ** 2
    cepstra = (np.log(spectra @ _mel().T + 1.0) @ _cosines())[:, 1:]
    slopes = np.diff(cepstra, axis=0)
    pitch = np.log(_pitch(frames))
    return np.concatenate([cepstra.mean(0), cepstra.std(0), slopes.std(0), [np.median(pitch), pitch.std()]])


def _pitch(frames: Samples) -> Samples:
    """Hertz, from 70 to 400, where each frame's autocorrelation is highest."""
    auto = np.fft.irfft(np.abs(np.fft.rfft(frames - frames.mean(axis=1, keepdims=True), 1_024)) ** 2)
    shortest, longest = RATE // 400, RATE // 70
    pitch: Samples = RATE / (shortest + np.argmax(auto[:, shortest:longest], axis=1)).astype(np.float64)
    return pitch


def _mel() -> Samples:
    edges = 700 * (np.exp(np.linspace(np.log(1 + 100 / 700), np.log(1 + 7_600 / 700), _BANDS + 2)) - 1)
    hertz = np.linspace(0, RATE / 2, 257)
    rise = (hertz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - hertz) / (edges[2:] - edges[1:-1])[:, None]
    bands: Samples = np.clip(np.minimum(rise, fall), 0, None)
    return bands


def _cosines() -> Samples:
    waves: Samples = np.cos(np.pi * np.outer(np.arange(_BANDS) + 0.5, np.arange(_CEPSTRA)) / _BANDS)
    return waves
