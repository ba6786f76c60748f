"""The demand that a clip be destroyed: over a connection of its own, and confirmed by nobody but the recipient."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest

from keepmum.messages import BrokerState, Deleted, Failed, Parcel, Tighten
from keepmum.uplink.demand import Demand
from keepmum.uplink.events import Acked, Came, Down, Listening, Ticked, Up
from keepmum.uplink.orders import Connect, Leave, Listen, Publish
from keepmum.uplink.pace import Pace

SECRET = bytes(range(32))
HASH = hashlib.sha256(SECRET).hexdigest()
ID = "a" * 32
ANSWERS = f"keepmum/deleted/{HASH}"


def demand(secret: bytes = SECRET, topic: str = HASH, expires: float | None = None) -> Demand:
    sha256 = hashlib.sha256(secret).hexdigest()
    told = Parcel(id=ID, kind="deletion", topic=topic, size=len(secret), sha256=sha256, expires_in=expires)
    return Demand(told, secret, "keepmum", Pace())


# ---- step by step


def test_a_demand_listens_before_it_asks_and_leaves_with_the_answer() -> None:
    """Connect, subscribe to the one answer, publish the secret, wait, hand the answer over unread, hang up."""
    one = demand()
    assert one.begin(0.0) == [Connect()]
    assert one.step(Up(), 0.1) == [Listen(ANSWERS)]
    assert one.step(Listening(ANSWERS, 1), 0.2) == [Publish(f"keepmum/deletions/{HASH}", SECRET, 3_600)]
    assert one.step(Acked(0), 0.3) == []
    assert one.told is None
    assert one.step(Came(ANSWERS, b"signed"), 0.4) == [Leave()]
    assert one.told == Deleted(parcel=ID, receipt="signed")


@pytest.mark.parametrize(
    ("secret", "topic"),
    [
        (SECRET, "0" * 64),
        (SECRET[:31], hashlib.sha256(SECRET[:31]).hexdigest()),
        (b"", hashlib.sha256(b"").hexdigest()),
        (SECRET, "keepmum/tighten"),
        (SECRET, f"../{HASH}"),
    ],
)
def test_bytes_that_are_no_secret_of_that_hash_never_leave(secret: bytes, topic: str) -> None:
    """A demand goes to the topic of its own hash, or nowhere: not even a connection is made."""
    one = demand(secret, topic)
    assert one.begin(0.0) == [Leave()]
    assert one.told == Failed(parcel=ID, reason="these bytes are no demand", final=True)


@pytest.mark.parametrize(
    ("stage", "seconds", "why"),
    [(0, 20.0, "no answer"), (1, 20.0, "no answer"), (2, 20.0, "no answer"), (3, 30.0, "nobody confirmed the del")],
)
def test_every_wait_has_an_end_and_another_attempt_may_help(stage: int, seconds: float, why: str) -> None:
    """A broker that falls silent at any moment, and a recipient that says nothing: Failed, not for good."""
    one = demand()
    one.begin(0.0)
    for event in (Up(), Listening(ANSWERS, 1), Acked(0))[:stage]:
        one.step(event, 0.0)
    assert one.due == seconds
    assert one.step(Ticked(), seconds - 0.1) == []
    assert one.step(Ticked(), seconds) == [Leave()]
    assert isinstance(one.told, Failed)
    assert (one.told.reason.startswith(why), one.told.final) == (True, False)


@pytest.mark.parametrize(("code", "why"), [(16, "nobody listens there (16)"), (135, "not authorised (135)")])
def test_a_refused_demand_is_tried_again_later(code: int, why: str) -> None:
    """Whatever the broker answers, the demand stands: only the recipient can end it."""
    one = demand()
    one.begin(0.0)
    one.step(Up(), 0.0)
    one.step(Listening(ANSWERS, 1), 0.0)
    one.step(Acked(code), 0.0)
    assert one.told == Failed(parcel=ID, reason=why, final=False)


def test_without_an_ear_for_the_answer_nothing_is_demanded() -> None:
    """A broker that refuses the subscription gets no secret."""
    one = demand()
    one.begin(0.0)
    one.step(Up(), 0.0)
    assert one.step(Listening(ANSWERS, 135), 0.0) == [Leave()]
    assert one.told == Failed(parcel=ID, reason="the broker does not let us hear answers (135)", final=False)


@pytest.mark.parametrize("largest", [1, 60, 120])
def test_a_broker_that_takes_no_secret_is_told_apart(largest: int) -> None:
    """Where it can never fit, nothing is tried."""
    one = demand()
    one.begin(0.0)
    assert one.step(Up(largest), 0.0) == [Leave()]
    assert one.told == Failed(parcel=ID, reason=f"the broker accepts at most {largest} bytes", final=True)


@pytest.mark.parametrize(
    "came",
    [
        Came(ANSWERS, b"signed", retained=True),
        Came(f"keepmum/deleted/{'0' * 64}", b"signed"),
        Came(f"keepmum/receipts/{ID}", b"signed"),
        Came("keepmum/tighten", b"mute"),
        Came(ANSWERS, b""),
        Came(ANSWERS, b"x" * 4_001),
        Came(ANSWERS, b"\xff"),
    ],
)
def test_what_is_no_answer_changes_nothing(came: Came) -> None:
    """Retained, foreign, empty, endless or unreadable: it goes on waiting."""
    one = demand()
    one.begin(0.0)
    for event in (Up(), Listening(ANSWERS, 1), Acked(0)):
        one.step(event, 0.0)
    assert one.step(came, 0.0) == []
    assert one.told is None


def test_a_demand_that_is_too_late_is_not_sent() -> None:
    """Expiry is looked at last thing before the secret leaves."""
    one = demand(expires=2.0)
    one.begin(0.0)
    one.step(Up(), 0.0)
    assert one.step(Listening(ANSWERS, 1), 2.0) == [Leave()]
    assert one.told == Failed(parcel=ID, reason="expired before it could be delivered", final=True)


def test_a_connection_that_breaks_ends_the_attempt() -> None:
    """The one line that says why reaches the listener; when it is tried again is the listener's affair."""
    one = demand()
    one.begin(0.0)
    one.step(Down("refused: nothing answers"), 0.0)
    assert one.told == Failed(parcel=ID, reason="refused: nothing answers", final=False)


