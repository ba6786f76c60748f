"""A power cut or a full disk leaves the old receipt or the new one, and a receipt that was not written is an error."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from consents_desk import IDENTITY, NOW, NUMBER, consent, given, receipts, wished

from keepmum.disk_fragile import LEFT, FragileDisk, Left, PowerCut
from keepmum.errors import StateError
from keepmum.listener.consents.receipt import parse
from keepmum.listener.consents.receipts import objection


def counts(folder: Path) -> bool:
    """Whether the consent of these tests has its receipt."""
    return not objection(folder, IDENTITY.device_key, consent(), NOW)


def story(root: Path, disk: FragileDisk) -> list[str]:
    """A consent is asked for, given and withdrawn; what was done when the world stopped."""
    done = []
    with suppress(PowerCut):
        book = receipts(root / "receipts", disk=disk)
        for event in ("requested", "given", "withdrawn"):
            book.sign(wished(consent()) if event == "requested" else consent(), event, NOW)
            done.append(event)
    return done


@pytest.mark.parametrize("left", LEFT)
def test_a_power_cut_at_any_operation_leaves_a_whole_receipt(tmp_path: Path, left: Left) -> None:
    """What was signed before it still stands; what was being signed stands whole or not at all."""
    order = ["requested", "given", "withdrawn"]
    stops = 0
    for how in ("before", "half", "after"):
        for at in range(1, 40):
            root = tmp_path / f"{how}-{at}"
            root.mkdir()
            disk = FragileDisk(root, at, how)  # type: ignore[arg-type]
            done = story(root, disk)
            if len(done) == len(order):
                break
            stops += 1
            there = tmp_path / f"{how}-{at}-after"
            disk.leave(there, left)
            file = there / "receipts" / f"{NUMBER}.json"
            states = [each.event_state for each in parse(file.read_bytes()).events] if file.exists() else []
            assert states in (done, order[: len(done) + 1])
            assert counts(there / "receipts") == (states == ["requested", "given"])
    assert stops > 40


@pytest.mark.parametrize("how", ["error", "short", "dead"])
def test_a_disk_that_refuses_is_an_error_and_the_old_receipt_stands(tmp_path: Path, how: str) -> None:
    """The keeper reports the consent as unsigned; what it was before it still is."""
    for at in range(1, 9):
        root = tmp_path / f"{how}-{at}"
        given(root)
        before = (root / f"{NUMBER}.json").read_bytes()
        disk = FragileDisk(root)
        book = receipts(root, disk=disk)
        disk.at, disk.how = disk.operations + at, how  # type: ignore[assignment]
        try:
            book.sign(consent(), "withdrawn", NOW + 1)
        except StateError:
            after = (root / f"{NUMBER}.json").read_bytes()
            assert after == before or parse(after).newest.event_state == "withdrawn"
        else:
            assert parse((root / f"{NUMBER}.json").read_bytes()).newest.event_state == "withdrawn"


def test_a_disk_that_forgets_to_sync_would_be_noticed(tmp_path: Path) -> None:
    """The control: without fsync a signed receipt is gone after the power cut."""
    root = tmp_path / "root"
    root.mkdir()
    disk = FragileDisk(root, forgotten=("sync",))
    assert story(root, disk) == ["requested", "given", "withdrawn"]
    disk.leave(tmp_path / "after", "lost")
    assert (tmp_path / "after" / "receipts" / f"{NUMBER}.json").read_bytes() == b""
