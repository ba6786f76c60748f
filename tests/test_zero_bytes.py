"""Without a consent nothing derived from speech leaves: not a byte to the broker, not a word into a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file; these are found by folder

import zero_bytes_house as house

HEADER = 60
"""Bytes that every part of a clip carries before its content."""

Live = Callable[..., Any]


@pytest.fixture
def live() -> Iterator[Live]:
    """Live through `seconds` of household sound, and look at the house before it is cleared."""
    lived: list[Any] = []

    def begin(seconds: float, seed: int, *, consent: bool = False, defect: str = "") -> Any:
        sound = house.household_sound(seconds, seed, house.BEGIN if consent else house.BEGIN + house.OPEN)
        lived.append(house.House(sound, consent=consent, defect=defect))
        return lived[-1].__enter__().lived()

    yield begin
    for one in lived:
        one.leave()


def said(lived: Any) -> set[str]:
    """The canaries that were understood: only a word that was heard can be missed."""
    return {word for word in house.CANARIES if any(word in transcript for transcript in lived.heard)}


def test_three_minutes_without_a_consent_send_nothing(live: Live) -> None:
    """Commands, home actions, privacy questions, television and noise: heard, refused, and nowhere else."""
    lived = live(180, seed=1)
    assert lived.seconds >= 180
    assert len(said(lived)) >= 2
    assert len(lived.facts("refusal")) >= 4
    assert lived.leaks() == set()


@pytest.mark.slow
def test_an_hour_without_a_consent_sends_nothing(live: Live) -> None:
    """The same for an hour of sound: zero bytes of anything derived from speech."""
    lived = live(3_600, seed=2)
    assert lived.seconds >= 3_600
    assert len(said(lived)) >= 4
    assert len(lived.facts("refusal")) >= 40
    assert lived.leaks() == set()


def test_with_consents_what_leaves_is_what_the_ledger_says(live: Live) -> None:
    """The control: the same taps see bytes when there may be some, all of them equal to the ledger's."""
    lived = live(90, seed=3, consent=True)
    handed = {row["parcel"] for row in lived.facts("handover")}
    ledger = sorted(row["bytes"] for row in lived.facts("release") if row["parcel"] in handed)
    demands = [row for row in lived.facts("deletion") if row["state"] == "sent"]
    clips = [size for topic, size in lived.wire_carried() if topic.startswith("keepmum/clips/")]
    actions = [size for topic, size in lived.wire_carried() if topic.startswith(("home/", "keepmum/home/"))]
    assert actions
    assert clips
    assert sum(size for _, size in lived.wire_carried()) == sum(ledger) + HEADER * len(clips) + 32 * len(demands)
    assert sorted(map(len, lived.parcels())) == sorted([*ledger, *[32] * len(demands)])
    answers = ("keepmum/receipts/", "keepmum/deleted/")
    assert sorted(lived.wire_carried()) == sorted(
        (topic, size) for topic, size in lived.mosquitto_saw() if not topic.startswith(answers)
    )
    found = lived.leaks()
    assert {"the uplink got a parcel", "the outbox was used", "the ledger has a release"} <= found
    assert any(leak.startswith("mosquitto saw") for leak in found)
    # What left is text under one consent and sealed under the other: no sound stands open anywhere even now.
    assert not any(leak.startswith("sound in") for leak in found)


@pytest.mark.parametrize(
    ("defect", "signs"),
    [
        (
            "ignores_missing_consent",
            ("mosquitto saw keepmum/clips/", "the wire carried", "the uplink got", "the outbox"),
        ),
        ("keeps_a_recording", ("sound in state/clip.bin",)),
        ("logs_what_was_heard", ("the word",)),
    ],
)
def test_a_planted_leak_is_found(live: Live, defect: str, signs: tuple[str, ...]) -> None:
    """A decision that ignores what nobody agreed to, a recording on the disk, a transcript in the log."""
    lived = live(60, seed=4, defect=defect)
    assert said(lived)
    found = lived.leaks()
    for sign in signs:
        assert any(leak.startswith(sign) for leak in found), (sign, found)
