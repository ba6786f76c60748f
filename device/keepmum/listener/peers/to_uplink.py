"""The line to the uplink: parcels go out as sealed memfds, receipts come back and are checked here."""

from __future__ import annotations

import hashlib
import logging
import os

from keepmum.errors import OutboxError, PeerGone, SealError
from keepmum.listener.keeper import Keeper
from keepmum.listener.news import News
from keepmum.listener.peers.doors import Reception, Visitor
from keepmum.messages import (
    BrokerState,
    Delivered,
    Failed,
    HomeFact,
    Message,
    Next,
    Parcel,
    Refused,
    Stop,
    Tighten,
    UplinkHello,
)
from keepmum.outbox import Item, Outbox
from keepmum.privacy import Owner, events
from keepmum.seal import Card, check_receipt
from keepmum.wire import sealed

log = logging.getLogger(__name__)

_MOST_FACTS = 50


class ToUplink:
    """What the listener knows about the uplink, and how it deals with it."""

    def __init__(self, outbox: Outbox, card: Card | None, news: News, household_broker: str = "") -> None:
        self._outbox = outbox
        self._card = card
        self._news = news
        self._household_broker = household_broker
        self._visitor: Visitor | None = None
        self._trusted = False
        """Whether it has said that it speaks to the broker that people here agreed to."""
        self.keeper: Keeper | None = None
        self.broker = "no uplink"
        """What is known about the broker, for the owner."""
        self.facts: dict[str, str] = {}
        """What the household's hub told, by name."""

    def reception(self) -> Reception:
        """For the door."""
        return Reception(1, self._came, self._said, self._left)

    # ---- the keeper's side

    def hand(self, item: Item) -> None:
        """Give the uplink one parcel; raises PeerGone if it is not there."""
        if self._visitor is None or self.keeper is None:
            raise PeerGone("the uplink is not connected")
        # Writing the row took its time, so nothing may be left by now; the uplink then drops the parcel.
        left = None if item.expires is None else max(0.001, item.expires - self.keeper.moment()[1])
        parcel = Parcel(
            id=item.id,
            kind="clip" if item.kind == "clip" else "action",
            topic=item.topic,
            size=len(item.body),
            sha256=hashlib.sha256(item.body).hexdigest(),
            expires_in=left,
        )
        fd = sealed(item.body)
        try:
            self._visitor.line.send(parcel, fd)
        finally:
            os.close(fd)
        self._news.tell("sent", {"parcel": item.id, "parcel_kind": item.kind, "bytes": len(item.body)})

    def stop(self, why: str) -> None:
        """Tell the uplink to let go of what it holds."""
        if self._visitor is not None:
            self._visitor.send(Stop(why=why))

    # ---- the door's side

    def _came(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._trusted = False
        self.broker = "connecting"
        self._news.tell("peer", {"role": "uplink", "here": True})

    def _left(self, _visitor: Visitor) -> None:
        self._visitor = None
        self.broker = "no uplink"
        self._news.tell("peer", {"role": "uplink", "here": False})
        keeper = self._keeper()
        keeper.tell(events.UplinkGone(*keeper.moment()))

    def _said(self, visitor: Visitor, message: Message) -> None:
        keeper = self._keeper()
        match message:
            case UplinkHello(broker=broker):
                self._greeted(visitor, broker)
            case Next() if self._trusted:
                keeper.tell(events.UplinkReady(*keeper.moment()))
            case Delivered(parcel=parcel, receipt=receipt):
                self._delivered(keeper, parcel, receipt)
            case Failed(parcel=parcel, reason=reason, final=final):
                keeper.tell(events.Failed(*keeper.moment(), parcel, reason, final))
            case Tighten(want=want):
                keeper.tell(events.Quieter(*keeper.moment(), want, Owner.MQTT))
            case HomeFact(name=name, value=value):
                if name in self.facts or len(self.facts) < _MOST_FACTS:
                    self.facts[name] = value
            case BrokerState(online=online, why=why):
                self.broker = "online" if online else f"offline: {why}"
                self._news.tell("broker", {"online": online, "why": why})
            case _:
                pass

    def _greeted(self, visitor: Visitor, broker: str) -> None:
        """An uplink that read other settings than we did would carry a parcel to somebody whom no consent names."""
        self._trusted = broker == self._household_broker
        if not self._trusted:
            log.error("the uplink has another broker than the listener; it gets nothing")
            visitor.send(Refused(why="your broker is not the listener's", hint="restart the listener and the uplink"))

    def _delivered(self, keeper: Keeper, parcel: str, untrusted_receipt: str) -> None:
        """A clip counts as delivered only if the collector says so itself."""
        try:
            item = self._outbox.get(parcel)
            if item is None:
                return
            if item.kind == "clip":
                self._check(item, untrusted_receipt)
        except (SealError, OutboxError) as error:
            log.warning("a receipt was refused: %s", error)
            keeper.tell(events.Failed(*keeper.moment(), parcel, "its receipt is not the collector's", False))
            return
        keeper.tell(events.Delivered(*keeper.moment(), parcel))
        self._news.tell("delivered", {"parcel": parcel, "parcel_kind": item.kind})

    def _check(self, item: Item, untrusted_receipt: str) -> None:
        if self._card is None:
            raise SealError("there is no recipient who could have signed", "set recipient.card")
        check_receipt(self._card, untrusted_receipt, item.id, hashlib.sha256(item.body).hexdigest())

    def _keeper(self) -> Keeper:
        assert self.keeper is not None, "the door is opened after the keeper is there"
        return self.keeper
