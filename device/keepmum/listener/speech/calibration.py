"""What Vosk's confidence is worth: how often a word or a phrase of such a confidence was really said.

A model that `keepmum forge` made brings it along, measured on voices that never trained it. Of any other model nobody
knows; for words it is taken for no better than the bundled one.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keepmum.errors import ModelError

FILE = "confidence.json"
"""In the model's folder."""
_FORMAT = 1
_AGAIN = "fetch the model again, or delete this file: an unmeasured model's counts then"

Points = tuple[tuple[float, float], ...]
"""Pairs of Vosk's confidence and the share that was right, both from 0 to 1 and rising."""


class Calibration:
    """Two scales: one for words of sentences, one for phrases among their rivals."""

    def __init__(self, words: Points = (), phrases: Points = ()) -> None:
        """Without points a confidence stays what it is."""
        self._words, self._phrases = words, phrases

    def word(self, confidence: float) -> float:
        """How likely it is, from 0 to 1, that a word was said."""
        return _worth(self._words, confidence)

    def phrase(self, confidence: float) -> float:
        """How likely it is that a phrase was said, where somebody says it as often as something else."""
        return _worth(self._phrases, confidence)


_UNMEASURED = Calibration(words=((0.0, 0.0), (0.8, 0.5), (1.0, 1.0)))
"""Of the bundled model's words that Vosk gives 0.8, half were said."""


def read(folder: Path) -> Calibration:
    """What the model in `folder` brings along; raises ModelError if that cannot be read, or is none."""
    path = folder / FILE
    try:
        untrusted = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return _UNMEASURED
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}", _AGAIN) from error
    if not isinstance(untrusted, dict) or untrusted.get("format") != _FORMAT:
        raise ModelError(f"{path} is of another version of keepmum", _AGAIN)
    try:
        return Calibration(_points(untrusted["words"]), _points(untrusted["phrases"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} holds no calibration: {error}", _AGAIN) from error


def _points(untrusted: Any) -> Points:
    points = tuple((float(at), float(share)) for at, share in untrusted)
    columns: list[Sequence[float]] = list(zip(*points, strict=True))
    if any(not (math.isfinite(one) and 0 <= one <= 1) for column in columns for one in column):
        raise ValueError("a share or a confidence is not between 0 and 1")
    if any(list(column) != sorted(column) for column in columns):
        raise ValueError("a surer word would be worth less")
    return points


def _worth(points: Points, confidence: float) -> float:
    """Straight lines between the points, and level beyond the first and the last."""
    if not points:
        return confidence
    at = bisect_right(points, (confidence, 2.0))
    if at in (0, len(points)):
        return points[min(at, len(points) - 1)][1]
    (left, low), (right, high) = points[at - 1], points[at]
    return low + (high - low) * (confidence - left) / (right - left)
