"""What a proof found: every number, whether it is as promised, and the control that shows that the tool can see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What a proof comes to."""

    HOLDS = "holds"
    BROKEN = "BROKEN"
    """A number is not as promised."""
    BLIND = "BLIND"
    """The control was not seen, so the numbers say nothing."""
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Count:
    """One thing that was looked at."""

    what: str
    found: str
    holds: bool
    """Whether that is as promised; of a control, whether it was seen."""
    control: bool = False
    """Whether something was planted here, which must be found."""


@dataclass(frozen=True)
class Finding:
    """What came out of one proof."""

    name: str
    title: str
    tried: str
    """What was done, for somebody who knows neither keepmum nor its words."""
    counts: tuple[Count, ...] = ()
    missing: str = ""
    """Why it was not run, and what to do about it."""
    table: tuple[str, ...] = ()
    """Lines that show the numbers one by one."""

    @classmethod
    def broken_off(cls, name: str, title: str, tried: str, error: Exception) -> Finding:
        """A proof that could not be finished is none: it counts as broken, and says why."""
        return cls(name, title, tried, (Count("it could not be finished", " ".join(str(error).split()), False),))

    @property
    def verdict(self) -> Verdict:
        """The worst of all counts; a proof without a control that was seen has shown nothing."""
        if self.missing:
            return Verdict.NOT_RUN
        if not all(count.holds for count in self.counts if not count.control):
            return Verdict.BROKEN
        controls = [count.holds for count in self.counts if count.control]
        return Verdict.HOLDS if controls and all(controls) else Verdict.BLIND


def exit_code(findings: tuple[Finding, ...]) -> int:
    """0 if something was proved and nothing is otherwise than promised."""
    verdicts = {finding.verdict for finding in findings}
    return 0 if Verdict.HOLDS in verdicts and verdicts <= {Verdict.HOLDS, Verdict.NOT_RUN} else 1
