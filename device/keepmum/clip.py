"""A clip: the one piece of sound that can ever leave the speaker, and what is known about it."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass

from keepmum.errors import SealError
from keepmum.sound import RATE, SAMPLE_BYTES, seconds

_FORMAT = b"keepmum-clip 1\n"


def new_id() -> str:
    """A random 128-bit name, as 32 hexadecimal digits; it says nothing about the device or the moment."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Word:
    """One word that Vosk heard; `start` and `end` are seconds from the beginning of the sound it was given."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True)
class Clip:
    """A confirmed wake and the command after it. `pcm` has the format of `keepmum.sound`."""

    id: str
    pcm: bytes
    phrase: str
    """The wake phrase that was confirmed."""
    words: tuple[Word, ...] = ()

    @property
    def seconds(self) -> float:
        """How long the clip lasts."""
        return seconds(self.pcm)


def pack(clip: Clip) -> bytes:
    """The clip as bytes to be sealed: a format line, one JSON line, then the samples."""
    known = {"id": clip.id, "phrase": clip.phrase, "rate": RATE, "words": [asdict(word) for word in clip.words]}
    return _FORMAT + json.dumps(known, separators=(",", ":")).encode() + b"\n" + clip.pcm


def unpack(untrusted_bytes: bytes) -> Clip:
    """The clip out of opened bytes; raises SealError for anything that `pack` would not have written."""
    head, _, rest = untrusted_bytes.removeprefix(_FORMAT).partition(b"\n")
    if not untrusted_bytes.startswith(_FORMAT) or len(rest) % SAMPLE_BYTES:
        raise SealError("what was sealed is not a clip", "the sender runs another version of keepmum")
    try:
        known = json.loads(head)
        words = tuple(
            Word(str(w["text"]), float(w["start"]), float(w["end"]), float(w["confidence"])) for w in known["words"]
        )
        if known["rate"] != RATE:
            raise SealError(f"the clip has {known['rate']!r} samples a second", f"keepmum clips have {RATE}")
        return Clip(str(known["id"]), rest, str(known["phrase"]), words)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, SealError):
            raise
        raise SealError("the clip's description cannot be read", "the sender runs another version") from error
