"""What a disk may do to a parcel's life at every single operation: stop before, in the middle or after, or fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from keepmum import kept
from keepmum.disk_fragile import LEFT, FragileDisk, PowerCut
from keepmum.errors import KeepmumError, LedgerError, OutboxError
from keepmum.ledger import Ledger, What, read, verify
from keepmum.outbox import Item, Outbox

MOMENT = 1_790_000_000.0
ITEMS = {
    digit * 32: Item(digit * 32, "clip", "clips", "research", "c1", None, bytes(range(256)) * size)
    for digit, size in (("a", 20), ("b", 3))
}


@dataclass
class Log:
    """What the listener was told had been done, or was about to do."""

    rows: list[str] = field(default_factory=list)
    put: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    erasing: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)


class Life:
    """Two parcels on their way: both released, one handed over, delivered and erased."""

    def __init__(self, disk: FragileDisk, log: Log) -> None:
        self.log = log
        self.ledger = Ledger(disk.root / "ledger", disk=disk)
        self.outbox = Outbox(disk.root / "outbox", disk=disk)

    def run(self) -> None:
        for parcel in ITEMS:
            self.release(parcel)
        self.hand_over(min(ITEMS))
        self.arrive(min(ITEMS))

    def release(self, parcel: str) -> None:
        self.row(What.RELEASE, parcel)
        self.put(parcel)

    def hand_over(self, parcel: str) -> None:
        self.row(What.HANDOVER, parcel)
        self.send(parcel)

    def arrive(self, parcel: str) -> None:
        self.erase(parcel)
        self.row(What.DELIVERED, parcel)

    def row(self, what: What, parcel: str) -> None:
        self.log.rows.append(self.ledger.add(what, MOMENT, {"parcel": parcel}).hash)

    def put(self, parcel: str) -> None:
        self.outbox.put(ITEMS[parcel])
        self.log.put.add(parcel)

    def send(self, parcel: str) -> None:
        assert self.outbox.get(parcel) == ITEMS[parcel]
        self.log.left.append(parcel)

    def erase(self, parcel: str) -> None:
        self.log.erasing.add(parcel)
        self.outbox.erase(parcel)
        self.log.erased.add(parcel)


class PutFirst(Life):
    """The mistake of keeping a parcel before its row."""

    def release(self, parcel: str) -> None:
        self.put(parcel)
        self.row(What.RELEASE, parcel)


class SendFirst(Life):
    """The mistake of sending a parcel before its row."""

    def hand_over(self, parcel: str) -> None:
        self.send(parcel)
        self.row(What.HANDOVER, parcel)


class DeliveredFirst(Life):
    """The mistake of calling a parcel delivered while it still waits to be sent again."""

    def arrive(self, parcel: str) -> None:
        self.row(What.DELIVERED, parcel)
        self.erase(parcel)


def broken_promises(disk: FragileDisk, log: Log) -> list[str]:
    """Start again on what is left, and compare it with what the listener had been told."""
    try:
        return list(_broken_promises(disk, log))
    except KeepmumError as error:
        return [f"what is left can be used ({error.what})"]


def _broken_promises(disk: FragileDisk, log: Log) -> Iterator[str]:
    ledger, outbox = Ledger(disk.root / "ledger", disk=disk), Outbox(disk.root / "outbox", disk=disk)
    rows = list(ledger.rows())
    told = {(row.what, row.facts.get("parcel")) for row in rows}
    waiting = outbox.waiting()
    promises = {
        "every row whose add returned is there, in its place": [row.hash for row in rows][: len(log.rows)] == log.rows,
        "the ledger holds": verify(disk.root / "ledger").problem is None,
        "what was put waits until it is erased": log.put - log.erasing <= set(waiting),
        "what was erased is gone": not log.erased & set(waiting),
        "the order is kept": waiting == sorted(waiting),
        "nothing waits torn": all(outbox.get(parcel) == ITEMS[parcel] for parcel in waiting),
        "nothing waits without its row": all((What.RELEASE, parcel) in told for parcel in waiting),
        "nothing left without its row": all((What.HANDOVER, parcel) in told for parcel in log.left),
        "nothing delivered waits": not any((What.DELIVERED, parcel) in told for parcel in waiting),
        "nothing half written lies about": not any((disk.root / "outbox" / "tmp").iterdir()),
        "the ledger goes on": ledger.add(What.START, MOMENT, {}).n == len(rows),
    }
    yield from (promise for promise, holds in promises.items() if not holds)


def every_crash(folder: Path, life: type[Life] = Life, forgotten: tuple[str, ...] = ()) -> Iterator[list[str]]:
    """Every way to stop a life and to start again, each with the promises that were broken."""
    at, reached = 0, True
    while reached:
        at += 1
        for how in ("before", "half", "after"):
            root = folder / f"{at}-{how}"
            root.mkdir(parents=True)
            disk, log = FragileDisk(root, at, how, forgotten), Log()
            with suppress(PowerCut):
                life(disk, log).run()
            reached = disk.operations >= at
            for way in LEFT:
                left = disk.leave(folder / f"{at}-{how}-{way}", way)
                yield [f"operation {at} {how}, {way}: {promise}" for promise in broken_promises(left, log)]


def test_no_crash_at_any_disk_operation_breaks_a_promise(tmp_path: Path) -> None:
    """Whenever the power goes or the process is killed, nothing acknowledged is lost, torn, or gone without a row."""
    cases = list(every_crash(tmp_path))
    assert [found for found in cases if found] == []
    assert len(cases) > 300


@pytest.mark.parametrize("life", [PutFirst, SendFirst, DeliveredFirst])
def test_a_wrong_order_is_found(tmp_path: Path, life: type[Life]) -> None:
    """The search is not blind: each wrong order of row and deed breaks a promise somewhere."""
    assert any(every_crash(tmp_path, life))


@pytest.mark.parametrize("forgotten", ["sync", "sync_folder"])
def test_a_forgotten_sync_is_found(tmp_path: Path, forgotten: str) -> None:
    """The search is not blind: without syncing the file, or its folder, a power cut loses what was promised."""
    assert any(every_crash(tmp_path, forgotten=(forgotten,)))


def test_what_a_start_reports_survives_a_power_cut_right_after(tmp_path: Path) -> None:
    """A killed process may leave renames and rows in memory only; the next start makes durable what it reports."""
    at, finished = 0, False
    while not finished:
        at += 1
        root = tmp_path / str(at)
        root.mkdir()
        disk = FragileDisk(root, at, "after")
        try:
            Life(disk, Log()).run()
            finished = True
        except PowerCut:
            pass
        disk.at = 0
        ledger, outbox = Ledger(root / "ledger", disk=disk), Outbox(root / "outbox", disk=disk)
        left = disk.leave(tmp_path / f"{at}-left", "lost")
        assert Ledger(left.root / "ledger", disk=left).head == ledger.head, at
        assert Outbox(left.root / "outbox", disk=left).waiting() == outbox.waiting(), at
    assert at > 30


@pytest.mark.parametrize("how", ["error", "short"])
def test_every_failing_operation_is_one_clear_error_and_nothing_half_done(tmp_path: Path, how: str) -> None:
    """A disk that refuses any one operation makes one of our errors; what was acknowledged stands, and life goes on."""
    at, reached = 0, True
    while reached:
        at += 1
        root = tmp_path / f"{at}"
        root.mkdir()
        disk, log = FragileDisk(root, at, how), Log()
        with suppress(LedgerError, OutboxError):
            Life(disk, log).run()
        reached, disk.at = disk.operations >= at, 0
        assert broken_promises(disk, log) == [], at
    assert at > 30


def test_a_ledger_that_cannot_be_repaired_refuses_every_further_row(tmp_path: Path) -> None:
    """If half a row can be neither finished nor cut off, nothing more can leave until a new start has looked at it."""
    disk = FragileDisk(tmp_path)
    ledger = Ledger(tmp_path / "ledger", disk=disk)
    first = ledger.add(What.START, MOMENT, {})
    disk.at, disk.how = disk.operations + 2, "dead"  # opening works, writing stops half way
    with pytest.raises(LedgerError, match="cannot be written: No space left"):
        ledger.add(What.MUTE, MOMENT, {})
    disk.at, disk.how = 0, "never"
    with pytest.raises(LedgerError, match="could not be repaired"):
        ledger.add(What.MUTE, MOMENT, {})
    assert verify(tmp_path / "ledger").torn > 0
    assert [row.what for row in Ledger(tmp_path / "ledger", MOMENT + 1, disk).rows()] == ["start", "recovered"]
    assert next(read(tmp_path / "ledger")) == first


def test_a_new_ledger_is_durable_by_itself(tmp_path: Path) -> None:
    """The file's name is synced too, by nobody else's doing: a power cut after the first row leaves that row."""
    disk = FragileDisk(tmp_path)
    head = Ledger(tmp_path / "ledger", disk=disk).add(What.START, MOMENT, {}).hash
    left = disk.leave(tmp_path / "left", "lost")
    assert verify(left.root / "ledger").head == head


@pytest.mark.parametrize("operation", range(1, 6))
def test_a_parcel_that_was_refused_never_turns_up(tmp_path: Path, operation: int) -> None:
    """Whichever step of `put` fails, the last one included, the parcel does not wait, now or after a restart."""
    disk = FragileDisk(tmp_path)
    outbox = Outbox(tmp_path / "outbox", disk=disk)
    disk.at, disk.how = disk.operations + operation, "error"
    with pytest.raises(OutboxError, match="cannot be written"):
        outbox.put(ITEMS["a" * 32])
    assert (outbox.waiting(), Outbox(tmp_path / "outbox", disk=disk).waiting()) == ([], [])


def test_erasing_everything_tries_every_parcel_although_one_refuses(tmp_path: Path) -> None:
    """A withdrawal that cannot erase one parcel still erases the others, and says that it failed."""
    disk = FragileDisk(tmp_path)
    outbox = Outbox(tmp_path / "outbox", disk=disk)
    for item in ITEMS.values():
        outbox.put(item)
    disk.at, disk.how = disk.operations + 1, "error"
    with pytest.raises(OutboxError, match="not everything is erased"):
        outbox.erase_all()
    assert outbox.waiting() == [min(ITEMS)]


def test_a_kept_file_is_the_old_or_the_new_one_after_any_crash(tmp_path: Path) -> None:
    """The latch is never a mixture, and once `write` returned it is the new one."""
    at, finished = 0, False
    while not finished:
        at += 1
        for how in ("before", "half", "after"):
            root = tmp_path / f"{at}-{how}"
            root.mkdir()
            disk = FragileDisk(root)
            kept.write(root / "latch", b"muted", disk)
            disk.at, disk.how = disk.operations + at, how
            try:
                kept.write(root / "latch", b"open" * 1_000, disk)
                finished = True
            except PowerCut:
                finished = False
            for way in LEFT:
                left = disk.leave(tmp_path / f"{at}-{how}-{way}", way)
                allowed = {b"open" * 1_000} if finished else {b"open" * 1_000, b"muted"}
                assert kept.read(left.root / "latch") in allowed, (at, how, way)
    assert at > 4


def test_a_file_in_a_folder_that_was_never_made_durable_is_lost_with_it(tmp_path: Path) -> None:
    """The fragile disk is as strict as a real one: a synced file needs every folder above it."""
    disk = FragileDisk(tmp_path)
    disk.make_folder(tmp_path / "new")
    file = disk.create(tmp_path / "new" / "parcel")
    disk.write(file, b"sealed")
    disk.sync(file)
    disk.close(file)
    disk.sync_folder(tmp_path / "new")
    assert not any(disk.leave(tmp_path / "without", "lost").root.iterdir())
    disk.sync_folder(tmp_path)
    assert (disk.leave(tmp_path / "with", "lost").root / "new" / "parcel").read_bytes() == b"sealed"
