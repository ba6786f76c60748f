"""One line of the ledger: what it can tell, how it is written, and the hash that ties it to the line before."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from keepmum.errors import LedgerError

Fact = str | int | float | bool

GENESIS = "0" * 64
"""What stands for the hash of a row before the first."""

LONGEST_LINE = 65_536
"""Bytes; the limits below keep every row under it."""

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_COMMITMENT = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_MOST_FACTS = 16
_LONGEST_TEXT = 200
_LARGEST_NUMBER = 2**53


class What(StrEnum):
    """What a row can tell, with the facts that belong to it."""

    RELEASE = "release"
    """A parcel may leave: parcel, kind (clip, action, status), purpose, rung, consent, to, bytes, sha256, seconds."""
    REFUSAL = "refusal"
    """It may not: kind, purpose, reason."""
    HANDOVER = "handover"
    """A parcel goes to the uplink, now: parcel."""
    DELIVERED = "delivered"
    """It arrived: parcel."""
    DROPPED = "dropped"
    """It will not be sent (again): parcel, reason."""
    MUTE = "mute"
    """owner, cause."""
    UNMUTE = "unmute"
    """owner, cause."""
    FAULT = "fault"
    """fault (microphone, proof), state (begun, ended), cause."""
    RING = "ring"
    """state (lost, back): the light could not be set, so it may have shown what was not so."""
    MODE = "mode"
    CONSENT = "consent"
    """purpose, rung, consent, state (given, re-confirmed, replaced, withdrawn, expired, invalidated); when it is given
    also to and retention (seconds); reason or by."""
    PROPOSAL = "proposal"
    """purpose, rung, state (opened, refused, expired, impossible)."""
    QUESTION = "question"
    """A clip that is asked about: parcel, state (waiting, played, approved)."""
    DELETION = "deletion"
    """parcel, state (demanded, sent, confirmed, overdue, unconfirmed); plays when it is confirmed."""
    DISPUTED = "disputed"
    """Somebody's word about a parcel was not believed: parcel, about (stored, deleted), reason."""
    RESET = "reset"
    """The speaker forgot everything but this ledger: keys, receipts, consents, what waited."""
    START = "start"
    RECOVERED = "recovered"
    """The last line was torn by a crash and cut off: bytes."""
    FORGET = "forget"
    """which (forget, forget_today, forget_last), clips, by."""


@dataclass(frozen=True)
class Row:
    """One line. `n` counts from 0, `at` is Unix time in seconds, `hash` covers everything else."""

    n: int
    at: float
    what: str
    facts: Mapping[str, Fact]
    prev: str
    hash: str
    commitment: str = ""
    """What stands in the line for private facts: 64 hexadecimal digits, or nothing."""
    private: Mapping[str, Fact] | None = None
    """Those facts, as long as they are there. They are in no line."""

    def line(self) -> bytes:
        """The row as it stands in the file, its end included."""
        return _spelled(self, canonical(dict(self.facts)), whole=True) + b"\n"


def chain(n: int, at: float, what: str, facts: Mapping[str, Fact], prev: str, *, commitment: str = "") -> Row:
    """The row number `n` that follows the row with hash `prev`; raises LedgerError if it tells too much."""
    check(at, what, facts)
    row = Row(n, float(at), what, MappingProxyType(dict(facts)), prev, "", commitment)
    return _hashed(row, canonical(dict(facts)))


def parse(untrusted_line: bytes, n: int, prev: str) -> Row:
    """The same row out of a file; raises LedgerError unless it is exactly what `Row.line` would write there."""
    try:
        said = json.loads(untrusted_line)
        at, what, facts, commitment = said["at"], said["what"], said["facts"], said.get("private", "")
        if commitment and not _COMMITMENT.fullmatch(commitment):
            raise ValueError
        check(at, what, facts)
        spelled = canonical(facts)
        row = _hashed(Row(n, float(at), what, MappingProxyType(facts), prev, "", commitment), spelled)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise LedgerError("it is not a row") from None
    # One comparison: number, both hashes, and no second way to write the same row.
    if _spelled(row, spelled, whole=True) + b"\n" != untrusted_line:
        raise LedgerError("it does not follow from the lines before it")
    return row


def _hashed(row: Row, facts: bytes) -> Row:
    own = hashlib.sha256(row.prev.encode() + _spelled(row, facts, whole=False)).hexdigest()
    return Row(row.n, row.at, row.what, row.facts, row.prev, own, row.commitment)


def _spelled(row: Row, facts: bytes, *, whole: bool) -> bytes:
    """What `canonical` would make of the row, with its hashes if `whole`; by hand, as a year of rows is read so."""
    before = f'{{"at":{row.at!r},"facts":'
    own = f',"hash":"{row.hash}","n":{row.n},"prev":"{row.prev}"' if whole else f',"n":{row.n}'
    private = f',"private":"{row.commitment}"' if row.commitment else ""
    return before.encode() + facts + f'{own}{private},"what":"{row.what}"}}'.encode()


def check(at: float, what: str, facts: Mapping[str, Fact]) -> None:
    """Raise LedgerError for what cannot stand in a row."""
    if not _small(at) or isinstance(at, str | bool):
        raise LedgerError(f"{at!r} is no moment", "give Unix time in seconds")
    if not _NAME.fullmatch(what):
        raise LedgerError(f"{what!r} is no name for a row", "give a short name in small letters")
    if len(facts) > _MOST_FACTS:
        raise LedgerError(f"{len(facts)} facts in one row", f"at most {_MOST_FACTS} fit")
    for name, fact in facts.items():
        if not _NAME.fullmatch(name) or not _small(fact):
            raise LedgerError(f"the fact {name!r} cannot stand in a ledger", "a short name; a short text or a number")


def _small(fact: object) -> bool:
    if isinstance(fact, str):
        return len(fact) <= _LONGEST_TEXT
    return isinstance(fact, int | float) and abs(fact) <= _LARGEST_NUMBER


def canonical(content: Mapping[str, object]) -> bytes:
    """The one way to write it: JSON with sorted keys and no spaces.

    ASCII on purpose: a ledger that is printed cannot move a terminal's cursor.
    """
    return _CANONICAL.encode(content).encode()
