"""Whatever ledger, outbox and file refuse, nothing leaves without its row, and a mute is still a mute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from listener_house import BROKER, MICROPHONE, START, offer, parcels, quieter, started

from keepmum.clip import new_id
from keepmum.consent import DAY, Flow
from keepmum.disk import REAL
from keepmum.listener import latch
from keepmum.messages import Next
from keepmum.outbox import Item, Outbox
from keepmum.privacy import Owner, State, events
from keepmum.seal import Keys
from keepmum.wire import unseal

Make = Callable[..., Any]


def left_over(tmp_path: Path, consent: str, expires: float | None = None) -> str:
    """A home action that an earlier run left in the outbox."""
    parcel = new_id()
    REAL.make_folder(tmp_path / "outbox")
    item = Item(parcel, "action", "home/x", "commands", consent, expires, b"ON", BROKER, 0.0, "text", MICROPHONE)
    Outbox(tmp_path / "outbox").put(item)
    return parcel


# ---- a ledger that cannot be written


def test_without_a_ledger_nothing_leaves_and_mute_still_works(
    house: Make, agreed: State, clip_flow: Flow, clip: Any
) -> None:
    """A row that fails stops the parcel behind it; from then on everything is refused, and a mute is a mute."""
    home = started(house(agreed))
    uplink = home.connect("uplink")
    uplink.send(Next())
    home.serve()
    home.break_ledger()
    one, pcm = clip()
    home.release.hold_clip(one, pcm)
    assert home.keeper.offer(one.id, clip_flow) == "ledger_lost"
    assert offer(home)[1] == "ledger_lost"
    assert (any(pcm), home.outbox.waiting(), parcels(uplink)) == (False, [], [])
    assert not home.keeper.state.ledger
    quieter(home)
    assert not home.capture.is_open
    assert latch.read(home.latch, 0.0).mutes == {Owner.PANEL}
    assert list((home.folder / "outbox" / "new").iterdir()) == []


def test_a_parcel_whose_hand_over_cannot_be_written_is_not_handed_over(house: Make, agreed: State) -> None:
    """It was allowed and kept, but without the row it stays here, and is erased with the ledger's loss."""
    home = started(house(agreed))
    parcel, _ = offer(home)
    assert home.outbox.waiting() == [parcel]
    home.break_ledger()
    uplink = home.connect("uplink")
    uplink.send(Next())
    home.serve()
    assert parcels(uplink) == []
    assert (home.outbox.waiting(), home.keeper.state.box) == ([], ())


def test_a_lost_ledger_is_logged_once(house: Make, agreed: State, caplog: pytest.LogCaptureFixture) -> None:
    """The first failure is an error; the next ones are nothing new."""
    home = started(house(agreed))
    home.break_ledger()
    for _ in range(3):
        quieter(home)
        offer(home)
    assert [record.getMessage().count("nothing leaves any more") for record in caplog.records].count(1) == 1


def test_a_ledger_that_is_full_at_the_start_does_not_stop_the_start(house: Make, agreed: State) -> None:
    """The speaker listens, answers and can be muted; it only sends nothing."""
    home = house(agreed)
    home.break_ledger()
    started(home)
    assert (home.capture.is_open, home.keeper.state.ledger) == (True, False)
    assert offer(home)[1] == "ledger_lost"


# ---- an outbox that does not take it


@pytest.mark.parametrize("how", ["full", "disk"])
def test_what_the_outbox_does_not_take_is_dropped_with_a_row(house: Make, agreed: State, how: str) -> None:
    """The row said that it may leave; another says that it will not, and the caller learns it."""
    home = started(house(agreed, largest=100 if how == "full" else 10**6))
    if how == "disk":
        home.outbox_disk.at, home.outbox_disk.how = home.outbox_disk.operations + 2, "error"
    uplink = home.connect("uplink")
    uplink.send(Next())
    home.serve()
    parcel, reason = offer(home)
    assert reason == "not_kept"
    assert home.outbox.waiting() == []
    assert uplink.receive() is None
    assert home.rows("dropped") == [{"what": "dropped", "parcel": parcel, "reason": "could not be kept or recorded"}]
    if how == "disk":
        later, reason = offer(home)
        assert (reason, home.outbox.waiting()) == ("", [later])


