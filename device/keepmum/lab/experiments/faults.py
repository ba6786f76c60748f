"""Does anything leak late? The line to the broker fails in every way we know, somebody withdraws, and it comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from keepmum.errors import LabError
from keepmum.lab.experiments.consent import GRACE
from keepmum.lab.experiments.house import PURPOSES, House
from keepmum.lab.experiments.quiet import silence
from keepmum.lab.experiments.result import Control, Figure, Result, rate
from keepmum.lab.experiments.way_out import noise
from keepmum.lab.experiments.weather import Fault, FullDisk, breaking, down, full, jumped, limited, slow
from keepmum.lab.experiments.wire_tap import Published, published
from keepmum.listener.peers.to_uplink import ToUplink
from keepmum.outbox import LARGEST
from keepmum.terms import DAY

QUESTION = "Does anything leak late, when the network fails and somebody withdraws meanwhile?"
MINUTE = 60.0
MOST_TRIES = 6
"""Fruitless connections in any minute."""
CLIPS = (9.0, 3.0, 1.0)
"""Seconds of the clips that are wanted when the fault has begun."""
AFTERWARDS = 0.3
"""Minutes for which the fault goes on when somebody has withdrawn."""
SETTLES = 1.2
"""Real seconds after the fault in which what was held back would leave: the uplink is back by then, and idle."""

_NOTES = (
    "Minutes are those of the speaker's clocks, which are hurried; what it does in them takes as long as it takes.",
    f"Late is what begins after the withdrawal; of the clip in the uplink's hands, {GRACE:g} real seconds after it.",
)


class Unstopped(ToUplink):
    """Planted: a line that never tells the uplink to let go of what it holds."""

    def stop(self, why: str) -> None:
        """Nobody hears it."""


@dataclass(frozen=True)
class Case:
    """One fault, for so many minutes of the speaker's clock, which runs `speed` times as fast as life."""

    name: str
    fault: Fault
    minutes: float = 1.0
    speed: float = 60.0


@dataclass(frozen=True)
class Outcome:
    """What came of one fault."""

    case: Case
    late: Sequence[Published]
    most_waiting: int
    """Bytes in the outbox, at most."""
    left_waiting: int
    """Bytes in the outbox when somebody had withdrawn."""
    tries: Sequence[float]
    """When a connection came to nothing until then, in seconds of the speaker's clock."""
    seconds: float
    """How long that was."""


