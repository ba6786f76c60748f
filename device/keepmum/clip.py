"""A clip: what can leave of one command or one day, and no more than the rung that was agreed to holds."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from keepmum.errors import SealError
from keepmum.sound import RATE, SAMPLE_BYTES, seconds
from keepmum.terms import Rung

_FORMAT = b"keepmum-clip 2\n"
_ID = re.compile(r"[0-9a-f]{32}")
_PSEUDONYM = re.compile(r"([0-9a-f]{16})?")
_COUNT = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_LONGEST_TEXT = 2_000
_MOST_WORDS = 500
_MOST_COUNTS = 200
_LARGEST_COUNT = 2**53
_LATEST = 3_600.0
"""Seconds; no word of a clip of 20 s is later."""
_VERSION_HINT = "the sender runs another version of keepmum"

_OF_ALL = {"id", "rung", "pseudonym", "language", "model"}
_OF_RUNG = {
    Rung.METRICS: {"counts"},
    Rung.TEXT: {"text"},
    Rung.RESPOKEN: {"text", "pcm"},
    Rung.DISGUISED: {"phrase", "words", "pcm"},
    Rung.VOICE: {"phrase", "words", "pcm"},
}
"""What each rung holds besides the name: with the times of the words, respoken text would show who spoke how."""


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
    """What the recipient gets, all of it inside the seal. `pcm` has the format of `keepmum.sound`."""

    id: str
    """32 hexadecimal digits, as `new_id` makes them."""
    rung: Rung
    pseudonym: str = ""
    """Who sent it, for one purpose and one day: 16 hexadecimal digits, or nothing."""
    phrase: str = ""
    """The wake phrase that was confirmed, if the rung holds a voice."""
    text: str = ""
    """What was said, with placeholders for what was left out."""
    words: tuple[Word, ...] = ()
    """The words that were left audible; times count from the beginning of `pcm`."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """What happened in one day, by name."""
    pcm: bytes = b""
    language: str = ""
    model: str = ""
    """The name of the speech model."""

    @property
    def seconds(self) -> float:
        """How long its sound lasts; 0 if it has none."""
        return seconds(self.pcm)


def pack(clip: Clip) -> bytes:
    """The clip as bytes to be sealed: a format line, one JSON line, then the samples.

    Raises SealError for a clip that holds more than its rung allows.
    """
    wrong = _wrong(clip)
    if wrong:
        raise SealError(f"a clip cannot be packed: {wrong}", "make it with listener/rungs/make.py")
    known = {name: getattr(clip, name) for name in sorted(_OF_ALL | _OF_RUNG[clip.rung]) if name != "pcm"}
    known |= {"rung": clip.rung.name.lower()}
    if "words" in known:
        known["words"] = [asdict(word) for word in clip.words]
    if "counts" in known:
        known["counts"] = dict(sorted(clip.counts.items()))
    if "pcm" in _OF_RUNG[clip.rung]:
        known["rate"] = RATE
    return _FORMAT + json.dumps(known, separators=(",", ":")).encode() + b"\n" + clip.pcm


def unpack(untrusted_bytes: bytes) -> Clip:
    """The clip out of opened bytes; raises SealError for anything that `pack` would not have written."""
    head, _, rest = untrusted_bytes.removeprefix(_FORMAT).partition(b"\n")
    if not untrusted_bytes.startswith(_FORMAT):
        raise SealError("what was sealed is not a clip", _VERSION_HINT)
    try:
        clip = _clip(json.loads(head), rest)
        same = pack(clip) == untrusted_bytes  # one comparison: no unknown key, no second way to write the same clip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        # Without its cause: a parser's message would quote the clip.
        raise SealError("the clip's description cannot be read", _VERSION_HINT) from None
    if not same:
        raise SealError("the clip's description is not written as keepmum writes it", _VERSION_HINT)
    return clip


def _clip(untrusted_known: dict[str, object], pcm: bytes) -> Clip:
    known: dict[str, object] = {name: each for name, each in untrusted_known.items() if name != "rate"}
    known["rung"] = Rung[str(known["rung"]).upper()]
    if "words" in known:
        known["words"] = tuple(_word(word) for word in known["words"])  # type: ignore[attr-defined]
    return Clip(**known, pcm=pcm)  # type: ignore[arg-type]


def _word(untrusted_word: dict[str, object]) -> Word:
    return Word(**untrusted_word)  # type: ignore[arg-type]


def _wrong(clip: Clip) -> str:
    """What keeps a clip from being one, or nothing."""
    allowed = _OF_ALL | _OF_RUNG[clip.rung]
    beyond = [each.name for each in fields(clip) if each.name not in allowed and getattr(clip, each.name)]
    checks = (
        (not _matches(_ID, clip.id), "its id is not 32 hexadecimal digits"),
        (not _matches(_PSEUDONYM, clip.pseudonym), "its pseudonym is not 16 hexadecimal digits"),
        (bool(beyond), f"{' and '.join(beyond)} do not belong to the rung {clip.rung.name.lower()}"),
        (not all(map(_is_text, (clip.phrase, clip.text, clip.language, clip.model))), "a text of it is not plain text"),
        (len(clip.words) > _MOST_WORDS or not all(map(_is_word, clip.words)), "its words are none"),
        (len(clip.counts) > _MOST_COUNTS or not all(map(_is_count, clip.counts.items())), "its counts are none"),
        (len(clip.pcm) % SAMPLE_BYTES != 0, "its sound ends within a sample"),
    )
    return next((problem for applies, problem in checks if applies), "")


def _matches(pattern: re.Pattern[str], text: object) -> bool:
    return isinstance(text, str) and pattern.fullmatch(text) is not None


def _is_text(text: object) -> bool:
    """Printable, so that whoever shows it keeps his cursor where it is."""
    return isinstance(text, str) and len(text) <= _LONGEST_TEXT and text.isprintable()


def _is_word(word: Word) -> bool:
    times = (word.start, word.end, word.confidence)
    numbers = all(isinstance(each, float) and math.isfinite(each) and 0 <= each <= _LATEST for each in times)
    return _is_text(word.text) and numbers


def _is_count(item: tuple[str, int]) -> bool:
    name, count = item
    return _matches(_COUNT, name) and type(count) is int and 0 <= count <= _LARGEST_COUNT
