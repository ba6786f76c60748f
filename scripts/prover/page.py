"""One page that a sceptic can read: what was tried, the number, and the control beside it; as text and as HTML."""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass

from finding import Count, Finding, Verdict, exit_code

WIDTH = 120
_FOUND = 48
"""Columns that are kept for what was found."""


@dataclass(frozen=True)
class Facts:
    """What the page is about."""

    machine: str
    date: str
    version: str
    command: str
    took: float
    """Seconds."""


def text(facts: Facts, findings: tuple[Finding, ...]) -> str:
    """The page as plain text."""
    lines = ["keepmum: does it keep mum?", ""]
    lines += [f"{name:<10}{value}" for name, value in _facts(facts)]
    for number, finding in enumerate(findings, start=1):
        lines += ["", *_finding(number, finding)]
    return "\n".join([*lines, "", conclusion(findings), ""])


def conclusion(findings: tuple[Finding, ...]) -> str:
    """The last line."""
    verdicts = [finding.verdict for finding in findings]
    told = [f"{verdicts.count(verdict)} {verdict.value}" for verdict in Verdict if verdict in verdicts]
    ending = "everything that was run is as promised" if exit_code(findings) == 0 else "NOT as promised"
    if set(verdicts) <= {Verdict.NOT_RUN}:
        ending = "nothing was proved"
    return f"{', '.join(told)}: {ending}."


def _facts(facts: Facts) -> list[tuple[str, str]]:
    took = f"{facts.took / 60:.0f} minutes" if facts.took >= 120 else f"{facts.took:.0f} seconds"
    return [
        ("machine", facts.machine),
        ("date", f"{facts.date}, took {took}"),
        ("keepmum", facts.version),
        ("command", facts.command),
    ]


def _finding(number: int, finding: Finding) -> list[str]:
    title = f"{number}. {finding.title} ({finding.name})"
    lines = [f"{title:<{WIDTH - 10}}{finding.verdict.value:>10}"]
    lines += textwrap.wrap(finding.tried, WIDTH, initial_indent="   ", subsequent_indent="   ")
    if finding.missing:
        return [
            *lines,
            *textwrap.wrap(f"not run: {finding.missing}", WIDTH, initial_indent="   > ", subsequent_indent="     "),
        ]
    lines += [line for count in finding.counts for line in _count(count)]
    return lines + [f"   {line}" for line in finding.table]


def _count(count: Count) -> list[str]:
    what = f"control: {count.what.strip()}" if count.control else count.what
    room = WIDTH - _FOUND - 5
    rows = textwrap.wrap(what, room, subsequent_indent="  ", drop_whitespace=False) or [""]
    found = textwrap.wrap(count.found, _FOUND - 5) or [""]
    mark = word(count)
    height = max(len(rows), len(found))
    rows += [""] * (height - len(rows))
    found += [""] * (height - len(found))
    lines = [f"   {row:<{room}}  {cell:<{_FOUND - 5}}" for row, cell in zip(rows, found, strict=True)]
    return [f"{lines[0]}{mark:>5}".rstrip(), *(line.rstrip() for line in lines[1:])]


def word(count: Count) -> str:
    """Whether it is as it should be."""
    if count.control:
        return "seen" if count.holds else "BLIND"
    return "ok" if count.holds else "WRONG"


# ---- HTML

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
body { color: #222; background: #fff } pre { overflow-x: auto }
h2 { margin: 2rem 0 .2rem } td, th { padding: .15rem .8rem .15rem 0; vertical-align: top; text-align: left }
.good { color: #176f2c } .bad { color: #b00020; font-weight: bold } .control { background: #f3f3ea }
@media (prefers-color-scheme: dark) {
  body { color: #ddd; background: #161616 } .control { background: #26261f }
  .good { color: #7fd18f } .bad { color: #ff8a80 } }
"""


def page(facts: Facts, findings: tuple[Finding, ...]) -> str:
    """The same as one HTML file that needs nothing else."""
    about = "".join(f"<tr><th>{name}</th><td>{html.escape(value)}</td></tr>" for name, value in _facts(facts))
    parts = "".join(_part(number, finding) for number, finding in enumerate(findings, start=1))
    good = "good" if exit_code(findings) == 0 else "bad"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>keepmum: does it keep mum?</title>'
        f"<style>{_STYLE}</style><h1>Does it keep mum?</h1><table>{about}</table>{parts}"
        f'<p class="{good}">{html.escape(conclusion(findings))}</p></html>\n'
    )


def _part(number: int, finding: Finding) -> str:
    good = {Verdict.HOLDS: "good", Verdict.NOT_RUN: ""}.get(finding.verdict, "bad")
    head = f'<h2>{number}. {html.escape(finding.title)}: <span class="{good}">{finding.verdict.value}</span></h2>'
    missing = f"<p>not run: {html.escape(finding.missing)}</p>" if finding.missing else ""
    rows = "".join(
        f'<tr class="{"control" if count.control else ""}"><td>{"control: " if count.control else ""}'
        f"{html.escape(count.what)}</td><td>{html.escape(count.found)}</td>"
        f'<td class="{"good" if count.holds else "bad"}">{word(count)}</td></tr>'
        for count in finding.counts
    )
    table = f"<pre>{html.escape(chr(10).join(finding.table))}</pre>" if finding.table else ""
    return f"{head}<p>{html.escape(finding.tried)}</p>{missing}<table>{rows}</table>{table}"
