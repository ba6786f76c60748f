"""The uplink's policy, event by event, without a network."""

from __future__ import annotations

import hashlib
import logging
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.messages import BrokerState, Delivered, Failed, HomeFact, Next, Parcel, Tighten, UplinkHello
from keepmum.uplink.courier import Courier
from keepmum.uplink.events import (
    Acked,
    Came,
    Down,
    Event,
    Handed,
    ListenerGone,
    ListenerHere,
    Listening,
    Rejected,
    Stopped,
    Ticked,
    Up,
)
from keepmum.uplink.house import House
from keepmum.uplink.orders import Connect, Leave, Listen, Order, Publish, Unlisten
from keepmum.uplink.state import State

ID, OTHER = "a" * 32, "b" * 32
RECEIPTS = f"keepmum/receipts/{ID}"
CLIP = bytes(150_000)


class Day:
    """A courier and the time of its day."""

    def __init__(self, *, configured: bool = True) -> None:
        self.now = 0.0
        self.courier = Courier("keepmum", House("house/weather"), lambda: 1.0, configured=configured)
        self.all: list[Order] = []

    def __call__(self, event: Event, after: float = 0.0) -> list[Order]:
        self.now += after
        orders = self.courier.step(event, self.now)
        self.all += orders
        return orders

    @property
    def state(self) -> State:
        return self.courier.state

    def ready(self, largest: int | None = None) -> Day:
        self(ListenerHere())
        self(Up(largest))
        return self

    def carrying(self, content: bytes = CLIP) -> Day:
        self.ready()
        self(clip(content))
        self(Listening(RECEIPTS, 1))
        return self

    def awaiting(self) -> Day:
        self.carrying(b"short")
        self(Acked(0))
        return self

    def back(self) -> list[Order]:
        """Wait out the back-off and be accepted again."""
        for _ in range(200):
            if Connect() in self(Ticked(), 1.0):
                return self(Up())
        raise AssertionError("it never connected again")


def clip(content: bytes = CLIP, parcel: str = ID, expires: float | None = None) -> Handed:
    sha256 = hashlib.sha256(content).hexdigest()
    told = Parcel(id=parcel, kind="clip", topic="x", size=len(content), sha256=sha256, expires_in=expires)
    return Handed(told, content)


def action(expires: float | None = 5.0) -> Handed:
    sha256 = hashlib.sha256(b"ON").hexdigest()
    told = Parcel(id=ID, kind="action", topic="home/lamp", size=2, sha256=sha256, expires_in=expires)
    return Handed(told, b"ON")


def published(orders: list[Order]) -> list[Publish]:
    return [order for order in orders if isinstance(order, Publish)]


def failed(orders: list[Order]) -> list[Failed]:
    return [order for order in orders if isinstance(order, Failed)]


# ---- asking


def test_it_says_hello_and_connects_when_the_listener_is_there() -> None:
    """Nothing is connected before the listener wants it."""
    day = Day()
    assert day(Ticked()) == []
    assert day(ListenerHere()) == [UplinkHello(), BrokerState(online=False, why="connecting"), Connect()]
    assert day.state is State.CONNECTING


def test_without_a_broker_it_idles_politely() -> None:
    """With no broker configured it says so once and never tries to connect."""
    day = Day(configured=False)
    assert day(ListenerHere()) == [UplinkHello(), BrokerState(online=False, why="no broker is configured")]
    assert [day(Ticked(), 1_000.0) for _ in range(3)] == [[], [], []]
    assert day.courier.wake_at() is None


def test_it_asks_for_one_parcel_when_the_broker_is_there_and_its_hands_are_empty() -> None:
    """One Next per empty pair of hands, however often something else happens."""
    day = Day()
    day(ListenerHere())
    assert Next() in day(Up())
    assert not any(Next() in day(Ticked(), 1.0) for _ in range(50))
    day(clip())
    assert not any(Next() in day(Ticked(), 0.1) for _ in range(50))


def test_a_second_parcel_goes_back() -> None:
    """Full hands refuse another parcel and keep the first."""
    day = Day().carrying()
    [answer] = failed(day(clip(parcel=OTHER)))
    assert (answer.parcel, answer.final) == (OTHER, False)
    assert day.courier.load is not None


