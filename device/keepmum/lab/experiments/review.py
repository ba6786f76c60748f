"""How much of a household do people hear? Reviewers as in the news, a year of many homes, and what a cap changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from keepmum.lab.dice import poisson
from keepmum.lab.evaluate.figures import CLIPS_A_SHIFT, SHIFT_HOURS
from keepmum.lab.evaluate.replays import Decision, replayed
from keepmum.lab.event import Kind, Timeline
from keepmum.lab.experiments.result import Control, Figure, Result, share, spread
from keepmum.lab.experiments.result import Kind as Of
from keepmum.lab.metrics import MONTHS, YEAR
from keepmum.lab.policy import Policy

QUESTION = "How much of a household do people hear in a year?"
HOMES = 500
MILLION = 1_000_000
CONTROL = "ours-share"
"""Whose cap is taken away to see that it would be missed."""
_NEWS = (
    f"{CLIPS_A_SHIFT:,} clips in a shift of {SHIFT_HOURS:g} hours (Bloomberg, April 2019): "
    f"{SHIFT_HOURS * 3600 / CLIPS_A_SHIFT:.1f} s a clip, pauses included."
)


@dataclass(frozen=True)
class Heard:
    """What people heard of one home in a year."""

    clips: int
    false: int
    seconds: float
    private_words: int


def measure(
    timeline: Timeline,
    policies: Sequence[Policy],
    homes: int = HOMES,
    seed: int = 13,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> Result:
    """Draw a year of so many homes that live as in the timeline. All figures are simulated; the same seed, the same.

    Raises ValueError for no homes.
    """
    if homes < 1:
        raise ValueError(f"{homes} homes")
    reviewed = [policy for policy in policies if policy.review.rate.value > 0]
    found: dict[tuple[Figure, ...], list[str]] = {}
    for done, policy in enumerate(reviewed, 1):
        figures = tuple(_figures(policy, _year(timeline, policy, homes, seed)))
        found.setdefault(figures, []).append(policy.id)
        tell(done, len(reviewed))
    told = (replace(figure, case=_case(names)) for figures, names in found.items() for figure in figures)
    alike = (f"{_case(names)}: {', '.join(names)}" for names in found.values() if len(names) > 1)
    controls = tuple(_controls(timeline, policies, homes, seed))
    return Result("review", QUESTION, seed, tuple(told), controls, (_NEWS, *alike))


def _case(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} alike"


def _year(timeline: Timeline, policy: Policy, homes: int, seed: int, is_capped: bool = True) -> list[Heard]:
    replay = replayed(timeline, policy)
    sent = [each for each in replay.decisions if each.flows and each.event.kind is not Kind.DAY]
    # The same draws for all: policies that hear alike are found alike.
    random = Random(f"{seed} homes")
    heard = len(sent) / timeline.days * YEAR / MONTHS * policy.review.rate.value
    cap = policy.review.cap_per_month
    most = int(cap.value) if cap is not None and is_capped else None
    return [_home(random, sent, heard, most) for _ in range(homes)]


def _home(random: Random, sent: Sequence[Decision], monthly: float, most: int | None) -> Heard:
    """Twelve months; each clip that somebody hears is as likely to be any of those that were sent."""
    counts = [poisson(random, monthly) if sent else 0 for _ in range(MONTHS)]
    clips = sum(min(count, most) if most is not None else count for count in counts)
    heard = [sent[int(random.random() * len(sent))] for _ in range(clips)]
    return Heard(
        clips,
        sum(each.event.is_false for each in heard),
        sum(each.sound for each in heard),
        sum(each.event.private_words for each in heard),
    )


def _figures(policy: Policy, year: Sequence[Heard]) -> Iterator[Figure]:
    case, homes = "", len(year)
    cap = policy.review.cap_per_month
    most = cap.value * MONTHS if cap is not None else None
    clips = [float(home.clips) for home in year]
    for figure in spread(case, "clips heard of a home", clips, "1/yr", most):
        yield _simulated(figure)
    for figure in spread(case, "seconds heard of a home", [home.seconds for home in year], "s/yr"):
        yield _simulated(figure)
    yield share(case, "homes that somebody heard", sum(home.clips > 0 for home in year), homes, kind=Of.SIMULATED)
    false = sum(home.false > 0 for home in year)
    yield share(case, "homes heard when they meant nobody", false, homes, kind=Of.SIMULATED)
    private = sum(home.private_words > 0 for home in year)
    yield share(case, "homes of which a private word was heard", private, homes, kind=Of.SIMULATED)
    shifts = sum(clips) / homes * MILLION / CLIPS_A_SHIFT
    yield Figure(case, "shifts for a million homes", shifts, "1/yr", n=homes, kind=Of.SIMULATED)
    people = policy.review.can_listen
    if people is not None:
        yield Figure(case, "people who could listen", people.value, "people", kind=Of.SIMULATED)


def _controls(timeline: Timeline, policies: Sequence[Policy], homes: int, seed: int) -> Iterator[Control]:
    for policy in policies:
        cap = policy.review.cap_per_month
        if policy.id == CONTROL and cap is not None:
            most = max(home.clips for home in _year(timeline, policy, homes, seed, is_capped=False))
            limit = cap.value * MONTHS
            yield Control(f"{CONTROL} without its cap", most > limit, f"{most} clips of one home, {limit:g} at most")


def _simulated(figure: Figure) -> Figure:
    return replace(figure, kind=Of.SIMULATED)
