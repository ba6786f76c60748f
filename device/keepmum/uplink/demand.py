"""The demand that one clip be destroyed, on a connection of its own: fresh, under a new name, used for nothing else.

The broker cannot tell by the connection which one carried the clip. What it can tell all the same stands in the README.

    connecting ── accepted ─► listening ── subscribed ─► sending ── acknowledged ─► awaiting ── the answer ─► over
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum

from keepmum.messages import Deleted, Failed, Parcel
from keepmum.uplink import chunks
from keepmum.uplink.events import Acked, BrokerEvent, Came, Down, Listening, Ticked, Up
from keepmum.uplink.load import CLIP_KEPT, EXPIRED, Verdict, receipt_in, said
from keepmum.uplink.orders import Connect, Leave, Listen, Publish, ToBroker
from keepmum.uplink.pace import Pace

SECRET = 32
"""Bytes."""
_HASH = re.compile(r"[0-9a-f]{64}")


class Stage(StrEnum):
    """How far it has come."""

    CONNECTING = "connecting"
    LISTENING = "listening"
    SENDING = "sending"
    AWAITING = "awaiting"
    OVER = "over"


class Demand:
    """One attempt at one demand; whoever holds it carries out the orders and gives `told` to the listener."""

    def __init__(self, parcel: Parcel, secret: bytes, prefix: str, pace: Pace) -> None:
        self.told: Deleted | Failed | None = None
        """How it ended, once it has."""
        self.due = 0.0
        """When the present wait is over."""
        self.began = 0.0
        self._deadline = float("inf")
        self._parcel, self._secret, self._pace = parcel, secret, pace
        self._topic, self._answers = f"{prefix}/deletions/{parcel.topic}", f"{prefix}/deleted/{parcel.topic}"
        self._stage = Stage.CONNECTING

    def begin(self, now: float) -> list[ToBroker]:
        """Connect, unless these bytes are no secret of this hash: then nothing is ever sent."""
        self.began, self.due = now, now + self._pace.answer
        self._deadline = now + (self._parcel.expires_in or self._deadline)
        whole = len(self._secret) == SECRET and hashlib.sha256(self._secret).hexdigest() == self._parcel.topic
        if not whole or not _HASH.fullmatch(self._parcel.topic):
            return self._over(Verdict("these bytes are no demand", True))
        return [Connect()]

    def step(self, event: BrokerEvent | Ticked, now: float) -> list[ToBroker]:
        """What happened on its connection, or that time passed."""
        todo: list[ToBroker] = []
        match event, self._stage:
            case Ticked(), _ if now >= self.due:
                todo = self._too_late()
            case Down(why=why), _:
                todo = self._over(Verdict(why, False))
            case Up(largest=largest), Stage.CONNECTING:
                todo = self._up(largest, now)
            case Listening(topic=self._answers), Stage.LISTENING:
                todo = self._listening(event, now)
            case Acked(code=code), Stage.SENDING:
                todo = self._acked(code, now)
            case Came(topic=self._answers), Stage.SENDING | Stage.AWAITING:
                todo = self._came(event)
        return todo

    def _up(self, largest: int | None, now: float) -> list[ToBroker]:
        if chunks.room(self._topic, largest) < SECRET or not chunks.fits(self._answers, largest):
            return self._over(Verdict(f"the broker accepts at most {largest} bytes", True))
        self._stage, self.due = Stage.LISTENING, now + self._pace.answer
        return [Listen(self._answers)]

    def _listening(self, event: Listening, now: float) -> list[ToBroker]:
        if event.refused:
            return self._over(Verdict(f"the broker does not let us hear answers ({event.code})", False))
        if now >= self._deadline:
            return self._over(EXPIRED)
        self._stage, self.due = Stage.SENDING, now + self._pace.answer
        return [Publish(self._topic, self._secret, int(CLIP_KEPT))]

    def _acked(self, code: int, now: float) -> list[ToBroker]:
        if code != 0:
            return self._over(Verdict(said(code), False))
        self._stage, self.due = Stage.AWAITING, now + self._pace.receipt
        return []

    def _came(self, came: Came) -> list[ToBroker]:
        """The answer is handed over unread: only the listener can tell whether it is genuine."""
        receipt = receipt_in(came)
        if receipt is None:
            return []
        self.told = Deleted(parcel=self._parcel.id, receipt=receipt)
        return self._leave()

    def _too_late(self) -> list[ToBroker]:
        if self._stage is Stage.AWAITING:
            return self._over(Verdict(f"nobody confirmed the deletion within {self._pace.receipt:g} s", False))
        return self._over(Verdict(f"no answer within {self._pace.answer:g} s", False))

    def _over(self, verdict: Verdict) -> list[ToBroker]:
        self.told = verdict.about(self._parcel)
        return self._leave()

    def _leave(self) -> list[ToBroker]:
        self._stage = Stage.OVER
        return [Leave()]