def measure(only: str = "", seed: int = 7, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Result:
    """Every fault once, or those whose names hold `only`; then the defects that have to be seen.

    Raises LabError if there is no such fault, or a part of the house does not come up.
    """
    cases = [case for case in CASES if only in case.name]
    if not cases:
        raise LabError(f"there is no fault {only!r}", f"there are: {', '.join(case.name for case in CASES)}")
    outcomes: list[Outcome] = []
    with silence():
        for speed in dict.fromkeys(case.speed for case in cases):
            with House(seed, speed=speed) as house:
                for case in cases:
                    if case.speed == speed:
                        outcomes.append(live(house, case))
                        progress(len(outcomes), len(cases) + len(CONTROLS))
        controls = []
        for control in CONTROLS:
            controls.append(control(seed))
            progress(len(outcomes) + len(controls), len(cases) + len(CONTROLS))
    figures = tuple(figure for outcome in outcomes for figure in told(outcome))
    return Result("faults", QUESTION, seed, figures, tuple(controls), _NOTES)


def told(outcome: Outcome) -> tuple[Figure, ...]:
    """The figures of one fault."""
    name, late, minutes = outcome.case.name, sum(len(each.payload) for each in outcome.late), outcome.seconds / MINUTE
    return (
        Figure(name, "late bytes after the withdrawal", late, "bytes", n=len(outcome.late), most=0),
        Figure(name, "outbox, at most", outcome.most_waiting, "bytes", most=LARGEST),
        Figure(name, "outbox after the withdrawal", outcome.left_waiting, "bytes", most=0),
        rate(name, "fruitless connections", len(outcome.tries), minutes, "a minute"),
        Figure(name, "fruitless in any minute, at most", busiest(outcome.tries, outcome.case.speed), most=MOST_TRIES),
    )


def busiest(tries: Sequence[float], speed: float) -> int:
    """The most of these moments that lie within a minute, allowing for 50 ms by which this machine may be late."""
    minute = MINUTE - 0.05 * speed
    return max((sum(begin <= each < begin + minute for each in tries) for begin in tries), default=0)


# ---- one fault


def live(house: House, case: Case, line: type[ToUplink] = ToUplink) -> Outcome:
    """Somebody agrees and speaks, it fails, clips are wanted, somebody withdraws, and a while later it works again."""
    disk = FullDisk()
    speaker = house.move_in(disk=disk, line=line)
    for purpose in PURPOSES:
        speaker.agree(purpose)
    sent = _want(house, 0.5)
    speaker.until(lambda: sent in speaker.keeper.delivered, f"a clip that arrives before it is {case.name}")
    before = len(published(house.line))
    with case.fault(house, disk):
        begun = time.monotonic()
        for seconds in CLIPS:
            _want(house, seconds)
        most = _wait(house, case.minutes * MINUTE, begun)
        withdrawn, in_hand = time.monotonic(), speaker.keeper.state.handed
        speaker.quieter("withdraw")
        left = _waiting(house)
        most = max(most, _wait(house, AFTERWARDS * MINUTE, withdrawn))
    speaker.comes(lambda: speaker.online, 10.0)
    speaker.comes(lambda: False, SETTLES)
    late = late_parts(published(house.line)[before:], withdrawn, in_hand)
    tries = [(at - begun) * case.speed for at in house.line.fruitless() if begun <= at < withdrawn]
    return Outcome(case, late, most, left, tries, (withdrawn - begun) * case.speed)


def late_parts(parts: Sequence[Published], withdrawn: float, in_hand: str | None) -> list[Published]:
    """Parts of clips that began after somebody had withdrawn; of what was in hand then, a second later."""
    after = [each for each in parts if "/clips/" in each.topic and each.at > withdrawn]
    return [each for each in after if not (each.topic.endswith(f"/{in_hand}") and each.at <= withdrawn + GRACE)]


def _want(house: House, seconds: float) -> str:
    return house.speaker.want(house.some.choice(PURPOSES), noise(house.some, seconds))[0]


def _wait(house: House, seconds: float, since: float) -> int:
    """Let so many seconds of the speaker's clock pass; the most bytes that waited meanwhile."""
    most = _waiting(house)
    while (time.monotonic() - since) * house.clock.speed < seconds:
        house.speaker.turn(0.05)
        most = max(most, _waiting(house))
    return most


def _waiting(house: House) -> int:
    return sum(path.stat().st_size for path in (house.folder / "speaker" / "outbox" / "new").iterdir())


# ---- the faults


CASES = (
    Case("broker down for 1 min", down),
    Case("broker slow", slow),
    Case("line breaks", breaking),
    Case("broker refuses", limited("allow_anonymous false")),
    Case("broker takes 2,000 bytes", limited("max_packet_size 2000")),
    Case("broker takes 120 bytes", limited("max_packet_size 120")),
    Case("speaker's disk full", full),
    Case("clock set back a year", jumped(-365 * DAY)),
    Case("clock set on two days", jumped(2 * DAY)),
    *(Case(f"broker down for {minutes:g} min", down, minutes, speed=360.0) for minutes in (10.0, 60.0)),
)


# ---- controls


def unstopped(seed: int) -> Control:
    """A withdrawal of which the uplink is not told: on a slow line, the clip in its hands goes on and on."""
    case = Case("slow", _crawling, minutes=0.1, speed=20.0)
    with House(seed, speed=case.speed) as house:
        outcome = live(house, case, line=Unstopped)
    late = sum(len(each.payload) for each in outcome.late)
    return Control("an uplink that is not told of a withdrawal", late > 0, f"{late} late bytes")


@contextmanager
def _crawling(house: House, _disk: FullDisk) -> Iterator[None]:
    house.line.rate = 90_000.0
    yield
    house.line.rate = None


def impatient(seed: int) -> Control:
    """An uplink that knocks without a pause while the broker is down."""
    with House(seed, speed=60.0, impatient=True) as house:
        outcome = live(house, Case("down", down))
    most = busiest(outcome.tries, outcome.case.speed)
    return Control("an uplink that knocks without a pause", most > MOST_TRIES, f"{most} connections tried in a minute")


CONTROLS: Sequence[Callable[[int], Control]] = (unstopped, impatient)
