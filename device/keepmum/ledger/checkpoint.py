"""A checkpoint: that the ledger had so many rows and what they were, signed by the device (C2SP tlog-checkpoint)."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keepmum.errors import LedgerError
from keepmum.ledger.note import Key, Kind, Note, sign, verifying

_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True)
class Checkpoint:
    """`size` rows with the root `root` (32 bytes) over them, said by `origin`; `note` is what was signed."""

    origin: str
    size: int
    root: bytes
    note: Note

    @classmethod
    def parse(cls, untrusted_note: str) -> Checkpoint:
        """A checkpoint as it travelled; whoever needs to know who signed it asks `note.holds`. Raises LedgerError."""
        note = Note.parse(untrusted_note)
        lines = note.text.split("\n")
        try:
            if len(lines) < 4 or not _SIZE.fullmatch(lines[1]) or "" in lines[:-1]:
                raise ValueError
            root = base64.b64decode(lines[2], validate=True)
            if len(root) != 32 or base64.b64encode(root).decode() != lines[2]:
                raise ValueError
        except ValueError:
            raise LedgerError("this is no checkpoint", "give it as `keepmum ledger checkpoint` printed it") from None
        return cls(lines[0], int(lines[1]), root, note)


def key_of(signer: Ed25519PrivateKey) -> Key:
    """The key that checks this device's checkpoints; its name is their origin."""
    public = signer.public_key().public_bytes_raw()
    return verifying(f"keepmum/{hashlib.sha256(public).hexdigest()[:8]}", Kind.LOG, signer)


def signed(size: int, root: bytes, signer: Ed25519PrivateKey) -> Checkpoint:
    """A checkpoint over so many rows."""
    key = key_of(signer)
    text = f"{key.name}\n{size}\n{base64.b64encode(root).decode()}\n"
    return Checkpoint(key.name, size, root, Note(text, (sign(text, key, signer),)))
