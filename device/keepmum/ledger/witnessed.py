"""The speaker's side of being witnessed: what it sends to somebody who remembers, and what came back.

Only the `keepmum` command writes here, one file for each witness; the listener has no network and no part in it.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import NamedTuple

from keepmum.disk import REAL, place
from keepmum.errors import LedgerError
from keepmum.ledger import segments, tree
from keepmum.ledger.checkpoint import Checkpoint
from keepmum.ledger.notary import FOLDER, checkpoints, keys
from keepmum.ledger.note import LARGEST, Key, Kind, Note


class Cosigned(NamedTuple):
    """A checkpoint that a witness has signed, and when (Unix seconds)."""

    checkpoint: Checkpoint
    witness: Key
    at: float


def newest(ledger: Path) -> Checkpoint:
    """The newest checkpoint of a ledger; raises LedgerError if there is none."""
    kept = checkpoints(ledger)
    if not kept:
        raise LedgerError("this ledger has no checkpoint yet", "the listener makes one every hour in which rows came")
    return kept[-1]


def cosigned(ledger: Path) -> list[Cosigned]:
    """The newest checkpoint of each witness, the smallest first. Raises LedgerError if one does not hold."""
    folder = ledger / FOLDER / "witnessed"
    found = []
    for file in sorted(folder.glob("*.key")):
        key = Key.parse(_text(file))
        checkpoint = Checkpoint.parse(_text(file.with_suffix(".txt")))
        found.append(Cosigned(checkpoint, key, _signed_by(checkpoint.note, key)))
    return sorted(found, key=lambda each: each.checkpoint.size)


def add(ledger: Path, untrusted_note: str, witness: Key | None) -> Cosigned:
    """Keep what a witness gave back; `witness` is its key, which is remembered from then on.

    Raises LedgerError unless it is one of our checkpoints, about these rows, signed by that witness.
    """
    checkpoint = Checkpoint.parse(untrusted_note)
    ours = keys(ledger).get(checkpoint.origin)
    if ours is None or not checkpoint.note.holds(ours):
        raise LedgerError("this checkpoint was not signed by this speaker", "add what `keepmum witness` printed")
    known = {each.witness.id: each.witness for each in cosigned(ledger)}
    signers = [known[each.id] for each in checkpoint.note.signatures if each.id in known]
    key = witness or next(iter(signers), None)
    if key is None or key.kind is not Kind.WITNESS:
        raise LedgerError(
            "nobody knows the witness who signed this", "give --from with what `keepmum witness --key` says"
        )
    found = Cosigned(checkpoint, key, _signed_by(checkpoint.note, key))
    if tree.root(_leaves(ledger, checkpoint.size)) != checkpoint.root:
        raise LedgerError("this checkpoint is not about the rows of this ledger", "see `keepmum ledger verify`")
    _keep(ledger / FOLDER / "witnessed", found, ours)
    return found


def request(ledger: Path, since: int | None) -> str:
    """The newest checkpoint with the proof that it goes on from the first `since` rows (C2SP tlog-witness).

    Without a number it goes on from what the only witness has. Raises LedgerError.
    """
    checkpoint = newest(ledger)
    old = _known_size(ledger) if since is None else since
    leaves = _leaves(ledger, checkpoint.size)
    if not 0 <= old <= checkpoint.size:
        raise LedgerError(f"there is no checkpoint of {old} rows or more", f"the newest has {checkpoint.size}")
    proof = "".join(base64.b64encode(each).decode() + "\n" for each in tree.consistency(leaves, old))
    return f"old {old}\n{proof}\n{checkpoint.note}"


def proof_of(ledger: Path, n: int) -> tuple[Checkpoint, list[bytes]] | None:
    """The newest checkpoint and what proves row `n` against it, without the other rows; None if it is newer."""
    kept = [each for each in checkpoints(ledger) if each.size > n]
    return (kept[-1], tree.inclusion(_leaves(ledger, kept[-1].size), n)) if kept else None


def _known_size(ledger: Path) -> int:
    sizes = {each.checkpoint.size for each in cosigned(ledger)}
    if len(sizes) > 1:
        raise LedgerError(
            "several witnesses know different sizes", f"give --since: {', '.join(map(str, sorted(sizes)))}"
        )
    return sizes.pop() if sizes else 0


def _leaves(ledger: Path, size: int) -> list[bytes]:
    found = []
    for row, line in segments.lines(ledger):
        if row.n >= size:
            break
        found.append(tree.leaf(line[:-1]))
    if len(found) < size:
        raise LedgerError(f"lines {len(found) + 1} to {size} of the ledger were cut off", "see `keepmum ledger verify`")
    return found


def _signed_by(note: Note, witness: Key) -> float:
    at = note.signed_at(witness)
    if at is None:
        raise LedgerError(f"the witness {witness.name} has not signed this checkpoint", "add what it printed")
    return at


def _keep(folder: Path, found: Cosigned, ours: Key) -> None:
    """Only the two signatures that were checked are kept."""
    own = [each for each in found.checkpoint.note.signatures if each.id in (ours.id, found.witness.id)]
    note = Note(found.checkpoint.note.text, tuple(own))
    name = found.witness.id.hex()
    try:
        REAL.make_folder(folder)
        # The note first: a key without one would be a witness who has seen nothing.
        for path, text in ((folder / f"{name}.txt", f"{note}"), (folder / f"{name}.key", f"{found.witness}\n")):
            place(REAL, text.encode(), path, by=path.with_name(f".{path.name}.new"))
    except OSError as error:
        raise LedgerError(f"{folder} cannot be written: {error.strerror}", "run it as the ledger's owner") from error


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(LARGEST)
    except (OSError, UnicodeError) as error:
        raise LedgerError(f"{path} cannot be read: {error}", "see who owns it") from error
