"""What the uplink does and when: one state (`state.py`), one parcel in hand, no network and no clock of its own.

`Courier.step` turns what happened into orders. A part is published only when the one before is acknowledged, a clip
is delivered only by the collector's receipt, and a broken connection resumes at the part that was not acknowledged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from keepmum.errors import BrokerError
from keepmum.messages import Delivered, Failed, Next, UplinkHello
from keepmum.uplink import chunks, events
from keepmum.uplink.aside import Aside
from keepmum.uplink.events import Event
from keepmum.uplink.hands import Hands
from keepmum.uplink.house import House
from keepmum.uplink.load import EXPIRED, Load, Verdict, receipt_in, verdict
from keepmum.uplink.orders import Connect, Leave, Listen, Order, Publish, Unlisten
from keepmum.uplink.pace import Attempts, Pace
from keepmum.uplink.standing import Standing
from keepmum.uplink.state import State
from keepmum.uplink.will import Will

log = logging.getLogger(__name__)


class Courier:
    """The policy of the uplink. `random` gives numbers from 0 to 1; `configured` is false without a broker's name, and
    `will` is the topic on which the broker says that the speaker is gone."""

    def __init__(
        self,
        prefix: str,
        house: House,
        random: Callable[[], float],
        pace: Pace | None = None,
        *,
        configured: bool = True,
        broker: str = "",
        will: str | None = None,
    ) -> None:
        self.state = State.OFFLINE
        self.load: Load | None = None
        self._prefix, self._house, self._configured, self._broker = prefix, house, configured, broker
        self._pace = pace or Pace()
        self._attempts = Attempts(self._pace, random)
        self.aside = Aside(prefix, self._pace, self._attempts)
        self._hands, self._standing, self._will = Hands(self._pace, random), Standing(), Will(will)
        self._listener = False
        self._largest: int | None = None
        self._due = 0.0
        """When the present wait is over: to connect, for an answer, for the receipt."""
        self._orders: list[Order] = []

    def step(self, event: Event, now: float) -> list[Order]:
        """Take in what happened at `now` (seconds that only go forward) and say what to do."""
        _REACTIONS[type(event)](self, event, now)
        # A parcel is asked for only with a broker at the other end and empty hands.
        if self.state is State.READY and self._empty_handed and now >= self._hands.rest:
            self._hands.asked = True
            self._orders.append(Next())
        told, self._orders = self._orders, []
        return told

    @property
    def _empty_handed(self) -> bool:
        return self._listener and not self._hands.asked and self.load is None and self.aside.demand is None

    def wake_at(self) -> float | None:
        """When a Ticked is needed even if nothing else happens."""
        if not self._listener:
            return None
        times = [self._house.wake_at(), self.aside.due]
        if self.state is State.READY:
            times.append(self._hands.rest if self._empty_handed else None)
        elif self._configured:
            times.append(self._due)
        if self.load is not None and not self.load.in_flight:
            times.append(self.load.deadline)
        return min((time for time in times if time is not None), default=None)

    # ---- the listener

    def _greet(self, _event: events.ListenerHere, now: float) -> None:
        self._listener = True
        self._standing.forget()
        why = "connecting" if self._configured else "no broker is configured"
        self._orders += [UplinkHello(broker=self._broker), *self._standing.told(False, why, logging.INFO)]
        self._due = self._attempts.not_before(now)
        self._tick(now)

    def _left_alone(self, _event: events.ListenerGone, _now: float) -> None:
        self._let_go()
        self._listener = False
        self._will.withdrawn()

    def _stop(self, _event: events.Stopped, now: float) -> None:
        self._orders += self.aside.drop()
        if self.load is not None:
            self._let_go()
            self._offline("a parcel was called back", self._attempts.not_before(now + self._pace.first))

    def _let_go(self) -> None:
        """Forget the parcel and the connection at once; what is half-way out is cut off."""
        self._orders += self.aside.drop()
        if self.state is not State.OFFLINE:
            self._orders.append(Leave(abrupt=self.load is not None))
        self.load, self.state, self._hands.asked = None, State.OFFLINE, False

    def _take(self, event: events.Handed, now: float) -> None:
        parcel, content = event.parcel, event.content
        if self.load is not None or self.aside.demand is not None:
            self._orders.append(Failed(parcel=parcel.id, reason="the uplink's hands are full"))
            return
        again = self._hands.took(parcel)
        if content is None:
            self._tell([Verdict("the parcel came damaged", False).about(parcel)], now)
        elif again:
            # A forged receipt must not make us carry the same clip as fast as the forger can write.
            self._tell([Verdict("its receipt was not accepted", False).about(parcel)], now)
        elif parcel.kind == "deletion":
            self._tell(self.aside.set_out(parcel, content, now), now)
        else:
            self.load = Load(parcel, content, parcel.expires_in and now + parcel.expires_in)
            if self._will.agreed(parcel):
                self._reconnect(now)
            elif self.state is State.READY:
                self._set_out(self.load, now)

    # ---- the connection

    def _offline(self, why: str, due: float) -> None:
        self.state, self._hands.asked, self._due = State.OFFLINE, False, due
        self._orders += self._standing.told(False, why)

    def _reconnect(self, now: float) -> None:
        """With another will: it is made when a connection is."""
        if self.state is not State.OFFLINE:
            self._orders.append(Leave(abrupt=self.load is not None and self.load.in_flight))
            if self.load is not None:
                self.load.in_flight = False
            self.state, self._hands.asked, self._due = State.OFFLINE, False, self._attempts.not_before(now)
            self._tick(now)

    def _vanish(self, _event: events.Vanished, now: float) -> None:
        """The connection that ends has a last word for the broker to say; the next one has none."""
        if self._will.withdrawn():
            self._reconnect(now)

    def _up(self, event: events.Up, now: float) -> None:
        self.state, self._largest = State.READY, event.largest
        self._attempts.accepted(now)
        fit = [topic for topic in self._house.topics if chunks.fits(topic, event.largest)]
        deaf = len(fit) < len(self._house.topics)
        why = (
            f"connected, but it takes only {event.largest} bytes: it hears no request for quiet"
            if deaf
            else "connected"
        )
        self._orders += self._standing.told(True, why, logging.WARNING if deaf else logging.INFO)
        self._orders += [Listen(topic) for topic in fit]
        if self.load is not None:
            self._set_out(self.load, now)

    def _down(self, event: events.Down, now: float) -> None:
        self._offline(event.why, self._attempts.broken(now))
        if event.code is not None and not event.accepted:
            self._will.refused()
        if (load := self.load) is None:
            return
        given_up = load.broken(event, self._pace.tries)
        if load.receipt is not None:
            self._delivered(load)
        elif given_up is not None:
            self._fail(load, given_up, now)

    def _tick(self, now: float) -> None:
        self._tell(self.aside.step(events.Ticked(), now), now)
        if not self._listener:
            return
        self._orders += self._house.due(now)
        if self.load is not None and self.load.expired(now) and not self.load.in_flight:
            self._fail(self.load, EXPIRED, now)
        elif self._configured and now >= self._due:
            self._too_late(now)

    def _too_late(self, now: float) -> None:
        """The present wait is over."""
        if self.state is State.OFFLINE and (later := self._attempts.not_before(now)) > now:
            self._due = later  # a demand has used up the minute meanwhile
        elif self.state is State.OFFLINE:
            self.state, self._due = State.CONNECTING, now + self._pace.answer
            self._attempts.tried(now)
            self._orders.append(Connect(self._will.topic))
        elif self.state is State.AWAITING and self.load is not None:
            self._fail(self.load, Verdict(f"no receipt from the collector within {self._pace.receipt:g} s", False), now)
        elif self.state is not State.READY:
            self._orders.append(Leave(abrupt=True))
            self._down(events.Down(f"no answer within {self._pace.answer:g} s"), now)

    # ---- the parcel

    def _set_out(self, load: Load, now: float) -> None:
        try:
            load.divide(self._prefix, self._largest)
        except BrokerError as error:
            self._fail(load, Verdict(f"the broker accepts at most {self._largest} bytes: {error.what}", True), now)
            return
        self.state, self._due = State.CARRYING, now + self._pace.answer
        if load.is_clip:
            self._orders.append(Listen(load.receipts(self._prefix)))
        else:
            self._publish(load, now)

    def _publish(self, load: Load, now: float) -> None:
        if load.expired(now):
            self._fail(load, EXPIRED, now)
            return
        load.in_flight, self._due = True, now + self._pace.answer
        self._orders.append(Publish(load.topic(self._prefix), load.parts[load.sent], load.keep_for(now)))

    def _listening(self, event: events.Listening, now: float) -> None:
        load = self.load
        if event.refused:
            log.warning("broker: it does not let us listen on %s (%d)", event.topic, event.code)
        if load is None or load.in_flight or self.state is not State.CARRYING:
            return
        if event.topic == load.receipts(self._prefix) and event.refused:
            self._fail(load, Verdict(f"the broker does not let us hear receipts ({event.code})", False), now)
        elif event.topic == load.receipts(self._prefix):
            self._publish(load, now)

    def _acked(self, event: events.Acked, now: float) -> None:
        load, code = self.load, event.code
        if load is None or not load.in_flight:
            return
        load.in_flight = False
        if code == 0 and load.got_through():
            self._attempts.got_through()
        if load.receipt is not None or (code == 0 and load.all_sent and not load.is_clip):
            self._delivered(load)
        elif code != 0:
            self._fail(load, verdict(load, code), now)
        elif load.all_sent:
            self.state, self._due = State.AWAITING, now + self._pace.receipt
        else:
            self._publish(load, now)

    def _came(self, event: events.Came, now: float) -> None:
        load = self.load
        if load is None or not load.is_clip or event.topic != load.receipts(self._prefix):
            self._orders += self._house.heard(event, now)
        elif (receipt := receipt_in(event)) is not None:
            load.receipt = receipt
            # A collector that has it already answers the first part: the one in flight is waited for, no more.
            if not load.in_flight:
                self._delivered(load)

    def _delivered(self, load: Load) -> None:
        """Hand over the receipt unread: only the listener can tell whether it is genuine."""
        self._hands.delivered()
        self._orders.append(Delivered(parcel=load.parcel.id, receipt=load.receipt or ""))
        self._empty(load)

    def _fail(self, load: Load, told: Verdict, now: float) -> None:
        self._tell([told.about(load.parcel)], now)
        self._empty(load)

    def _tell(self, todo: list[Order], now: float) -> None:
        """What ends an attempt; after one that failed comes a rest."""
        if any(isinstance(order, Failed) and not order.final for order in todo):
            self._hands.failed(now)
        self._orders += todo

    def _empty(self, load: Load) -> None:
        if self.state in (State.CARRYING, State.AWAITING):
            self.state = State.READY
            if load.is_clip:
                self._orders.append(Unlisten(load.receipts(self._prefix)))
        self.load = None


_REACTIONS: Mapping[type[Event], Callable[[Courier, Any, float], None]] = {
    events.ListenerHere: Courier._greet,
    events.ListenerGone: Courier._left_alone,
    events.Stopped: Courier._stop,
    events.Vanished: Courier._vanish,
    events.Rejected: lambda courier, _event, now: courier._hands.failed(now),
    events.Handed: Courier._take,
    events.Up: Courier._up,
    events.Down: Courier._down,
    events.Listening: Courier._listening,
    events.Acked: Courier._acked,
    events.Came: Courier._came,
    events.Apart: lambda courier, event, now: courier._tell(courier.aside.step(event.event, now), now),
    events.Ticked: lambda courier, _event, now: courier._tick(now),
}
