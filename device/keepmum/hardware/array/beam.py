"""Listens in one direction: a voice from there passes unchanged, sound from all around is made as quiet as it can be.

Each microphone is delayed until a voice from the bearing stands in step in all, as in delay and sum. Then each
frequency is weighted by how alike the microphones hear a room that sounds from everywhere, because delay and sum alone
does little in an array of a hand's breadth (a superdirective beam: H. Cox et al., "Robust adaptive beamforming", 1987).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keepmum.hardware.array.delays import SPEED_OF_SOUND, Samples
from keepmum.hardware.array.places import Places, leads
from keepmum.sound import BLOCK, RATE

LOADING = 0.01
"""Noise of each microphone's own, as a share of the sound from everywhere: 20 dB below it. It stands for microphones
that differ by a decibel, too; less would amplify what is not alike in them. A large number is delay and sum."""
_WING = 24
"""Samples of each filter on both sides of the voice's delay."""
_GRID = 512
"""Points of the Fourier transform that the filters are designed on."""
_FADE = RATE // 100
"""Samples in which one direction goes over into the next: 10 ms, so that nothing clicks."""
_TURN = 5.0
"""Degrees that a voice must move before the beam follows; no array of this size tells less apart."""

Taps = npt.NDArray[np.float32]
"""One filter for each microphone."""


class Beam:
    """A stream of blocks in, one channel out, `late` samples behind; without a bearing it is the first microphone.

    A far voice from the bearing comes out as loud as one microphone hears it.
    """

    def __init__(self, places: Places, loading: float = LOADING) -> None:
        self._places = places
        self._unmix = np.linalg.inv(_alike(places) + loading * np.eye(len(places)))
        reach = int(np.ceil(np.abs(leads(places, np.arange(0.0, 360.0))).max()))
        self.late = reach + _WING
        self._bearing: float | None = None
        self._old = self._taps = self._one()
        self._window = np.zeros((len(places), 2 * self.late + BLOCK), np.float32)
        self._rising = np.linspace(0.0, 1.0, _FADE, endpoint=False, dtype=np.float32)

    def steer(self, bearing: float | None) -> None:
        """Where to listen from the next block on, in degrees as everywhere; None is the first microphone alone."""
        if bearing is not None and self._bearing is not None and _apart(bearing, self._bearing) < _TURN:
            return
        if bearing != self._bearing:
            self._bearing = bearing
            self._taps = self._one() if bearing is None else self._towards(bearing)

    def hear(self, samples: Samples) -> Samples:
        """One row for each microphone in, as many samples out; at least 10 ms at a time."""
        pieces = [self._piece(samples[:, at : at + BLOCK]) for at in range(0, samples.shape[1], BLOCK)]
        return np.concatenate(pieces) if len(pieces) > 1 else pieces[0]

    def wipe(self) -> None:
        """Overwrite the sound that is kept, and look nowhere."""
        self._window.fill(0.0)
        self._bearing = None
        self._old = self._taps = self._one()

    def _piece(self, samples: Samples) -> Samples:
        past, length = 2 * self.late, samples.shape[1]
        window = self._window[:, : past + length]
        window[:, past:] = samples
        heard = _filtered(window, self._taps)
        if self._old is not self._taps:
            fade = min(_FADE, length)
            before = _filtered(window[:, : past + fade], self._old)
            heard[:fade] = before + self._rising[:fade] * (heard[:fade] - before)
            self._old = self._taps
        self._window[:, :past] = window[:, length:].copy()
        return heard

    def _towards(self, bearing: float) -> Taps:
        """The filters that leave a wave from the bearing as it is, and let the least of all others through."""
        turns = 2j * np.pi * np.fft.rfftfreq(_GRID)[:, None]
        wave = np.exp(turns * leads(self._places, bearing))
        raw = np.einsum("fij,fj->fi", self._unmix, wave)
        weights = raw.conj() / np.einsum("fi,fi->f", wave.conj(), raw)[:, None]
        taps = np.fft.irfft(weights * np.exp(-turns * self.late), _GRID, axis=0)[: 2 * self.late + 1].T
        return (taps * np.hanning(2 * self.late + 3)[1:-1]).astype(np.float32)

    def _one(self) -> Taps:
        taps = np.zeros((len(self._places), 2 * self.late + 1), np.float32)
        taps[0, self.late] = 1.0
        return taps


def _alike(places: Places) -> npt.NDArray[np.float64]:
    """How alike two microphones hear a room that sounds from everywhere, for each frequency of the grid."""
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1) / 1_000
    frequencies = np.fft.rfftfreq(_GRID, 1 / RATE)
    likeness: npt.NDArray[np.float64] = np.sinc(2 * frequencies[:, None, None] * apart / SPEED_OF_SOUND)
    return likeness


def _filtered(window: Samples, taps: Taps) -> Samples:
    heard = np.zeros(window.shape[1] - taps.shape[1] + 1, np.float32)
    for row, tap in zip(window, taps, strict=True):
        if tap.any():
            heard += np.convolve(row, tap, "valid")
    return heard


def _apart(one: float, other: float) -> float:
    return abs((one - other + 180.0) % 360.0 - 180.0)
