"""A household that nobody lives in: commands and false wakes as the literature has them, drawn from one seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from operator import mul
from random import Random

from keepmum.lab.dice import Dice, Total, chosen, lognormal, poisson, shuffled, successes
from keepmum.lab.event import DAY, Event, Kind, Timeline
from keepmum.lab.plan import Margins

HOUR = 3600.0


@dataclass(frozen=True)
class Habits:
    """What is assumed about a household. Every number here is an assumption but those with a source."""

    days: int = 30
    commands_per_day: float = 20
    false_wakes_per_hour: float = 0.95
    """The most that Dubois et al. (PETS 2020) found while television ran."""
    speech_hours: float = 4
    """Hours a day in which people or the television speak."""
    command_median: float = 3.25
    """Seconds, with `command_p90` so that commands last 3.47 s on average, as the golden table has it."""
    command_p90: float = 5.1
    false_median: float = 4
    false_p90: float = 10
    """Seconds; Dubois et al.: for some speakers a tenth of the false wakes last 10 s or more."""
    false_cap: float = 43
    """Seconds; the longest that Dubois et al. saw."""
    command_words_per_s: float = 1.75
    speech_words_per_s: float = 3.2
    private_in_commands: float = 0.02
    """Part of the words."""
    private_in_speech: float = 0.05
    talked_over: float = 0.14
    """Part of the commands in which somebody else speaks, for some part of it."""
    slips: float = 0.15
    """Part of the false wakes that the device's own second look lets through."""
    approves: float = 0.10
    """Part of the commands for which the household says yes when asked."""
    wakes_up: float = 7 * HOUR
    """Seconds of the day; commands come from here on."""
    goes_to_bed: float = 23 * HOUR
    evening: float = 18 * HOUR
    """When the hours of speech begin."""


def household(habits: Habits, seed: int, totals: Mapping[str, Total], margins: Margins) -> Timeline:
    """A timeline of so many days, the same for the same arguments.

    `totals` are what it has to add up to, by name; {} draws freely. `margins` is the recording for which they hold.
    Raises ConfigError for totals that cannot be reached.
    """
    draw = _Household(habits, Dice(seed, totals), margins)
    days = [Event(day * DAY, Kind.DAY, DAY) for day in range(habits.days)]
    events = sorted([*days, *draw.commands(), *draw.false_wakes()], key=lambda event: event.at)
    return Timeline(float(habits.days), tuple(events))


