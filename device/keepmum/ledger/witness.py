"""Somebody else who remembers: keeps the newest checkpoint of each speaker, and signs only what goes on from it.

It never sees a row. A speaker whose ledger was cut off or written anew cannot show it a checkpoint that fits.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keepmum.disk import REAL, Disk, alone_in, place
from keepmum.errors import LedgerError
from keepmum.ledger.checkpoint import Checkpoint
from keepmum.ledger.note import LARGEST, Key, Kind, sign, verifying
from keepmum.ledger.tree import is_consistent

_LONGEST_PROOF = 63
_FORM = 1
_DAMAGED = "put back a copy of it; a new one would know nothing"


@dataclass(frozen=True)
class Known:
    """A speaker: its key, and its newest checkpoint if it has shown one."""

    key: Key
    newest: Checkpoint | None = None


class Witness:
    """A witness with its memory in one file, mode 0600."""

    def __init__(self, store: Path, disk: Disk = REAL) -> None:
        """Open the memory, or begin one with a fresh key; raises LedgerError if it is damaged."""
        self._store, self._disk = store, disk
        self._logs: dict[str, Known] = {}
        with self._alone():
            known = self._recalled()
            self._secret = Ed25519PrivateKey.generate() if known is None else known
            if known is None:
                self._save()
        public = self._secret.public_key().public_bytes_raw()
        self.key = verifying(f"keepmum-witness/{hashlib.sha256(public).hexdigest()[:8]}", Kind.WITNESS, self._secret)

    def trust(self, untrusted_key: str) -> Key:
        """Remember a speaker's key; raises LedgerError for one that is none, or if it cannot be kept."""
        key = Key.parse(untrusted_key)
        if key.kind is not Kind.LOG:
            raise LedgerError(
                f"{key.name} is a witness, not a speaker", "give what `keepmum ledger checkpoint --key` says"
            )
        with self._alone():
            self._recalled()
            before = self._logs.get(key.name)
            if before is not None and before.key != key:
                raise LedgerError(f"another speaker is known as {key.name} already", "see whose key it is")
            if before is None:
                self._logs[key.name] = Known(key)
                self._save()
        return key

    def cosign(self, untrusted_request: str, wall: float) -> str:
        """The checkpoint with this witness's signature and the Unix time `wall`, once it is remembered.

        `untrusted_request` is what `keepmum ledger checkpoint` printed. Raises LedgerError if the speaker is unknown
        or did not sign it, or if the checkpoint does not go on from the one that is remembered.
        """
        old, proof, checkpoint = _parse(untrusted_request)
        with self._alone():
            self._recalled()
            return self._cosigned(old, proof, checkpoint, wall)

    def _cosigned(self, old: int, proof: list[bytes], checkpoint: Checkpoint, wall: float) -> str:
        known = self._logs.get(checkpoint.origin)
        if known is None:
            raise LedgerError(
                f"nobody here knows the speaker {checkpoint.origin[:80]!r}",
                "give its key once: --trust, with what `keepmum ledger checkpoint --key` says there",
            )
        if not checkpoint.note.holds(known.key):
            raise LedgerError(f"{checkpoint.origin} has not signed this checkpoint", "fetch it again")
        _must_go_on(known.newest, checkpoint, old, proof)
        note = checkpoint.note.and_signed(sign(checkpoint.note.text, self.key, self._secret, wall))
        self._logs[checkpoint.origin] = replace(known, newest=checkpoint)
        self._save()
        return str(note)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes the memory meanwhile: two requests at once could be signed for two histories."""
        with ExitStack() as held:
            try:
                held.enter_context(alone_in(self._store.parent))
            except OSError as error:
                raise LedgerError(f"{self._store} cannot be kept: {error.strerror}", "see --store") from error
            yield

    def _recalled(self) -> Ed25519PrivateKey | None:
        """What the memory says now, which another process may have changed; None if there is none yet."""
        try:
            text = self._store.read_text("utf-8") if self._store.exists() else None
        except (OSError, UnicodeError) as error:
            raise LedgerError(f"{self._store} cannot be read: {error}", "see who owns it") from error
        return None if text is None else self._load(text)

    def _load(self, untrusted_text: str) -> Ed25519PrivateKey:
        try:
            said = json.loads(untrusted_text)
            if said["form"] != _FORM:
                raise ValueError
            logs = {}
            for name, log in said["logs"].items():
                newest = Checkpoint.parse(log["note"]) if log["note"] else None
                logs[name] = Known(Key.parse(log["key"]), newest)
            self._logs = logs
            return Ed25519PrivateKey.from_private_bytes(base64.b64decode(said["secret"], validate=True))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise LedgerError(f"{self._store} is no witness's memory, or a damaged one", _DAMAGED) from None

    def _save(self) -> None:
        """On the disk before a signature goes out: otherwise a power cut would let it sign two histories."""
        logs = {name: {"key": str(log.key), "note": _noted(log)} for name, log in sorted(self._logs.items())}
        secret = base64.b64encode(self._secret.private_bytes_raw()).decode()
        content = json.dumps({"form": _FORM, "logs": logs, "secret": secret}, indent=1) + "\n"
        try:
            place(self._disk, content.encode(), self._store, by=self._store.with_name(f".{self._store.name}.new"))
        except OSError as error:
            raise LedgerError(
                f"{self._store} cannot be written: {error.strerror}", "see who owns the folder"
            ) from error


def _noted(log: Known) -> str:
    return str(log.newest.note) if log.newest else ""


def _must_go_on(before: Checkpoint | None, now: Checkpoint, old: int, proof: list[bytes]) -> None:
    """Raise LedgerError unless nothing that was remembered has changed."""
    size, root = (before.size, before.root) if before else (0, b"")
    if now.size < size:
        raise LedgerError(
            f"{now.origin} shows {now.size} rows, and had shown {size}: its newest rows were cut off",
            "this is what a witness is for: see who had the ledger in their hands",
        )
    if old != size:
        raise LedgerError(f"{size} rows of {now.origin} are known here, not {old}", f"on the speaker: --since {size}")
    if before and not is_consistent(size, root, now.size, now.root, proof):
        raise LedgerError(
            f"the {now.size} rows that {now.origin} shows do not go on from the {size} that it had shown",
            "its ledger was written anew, or the proof was cut: see who had it in their hands",
        )


def _parse(untrusted_request: str) -> tuple[int, list[bytes], Checkpoint]:
    """Old size, proof and checkpoint; a bare checkpoint goes on from nothing. Raises LedgerError."""
    if len(untrusted_request) > LARGEST:
        raise LedgerError(f"{len(untrusted_request)} characters are no checkpoint", "see what the pipe delivers")
    if not untrusted_request.startswith("old "):
        return 0, [], Checkpoint.parse(untrusted_request)
    head, _, note = untrusted_request.partition("\n\n")
    first, *lines = head.split("\n")
    try:
        old, proof = int(first.removeprefix("old ")), [base64.b64decode(line, validate=True) for line in lines]
        if old < 0 or len(proof) > _LONGEST_PROOF or any(len(step) != 32 for step in proof):
            raise ValueError
    except ValueError:
        raise LedgerError(
            "this is no proof", "give what `keepmum ledger checkpoint` printed, from its first line"
        ) from None
    return old, proof, Checkpoint.parse(note)
