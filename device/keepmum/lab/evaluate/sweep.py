"""What an assumed number does to a figure: each is varied between its least and its most, all others held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from keepmum.errors import LabError
from keepmum.lab.evaluate.evaluation import Evaluation, evaluate
from keepmum.lab.evaluate.replaying import Assumptions
from keepmum.lab.evaluate.row import OF_THE_RUN, Row
from keepmum.lab.events import Home
from keepmum.lab.figure import Figure, figures
from keepmum.lab.policy import Policy
from keepmum.lab.run import Run
from keepmum.lab.wakes import Strictness
from keepmum.layers import meant

Look = Literal["first", "second"]
OF_A_HOME = {"home.hours": (1.0, 16.0), "home.approves": (0.0, 1.0), "home.longest": (8.0, 43.0)}
"""What is assumed about a household, and between what: Dubois et al. saw recordings of up to 43 s."""
MOST = 200
"""Steps of a sweep."""


@dataclass(frozen=True)
class Swing:
    """What one assumed number does to a figure."""

    key: str
    least: float
    most: float
    """Of the number itself."""
    at_least: float
    at_most: float
    """Of the figure."""

    @property
    def width(self) -> float:
        """How far it moves the figure."""
        return abs(self.at_most - self.at_least)


class Sweep:
    """Evaluations of one run, each with something varied and all else as it was replayed."""

    def __init__(self, run: Run, at: Assumptions) -> None:
        self._run, self._at = run, at

    def tornado(self, policy: Policy, metric: str) -> tuple[Row, list[Swing]]:
        """A figure of a policy, and what each assumed number does to it, the mightiest first.

        Raises LabError for a figure that there is not, or that cannot be said of this run.
        """
        middle = self._figure(policy, metric)
        if middle.value is None:
            raise LabError(f"{metric} of {policy.id} cannot be said of this run", "take another figure or policy")
        swings = [self._swing(policy, metric, *each) for each in assumed(policy)]
        return middle, sorted(swings, key=lambda swing: (-swing.width, swing.key))

    def over(self, policies: Sequence[Policy], key: str, values: Sequence[float]) -> list[Evaluation]:
        """An evaluation for each value of one number; policies without such a number stay as they are.

        Raises LabError if none of them has it.
        """
        known = {each for policy in policies for each, _ in figures(policy)} | OF_A_HOME.keys()
        if key not in known:
            told = meant(key, sorted(known)) or f"there are {', '.join(sorted(known))}"
            raise LabError(f"no policy has a number {key!r}", told)
        return [self._with(policies, key, value) for value in values]

    def stricter(self, policies: Sequence[Policy], look: Look, values: Sequence[float]) -> list[Evaluation]:
        """An evaluation for each threshold of a look.

        Raises LabError for a threshold of the first look below the one that the run was made with.
        """
        made = self._run.facts.trigger
        if look == "first" and min(values) < made - 1e-9:
            raise LabError(
                f"the run was made with a first threshold of {made:g}; what scored less was not written down",
                f"begin at {made:g}, or make a run with --trigger {min(values):g}",
            )
        return [self._evaluated(policies, strictness=Strictness(**{look: value})) for value in values]

    def _swing(self, policy: Policy, metric: str, key: str, least: float, most: float) -> Swing:
        ends = [self._figure(policy, metric, key, value) for value in (least, most)]
        return Swing(key, least, most, *(row.value or 0.0 for row in ends))

    def _figure(self, policy: Policy, metric: str, key: str = "", value: float = 0.0) -> Row:
        evaluation = self._with([policy], key, value) if key else self._evaluated([policy])
        found = evaluation.by.get((policy.id, metric))
        if found is None:
            known = [name for who, name in evaluation.by if who != OF_THE_RUN]
            raise LabError(f"there is no figure {metric!r}", meant(metric, known) or f"there are {', '.join(known)}")
        return found

    def _with(self, policies: Sequence[Policy], key: str, value: float) -> Evaluation:
        if key in OF_A_HOME:
            return self._evaluated(policies, home=replace(self._at.home, **{key.removeprefix("home."): value}))
        return self._evaluated([varied(each, key, value) if key in dict(figures(each)) else each for each in policies])

    def _evaluated(
        self, policies: Sequence[Policy], home: Home | None = None, strictness: Strictness | None = None
    ) -> Evaluation:
        at = Assumptions(home or self._at.home, self._at.horizon, self._at.against)
        seed = self._run.facts.seed
        return evaluate(
            self._run, policies, at.home, seed=seed, horizon=at.horizon, against=at.against, strictness=strictness
        )


def assumed(policy: Policy) -> Iterator[tuple[str, float, float]]:
    """Every number of a policy and a household that has a range: key, least, most."""
    for key, figure in figures(policy):
        if figure.range is not None:
            yield (key, *figure.range)
    for key, (least, most) in OF_A_HOME.items():
        yield key, least, most


def varied(policy: Policy, key: str, value: float) -> Policy:
    """The policy with one number changed. Raises LabError if it has no such number."""
    known = [each for each, _ in figures(policy)]
    if key not in known:
        raise LabError(f"{policy.id} has no number {key!r}", meant(key, known) or f"it has {', '.join(known)}")
    changed: Policy = _put(policy, key.split("."), value)
    return changed


def named(policies: Sequence[Policy], name: str) -> Policy:
    """One of the policies. Raises LabError if it is none of them."""
    known = {policy.id: policy for policy in policies}
    if name not in known:
        raise LabError(f"the run was not replayed under {name!r}", meant(name, sorted(known)))
    return known[name]


def span(untrusted: str) -> tuple[str, list[float]]:
    """`home.hours=1:16:1` as its key and values. Raises LabError for what is no such thing."""
    key, is_one, values = untrusted.partition("=")
    if not is_one:
        raise LabError(f"{untrusted[:60]!r} says no span", "write KEY=LEAST:MOST:STEP, as in home.hours=1:16:1")
    return key, steps(values)


def steps(untrusted: str) -> list[float]:
    """`0.3:0.9:0.05` as its values, the last one included. Raises LabError for what is no such span."""
    parts = untrusted.split(":")
    try:
        least, most, step = map(float, parts)
    except ValueError:
        raise LabError(f"{untrusted[:60]!r} is no span", "write LEAST:MOST:STEP, as in 0.3:0.9:0.05") from None
    if not (least <= most and step > 0 and (most - least) / step <= MOST):
        raise LabError(f"{untrusted[:60]!r} is no span of 1 to {MOST} steps", "write LEAST:MOST:STEP")
    count = int((most - least) / step + 1e-9)
    return [round(least + place * step, 9) for place in range(count + 1)]


def _put(part: Any, path: Sequence[str], value: float) -> Any:
    """The part with the figure at `path` changed, checked as if it had come from a file."""
    if isinstance(part, Figure):
        return _checked(part, value)
    if isinstance(part, tuple):
        place = int(path[0])
        return (*part[:place], _put(part[place], path[1:], value), *part[place + 1 :])
    return part.model_copy(update={path[0]: _put(getattr(part, path[0]), path[1:], value)})


def _checked(figure: Figure, value: float) -> Figure:
    try:
        said = {**figure.model_dump(exclude={"range", "value"}), "value": value}
        return type(figure).model_validate(said)
    except ValueError as error:
        raise LabError(f"{value:g} cannot be: {error}".splitlines()[0], "stay within what a policy may say") from error
