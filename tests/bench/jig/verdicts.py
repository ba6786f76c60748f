"""Judges the truths of a scenario by what the jig's eye, meter, book and wire have seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jig.roles import BookRow, Jig, Sighting

from keepmum.hardware.scenes.scene import Expect, Push, Step, Switch

PATIENCE = 1.0
"""Seconds from the beginning of the step above that a row has to get into the ledger, if nothing else is written."""
_LOOK = 0.25
"""Seconds between two looks into the ledger."""


@dataclass(frozen=True)
class Timing:
    """How long something took, from the beginning of the step above to the moment at which it was seen."""

    name: str
    """Such as `press_to_closed`."""
    line: int
    seconds: float
    allowed: float


@dataclass(frozen=True)
class Verdict:
    """What is wrong, or nothing; and how long it took, if somebody measured that."""

    wrong: str = ""
    timing: Timing | None = None


class Judge:
    """Knows when the step above began, and which rows of the ledger have met an `expect` already."""

    def __init__(self, jig: Jig) -> None:
        self._jig = jig
        self._beat = jig.beat
        self._mark = self._beat.now()
        self._above: Step | None = None
        self._met: set[int] = set()

    def began(self, step: Step) -> None:
        """A step that is no truth begins."""
        self._above, self._mark = step, self._beat.now()

    def judge(self, step: Expect) -> Verdict:
        """Whether it is so. Raises RigError."""
        judges: dict[str, Callable[[Expect], Verdict]] = {
            "ring": self._ring,
            "frames": self._frames,
            "muted": self._muted,
            "row": self._row,
            "sent": self._sent,
        }
        return judges[step.truth](step)

    # ---- the light

    def _ring(self, step: Expect) -> Verdict:
        assert self._jig.eye is not None
        if step.words[0] == "never":
            return self._ring_never(step)
        colour, motion = step.words[0], step.words[1] if len(step.words) > 1 else None
        since, until = self._window(step.within)
        seen = self._jig.eye.shows(colour, motion, since, until)
        if seen is None:
            return Verdict("the light does not look so" + self._late(step.within))
        return Verdict(timing=self._timing(colour, step, seen, step.within))

    def _ring_never(self, step: Expect) -> Verdict:
        assert self._jig.eye is not None
        colour, motion = step.words[1], step.words[2] if len(step.words) > 2 else None
        seen = self._jig.eye.shows(colour, motion, self._mark, self._beat.now() + (step.lasts or 0.0))
        return Verdict() if seen is None else Verdict(f"the light was {colour}{self._when(seen)}")

    # ---- the microphone

    def _frames(self, step: Expect) -> Verdict:
        return self._captures(step) if step.words[0] == "some" else self._closed(step)

    def _captures(self, step: Expect) -> Verdict:
        assert self._jig.meter is not None
        since, until = self._window(step.within)
        seen = self._jig.meter.on(since, until)
        if seen is None:
            return Verdict("the microphone is closed" + self._late(step.within))
        now = self._beat.now()
        if self._jig.meter.on(now, now) is None:
            return Verdict(f"the microphone was open{self._when(seen)}, and is closed again")
        return Verdict(timing=self._timing("open", step, seen, step.within))

    def _closed(self, step: Expect) -> Verdict:
        assert self._jig.meter is not None
        within = self._closing(step)
        seen = self._jig.meter.off(*self._window(within))
        if seen is None:
            return Verdict("the microphone is open" + self._late(within))
        since = self._beat.now() if seen.at is None else seen.at
        again = self._jig.meter.on(since, max(self._beat.now(), since) + (step.lasts or 0.0))
        if again is not None:
            return Verdict(f"the microphone was open again{self._when(again)}")
        return Verdict(timing=self._timing("closed", step, seen, within))

    def _closing(self, step: Expect) -> float | None:
        """How long closing may take; a hand's mute as long as this bench says."""
        by_hand = isinstance(self._above, Push | Switch)
        if step.within is not None and by_hand and self._jig.closed_within is not None:
            return self._jig.closed_within
        return step.within

    # ---- the ledger and the wire

    def _muted(self, step: Expect) -> Verdict:
        owner = dict(step.facts)["by"]
        owners: set[str] = set()
        if self._until(step, lambda rows: owner in self._owners(rows, owners)):
            return Verdict()
        return Verdict(f"muted by {', '.join(sorted(owners)) or 'nobody'}, as the ledger says")

    @staticmethod
    def _owners(rows: list[BookRow], into: set[str]) -> set[str]:
        into.clear()
        for row in rows:
            if row.what == "mute":
                into.add(str(row.facts.get("owner")))
            elif row.what == "unmute":
                into.discard(str(row.facts.get("owner")))
        return into

    def _row(self, step: Expect) -> Verdict:
        found = self._until(step, lambda rows: self._meet(step, rows))
        return Verdict() if found else Verdict("there is no such row in the ledger")

    def _meet(self, step: Expect, rows: list[BookRow]) -> bool:
        for number, row in enumerate(rows):
            if number not in self._met and row.what == step.words[0] and _says(row, step.facts):
                self._met.add(number)
                return True
        return False

    def _until(self, step: Expect, holds: Callable[[list[BookRow]], bool]) -> bool:
        """Look into the ledger until it is so, or the time is up."""
        assert self._jig.book is not None
        deadline = self._mark + (PATIENCE if step.within is None else step.within)
        while not holds(list(self._jig.book.rows())):
            left = deadline - self._beat.now()
            if left <= 0:
                return False
            self._beat.pause(min(_LOOK, left))
        return True

    def _sent(self, step: Expect) -> Verdict:
        assert self._jig.wire is not None
        wanted, found = int(float(dict(step.facts)["bytes"])), self._jig.wire.sent()
        return Verdict() if found == wanted else Verdict(f"{found} bytes have left")

    # ---- words and times

    def _window(self, within: float | None) -> tuple[float, float]:
        """From when until when something must become true; without a time it is now."""
        now = self._beat.now()
        return (now, now) if within is None else (self._mark, self._mark + within)

    def _timing(self, what: str, step: Expect, seen: Sighting, allowed: float | None) -> Timing | None:
        if seen.at is None or self._above is None or allowed is None:
            return None
        words = self._above.source.split()
        word = words[1] if words[0][0].isdigit() else words[0]
        return Timing(f"{word}_to_{what}", step.line, max(0.0, seen.at - self._mark), allowed)

    @staticmethod
    def _late(within: float | None) -> str:
        return "" if within is None else f" {within:g} s after the step above began"

    def _when(self, seen: Sighting) -> str:
        return "" if seen.at is None else f" {max(0.0, seen.at - self._mark):.3f} s after the step above began"


def _says(row: BookRow, facts: tuple[tuple[str, str], ...]) -> bool:
    return all(str(row.facts.get(key)) == value for key, value in facts)
