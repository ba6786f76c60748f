"""The whole uplink, its household and a broker in one thread, on a clock that only the test moves."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any

from keepmum import seal
from keepmum.messages import BrokerState, Failed, Next


class Scene:
    """Uplink, household and broker in one thread."""

    def __init__(self, loop: Any, household: Any, broker: Any, clock: Any) -> None:
        self.loop, self.household, self.broker, self.clock = loop, household, broker, clock

    def turn(self) -> None:
        self.household.turn()
        self.loop.turn()
        self.broker.turn()

    def until(self, condition: Callable[[], bool], *, step: float = 0.0, why: str = "it never happened") -> None:
        """Turn until it holds; `step` seconds of the clock pass with each turn."""
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, why
            self.clock.time += step
            self.turn()

    def settle(self, seconds: float = 0.0) -> None:
        """Let everything under way happen, then so many seconds pass."""
        for _ in range(20):
            self.turn()
        self.clock.time += seconds
        for _ in range(20):
            self.turn()

    def ready(self) -> Scene:
        self.until(lambda: bool(self.household.of(Next)))
        return self

    def online(self) -> bool:
        told = self.household.of(BrokerState)
        return bool(told) and told[-1].online

    def answers(self) -> list[Failed]:
        found: list[Failed] = self.household.of(Failed)
        return found

    def receipt(self, keys: Any, name: str, body: bytes) -> None:
        told = seal.sign_stored(keys, name, hashlib.sha256(body).hexdigest(), 1.0)
        self.broker.say(f"keepmum/receipts/{name}", told.encode())

    def answer(self, keys: Any, deletion: str) -> None:
        """The recipient's word that it destroyed what this demand is about."""
        told = seal.sign_deleted(keys, deletion, True, 0, 1.0)
        self.broker.say(f"keepmum/deleted/{deletion}", told.encode())

    def demands(self) -> list[Any]:
        """What was published below the topic for demands."""
        return [heard for heard in self.broker.heard if heard.topic.startswith("keepmum/deletions/")]
