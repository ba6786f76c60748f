"""What the desk keeps, and that it keeps it; what it gives up, and that it never takes that again."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from desk_clips import sha256

from keepmum.desk import store as store_module
from keepmum.desk.records import Alarm, Gone, Kept, Refusal, Row, Why
from keepmum.desk.store import Store
from keepmum.errors import OutboxError

ID, OTHER = "a" * 32, "b" * 32
DELETION, ELSE = "c" * 64, "d" * 64


def keep(store: Store, parcel: str = ID, sealed: bytes = b"sealed", deletion: str = DELETION, at: float = 1.0) -> Kept:
    return store.keep(parcel, sealed, deletion, at, until=100.0, reviews=2)


def test_a_clip_is_stored_once(store: Store) -> None:
    """The same clip again changes nothing and is recognised."""
    assert keep(store) is Kept.NEW
    assert keep(store, at=2.0) is Kept.AGAIN
    assert store.clips() == [Row(ID, sha256(b"sealed"), 1.0, 6, 100.0, 2)]
    assert store.row(ID) == store.clips()[0]
    assert store.sealed(ID) == b"sealed"


def test_other_bytes_under_the_same_id_ring_an_alarm(store: Store) -> None:
    """The first clip stays as it is, and the attempt is on record, once however often it comes."""
    keep(store, sealed=b"first")
    assert keep(store, sealed=b"second", deletion=ELSE) is Kept.OTHER
    for at in (2.0, 3.0):
        store.ring(ID, sha256(b"second"), at)
    assert store.sealed(ID) == b"first"
    assert store.alarms() == [Alarm(ID, sha256(b"first"), sha256(b"second"), 2.0)]


def test_one_deletion_hash_stands_for_one_clip(store: Store) -> None:
    """A clip that would share another's secret is not taken: a demand must not destroy two."""
    keep(store)
    assert keep(store, OTHER, b"other") is Kept.SHARED
    assert [row.id for row in store.clips()] == [ID]


def test_a_deleted_clip_is_never_taken_again(store: Store) -> None:
    """Neither under its id nor under its secret's hash, and the same is told whenever it is asked."""
    keep(store)
    gone = Gone(DELETION, ID, 5.0, Why.DEMAND, 0)
    assert store.delete(DELETION, 5.0) == gone
    assert store.delete(DELETION, 6.0) == gone
    assert gone.held
    assert keep(store) is Kept.GONE
    assert keep(store, ID, b"new bytes", ELSE) is Kept.GONE
    assert keep(store, OTHER, b"new bytes", DELETION) is Kept.GONE
    assert store.clips() == []
    with pytest.raises(OutboxError, match="deleted"):
        store.sealed(ID)


def test_a_clip_that_was_asked_to_be_deleted_before_it_came_is_never_taken(store: Store) -> None:
    """The demand overtook the clip: what is remembered is the hash alone."""
    gone = store.delete(DELETION, 5.0)
    assert gone == Gone(DELETION, None, 5.0, Why.UNKNOWN, 0)
    assert not gone.held
    assert keep(store) is Kept.GONE


