"""Can somebody who only sees the line tell what was said? Commands, guessed from the sizes and times of packets (E10).

Kennedy et al. (2019) guessed 33.8 % of 100 commands to an Echo so, Wang et al. (2020) 92.9 % with deep learning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from keepmum.lab.experiments.guessing import GUESSERS, right
from keepmum.lab.experiments.result import Control, Figure, Kind, Result, share
from keepmum.lab.experiments.traces import SPEAKERS, Trace, said, totals
from keepmum.lab.intervals import wilson

QUESTION = "Can somebody who sees only sizes and times on the line tell which command was said?"
LIVE = "sent while spoken (control)"
SURELY = 3.0
"""Times chance: an eavesdropper who does not reach it on a speaker without any defence guesses nothing."""
_NOTES = (
    "Whoever guesses has learnt from as many traces of each command as he is asked for. Programs spoke the commands; "
    "people vary more, and would be harder to guess.",
    "keepmum's sizes are those of its own code; “sent while spoken” is simulated, coded with 16,000 bits a second. "
    "Each command has its usual hour: padding does not hide that, sending at night does.",
)


def measure(commands: int, each: int, seed: int, progress: Callable[[int, int], None] = lambda _d, _o: None) -> Result:
    """Let programs say so many commands so often, send each in every way, and guess. Raises LabError."""
    figures, steps = [Figure("guessing blindly", "right", 1 / commands, kind=Kind.SIMULATED)], len(SPEAKERS) + 1
    progress(0, steps)
    spoken = said(commands, each, seed)
    seen: dict[str, list[Trace]] = {}
    for done, (name, speaker) in enumerate(SPEAKERS.items(), 1):
        dice = Random(f"{name} {seed}")
        seen[name] = [speaker(one, dice) for one in spoken]
        progress(done, steps)
        figures += _guessed(name, seen[name], seed)
    unpadded = totals(seen["sealed, not padded"])
    for name, traces in seen.items():
        kind = Kind.SIMULATED if name == LIVE else Kind.MEASURED
        figures.append(
            Figure(name, "bytes, of those without padding", totals(traces) / unpadded, n=len(traces), kind=kind)
        )
    controls = tuple(_controls(seen, commands, seed))
    progress(steps, steps)
    return Result("fingerprint", QUESTION, seed, tuple(figures), controls, _NOTES)


def _guessed(name: str, traces: Sequence[Trace], seed: int) -> Iterator[Figure]:
    kind = Kind.SIMULATED if name == LIVE else Kind.MEASURED
    for guesser in GUESSERS:
        yield share(name, f"right, by {guesser}", *right(guesser, traces, seed), kind=kind)


def _controls(seen: dict[str, list[Trace]], commands: int, seed: int) -> Iterator[Control]:
    for guesser in GUESSERS:
        count, of = right(guesser, seen[LIVE], seed)
        low, _ = wilson(count, of)
        told = f"{count} of {of} right, {count / of * commands:.0f} times chance"
        yield Control(f"a speaker that sends while somebody speaks ({guesser})", low > SURELY / commands, told)
        count, of = right(guesser, seen[LIVE], seed, mixed=True)
        low, _ = wilson(count, of)
        told = f"{count} of {of} right, with wrong names to learn from"
        yield Control(f"a guess that cannot know ({guesser})", low <= 1.5 / commands, told)
