"""What a figure says, how far a sentence is from another, and what a confidence is worth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.clip import Word
from keepmum.forge.evaluation import confidence, figure
from keepmum.forge.evaluation.confidence import Judged
from keepmum.forge.evaluation.distance import errors
from keepmum.forge.evaluation.figure import Figure, Goal
from keepmum.forge.evaluation.scribe import Said

words = st.lists(st.sampled_from("abc"), max_size=6)


def test_a_goal_is_met_by_the_count() -> None:
    """At least and at most count the goal itself in; nothing counted, or no goal, is neither met nor missed."""
    hoped = Goal("at least", 0.97)
    assert Figure("q", "w", "c", 97, 100, hoped).reached is True
    assert Figure("q", "w", "c", 96, 100, hoped).reached is False
    assert Figure("q", "w", "c", 2, 100, Goal("at most", 0.02)).reached is True
    assert Figure("q", "w", "c", 3, 100, Goal("at most", 0.02)).reached is False
    assert Figure("q", "w", "c", 0, 0, hoped).reached is None
    assert Figure("q", "w", "c", 1, 2).reached is None


def test_a_figure_survives_its_file() -> None:
    """What is written as JSON is read again as the same, with its interval told beside it."""
    figures = [Figure("q", "w", "c", 8, 10, Goal("at most", 0.5)), Figure("q", "v", "c", 0, 0)]
    rows = json.loads(json.dumps(figure.written(figures)))
    assert figure.parsed(rows) == figures
    assert rows[0]["interval"] == pytest.approx([0.49, 0.943], abs=1e-3)
    assert rows[1]["interval"] == [0.0, 1.0]
    assert str(figures[0]) == "8 of 10, 80.0 % (49.0 to 94.3)"


def test_errors_count_changed_missing_and_made_up_words() -> None:
    """One of each, and none."""
    said = ["turn", "on", "the", "kitchen", "light"]
    assert errors(said, said) == 0
    assert errors(said, ["turn", "off", "the", "kitchen", "light"]) == 1
    assert errors(said, ["turn", "on", "kitchen", "light"]) == 1
    assert errors(said, ["turn", "on", "the", "big", "kitchen", "light"]) == 1
    assert errors(said, []) == 5
    assert errors([], said) == 5


@given(words, words)
def test_errors_are_a_distance(one: list[str], other: list[str]) -> None:
    """The same both ways, none only between the same, and never more words than there are."""
    assert errors(one, other) == errors(other, one)
    assert (errors(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= errors(one, other) <= max(len(one), len(other))


def heard(*texts: str, confidence: float = 0.9) -> list[Word]:
    return [Word(text, 0.0, 0.1, confidence) for text in texts]


def test_a_word_is_right_if_it_was_said_there() -> None:
    """In order; [unk] is no word, and what nobody said is wrong however sure it was."""
    said = Said(Path("x"), "turn on the light", "somebody")
    found = confidence.judged(heard("turn", "off", "[unk]", "the", "light"), said)
    assert [one.right for one in found] == [True, False, True, True]
    assert [one.right for one in confidence.judged(heard("light", "turn"), said)] in ([True, False], [False, True])
    assert confidence.judged(heard("[unk]"), said) == []


def test_a_calibration_tells_the_share_that_was_right() -> None:
    """Of a hundred words of which Vosk was sure, half were wrong: the sure word is worth a half."""
    sure = [Judged(1.0, at % 2 == 0) for at in range(100)]
    doubtful = [Judged(0.4, at % 10 == 0) for at in range(100)]
    assert confidence.calibration([*sure, *doubtful]) == [(0.4, pytest.approx(0.108, abs=1e-3)), (1.0, 0.5)]


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=200))
def test_a_calibration_never_falls_and_is_never_certain(drawn: list[tuple[int, bool]]) -> None:
    """Whatever was measured, more confidence is never worth less, and nothing is worth 0 or 1."""
    points = confidence.calibration([Judged(value / 100, right) for value, right in drawn])
    assert points
    assert points == sorted(points)
    assert [share for _, share in points] == sorted(share for _, share in points)
    assert all(0 < share < 1 for _, share in points)
    assert len(points) <= 24


def test_bins_hold_every_word_once() -> None:
    """Ten of equal width, the last with both its ends; the expected error is the distance from the diagonal."""
    words = [Judged(0.05, False), Judged(0.95, True), Judged(1.0, False)]
    found = confidence.bins(words)
    assert [(one.right, one.of) for one in found] == [(0, 1), (1, 2)]
    assert confidence.expected_error(found) == pytest.approx((0.05 + abs(1.95 - 1)) / 3)
    assert confidence.expected_error([]) == 0.0
