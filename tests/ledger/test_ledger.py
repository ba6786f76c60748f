"""The ledger tells everything in order, and shows what was done to it.

Two things the chain alone cannot show: that the newest rows were cut off at the end of a line, and that the whole
file was written anew with fresh hashes. Both need a checkpoint that somebody else remembers: test_tamper.py.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepmum.disk_fragile import FragileDisk
from keepmum.errors import LedgerError
from keepmum.ledger import GENESIS, Fact, Ledger, What, read, verify
from keepmum.ledger.row import LONGEST_LINE, chain, parse
from keepmum.ledger.segments import path_of

MOMENT = 1_790_000_000.0
ROWS = 5

texts = st.text(max_size=200)
facts = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True),
    st.one_of(texts, st.booleans(), st.integers(-(2**53), 2**53), st.floats(-1e15, 1e15)),
    max_size=16,
)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A ledger of five rows."""
    ledger = Ledger(tmp_path / "ledger")
    for n in range(ROWS):
        ledger.add(What.REFUSAL, MOMENT + n, {"kind": "clip", "reason": "muted", "number": n})
    return tmp_path / "ledger"


@pytest.fixture
def file(book: Path) -> Path:
    """Its only file."""
    return path_of(book, 0)


def lines(file: Path) -> list[bytes]:
    """The file in lines, ends included."""
    return file.read_bytes().splitlines(keepends=True)


def test_rows_come_back_as_they_were_added(book: Path, file: Path) -> None:
    """Every row has its number, its moment, its facts, and the hash of the row before."""
    rows = list(Ledger(book).rows())
    assert [row.n for row in rows] == list(range(ROWS))
    assert [row.at for row in rows] == [MOMENT + n for n in range(ROWS)]
    assert [row.prev for row in rows] == [GENESIS, *(row.hash for row in rows[:-1])]
    assert dict(rows[3].facts) == {"kind": "clip", "reason": "muted", "number": 3}
    assert (Ledger(book).size, Ledger(book).head) == (ROWS, rows[-1].hash)


def test_a_ledger_is_private_and_empty_at_first(tmp_path: Path) -> None:
    """A new ledger is for its owner alone, has no rows, and the head that stands for nothing."""
    ledger = Ledger(tmp_path / "ledger")
    assert stat.S_IMODE((tmp_path / "ledger").stat().st_mode) == 0o700
    assert stat.S_IMODE(path_of(tmp_path / "ledger", 0).stat().st_mode) == 0o600
    assert (ledger.size, ledger.head, list(ledger.rows())) == (0, GENESIS, [])
    assert verify(tmp_path / "ledger").problem is None


@settings(deadline=None)
@given(facts=facts, at=st.floats(0, 1e12), what=st.sampled_from(What))
def test_whatever_fits_comes_back_the_same(facts: dict[str, Fact], at: float, what: What) -> None:
    """Every row that can be written is read again as the same row, in printable ASCII on one short line."""
    row = chain(0, at, what, facts, GENESIS)
    assert parse(row.line(), 0, GENESIS) == row
    assert len(row.line()) < LONGEST_LINE
    assert row.line()[:-1].isascii()
    assert b"\n" not in row.line()[:-1]
    assert b"\x1b" not in row.line()


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_never_a_row(untrusted_line: bytes) -> None:
    """What nobody wrote is refused with our own error, whatever it is."""
    with pytest.raises(LedgerError):
        parse(untrusted_line, 0, GENESIS)


@pytest.mark.parametrize(
    "untrusted_line",
    [
        b'{"at":1.0,"facts":[],"what":"mute"}',
        b'{"at":1.0,"facts":{"a":[1]},"what":"mute"}',
        b'{"at":1.0,"facts":{},"what":["mute"]}',
        b'{"at":NaN,"facts":{},"what":"mute"}',
        b'{"at":1' + b"0" * 400 + b',"facts":{},"what":"mute"}',
        b'{"at":1.0,"facts":{},"what":"mute"}',
        b"[" * 60_000,
        b"null",
    ],
)
def test_what_looks_like_a_row_is_refused(untrusted_line: bytes) -> None:
    """Wrong types, numbers that are none, missing hashes and endless brackets are refused with our own error."""
    with pytest.raises(LedgerError):
        parse(untrusted_line + b"\n", 0, GENESIS)


