"""The keeper carries out what the core says, in its order, and the microphone and the uplink follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from listener_house import START, offer, quieter, started

from keepmum.consent import DAY, Flow, Mode, Rung
from keepmum.listener import latch
from keepmum.messages import Next, Parcel, Stop
from keepmum.privacy import Owner, State, events
from keepmum.wire import unseal

Make = Callable[..., Any]


# ---- order


def test_a_mute_closes_first_then_writes_then_saves(house: Make, silent: State) -> None:
    """When the row is written the microphone is closed already; the file follows, and says muted in the end."""
    home = started(house(silent))
    moments = []

    def watch(kind: str, facts: Any) -> None:
        if facts.get("what") == "mute":
            moments.append((home.capture.is_open, any(home.preroll._ring), latch.read(home.latch, 0.0).mutes))

    home.news.watch(watch)
    home.pass_time(0.2)
    assert home.capture.read() is not None
    quieter(home)
    assert moments == [(False, False, frozenset())]
    assert latch.read(home.latch, 0.0).mutes == {Owner.PANEL}


def test_a_mute_wipes_what_waits_for_a_decision(house: Make, agreed: State, clip: Any) -> None:
    """A clip that the release door holds is zeros when the microphone is closed."""
    home = started(house(agreed))
    one, pcm = clip()
    home.release.hold_clip(one, pcm)
    quieter(home)
    assert (len(pcm), any(pcm)) == (32_000, False)


def test_an_unmute_saves_first_then_writes_then_opens(house: Make) -> None:
    """Loosening comes last: the microphone opens when file and row are there."""
    home = started(house(State(wall=START)))
    moments = []

    def watch(kind: str, facts: Any) -> None:
        if facts.get("what") == "unmute":
            moments.append((latch.read(home.latch, 0.0).mutes, home.capture.is_open))

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
    home.keeper.tell(events.Proposed(*home.keeper.moment(), "a" * 32, "commands", Rung.TEXT))
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
    home.keeper.tell(events.Retried(*home.keeper.moment()))
    assert home.keeper.faulty
    home.microphone.fails = ""
    home.keeper.tell(events.Retried(*home.keeper.moment()))
    assert (home.capture.is_open, home.keeper.state.mutes, home.keeper.state.trial) == (True, frozenset(), True)
    home.keeper.tell(events.Sounded(*home.keeper.moment()))
    assert [(row["state"], row["cause"]) for row in home.rows("fault")] == [
        ("begun", "cannot be opened"),
        ("ended", "sound is back"),
    ]
    assert latch.read(home.latch, 0.0).mutes == frozenset()


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
    home.pass_time(1)
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
    assert isinstance(uplink.receive()[0], Stop)
    assert (home.outbox.waiting(), home.keeper.state.handed) == ([parcel], None)


# ---- older copies


def test_an_older_copy_of_state_and_receipts_revives_no_withdrawn_consent(house: Make, agreed: State) -> None:
    """Somebody puts back the state folder as it was before the withdrawal, receipts included; the ledger knows."""
    home = started(house(agreed))
    copy = home.latch.read_bytes()
    home.keeper.tell(events.Quieter(*home.keeper.moment(), "withdraw", Owner.VOICE))
    home.close()
    home.latch.write_bytes(copy)
    again = started(house())
    assert again.keeper.state.consents == ()
    assert offer(again)[1] != ""
    reasons = [row["reason"] for row in again.rows("consent") if row["state"] == "invalidated"]
    assert reasons == ["no_receipt", "no_receipt"]


# ---- clocks


def test_a_restart_with_a_clock_set_back_revives_no_consent(house: Make, agreed: State) -> None:
    """How late it was stands in the file, to the day, though nothing else has changed."""
    home = started(house(agreed))
    home.pass_time(80 * DAY)
    home.keeper.tell(events.Ticked(*home.keeper.moment()))
    assert latch.read(home.latch, 0.0).wall > START + 79 * DAY


def test_a_restart_with_a_clock_set_back_gives_no_second_quota(
    house: Make, agreed: State, clip_flow: Flow, clip: Any
) -> None:
    """The rows tell the time that consents are measured by, so what a day has used is still known on that day."""
    home = started(house(replace(agreed, wall=START + DAY)))
    one, pcm = clip()
    home.release.hold_clip(one, pcm)
    assert home.keeper.offer(one.id, clip_flow) == ""
    home.close()
    assert [each.count for each in started(house()).keeper.state.spent] == [1]


def test_a_consent_ends_after_ninety_days_of_life_though_the_clock_once_ran_ahead(house: Make, agreed: State) -> None:
    """A clock that was ten years ahead when somebody agreed, and then put right, does not stretch it to ten years."""
    ahead = START + 3_650 * DAY
    consents = tuple(replace(one, given=ahead, until=ahead + 90 * DAY) for one in agreed.consents)
    home = started(house(replace(agreed, consents=consents, wall=ahead)))
    home.pass_time(89 * DAY)
    assert offer(home)[1] == ""
    home.pass_time(DAY)
    assert offer(home)[1] != ""
    assert home.keeper.state.consents == ()
