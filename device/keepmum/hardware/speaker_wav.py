"""A loudspeaker into a file: writes what would have been heard, cut where it was cut off."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import soundfile

from keepmum.clock import Clock
from keepmum.errors import SpeakerError
from keepmum.hardware.loudness import scale
from keepmum.sound import RATE, SAMPLE_BYTES, seconds

LONGEST_SILENCE = 1.0
"""Seconds of silence written between two sounds, so that an hour's replies can be listened to in a minute."""


@dataclass(frozen=True)
class Played:
    """One sound: when it began by the clock, what was asked for, and how many seconds of it were heard."""

    at: float
    pcm: bytes
    volume: float
    heard: float


class WavSpeaker:
    """`history` holds every sound that has ended, been replaced or been stopped."""

    def __init__(self, file: Path, clock: Clock) -> None:
        """Raises SpeakerError if the file cannot be written."""
        self.history: list[Played] = []
        self._clock = clock
        self._playing: tuple[float, bytes, float] | None = None
        self._quiet_since = clock.now()
        try:
            self._file = soundfile.SoundFile(file, "w", RATE, 1, "PCM_16", format="WAV")
        except soundfile.LibsndfileError as error:
            raise SpeakerError(
                f"{file} cannot be written: {error.error_string}", "name a file in a folder that exists"
            ) from error

    def play(self, pcm: bytes, volume: float) -> None:
        if self._file.closed:
            raise SpeakerError("the loudspeaker is closed", "open the hardware again")
        if len(pcm) % SAMPLE_BYTES or not 0 <= volume <= 1:
            raise SpeakerError(f"{len(pcm)} bytes at volume {volume}", "whole samples, volume from 0 to 1")
        self.stop()
        self._playing = (self._clock.now(), pcm, volume)

    def remaining(self) -> float:
        if self._playing is None:
            return 0.0
        at, pcm, _ = self._playing
        return max(0.0, at + seconds(pcm) - self._clock.now())

    def stop(self) -> None:
        if self._playing is None:
            return
        (at, pcm, volume), self._playing = self._playing, None
        count = min(len(pcm) // SAMPLE_BYTES, round((self._clock.now() - at) * RATE))
        self._write(min(LONGEST_SILENCE, at - self._quiet_since), scale(pcm[: count * SAMPLE_BYTES], volume))
        self._quiet_since = at + count / RATE
        self.history.append(Played(at, pcm, volume, count / RATE))

    def close(self) -> None:
        self.stop()
        self._file.close()

    def _write(self, silence: float, heard: bytes) -> None:
        self._file.buffer_write(bytes(max(0, round(silence * RATE)) * SAMPLE_BYTES) + heard, "int16")
        self._file.flush()
