"""What the uplink does and when: one state, one parcel in hand, no network and no clock of its own.

    offline ── the wait is over ─► connecting ── accepted ─► ready ── handed ─► carrying ── last part ─► awaiting
       ▲                              │                       │ ▲                  │                        │
       └──── hung up, refused, told to stop ──────────────────┘ └─ given back ─────┴──── receipt, timeout ──┘

`Courier.step` turns what happened into orders. A part is published only when the one before is acknowledged, a clip
is delivered only by the collector's receipt, and a broken connection resumes at the part that was not acknowledged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum

from keepmum.errors import BrokerError
from keepmum.messages import BrokerState, Delivered, Failed, Next, Parcel, UplinkHello
from keepmum.uplink import events
from keepmum.uplink.events import Event
from keepmum.uplink.house import House
from keepmum.uplink.load import Load, Verdict, receipt_in, verdict
from keepmum.uplink.orders import Connect, Leave, Listen, Order, Publish, Unlisten
from keepmum.uplink.pace import Attempts, Backoff, Pace

log = logging.getLogger(__name__)

_LONGEST_REASON = 200
_REFUSED = 128
_EXPIRED = Verdict("expired before it could be delivered", True)


class State(StrEnum):
    """Where the courier stands."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    READY = "ready"
    CARRYING = "carrying"
    AWAITING = "awaiting"


