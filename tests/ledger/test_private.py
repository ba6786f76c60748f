"""Private facts stand beside their rows: they can be forgotten, and not be changed."""

from __future__ import annotations

import json
import stat
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from ledger_books import MOMENT, all_lines, grow, opened

from keepmum.disk_fragile import FragileDisk
from keepmum.errors import LedgerError
from keepmum.ledger import Ledger, What, read, verify

TOLD = {"seconds": 3.25, "phrase": "okay nabu"}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Seven rows in two files, of which three have private facts, all signed."""
    ledger = opened(tmp_path / "ledger")
    grow(ledger, 7)
    ledger.checkpoint(MOMENT)
    return tmp_path / "ledger"


def private_of(book: Path) -> dict[int, dict[str, object] | None]:
    return {row.n: None if row.private is None else dict(row.private) for row in read(book)}


def test_private_facts_come_back_with_their_row_and_are_in_no_line(tmp_path: Path) -> None:
    """The row holds a commitment of 64 digits, another one each time; a row without private facts holds none."""
    ledger = Ledger(tmp_path / "ledger")
    for _ in range(2):
        ledger.add(What.RELEASE, MOMENT, {"kind": "clip"}, TOLD)
    ledger.add(What.RELEASE, MOMENT, {"kind": "clip"})
    first, second, third = ledger.rows()
    assert (dict(first.private or {}), dict(second.private or {}), third.private) == (TOLD, TOLD, None)
    assert len(first.commitment) == 64
    assert first.commitment != second.commitment
    assert (third.commitment, b'"private"' in all_lines(tmp_path / "ledger")[2]) == ("", False)
    assert b"nabu" not in b"".join(all_lines(tmp_path / "ledger"))
    assert stat.S_IMODE((tmp_path / "ledger" / "private.jsonl").stat().st_mode) == 0o600


def test_forgetting_leaves_chain_tree_and_checkpoints_valid(book: Path) -> None:
    """Only what is older goes; the facts are in no file of the ledger any more, and everything verifies as before."""
    before = verify(book)
    assert (before.problem, before.private, before.checkpoints) == (None, 3, 2)
    assert opened(book).forget_private(MOMENT + 3) == 1
    assert private_of(book) == {0: None, 3: {"seconds": 3.5}, 6: {"seconds": 6.5}} | dict.fromkeys((1, 2, 4, 5))
    assert opened(book).forget_private(MOMENT + 99) == 2
    assert opened(book).forget_private(MOMENT + 99) == 0
    after = verify(book)
    assert (after.problem, after.private, after.checkpoints, after.head) == (None, 0, 2, before.head)
    assert b"6.5" not in b"".join(file.read_bytes() for file in book.rglob("*") if file.is_file())
    assert opened(book).head == before.head


def test_a_ledger_goes_on_after_forgetting(book: Path) -> None:
    """The same writer adds private facts to the file that took the old one's place."""
    ledger = opened(book)
    ledger.forget_private(MOMENT + 99)
    ledger.add(What.RELEASE, MOMENT, {}, TOLD)
    assert private_of(book)[7] == TOLD
    assert private_of(book)[6] is None


@pytest.mark.parametrize(
    ("old", "new"), [(b'"seconds":3.5', b'"seconds":4.5'), (b'"n":3', b'"n":0'), (b'"salt":"', b'"salt":"00')]
)
def test_a_changed_private_part_is_caught(book: Path, old: bytes, new: bytes) -> None:
    """Other facts, another row's facts, another salt: as long as it is there it must be what it was."""
    file = book / "private.jsonl"
    file.write_bytes(file.read_bytes().replace(old, new))
    with pytest.raises(
        LedgerError, match=r"the private part of line \d of the ledger is not what it was|private.jsonl is damaged"
    ):
        list(read(book))
    assert "private" in str(verify(book).problem)


def test_a_removed_private_part_is_a_forgotten_one(book: Path) -> None:
    """Whoever erases a line by hand breaks nothing; an added one for a row without private facts is nobody's."""
    file = book / "private.jsonl"
    first, _, third = file.read_bytes().splitlines(keepends=True)
    stray = json.loads(third) | {"n": 1}
    file.write_bytes(first + third + json.dumps(stray, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    assert private_of(book) == {0: {"seconds": 0.5}, 6: {"seconds": 6.5}} | dict.fromkeys((1, 2, 3, 4, 5))
    assert verify(book).problem is None


def test_a_torn_private_part_is_cut_off(book: Path) -> None:
    """A crash in the middle of it leaves a row without private facts, and the next one stands on its own line."""
    file = book / "private.jsonl"
    file.write_bytes(file.read_bytes()[:-9])
    assert private_of(book)[6] is None
    opened(book).add(What.RELEASE, MOMENT, {}, TOLD)
    assert (private_of(book)[6], private_of(book)[7]) == (None, TOLD)


@pytest.mark.parametrize("how", ["error", "short"])
def test_a_row_whose_private_part_cannot_be_written_is_no_row(tmp_path: Path, how: Literal["error", "short"]) -> None:
    """Neither stays, at whichever operation the disk refuses, and the next row fits."""
    for at in range(1, 12):
        root = tmp_path / f"{at}"
        root.mkdir()
        disk = FragileDisk(root)
        ledger = opened(root / "ledger", disk)
        ledger.add(What.RELEASE, MOMENT, {}, TOLD)
        disk.at, disk.how = disk.operations + at, how
        try:
            ledger.add(What.RELEASE, MOMENT, {"second": True}, TOLD)
            refused = False
        except LedgerError:
            refused = True
        assert ledger.size == (1 if refused else 2)
        assert len(list(ledger.rows())) == ledger.size
        disk.at = 0
        again = opened(root / "ledger", disk)
        assert again.add(What.MUTE, MOMENT, {}, {"word": "x"}).n == ledger.size
        assert verify(root / "ledger").problem is None


def test_private_facts_have_the_limits_of_all_facts(book: Path) -> None:
    """What is refused leaves no trace, neither in the rows nor beside them."""
    before = {file: file.read_bytes() for file in book.rglob("*") if file.is_file()}
    with pytest.raises(LedgerError, match="the fact 'Phrase' cannot stand"):
        opened(book).add(What.RELEASE, MOMENT, {}, {"Phrase": "x"})
    assert {file: file.read_bytes() for file in book.rglob("*") if file.is_file()} == before


def test_forgetting_that_a_disk_refuses_is_one_clear_error(tmp_path: Path) -> None:
    """What was there is there, or is gone; the ledger goes on in any case."""
    for at in range(1, 9):
        root = tmp_path / f"{at}"
        root.mkdir()
        disk = FragileDisk(root)
        ledger = opened(root / "ledger", disk)
        grow(ledger, 4)
        disk.at, disk.how = disk.operations + at, "error"
        with suppress(LedgerError):
            ledger.forget_private(MOMENT + 99)
        disk.at = 0
        assert ledger.add(What.RELEASE, MOMENT, {}, TOLD).n == 4
        assert set(private_of(root / "ledger")) == {0, 1, 2, 3, 4}
        assert private_of(root / "ledger")[4] == TOLD