# ---- carrying a clip


def test_receipts_are_listened_for_before_the_first_part() -> None:
    """No byte of a clip goes out before the broker has taken the subscription to its receipt."""
    day = Day().ready()
    assert day(clip()) == [Listen(RECEIPTS)]
    assert published(day(Ticked(), 1.0)) == []
    [first] = published(day(Listening(RECEIPTS, 1)))
    assert first.topic == f"keepmum/clips/{ID}"


def test_one_part_is_in_flight_at_a_time() -> None:
    """Each part waits for the PUBACK of the one before."""
    day = Day().carrying()
    assert published(day(Ticked(), 1.0)) == []
    assert len(published(day(Acked(0)))) == 1
    assert len(published(day(Acked(0)))) == 1
    assert published(day(Acked(0))) == []
    assert day.state is State.AWAITING
    assert len(published(day.all)) == 3


def test_a_puback_is_not_delivery() -> None:
    """When the broker has every part, nothing is called delivered; with the receipt it is."""
    day = Day().awaiting()
    assert not any(isinstance(order, Delivered) for order in day.all)
    assert day(Came(RECEIPTS, b"signed")) == [Delivered(parcel=ID, receipt="signed"), Unlisten(RECEIPTS), Next()]
    assert day.state is State.READY


def test_a_receipt_that_comes_early_ends_the_sending() -> None:
    """A collector that already has the clip answers the first part, and the rest is not sent."""
    day = Day().carrying()
    assert day(Came(RECEIPTS, b"signed")) == []
    assert day(Acked(0))[0] == Delivered(parcel=ID, receipt="signed")
    assert len(published(day.all)) == 1


@pytest.mark.parametrize(
    "came",
    [
        Came(RECEIPTS, b"signed", retained=True),
        Came(f"keepmum/receipts/{OTHER}", b"signed"),
        Came(RECEIPTS, b""),
        Came(RECEIPTS, b"x" * 4_001),
        Came(RECEIPTS, b"\xff"),
    ],
)
def test_what_is_no_receipt_delivers_nothing(came: Came) -> None:
    """Retained, foreign, empty, endless or unreadable: the courier goes on waiting."""
    day = Day().awaiting()
    assert day(came) == []
    assert day.state is State.AWAITING


def test_without_a_receipt_the_clip_goes_back_after_thirty_seconds() -> None:
    """An absent collector means Failed, not Delivered, and not for good."""
    day = Day().awaiting()
    assert day(Ticked(), 29.9) == []
    [answer] = failed(day(Ticked(), 0.2))
    assert answer == Failed(parcel=ID, reason="no receipt from the collector within 30 s", final=False)


def test_after_a_failure_it_rests_before_it_asks_again() -> None:
    """A clip that nobody takes is not offered as fast as the network can go; rests grow to thirty seconds."""
    day = Day().ready()
    rests = []
    for _ in range(7):
        day(clip())
        day(Listening(RECEIPTS, 1))
        start = day.now
        assert Next() not in day(Acked(16))
        while Next() not in day(Ticked(), 0.5):
            pass
        rests.append(day.now - start)
    assert rests == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_another_parcel_is_not_punished_for_the_last_one() -> None:
    """The rest begins anew with a parcel that has not failed yet."""
    day = Day().ready()
    for parcel in (ID, ID, ID, OTHER):
        day(clip(parcel=parcel))
        day(Listening(f"keepmum/receipts/{parcel}", 1))
        start = day.now
        day(Acked(131))
        while Next() not in day(Ticked(), 0.5):
            pass
    assert day.now - start == 1.0


def test_a_broker_that_hides_receipts_gets_no_clip() -> None:
    """If the subscription to the receipt is refused, no part is published."""
    day = Day().ready()
    day(clip())
    [answer] = failed(day(Listening(RECEIPTS, 135)))
    assert "receipts" in answer.reason
    assert not answer.final
    assert published(day.all) == []


