"""What the collector keeps, and that it keeps it."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from keepmum.desk import store as store_module
from keepmum.desk.store import Alarm, Kept, Refusal, Row, Store
from keepmum.errors import OutboxError

ID, OTHER = "a" * 32, "b" * 32


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_clip_is_stored_once(store: Store) -> None:
    """The same clip again changes nothing and is recognised."""
    assert store.keep(ID, b"sealed", 1.0) is Kept.NEW
    assert store.keep(ID, b"sealed", 2.0) is Kept.AGAIN
    assert store.clips() == [Row(ID, sha256(b"sealed"), 1.0, 6)]
    assert store.sealed(ID) == b"sealed"
    assert store.alarms() == []


def test_other_bytes_under_the_same_id_ring_an_alarm(store: Store) -> None:
    """The first clip stays as it is, and the attempt is on record, once however often it comes."""
    store.keep(ID, b"first", 1.0)
    assert store.keep(ID, b"second", 2.0) is Kept.ALARM
    assert store.keep(ID, b"second", 3.0) is Kept.ALARM
    assert store.sealed(ID) == b"first"
    assert store.alarms() == [Alarm(ID, sha256(b"first"), sha256(b"second"), 2.0)]


def test_a_refusal_is_noted_without_its_bytes(store: Store, tmp_path: Path) -> None:
    """Id, hash, size and reason: once for the same bytes."""
    for at in (1.0, 2.0):
        store.refuse(ID, sha256(b"junk"), 4, "it does not open", at)
    assert store.refusals() == [Refusal(ID, sha256(b"junk"), 1.0, 4, "it does not open")]
    assert store.clips() == []


def test_notes_cannot_fill_the_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a flood of refusals only the newest stay."""
    monkeypatch.setattr(store_module, "_MOST_NOTES", 10)
    for number in range(25):
        store.refuse(f"{number:032x}", "0" * 64, 4, "no", float(number))
    assert [row.at for row in store.refusals()] == [float(number) for number in range(15, 25)]


def test_an_unknown_clip_is_one_clear_error(store: Store) -> None:
    """Asking for what is not there says so."""
    assert store.sha256_of(ID) is None
    with pytest.raises(OutboxError, match="no clip"):
        store.sealed(ID)


def test_the_file_is_for_its_owner_only_and_fully_synced(store: Store, tmp_path: Path) -> None:
    """Mode 0600, and each commit reaches the disk before it returns."""
    assert (tmp_path / "clips.db").stat().st_mode & 0o777 == 0o600
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be read as one" * 40, b"x"])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, content: bytes) -> None:
    """Somebody else's file is not overwritten."""
    file = tmp_path / "letter.txt"
    file.write_bytes(content)
    with pytest.raises(OutboxError, match="is no store"):
        Store(file)
    assert file.read_bytes() == content


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    """The path is named."""
    with pytest.raises(OutboxError, match="nowhere"):
        Store(tmp_path / "nowhere" / "clips.db")


def test_a_store_that_fails_says_so(store: Store) -> None:
    """When the disk does not take a clip, an error is raised and not a receipt signed."""
    store._db.execute("PRAGMA query_only=1")
    with pytest.raises(OutboxError, match="cannot be written"):
        store.keep(ID, b"sealed", 1.0)


def test_what_keep_returned_for_survives_kill_9(tmp_path: Path) -> None:
    """A process that is killed right after `keep` returned leaves the clip, whole, and nothing else."""
    script = (
        "import sys, pathlib; from keepmum.desk.store import Store\n"
        "store = Store(pathlib.Path(sys.argv[1]))\n"
        "for number in range(1000):\n"
        "    store.keep(f'{number:032x}', bytes([number % 256]) * 50000, 1.0)\n"
        "    print(number, flush=True)\n"
    )
    file = tmp_path / "clips.db"
    with subprocess.Popen([sys.executable, "-c", script, str(file)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(7):
            last = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
    store = Store(file)
    rows = store.clips()
    assert {f"{number:032x}" for number in range(last + 1)} <= {row.id for row in rows}
    assert all(sha256(store.sealed(row.id)) == row.sha256 for row in rows)
    store.close()


def test_two_processes_can_use_it(store: Store, tmp_path: Path) -> None:
    """`--list` works while the collector runs."""
    second = Store(tmp_path / "clips.db")
    store.keep(ID, b"sealed", 1.0)
    assert [row.id for row in second.clips()] == [ID]
    second.close()


def test_closed_means_closed(tmp_path: Path) -> None:
    """After `close` nothing can be written."""
    store = Store(tmp_path / "clips.db")
    store.close()
    with pytest.raises(OutboxError):
        store.keep(ID, b"sealed", 1.0)
    with pytest.raises(OutboxError):
        store.clips()
    assert sqlite3.connect(tmp_path / "clips.db").execute("SELECT count(*) FROM clips").fetchone() == (0,)
