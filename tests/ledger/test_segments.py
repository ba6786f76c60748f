"""A ledger of years is a row of files: the chain goes on over them, and a start reads the newest only."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from ledger_books import MOMENT, all_lines, grow, opened

from keepmum.disk_fragile import LEFT, FragileDisk, PowerCut
from keepmum.errors import LedgerError
from keepmum.ledger import GENESIS, What, read, verify
from keepmum.ledger.row import chain
from keepmum.ledger.segments import firsts, path_of


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Eleven rows in three files."""
    grow(opened(tmp_path / "ledger"), 11)
    return tmp_path / "ledger"


def test_the_chain_goes_on_over_the_files(book: Path) -> None:
    """A new file every so many rows, named after its first row; all of them together are one chain."""
    assert firsts(book) == [0, 4, 8]
    rows = list(read(book))
    assert [row.n for row in rows] == list(range(11))
    assert [row.prev for row in rows] == [GENESIS, *(row.hash for row in rows[:-1])]
    assert (verify(book).rows, verify(book).problem) == (11, None)
    again = opened(book)
    assert (again.size, again.head) == (11, rows[-1].hash)
    grow(again, 2)
    assert firsts(book) == [0, 4, 8, 12]


def test_a_start_reads_the_newest_file_only(book: Path) -> None:
    """What was done to older files shows when they are read: here it is, and the start does not look."""
    path_of(book, 0).write_bytes(b"nonsense\n" + path_of(book, 0).read_bytes())
    assert opened(book).size == 11
    with pytest.raises(LedgerError, match="line 1 of the ledger is damaged"):
        list(opened(book).rows())
    assert "line 1 " in str(verify(book).problem)


def test_the_newest_file_must_follow_from_the_one_before(book: Path) -> None:
    """A file that was exchanged for one with a chain of its own is refused at the start."""
    path_of(book, 4).write_bytes(path_of(book, 4).read_bytes().replace(b"muted", b"other"))
    with pytest.raises(LedgerError, match="line 8 of the ledger is damaged"):
        opened(book)


@pytest.mark.parametrize(("first", "line"), [(0, 1), (4, 5), (8, 9)])
def test_a_missing_file_is_told(book: Path, first: int, line: int) -> None:
    """Of the files in the middle by whoever reads; of the newest by the checkpoints."""
    path_of(book, first).unlink()
    if first == 8:
        assert opened(book).size == 8  # the checkpoint is of eight rows: three that nobody had signed yet are gone
        return
    with pytest.raises(LedgerError, match=f"line {line} of the ledger is damaged"):
        list(read(book))
    assert f"line {line} " in str(verify(book).problem)


def test_a_file_that_overlaps_another_is_told(book: Path) -> None:
    """Rows that no way through the files reaches are not passed over in silence."""
    shutil.copy(path_of(book, 8), path_of(book, 6))
    with pytest.raises(LedgerError, match="it and others after it are not there"):
        list(read(book))


def test_a_crash_between_two_files_is_none(book: Path) -> None:
    """A file that was begun and has no row yet is where the next row goes."""
    grow(opened(book), 1)
    path_of(book, 12).touch()
    ledger = opened(book)
    assert (ledger.size, len(list(ledger.rows()))) == (12, 12)
    assert ledger.add(What.MUTE, MOMENT, {}).n == 12
    assert firsts(book) == [0, 4, 8, 12]


def test_reading_since_a_moment_begins_in_the_right_file(book: Path) -> None:
    """Only rows of that moment or later, and older files are not even read."""
    ledger = opened(book)
    assert [row.n for row in ledger.rows(MOMENT + 6)] == [6, 7, 8, 9, 10]
    assert [row.n for row in ledger.rows(MOMENT + 8)] == [8, 9, 10]
    assert [row.n for row in ledger.rows(0)] == list(range(11))
    assert list(ledger.rows(MOMENT + 99)) == []
    path_of(book, 0).write_bytes(b"nonsense\n" + path_of(book, 0).read_bytes())
    assert [row.n for row in ledger.rows(MOMENT + 6)] == [6, 7, 8, 9, 10]


