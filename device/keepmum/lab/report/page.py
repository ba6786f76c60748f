"""The report as one HTML file that needs nothing else: no script, no font, no picture from anywhere."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

from keepmum.errors import LabError
from keepmum.lab.report.sheet import inline
from keepmum.lab.report.tables import Table, measures
from keepmum.lab.report.told import Report


def page(report: Report) -> str:
    """The whole file. Raises LabError without jinja2."""
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError as error:
        raise LabError(f"the report needs jinja2: {error}", "pip install 'keepmum[lab]'") from error

    def drawn(svg: str, name: str, title: str) -> Markup:
        # Drawn here, from figures and from names that a policy's id may have: letters, digits and dashes.
        return Markup(inline(svg, name, title))  # noqa: S704

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(inline=drawn, seams=seams, measures=measures())
    return str(environment.get_template("report.html.j2").render(report=report)) + "\n"


def seams(table: Table) -> list[int]:
    """Columns at which another heading above begins."""
    return list(accumulate(columns for _, columns in table.above))[:-1]
