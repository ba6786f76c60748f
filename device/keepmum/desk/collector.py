"""The collector's one loop: it carries what comes from the broker to the reception, and the signed answers back."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, PollSelector

from keepmum.clock import Clock
from keepmum.desk.notes import Notes
from keepmum.desk.reception import Reception
from keepmum.desk.retention import Retention
from keepmum.desk.store import Store
from keepmum.errors import ConfigError
from keepmum.seal import Keys
from keepmum.settings import BrokerSettings
from keepmum.uplink import access
from keepmum.uplink.broker import Link, Session
from keepmum.uplink.events import BrokerEvent, Came, Down, Listening, Up
from keepmum.uplink.pace import Attempts, Pace

log = logging.getLogger(__name__)

_AWAY = 7 * 24 * 3_600
"""Seconds that the broker keeps parts and demands for us while we are away."""
_ANSWER_KEPT = 3_600
_ALIVE = 5.0


class Collector:
    """Collects what is sealed to `keys` below `topic` until nobody calls `turn` any more."""

    def __init__(
        self,
        found: access.Access,
        topic: str,
        keys: Keys,
        store: Store,
        clock: Clock,
        *,
        pace: Pace | None = None,
        keys_file: Path | None = None,
        reception: Callable[[Keys, Store], Reception] = Reception,
    ) -> None:
        """`keys_file` is where `keys` are from: what ends is destroyed there too, and fresh keys are found there."""
        self._pace = pace or Pace()
        # One session for this store from the first connection on: the broker keeps what comes while we are away.
        self._link = Link(found, Session(f"desk{store.session}", _AWAY))
        self._attempts = Attempts(self._pace, random.random)
        self._topic, self._clock = topic, clock
        self._reception = reception(keys, store)
        self._retention = Retention(store, keys_file)
        self._notes = Notes(log)
        self._due = clock.now()
        self._online = False
        self._why = ""
        self.ready = False
        """Whether the broker lets us hear demands, and then clips."""

    def turn(self, longest: float = 60.0) -> None:
        """Wait for something to happen, `longest` seconds at most, and deal with it.

        Raises OutboxError or SealError if the store or the keys fail: better to stop than to go on without storing,
        or to keep what should have gone.
        """
        if self._retention.due(self._clock.now()):
            self._reception.keys = self._retention.sweep(self._reception.keys, self._clock.now(), self._clock.wall())
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
                self._link.listen(f"{self._topic}/deletions/+")
            case Down():
                self._offline(event.why)
            case Listening():
                self._listening(event)
            case Came():
                self._attempts.got_through()
                self._came(event)

    def _offline(self, why: str) -> None:
        self._online = self.ready = False
        self._due = self._attempts.broken(self._clock.now())
        if why != self._why:
            log.warning("broker: %s", why)
        self._why = why

    def _listening(self, event: Listening) -> None:
        """Demands first: a desk that cannot be told to delete does not collect."""
        if event.code >= 128:
            log.error("broker: it does not let us listen to %s (%d)", event.topic, event.code)
        elif event.topic == f"{self._topic}/deletions/+":
            self._link.listen(f"{self._topic}/clips/+")
        else:
            self.ready = True
            self._why = ""
            log.info("collecting below %s", self._topic)

    def _came(self, came: Came) -> None:
        below, _, name = came.topic.removeprefix(f"{self._topic}/").partition("/")
        if below == "clips" and came.retained:
            self._notes.warn("retained", "a retained message on the topic of clips: nothing of ours retains one")
        elif below == "clips":
            now, wall = self._clock.now(), self._clock.wall()
            self._answer("receipts", name, self._reception.part(name, came.untrusted_payload, now, wall))
        elif below == "deletions":
            self._answer("deleted", name, self._reception.demand(name, came.untrusted_payload, self._clock.wall()))
        else:
            self._notes.warn("elsewhere", "a message on a topic that we do not listen to")

    def _answer(self, below: str, name: str, signed: str | None) -> None:
        if signed is not None:
            self._link.publish(f"{self._topic}/{below}/{name}", signed.encode(), _ANSWER_KEPT)


def run(  # noqa: PLR0917
    broker: BrokerSettings,
    topic: str,
    keys: Keys,
    store: Store,
    clock: Clock,
    until: Callable[[], bool],
    *,
    keys_file: Path | None = None,
    reception: Callable[[Keys, Store], Reception] = Reception,
) -> None:
    """Collect until `until` says so (asked at least once a second).

    Raises ConfigError if there is no broker to reach, and OutboxError or SealError if the store or the keys fail.
    """
    found = access.read(broker)
    if found is None:
        raise ConfigError("no broker is configured", "set broker.host")
    collector = Collector(found, topic, keys, store, clock, keys_file=keys_file, reception=reception)
    try:
        while not until():
            collector.turn(1.0)
    finally:
        collector.close()