def test_every_changed_byte_is_noticed(book: Path, file: Path) -> None:
    """No byte of a ledger can be changed so that the same number of rows still holds."""
    good = file.read_bytes()
    head = verify(book).head
    for place in range(len(good)):
        changed = bytearray(good)
        changed[place] ^= 1 << place % 8
        file.write_bytes(changed)
        verdict = verify(book)
        assert verdict.rows < ROWS, place
        assert verdict.problem or verdict.torn, place
        assert verdict.head != head


def _edit(all_lines: list[bytes]) -> list[bytes]:
    return [
        line.replace(b'"reason":"muted"', b'"reason":"nobody"') if n == 3 else line for n, line in enumerate(all_lines)
    ]


def _forge(all_lines: list[bytes]) -> list[bytes]:
    """Edit a row and give it the right hash; the rows after it still name the old one."""
    row = json.loads(all_lines[2])
    forged = chain(2, row["at"], "release", row["facts"], row["prev"])
    return [*all_lines[:2], forged.line(), *all_lines[3:]]


def _forge_and_link(all_lines: list[bytes]) -> list[bytes]:
    """Forge a row and make the next one name its new hash, hoping that nothing after it has to change."""
    old, forged = json.loads(all_lines[2])["hash"], _forge(all_lines)
    return [*forged[:3], forged[3].replace(old.encode(), json.loads(forged[2])["hash"].encode()), *forged[4:]]


@pytest.mark.parametrize(
    ("tamper", "line"),
    [
        (_edit, 4),
        (_forge, 4),
        (_forge_and_link, 4),
        (lambda all_lines: all_lines[:3] + all_lines[4:], 4),
        (lambda all_lines: all_lines[1:], 1),
        (lambda all_lines: [*all_lines[:2], all_lines[3], all_lines[2], *all_lines[4:]], 3),
        (lambda all_lines: [*all_lines[:2], all_lines[1], *all_lines[2:]], 3),
        (lambda all_lines: [*all_lines[:2], b"\n", *all_lines[2:]], 3),
        (lambda all_lines: [*all_lines[:2], all_lines[2].replace(b",", b", ", 1), *all_lines[3:]], 3),
        (lambda all_lines: [*all_lines, b"x" * LONGEST_LINE], ROWS + 1),
    ],
    ids=["edited", "forged", "linked", "deleted", "beheaded", "swapped", "repeated", "blank", "respaced", "endless"],
)
def test_tampering_is_named_by_its_line(
    book: Path, file: Path, tamper: Callable[[list[bytes]], list[bytes]], line: int
) -> None:
    """Edits, removals, swaps and insertions are refused at opening, and the message says where to look."""
    file.write_bytes(b"".join(tamper(lines(file))))
    before = file.read_bytes()
    with pytest.raises(LedgerError, match=f"line {line} of the ledger is damaged"):
        Ledger(book)
    with pytest.raises(LedgerError, match=f"line {line} of the ledger is damaged"):
        list(read(book))
    verdict = verify(book)
    assert verdict.rows == line - 1
    assert verdict.problem is not None
    assert f"line {line} " in verdict.problem
    assert file.read_bytes() == before, "evidence is never touched"


def test_a_cut_tail_is_not_visible_to_the_chain_alone(book: Path, file: Path) -> None:
    """The known limit: whole rows cut off at the end leave a chain that holds, so only another's memory shows it."""
    head = verify(book).head
    file.write_bytes(b"".join(lines(file)[:-2]))
    verdict = verify(book)
    assert (verdict.problem, verdict.rows) == (None, ROWS - 2)
    assert verdict.head != head


def test_a_torn_last_line_is_cut_off_at_every_length(book: Path, file: Path) -> None:
    """Wherever a crash tore the last row, opening keeps the whole ones and writes down what it did."""
    whole, last = b"".join(lines(file)[:-1]), lines(file)[-1]
    for length in range(1, len(last)):
        file.write_bytes(whole + last[:length])
        assert verify(book).torn == length
        assert len(list(read(book))) == ROWS - 1
        ledger = Ledger(book, MOMENT + 99, FragileDisk(book.parent))
        recovered = list(ledger.rows())[-1]
        assert (recovered.what, recovered.at, dict(recovered.facts)) == ("recovered", MOMENT + 99, {"bytes": length})
        assert file.read_bytes().startswith(whole)
        assert (verify(book).problem, verify(book).torn, verify(book).rows) == (None, 0, ROWS)