def test_the_unknown_do_not_push_out_what_was_promised(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When no more demands for unknown clips can be remembered, no more are granted; a clip that is here still goes."""
    monkeypatch.setattr(store_module, "_MOST_UNKNOWN", 3)
    keep(store)
    for number in range(3):
        assert store.delete(f"{number:064x}", 1.0) is not None
    assert store.delete(f"{3:064x}", 1.0) is None
    assert store.delete(f"{0:064x}", 9.0) == Gone(f"{0:064x}", None, 1.0, Why.UNKNOWN, 0)
    assert store.delete(DELETION, 1.0) == Gone(DELETION, ID, 1.0, Why.DEMAND, 0)


def test_what_is_over_goes_and_tells_how_often_it_was_heard(store: Store) -> None:
    """At the very moment; and a demand after that gets the count."""
    keep(store)
    assert store.play(ID, "h", "research", 2, 3.0)
    assert store.end(99.9) == 0
    assert store.end(100.0) == 1
    assert store.delete(DELETION, 200.0) == Gone(DELETION, ID, 100.0, Why.RETENTION, 1)


def test_no_more_plays_than_agreed(store: Store) -> None:
    """Counted before they happen, per household and month, over all of its clips."""
    for parcel in (ID, OTHER):
        keep(store, parcel, parcel.encode(), parcel * 2)
    assert store.play(ID, "may", "research", 2, 1.0)
    assert store.play(OTHER, "may", "research", 2, 2.0)
    assert not store.play(ID, "may", "research", 2, 3.0)
    assert store.play(ID, "june", "research", 2, 4.0)
    assert not store.play(ID, "never", "research", 0, 5.0)
    assert store.plays() == 3


def test_a_refusal_is_noted_without_its_bytes(store: Store) -> None:
    """Id, hash, size and reason: once for the same bytes."""
    for at in (1.0, 2.0):
        store.refuse(ID, sha256(b"junk"), 4, "it does not open", at)
    assert store.refusals() == [Refusal(ID, sha256(b"junk"), 1.0, 4, "it does not open")]
    assert store.clips() == []


def test_notes_cannot_fill_the_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a flood of refusals and alarms only the newest stay."""
    monkeypatch.setattr(store_module, "_MOST_NOTES", 10)
    keep(store)
    for number in range(25):
        store.refuse(f"{number:032x}", "0" * 64, 4, "no", float(number))
        store.ring(ID, f"{number:064x}", float(number))
    assert [row.at for row in store.refusals()] == [float(number) for number in range(15, 25)]
    assert [row.at for row in store.alarms()] == [float(number) for number in range(15, 25)]


def test_an_unknown_clip_is_one_clear_error(store: Store) -> None:
    """Asking for what is not there says so."""
    assert store.sha256_of(ID) is None
    assert store.row(ID) is None
    with pytest.raises(OutboxError, match="no clip"):
        store.sealed(ID)


def test_the_session_is_random_and_stays(store: Store, tmp_path: Path) -> None:
    """The name at the broker is the store's own: the same after a restart, another for another store."""
    again, other = Store(tmp_path / "clips.db"), Store(tmp_path / "other.db")
    assert store.session == again.session
    assert len(store.session) == 18
    assert other.session != store.session
    again.close()
    other.close()


def test_time_never_goes_back(store: Store, tmp_path: Path) -> None:
    """The latest moment that was ever given is kept, also over a restart."""
    assert [store.latest(wall) for wall in (5.0, 9.0, 2.0)] == [5.0, 9.0, 9.0]
    again = Store(tmp_path / "clips.db")
    assert again.latest(1.0) == 9.0
    again.close()


def test_a_key_is_said_to_be_destroyed_only_when_it_is(store: Store) -> None:
    """First a row that it is about to be, then that it was; each is noted once."""
    store.destroying("research", 7, 1.0)
    store.destroying("research", 7, 2.0)
    assert [(week.begun, week.done) for week in store.weeks()] == [(1.0, None)]
    store.destroyed("research", 7, 3.0)
    store.destroyed("research", 7, 4.0)
    assert [(week.begun, week.done) for week in store.weeks()] == [(1.0, 3.0)]


def test_a_store_that_fails_says_so(store: Store) -> None:
    """When the disk does not take a clip or a deletion, an error is raised, and nothing is signed."""
    store._db.write("PRAGMA query_only=1")
    with pytest.raises(OutboxError, match="cannot be written"):
        keep(store)
    with pytest.raises(OutboxError, match="cannot be written"):
        store.delete(DELETION, 1.0)


def killed_after(script: str, lines: int, *words: str) -> list[str]:
    """What a process said until it was killed at once after so many lines."""
    with subprocess.Popen([sys.executable, "-c", script, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
    return said


def test_what_keep_returned_for_survives_kill_9(tmp_path: Path) -> None:
    """A process that is killed right after `keep` returned leaves the clip, whole, and nothing else."""
    script = (
        "import sys, pathlib; from keepmum.desk.store import Store\n"
        "store = Store(pathlib.Path(sys.argv[1]))\n"
        "for number in range(1000):\n"
        "    name = f'{number:032x}'\n"
        "    store.keep(name, bytes([number % 256]) * 50000, name * 2, 1.0, until=9.0, reviews=0)\n"
        "    print(number, flush=True)\n"
    )
    file = tmp_path / "clips.db"
    last = int(killed_after(script, 7, str(file))[-1])
    store = Store(file)
    rows = store.clips()
    assert {f"{number:032x}" for number in range(last + 1)} <= {row.id for row in rows}
    assert all(sha256(store.sealed(row.id)) == row.sha256 for row in rows)
    store.close()


def test_what_delete_returned_for_survives_kill_9(tmp_path: Path) -> None:
    """Killed right after a deletion, nothing of it comes back: neither the row nor a byte of the clip."""
    script = (
        "import sys, pathlib; from keepmum.desk.store import Store\n"
        "store = Store(pathlib.Path(sys.argv[1]))\n"
        "for number in range(8):\n"
        "    name = f'{number:032x}'\n"
        "    store.keep(name, b'CANARY%02d' % number * 6000, name * 2, 1.0, until=9.0, reviews=0)\n"
        "for number in range(8):\n"
        "    store.delete(f'{number:032x}' * 2, 2.0)\n"
        "    assert store.scrub()\n"
        "    print(number, flush=True)\n"
        "input()\n"
    )
    file = tmp_path / "clips.db"
    last = int(killed_after(script, 5, str(file))[-1])
    raw = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert [number for number in range(last + 1) if b"CANARY%02d" % number in raw] == []
    store = Store(file)
    assert all(keep(store, f"{number:032x}", b"x", f"{number:032x}" * 2) is Kept.GONE for number in range(last + 1))
    store.close()


def test_two_processes_can_use_it(store: Store, tmp_path: Path) -> None:
    """`--list` works while the collector runs."""
    second = Store(tmp_path / "clips.db", make=False)
    keep(store)
    assert [row.id for row in second.clips()] == [ID]
    second.close()


def test_closed_means_closed(tmp_path: Path) -> None:
    """After `close` nothing can be written."""
    store = Store(tmp_path / "clips.db")
    store.close()
    with pytest.raises(OutboxError):
        keep(store)
    with pytest.raises(OutboxError):
        store.clips()
    with pytest.raises(OutboxError):
        store.scrub()
    assert sqlite3.connect(tmp_path / "clips.db").execute("SELECT count(*) FROM clips").fetchone() == (0,)
