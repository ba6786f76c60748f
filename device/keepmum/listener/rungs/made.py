"""What was made of a command for one rung: everything of it that may leave, and no more."""

from __future__ import annotations

from dataclasses import dataclass, field

from keepmum.clip import Clip
from keepmum.listener.mouth import Voice
from keepmum.listener.rungs.respeak import respeak
from keepmum.sound import seconds


@dataclass
class Made:
    """A clip that has not been offered yet. Whoever takes it overwrites its sounds."""

    clip: Clip
    """What is known, under a random name and without its sound."""
    pcm: bytearray = field(default_factory=bytearray)
    """The sound that would leave, in the format of `keepmum.sound`; none for text and numbers."""
    bleeped: float = 1.0
    """Part of the command that was made unintelligible, 0 to 1. Whether that is too much is the core's to say."""
    voice: Voice | None = None
    _spoken: bytearray | None = None

    @property
    def seconds(self) -> float:
        """How long the sound lasts that would leave; 0 for text and numbers."""
        return seconds(self.pcm)

    @property
    def aloud(self) -> bytearray:
        """What is played to somebody who asks: the very sound that would leave, or the text, spoken. SpeakerError."""
        if self.pcm or self.voice is None:
            return self.pcm
        if self._spoken is None:
            self._spoken = respeak(self.clip.text, self.voice)
        return self._spoken
