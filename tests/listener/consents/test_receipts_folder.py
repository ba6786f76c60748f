"""The folder of receipts: it does not grow for ever, and what nobody knows of any more is ended in writing."""

from __future__ import annotations

from pathlib import Path

import pytest
from consents_desk import NOW, NUMBER, consent, given, receipts, wished

from keepmum.errors import StateError
from keepmum.listener.consents.receipt import MOST_EVENTS, Receipt, parse
from keepmum.listener.consents.receipts import MOST_ENDED, found


def of(folder: Path, number: str = NUMBER) -> Receipt:
    """The receipt with that number."""
    return parse((folder / f"{number}.json").read_bytes())


def numbered(n: int) -> str:
    """A consent's number."""
    return f"{n:032x}"


# ---- growth


def test_a_receipt_keeps_its_first_and_its_newest_events(tmp_path: Path) -> None:
    """Agreeing again a thousand times does not fill the disk."""
    given(tmp_path)
    for n in range(1, 80):
        receipts(tmp_path).sign(consent(at=NOW + n), "re-confirmed", 0.0)
    events = of(tmp_path).events
    assert (len(events), events[0].event_state, events[-1].at) == (MOST_EVENTS, "requested", NOW + 79)


def test_of_what_is_over_the_newest_fifty_are_kept(tmp_path: Path) -> None:
    """What counts is never removed, however old it is; what is over goes by age."""
    mine = given(tmp_path, consent("f" * 32))
    book = receipts(tmp_path)
    for n in range(MOST_ENDED + 5):
        asked = wished(consent(numbered(n)))
        book.sign(asked, "requested", NOW + n)
        book.sign(asked, "refused" if n % 2 else "expired", NOW + n + 0.5)
    left = [each.path.stem for each in found(tmp_path)]
    assert left == [*(numbered(n) for n in range(4, MOST_ENDED + 5)), "f" * 32]
    assert book.valid([mine], NOW + 100) == {"f" * 32}


def test_what_nobody_knows_of_any_more_is_ended_in_writing(tmp_path: Path) -> None:
    """After a state file was lost, no receipt goes on saying that something is given or being asked."""
    mine = given(tmp_path)
    given(tmp_path, consent(numbered(1)))
    receipts(tmp_path).sign(wished(consent(numbered(2))), "requested", NOW)
    receipts(tmp_path).close_others([mine], NOW + 9)
    assert [of(tmp_path, number).newest.event_state for number in (NUMBER, numbered(1), numbered(2))] == [
        "given",
        "invalidated",
        "invalidated",
    ]
    before = (tmp_path / f"{numbered(1)}.json").read_bytes()
    receipts(tmp_path).close_others([mine], NOW + 10)
    assert (tmp_path / f"{numbered(1)}.json").read_bytes() == before


# ---- the folder


def test_a_folder_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    """Where a file stands in its place, nothing is made up."""
    (tmp_path / "receipts").write_text("no folder")
    with pytest.raises(StateError, match="cannot be used"):
        receipts(tmp_path / "receipts")


def test_what_is_no_receipt_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    """Only files with a consent's number are looked at; a missing folder has none."""
    given(tmp_path)
    (tmp_path / "notes.json").write_text("mine")
    (tmp_path / "x.txt").write_text("mine")
    assert [each.path.stem for each in found(tmp_path)] == [NUMBER]
    assert found(tmp_path / "nowhere") == []


def test_a_folder_that_cannot_be_read_stops_nobody_who_only_tidies(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The listener starts; the log has a line."""
    book = receipts(tmp_path / "receipts")
    (tmp_path / "receipts").rmdir()
    (tmp_path / "receipts").write_text("no folder")
    book.close_others([], NOW)
    assert f"{tmp_path / 'receipts'} cannot be read: Not a directory" in caplog.text
    with pytest.raises(StateError, match="cannot be read"):
        found(tmp_path / "receipts")


def test_it_knows_since_when_anybody_can_have_agreed(tmp_path: Path) -> None:
    """Nobody yet; whoever only asked does not count; from the first request of what was given on, ended or not."""
    book = receipts(tmp_path)
    assert book.since() is None
    book.sign(wished(consent(numbered(1))), "requested", NOW - 50)
    assert book.since() is None
    mine = given(tmp_path)
    first = of(tmp_path).events[0].at
    assert book.since() == first
    book.sign(mine, "withdrawn", NOW + 9)
    assert book.since() == first


@pytest.mark.parametrize("damage", ["torn", "many"])
def test_it_says_that_it_does_not_know_since_when(tmp_path: Path, damage: str) -> None:
    """A receipt that cannot be read, or so many that older ones were removed, can hide the first."""
    given(tmp_path)
    book = receipts(tmp_path)
    if damage == "torn":
        (tmp_path / f"{numbered(7)}.json").write_text("{")
    for n in range(MOST_ENDED if damage == "many" else 0):
        asked = wished(consent(numbered(n)))
        book.sign(asked, "requested", NOW + n)
        book.sign(asked, "refused", NOW + n + 0.5)
    assert book.since() == 0.0
