"""Looks through Kaldi's `final.mdl` before Vosk loads it: the phones and transitions whole, the network's frame.

What stands in it as numbers of a network may be anything: wrong ones make a speaker deaf, they do not end it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_START = b"\0B<TransitionModel> <Topology> "
_PRIORS = b"<Priors> FV \x04"
_INPUT = re.compile(rb"input-node name=input dim=([0-9]{1,6})\n")


class Broken(Exception):
    """What is wrong with a network's file, in a few words."""


@dataclass(frozen=True)
class Network:
    """The numbers that must fit the rest of the model."""

    phones: frozenset[int]
    transitions: int
    """The largest transition id."""
    input: int
    """Features in a frame."""


def read(untrusted_bytes: bytes) -> Network:
    """What the model says of its phones, transitions and input. Raises Broken."""
    if not untrusted_bytes.startswith(_START):
        raise Broken("is not a Kaldi model")
    _priors(untrusted_bytes)
    found = _INPUT.search(untrusted_bytes)
    if not found:
        raise Broken("has no network")
    try:
        parts = _Parts(untrusted_bytes, len(_START))
        phones, lengths = _topology(parts)
        transitions = _transitions(parts, phones, lengths)
    except struct.error as error:
        raise Broken("is cut short") from error
    return Network(frozenset(phones), transitions, int(found[1]))


def _priors(untrusted_bytes: bytes) -> None:
    """Kaldi's binary form ends with the priors: a vector that says its own length."""
    at = untrusted_bytes.rfind(_PRIORS)
    if at < 0 or len(untrusted_bytes) < at + len(_PRIORS) + 4:
        raise Broken("is cut short")
    (length,) = struct.unpack_from("<i", untrusted_bytes, at + len(_PRIORS))
    if length < 0 or len(untrusted_bytes) < at + len(_PRIORS) + 4 + 4 * length:
        raise Broken("is cut short")


class _Parts:
    """Kaldi's basic types, one after another. Each raises Broken, or struct.error at the end."""

    def __init__(self, untrusted_bytes: bytes, at: int) -> None:
        self._bytes, self._at = untrusted_bytes, at

    def number(self) -> int:
        return int(self._one("i"))

    def fraction(self) -> float:
        return float(self._one("f"))

    def vector(self) -> tuple[int, ...]:
        count = self._counted(4)
        return struct.unpack(f"<{count}i", self._bytes[self._at - 4 * count : self._at])

    def floats(self) -> int:
        """How many a vector of floats has."""
        self.token(b"FV ")
        size, count = struct.unpack_from("<Bi", self._bytes, self._at)
        self._at += 5 + 4 * max(0, count)
        if size != 4 or count < 0 or self._at > len(self._bytes):
            raise Broken("has transitions that cannot be")
        return int(count)

    def token(self, *expected: bytes) -> bytes:
        for each in expected:
            if self._bytes.startswith(each, self._at):
                self._at += len(each)
                return each
        raise Broken("has transitions that cannot be")

    def _one(self, kind: str) -> float:
        size, value = struct.unpack_from(f"<B{kind}", self._bytes, self._at)
        if size != 4:
            raise Broken("has transitions that cannot be")
        self._at += 5
        return float(value) if kind == "f" else int(value)

    def _counted(self, size: int) -> int:
        width, count = struct.unpack_from("<Bi", self._bytes, self._at)
        self._at += 5 + size * max(0, count)
        if width != size or count < 0 or self._at > len(self._bytes):
            raise Broken("has transitions that cannot be")
        return int(count)


def _topology(parts: _Parts) -> tuple[tuple[int, ...], dict[int, list[int]]]:
    """The phones; and for each, how many transitions leave each of its states."""
    phones, places = parts.vector(), parts.vector()
    entries = parts.number()
    own_loops = entries == -1
    if own_loops:
        entries = parts.number()
    _require(0 < entries <= len(phones) and len(set(phones)) == len(phones) and min(phones) > 0)
    shapes = [list(_states(parts, own_loops)) for _ in range(entries)]
    parts.token(b"</Topology> ")
    _require(len(places) == max(phones) + 1 and all(0 <= places[phone] < entries for phone in phones))
    return phones, {phone: shapes[places[phone]] for phone in phones}


def _states(parts: _Parts, own_loops: bool) -> Iterator[int]:
    count = parts.number()
    _require(1 < count < 100)
    for _ in range(count):
        pdf_class = parts.number()
        if own_loops:
            parts.number()
        leaving = parts.number()
        _require(pdf_class >= -1 and 0 <= leaving <= count)
        for _ in range(leaving):
            _require(0 <= parts.number() < count)
            _require(0 < parts.fraction() <= 1)
        yield leaving


def _transitions(parts: _Parts, phones: tuple[int, ...], lengths: dict[int, list[int]]) -> int:
    """The largest transition id, out of the tuples of phone, state and outputs."""
    closing = b"</" + parts.token(b"<Tuples> ", b"<Triples> ")[1:]
    known, outputs, total = set(phones), set[int](), 0
    before: tuple[int, ...] = ()
    for _ in range(parts.number()):
        row = tuple(parts.number() for _ in range(4 if b"Tuples" in closing else 3))
        _require(row[0] in known and 0 <= row[1] < len(lengths[row[0]]) and min(row[2:]) >= 0 and row > before)
        outputs.update(row[2:])
        total, before = total + lengths[row[0]][row[1]], row
    parts.token(closing)
    # Kaldi numbers outputs without a gap: one that is far beyond the others would be read outside the network's.
    _require(len(outputs) == max(outputs, default=-1) + 1)
    parts.token(b"<LogProbs> ")
    _require(parts.floats() == total + 1)
    parts.token(b"</LogProbs> </TransitionModel> ")
    return total


def _require(holds: bool) -> None:
    if not holds:
        raise Broken("has transitions that cannot be")
