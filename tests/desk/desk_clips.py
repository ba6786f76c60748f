"""What the desk's tests share: a household that seals clips and keeps their secrets, and a clock that stands still."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from selectors import BaseSelector, SelectorKey
from typing import Any

from keepmum.clip import Clip, new_id, pack
from keepmum.seal import Card, Keys, bucket_of, seal
from keepmum.terms import Rung
from keepmum.uplink import chunks
from keepmum.uplink.access import Access
from keepmum.uplink.broker import Link
from keepmum.uplink.events import Came, Listening, Up

WALL = 1_760_000_000.0
"""A Thursday in October 2025."""
NOISE = b"\x12\x34\x56\x79" * 20_000
"""2.5 s of sound."""
PHRASE = "computer-zanzibar"
ABOUT: dict[str, Any] = {
    "name": "Speech lab",
    "contact": "lab@example.org",
    "storage": "one encrypted disk in Graz",
    "jurisdiction": "Austria",
    "people": 2,
    "retention_days": 30,
    "reviews": 2,
}


def keys_for(wall: float, *, purposes: tuple[str, ...] = ("asr-improvement", "research"), **about: Any) -> Keys:
    return Keys.generate(**(ABOUT | about), purposes=purposes, wall=wall)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Sealed:
    """One clip on its way, and what only its household knows."""

    card: Card
    wall: float = WALL
    purpose: str = "research"
    rung: Rung = Rung.VOICE
    inside: str | None = None
    pcm: bytes = NOISE
    parcel: str = field(default_factory=new_id)
    consent: str = field(default_factory=new_id)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    plaintext: bytes | None = None
    bytes: bytes = b""

    def __post_init__(self) -> None:
        plaintext = pack(self._clip()) if self.plaintext is None else self.plaintext
        bucket = bucket_of(self.rung)
        about = (self.parcel, self.purpose, self.consent, self.deletion)
        self.bytes = self.bytes or seal(self.card, *about, plaintext, self.wall, bucket)

    @property
    def deletion(self) -> str:
        return sha256(self.secret)

    @property
    def sha256(self) -> str:
        return sha256(self.bytes)

    def parts(self, payload: int = 30_000) -> tuple[bytes, ...]:
        return chunks.cut(self.parcel, self.sha256, self.bytes, payload)

    def _clip(self) -> Clip:
        name = self.inside or self.parcel
        match self.rung:
            case Rung.METRICS:
                return Clip(name, self.rung, counts={"wakes": 7})
            case Rung.TEXT:
                return Clip(name, self.rung, text="turn on the light")
            case Rung.RESPOKEN:
                return Clip(name, self.rung, text="turn on the light", pcm=self.pcm)
            case _:
                return Clip(name, self.rung, phrase=PHRASE, pcm=self.pcm)


class HandClock:
    """A clock that only a test moves; waiting looks at the files and returns."""

    def __init__(self, wall: float = WALL) -> None:
        self.time = 100.0
        self.offset = wall - self.time

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        return self.time + self.offset

    def wait(self, selector: BaseSelector, seconds: float, *, pending: bool) -> list[SelectorKey]:
        return [key for key, _ in selector.select(min(seconds, 0.002))]


class Sender:
    """Somebody who publishes parts and demands, and reads the answers."""

    def __init__(self, port: int) -> None:
        self.link = Link(Access("127.0.0.1", port))
        self.answers: list[tuple[str, str]] = []
        self.ready = False
        self.link.connect()

    def turn(self) -> None:
        self.link.turn()
        while (event := self.link.next_event()) is not None:
            if isinstance(event, Up):
                self.link.listen("keepmum/receipts/#")
                self.link.listen("keepmum/deleted/#")
            elif isinstance(event, Listening):
                self.ready = event.topic == "keepmum/deleted/#"
            elif isinstance(event, Came):
                self.answers.append((event.topic, event.untrusted_payload.decode()))

    def publish(self, topic: str, payload: bytes) -> None:
        self.link.publish(f"keepmum/{topic}", payload, None)

    def send(self, clip: Sealed, topic: str | None = None) -> None:
        for part in clip.parts():
            self.publish(f"clips/{topic or clip.parcel}", part)

    def demand(self, clip: Sealed) -> None:
        self.publish(f"deletions/{clip.deletion}", clip.secret)

    def answered(self, topic: str) -> bool:
        return any(each == f"keepmum/{topic}" for each, _ in self.answers)
