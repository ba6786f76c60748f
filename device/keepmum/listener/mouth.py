"""Says things aloud: a sentence through the voice, an alarm as a chime, both at the household's volume."""

from __future__ import annotations

import logging
from typing import Protocol

import numpy as np

from keepmum.clock import Clock
from keepmum.errors import SpeakerError
from keepmum.hardware import Speaker
from keepmum.listener.news import News
from keepmum.sound import RATE, seconds

log = logging.getLogger(__name__)

LATE = 5.0
"""Seconds that a loudspeaker may be late. The ear waits for it: one that hangs must not leave it deaf."""

EARLY = 0.05
"""Seconds that it may be early; a sound that is over sooner was not played to its end."""

_CHIME_HERTZ = (880.0, 1_174.7)
_CHIME_SECONDS = 0.35


class Voice(Protocol):
    """Text to sound."""

    def speak(self, text: str) -> bytes:
        """The sentence as sound in the format of `keepmum.sound`; raises SpeakerError."""
        ...


class Mouth:
    """The voice, the loudspeaker and the volume."""

    def __init__(self, voice: Voice, speaker: Speaker, news: News, percent: int, clock: Clock) -> None:
        self._voice = voice
        self._speaker = speaker
        self._news = news
        self.percent = percent
        self._clock = clock
        self._over = 0.0
        """When the sentence should be over."""
        self._began = False
        """Whether the last sound began, with everything that belongs to it, and has not been cut off since."""

    def say(self, text: str, chimes: int = 0, recording: bytes | None = None, least: int = 0) -> None:
        """Begin to speak; a recording is played behind the words. Without a loudspeaker the rest still works.

        `least` is the volume, in percent, below which it would be no use.
        """
        self._began = False
        spoken = self._spoken(text)
        pcm = chime() * chimes + spoken + (recording or b"")
        if not pcm:
            return
        try:
            self._speaker.play(pcm, max(least, self.percent) / 100)
        except SpeakerError as error:
            log.error("%s", error)
            return
        self._began = bool(spoken or not text) and recording != b""
        self._over = self._clock.now() + seconds(pcm)
        self._news.tell("reply", {"seconds": round(seconds(pcm), 2)}, text)

    def _spoken(self, text: str) -> bytes:
        """An alarm without a voice still rings."""
        try:
            return self._voice.speak(text) if text else b""
        except SpeakerError as error:
            log.error("%s", error)
            return b""

    def remaining(self) -> float:
        """Seconds until the sentence is over; a loudspeaker that is `LATE` is hushed."""
        left = self._speaker.remaining()
        if left <= 0 or self._clock.now() < self._over + LATE:
            return left
        log.error("the loudspeaker takes too long; the rest of the sentence is dropped")
        self.hush()
        return 0.0

    def whole(self) -> bool:
        """Whether the last sentence was played to its end: not cut off, not given up by the loudspeaker."""
        if not self._began or self.remaining() > 0 or self._clock.now() < self._over - EARLY:
            return False
        try:
            # A loudspeaker that failed at the very end tells so when it is to play again.
            self._speaker.play(b"", 0.0)
        except SpeakerError as error:
            log.error("%s", error)
            self._began = False
        return self._began

    def hush(self) -> None:
        """Stop in the middle of the word."""
        self._began = False
        self._speaker.stop()


def chime() -> bytes:
    """Two rising tones, faded in and out so that they do not click."""
    time = np.arange(int(_CHIME_SECONDS * RATE)) / RATE
    fade = np.minimum(1.0, np.minimum(time, _CHIME_SECONDS - time) / 0.02)
    tones = [np.sin(2 * np.pi * hertz * time) * fade for hertz in _CHIME_HERTZ]
    sound = np.concatenate([*tones, np.zeros(RATE // 5)]) * 0.4 * 32_767
    return bytes(sound.astype("<i2").tobytes())
