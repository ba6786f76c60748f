"""Notices a microphone that is open and deaf: no blocks, or nothing but digital zeros.

A driver does not always know. A sound server whose source was taken away goes on delivering zeros at the normal
pace, without an error, and a card that hangs delivers nothing at all.
"""

from __future__ import annotations

from keepmum.privacy.events import Cause
from keepmum.sound import seconds

STALL = 1.0
"""Seconds without a block; a block is 0.08 s long."""


class Watch:
    """Looks at every block of one open microphone. `dead_after` is in seconds of zeros; 0 is never."""

    def __init__(self, dead_after: float) -> None:
        self._dead_after = dead_after
        self._zeros = 0.0
        self._last: float | None = None

    def opened(self, now: float) -> None:
        """The microphone is open, and has all its time again."""
        self._last, self._zeros = now, 0.0

    def block(self, block: bytes, now: float) -> bool:
        """A block came; whether there is sound in it."""
        self._last = now
        # A real microphone is never this quiet: its own noise moves the last bit.
        self._zeros = 0.0 if any(block) else self._zeros + seconds(block)
        return not (self._zeros and self._dead_after)

    def deaf(self, now: float) -> Cause | None:
        """Why it counts as broken, if it does."""
        if self._last is not None and now - self._last >= STALL:
            return Cause.NO_SOUND
        return Cause.ZEROS if self._dead_after and self._zeros >= self._dead_after else None
