"""The listener's side of the line, played by the real `wire.Door` and an outbox that is a list."""

from __future__ import annotations

import hashlib
import os
import selectors
import time
from dataclasses import dataclass, field
from pathlib import Path
from selectors import BaseSelector, SelectorKey

from keepmum import seal, wire
from keepmum.clip import Clip, new_id, pack
from keepmum.errors import PeerGone, SealError
from keepmum.messages import Deleted, Delivered, Failed, Message, Next, Parcel, Refused, Stop, Vanish
from keepmum.seal import Card, Keys
from keepmum.terms import Purpose, Rung


class HandClock:
    """A clock that only a test moves; waiting looks at the files and returns."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        return 1_800_000_000.0 + self.time

    def wait(self, selector: BaseSelector, seconds: float, *, pending: bool) -> list[SelectorKey]:
        return [key for key, _ in selector.select(min(seconds, 0.001))]


@dataclass
class Waiting:
    """A parcel in the outbox."""

    parcel: Parcel
    body: bytes


@dataclass
class Household:
    """Hands over the oldest parcel at each Next and believes nothing but a genuine receipt."""

    folder: Path
    card: Card
    outbox: list[Waiting] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    secrets: dict[str, bytes] = field(default_factory=dict)
    forged: int = 0

    def __post_init__(self) -> None:
        self.door = wire.Door(self.folder, "uplink")
        self.line: wire.Line | None = None
        self._wanted = False

    def turn(self, seconds: float = 0.0) -> None:
        """Take in what is there, or comes within so many seconds, and hand over if asked."""
        with selectors.PollSelector() as selector:
            for end in (self.door, self.line):
                if end is not None:
                    selector.register(end, selectors.EVENT_READ)
            selector.select(seconds)
        if (line := self.door.accept()) is not None:
            if self.line is not None:
                self.line.close()
            self.line, self._wanted = line, False
        while self.line is not None:
            try:
                received = self.line.receive()
            except PeerGone:
                self.line.close()
                self.line, self._wanted = None, False
                return
            if received is None:
                break
            self._take(received[0])
        self._hand_over()

    def put(self, body: bytes, kind: str = "clip", topic: str = "clip", expires: float | None = None) -> str:
        """Put a parcel with any bytes into the outbox."""
        return self._put(new_id(), body, kind, topic, expires)

    def put_clip(self, seconds: float) -> str:
        """Put a sealed clip of so many seconds of noise into the outbox."""
        clip = Clip(new_id(), Rung.VOICE, phrase="alexa", pcm=os.urandom(int(seconds * 16_000) * 2))
        secret = self.secrets[clip.id] = os.urandom(32)
        deletion = hashlib.sha256(secret).hexdigest()
        sealed = seal.seal(
            self.card, clip.id, Purpose.ASR_IMPROVEMENT, "c" * 32, deletion, pack(clip), time.time(), seal.SOUND_BUCKET
        )
        return self._put(clip.id, sealed, "clip", clip.id, None)

    def demand(self, clip: str = "") -> str:
        """Put the demand that a clip be destroyed into the outbox; of one that never was, if it is not named."""
        secret = self.secrets.setdefault(clip or new_id(), os.urandom(32))
        return self._put(clip or new_id(), secret, "deletion", hashlib.sha256(secret).hexdigest(), None)

    def vanish(self) -> None:
        """Nobody agrees any more that the home is told how the speaker is."""
        assert self.line is not None
        self.line.send(Vanish())

    def stop(self) -> None:
        """Call back what is outside and forget everything."""
        assert self.line is not None
        self.outbox.clear()
        self.line.send(Stop(why="withdrawn"))

    def of(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.heard if isinstance(message, kind)]

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
        self.door.close()

    def _put(self, name: str, body: bytes, kind: str, topic: str, expires: float | None) -> str:
        told = {"id": name, "kind": kind, "topic": topic, "size": len(body), "expires_in": expires}
        parcel = Parcel.model_validate({**told, "sha256": hashlib.sha256(body).hexdigest()})
        self.outbox.append(Waiting(parcel, body))
        return name

    def _take(self, message: Message) -> None:
        self.heard.append(message)
        match message:
            case Next():
                self._wanted = True
            case Delivered():
                self._believe(message)
            case Deleted():
                self._believe_deleted(message)
            case Failed() if message.final:
                self.dropped.append((message.parcel, message.reason))
                self._remove(message.parcel)

    def _believe(self, message: Delivered) -> None:
        for waiting in self.outbox:
            if waiting.parcel.id == message.parcel:
                try:
                    if waiting.parcel.kind == "clip":
                        seal.check_stored(self.card, message.receipt, message.parcel, waiting.parcel.sha256)
                except SealError as error:
                    self.forged += 1
                    assert self.line is not None
                    self.line.send(Refused(why=error.what))
                    return
                self.delivered.append(message.parcel)
                self._remove(message.parcel)
                return

    def _believe_deleted(self, message: Deleted) -> None:
        for waiting in self.outbox:
            if waiting.parcel.id == message.parcel:
                try:
                    seal.check_deleted(self.card, message.receipt, waiting.parcel.topic)
                except SealError as error:
                    self.forged += 1
                    assert self.line is not None
                    self.line.send(Refused(why=error.what))
                    return
                self.deleted.append(message.parcel)
                self._remove(message.parcel)
                return

    def _remove(self, name: str) -> None:
        self.outbox = [waiting for waiting in self.outbox if waiting.parcel.id != name]

    def _hand_over(self) -> None:
        if not self._wanted or not self.outbox or self.line is None:
            return
        self._wanted = False
        fd = wire.sealed(self.outbox[0].body)
        self.line.send(self.outbox[0].parcel, fd)
        os.close(fd)


def keys() -> Keys:
    return Keys.generate(
        "Speech lab", "lab@example.org", "Ghent", "Belgium", 3, 30, 4, (Purpose.ASR_IMPROVEMENT,), time.time()
    )
