"""Makes a voice less like itself: moved resonances (McAdams) and another pitch, both by chance for each utterance.

This is a disguise. Whoever disguises voices likewise and learns from them recognises many speakers all the same:
`README.md` beside this file has the figures, and so has the notice. It is never to be called anonymous.
"""

from __future__ import annotations

from random import Random

import numpy as np
import numpy.typing as npt

from keepmum.hardware.loudness import limit_peak, saturate

ORDER = 20
"""Of the linear prediction; with 20 ms every 10 ms and these powers it is baseline B2 of VoicePrivacy 2024."""
_WINDOW, _HOP = 320, 160
_POWERS = (0.5, 0.9)
"""A resonance at the angle x (0 to pi) moves to x to the power of one of these."""
_SPEEDS = (0.85, 1.15)
"""Pitch, resonances and tempo together, by playing faster or slower."""
_PEAK = 29_000.0
_QUIET = 1e-3

Samples = npt.NDArray[np.float64]


def disguise(sound: bytearray, chance: Random) -> tuple[bytearray, float]:
    """Another sound of the format of `keepmum.sound`, and how often faster it is: divide times by that.

    `sound` has been redacted before; it is left as it is.
    """
    samples = np.frombuffer(sound, dtype="<i2").astype(np.float64)
    power, speed = chance.uniform(*_POWERS), chance.uniform(*_SPEEDS)
    if not samples.size:
        return bytearray(), 1.0
    moved = mcadams(samples, power)
    faster = faster_by(moved, speed)
    level, reached = np.sqrt(np.mean(samples**2)), np.sqrt(np.mean(faster**2))
    disguised = limit_peak(faster * (level / max(reached, _QUIET)), _PEAK)
    made = bytearray(saturate(np.rint(disguised)).tobytes())
    actual = len(samples) / max(len(faster), 1)
    for buffer in (samples, moved, faster, disguised):
        buffer[:] = 0.0
    return made, actual


def mcadams(samples: Samples, power: float) -> Samples:
    """The samples with every resonance's angle raised to `power`, frame by frame; as many as before."""
    window = np.sqrt(np.hanning(_WINDOW + 1)[:-1])
    count = len(samples) // _HOP + 2
    padded = np.pad(samples, (_HOP, count * _HOP - len(samples)))
    frames = np.stack([padded[at * _HOP : at * _HOP + _WINDOW] for at in range(count)]) * window
    filters = _prediction(frames)
    spoken = _resonate(_residual(frames, filters), _turned(filters, power)) * window
    out = np.zeros(len(padded) + _WINDOW)
    for at in range(count):
        out[at * _HOP : at * _HOP + _WINDOW] += spoken[at]
    made = out[_HOP : _HOP + len(samples)].copy()
    for buffer in (padded, frames, spoken, out):
        buffer[:] = 0.0
    return made


def faster_by(samples: Samples, speed: float) -> Samples:
    """The samples played `speed` times as fast, without aliasing: the spectrum is cut off or filled up."""
    count = max(1, round(len(samples) / speed))
    spectrum = np.fft.rfft(samples)
    made: Samples = np.fft.irfft(spectrum[: count // 2 + 1], count) * (count / len(samples))
    spectrum[:] = 0.0
    return made


def _prediction(frames: Samples) -> Samples:
    """Linear prediction by autocorrelation (Levinson and Durbin) of all frames at once: (frames, ORDER + 1)."""
    spectra = np.abs(np.fft.rfft(frames, 2 * _WINDOW)) ** 2
    auto = np.fft.irfft(spectra)[:, : ORDER + 1]
    auto[:, 0] = auto[:, 0] * 1.000_01 + 1.0  # a whisper of white noise: digital silence has no resonances
    filters = np.zeros((len(frames), ORDER + 1))
    filters[:, 0] = 1.0
    error = auto[:, 0].copy()
    for order in range(1, ORDER + 1):
        reflection = -np.einsum("fi,fi->f", filters[:, :order], auto[:, order:0:-1]) / error
        filters[:, 1 : order + 1] += reflection[:, None] * filters[:, order - 1 :: -1][:, :order]
        error *= 1.0 - reflection**2
    return filters


def _turned(filters: Samples, power: float) -> Samples:
    """The filters whose complex poles have their angles raised to `power`; real ones stay."""
    companions = np.zeros((len(filters), ORDER, ORDER))
    companions[:, 0] = -filters[:, 1:]
    companions[:, np.arange(1, ORDER), np.arange(ORDER - 1)] = 1.0
    poles = np.linalg.eigvals(companions).astype(np.complex128)
    angles = np.angle(poles)
    turned = np.where(
        np.abs(poles.imag) > 1e-9, np.abs(poles) * np.exp(1j * np.sign(angles) * np.abs(angles) ** power), poles
    )
    made = np.zeros((len(filters), ORDER + 1), dtype=np.complex128)
    made[:, 0] = 1.0
    for at in range(ORDER):
        made[:, 1 : at + 2] = made[:, 1 : at + 2] - turned[:, at, None] * made[:, : at + 1]
    return np.ascontiguousarray(made.real)


def _residual(frames: Samples, filters: Samples) -> Samples:
    """The frames without their resonances."""
    residual = np.zeros_like(frames)
    for lag in range(ORDER + 1):
        residual[:, lag:] += filters[:, lag, None] * frames[:, : _WINDOW - lag]
    return residual


def _resonate(residual: Samples, filters: Samples) -> Samples:
    """The residual with the resonances of the filters; all frames take a step together."""
    out = np.zeros((len(residual), _WINDOW + ORDER))
    backwards = filters[:, :0:-1]
    for at in range(_WINDOW):
        out[:, at + ORDER] = residual[:, at] - np.einsum("fi,fi->f", backwards, out[:, at : at + ORDER])
    return out[:, ORDER:]
