"""Writes a report into a run's folder: the page, the text, every plot, and what a paper needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from keepmum.lab.evaluate.evaluation import Evaluation
from keepmum.lab.evaluate.folder import put
from keepmum.lab.evaluate.replaying import POLICIES, Assumptions, measured
from keepmum.lab.report.markdown import text
from keepmum.lab.report.page import page
from keepmum.lab.report.paper import CITATION, REPRODUCE, citation, commands, reproduce
from keepmum.lab.report.told import report
from keepmum.lab.run import Run

PAGE, MARKDOWN, PLOTS = "report.html", "report.md", "plots"


def write(
    run: Run,
    evaluation: Evaluation,
    assumptions: Assumptions,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> Path:
    """Write all of it and give the page's file. The same run and assumptions give the same bytes.

    Raises LabError without the extra `lab`, or for what cannot be written.
    """
    how = (assumptions.options(), (run.folder / POLICIES).is_dir())
    tell(0, 3)
    told = report(run, evaluation, commands(run.facts, *how), measured(run))
    tell(1, 3)
    put(run.folder / PLOTS, {f"{plot.name}.svg": plot.svg for plot in told.plots})
    tell(2, 3)
    texts = {PAGE: page(told), MARKDOWN: text(told), CITATION: citation(run), REPRODUCE: reproduce(run, *how)}
    put(run.folder, texts)
    tell(3, 3)
    return run.folder / PAGE
