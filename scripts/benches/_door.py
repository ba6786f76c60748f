"""The whole way out of a speaker, for a measurement: the real keeper, release door, ledger, outbox and uplink, a relay
that counts every byte of the connection, a real mosquitto and the demo's collector."""

from __future__ import annotations

import contextlib
import hashlib
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from selectors import DefaultSelector
from typing import Any, Self

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keepmum.clip import Clip
from keepmum.clock import RealClock
from keepmum.consent import Consent, Flow, Kind, Mode, Purpose, Rung, Terms
from keepmum.demo import machine
from keepmum.demo.stage import Stage
from keepmum.disk import RealDisk
from keepmum.ledger import Ledger, Row
from keepmum.listener import latch
from keepmum.listener.batch import AT_ONCE, Batch
from keepmum.listener.keeper import Keeper
from keepmum.listener.news import News
from keepmum.listener.peers.doors import Doors
from keepmum.listener.peers.to_uplink import ToUplink
from keepmum.listener.release import Release, Shut
from keepmum.listener.rungs.made import Made
from keepmum.outbox import Item, Outbox
from keepmum.privacy import Boxed, State
from keepmum.seal import Card
from keepmum.terms import LONGEST_CONSENT, MOST_A_DAY

MICROPHONE = "a" * 32
PATIENCE = 30.0
"""Seconds until a clip that does not arrive ends the measurement."""


class CountingDisk(RealDisk):
    """Counts what is written, and how often something waits for the disk."""

    def __init__(self) -> None:
        self.bytes = self.syncs = 0

    def write(self, file: int, content: bytes) -> None:
        """Counted, then written."""
        self.bytes += len(content)
        super().write(file, content)

    def sync(self, file: int) -> None:
        """Counted, then waited for."""
        self.syncs += 1
        super().sync(file)

    def sync_folder(self, folder: Path) -> None:
        """The same."""
        self.syncs += 1
        super().sync_folder(folder)


class Spent:
    """CPU seconds of this process, by what they were spent on."""

    def __init__(self) -> None:
        self.on: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def on_(self, what: str) -> Iterator[None]:
        """Whatever is done inside."""
        begun = time.process_time()
        try:
            yield
        finally:
            self.on[what] += time.process_time() - begun


class _Ledger(Ledger):
    spent: Spent

    def add(self, *told: Any, **more: Any) -> Row:
        with self.spent.on_("rows"):
            return super().add(*told, **more)

    def checkpoint(self, at: float) -> Any:
        with self.spent.on_("rows"):
            return super().checkpoint(at)


class _Release(Release):
    spent: Spent

    def seal(self, parcel: str, flow: Flow, consent: str, wall: float) -> Shut:
        with self.spent.on_("seal"):
            return super().seal(parcel, flow, consent, wall)

    def put(self, boxed: Boxed) -> None:
        with self.spent.on_("put"):
            super().put(boxed)


class _ToUplink(ToUplink):
    spent: Spent

    def hand(self, item: Item) -> None:
        with self.spent.on_("hand over"):
            super().hand(item)


class _Papers:
    """Receipts are written when somebody agrees, not when a clip leaves."""

    def sign(self, consent: Consent, event: str, at: float) -> None:
        """Nothing is agreed to meanwhile."""

    def valid(self, consents: tuple[Consent, ...], wall: float) -> frozenset[str]:  # noqa: ARG002
        return frozenset(consent.id for consent in consents)

    def since(self) -> float | None:
        return 0.0

    def close_others(self, consents: tuple[Consent, ...], at: float) -> None:
        """There are none."""


class _Closed:
    """A microphone that nobody listens to."""

    is_open = False

    def open(self) -> None:
        """Nothing is heard here: commands are given."""

    def close(self) -> None:
        """The same."""


class Relay:
    """Stands between the uplink and the broker, and counts the bytes of the connection in both directions."""

    def __init__(self, port: int) -> None:
        self._broker = port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self.up = self.down = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._door.accept()
                with near, socket.create_connection(("127.0.0.1", self._broker)) as far:
                    self._carry(near, far)

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        while True:
            for end in select.select([near, far], [], [])[0]:
                content = end.recv(262_144)
                if not content:
                    return
                if end is near:
                    self.up += len(content)
                    far.sendall(content)
                else:
                    self.down += len(content)
                    near.sendall(content)

    def close(self) -> None:
        """No more connections."""
        self._door.close()


