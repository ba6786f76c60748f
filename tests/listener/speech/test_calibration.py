"""A confidence is worth what was measured; without a measurement no more than the bundled model's; a broken one is an
error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.errors import ModelError
from keepmum.listener.speech import calibration
from keepmum.listener.speech.calibration import FILE, Calibration

WORDS = [[0.4, 0.1], [0.8, 0.5], [1.0, 0.9]]
shares = st.floats(0, 1)


def kept(folder: Path, content: Any) -> Path:
    (folder / FILE).write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_between_two_points_lies_a_straight_line(tmp_path: Path) -> None:
    """Beyond the first and the last it is level; words and phrases have scales of their own."""
    found = calibration.read(kept(tmp_path, {"format": 1, "words": WORDS, "phrases": [[0.5, 0.2]]}))
    assert [found.word(at) for at in (0.0, 0.4, 1.0)] == [0.1, 0.1, 0.9]
    assert found.word(0.6) == pytest.approx(0.3)
    assert found.word(0.9) == pytest.approx(0.7)
    assert [found.phrase(at) for at in (0.0, 1.0)] == [0.2, 0.2]


def test_a_model_that_brings_none_is_trusted_no_more_than_the_bundled_one(tmp_path: Path) -> None:
    """A word of which Vosk is not surer than 0.8 was as likely not said; what a phrase is worth nobody knows."""
    found = calibration.read(tmp_path)
    assert [found.word(at) for at in (0.0, 0.8, 1.0)] == [0.0, 0.5, 1.0]
    assert found.phrase(0.7) == 0.7


@given(st.lists(st.tuples(shares, shares), max_size=9), shares, shares)
def test_more_confidence_is_never_worth_less(drawn: list[tuple[float, float]], one: float, other: float) -> None:
    """Whatever was measured."""
    columns = [sorted(column) for column in zip(*drawn, strict=True)]
    found = Calibration(tuple(zip(*columns, strict=True)) if columns else ())
    low, high = sorted((one, other))
    assert found.word(low) <= found.word(high) + 1e-12


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        {"format": 2, "words": [], "phrases": []},
        {"format": 1, "words": []},
        {"format": 1, "words": [[0.1, 1.2]], "phrases": []},
        {"format": 1, "words": [[0.5, 0.5], [0.4, 0.6]], "phrases": []},
        {"format": 1, "words": [[0.4, 0.5], [0.5, 0.4]], "phrases": []},
        {"format": 1, "words": [[0.4]], "phrases": []},
        {"format": 1, "words": [["a", "b"]], "phrases": []},
        '{"format": 1, "words": [[NaN, 0.4]], "phrases": []}',
    ],
)
def test_a_broken_calibration_is_refused(tmp_path: Path, content: Any) -> None:
    """It would make doubtful words sure."""
    with pytest.raises(ModelError, match=r"confidence\.json"):
        calibration.read(kept(tmp_path, content))