def test_a_parcel_that_cannot_be_erased_is_not_handed_over_either(
    house: Make, agreed: State, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk's refusal is logged; the listener goes on, and mute works."""
    home = started(house(agreed))
    offer(home)
    home.outbox_disk.at, home.outbox_disk.how = home.outbox_disk.operations + 1, "dead"
    quieter(home, "withdraw")
    assert "not everything is erased" in caplog.text
    uplink = home.connect("uplink")
    uplink.send(Next())
    home.serve()
    assert uplink.receive() is None
    quieter(home)
    assert not home.capture.is_open


def test_a_parcel_that_disappeared_is_dropped_and_the_next_one_goes(house: Make, agreed: State) -> None:
    """Somebody who deletes a file by hand stops that parcel, not the others."""
    home = started(house(agreed))
    (first, _), (second, _) = offer(home), offer(home)
    next((home.folder / "outbox" / "new").glob(f"*-{first}")).unlink()
    uplink = home.connect("uplink")
    uplink.send(Next())
    home.serve()
    message, fd = uplink.receive()
    unseal(fd, message.size, message.sha256)
    assert message.id == second
    assert [row["parcel"] for row in home.rows("dropped")] == [first]


# ---- what was left over


def test_what_was_left_over_is_decided_again(house: Make, agreed: State, tmp_path: Path) -> None:
    """What a live consent covers stays; what it does not cover, or came too late, is erased with a row."""
    covered = left_over(tmp_path, "c" * 32)
    uncovered = left_over(tmp_path, "9" * 32)
    late = left_over(tmp_path, "c" * 32, START - 1)
    damaged = left_over(tmp_path, "c" * 32)
    file = next((tmp_path / "outbox" / "new").glob(f"*-{damaged}"))
    file.write_bytes(file.read_bytes()[:-1])
    home = started(house(agreed))
    assert home.outbox.waiting() == [covered]
    assert len(list((tmp_path / "outbox" / "new").iterdir())) == 1
    assert {row["parcel"]: row["reason"] for row in home.rows("dropped")} == {
        uncovered: "other_consent",
        late: "too_late",
        damaged: "damaged",
    }
    uplink = home.connect("uplink")
    uplink.send(Next())
    home.serve()
    message, fd = uplink.receive()
    unseal(fd, message.size, message.sha256)
    assert message.id == covered


def test_what_cannot_be_read_is_erased_with_a_row(house: Make, agreed: State, tmp_path: Path) -> None:
    """A parcel that the disk does not give back cannot be decided about, so it does not stay."""
    parcel = left_over(tmp_path, "c" * 32)
    home = house(agreed)
    file = next((tmp_path / "outbox" / "new").glob(f"*-{parcel}"))
    file.unlink()
    file.symlink_to(file)
    started(home)
    assert (home.outbox.waiting(), list((tmp_path / "outbox" / "new").iterdir())) == ([], [])
    assert home.rows("dropped") == [{"what": "dropped", "parcel": parcel, "reason": "damaged"}]


def test_what_was_left_over_waits_while_muted(house: Make, agreed: State, tmp_path: Path) -> None:
    """Muted is no withdrawal: it stays here, and is not handed over."""
    parcel = left_over(tmp_path, "c" * 32)
    home = started(house(replace(agreed, mutes=frozenset({Owner.BUTTON}))))
    uplink = home.connect("uplink")
    uplink.send(Next())
    home.serve()
    assert (home.outbox.waiting(), uplink.receive()) == ([parcel], None)


# ---- what cannot be


def test_a_clip_that_cannot_be_sealed_is_refused(house: Make, agreed: State, clip: Any, clip_flow: Flow) -> None:
    """The card has no key for this week any more: the clip is wiped and the listener goes on."""
    home = started(house(agreed))
    home.pass_time(40.0)
    one, pcm = clip()
    home.release.hold_clip(one, pcm)
    home.keeper.tell(events.Ticked(home.keeper.moment()[0], START + 80 * DAY))
    home.release._card = replace(home.release._card, epochs=())
    assert home.keeper.offer(one.id, clip_flow) == "not_sealed"
    assert (any(pcm), home.outbox.waiting()) == (False, [])
    assert home.rows("refusal")[0]["reason"] == "not_sealed"
    quieter(home)
    assert not home.capture.is_open


def test_a_mute_that_cannot_be_saved_is_still_a_mute(
    house: Make, silent: State, caplog: pytest.LogCaptureFixture
) -> None:
    """The microphone is closed before the disk is asked, and the next start is muted whatever the disk did."""
    home = started(house(silent))
    home.latch.unlink()
    home.latch.mkdir()
    quieter(home)
    assert (home.capture.is_open, home.keeper.state.mutes) == (False, {Owner.PANEL})
    assert "privacy.json cannot be written" in caplog.text
    assert latch.read(home.latch, 0.0).mutes


def test_watchers_learn_what_changed(house: Make, agreed: State, keys: Keys) -> None:
    """Mutes, mode and whether something is leaving are told when they change, and only then."""
    home = started(house(agreed))
    uplink = home.connect("uplink")
    uplink.send(Next())
    home.serve()
    offer(home)
    quieter(home, "local")
    quieter(home)
    quieter(home)
    assert home.seen("mutes") == [{"owners": "panel"}]
    assert home.seen("mode") == [{"mode": "local"}]
    assert home.seen("leaving") == [{"leaving": True}, {"leaving": False}]
    assert [row["what"] for row in home.seen("row")] == [row["what"] for row in home.rows()]
