"""Signed notes: a text and, below it, who has signed it (C2SP signed-note, tlog-cosignature).

A note is small enough to be carried in any way: printed, in a mail, through a pipe.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from keepmum.errors import LedgerError

LARGEST = 65_536
"""Characters of a note that are read."""

_MOST_SIGNATURES = 16
_DASH = "\N{EM DASH} "


class Kind(IntEnum):
    """What a key signs with; both are Ed25519."""

    LOG = 1
    """Whoever wrote the text."""
    WITNESS = 4
    """Somebody else who has seen it, with the time."""


@dataclass(frozen=True)
class Key:
    """A verifying key: whose it is, what it signs, and its 32 bytes."""

    name: str
    kind: Kind
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that say which key a signature wants."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """As it is printed and given: name, id and key."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    @classmethod
    def parse(cls, untrusted_text: str) -> Key:
        """A key as it was printed; raises LedgerError."""
        try:
            name, said_id, code = untrusted_text.strip().split("+", 2)
            content = base64.b64decode(code, validate=True)
            key = cls(name, Kind(content[0]), content[1:])
            Ed25519PublicKey.from_public_bytes(key.public)
        except (ValueError, IndexError, UnicodeError):
            raise _no_key(untrusted_text) from None
        if key.id.hex() != said_id or not _fit(name):
            raise _no_key(untrusted_text)
        return key


@dataclass(frozen=True)
class Signature:
    """One line below a text: a name, the key's id (4 bytes), and what the key said."""

    name: str
    id: bytes
    said: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {base64.b64encode(self.id + self.said).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text, its last line's end included, with its signatures. `str` gives it as it travels."""

    text: str
    signatures: tuple[Signature, ...] = ()

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    @classmethod
    def parse(cls, untrusted_note: str) -> Note:
        """A note as it travelled, with no word yet about who signed it; raises LedgerError."""
        text, _, lines = untrusted_note.rpartition("\n\n")
        text += "\n"
        odd = any(ord(letter) < 32 and letter != "\n" for letter in untrusted_note)
        found = [_signature(line) for line in lines.split("\n")[:-1]]
        if odd or not lines.endswith("\n") or None in found or not 1 <= len(found) <= _MOST_SIGNATURES:
            raise LedgerError("this is no signed note", "give it as it was printed, from its first line to its last")
        return cls(text, tuple(each for each in found if each is not None))

    def and_signed(self, signature: Signature) -> Note:
        """The same text with one signature more, in the place of an older one by the same key."""
        others = (each for each in self.signatures if (each.name, each.id) != (signature.name, signature.id))
        return Note(self.text, (*others, signature))

    def holds(self, key: Key) -> bool:
        """Whether this key has signed this very text."""
        return self.signed_at(key) is not None

    def signed_at(self, key: Key) -> float | None:
        """When a witness says that it signed, in Unix seconds (0 for a log's own key); None if it has not."""
        for each in self.signatures:
            if (each.name, each.id) == (key.name, key.id):
                at = int.from_bytes(each.said[:8], "big") if key.kind is Kind.WITNESS else 0
                try:
                    Ed25519PublicKey.from_public_bytes(key.public).verify(each.said[-64:], _message(self.text, key, at))
                except InvalidSignature:
                    continue
                if len(each.said) == (72 if key.kind is Kind.WITNESS else 64):
                    return float(at)
        return None


def verifying(name: str, kind: Kind, secret: Ed25519PrivateKey) -> Key:
    """The key with which others check what `secret` signs; raises LedgerError for a name that does not fit a note."""
    if not _fit(name):
        raise LedgerError(f"{name!r} cannot sign a note", "a name without spaces and without +")
    return Key(name, kind, secret.public_key().public_bytes_raw())


def sign(text: str, key: Key, secret: Ed25519PrivateKey, at: float = 0.0) -> Signature:
    """The signature of a text's author, or of a witness at this Unix time, in whole seconds."""
    moment = int(at) if key.kind is Kind.WITNESS else 0
    said = secret.sign(_message(text, key, moment))
    return Signature(key.name, key.id, moment.to_bytes(8, "big") + said if key.kind is Kind.WITNESS else said)


def _message(text: str, key: Key, at: int) -> bytes:
    return (f"cosignature/v1\ntime {at}\n{text}" if key.kind is Kind.WITNESS else text).encode()


def _signature(untrusted_line: str) -> Signature | None:
    name, space, code = untrusted_line.removeprefix(_DASH).partition(" ")
    try:
        content = base64.b64decode(code, validate=True)
    except (binascii.Error, ValueError):
        return None
    good = untrusted_line.startswith(_DASH) and space and _fit(name) and len(content) > 4
    return Signature(name, content[:4], content[4:]) if good else None


def _fit(name: str) -> bool:
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name)


def _no_key(untrusted_text: str) -> LedgerError:
    return LedgerError(
        f"{untrusted_text[:80]!r} is no verifying key", "`keepmum ledger checkpoint --key` or `keepmum witness --key`"
    )
