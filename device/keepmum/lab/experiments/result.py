"""What an experiment found: figures with their intervals, what was promised of them, and controls it had to catch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from keepmum.lab.intervals import garwood, quantile, wilson


class Kind(StrEnum):
    """Where a figure comes from; the two are never mixed in one column without saying so."""

    MEASURED = "measured"
    """Of keepmum's own code and processes, at work."""
    SIMULATED = "simulated"
    """Of what somebody has stated about a speaker."""


@dataclass(frozen=True)
class Figure:
    """One number, with its 95 % interval where chance had a hand in it."""

    case: str
    """What was done to the speaker, such as `broker down for 60 s`."""
    name: str
    """What was counted, such as `late bytes`."""
    value: float | None
    """None if there was nothing to count."""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    """None for a limit that the data do not give: a maximum has none, and a median of three values has none either."""
    n: int | None = None
    """Of how many trials."""
    most: float | None = None
    """What was promised: not more than this. None if nothing was."""
    kind: Kind = Kind.MEASURED

    @property
    def kept(self) -> bool:
        """Whether what was promised of it is true. Nothing counted keeps no promise."""
        return self.most is None or (self.value is not None and self.value <= self.most)


@dataclass(frozen=True)
class Control:
    """A planted defect, and whether the experiment saw it."""

    name: str
    caught: bool
    by: str
    """What showed it, or what would have."""


@dataclass(frozen=True)
class Result:
    """All that one experiment found."""

    experiment: str
    question: str
    seed: int
    figures: tuple[Figure, ...]
    controls: tuple[Control, ...] = ()
    notes: tuple[str, ...] = ()
    """What whoever quotes a figure has to know."""

    @property
    def broken(self) -> tuple[Figure, ...]:
        """Figures that are not as promised."""
        return tuple(figure for figure in self.figures if not figure.kept)

    @property
    def missed(self) -> tuple[Control, ...]:
        """Defects that were planted and not seen: what the experiment says of the speaker is worth nothing then."""
        return tuple(control for control in self.controls if not control.caught)

    @property
    def holds(self) -> bool:
        """Whether every promise was kept and every planted defect was seen."""
        return not self.broken and not self.missed

    def document(self) -> dict[str, Any]:
        """The same for a JSON file. JSON knows no infinity: such a limit is null."""
        told = asdict(self)
        told["figures"] = [{name: _plain(each) for name, each in figure.items()} for figure in told["figures"]]
        return {"format": "experiment/1", **told, "holds": self.holds}


def share(case: str, name: str, count: int, of: int, **more: Any) -> Figure:
    """How many of how many, with Wilson's interval; zero of n has an upper limit too. No trials, no value."""
    if not of:
        return Figure(case, name, None, n=0, **more)
    low, high = wilson(count, of)
    return Figure(case, name, count / of, low=low, high=high, n=of, **more)


def rate(case: str, name: str, count: int, time: float, unit: str, **more: Any) -> Figure:
    """Events in some time (or other measure), per one of it, with Garwood's interval; `unit` says per what."""
    if time <= 0:
        return Figure(case, name, None, unit, n=0, **more)
    low, high = garwood(count)
    return Figure(case, name, count / time, unit, low / time, high / time, n=count, **more)


def spread(case: str, name: str, values: Sequence[float], unit: str, most: float | None = None) -> tuple[Figure, ...]:
    """Median, 95th percentile and maximum of some values; the promise is about the maximum."""
    if not values:
        return (Figure(case, f"{name}, maximum", None, unit, n=0, most=most),)
    quantiles = [(label, quantile(values, part)) for label, part in (("median", 0.5), ("95th percentile", 0.95))]
    figures = [
        Figure(case, f"{name}, {label}", found.value, unit, found.low, found.high, len(values))
        for label, found in quantiles
    ]
    return (*figures, Figure(case, f"{name}, maximum", max(values), unit, n=len(values), most=most))


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not isfinite(value) else value
