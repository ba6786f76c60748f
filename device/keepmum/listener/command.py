"""A command as it was heard: what a clip can be made of, as long as it is held."""

from __future__ import annotations

from dataclasses import dataclass

from keepmum.clip import Word

Span = tuple[float, float]
"""From where to where, in seconds from the beginning of a sound."""


@dataclass
class Command:
    """One wake and what was said after it. Whoever takes it overwrites it."""

    sound: bytearray
    """From the pre-roll to the end of the command, in the format of `keepmum.sound`."""
    phrase: str
    """The wake phrase; nothing if nobody knows it."""
    phrase_span: Span | None
    """Where Vosk found the phrase in the sound; None if it was not asked."""
    span: Span
    """Where the command can be: from the end of the phrase to the end of the sound."""
    words: tuple[Word, ...]
    """What was heard in that span, with times from the beginning of the sound. `[unk]` is what no word fits, or what
    the understood sentence does not consist of; all of it, if nothing was understood."""

    def wipe(self) -> None:
        """Overwrite the sound and let go of the words."""
        self.sound[:] = bytes(len(self.sound))
        self.sound = bytearray()
        self.words = ()