def test_a_damaged_parcel_goes_back_unsent() -> None:
    """What did not come as announced is not sent."""
    day = Day().ready()
    [answer] = failed(day(Handed(clip().parcel, None)))
    assert answer.reason == "the parcel came damaged"
    assert published(day.all) == []


def test_a_rejected_receipt_does_not_make_a_tight_loop() -> None:
    """A forger's receipts cost a rest each: the clip is not carried as fast as he writes."""
    day = Day().awaiting()
    day(Came(RECEIPTS, b"forged"))
    [answer] = failed(day(clip(b"short")))
    assert answer.reason == "its receipt was not accepted"
    assert not any(Next() in day(Ticked(), 0.1) for _ in range(9))
    assert Next() in day(Ticked(), 0.2)
    day(clip(b"short"))
    assert day.state is State.CARRYING


def test_a_refusal_by_the_listener_costs_a_rest() -> None:
    """The next parcel is asked for later if the listener did not take what we said."""
    day = Day().awaiting()
    day(Rejected())
    orders = day(Came(RECEIPTS, b"forged"))
    assert Next() not in orders
    assert Next() in day(Ticked(), 1.0)


# ---- reason codes


@pytest.mark.parametrize(
    ("code", "for_clip", "for_action"),
    [(16, False, True), (131, False, False), (135, False, True), (149, True, True), (151, False, False)],
)
def test_reason_codes_as_tabled(code: int, for_clip: bool, for_action: bool) -> None:
    """Only 0 is progress; what cannot help again is final, and a command that nobody heard belongs to the past."""
    day = Day().carrying()
    [answer] = failed(day(Acked(code)))
    assert (answer.final, f"({code})" in answer.reason) == (for_clip, True)
    day = Day().ready()
    day(action())
    [answer] = failed(day(Acked(code)))
    assert (answer.final, f"({code})" in answer.reason) == (for_action, True)


@given(st.integers(1, 255))
def test_no_other_code_is_ever_delivery(code: int) -> None:
    """Whatever a broker answers, anything but 0 is a failure with a reason."""
    day = Day().ready()
    day(action())
    orders = day(Acked(code))
    assert len(failed(orders)) == 1
    assert not any(isinstance(order, Delivered) for order in orders)


# ---- actions


def test_an_action_goes_to_its_own_topic_and_is_delivered_by_its_puback() -> None:
    """A command is published once, unchanged, and expires at the broker when it does here."""
    day = Day().ready()
    assert day(action(5.9)) == [Publish("home/lamp", b"ON", 5)]
    assert day(Acked(0)) == [Delivered(parcel=ID), Next()]


def test_an_expired_action_is_not_sent() -> None:
    """A light that was asked for before an outage does not go on after it."""
    day = Day().ready()
    day(Down("gone", accepted=True))
    day(action(0.5))
    [answer] = failed(day(Ticked(), 0.6))
    assert answer == Failed(parcel=ID, reason="expired before it could be delivered", final=True)
    day.back()
    assert published(day.all) == []


def test_an_action_that_expires_while_the_subscription_is_awaited_is_not_sent() -> None:
    """Expiry is looked at last thing before each part."""
    day = Day().ready()
    day(clip(expires=3.0))
    [answer] = failed(day(Listening(RECEIPTS, 1), 3.0))
    assert answer.final
    assert published(day.all) == []


def test_a_clip_that_expires_half_way_is_not_finished() -> None:
    """The parts after the expiry stay here."""
    day = Day()
    day.ready()
    day(clip(expires=3.0))
    day(Listening(RECEIPTS, 1))
    [answer] = failed(day(Acked(0), 3.5))
    assert answer.final
    assert len(published(day.all)) == 1


# ---- stop


@pytest.mark.parametrize("where", ["ready", "carrying", "awaiting"])
def test_stop_drops_everything_at_once(where: str) -> None:
    """After Stop nothing more of the parcel is published, and the connection is cut, not closed politely."""
    day = getattr(Day(), where)()
    before = len(published(day.all))
    orders = day(Stopped())
    assert (Leave(abrupt=True) in orders) is (where != "ready")
    assert day.courier.load is None
    day(Acked(0))
    day(Came(RECEIPTS, b"signed"))
    day.back() if where != "ready" else None
    assert len(published(day.all)) == before
    assert not any(isinstance(order, Delivered) for order in day.all)


