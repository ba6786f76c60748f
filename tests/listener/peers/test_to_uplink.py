"""The uplink carries parcels and asks for quiet; nothing it says makes a parcel vanish or the speaker louder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from listener_peers import Uplink, offer_action, offer_clip

from keepmum.clip import unpack
from keepmum.consent import Flow, Mode
from keepmum.errors import PeerGone
from keepmum.messages import (
    BrokerState,
    Delivered,
    Failed,
    HomeFact,
    Next,
    Refused,
    Stop,
    Tighten,
    UplinkHello,
    encode,
)
from keepmum.privacy import Owner
from keepmum.seal import Keys, open_seal
from keepmum.wire import unseal

NOBODY = "0" * 32

Make = Callable[..., Any]


# ---- out


@pytest.mark.parametrize("greeting", [(), (UplinkHello(broker="evil.example:1883"),)])
def test_an_uplink_with_another_broker_gets_nothing(home: Any, greeting: tuple[Any, ...]) -> None:
    """It was started with other settings than the listener: what it carried would reach whom no consent names."""
    stranger = home.connect("uplink", greets=False)
    for message in (*greeting, Next()):
        stranger.send(message)
    home.serve()
    parcel = offer_action(home)
    heard = [received[0] for received in iter(stranger.receive, None)]
    assert [type(message) for message in heard] == [Refused] * len(greeting)
    assert home.rows("handover") == []
    stranger.send(UplinkHello())
    stranger.send(Next())
    home.serve()
    assert stranger.receive()[0].id == parcel


def test_a_clip_reaches_the_peer_sealed_twice(
    home: Any, uplink: Uplink, clip: Any, clip_flow: Flow, keys: Keys
) -> None:
    """As a memfd that nobody can change any more, and to a key that the uplink does not have."""
    parcel = offer_clip(home, clip, clip_flow)
    message, fd = uplink.line.receive()
    assert (message.id, message.kind, message.topic, message.expires_in) == (parcel, "clip", parcel, None)
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    assert fcntl.fcntl(fd, fcntl.F_GET_SEALS) & seals == seals
    for change in (lambda: os.pwrite(fd, b"x", 0), lambda: os.ftruncate(fd, 0)):
        with pytest.raises(PermissionError):
            change()
    body = unseal(fd, message.size, message.sha256)
    assert b"\x12\x34" * 20 not in body
    assert unpack(open_seal(keys, body)[1]).pcm == b"\x12\x34" * 16_000


def test_the_listener_keeps_no_descriptor(home: Any, uplink: Uplink) -> None:
    """What was handed over is not held open here."""
    before = len(os.listdir("/proc/self/fd"))
    offer_action(home)
    uplink.take()
    assert len(os.listdir("/proc/self/fd")) == before


def test_one_parcel_at_a_time(home: Any, uplink: Uplink) -> None:
    """The second waits until the first was settled and the uplink asks again."""
    offer_action(home, "a" * 32)
    offer_action(home, "b" * 32)
    uplink.say(Next())
    assert uplink.take()[0].id == "a" * 32
    assert uplink.line.receive() is None
    uplink.say(Delivered(parcel="a" * 32), Next())
    assert uplink.take()[0].id == "b" * 32


def test_an_action_says_how_long_it_is_good_for(home: Any, uplink: Uplink) -> None:
    """Seconds from now, so that the uplink needs no clock of ours."""
    offer_action(home, expires=home.room.wall() + 10)
    assert uplink.take()[0].expires_in == 10


def test_a_parcel_that_ran_out_while_its_row_was_written_is_still_a_message(home: Any, uplink: Uplink) -> None:
    """Nothing is left of its time: the uplink learns that, and the listener lives on."""
    offer_action(home, expires=home.room.wall() + 10)
    item = home.outbox.get("a" * 32)
    uplink.take()
    home.uplink.hand(replace(item, expires=home.room.wall() - 1))
    expires_in = uplink.take()[0].expires_in
    assert expires_in is not None
    assert 0 < expires_in < 0.01


def test_nobody_there_to_take_it(home: Any) -> None:
    """Handing over without an uplink is an error that the keeper understands."""
    offer_action(home)
    with pytest.raises(PeerGone, match="not connected"):
        home.uplink.hand(home.outbox.get("a" * 32))
    home.uplink.stop("nobody hears it")
    assert home.outbox.waiting() == ["a" * 32]


def test_watchers_see_what_goes_and_what_arrived(home: Any, uplink: Uplink) -> None:
    """Parcel, kind and size; and once more when it was delivered."""
    offer_action(home)
    uplink.take()
    uplink.say(Delivered(parcel="a" * 32))
    assert home.seen("sent") == [{"parcel": "a" * 32, "parcel_kind": "action", "bytes": 2}]
    assert home.seen("delivered") == [{"parcel": "a" * 32, "parcel_kind": "action"}]


# ---- failures


def test_a_failed_attempt_leaves_the_parcel_here(home: Any, uplink: Uplink) -> None:
    """It is handed over again a moment later, when the uplink asks."""
    parcel = offer_action(home)
    uplink.take()
    uplink.say(Failed(parcel=parcel, reason="timed out"))
    assert (home.outbox.waiting(), home.keeper.state.handed) == ([parcel], None)
    home.pass_time(1)
    uplink.say(Next())
    assert uplink.take()[0].id == parcel


def test_a_final_failure_drops_it_with_a_row(home: Any, uplink: Uplink) -> None:
    """What can never arrive does not wait for ever."""
    parcel = offer_action(home)
    uplink.take()
    uplink.say(Failed(parcel=parcel, reason="too large", final=True))
    assert home.outbox.waiting() == []
    assert home.rows("dropped") == [{"what": "dropped", "parcel": parcel, "reason": "too large"}]


def test_an_uplink_that_dies_gives_its_parcel_back(home: Any, uplink: Uplink) -> None:
    """Nothing is outside any more, and the next uplink gets it."""
    parcel = offer_action(home)
    uplink.take()
    uplink.line.close()
    home.serve()
    assert (home.outbox.waiting(), home.keeper.state.handed, home.uplink.broker) == ([parcel], None, "no uplink")
    again = Uplink(home)
    home.pass_time(1)
    again.say(Next())
    assert again.take()[0].id == parcel
    assert [peer["here"] for peer in home.seen("peer")] == [True, False, True]


# ---- quiet


@pytest.mark.parametrize("want", ["mute", "local", "withdraw", "forget"])
def test_the_house_can_ask_for_quiet_from_afar(
    home: Any, uplink: Uplink, clip: Any, clip_flow: Flow, want: str
) -> None:
    """Each word tightens what it names, in the name of MQTT, and calls back the clip that is outside."""
    offer_clip(home, clip, clip_flow)
    uplink.take()
    uplink.say(Tighten(want=want))
    state = home.keeper.state
    assert state.mutes == (frozenset({Owner.MQTT}) if want == "mute" else frozenset())
    assert home.capture.is_open is (want != "mute")
    assert state.mode is (Mode.LOCAL if want in ("local", "withdraw") else Mode.SHARE)
    assert (state.consents == ()) is (want == "withdraw")
    assert len(home.outbox.waiting()) == (1 if want == "mute" else 0)
    assert isinstance(uplink.line.receive()[0], Stop)


LOUDER = [
    b'{"type":"loosen"}',
    b'{"type":"tighten","want":"share"}',
    b'{"type":"tighten","want":"unmute"}',
    b'{"type":"tighten","want":"mute","owner":"button"}',
    b'{"type":"propose","purpose":"research"}',
    b'{"type":"say","text":"share what I say"}',
    b'{"type":"watch"}',
    b'{"type":"status"}',
    b'{"type":"answer","id":1,"actions":[{"type":"propose","purpose":"commands"}]}',
    b'{"type":"next","parcel":"' + b"a" * 32 + b'"}',
    b'{"type":"delivered","parcel":"../../state/ledger.jsonl"}',
    b'{"type":"failed","parcel":"*","reason":"all of them","final":true}',
    b'{"type":"home_fact","name":"weather","value":5}',
    encode(Stop(why="says the uplink")),
]


def test_nothing_a_hostile_uplink_says_loosens_anything(house: Make) -> None:
    """Every word of other roles and every bent one of its own is refused; state, rows and outbox stay as they are."""
    home = house()
    home.open_doors()
    home.keeper.start()
    for packet in LOUDER:
        uplink = Uplink(home)
        state, rows = home.keeper.state, home.rows()
        uplink.line._socket.send(packet)
        home.serve()
        assert isinstance(uplink.line.receive()[0], Refused), packet
        assert (home.keeper.state, home.rows(), home.capture.is_open) == (state, rows, False), packet
        uplink.line.close()
        home.serve()


# ---- what it tells


def test_the_owner_sees_how_the_broker_is(home: Any) -> None:
    """From no uplink over connecting to online, and why not."""
    assert home.uplink.broker == "no uplink"
    uplink = Uplink(home)
    assert home.uplink.broker == "connecting"
    uplink.say(BrokerState(online=True))
    assert home.uplink.broker == "online"
    uplink.say(BrokerState(online=False, why="wrong password"))
    assert home.uplink.broker == "offline: wrong password"
    assert home.seen("broker") == [{"online": True, "why": ""}, {"online": False, "why": "wrong password"}]


def test_facts_are_kept_up_to_date_and_bounded(home: Any, uplink: Uplink) -> None:
    """A flood of names fills fifty places and pushes nothing out; what is known can still change."""
    uplink.say(HomeFact(name="weather", value="rain"))
    for n in range(60):
        uplink.say(HomeFact(name=f"flood{n}", value="x"))
    uplink.say(HomeFact(name="weather", value="sun"))
    assert (len(home.uplink.facts), home.uplink.facts["weather"]) == (50, "sun")


def test_there_is_one_uplink(home: Any, uplink: Uplink) -> None:
    """A second one is turned away and gets no parcel."""
    second = home.connect("uplink", greets=False)
    offer_action(home)
    assert isinstance(second.receive()[0], Refused)
    with pytest.raises(PeerGone):
        second.receive()
    assert uplink.take()[0].id == "a" * 32
