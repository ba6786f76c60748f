"""The collector's one loop: parts in, the whole opened in memory and stored, and only then a signed receipt out."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE, PollSelector

from keepmum import seal
from keepmum.card import Keys
from keepmum.clip import unpack
from keepmum.clock import Clock
from keepmum.desk.store import Kept, Store
from keepmum.errors import BrokerError, ConfigError, SealError
from keepmum.settings import BrokerSettings
from keepmum.uplink import access, chunks
from keepmum.uplink.broker import Link, Session
from keepmum.uplink.chunks import Assembly, Chunk
from keepmum.uplink.events import BrokerEvent, Came, Down, Listening, Up
from keepmum.uplink.pace import Attempts, Pace

log = logging.getLogger(__name__)

_AWAY = 7 * 24 * 3_600
"""Seconds that the broker keeps parts for us while we are away."""
_RECEIPT_KEPT = 3_600
_ALIVE = 5.0
_OTHER_ID = "the sealed clip has another id than its parcel"


class Collector:
    """Collects what is sealed to `keys` below `topic` until nobody calls `turn` any more."""

    def __init__(
        self, found: access.Access, topic: str, keys: Keys, store: Store, clock: Clock, *, pace: Pace | None = None
    ) -> None:
        self._pace = pace or Pace()
        # One session for these keys from the first connection on: the broker then keeps what comes while we are away.
        self._link = Link(found, Session(f"desk{keys.card.fingerprint[:18]}", _AWAY))
        self._attempts = Attempts(self._pace, random.random)
        self._topic, self._keys, self._store, self._clock = topic, keys, store, clock
        self._assembly = Assembly()
        self._due = clock.now()
        self._online = False
        self._why = ""
        self.ready = False
        """Whether the broker has taken the subscription."""

    def turn(self, longest: float = 60.0) -> None:
        """Wait for something to happen, `longest` seconds at most, and deal with it.

        Raises OutboxError if the store does not take a clip: better to stop than to go on without storing.
        """
        self._wait(longest)
        if self._link.fileno() >= 0 and not self._online and self._clock.now() >= self._due:
            self._link.leave(abrupt=True)
            self._offline(f"no answer within {self._pace.answer:g} s")
        if self._link.fileno() < 0 and self._clock.now() >= self._due:
            self._attempts.tried(self._clock.now())
            self._due = self._clock.now() + self._pace.answer
            self._link.connect()
        self._link.turn()
        while (event := self._link.next_event()) is not None:
            self._take_in(event)

    def close(self) -> None:
        """Hang up; the broker keeps what comes until `turn` is called again."""
        self._link.leave()
        self._online = self.ready = False
        self._due = self._clock.now()

    def _wait(self, longest: float) -> None:
        with PollSelector() as selector:
            seconds = min(longest, _ALIVE) if self._online else min(longest, self._due - self._clock.now())
            if self._link.fileno() >= 0:
                selector.register(self._link, EVENT_READ | (EVENT_WRITE if self._link.wants_write() else 0))
            self._clock.wait(selector, max(0.0, seconds), pending=False)

    def _take_in(self, event: BrokerEvent) -> None:
        match event:
            case Up():
                self._online = True
                self._attempts.accepted(self._clock.now())
                self._link.listen(f"{self._topic}/clips/+")
            case Down():
                self._offline(event.why)
            case Listening():
                self._listening(event.code)
            case Came():
                self._attempts.got_through()
                self._came(event)

    def _offline(self, why: str) -> None:
        self._online = self.ready = False
        self._due = self._attempts.broken(self._clock.now())
        if why != self._why:
            log.warning("broker: %s", why)
        self._why = why

    def _listening(self, code: int) -> None:
        self.ready = code < 128
        if self.ready:
            self._why = ""
            log.info("collecting below %s", self._topic)
        else:
            log.error("broker: it does not let us listen below %s (%d)", self._topic, code)

    def _came(self, came: Came) -> None:
        try:
            chunk = chunks.read(came.untrusted_payload)
            if came.topic != f"{self._topic}/clips/{chunk.parcel}":
                raise BrokerError("a part under another parcel's topic", "no keepmum sends it so")
            if self._store.sha256_of(chunk.parcel) == chunk.sha256:
                self._answer(chunk)
                return
            whole = self._assembly.add(chunk, self._clock.now())
        except BrokerError as error:
            log.warning("%s", error.what)
            return
        if whole is not None:
            self._whole(chunk, whole)

    def _whole(self, chunk: Chunk, sealed: bytes) -> None:
        why = self._fault(chunk.parcel, sealed) if self._store.sha256_of(chunk.parcel) is None else None
        if why is not None:
            log.warning("refused %s: %s", chunk.parcel, why)
            self._store.refuse(chunk.parcel, chunk.sha256, len(sealed), why, self._clock.wall())
            return
        if self._store.keep(chunk.parcel, sealed, self._clock.wall()) is Kept.ALARM:
            log.error("alarm: other bytes came under the id of the stored clip %s", chunk.parcel)
            return
        log.info("stored %s, %d bytes", chunk.parcel, len(sealed))
        self._answer(chunk)

    def _fault(self, parcel: str, sealed: bytes) -> str | None:
        """Why this is no clip, sealed to us, with the id that it travels under; or None."""
        try:
            about, plaintext = seal.open_seal(self._keys, sealed)
            return None if about.parcel == parcel == unpack(plaintext).id else _OTHER_ID
        except SealError as error:
            return error.what

    def _answer(self, chunk: Chunk) -> None:
        receipt = seal.sign_receipt(self._keys, chunk.parcel, chunk.sha256, self._clock.wall())
        self._link.publish(f"{self._topic}/receipts/{chunk.parcel}", receipt.encode(), _RECEIPT_KEPT)


def run(  # noqa: PLR0917
    broker: BrokerSettings, topic: str, keys: Keys, store: Store, clock: Clock, until: Callable[[], bool]
) -> None:
    """Collect until `until` says so (asked at least once a second).

    Raises ConfigError if there is no broker to reach, and OutboxError if the store fails.
    """
    found = access.read(broker)
    if found is None:
        raise ConfigError("no broker is configured", "set broker.host")
    collector = Collector(found, topic, keys, store, clock)
    try:
        while not until():
            collector.turn(1.0)
    finally:
        collector.close()