def test_a_recovery_without_a_clock_takes_the_time_of_the_row_before(book: Path, file: Path) -> None:
    """A ledger opened before anybody knows the time does not invent one."""
    file.write_bytes(file.read_bytes()[:-1])
    assert list(Ledger(book).rows())[-1].at == MOMENT + ROWS - 2


def test_reading_goes_on_while_somebody_writes(book: Path, file: Path) -> None:
    """A reader sees the whole rows of the moment, and a row that is being written is no damage."""
    ledger = Ledger(book)
    reader = read(book)
    assert next(reader).n == 0
    ledger.add(What.MUTE, MOMENT, {})
    assert [row.n for row in reader] == list(range(1, ROWS + 1))


def test_a_ledger_that_somebody_else_changed_is_refused(book: Path, file: Path) -> None:
    """A row is never added behind one that the writer does not know: two writers cannot mix."""
    first, second = Ledger(book), Ledger(book)
    second.add(What.MUTE, MOMENT, {})
    with pytest.raises(LedgerError, match="somebody else changed the ledger"):
        first.add(What.UNMUTE, MOMENT, {})
    assert verify(book).problem is None
    assert second.add(What.UNMUTE, MOMENT, {}).n == ROWS + 1


@pytest.mark.parametrize("replaced", [True, False])
def test_a_ledger_that_was_taken_away_is_refused(book: Path, file: Path, replaced: bool) -> None:
    """A writer never goes on into a file that nobody can see, nor into one put in its place."""
    ledger, content = Ledger(book), file.read_bytes()
    file.rename(file.with_name("elsewhere"))
    if replaced:
        file.write_bytes(content)
    with pytest.raises(LedgerError, match=r"somebody else changed|cannot be written: No such file"):
        ledger.add(What.MUTE, MOMENT, {})
    assert ledger.size == ROWS


@pytest.mark.parametrize(
    ("what", "at", "facts", "message"),
    [
        ("gossip", MOMENT, {}, "not a thing that the ledger tells"),
        ("mute", float("nan"), {}, "no moment"),
        ("mute", True, {}, "no moment"),
        ("mute", "now", {}, "no moment"),
        ("mute", MOMENT, {"Reason": "x"}, "the fact 'Reason' cannot"),
        ("mute", MOMENT, {"reason": "x" * 201}, "the fact 'reason' cannot"),
        ("mute", MOMENT, {"number": 2**53 + 1}, "the fact 'number' cannot"),
        ("mute", MOMENT, {"number": float("inf")}, "the fact 'number' cannot"),
        ("mute", MOMENT, {"list": ["x"]}, "the fact 'list' cannot"),
        ("mute", MOMENT, {f"f{n}": n for n in range(17)}, "17 facts in one row"),
    ],
)
def test_a_row_that_tells_too_much_is_refused(
    book: Path, file: Path, what: str, at: float, facts: dict[str, Fact], message: str
) -> None:
    """Only known kinds of rows, moments, and a few short facts can be written; a refused row leaves no trace."""
    ledger, before = Ledger(book), file.read_bytes()
    with pytest.raises(LedgerError, match=message):
        ledger.add(what, at, facts)
    assert file.read_bytes() == before
    assert ledger.add(What.MUTE, MOMENT, {}).n == ROWS


def test_a_row_that_a_later_version_wrote_still_holds(book: Path, file: Path) -> None:
    """A kind of row that this version does not know is evidence all the same; one without a name is not."""
    with file.open("ab") as open_file:
        open_file.write(chain(ROWS, MOMENT, "checkpoint", {}, verify(book).head).line())
    assert [row.what for row in Ledger(book).rows()][-1] == "checkpoint"
    with pytest.raises(LedgerError, match="no name for a row"):
        chain(0, MOMENT, "No Name", {}, GENESIS)


def test_a_ledger_that_cannot_be_opened_is_one_clear_error(tmp_path: Path) -> None:
    """A missing folder, a file in its place and a symbolic link are refused; what is not there cannot be read."""
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    for place in ("nowhere/ledger", "file", "link"):
        with pytest.raises(LedgerError, match=r"cannot be opened: .+\n  hint: "):
            Ledger(tmp_path / place)
    for place in ("nowhere/ledger", "link", "empty"):
        with pytest.raises(LedgerError, match="cannot be read"):
            list(read(tmp_path / place))
        assert "cannot be read" in str(verify(tmp_path / place).problem)