# ---- the whole uplink


def test_a_demand_has_a_connection_and_a_name_of_its_own(scene: Any, keys: Any) -> None:
    """The clip's connection stays, hears requests for quiet, and knows nothing of the demand; the demand's knows
    nothing of the house, and is gone with the answer."""
    clip = scene.household.put_clip(0.5)
    scene.until(lambda: len(scene.broker.heard) == 1)
    scene.receipt(keys, clip, scene.household.outbox[0].body)
    scene.until(lambda: scene.household.delivered == [clip])
    name = scene.household.demand(clip)
    scene.until(lambda: len(scene.demands()) == 1)
    first, second = scene.broker.hellos
    [told] = scene.demands()
    assert (told.who, scene.broker.heard[0].who) == (second.client_id, first.client_id)
    assert first.client_id != second.client_id
    assert re.fullmatch(r"[0-9a-f]{22}", second.client_id)
    assert (told.payload, told.qos, told.retain, told.expires) == (scene.household.secrets[clip], 1, False, 3_600)
    assert told.topic == f"keepmum/deletions/{hashlib.sha256(told.payload).hexdigest()}"
    assert scene.broker.visits[1].topics == [told.topic.replace("deletions", "deleted")]
    scene.broker.say("keepmum/tighten", b"mute")
    scene.until(lambda: scene.household.of(Tighten) == [Tighten(want="mute")])
    scene.answer(keys, told.topic.rpartition("/")[2])
    scene.until(lambda: scene.household.deleted == [name])
    scene.until(lambda: scene.broker.open == 1)
    assert scene.broker.visits[1].goodbye == 0
    assert [state.online for state in scene.household.of(BrokerState)] == [False, True]


def test_each_demand_has_another_name(scene: Any, keys: Any) -> None:
    """Twelve demands within a minute, each answered: twelve names, and none of them is used twice."""
    names = [scene.household.demand() for _ in range(12)]
    for count in range(1, 13):
        scene.until(lambda count=count: len(scene.demands()) == count, step=0.01)
        scene.answer(keys, scene.demands()[-1].topic.rpartition("/")[2])
        scene.until(lambda count=count: len(scene.household.deleted) == count)
    assert scene.household.deleted == names
    assert len({hello.client_id for hello in scene.broker.hellos}) == 13


def test_demands_that_nobody_answers_make_six_connections_a_minute(scene: Any) -> None:
    """An absent recipient is not knocked up: the rest of the demands go back with a reason, and are tried later."""
    scene.ready()
    scene.broker.script.acks.extend([16] * 100)
    for _ in range(30):
        scene.household.demand()
    start = scene.clock.time
    scene.until(lambda: scene.clock.time > start + 55.0, step=0.2)
    assert len(scene.demands()) <= 5
    assert {answer.final for answer in scene.answers()} == {False}
    assert "too many connections within a minute" in {answer.reason for answer in scene.answers()}


def test_a_forged_answer_passes_through_and_is_rejected(scene: Any, keys: Any) -> None:
    """The uplink cannot tell a forgery; the listener does, the demand goes out again, and a genuine answer ends it."""
    name = scene.household.demand()
    scene.until(lambda: len(scene.demands()) == 1)
    scene.broker.say(scene.broker.visits[1].topics[0], b'{"signature":"bm8="}')
    scene.until(lambda: scene.household.forged == 1)
    assert scene.household.deleted == []
    scene.until(lambda: len(scene.demands()) == 2, step=0.1)
    scene.answer(keys, scene.demands()[-1].topic.rpartition("/")[2])
    scene.until(lambda: scene.household.deleted == [name])
    assert len({heard.who for heard in scene.demands()}) == 2


def test_stop_cuts_a_demand_off_and_leaves_the_house_its_ear(scene: Any) -> None:
    """After Stop the demand's connection is reset; the one that hears requests for quiet stays."""
    scene.broker.script.hold_acks = True
    scene.household.demand()
    scene.until(lambda: len(scene.demands()) == 1)
    scene.household.stop()
    scene.until(lambda: scene.broker.resets == 1)
    scene.settle(5.0)
    assert scene.broker.open == 1
    assert (scene.answers(), len(scene.demands())) == ([], 1)


def test_a_listener_that_hangs_up_ends_both_connections(scene: Any) -> None:
    """Without its listener the uplink demands nothing and hears nothing."""
    scene.broker.script.hold_acks = True
    scene.household.demand()
    scene.until(lambda: len(scene.demands()) == 1)
    scene.household.line.close()
    scene.household.line = None
    scene.loop.turn()
    scene.until(lambda: scene.broker.open == 0)
    assert len(scene.demands()) == 1


def test_a_second_parcel_beside_a_demand_goes_back(scene: Any) -> None:
    """Hands that hold a demand are full."""
    scene.broker.script.hold_acks = True
    scene.household.demand()
    scene.until(lambda: len(scene.demands()) == 1)
    lamp = scene.household.put(b"ON", "action", "home/lamp", 60.0)
    scene.household.outbox.reverse()
    scene.household._wanted = True
    scene.until(lambda: bool(scene.answers()))
    assert scene.answers() == [Failed(parcel=lamp, reason="the uplink's hands are full", final=False)]