def test_reading_goes_on_into_a_file_that_is_begun_meanwhile(book: Path) -> None:
    """A reader that has come to the end of the newest file finds the next one."""
    ledger = opened(book)
    reader = ledger.rows()
    assert next(reader).n == 0
    grow(ledger, 4)
    assert [row.n for row in reader] == list(range(1, 15))


def test_a_torn_line_is_cut_off_in_the_newest_file_only(book: Path) -> None:
    """A torn end of an older file is no crash: it was whole when the next one was begun."""
    with path_of(book, 8).open("ab") as file:
        file.write(b'{"n":')
    assert [row.what for row in opened(book).rows()][-1] == "recovered"
    with path_of(book, 4).open("ab") as file:
        file.write(b'{"n":')
    with pytest.raises(LedgerError, match="line 8 of the ledger is damaged"):
        opened(book)


def old_ledger(path: Path, rows: int) -> None:
    """A ledger of one file, as the first version wrote it."""
    prev = GENESIS
    with path.open("wb") as file:
        for n in range(rows):
            row = chain(n, MOMENT, "mute", {"owner": "button"}, prev)
            file.write(row.line())
            prev = row.hash


def test_a_ledger_of_one_file_becomes_the_first_file(tmp_path: Path) -> None:
    """Its rows stay what they were, however many they are; the next row begins a new file if it is full."""
    old_ledger(tmp_path / "ledger.jsonl", 6)
    before = (tmp_path / "ledger.jsonl").read_bytes()
    ledger = opened(tmp_path / "ledger")
    assert (ledger.size, path_of(tmp_path / "ledger", 0).read_bytes()) == (6, before)
    assert not (tmp_path / "ledger.jsonl").exists()
    grow(ledger, 1)
    assert firsts(tmp_path / "ledger") == [0, 6]
    assert (verify(tmp_path / "ledger").rows, verify(tmp_path / "ledger").problem) == (7, None)


@pytest.mark.parametrize("how", ["before", "after"])
def test_no_crash_loses_a_ledger_that_moves(tmp_path: Path, how: Literal["before", "after"]) -> None:
    """Power that goes at any operation of the move leaves all rows in one place or the other."""
    for at in range(1, 12):
        root = tmp_path / f"{at}"
        root.mkdir()
        first = FragileDisk(root)
        file = first.create(root / "ledger.jsonl")
        old_ledger(tmp_path / "made", 3)
        first.write(file, (tmp_path / "made").read_bytes())
        first.sync(file)
        first.close(file)
        first.sync_folder(root)
        first.at, first.how = first.operations + at, how
        with suppress(PowerCut):
            opened(root / "ledger", first)
        for left in LEFT:
            disk = first.leave(tmp_path / f"{at}-{left}", left)
            assert opened(disk.root / "ledger", disk).size == 3


def test_a_second_old_ledger_is_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Evidence is never overwritten; the log says where it lies."""
    grow(opened(tmp_path / "ledger"), 2)
    old_ledger(tmp_path / "ledger.jsonl", 3)
    assert opened(tmp_path / "ledger").size == 2
    assert (tmp_path / "ledger.jsonl").exists()
    assert "is left alone" in caplog.text


def test_a_single_file_can_be_read_where_it_lies(tmp_path: Path) -> None:
    """A copy of an old ledger needs no folder."""
    old_ledger(tmp_path / "copy.jsonl", 3)
    assert [row.n for row in read(tmp_path / "copy.jsonl")] == [0, 1, 2]
    assert (verify(tmp_path / "copy.jsonl").rows, verify(tmp_path / "copy.jsonl").problem) == (3, None)


def test_progress_goes_to_the_end(tmp_path: Path) -> None:
    """Whoever waits is told bytes read and bytes in all, over all files."""
    old_ledger(tmp_path / "ledger.jsonl", 1_300)
    grow(opened(tmp_path / "ledger"), 2)
    told: list[tuple[int, int]] = []
    assert verify(tmp_path / "ledger", lambda done, whole: told.append((done, whole))).problem is None
    whole = sum(map(len, all_lines(tmp_path / "ledger")))
    assert told == sorted(told)
    assert (len(told), told[-1]) == (3, (whole, whole))
