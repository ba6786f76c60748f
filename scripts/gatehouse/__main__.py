"""The words of `scripts/gates`, and the table at its end."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml
from gates import PACKAGE, Gate, every
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

ROOT = PACKAGE.parents[1]
HARMLESS = Path(__file__).parent / "harmless.yaml"
QUICK = ("tests/test_consent.py", "tests/invariants", "tests/privacy", "tests/listener/test_release.py")
MORE = (
    "tests/listener/test_keeper.py",
    "tests/listener/test_keeper_disks.py",
    "tests/listener/test_latch.py",
    "tests/listener/test_offer.py",
    "tests/listener/test_question.py",
    "tests/listener/test_loop_asking.py",
    "tests/listener/peers",
    "tests/listener/consents",
    "tests/seal",
)
SEARCH = "tests/privacy/test_search.py"
"""Tried last: the search finds what the stories miss, and takes its time."""
OTHERS = ("tests/privacy/test_planted.py", "tests/privacy/test_guards.py")
"""Never tried: they plant and take out defects of their own, and would fall over a text that has changed already."""


def main() -> int:
    """0 if every gate is missed by a test, or known to be harmless; 1 otherwise."""
    chosen = _parser().parse_args()
    gates = [gate for gate in every() if chosen.only in f"{gate.file} {gate.what}"]
    if chosen.list:
        print("\n".join(f"{gate.file} {gate.what}" for gate in gates))
        return 0
    harmless = yaml.safe_load(HARMLESS.read_text())
    whole = Gate("consent.py", 0, "nothing", (PACKAGE / "consent.py").read_text())
    if failed := caught_by(whole):
        print(f"the tests fail with every gate in its place: {failed}")
        return 1
    with _bar() as bar, ThreadPoolExecutor(chosen.jobs) as pool:
        task = bar.add_task("gates removed", total=len(gates))
        found = []
        for gate, caught in zip(gates, pool.map(caught_by, gates), strict=True):
            found.append((gate, caught))
            bar.advance(task)
            if not caught:
                bar.console.print(_line(gate, harmless))
    return _report(found, harmless)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/gates", description="Remove every gate, one at a time.")
    parser.add_argument("--list", action="store_true", help="say what would be removed")
    parser.add_argument("--only", default="", metavar="TEXT", help="gates whose file and condition contain this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    return parser


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn())


def caught_by(gate: Gate) -> str:
    """The first test that fails without it, in a copy of the package; nothing if none does."""
    with tempfile.TemporaryDirectory(prefix="keepmum-gate-") as folder:
        copy = Path(folder) / "device" / "keepmum"
        shutil.copytree(PACKAGE, copy, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "models"))
        (copy / "models").symlink_to(PACKAGE / "models")
        (Path(folder) / "config").symlink_to(ROOT / "config")
        (copy / gate.file).write_text(gate.without)
        for paths in (_near(gate.file), QUICK, MORE, (SEARCH,)):
            if failed := _first_failure(Path(folder), paths):
                return failed
    return ""


def _near(file: str) -> tuple[str, ...]:
    """The tests of that file, which miss it soonest."""
    path = Path("tests") / file
    own = path.with_name(f"test_{path.name}")
    return (str(own if (ROOT / own).is_file() else path.parent),)


def _first_failure(folder: Path, paths: tuple[str, ...]) -> str:
    """The name of the test that failed first; pytest's own last line if it could not even begin."""
    skip = [f"--ignore={ROOT / each}" for each in (SEARCH, *OTHERS) if each not in paths]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *skip]
    command += [f"--rootdir={ROOT}", f"--basetemp={folder / 'tmp'}", *(str(ROOT / each) for each in paths)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(folder / "device"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "KEEPMUM_HISTORIES": "300",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return ""
    failures = [line for line in done.stdout.splitlines() if line.startswith(("FAILED tests", "ERROR tests"))]
    return failures[0] if failures else (done.stdout + done.stderr).strip().splitlines()[-1]


def _key(gate: Gate) -> str:
    return f"{gate.file} {gate.what}"


def _line(gate: Gate, harmless: dict[str, str]) -> str:
    why = harmless.get(_key(gate))
    return f"nobody misses {gate.file}:{gate.line} {gate.what}" + (f"\n  known: {why}" if why else "")


def _report(found: list[tuple[Gate, str]], harmless: dict[str, str]) -> int:
    missed = [gate for gate, caught in found if not caught]
    unknown = [gate for gate in missed if _key(gate) not in harmless]
    print(f"{len(found)} gates removed one at a time: {len(found) - len(missed)} caught by a test,", end=" ")
    print(f"{len(missed) - len(unknown)} known to be a second lock, {len(unknown)} missed by nobody")
    for gate in unknown:
        print(f"  {gate.file}:{gate.line}  {gate.what}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
