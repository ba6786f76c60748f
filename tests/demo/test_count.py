"""The demo's two books: each is read from its own file, and they are equal only if every byte is."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepmum.demo.count import Book, ledgers, witnessed
from keepmum.errors import LedgerError
from keepmum.ledger import Ledger

CLIP, ACTION, WAITING = "c" * 32, "a" * 32, "b" * 32
DELETION = "d" * 64
PART = 60
"""Bytes that every part of a clip carries before its content."""

SEEN = f"""\
house/weather 46
zigbee2mqtt/kitchen_light/set 15
keepmum/clips/{CLIP} {65_476 + PART}
keepmum/clips/{CLIP} {34_524 + PART}
keepmum/receipts/{CLIP} 200
keepmum/deletions/{DELETION} 32
keepmum/deletions/{DELETION} 32
keepmum/deleted/{DELETION} 300
keepmum/deleted/{DELETION} 300
house/end 1
"""


AGREED = Book((1, 15), {CLIP: 100_000}, (2, 64), 1)
"""What both say."""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A ledger: an action and a clip were handed over, another clip waits, and the first was demanded twice."""
    path = tmp_path / "ledger"
    ledger = Ledger(path, 1.0)
    for parcel, kind, size in ((ACTION, "action", 15), (CLIP, "clip", 100_000), (WAITING, "clip", 7)):
        ledger.add("release", 1.0, {"parcel": parcel, "kind": kind, "bytes": size, "rung": "voice"})
    for parcel in (ACTION, CLIP, CLIP):
        ledger.add("handover", 2.0, {"parcel": parcel})
    ledger.add("delivered", 3.0, {"parcel": CLIP})
    for state in ("demanded", "sent", "sent", "confirmed"):
        ledger.add("deletion", 4.0, {"parcel": CLIP, "state": state})
    return path


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    """What mosquitto_sub wrote down meanwhile."""
    path = tmp_path / "witness.txt"
    path.write_text(SEEN)
    return path


def test_the_ledger_counts_what_was_handed_over_once(book: Path) -> None:
    """Allowed is not left, a second try is not a second parcel, and a demand that is repeated is a second demand."""
    assert ledgers(book) == AGREED
    assert ledgers(book).rungs == {"voice": 1}


def test_the_witness_counts_content_and_leaves_out_what_others_said(seen: Path) -> None:
    """The header of each part is not part of the clip; weather, receipts and the hub's last word are not ours."""
    assert witnessed(seen) == AGREED


def test_two_honest_books_agree(book: Path, seen: Path) -> None:
    """Home actions by number and bytes, clips by name and bytes, demands by number and bytes, answers by number."""
    assert ledgers(book) == witnessed(seen)
    assert ledgers(book).clip_bytes == 100_000
    assert ledgers(book).everything == 100_000 + 15 + 64


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("light/set 15", "light/set 16"),
        ("zigbee2mqtt/kitchen_light/set 15\n", ""),
        ("house/end", "somewhere/else"),
        (f"keepmum/clips/{CLIP} {34_524 + PART}\n", ""),
        (CLIP, "d" * 32),
        ("keepmum/receipts", "keepmum/clips"),
        (f"keepmum/deletions/{DELETION} 32", f"keepmum/deletions/{DELETION} 33"),
        (f"keepmum/deletions/{DELETION} 32\n" * 2, f"keepmum/deletions/{DELETION} 32\n"),
        (f"keepmum/deleted/{DELETION} 300\n" * 2, ""),
    ],
)
def test_one_byte_one_message_or_one_name_of_difference_is_found(book: Path, seen: Path, old: str, new: str) -> None:
    """More, less, lost, elsewhere or another clip: the books are not equal."""
    assert old in SEEN
    seen.write_text(SEEN.replace(old, new))
    assert ledgers(book) != witnessed(seen)


def test_a_line_that_is_just_being_written_is_not_read(seen: Path) -> None:
    """The live view reads while mosquitto_sub writes."""
    seen.write_text(SEEN + f"keepmum/clips/{CLIP}")
    assert witnessed(seen) == AGREED


def test_an_edited_ledger_is_not_counted(book: Path) -> None:
    """A ledger that does not chain is an error, not a number."""
    file = book / "000000000000.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"bytes":15', b'"bytes":14'))
    with pytest.raises(LedgerError):
        ledgers(book)