def test_after_stop_it_connects_again_and_asks() -> None:
    """Quiet does not end the uplink: it comes back with empty hands."""
    day = Day().carrying()
    day(Stopped())
    assert Next() in day.back()


def test_a_listener_that_goes_takes_its_parcel_with_it() -> None:
    """Without a listener nothing is sent, and nothing is kept."""
    day = Day().carrying()
    assert day(ListenerGone()) == [Leave(abrupt=True)]
    assert day.courier.load is None
    assert day.courier.wake_at() is None
    assert [day(Ticked(), 100.0), day(Acked(0))] == [[], []]


# ---- broken connections


def test_a_broken_connection_resumes_at_the_part_that_was_not_acknowledged() -> None:
    """Two parts are through: the third is sent again, the first two are not."""
    day = Day().carrying()
    day(Acked(0))
    day(Acked(0))
    third = published(day.all)[-1]
    day(Down("the broker hung up", accepted=True))
    day.back()
    assert published(day(Listening(RECEIPTS, 1))) == [third]


def test_a_connection_lost_while_the_receipt_is_awaited_asks_with_the_last_part() -> None:
    """The receipt may have been missed: the last part again makes the collector repeat it."""
    day = Day().awaiting()
    day(Down("the broker hung up", accepted=True))
    day.back()
    assert len(published(day(Listening(RECEIPTS, 1)))) == 1
    day(Acked(0))
    assert day(Came(RECEIPTS, b"signed"))[0] == Delivered(parcel=ID, receipt="signed")


def test_a_broker_with_another_limit_gets_all_parts_again() -> None:
    """Parts that were cut for another broker do not fit into one whole with new ones."""
    day = Day().carrying()
    day(Acked(0))
    day(Down("gone", accepted=True))
    while Connect() not in day(Ticked(), 1.0):
        pass
    day(Up(30_000))
    sent = [*published(day(Listening(RECEIPTS, 1)))]
    for _ in range(5):
        sent += published(day(Acked(0)))
    assert len(sent) == 6
    assert all(len(part.payload) < 30_000 for part in sent)


def test_a_broker_that_cuts_at_the_same_part_five_times_never_gets_it_again() -> None:
    """A poison parcel is recognised after five attempts and fails for good: it does not loop."""
    day = Day().carrying()
    answers: list[Failed] = []
    for _ in range(5):
        answers += failed(day(Down("the broker hung up", accepted=True)))
        if answers:
            break
        day.back()
        day(Listening(RECEIPTS, 1))
    assert [answer.final for answer in answers] == [True]
    assert len(published(day.all)) == 5


def test_a_broker_that_is_away_for_long_gives_the_parcel_back() -> None:
    """The uplink keeps nothing through a long outage, but the parcel is not lost: it failed, not for good."""
    day = Day().carrying()
    answers = failed(day(Down("refused: nothing answers")))
    while not answers:
        if Connect() in day(Ticked(), 1.0):
            answers = failed(day(Down("refused: nothing answers")))
    assert [answer.final for answer in answers] == [False]


def test_a_packet_too_large_is_final_even_if_the_broker_hangs_up_over_it() -> None:
    """A broker that says 149 and hangs up is believed the first time."""
    day = Day().carrying()
    [answer] = failed(day(Down("a packet was too large for the broker", accepted=True, code=149)))
    assert answer.final


def test_an_impossible_limit_fails_for_good() -> None:
    """A broker that takes one byte gets nothing, and the clip says why."""
    day = Day().ready(largest=1)
    [answer] = failed(day(clip()))
    assert answer.final
    assert answer.reason.startswith("the broker accepts at most 1 bytes")
    day = Day().ready(largest=1)
    [answer] = failed(day(action()))
    assert answer.final


def test_a_silent_broker_is_left_after_twenty_seconds() -> None:
    """No PUBACK: the connection is cut and tried again."""
    day = Day().carrying()
    assert day(Ticked(), 19.9) == []
    orders = day(Ticked(), 0.2)
    assert orders[0] == Leave(abrupt=True)
    assert BrokerState(online=False, why="no answer within 20 s") in orders


