"""Speaks the redacted text with the speaker's own voice: of the one who said it, only the words are left."""

from __future__ import annotations

from keepmum.listener.mouth import Voice
from keepmum.listener.rungs.redact import NAME, NUMBER

_SPOKEN = {NAME: "something", NUMBER: "a number"}


def respeak(text: str, voice: Voice) -> bytearray:
    """A redacted text as sound in the format of `keepmum.sound`; nothing for no text. Raises SpeakerError.

    Nothing but the text goes into it, so neither timbre nor melody nor pauses of the speaker's are in it.
    """
    return bytearray(voice.speak(" ".join(_SPOKEN.get(word, word) for word in text.split())))
