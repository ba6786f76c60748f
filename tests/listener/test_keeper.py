"""The keeper carries out what the core says, in its order; where a part fails, the speaker gets quieter and goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from keepmum.card import Keys
from keepmum.clip import new_id
from keepmum.consent import DAY, Consent, Flow, Kind, Mode, Purpose
from keepmum.disk import REAL
from keepmum.listener import latch
from keepmum.messages import Next, Parcel, Stop
from keepmum.outbox import Item, Outbox
from keepmum.privacy import Owner, State, events
from keepmum.wire import unseal

START = 1_790_000_000.0
ACTION = Flow(Kind.ACTION, Purpose.COMMANDS, "hub.example:1883", 0.0, confirmed=True, approved=True)

Make = Callable[..., Any]


def started(home: Any) -> Any:
    """A house whose doors are open and whose keeper has started."""
    home.open_doors()
    home.keeper.start()
    return home


def offer(home: Any, expires: float | None = None) -> tuple[str, str]:
    """A home action wants to leave: its parcel and the reason against it."""
    parcel = new_id()
    home.release.hold_action(parcel, "home/light/set", "ON")
    return parcel, home.keeper.offer(parcel, ACTION, expires)


def quieter(home: Any, want: str = "mute", owner: Owner = Owner.PANEL) -> None:
    """Somebody asks for quiet."""
    home.keeper.tell(events.Quieter(*home.keeper.moment(), want, owner))


def left_over(tmp_path: Path, consent: str, expires: float | None = None) -> str:
    """A home action that an earlier run left in the outbox."""
    parcel = new_id()
    REAL.make_folder(tmp_path / "outbox")
    item = Item(parcel, "action", "home/x", "commands", consent, expires, b"ON", ACTION.recipient)
    Outbox(tmp_path / "outbox").put(item)
    return parcel


def parcels(uplink: Any) -> list[Any]:
    """Whatever the uplink got that has bytes beside it."""
    return [message for message, fd in iter(uplink.receive, None) if fd is not None]


# ---- order


def test_a_mute_closes_first_then_writes_then_saves(house: Make, silent: State) -> None:
    """When the row is written the microphone is closed already; the file follows, and says muted in the end."""
    home = started(house(silent))
    moments = []

    def watch(kind: str, facts: Any) -> None:
        if facts.get("what") == "mute":
            moments.append((home.capture.is_open, any(home.preroll._ring), latch.read(home.latch).mutes))

    home.news.watch(watch)
    home.pass_time(0.2)
    assert home.capture.read() is not None
    quieter(home)
    assert moments == [(False, False, frozenset())]
    assert latch.read(home.latch).mutes == {Owner.PANEL}


def test_an_unmute_saves_first_then_writes_then_opens(house: Make) -> None:
    """Loosening comes last: the microphone opens when file and row are there."""
    home = started(house(State(wall=START)))
    moments = []

    def watch(kind: str, facts: Any) -> None:
        if facts.get("what") == "unmute":
            moments.append((latch.read(home.latch).mutes, home.capture.is_open))

    home.news.watch(watch)
    home.keeper.tell(events.Pressed(0.0, START))
    home.keeper.tell(events.Ticked(0.8, START))
    assert moments == [(frozenset(), False)]
    assert home.capture.is_open


def test_a_release_is_written_before_it_is_kept_and_kept_before_it_is_handed_over(house: Make, agreed: State) -> None:
    """Row, outbox, row, uplink: nothing is anywhere before the line that says so."""
    home = started(house(agreed))
    uplink = home.connect("uplink")
    uplink.send(Next())
    home.serve()
    moments = []

    def watch(kind: str, facts: Any) -> None:
        if facts.get("what") in ("release", "handover"):
            moments.append((facts["what"], len(home.outbox.waiting()), uplink.receive()))

    home.news.watch(watch)
    parcel, reason = offer(home)
    assert (reason, moments) == ("", [("release", 0, None), ("handover", 1, None)])
    message, fd = uplink.receive()
    assert isinstance(message, Parcel)
    assert (message.id, unseal(fd, message.size, message.sha256)) == (parcel, b"ON")
    assert [row["what"] for row in home.rows()] == ["start", "release", "handover"]


def test_an_event_that_an_effect_causes_comes_after_the_others(house: Make, silent: State) -> None:
    """A watcher that asks for quiet in the middle of a step is heard when the step is done."""
    home = started(house(silent))
    home.news.watch(lambda kind, facts: quieter(home, "mute") if facts.get("what") == "mode" else None)
    home.keeper.tell(events.Proposed(*home.keeper.moment(), "a" * 32, "commands", "hub"))
    home.keeper.tell(events.Pressed(0.0, START))
    home.keeper.tell(events.Ticked(3.1, START))
    assert home.keeper.state.mutes == {Owner.PANEL}
    assert not home.capture.is_open
    assert [row["what"] for row in home.rows()][-3:] == ["mode", "unmute", "mute"]


# ---- refusals


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mutes": frozenset({Owner.MQTT})}, "muted"),
        ({"mode": Mode.LOCAL}, "local_mode"),
        ({"consents": ()}, "no_consent"),
    ],
)
def test_a_refusal_says_why_wipes_and_is_written(
    house: Make, agreed: State, clip_flow: Flow, clip: Any, change: dict[str, Any], reason: str
) -> None:
    """The caller learns the reason, the sound is zeros and the row has no word of it."""
    home = started(house(replace(agreed, **change)))
    one, pcm = clip()
    home.release.hold_clip(one, pcm)
    assert home.keeper.offer(one.id, clip_flow) == reason
    assert not any(pcm)
    [row] = home.rows("refusal")
    assert row == {"what": "refusal", "kind": "clip", "purpose": "asr-improvement", "reason": reason}


def test_a_reason_belongs_to_its_offer(house: Make, agreed: State) -> None:
    """After a refusal, the next offer is judged by itself."""
    home = started(house(agreed))
    quieter(home)
    assert offer(home)[1] == "muted"
    home.keeper.tell(events.Pressed(1.0, START))
    home.keeper.tell(events.Ticked(2.0, START))
    assert offer(home)[1] == ""


def test_something_outside_the_core_can_refuse(house: Make, agreed: State, clip_flow: Flow, clip: Any) -> None:
    """The sound is wiped and the row is the same as the core's."""
    home = started(house(agreed))
    one, pcm = clip()
    home.release.hold_clip(one, pcm)
    home.keeper.refuse(one.id, clip_flow, "forgotten")
    assert not any(pcm)
    assert home.rows("refusal")[0]["reason"] == "forgotten"
    assert home.outbox.waiting() == []


