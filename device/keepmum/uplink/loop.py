"""The uplink's one loop: the listener's line, the broker's socket and the clock, in that order of importance."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, PollSelector

from keepmum import wire
from keepmum.clock import Clock
from keepmum.errors import BadMessage, PeerError, PeerGone
from keepmum.messages import Message, Parcel, Refused, Stop, Vanish
from keepmum.uplink import orders
from keepmum.uplink.access import Access
from keepmum.uplink.alive import Signs
from keepmum.uplink.broker import Link
from keepmum.uplink.courier import Courier
from keepmum.uplink.events import (
    Apart,
    Event,
    Handed,
    ListenerGone,
    ListenerHere,
    Rejected,
    Stopped,
    Ticked,
    Vanished,
)
from keepmum.uplink.orders import Connect, Leave, Listen, Order, Publish, ToBroker, Unlisten
from keepmum.uplink.pace import Backoff

log = logging.getLogger(__name__)

_ALIVE = 5.0
"""Seconds after which a connection is looked after even if nothing happens on it."""
_KNOCK_FIRST, _KNOCK_LONGEST = 0.25, 5.0
"""Seconds between attempts to reach the listener."""


class Loop:
    """Carries out the courier's orders. `access` is None without a broker."""

    def __init__(
        self, run: Path, access: Access | None, courier: Courier, clock: Clock, random: Callable[[], float]
    ) -> None:
        self._run = run
        self._courier = courier
        self._clock = clock
        self._link = None if access is None else Link(access)
        self._aside = None if access is None else Link(access)
        """What a demand has for itself; between two of them there is no connection."""
        self._line: wire.Line | None = None
        self._knocks = Backoff(_KNOCK_FIRST, _KNOCK_LONGEST, random)
        self._heard = self._served = self._knock = clock.now()

    @property
    def signs(self) -> Signs:
        """When each part had its last turn, for whoever watches over the process."""
        return Signs(self._heard, self._served, self._line is not None)

    def turn(self, longest: float = 60.0) -> None:
        """Wait for something to happen, `longest` seconds at most, and do what it asks for."""
        self._reach_listener()
        self._wait(longest)
        # The listener first: a Stop must be seen before the next part goes out.
        self._hear_listener()
        self._hear_broker()
        self._tell(Ticked())

    def close(self) -> None:
        """Hang up on everybody, in the middle of a part if need be."""
        self._lose_listener()

    def _reach_listener(self) -> None:
        if self._line is not None or self._clock.now() < self._knock:
            return
        try:
            self._line = wire.connect(self._run, "uplink", 0.0)
        except PeerError as error:
            log.debug("%s", error.what)
            self._knock = self._clock.now() + self._knocks.next()
            return
        self._knocks.reset()
        self._tell(ListenerHere())

    def _wait(self, longest: float) -> None:
        due = self._courier.wake_at() if self._line is not None else self._knock
        seconds = longest if due is None else min(longest, due - self._clock.now())
        with PollSelector() as selector:
            if self._line is not None:
                selector.register(self._line, EVENT_READ)
            for link in (self._link, self._aside):
                if link is not None and link.fileno() >= 0:
                    seconds = min(seconds, _ALIVE)
                    selector.register(link, EVENT_READ | (EVENT_WRITE if link.wants_write() else 0))
            self._clock.wait(selector, max(0.0, seconds), pending=False)

    def _hear_listener(self) -> None:
        while self._line is not None:
            try:
                received = self._line.receive()
            except PeerGone:
                self._lose_listener()
                return
            except BadMessage as error:
                log.error("the listener: %s", error.what)
                self._lose_listener()
                return
            if received is None:
                break
            self._heed(*received)
        self._heard = self._clock.now()

    def _heed(self, message: Message, fd: int | None) -> None:
        match message:
            case Parcel() if fd is not None:
                self._tell(Handed(message, _content(message, fd)))
            case Stop():
                self._tell(Stopped())
            case Vanish():
                self._tell(Vanished())
            case Refused():
                log.warning("the listener refused: %s", message.why)
                self._tell(Rejected())

    def _hear_broker(self) -> None:
        self._served = self._clock.now()
        if self._link is None or self._aside is None:
            return
        self._link.turn()
        while (event := self._link.next_event()) is not None:
            self._tell(event)
        self._aside.turn()
        while (event := self._aside.next_event()) is not None:
            self._tell(Apart(event))

    def _tell(self, event: Event) -> None:
        for order in self._courier.step(event, self._clock.now()):
            self._obey(order)

    def _obey(self, order: Order) -> None:
        if isinstance(order, Message):
            self._say(order)
        elif self._link is None or self._aside is None:
            return
        elif isinstance(order, orders.Apart):
            _drive(self._aside, order.order)
        else:
            _drive(self._link, order)

    def _say(self, message: Message) -> None:
        if self._line is None:
            return
        try:
            self._line.send(message)
        except PeerGone:
            self._lose_listener()

    def _lose_listener(self) -> None:
        if self._line is None:
            return
        self._line.close()
        self._line = None
        self._knock = self._clock.now() + self._knocks.next()
        self._tell(ListenerGone())


def _drive(link: Link, order: ToBroker) -> None:
    match order:
        case Connect():
            link.connect(order.will)
        case Leave():
            link.leave(abrupt=order.abrupt)
        case Listen():
            link.listen(order.topic)
        case Unlisten():
            link.unlisten(order.topic)
        case Publish():
            link.publish(order.topic, order.payload, order.expires)


def _content(parcel: Parcel, untrusted_fd: int) -> bytes | None:
    try:
        return wire.unseal(untrusted_fd, parcel.size, parcel.sha256)
    except BadMessage as error:
        log.error("a parcel came damaged: %s", error.what)
        return None
