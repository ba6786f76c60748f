"""The report as Markdown, for a repository or a notebook; its plots lie beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from keepmum.lab.report.tables import Table, measures
from keepmum.lab.report.told import Report


def text(report: Report) -> str:
    """The whole file."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield from (f"# {report.title}", "")
    yield from (f"- **{name}**: {value}" for name, value in report.facts)
    yield ""
    yield from _table(("", "value", "95 %, and what it is"), report.tiles)
    yield from (f"- **{kind}**: {meaning}" for kind, meaning in report.kinds)
    for plot in report.plots:
        yield from ("", f"## {plot.title}", "", f"![{plot.title}](plots/{plot.name}.svg)", "", plot.words, "")
        yield from (f"- {kind}: {names}" for kind, names in plot.groups)
    for table in report.tables:
        yield from ("", f"## {table.title}", "", table.words, "")
        yield from _table(_headings(table), table.rows)
    yield from ("", "## What the figures are", "")
    yield from _table(("figure", "unit", "meaning"), measures())
    yield from ("", "## Again", "", "```sh", report.again, "```")


def _headings(table: Table) -> list[str]:
    """Markdown has no heading over several columns: each column says it."""
    above = [name for name, columns in table.above for _ in range(columns)] or [""] * len(table.headings)
    return [f"{name}: {heading}" if name else heading for name, heading in zip(above, table.headings, strict=True)]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|---|{'---:|' * (len(headings) - 1)}"
    yield from (f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows)
    yield ""
