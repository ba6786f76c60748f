"""The whole examination of a ledger: every row, every private part, every checkpoint, every witness's word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from keepmum.errors import LedgerError
from keepmum.ledger import private, segments, witnessed
from keepmum.ledger.checkpoint import Checkpoint
from keepmum.ledger.notary import checkpoints, keys
from keepmum.ledger.row import GENESIS
from keepmum.ledger.tree import Frontier, leaf

Progress = Callable[[int, int], None]
"""Bytes read, bytes in all."""


@dataclass(frozen=True)
class Verdict:
    """What following the chain showed: how many rows hold, the hash of the last, and what is wrong after it."""

    rows: int
    head: str
    problem: str | None
    torn: int = 0
    """Bytes of a line without an end: being written this moment, or cut off when the speaker starts next."""
    private: int = 0
    """Rows whose private facts are still there, and are what they were."""
    checkpoints: int = 0
    """Kept checkpoints whose signatures and roots hold."""
    witnessed: int = 0
    """The most rows that somebody else has vouched for."""


@dataclass
class _Findings:
    """What is known so far; `due` are the checkpoints that the rows have not reached."""

    due: list[Checkpoint]
    parts: private.Parts
    verdict: Verdict = Verdict(0, GENESIS, None)


def verify(path: Path, progress: Progress = lambda _done, _all: None) -> Verdict:
    """Follow the chain from the first row to the last, in the folder or the file `path`; `progress` is told now and
    then. Never raises for what it finds there."""
    findings = _Findings([], {})
    try:
        whole = segments.size(path)
        if path.is_dir():
            findings.due, findings.parts = _signed(path), private.read(path)
        read = _follow(path, findings, lambda done: progress(done, whole))
        progress(whole, whole)
        if findings.due:
            most = max(each.size for each in findings.due)
            raise LedgerError(
                f"lines {findings.verdict.rows + 1} to {most} of the ledger were cut off: they were signed"
            )
        return replace(findings.verdict, torn=max(0, whole - read))
    except LedgerError as error:
        return replace(findings.verdict, problem=error.what)
    except OSError as error:
        return replace(findings.verdict, problem=f"the ledger {path} cannot be read: {error.strerror}")


def _signed(path: Path) -> list[Checkpoint]:
    """All checkpoints, the device's own and those that a witness gave back, if their signatures hold."""
    known = keys(path)
    found = [*checkpoints(path), *(each.checkpoint for each in witnessed.cosigned(path))]
    for each in found:
        if each.origin not in known or not each.note.holds(known[each.origin]):
            raise LedgerError(f"the checkpoint of {each.size} lines was not signed by this speaker")
    return found


def _follow(path: Path, findings: _Findings, watch: segments.Watch) -> int:
    """How many bytes hold."""
    tree, read = Frontier(), 0
    for row, line in segments.lines(path, None, watch):
        tree.push(leaf(line[:-1]))
        kept = private.attached(row, findings.parts).private is not None
        reached = [each for each in findings.due if each.size == tree.size]
        if any(each.root != tree.root() for each in reached):
            raise LedgerError(f"the first {tree.size} lines of the ledger are not those that the speaker once signed")
        findings.due = [each for each in findings.due if each.size != tree.size]
        before = findings.verdict
        findings.verdict = replace(
            before,
            rows=row.n + 1,
            head=row.hash,
            private=before.private + kept,
            checkpoints=before.checkpoints + len(reached),
            witnessed=max([before.witnessed, *(each.size for each in reached if len(each.note.signatures) > 1)]),
        )
        read += len(line)
    return read