class Courier:
    """The policy of the uplink. `random` gives numbers from 0 to 1; `configured` is false without a broker's name."""

    def __init__(
        self,
        prefix: str,
        house: House,
        random: Callable[[], float],
        pace: Pace | None = None,
        *,
        configured: bool = True,
        broker: str = "",
    ) -> None:
        self.state = State.OFFLINE
        self.load: Load | None = None
        self._prefix, self._house, self._configured, self._broker = prefix, house, configured, broker
        self._pace = pace or Pace()
        self._attempts = Attempts(self._pace, random)
        self._rests = Backoff(self._pace.first, self._pace.longest, random)
        self._listener = False
        self._asked = False
        self._told: BrokerState | None = None
        self._largest: int | None = None
        self._last = ""
        """The parcel that was last in hand, and whether we called it delivered."""
        self._called_delivered = False
        self._due = 0.0
        """When the present wait is over: to connect, for an answer, for the receipt."""
        self._rest = 0.0
        """Before this, no parcel is asked for."""
        self._orders: list[Order] = []

    def step(self, event: Event, now: float) -> list[Order]:
        """Take in what happened at `now` (seconds that only go forward) and say what to do."""
        self._take_in(event, now)
        # A parcel is asked for only with a broker at the other end and empty hands.
        if self.state is State.READY and self._listener and not self._asked and now >= self._rest:
            self._asked = True
            self._orders.append(Next())
        orders, self._orders = self._orders, []
        return orders

    def wake_at(self) -> float | None:
        """When a Ticked is needed even if nothing else happens."""
        if not self._listener:
            return None
        times = [self._house.wake_at()]
        if self.state is not State.READY and self._configured:
            times.append(self._due)
        if self.state is State.READY and not self._asked:
            times.append(self._rest)
        if self.load is not None and not self.load.in_flight:
            times.append(self.load.deadline)
        return min((time for time in times if time is not None), default=None)

    def _take_in(self, event: Event, now: float) -> None:
        match event:
            case events.ListenerHere():
                self._greet(now)
            case events.ListenerGone():
                self._let_go()
                self._listener = False
            case events.Stopped():
                self._stop(now)
            case events.Rejected():
                self._rest = now + self._rests.next()
            case events.Handed():
                self._take(event.parcel, event.content, now)
            case events.Up():
                self._up(event, now)
            case events.Down():
                self._down(event, now)
            case events.Listening():
                self._listening(event, now)
            case events.Acked():
                self._acked(event.code, now)
            case events.Came():
                self._came(event, now)
            case events.Ticked():
                self._tick(now)

    # ---- the listener

    def _greet(self, now: float) -> None:
        self._listener, self._told = True, None
        self._orders.append(UplinkHello(broker=self._broker))
        self._report(False, "connecting" if self._configured else "no broker is configured", logging.INFO)
        self._due = self._attempts.not_before(now)
        self._tick(now)

    def _stop(self, now: float) -> None:
        if self.load is not None:
            self._let_go()
            self._offline("a parcel was called back", self._attempts.not_before(now + self._pace.first))

    def _let_go(self) -> None:
        """Forget the parcel and the connection at once; what is half-way out is cut off."""
        if self.state is not State.OFFLINE:
            self._orders.append(Leave(abrupt=self.load is not None))
        self.load = None
        self.state, self._asked = State.OFFLINE, False

    def _take(self, parcel: Parcel, content: bytes | None, now: float) -> None:
        if self.load is not None:
            self._orders.append(Failed(parcel=parcel.id, reason="the uplink's hands are full"))
            return
        self._asked = False
        deadline = None if parcel.expires_in is None else now + parcel.expires_in
        self.load = Load(parcel, content or b"", deadline)
        if parcel.id != self._last:
            self._rests.reset()
        again = self._called_delivered and parcel.id == self._last
        self._last, self._called_delivered = parcel.id, False
        if content is None:
            self._fail(self.load, Verdict("the parcel came damaged", False), now)
        elif again:
            # A forged receipt must not make us carry the same clip as fast as the forger can write.
            self._fail(self.load, Verdict("its receipt was not accepted", False), now)
        elif self.state is State.READY:
            self._set_out(self.load, now)

    def _report(self, online: bool, why: str, level: int = logging.WARNING) -> None:
        """Tell the listener and the log once for each change, not for each attempt."""
        told = BrokerState(online=online, why=why[:_LONGEST_REASON])
        if told != self._told and self._listener:
            self._told = told
            self._orders.append(told)
            log.log(level, "broker: %s", why)

    # ---- the connection

    def _offline(self, why: str, due: float) -> None:
        self.state, self._asked, self._due = State.OFFLINE, False, due
        self._report(False, why)

    def _up(self, event: events.Up, now: float) -> None:
        self.state, self._largest = State.READY, event.largest
        self._attempts.accepted(now)
        self._report(True, "connected", logging.INFO)
        self._orders += [Listen(topic) for topic in self._house.topics]
        if self.load is not None:
            self._set_out(self.load, now)

    def _down(self, event: events.Down, now: float) -> None:
        self._offline(event.why, self._attempts.broken(now))
        load = self.load
        if load is None:
            return
        given_up = load.broken(event, self._pace.tries)
        if load.receipt is not None:
            self._delivered(load)
        elif given_up is not None:
            self._fail(load, given_up, now)

    def _tick(self, now: float) -> None:
        if not self._listener:
            return
        self._orders += self._house.due(now)
        load = self.load
        if load is not None and load.expired(now) and not load.in_flight:
            self._fail(load, _EXPIRED, now)
        elif self._configured and now >= self._due:
            self._too_late(load, now)

    def _too_late(self, load: Load | None, now: float) -> None:
        """The present wait is over."""
        if self.state is State.OFFLINE:
            self.state, self._due = State.CONNECTING, now + self._pace.answer
            self._attempts.tried(now)
            self._orders.append(Connect())
        elif self.state is State.AWAITING and load is not None:
            late = f"no receipt from the collector within {self._pace.receipt:g} s"
            self._fail(load, Verdict(late, False), now)
        elif self.state is not State.READY:
            self._orders.append(Leave(abrupt=True))
            self._down(events.Down(f"no answer within {self._pace.answer:g} s"), now)

    # ---- the parcel

    def _set_out(self, load: Load, now: float) -> None:
        try:
            load.divide(self._prefix, self._largest)
        except BrokerError as error:
            least = f"the broker accepts at most {self._largest} bytes: {error.what}"
            self._fail(load, Verdict(least, True), now)
            return
        self.state, self._due = State.CARRYING, now + self._pace.answer
        if load.is_clip:
            self._orders.append(Listen(load.receipts(self._prefix)))
        else:
            self._publish(load, now)

    def _publish(self, load: Load, now: float) -> None:
        if load.expired(now):
            self._fail(load, _EXPIRED, now)
            return
        load.in_flight, self._due = True, now + self._pace.answer
        self._orders.append(Publish(load.topic(self._prefix), load.parts[load.sent], load.keep_for(now)))

    def _listening(self, event: events.Listening, now: float) -> None:
        load = self.load
        ours = load is not None and self.state is State.CARRYING and event.topic == load.receipts(self._prefix)
        if event.code >= _REFUSED:
            log.warning("broker: it does not let us listen on %s (%d)", event.topic, event.code)
        if load is None or not ours or load.in_flight:
            return
        if event.code >= _REFUSED:
            self._fail(load, Verdict(f"the broker does not let us hear receipts ({event.code})", False), now)
        else:
            self._publish(load, now)

    def _acked(self, code: int, now: float) -> None:
        load = self.load
        if load is None or not load.in_flight:
            return
        load.in_flight = False
        if code == 0:
            load.got_through()
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
        self._called_delivered = True
        self._orders.append(Delivered(parcel=load.parcel.id, receipt=load.receipt or ""))
        self._empty(load)

    def _fail(self, load: Load, told: Verdict, now: float) -> None:
        if not told.final:
            self._rest = now + self._rests.next()
        self._orders.append(Failed(parcel=load.parcel.id, reason=told.reason[:_LONGEST_REASON], final=told.final))
        self._empty(load)

    def _empty(self, load: Load) -> None:
        if self.state in (State.CARRYING, State.AWAITING):
            self.state = State.READY
            if load.is_clip:
                self._orders.append(Unlisten(load.receipts(self._prefix)))
        self.load = None
