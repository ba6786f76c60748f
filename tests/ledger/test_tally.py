"""The sums that answer "what did you send today?"."""

from __future__ import annotations

import json
from collections.abc import Iterator

from keepmum.ledger import GENESIS, Fact, Flow, Row, Tally, What, tally
from keepmum.ledger.row import chain

TODAY = 1_790_000_000.0


class Day:
    """Rows in the making."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, what: What, at: float = TODAY, **facts: Fact) -> None:
        """One more row."""
        prev = self.rows[-1].hash if self.rows else GENESIS
        self.rows.append(chain(len(self.rows), at, what, facts, prev))

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def test_nothing_adds_up_to_nothing() -> None:
    """A speaker that did nothing says so."""
    assert tally([], TODAY) == Tally({}, {}, {}, 0)


def test_what_left_is_what_was_handed_over() -> None:
    """A parcel counts once however often it was tried, under its kind and purpose; one that only waited does not."""
    day = Day()
    for parcel, size in (("a", 100), ("b", 20), ("c", 3)):
        day.add(What.RELEASE, parcel=parcel, kind="clip", purpose="research", bytes=size)
    day.add(What.RELEASE, parcel="d", kind="action", purpose="commands", bytes=7)
    for parcel in ("a", "b", "a", "d"):
        day.add(What.HANDOVER, parcel=parcel)
    for parcel in ("a", "d", "a"):
        day.add(What.DELIVERED, parcel=parcel)
    day.add(What.DROPPED, parcel="b", reason="withdrawn")
    assert tally(day, TODAY) == Tally(
        left={("clip", "research"): Flow(2, 120), ("action", "commands"): Flow(1, 7)},
        refused={},
        dropped={"withdrawn": 1},
        delivered=2,
        sent={"clip": Flow(3, 220), "action": Flow(1, 7)},
    )


def test_what_is_no_speech_is_not_among_what_left_and_on_the_wire_all_the_same() -> None:
    """The speaker's own status and demands to destroy a clip; a demand counts each time that it is sent."""
    day = Day()
    day.add(What.RELEASE, parcel="a", kind="status", purpose="status", bytes=90)
    day.add(What.HANDOVER, parcel="a")
    day.add(What.DELIVERED, parcel="a")
    for state in ("demanded", "sent", "sent", "confirmed"):
        day.add(What.DELETION, parcel="b", state=state)
    assert tally(day, TODAY) == Tally(sent={"status": Flow(1, 90), "deletion": Flow(2, 64)})


def test_refusals_are_counted_by_reason() -> None:
    """The household sees what did not leave, and why."""
    day = Day()
    for reason in ("muted", "no_consent", "muted"):
        day.add(What.REFUSAL, kind="clip", purpose="research", reason=reason)
    assert tally(day, TODAY).refused == {"muted": 2, "no_consent": 1}


def test_only_what_happened_since_is_counted() -> None:
    """A parcel released yesterday and handed over today left today, with the size it had."""
    day = Day()
    day.add(What.RELEASE, TODAY - 60, parcel="a", kind="clip", purpose="research", bytes=100)
    day.add(What.REFUSAL, TODAY - 60, kind="clip", purpose="research", reason="muted")
    day.add(What.HANDOVER, TODAY, parcel="a")
    assert tally(day, TODAY) == Tally({("clip", "research"): Flow(1, 100)}, sent={"clip": Flow(1, 100)})
    assert tally(day, TODAY + 1) == Tally({}, {}, {}, 0)


def test_what_cannot_be_explained_is_shown() -> None:
    """A handover without a release, or with a size that is none, is counted as unknown rather than left out."""
    day = Day()
    day.add(What.HANDOVER, parcel="a")
    day.add(What.RELEASE, parcel="b", bytes="many")
    day.add(What.HANDOVER, parcel="b")
    day.add(What.REFUSAL)
    unknown = {("unknown", "unknown"): Flow(2, 0)}
    assert tally(day, TODAY) == Tally(unknown, {"unknown": 1}, sent={"unknown": Flow(2, 0)})


def test_the_sums_travel_as_json() -> None:
    """The skill that answers for them gets plain words and numbers."""
    summed = Tally({("clip", "research"): Flow(2, 120)}, {"muted": 3}, {"withdrawn": 1}, 1, {"clip": Flow(3, 180)})
    assert json.loads(json.dumps(summed.as_facts())) == {
        "left": {"clip research": [2, 120]},
        "refused": {"muted": 3},
        "dropped": {"withdrawn": 1},
        "delivered": 1,
        "sent": {"clip": [3, 180]},
    }
