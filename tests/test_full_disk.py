"""On a full disk, a real one, everything is one clear error, nothing is half written, and life goes on afterwards."""

from __future__ import annotations

import contextlib
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from keepmum import kept
from keepmum.errors import LedgerError, OutboxError, StateError
from keepmum.ledger import Ledger, What, verify
from keepmum.outbox import Item, Outbox

MOMENT = 1_790_000_000.0
SMALL = 64 * 1024


@contextlib.contextmanager
def mounted(folder: Path) -> Iterator[Callable[[], None]]:
    """A tmpfs of 64 KiB; what is yielded makes room on it."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "keepmum-test", str(folder)], check=True)
    ballast = folder / "ballast"
    try:
        ballast.write_bytes(bytes(SMALL // 2))
        yield ballast.unlink
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextlib.contextmanager
def limited() -> Iterator[Callable[[], None]]:
    """Files of this process may have 8 KiB at most; what is yielded lifts that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def lift() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL // 8, before[1]))
    try:
        yield lift
    finally:
        lift()


@pytest.fixture(params=["tmpfs", "limit"])
def make_room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """A disk with little room at `tmp_path`; calling what is returned makes more."""
    way = limited() if request.param == "limit" else mounted(tmp_path)
    with contextlib.ExitStack() as stack:
        try:
            yield stack.enter_context(way)
        except (subprocess.CalledProcessError, FileNotFoundError):
            pytest.skip("only root can mount a tmpfs; the limit on a file's size stands in for it")


def fill(ledger: Ledger) -> None:
    """Add rows until the disk refuses."""
    for n in range(10_000):
        ledger.add(What.REFUSAL, MOMENT, {"reason": "x" * 190, "number": n})


def test_a_ledger_on_a_full_disk_refuses_and_still_verifies(tmp_path: Path, make_room: Callable[[], None]) -> None:
    """The row that did not fit is no row; all before it hold, and the next one fits once there is room."""
    ledger = Ledger(tmp_path / "ledger")
    with pytest.raises(LedgerError, match=r"cannot be written: .+\n  hint: free some space"):
        fill(ledger)
    size = ledger.size
    verdict = verify(tmp_path / "ledger")
    assert size > 10
    assert (verdict.rows, verdict.head, verdict.problem, verdict.torn) == (size, ledger.head, None, 0)
    assert Ledger(tmp_path / "ledger").head == ledger.head
    make_room()
    assert ledger.add(What.MUTE, MOMENT, {}).n == size
    assert verify(tmp_path / "ledger").problem is None


def test_an_outbox_on_a_full_disk_refuses_and_keeps_nothing_half(tmp_path: Path, make_room: Callable[[], None]) -> None:
    """The parcel that did not fit is not there, in no folder; what waits is whole, and there is room after an erase."""
    outbox = Outbox(tmp_path / "outbox")
    fits = Item("a" * 32, "clip", "clips", "research", "c1", None, bytes(4_000))
    too_large = Item("b" * 32, "clip", "clips", "research", "c1", None, bytes(SMALL))
    outbox.put(fits)
    with pytest.raises(OutboxError, match=r"cannot be written: .+\n  hint: free some space"):
        outbox.put(too_large)
    assert list((tmp_path / "outbox" / "tmp").iterdir()) == []
    assert Outbox(tmp_path / "outbox").waiting() == outbox.waiting() == [fits.id]
    assert outbox.get(fits.id) == fits
    outbox.erase(fits.id)
    outbox.put(fits)
    make_room()
    assert outbox.waiting() == [fits.id]


def test_a_kept_file_on_a_full_disk_stays_what_it_was(tmp_path: Path, make_room: Callable[[], None]) -> None:
    """The latch that could not be written is the old latch, and nothing lies beside it."""
    kept.write(tmp_path / "latch", b"muted")
    with pytest.raises(StateError, match=r"cannot be written: .+\n  hint: free some space"):
        kept.write(tmp_path / "latch", bytes(SMALL))
    assert kept.read(tmp_path / "latch") == b"muted"
    assert not (tmp_path / ".latch.new").exists()
    make_room()
    kept.write(tmp_path / "latch", b"open")
    assert kept.read(tmp_path / "latch") == b"open"