def test_the_listener_hears_of_each_change_once(caplog: pytest.LogCaptureFixture) -> None:
    """Twenty refusals in a row are one line in the log and one message."""
    day = Day()
    with caplog.at_level(logging.INFO, "keepmum.uplink"):
        day(ListenerHere())
        for _ in range(20):
            day(Down("not authorised"))
            while Connect() not in day(Ticked(), 1.0):
                pass
        day(Up())
    told = [order for order in day.all if isinstance(order, BrokerState)]
    assert [state.why for state in told] == ["connecting", "not authorised", "connected"]
    assert [record.getMessage() for record in caplog.records] == [
        "broker: connecting",
        "broker: not authorised",
        "broker: connected",
    ]


def test_a_new_listener_is_told_how_things_stand() -> None:
    """What the old listener knew, the new one hears again."""
    day = Day().ready()
    day(ListenerGone())
    assert BrokerState(online=False, why="connecting") in day(ListenerHere())


# ---- the house


def test_it_listens_to_the_house_on_every_connection() -> None:
    """Requests for quiet and the weather are subscribed to as soon as the broker is there."""
    day = Day()
    day(ListenerHere())
    assert {Listen("keepmum/tighten"), Listen("house/weather")} <= set(day(Up()))


def test_the_house_is_heard_while_a_clip_is_carried() -> None:
    """A request for quiet does not wait for the end of a parcel."""
    day = Day().carrying()
    assert day(Came("keepmum/tighten", b"mute")) == [Tighten(want="mute")]
    assert day(Came("house/weather", b"Rain", retained=True)) == [HomeFact(name="weather", value="Rain")]


# ---- whatever happens

EVENTS = st.sampled_from(
    [
        ListenerHere(),
        ListenerGone(),
        Stopped(),
        Rejected(),
        Up(),
        Up(1),
        Up(5_000),
        Down("gone", accepted=True),
        Down("refused"),
        Acked(0),
        Acked(16),
        Listening(RECEIPTS, 1),
        Listening(RECEIPTS, 135),
        Came(RECEIPTS, b"signed"),
        Came("keepmum/tighten", b"mute"),
        Ticked(),
    ]
)


class Witness:
    """Plays listener and broker at once and objects to every broken promise."""

    def __init__(self, seed: int) -> None:
        self.day, self.chance = Day(), random.Random(seed)
        self.flying, self.handed = 0, False

    def __call__(self, event: Event, after: float) -> None:
        if isinstance(event, Up) and self.day.state is not State.CONNECTING:
            return
        if isinstance(event, Acked) and not self.flying:
            return
        if isinstance(event, (Acked, Down)):
            self.flying = 0
        orders = self.day(event, after)
        if isinstance(event, (Stopped, ListenerGone)):
            assert self.day.courier.load is None
            self.handed = False
        for order in orders:
            self.judge(order)
        assert not self.flying or self.day.state is State.CARRYING

    def judge(self, order: Order) -> None:
        match order:
            case Publish():
                self.flying += 1
                assert self.handed
                assert self.flying == 1
            case Connect() | Leave():
                self.flying = 0
            case Delivered() | Failed():
                assert self.handed
                assert not isinstance(order, Delivered) or order.receipt
                self.handed = False
            case Next():
                assert not self.handed
                if self.chance.random() < 0.9:
                    self.handed = True
                    self(clip(), 0.0)


@given(st.lists(st.tuples(EVENTS, st.sampled_from([0.0, 0.4, 3.0, 31.0])), max_size=60), st.integers())
def test_whatever_happens(history: list[tuple[Event, float]], seed: int) -> None:
    """In no history are two parts in flight, a clip delivered without a receipt, one parcel answered twice, or does
    the courier ask to be woken at a moment that is over."""
    witness = Witness(seed)
    for event, after in history:
        witness(event, after)
        witness(Ticked(), 0.0)
        due = witness.day.courier.wake_at()
        assert due is None or due > witness.day.now
