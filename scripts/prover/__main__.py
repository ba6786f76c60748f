"""The words of `scripts/prove`, and what is run for each."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import about_machine
import page
import prove_lock
import prove_ring
import prove_trace
import prove_units
import prove_wire
from finding import Finding, exit_code
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from keepmum.errors import KeepmumError

PROOFS = (prove_wire, prove_trace, prove_lock, prove_ring, prove_units)
NAMES = tuple(proof.NAME for proof in PROOFS)


def main(words: list[str]) -> int:
    """0 if everything that was run is as promised and every control was seen; 1 if not; 2 for wrong words."""
    chosen = _parser().parse_args(words)
    # Ended from outside, whatever was started and made must be cleared all the same.
    for end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, _leave)
    console, began = Console(stderr=True), time.monotonic()
    with _bar(console) as bar:
        findings = tuple(_run(proof.NAME, chosen.hours, bar) for proof in PROOFS if chosen.only in {None, proof.NAME})
    facts = page.Facts(
        about_machine.machine(),
        datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        about_machine.keepmum(),
        shlex.join(["scripts/prove", *words]),
        time.monotonic() - began,
    )
    print(page.text(facts, findings), end="")
    if chosen.out:
        chosen.out.mkdir(parents=True, exist_ok=True)
        (chosen.out / "proof.txt").write_text(page.text(facts, findings))
        (chosen.out / "proof.html").write_text(page.page(facts, findings))
    return exit_code(findings)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _parser() -> argparse.ArgumentParser:
    about = "Run the proofs that nothing leaves unasked, and print one page about them."
    parser = argparse.ArgumentParser(prog="scripts/prove", description=about)
    parser.add_argument(
        "--hours", type=_hours, default=0.05, help="of household sound at the captured wire (default 0.05)"
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write proof.txt and proof.html there, too")
    parser.add_argument("--only", choices=NAMES, metavar="NAME", help=f"one proof alone: {', '.join(NAMES)}")
    return parser


def _hours(untrusted: str) -> float:
    hours = float(untrusted)
    if not 0.005 <= hours <= 24:
        raise argparse.ArgumentTypeError(f"{untrusted} is not between 0.005 and 24")
    return hours


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


def _run(name: str, hours: float, bar: Progress) -> Finding:
    """One proof; one that cannot be finished is BROKEN, and says why."""
    task = bar.add_task(name, total=None)

    begun = set[str]()

    def told(what: str, at: float, length: float) -> None:
        if not bar.console.is_terminal and what not in begun:
            begun.add(what)
            bar.console.print(f"{name}: {what}", highlight=False)
        bar.update(task, description=f"{name}: {what}", completed=min(at, length), total=length)

    proof = next(each for each in PROOFS if name == each.NAME)
    runs: dict[str, Callable[[], Finding]] = {
        prove_wire.NAME: lambda: prove_wire.prove(hours, told),
        prove_trace.NAME: lambda: prove_trace.prove(told),
        prove_units.NAME: lambda: prove_units.prove(told),
        prove_lock.NAME: prove_lock.prove,
        prove_ring.NAME: prove_ring.prove,
    }
    try:
        return runs[name]()
    except KeepmumError as error:
        return Finding.broken_off(name, proof.TITLE, proof.TRIED, error)
    finally:
        bar.remove_task(task)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