def test_requests_to_forget_are_counted(house: Make, silent: State) -> None:
    """Whoever holds sound can see that somebody asked to forget, whoever it was."""
    home = started(house(silent))
    for want in ("forget", "local", "forget", "mute"):
        quieter(home, want, Owner.MQTT)
    assert home.keeper.forgets == 2


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
    assert latch.read(home.latch).mutes == {Owner.PANEL}
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


# ---- the microphone


def test_a_speaker_that_was_muted_starts_muted(house: Make) -> None:
    """The microphone is not even tried."""
    home = started(house())
    assert (home.microphone.tried, home.capture.is_open, home.keeper.faulty) == ([], False, False)
    assert home.rows() == [{"what": "start", "muted": True, "mode": "local"}]


def test_a_microphone_that_cannot_be_opened_is_a_fault_until_it_can(house: Make, silent: State) -> None:
    """The fault holds it closed, is not kept on disk, and ends when a try succeeds."""
    home = house(silent)
    home.microphone.fails = "open"
    started(home)
    assert (home.keeper.state.mutes, home.keeper.faulty) == ({Owner.FAULT}, True)
    home.keeper.tell(events.Repaired(*home.keeper.moment()))
    assert home.keeper.faulty
    home.microphone.fails = ""
    home.keeper.tell(events.Repaired(*home.keeper.moment()))
    assert (home.capture.is_open, home.keeper.state.mutes) == (True, frozenset())
    assert latch.read(home.latch).mutes == frozenset()


def test_a_fault_is_not_undone_by_a_hand(house: Make, silent: State) -> None:
    """A held button lifts mutes, but a broken microphone stays broken, and the owner sees why."""
    home = house(silent)
    home.microphone.fails = "open"
    started(home)
    quieter(home)
    home.keeper.tell(events.Pressed(1.0, START))
    home.keeper.tell(events.Ticked(2.0, START))
    assert (home.keeper.faulty, home.capture.is_open) == (True, False)


# ---- the uplink


def test_a_parcel_stays_when_the_uplink_is_gone(house: Make, agreed: State) -> None:
    """It hung up a moment ago and nobody has noticed yet: the parcel waits for the next one."""
    home = started(house(agreed))
    gone = home.connect("uplink")
    gone.send(Next())
    home.serve()
    gone.close()
    parcel, reason = offer(home)
    assert (reason, home.outbox.waiting(), home.keeper.state.handed) == ("", [parcel], None)
    home.serve()
    uplink = home.connect("uplink")
    uplink.send(Next())
    home.serve()
    message, fd = uplink.receive()
    unseal(fd, message.size, message.sha256)
    assert message.id == parcel


def test_a_mute_calls_back_what_is_outside(house: Make, agreed: State) -> None:
    """The uplink is told to let go; the parcel waits here."""
    home = started(house(agreed))
    uplink = home.connect("uplink")
    uplink.send(Next())
    home.serve()
    parcel, _ = offer(home)
    message, fd = uplink.receive()
    unseal(fd, message.size, message.sha256)
    quieter(home)
    assert uplink.receive() == (Stop(why="muted"), None)
    assert (home.outbox.waiting(), home.keeper.state.handed) == ([parcel], None)


# ---- what cannot be


def test_a_clip_that_cannot_be_sealed_is_refused(house: Make, clip: Any, clip_flow: Flow) -> None:
    """A consent to nobody, put into the file by hand: the clip is wiped and the listener goes on."""
    nobody = Consent("e" * 32, Purpose.ASR_IMPROVEMENT, "", START - 1, START + DAY)
    home = started(house(State(frozenset(), Mode.SHARE, (nobody,), START), card=None))
    one, pcm = clip()
    home.release.hold_clip(one, pcm)
    assert home.keeper.offer(one.id, replace(clip_flow, recipient="")) == "not_sealed"
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
    assert latch.read(home.latch).mutes


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
