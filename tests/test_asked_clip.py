"""The way of a clip that is asked about: announced, played, approved, batched, collected, called back, destroyed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file; these are found by folder

from agreed_household import HOUR, AgreedHousehold, Choice, midnight
from keepmum.desk.scan import canaries, scan
from keepmum.desk.store import Store
from keepmum.listener import phrases
from keepmum.listener.look import LEAVING, PROPOSED, WAITING
from keepmum.terms import Purpose, Rung
from zero_bytes_taps import published

AUDIO = Path(__file__).parent / "audio"
ALEXA = f"play {AUDIO / 'wake' / 'alexa' / 'alexa_13.flac'}"
SCENE = f"""\
await peer role=skills
await broker online=yes
pause 1
{ALEXA}
say "what time is it" voice=en-us+f3
pause 10
{ALEXA}
say "yes" voice=en-us+f3
pause 11
hold 3.2
pause 90
await delivered parcel_kind=clip
{ALEXA}
say "delete what i just said" voice=en-us+f3
pause 7
await row what=deletion state=confirmed
pause 5
"""
WINDOW = (3 * HOUR, 3 * HOUR + 60)
"""Seconds of the day; the scene begins a minute before it."""


class Evening:
    """What is left to look at once it is over."""

    def __init__(self, house: AgreedHousehold) -> None:
        self.early: list[str] = []
        house.live({"pause 90": lambda: self.early.extend(one.topic for one in published(house.wire))})
        house.settle()
        house.end("desk")
        self.rows = house.rows()
        self.looks = [facts["meaning"] for facts in house.seen_of("ring")]
        self.said = [facts["words"] for facts in house.seen_of("reply")]
        self.deleted = house.seen_of("deleted")
        sealed = b"".join(one.payload[60:] for one in published(house.wire) if "/clips/" in one.topic)
        store = Store(house.folder / "clips.db", make=False)
        self.stored = store.clips()
        store.close()
        self.copies = scan(sorted(house.folder.glob("clips.db*")), canaries(sealed))
        self.desk = house.log("desk")


@pytest.fixture(scope="module")
def evening() -> Iterator[Evening]:
    """Somebody who is asked about every clip says something, hears it, holds the button, and calls it back later."""
    settings = {"sharing": {"release": "03:00-03:01"}}
    agreed = [Choice(Purpose.ASR_IMPROVEMENT, Rung.VOICE, asks=True)]
    with AgreedHousehold(SCENE, agreed, clock=midnight() + WINDOW[0] - 60, settings=settings) as house:
        yield Evening(house)


def in_order(wanted: Sequence[str], found: Sequence[str]) -> bool:
    """Whether these come in this order, whatever comes between."""
    rest = iter(found)
    return all(one in rest for one in wanted)


def test_the_ledger_tells_the_whole_story_in_order(evening: Evening) -> None:
    """One parcel: waiting, played, approved, released, handed over in the window, delivered, demanded, destroyed."""
    parcels = {str(row.facts["parcel"]) for row in evening.rows if row.what == "release"}
    assert len(parcels) == 1
    story = [row for row in evening.rows if row.facts.get("parcel") in parcels]
    assert [(row.what, row.facts.get("state", "")) for row in story] == [
        ("question", "waiting"),
        ("question", "played"),
        ("question", "approved"),
        ("release", ""),
        ("handover", ""),
        ("delivered", ""),
        ("deletion", "demanded"),
        ("deletion", "sent"),
        ("deletion", "confirmed"),
    ]
    released, handed = (
        next(row.at - midnight() for row in story if row.what == what) for what in ("release", "handover")
    )
    assert released < WINDOW[0] <= handed < WINDOW[1] + 1


def test_nothing_leaves_before_the_window(evening: Evening) -> None:
    """When the button has been held and the clip is sealed, the wire has still carried nothing at all."""
    assert evening.early == []


def test_the_room_is_asked_and_told_aloud(evening: Evening) -> None:
    """It says that something waits, plays it, says what to do, and says what came of it; once each."""
    asked = [phrases.SOMETHING_YOU_SAID, phrases.WOULD_LEAVE["voice"], phrases.HOLD_OR_SAY, phrases.APPROVED]
    assert in_order([*asked, phrases.recalled(1)], evening.said)
    assert [evening.said.count(sentence) for sentence in asked] == [1, 1, 1, 1]


def test_the_ring_shows_what_goes_on(evening: Evening) -> None:
    """White while the button is waited for, violet when the clip leaves and when the demand does, green in between."""
    assert in_order(
        [PROPOSED.meaning, WAITING.meaning, LEAVING.meaning, WAITING.meaning, LEAVING.meaning, WAITING.meaning],
        evening.looks,
    )


def test_the_recipient_destroys_it_and_says_so_signed(evening: Evening) -> None:
    """It held the clip, holds none any more, and no byte of it stands in its database."""
    assert [(facts["held"], facts["plays"]) for facts in evening.deleted] == [(True, 0)]
    assert "collector: stored" in evening.desk
    assert evening.stored == []
    assert evening.copies == []
