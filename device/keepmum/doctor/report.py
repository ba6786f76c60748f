"""Writes what the doctor found, for people and for scripts."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator

from keepmum.doctor.checks import Result
from keepmum.doctor.finding import Verdict

SCHEMA = 1
"""Raised when a key goes or changes its meaning; keys and checks may be added without."""

_VERDICT, _CHECK = 9, 14
"""Columns."""


def heading(group: str) -> str:
    """The line above a group."""
    return f"\n{group}"


def lines(result: Result, width: int) -> Iterator[str]:
    """One check: verdict, name, what was found, and below it what to do, no wider than `width` columns."""
    finding = result.finding
    begin = f"  {finding.verdict.value:<{_VERDICT}}  {result.check:<{_CHECK}}  "
    yield from _wrapped(begin, finding.found, width)
    if finding.hint:
        yield from _wrapped(f"{'→ ':>{len(begin)}}", finding.hint, width)


def _wrapped(begin: str, text: str, width: int) -> list[str]:
    after = " " * len(begin)
    return textwrap.wrap(
        text, max(width, len(begin) + 20), initial_indent=begin, subsequent_indent=after, break_on_hyphens=False
    )


def total(results: Iterable[Result]) -> str:
    """The last line: how many of each."""
    verdicts = [result.finding.verdict for result in results]
    counted = ((verdict, verdicts.count(verdict)) for verdict in (Verdict.PROBLEM, Verdict.NOTE, Verdict.NOT_ASKED))
    problems, notes, unasked = (number for _, number in counted)
    words = [_many(problems, "problem"), _many(notes, "note")] + ([f"{unasked} not asked"] if unasked else [])
    return "\n" + ", ".join(words)


def _many(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def text(results: Iterable[Result], width: int = 118) -> str:
    """The whole report."""
    told: list[str] = []
    group = ""
    everything = list(results)
    for result in everything:
        if result.group != group:
            group = result.group
            told.append(heading(group))
        told += lines(result, width)
    return "\n".join([*told, total(everything)]).lstrip("\n") + "\n"


def as_json(results: Iterable[Result]) -> str:
    """One line of JSON: every check, whatever its verdict."""
    everything = list(results)
    checks = [
        {
            "group": result.group,
            "check": result.check,
            "verdict": result.finding.verdict.value,
            "found": result.finding.found,
            "hint": result.finding.hint,
        }
        for result in everything
    ]
    problems = sum(result.finding.verdict is Verdict.PROBLEM for result in everything)
    return json.dumps({"schema": SCHEMA, "problems": problems, "checks": checks}, ensure_ascii=False)