class Door:
    """A speaker's way out, with one consent for each rung; as a context. `send` lets one clip leave."""

    def __init__(self, folder: Path) -> None:
        """`folder` is on the disk that is measured; the outbox is in memory, as on a speaker."""
        self._folder = folder
        self._undo = ExitStack()
        self._clock = RealClock()
        self.disk, self.outbox_disk, self.spent = CountingDisk(), CountingDisk(), Spent()
        self.saves = 0
        """How often the file of mutes, mode and consents was written."""

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._stage = undo.enter_context(Stage({}, self._folder / "stage"))
            self._stage.broker(self._clock)
            self._stage.hub("It is mild.", self._clock)
            self._stage.collector(self._clock)
            login = self._stage.login("speaker")
            self.relay = Relay(int(login[login.index("-p") + 1]))
            undo.callback(self.relay.close)
            self._build(undo)
            self._start_uplink(undo)
            self._until(lambda: self._uplink.broker == "online")
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def _build(self, undo: ExitStack) -> None:
        card = Card.parse((self._stage.folder / "collector.card").read_text())
        self._recipient, now = card.fingerprint, self._clock.wall()
        agreed = consents(self._recipient, now)
        state, self._file = self._folder / "state", self._folder / "state" / "privacy.json"
        state.mkdir()
        latch.write(self._file, State(frozenset(), Mode.SHARE, agreed, now), self._clock.now())
        self._selector = undo.enter_context(DefaultSelector())
        news = News(show_words=False)
        outbox = Outbox(undo.enter_context(_memory()) / "outbox", disk=self.outbox_disk)
        self._ledger = _Ledger(state / "ledger", now, self.disk, signer=Ed25519PrivateKey.generate())
        self._release, self._uplink = _Release(outbox, card, _secret), _ToUplink(outbox, card, news, secret=_secret)
        self._uplink.spent = self._release.spent = self._ledger.spent = self.spent
        microphone: Any = _Closed()
        self.keeper = self._uplink.keeper = Keeper(
            self._clock,
            microphone,
            self._ledger,
            outbox,
            self._release,
            self._uplink,
            news,
            self._file,
            book=_Papers(),
            offered=frozenset(each.terms for each in agreed),
            batch=Batch(AT_ONCE, lambda: 0.0, lambda: 0.0),
        )
        doors = Doors(self._stage.run, self._selector)
        undo.callback(doors.close)
        doors.open("uplink", self._uplink.reception())
        self.keeper.start()

    def _start_uplink(self, undo: ExitStack) -> None:
        password = self._stage.folder / "uplink.password"
        password.write_text("speaker\n")
        broker = {"host": "127.0.0.1", "port": self.relay.port, "username": "speaker", "password_file": str(password)}
        config = self._stage.folder / "uplink.yaml"
        config.write_text(yaml.safe_dump({"broker": broker, "folders": {"run": str(self._stage.run)}}))
        command = [sys.executable, "-m", "keepmum.uplink", "--config", str(config)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        undo.callback(machine.end, process)
        self._uplink._household_broker = f"127.0.0.1:{self.relay.port}"

    def send(self, clip: Clip, made: Made) -> None:
        """Offer it, and wait until the collector has signed that it is stored. Raises RuntimeError if it does not."""
        flow = flow_of(made, clip.rung, self._recipient)
        before = self._file.stat().st_ino
        self._release.hold_clip(clip, made.pcm)
        reason = self.keeper.offer(clip.id, flow)
        if reason:
            raise RuntimeError(f"it may not leave: {reason}")
        self._until(lambda: clip.id in self.keeper.delivered)
        self.saves += self._file.stat().st_ino != before

    def _until(self, done: Any) -> None:
        deadline = self._clock.now() + PATIENCE
        while not done():
            if self._clock.now() > deadline:
                raise RuntimeError(f"nothing came for {PATIENCE:g} s; the broker: {self._uplink.broker}")
            for key, _ in self._selector.select(0.2):
                key.data()


def _secret(parcel: str) -> bytes:
    return hashlib.sha256(parcel.encode()).digest()


def terms(rung: Rung, recipient: str) -> Terms:
    """What the household of this measurement agrees to."""
    return Terms(Purpose.RESEARCH, rung, False, MICROPHONE, recipient, "b" * 64, quota=MOST_A_DAY)


def consents(recipient: str, now: float) -> tuple[Consent, ...]:
    """One for each rung, given a second ago."""
    return tuple(Consent(f"{rung:032x}", terms(rung, recipient), now - 1, now + LONGEST_CONSENT) for rung in Rung)


def flow_of(made: Made, rung: Rung, recipient: str) -> Flow:
    """How a clip wants to leave."""
    flow = Flow(Kind.CLIP, Purpose.RESEARCH, recipient, made.seconds, confirmed=True, approved=False, rung=rung)
    return replace(flow, microphone=MICROPHONE, bleeped=made.bleeped)


@contextmanager
def _memory() -> Iterator[Path]:
    folder = machine.memory_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
