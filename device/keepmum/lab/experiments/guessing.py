"""Guesses from what an eavesdropper sees which command it was: nearest neighbours, and boosted trees."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keepmum.errors import LabError
from keepmum.lab.experiments.traces import Trace

try:
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import AdaBoostClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier
except ImportError as error:
    raise LabError(f"an eavesdropper needs scikit-learn: {error}", "pip install 'keepmum[lab]'") from error

_SLOT = 0.25
_SLOTS = 20
_NEAREST = 3
_DEPTH, _TREES = 8, 60

GUESSERS: Mapping[str, Callable[[], Any]] = {
    "nearest neighbours": lambda: make_pipeline(StandardScaler(), KNeighborsClassifier(_NEAREST, weights="distance")),
    "boosted trees": lambda: AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=_DEPTH, random_state=0), n_estimators=_TREES, random_state=0
    ),
}


def features(trace: Trace) -> list[float]:
    """What is seen: bytes, packets, how long it took, the hour, and bytes of each quarter of a second."""
    slots = [0.0] * _SLOTS
    for each in trace.sent:
        slots[min(int(each.at / _SLOT), _SLOTS - 1)] += each.size
    last = trace.sent[-1].at if trace.sent else 0.0
    return [float(trace.bytes), float(len(trace.sent)), last, trace.hour, *slots]


def right(guesser: str, traces: Sequence[Trace], seed: int, mixed: bool = False) -> tuple[int, int]:
    """How many of how many commands are guessed, learning from one half of the traces and guessing the other.

    Both halves hold as many traces of each command. `mixed` gives the learner wrong names: it must not guess better
    than chance then.
    """
    dice = Random(f"guessing {seed}")
    learnt, asked = _halves(traces, dice)
    names = [trace.command for trace in learnt]
    if mixed:
        dice.shuffle(names)
    guessed = _guessed(GUESSERS[guesser](), learnt, names, asked)
    return int(sum(int(guess) == trace.command for guess, trace in zip(guessed, asked, strict=True))), len(asked)


def _guessed(machine: Any, learnt: Sequence[Trace], names: Sequence[int], asked: Sequence[Trace]) -> NDArray[np.int64]:
    try:
        machine.fit(_table(learnt), names)
    except ValueError:
        # Boosting refuses what cannot be learnt, such as commands that all look alike: it could as well say any name.
        machine = DummyClassifier(strategy="most_frequent").fit(_table(learnt), names)
    return np.asarray(machine.predict(_table(asked)), np.int64)


def _halves(traces: Sequence[Trace], dice: Random) -> tuple[list[Trace], list[Trace]]:
    learnt, asked = list[Trace](), list[Trace]()
    for command in sorted({trace.command for trace in traces}):
        some = [trace for trace in traces if trace.command == command]
        dice.shuffle(some)
        learnt += some[: len(some) // 2]
        asked += some[len(some) // 2 :]
    return learnt, asked


def _table(traces: Sequence[Trace]) -> NDArray[np.float64]:
    return np.array([features(trace) for trace in traces], np.float64)
