"""Plays policies over a finished run and leaves everything in its folder, where whoever tells of it later reads it."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from keepmum.errors import LabError
from keepmum.lab.evaluate import folder
from keepmum.lab.evaluate.evaluation import AGAINST, Evaluation, evaluate
from keepmum.lab.evaluate.row import Row, read
from keepmum.lab.events import Home
from keepmum.lab.metrics import TEN_YEARS
from keepmum.lab.policy import Policy
from keepmum.lab.run import Run
from keepmum.lab.shelf import Shelf

POLICIES, MEASURED = "policies", "measured"
"""Folders in a run's: policies of one's own, and tables of devices that somebody captured."""

_SPANS = {"hours": (0.01, 24.0), "approves": (0.0, 1.0), "longest": (1.0, 600.0)}


@dataclass(frozen=True)
class Assumptions:
    """What a replay is made with besides the run itself."""

    home: Home = field(default_factory=Home)
    horizon: float = TEN_YEARS
    against: str = AGAINST

    def __post_init__(self) -> None:
        """Raises LabError for what cannot be."""
        for name, (least, most) in _SPANS.items():
            value = getattr(self.home, name)
            if not least <= value <= most:
                raise LabError(f"{name} cannot be {value:g}", f"it lies between {least:g} and {most:g}")
        if not 0 < self.horizon < math.inf:
            raise LabError(f"the horizon cannot be {self.horizon:g} days", "a number of days, such as 3650")

    def options(self) -> list[str]:
        """As somebody would type those that are not the usual ones."""
        usual, words = Assumptions(), []
        told = {
            "--hours-a-day": (self.home.hours, usual.home.hours),
            "--approves": (self.home.approves, usual.home.approves),
            "--longest": (self.home.longest, usual.home.longest),
            "--horizon": (self.horizon, usual.horizon),
            "--against": (self.against, usual.against),
        }
        for option, (value, default) in told.items():
            words += [option, f"{value:g}" if isinstance(value, float) else str(value)] if value != default else []
        return words


def replay(run: Run, assumptions: Assumptions, own: Path | None = None) -> Evaluation:
    """Evaluate a run and write what comes of it into its folder; `own` is a folder of policies, kept beside it.

    Raises ConfigError for a policy that is none, LabError for what cannot be written.
    """
    policies = Shelf(own).policies()
    if assumptions.against not in {policy.id for policy in policies}:
        Shelf(own).file(assumptions.against)
    evaluation = _evaluated(run, policies, assumptions)
    _keep(run.folder / POLICIES, own)
    folder.write(run, evaluation)
    return evaluation


def again(run: Run) -> tuple[Evaluation, Assumptions]:
    """The evaluation of a run as it was replayed last; with the usual assumptions if it never was."""
    if not (run.folder / folder.DOCUMENT).is_file():
        return replay(run, Assumptions()), Assumptions()
    assumptions = replayed_with(run)
    return _evaluated(run, policies_of(run), assumptions), assumptions


def replayed_with(run: Run) -> Assumptions:
    """What the run was replayed with. Raises LabError if its file does not say it."""
    file = run.folder / folder.DOCUMENT
    try:
        untrusted = json.loads(file.read_text("utf-8"))["assumed"]
        home = Home(**{each.name: float(untrusted[_written(each.name)]) for each in fields(Home)})
        return Assumptions(home, float(untrusted["horizon_d"]), str(untrusted["against"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabError(
            f"{file} does not say how it was made: {error!r}", "make it again: keepmum lab replay RUN"
        ) from error


def policies_of(run: Run) -> list[Policy]:
    """The policies that the run was replayed with."""
    own = run.folder / POLICIES
    return Shelf(own if own.is_dir() else None).policies()


def measured(run: Run) -> list[Row]:
    """Figures of real devices that lie in the run's folder. Raises LabError for a table that is none."""
    tables = sorted((run.folder / MEASURED).glob("*.csv"))
    return [row for table in tables for row in read(table)]


def _evaluated(run: Run, policies: Sequence[Policy], assumptions: Assumptions) -> Evaluation:
    return evaluate(
        run,
        policies,
        assumptions.home,
        seed=run.facts.seed,
        horizon=assumptions.horizon,
        against=assumptions.against,
    )


def _keep(kept: Path, own: Path | None) -> None:
    """A copy of one's own policies, so that the run can be told of without them."""
    if own is not None and own.resolve() == kept.resolve():
        return
    try:
        shutil.rmtree(kept, ignore_errors=True)
        for file in sorted(own.glob("*.yaml")) if own is not None else ():
            kept.mkdir(exist_ok=True)
            shutil.copyfile(file, kept / file.name)
    except OSError as error:
        raise LabError(f"{kept} cannot be written: {error.strerror}", "make room, or mend its permissions") from error


def _written(name: str) -> str:
    return {"hours": "hours_a_day", "longest": "longest_s"}.get(name, name)
