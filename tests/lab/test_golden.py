"""The golden table: the policies and the counting give again what was once computed, and the same bytes every time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from keepmum.lab.event import DAY, Kind, lines
from keepmum.lab.golden import COLUMNS, MARGINS, SEED, TABLE, Golden, golden, stated, timeline, tolerance
from keepmum.lab.household import Habits, household
from keepmum.lab.metrics import measure
from keepmum.lab.page import golden_csv
from keepmum.lab.plan import replay
from keepmum.lab.policy import Policy

NUMBERS = [(name, column, text) for name in TABLE for column, text in stated(name).items()]
TIMELINE = "01a78aea950383604a2fb671fc47d17b707f64d192f37380be88a00035c30ef4"
"""SHA-256 of the golden household, as `test_the_timeline_has_not_changed` writes it."""


@pytest.fixture(scope="module")
def rows(shipped_policies: Mapping[str, Policy]) -> Mapping[str, Golden]:
    """The table, made again."""
    return {row.policy.id: row for row in golden(shipped_policies.values())}


def test_the_table_is_whole(rows: Mapping[str, Golden]) -> None:
    """Fourteen policies, and each number that was printed for them."""
    assert list(rows) == list(TABLE)
    assert len(TABLE) == 14
    assert len(NUMBERS) == 132
    assert {column for _, column, _ in NUMBERS} == set(COLUMNS)


@pytest.mark.parametrize(("name", "column", "text"), NUMBERS)
def test_a_number_is_as_it_was_printed(rows: Mapping[str, Golden], name: str, column: str, text: str) -> None:
    """Within one per cent, or half of its last printed digit where that is more; nothing is exactly nothing."""
    assert getattr(rows[name].metrics, column) == pytest.approx(float(text), abs=tolerance(text), rel=0)
    assert not any(column in miss for miss in rows[name].misses())


def test_how_near_is_near_enough() -> None:
    """One per cent; only what was printed with too few digits for that is judged by its last digit."""
    assert tolerance("13964133") == pytest.approx(139_641.33)
    assert tolerance("1.00") == pytest.approx(0.01)
    assert (tolerance("0"), tolerance("0.000"), tolerance("3")) == (0, 0, 0.5)
    by_digit = {text for _, _, text in NUMBERS if tolerance(text) > 0.0100001 * float(text)}
    assert by_digit == {"48", "3", "2.4", "0.38", "0.7", "0.33", "0.035", "3.0", "0.033"}


def test_the_household_is_the_one_that_was_described() -> None:
    """30 days with 614 commands, 141 false wakes, and as long as was said."""
    whole = timeline()
    false = [event for event in whole.events if event.kind is Kind.FALSE_WAKE]
    assert (whole.days, whole.count(Kind.WAKE), len(false), whole.count(Kind.DAY)) == (30, 614, 141, 30)
    assert all(0 <= event.at < 30 * DAY for event in whole.events)
    assert list(whole.events) == sorted(whole.events, key=lambda event: event.at)
    seconds = sorted(event.seconds for event in false)
    assert seconds[70] == pytest.approx(4, rel=0.15), "the median"
    assert seconds[int(0.9 * 141)] == pytest.approx(10, rel=0.2), "a tenth is longer"
    assert seconds[-1] <= 43


def test_the_lessons_of_the_table_hold(rows: Mapping[str, Golden]) -> None:
    """Vendors upload the same; what they keep differs a millionfold; a small programme hears more of each home."""
    vendors = [rows[name].metrics for name in rows if name.startswith(("alexa-2", "siri", "google"))]
    assert len({each.seconds_per_day for each in vendors}) == 1
    assert max(each.exposure_10y for each in vendors) / min(each.exposure_10y for each in vendors) > 1_000_000
    ours, theirs = rows["ours-share"].metrics, rows["alexa-2019-default"].metrics
    assert ours.reviews_per_year > 20 * theirs.reviews_per_year
    assert ours.reviews_capped == 48


def test_two_runs_are_the_same_bytes(rows: Mapping[str, Golden]) -> None:
    """I15: also in new processes, whose sets and dictionaries are ordered by another secret."""
    runs = {_in_a_process_of_its_own(secret) for secret in ("1", "2")}
    assert runs == {golden_csv(rows.values()).encode()}


def test_two_replays_are_the_same_bytes(shipped_policies: Mapping[str, Policy]) -> None:
    """I15: the timeline and every flow of every policy."""
    again = household(Habits(), SEED, {}, MARGINS)
    first = household(Habits(), SEED, {}, MARGINS)
    assert _digest(lines(first.events)) == _digest(lines(again.events))
    for policy in shipped_policies.values():
        one, two = replay(first.events, policy), replay(again.events, policy)
        assert repr(one).encode() == repr(two).encode()
        assert measure(policy, one, first.days) == measure(policy, two, again.days)


def test_the_timeline_has_not_changed() -> None:
    """Nobody changes a draw unseen. To the millisecond, since logarithms may differ in their last digit elsewhere."""
    told = [
        f"{each.at:.3f} {each.kind} {each.seconds:.3f} {each.confirmed} {each.approved}" for each in timeline().events
    ]
    assert _digest(told) == TIMELINE, "the golden household became another one; was that meant?"


@pytest.mark.parametrize(
    ("name", "section", "key", "value", "column"),
    [
        ("alexa-2019-autodelete-90", "retention", "audio_days", 100, "exposure_10y"),
        ("alexa-2019-default", "review", "rate", 0.0021, "reviews_per_year"),
        ("alexa-2025-dont-save", "review", "rate", 0.00001, "reviews_per_year"),
        ("ours-share", "review", "cap_per_month", 5, "reviews_capped"),
        ("siri-2019-before-august", "retention", "audio_days", 180, "exposure_10y"),
        ("google-2020-optin", "retention", "false_wake_days", 90, "exposure_run"),
    ],
)
def test_a_policy_that_drifts_is_caught(
    shipped_policies: Mapping[str, Policy], name: str, section: str, key: str, value: float, column: str
) -> None:
    """One number of a file changed, and the table says which figure went."""
    part = getattr(shipped_policies[name], section)
    figure = getattr(part, key).model_copy(update={"value": value})
    drifted = shipped_policies[name].model_copy(update={section: part.model_copy(update={key: figure})})
    assert any(f"{name}: {column} is " in miss for miss in golden([drifted])[0].misses())


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("alexa-2019-default", "seconds_per_day", 130.1),
        ("alexa-2019-default", "false_share", None),
        ("alexa-2019-default", "linkability", 0.97),
        ("ours-local", "clips_per_day", 1 / 30),
    ],
)
def test_a_count_that_drifts_is_caught(rows: Mapping[str, Golden], name: str, column: str, value: float | None) -> None:
    """A figure two per cent off, one that went missing, and one clip where there should be none."""
    drifted = replace(rows[name], metrics=replace(rows[name].metrics, **{column: value}))  # type: ignore[arg-type]
    assert [miss.split()[1] for miss in drifted.misses()] == [column]


def _digest(told: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _in_a_process_of_its_own(secret: str) -> bytes:
    words = [sys.executable, "-m", "keepmum.cli", "lab", "golden", "--csv"]
    return subprocess.run(words, env={**os.environ, "PYTHONHASHSEED": secret}, capture_output=True, check=True).stdout
