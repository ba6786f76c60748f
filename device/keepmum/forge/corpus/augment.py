"""Turns clean speech into what a microphone in a home hears, and keeps count of where nobody speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import soxr
from numpy.random import Generator
from scipy.signal import butter, lfilter, sosfilt

from keepmum.forge.corpus import rooms
from keepmum.forge.corpus.features import FRAME, OUTPUT, RATE
from keepmum.forge.corpus.noise import Noises
from keepmum.forge.corpus.recording import Samples

_FULL = 32_767.0
_WINDOW = 400
"""Samples that one frame sees (25 ms)."""
_MARGIN = 0.06
"""Seconds between known silence and speech that are called neither: filters and resampling spread a sound."""


class Heard(NamedTuple):
    """What the microphone hears."""

    samples: Samples
    """In the scale of 16-bit samples, whole numbers."""
    lead: int
    """Output frames (30 ms) at the beginning in which nobody speaks."""
    trail: int
    """The same at the end."""


@dataclass(frozen=True)
class Shares:
    """How often what happens; drawn anew for every copy."""

    pace_of_people: float = 0.5
    pace_of_programs: float = 0.85
    room: float = 0.5
    tilt: float = 0.5
    telephone: float = 0.12
    dull: float = 0.18
    thin: float = 0.3
    ends_in_noise: float = 0.22
    """Speech, then 0.5 to 1.5 s of the same noise at 5 to 20 dB: so the end of a command is found in a noisy home."""
    loud_noise: float = 0.7
    clipping: float = 0.05


SHARES = Shares()


class Augmentation:
    """Draws what happens to one utterance after the other."""

    def __init__(self, chance: Generator, noises: Noises, shares: Shares = SHARES) -> None:
        self._chance, self._noises, self._shares = chance, noises, shares

    def heard(self, speech: Samples, is_person: bool) -> Heard:
        """One copy of an utterance: other pace and vocal tract, room, band, noise and gain."""
        speech = self._paced(speech, is_person)
        speech = speech / np.float32(np.sqrt(np.mean(speech**2)) + 1e-6)
        ends_in_noise = self._happens(self._shares.ends_in_noise)
        before, behind = self._pause(1.2), self._pause(2.0)
        if ends_in_noise:
            behind = int(self._chance.uniform(0.5, 1.5) * RATE)
        sound = np.concatenate([np.zeros(before, np.float32), speech, np.zeros(behind, np.float32)])
        echo = 0.0
        if self._happens(self._shares.room):
            room = rooms.drawn(self._chance)
            sound, echo = room.heard(sound), room.seconds / 2
        sound = self._band(sound)
        sound, is_quiet = self._noisy(sound, sound[before : before + len(speech)], ends_in_noise)
        self._noises.overhear(speech)
        heard = self._taken(sound)
        return Heard(heard, *(_silences(len(heard), before, behind, echo) if is_quiet else (0, 0)))

    def silence(self) -> Heard:
        """One to four seconds in which nobody speaks: noise from loud to hardly there, or nothing at all."""
        samples = int(RATE * self._chance.uniform(1, 4))
        _, noise = self._noises.drawn(samples, without=["babble"])
        level = 10 ** (-self._chance.uniform(6, 75) / 20) if self._happens(0.92) else 0.0
        heard = np.rint(noise / np.abs(noise).max() * np.float32(level * _FULL))
        return Heard(heard, outputs(len(heard)), 0)

    def _happens(self, share: float) -> bool:
        return bool(self._chance.random() < share)

    def _pause(self, longest: float) -> int:
        """Samples; often a moment, as before a press of the button or after it, sometimes hardly any."""
        low, high = (0.3, longest) if self._happens(0.6) else (0.0, 0.3)
        return int(RATE * self._chance.uniform(low, high))

    def _paced(self, speech: Samples, is_person: bool) -> Samples:
        """Faster and higher or slower and deeper, which is also a shorter or longer vocal tract."""
        share = self._shares.pace_of_people if is_person else self._shares.pace_of_programs
        if not self._happens(share):
            return speech
        factor = self._chance.uniform(0.9, 1.1) if is_person else self._chance.uniform(0.83, 1.22)
        return np.asarray(soxr.resample(speech, RATE, RATE / factor, quality="MQ"), np.float32)

    def _band(self, sound: Samples) -> Samples:
        """A cheap microphone's colour, a telephone's band, a voice round a corner."""
        if self._happens(self._shares.tilt):
            sound = lfilter([1, self._chance.uniform(-0.6, 0.6)], [1], sound)
        kind = self._chance.random()
        if kind < self._shares.telephone:
            sound = sosfilt(butter(6, [250, 3500], "bandpass", fs=RATE, output="sos"), sound)
        elif kind < self._shares.telephone + self._shares.dull:
            sound = sosfilt(butter(4, self._chance.uniform(3000, 7000), fs=RATE, output="sos"), sound)
        if self._happens(self._shares.thin):
            sound = sosfilt(butter(2, self._chance.uniform(60, 350), "high", fs=RATE, output="sos"), sound)
        return np.asarray(sound, np.float32)

    def _noisy(self, sound: Samples, speech: Samples, ends_in_noise: bool) -> tuple[Samples, bool]:
        """With noise so many dB below the speech; and whether what lies around the speech can be called silence."""
        if ends_in_noise:
            ratio = self._chance.uniform(5, 20)
        else:
            ratio = (
                self._chance.uniform(4, 30) if self._happens(self._shares.loud_noise) else self._chance.uniform(30, 60)
            )
        kind, noise = self._noises.drawn(len(sound), without=["babble"] if ends_in_noise else [])
        level = np.float32(np.sqrt(np.mean(speech**2)) * 10 ** (-ratio / 20))
        return sound + noise * level, kind != "babble" or ratio > 12

    def _taken(self, sound: Samples) -> Samples:
        """At some gain, sometimes too much of it, as whole numbers."""
        sound = sound / (np.abs(sound).max() + 1e-6) * np.float32(10 ** (-self._chance.uniform(1, 34) / 20))
        if self._happens(self._shares.clipping):
            sound = np.clip(sound / (np.abs(sound).max() + 1e-6) * np.float32(self._chance.uniform(1.5, 4)), -1, 1)
        return np.asarray(np.clip(np.rint(sound * _FULL), -_FULL - 1, _FULL), np.float32)


def outputs(samples: int) -> int:
    """How often the network answers to this many samples: at every third frame, the first one too."""
    frames = 1 + (samples - _WINDOW) // FRAME if samples >= _WINDOW else 0
    return -(-frames // 3)


def _silences(samples: int, before: int, behind: int, echo: float) -> tuple[int, int]:
    """The outputs that lie wholly in the silence before speech, and behind it when `echo` seconds are over."""
    margin = round(_MARGIN * RATE)
    lead = max(0, (before - margin - _WINDOW) // OUTPUT)
    over = samples - behind + margin + round(echo * RATE)
    return lead, max(0, outputs(samples) - -(-over // OUTPUT))
