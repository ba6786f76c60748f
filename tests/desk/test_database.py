"""The file behind the store: what is written stays, and what is removed is gone from its bytes."""

from __future__ import annotations

import random
import re
import sqlite3
from pathlib import Path

import pytest

from keepmum.desk.database import Database
from keepmum.desk.store import Store
from keepmum.errors import OutboxError


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be read as one" * 40, b"x"])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, content: bytes) -> None:
    """Somebody else's file is not overwritten."""
    file = tmp_path / "letter.txt"
    file.write_bytes(content)
    with pytest.raises(OutboxError, match="is no store"):
        Store(file)
    assert file.read_bytes() == content


def test_a_database_of_another_version_is_refused(tmp_path: Path) -> None:
    """What an earlier keepmum collected is left as it is."""
    file = tmp_path / "clips.db"
    earlier = sqlite3.connect(file)
    earlier.executescript("CREATE TABLE clips (id TEXT, sealed BLOB); INSERT INTO clips VALUES ('a', 'b')")
    earlier.close()
    with pytest.raises(OutboxError, match="another version"):
        Store(file)
    assert sqlite3.connect(file).execute("SELECT * FROM clips").fetchall() == [("a", "b")]


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    """The path is named."""
    with pytest.raises(OutboxError, match="nowhere"):
        Store(tmp_path / "nowhere" / "clips.db")


def test_looking_makes_no_file(tmp_path: Path) -> None:
    """Whoever only wants to see what is there is told that nothing is."""
    with pytest.raises(OutboxError, match="there is no store at"):
        Store(tmp_path / "clips.db", make=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_left_empty_by_a_kill_becomes_a_store(tmp_path: Path) -> None:
    """Killed between making the file and making the tables, the collector starts all the same."""
    (tmp_path / "clips.db").touch()
    store = Store(tmp_path / "clips.db", make=False)
    assert store.clips() == []
    store.close()


def test_the_file_is_for_its_owner_only_and_fully_synced(store: Store, tmp_path: Path) -> None:
    """Mode 0600; each commit reaches the disk before it returns; what is freed is overwritten."""
    assert (tmp_path / "clips.db").stat().st_mode & 0o777 == 0o600
    for pragma, value in {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "temp_store": 2}.items():
        assert store._db.read(f"PRAGMA {pragma}") == [(value,)], pragma


def test_what_belongs_together_is_written_together(tmp_path: Path) -> None:
    """An error in the middle leaves nothing of it behind, and the file can be written again."""
    database = Database(tmp_path / "d", "CREATE TABLE t (n INTEGER);", make=True)

    def half() -> None:
        with database.together():
            database.write("INSERT INTO t VALUES (1)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    database.write("INSERT INTO t VALUES (2)")
    assert database.read("SELECT n FROM t") == [(2,)]
    database.close()


def raw(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def history(path: Path, seed: int, steps: int) -> int:
    """How often bytes of a deleted clip were still in the files after a random store, delete, store, delete ..."""
    chance = random.Random(seed)
    store = Store(path)
    here: dict[str, int] = {}
    found = 0
    for number in range(steps):
        if here and chance.random() < 0.45:
            name = chance.choice(sorted(here))
            del here[name]
            store.delete(name * 2, 1.0)
            assert store.scrub()
            left = {int(digits) for digits in re.findall(rb"CANARY(\d{6})", raw(path))}
            found += bool(left - set(here.values()))
        else:
            name, size = f"{chance.getrandbits(128):032x}", chance.choice((4_300, 4_700, 5_200, 6_500, 300))
            here[name] = number
            store.keep(name, b"CANARY%06d" % number * (size // 12), name * 2, 1.0, until=9e9, reviews=1)
    store.close()
    return found


def test_what_was_deleted_is_in_no_byte_of_the_files(tmp_path: Path) -> None:
    """Random histories of short clips, which SQLite moves from page to page: nothing deleted is left anywhere.

    These three are histories after which, without the column `apart`, something is.
    """
    assert [history(tmp_path / f"{seed}.db", seed, 100) for seed in (11, 15, 34)] == [0, 0, 0]


def test_a_reader_keeps_the_log_and_is_told_of(store: Store, tmp_path: Path) -> None:
    """While somebody reads an old state, nobody claims that what was deleted is gone; afterwards it is."""
    store._db.write("PRAGMA busy_timeout = 0")
    store.keep("a" * 32, b"CANARY" * 1_000, "b" * 64, 1.0, until=9e9, reviews=1)
    reader = sqlite3.connect(tmp_path / "clips.db", isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM clips").fetchone() == (1,)
    store.delete("b" * 64, 2.0)
    assert not store.scrub()
    assert b"CANARY" in raw(tmp_path / "clips.db")
    reader.close()
    assert store.scrub()
    assert b"CANARY" not in raw(tmp_path / "clips.db")