class _Household:
    def __init__(self, habits: Habits, dice: Dice, margins: Margins) -> None:
        self._habits = habits
        self._throw = dice.throw
        self._margin = margins.lead + margins.tail

    def commands(self) -> list[Event]:
        """What was meant for the speaker."""
        habits = self._habits
        times = self._times("commands", habits.commands_per_day, habits.wakes_up, habits.goes_to_bed)
        events = self._spoken("commands", Kind.WAKE, times, self._command)
        events = self._private(
            "commands", self._approved(events), habits.command_words_per_s, habits.private_in_commands
        )
        return self._talked_over(events)

    def false_wakes(self) -> list[Event]:
        """What was not."""
        habits = self._habits
        bedtime = habits.evening + habits.speech_hours * HOUR
        daily = habits.false_wakes_per_hour * habits.speech_hours
        times = self._times("false wakes", daily, habits.evening, bedtime)
        events = self._spoken("false wakes", Kind.FALSE_WAKE, times, self._false_wake)
        events = [replace(event, others=event.seconds) for event in events]
        events = self._private("false wakes", events, habits.speech_words_per_s, habits.private_in_speech)
        return self._slipped(events)

    def _times(self, what: str, daily: float, begin: float, end: float) -> list[float]:
        """When they happen, in seconds: how many a day, then on which day, then at what time."""
        days = range(self._habits.days)
        counts = self._throw(
            f"{what} a day",
            lambda random: [poisson(random, daily) for _ in days],
            lambda counts: {what: sum(counts), f"pairs of {what} in a day": sum(n * (n - 1) for n in counts)},
        )
        noon = (begin + end) / 2 / DAY
        ordered = self._throw(
            f"days of {what}",
            lambda random: shuffled(random, counts),
            lambda counts: {f"days left after {what}": sum(n * (len(days) - d - noon) for d, n in enumerate(counts))},
        )

        def times(random: Random) -> list[float]:
            return [day * DAY + begin + (end - begin) * random.random() for day in days for _ in range(ordered[day])]

        return sorted(self._throw(f"times of {what}", times, lambda _: {}))

    def _command(self, random: Random) -> float:
        return lognormal(random, self._habits.command_median, self._habits.command_p90)

    def _false_wake(self, random: Random) -> float:
        return min(lognormal(random, self._habits.false_median, self._habits.false_p90), self._habits.false_cap)

    def _spoken(self, what: str, kind: Kind, times: list[float], one: Callable[[Random], float]) -> list[Event]:
        """One event for each time, as long as `one` says. Whether our own speaker confirms a command is no question."""

        def spoken(spans: Sequence[float]) -> list[Event]:
            return [Event(at, kind, span, confirmed=kind is Kind.WAKE) for at, span in zip(times, spans, strict=True)]

        def sums(spans: Sequence[float]) -> Mapping[str, float]:
            left = (self._habits.days - at / DAY for at in times)
            whole = [span + self._margin for span in spans]
            exposure = sum(map(mul, whole, left))
            return {f"seconds of {what}": sum(whole), f"exposure to {what}": exposure}

        return spoken(self._throw(f"seconds of {what}", lambda random: [one(random) for _ in times], sums))

    def _private(self, what: str, events: list[Event], pace: float, share: float) -> list[Event]:
        """With their words, and how many of them are private."""
        words = [round(event.seconds * pace) for event in events]
        private = self._throw(
            f"private words in {what}",
            lambda random: [successes(random, each, share) for each in words],
            lambda counts: _sums("private words", what, events, counts),
        )
        together = zip(events, words, private, strict=True)
        return [replace(event, words=each, private_words=some) for event, each, some in together]

    def _talked_over(self, events: list[Event]) -> list[Event]:
        """With the seconds in which somebody else spoke."""
        chance = self._habits.talked_over

        def others(random: Random) -> list[float]:
            return [event.seconds * random.random() if random.random() < chance else 0.0 for event in events]

        seconds = self._throw(
            "others in commands", others, lambda seconds: _sums("others", "commands", events, seconds)
        )
        return [replace(event, others=each) for event, each in zip(events, seconds, strict=True)]

    def _approved(self, events: list[Event]) -> list[Event]:
        which = self._some("approved", events, self._habits.approves)
        return [replace(event, approved=event in which) for event in events]

    def _slipped(self, events: list[Event]) -> list[Event]:
        which = self._some("slipped", events, self._habits.slips)
        return [replace(event, confirmed=event in which) for event in events]

    def _some(self, what: str, events: list[Event], chance: float) -> set[Event]:
        count = self._throw(
            f"{what} clips",
            lambda random: successes(random, len(events), chance),
            lambda count: {f"{what} clips": count},
        )
        return set(
            self._throw(
                f"which {what} clips",
                lambda random: chosen(random, events, count),
                lambda some: {
                    f"seconds {what}": self._seconds(some),
                    f"longest {what}": max((event.seconds + self._margin for event in some), default=0.0),
                    f"exposure {what}": self._exposure(some),
                    f"private words {what}": sum(event.private_words for event in some),
                },
            )
        )

    def _seconds(self, events: Iterable[Event]) -> float:
        return sum(event.seconds + self._margin for event in events)

    def _exposure(self, events: Iterable[Event]) -> float:
        """Second-days until the timeline ends, for what is kept at least as long."""
        days = self._habits.days
        return sum((event.seconds + self._margin) * (days - event.at / DAY) for event in events)


def _sums(of: str, what: str, events: Sequence[Event], values: Sequence[float]) -> Mapping[str, float]:
    approved = compress(values, (event.approved for event in events))
    return {f"{of} in {what}": sum(values), f"{of} in approved {what}": sum(approved)}
