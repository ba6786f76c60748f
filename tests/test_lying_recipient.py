"""A recipient that lies about deletion: what its signature gives away is refused, what it hides is found on disk."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file; these are found by folder

from agreed_household import HOUR, NUMBERS, AgreedHousehold, Choice, midnight
from keepmum.desk.scan import Hit, canaries, scan
from keepmum.listener import phrases
from keepmum.listener.look import OVERDUE
from keepmum.terms import DAY, Purpose, Rung
from zero_bytes_taps import published

BEGIN = "await peer role=skills\nawait broker online=yes\npause 3\n"
RECALL = "await row what=forget\npause 2\n"
AGREED = (NUMBERS, Choice(Purpose.RESEARCH, Rung.METRICS))
"""Two clips without a word or a sound in them, which leave half an hour after midnight."""
STORED = "await delivered 2 parcel_kind=clip\n"


def household(scene: str, desk: str) -> AgreedHousehold:
    """Two clips leave, then somebody wants everything back."""
    return AgreedHousehold(BEGIN + scene, AGREED, clock=midnight() + HOUR / 2, desk=desk)


def live(house: AgreedHousehold) -> None:
    """Until the end; what left is called back in between."""
    house.live({"await row what=forget": lambda: house.ask("forget")})
    house.settle()


def kept(house: AgreedHousehold) -> list[Hit]:
    """Where bytes of what left stand in the recipient's files."""
    sealed = [one.payload[60:] for one in published(house.wire) if "/clips/" in one.topic]
    assert len(sealed) >= 2
    house.end("desk")
    return [hit for body in sealed for hit in scan(sorted(house.folder.glob("clips.db*")), canaries(body))]


def states(house: AgreedHousehold) -> list[str]:
    """What became of the demands."""
    return [str(row.facts["state"]) for row in house.rows("deletion")]


@pytest.mark.parametrize("liar", ["hoarder", "copier"])
def test_one_that_says_deleted_and_keeps_it_is_found_on_its_disk(liar: str) -> None:
    """Its answers are signed as they should be, so the speaker believes them; the search of its files does not.

    The same search finds nothing in the files of an honest one (`test_asked_clip.py`).
    """
    with household(f"{STORED}{RECALL}await row 2 what=deletion state=confirmed\npause 1\n", liar) as house:
        live(house)
        assert states(house).count("confirmed") == 2
        assert kept(house)


@pytest.mark.parametrize(
    ("liar", "confirmed"),
    [("swapper", 0), ("forger", 0), ("replayer", 1)],
)
def test_a_word_that_is_not_about_this_clip_or_not_signed_by_it_is_refused(liar: str, confirmed: int) -> None:
    """An answer about another clip, with another key, or an old one again: not believed, and a row says so.

    The clip counts as outside until somebody answers for it; a first, honest answer of one that replays counts.
    """
    disputes = 2 - confirmed
    stored = f"await row {disputes} what=disputed about=stored\n"
    with household(f"{stored}{RECALL}await row {disputes} what=disputed about=deleted\npause 1\n", liar) as house:
        live(house)
        assert states(house).count("confirmed") == confirmed
        assert len(house.rows("delivered")) == confirmed
        refused = {str(row.facts["parcel"]) for row in house.rows("disputed") if row.facts["about"] == "deleted"}
        assert len(refused) == disputes
        assert refused.isdisjoint(str(row.facts["parcel"]) for row in house.rows("delivered"))


def test_one_that_denies_what_it_signed_for_is_refused_and_a_day_later_everybody_knows() -> None:
    """It signed that it stored the clips, and now says that it never had them: disputed, not confirmed.

    A day later the speaker says so aloud, once, and its ring is amber.
    """
    with household(f"{STORED}{RECALL}await row 2 what=disputed about=deleted\npause 1\n", "denier") as house:
        live(house)
        assert "confirmed" not in states(house)
        assert {row.facts["about"] for row in house.rows("disputed")} == {"deleted"}
        for process in ("uplink", "skills", "listener"):
            house.end(process)
        house.seen.clear()
        demanded = max(row.at for row in house.rows("deletion") if row.facts["state"] == "demanded")
        house.play(f"{BEGIN}pause 25\n", demanded + DAY - 10)
        house.live()
        assert states(house).count("overdue") == 2
        assert [facts["words"] for facts in house.seen_of("reply")].count(phrases.OVERDUE) == 1
        assert house.seen_of("ring")[-1]["meaning"] == OVERDUE.meaning
        # Not before the day is over, whatever was refused.
        first = next(n for n, seen in enumerate(house.seen) if seen.facts.get("state") == "overdue")
        assert OVERDUE.meaning not in [seen.facts.get("meaning") for seen in house.seen[:first]]
