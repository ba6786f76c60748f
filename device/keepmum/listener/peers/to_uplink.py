"""The line to the uplink: parcels go out as sealed memfds; what recipients sign comes back and is checked here."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from typing import Literal

from keepmum.errors import OutboxError, PeerGone, SealError
from keepmum.listener.keeper import Keeper
from keepmum.listener.news import News
from keepmum.listener.peers.doors import Reception, Visitor
from keepmum.messages import (
    BrokerState,
    Deleted,
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
    Vanish,
)
from keepmum.outbox import Item, Outbox
from keepmum.privacy import Owner, events
from keepmum.seal import Card, check_deleted, check_stored
from keepmum.wire import sealed

log = logging.getLogger(__name__)

_MOST_FACTS = 50
_KINDS: dict[str, Literal["clip", "action", "status", "deletion"]] = {
    "clip": "clip",
    "action": "action",
    "status": "status",
    "deletion": "deletion",
}
"""An outbox tells its kinds as text; the line has words of its own."""


class ToUplink:
    """What the listener knows about the uplink, and how it deals with it."""

    def __init__(
        self,
        outbox: Outbox,
        card: Card | None,
        news: News,
        household_broker: str = "",
        *,
        secret: Callable[[str], bytes],
    ) -> None:
        """`secret` gives what can recall a parcel, 32 bytes: the recipient's word about it names its hash."""
        self._secret = secret
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
        self.told: Callable[[str, str], None] = lambda _name, _value: None
        """Hears of each of them as it comes."""

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
            kind=_KINDS[item.kind],
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

    def vanish(self) -> None:
        """Let the broker say that we are gone."""
        if self._visitor is not None:
            self._visitor.send(Vanish())

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
            case Deleted(parcel=parcel, receipt=receipt):
                self._deleted(keeper, parcel, receipt)
            case Failed(parcel=parcel, reason=reason, final=final):
                keeper.tell(events.Failed(*keeper.moment(), parcel, reason, final))
            case Tighten(want=want):
                keeper.tell(events.Quieter(*keeper.moment(), want, Owner.MQTT))
            case HomeFact(name=name, value=value):
                if name in self.facts or len(self.facts) < _MOST_FACTS:
                    self.facts[name] = value
                    self.told(name, value)
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
            self._disputed(keeper, parcel, "stored", "its receipt is not the recipient's", error)
            return
        keeper.tell(events.Delivered(*keeper.moment(), parcel))
        self._news.tell("delivered", {"parcel": parcel, "parcel_kind": item.kind})

    def _check(self, item: Item, untrusted_receipt: str) -> None:
        check_stored(self._signer(), untrusted_receipt, item.id, hashlib.sha256(item.body).hexdigest())

    def _deleted(self, keeper: Keeper, parcel: str, untrusted_receipt: str) -> None:
        """Destroyed is what the recipient itself signs, and it cannot say that it never had what it signed for."""
        if not any(each.id == parcel and each.demanded is not None for each in keeper.state.outside):
            return
        try:
            deletion = hashlib.sha256(self._secret(parcel)).hexdigest()
            destroyed = check_deleted(self._signer(), untrusted_receipt, deletion)
            if not destroyed.held and parcel in keeper.delivered:
                raise SealError(f"the recipient signed for {parcel}, and now says that it never had it")
        except SealError as error:
            self._disputed(keeper, parcel, "deleted", "its word about a deletion is not believed", error)
            return
        keeper.tell(events.Deleted(*keeper.moment(), parcel, destroyed.plays))
        self._news.tell("deleted", {"parcel": parcel, "held": destroyed.held, "plays": destroyed.plays})

    def _disputed(self, keeper: Keeper, parcel: str, about: str, reason: str, error: Exception) -> None:
        log.warning("somebody's word was refused: %s", error)
        if keeper.state.handed == parcel:
            # An uplink that goes on about it after that is told nothing, and does not fill the ledger.
            keeper.record("disputed", {"parcel": parcel, "about": about, "reason": reason})
        keeper.tell(events.Failed(*keeper.moment(), parcel, reason, False))

    def _signer(self) -> Card:
        if self._card is None:
            raise SealError("there is no recipient who could have signed", "set recipient.card")
        return self._card

    def _keeper(self) -> Keeper:
        assert self.keeper is not None, "the door is opened after the keeper is there"
        return self.keeper
