"""A speaker without speech engines, in a room that a test moves; every other part of the listener is the real one."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from selectors import DefaultSelector
from typing import Any

from listener_parts import FlakyMicrophone, Pointer, ScriptedHearing, Whistle

from keepmum import wire
from keepmum.clip import Clip, new_id
from keepmum.consent import DAY, Consent, Flow, Kind, Purpose, Rung, Terms
from keepmum.disk_fragile import FragileDisk
from keepmum.errors import ReceiptError
from keepmum.hardware.button_scripted import ScriptedButton
from keepmum.hardware.mic_power_recorder import RecorderMicPower
from keepmum.hardware.microphone_wav import RoomWitness
from keepmum.hardware.ring_recorder import RecorderRing
from keepmum.hardware.scenes.room import Room
from keepmum.hardware.scenes.scene import Scene
from keepmum.hardware.speaker_wav import WavSpeaker
from keepmum.ledger import Ledger, read
from keepmum.listener.batch import AT_ONCE, Batch
from keepmum.listener.capture import Capture
from keepmum.listener.command import Command
from keepmum.listener.daily import Daily
from keepmum.listener.ear import Ear
from keepmum.listener.keeper import Keeper
from keepmum.listener.look import look, moment
from keepmum.listener.loop import Habits, Loop
from keepmum.listener.mouth import Mouth
from keepmum.listener.news import News
from keepmum.listener.offer import Offer, Sender
from keepmum.listener.peers import overview, status
from keepmum.listener.peers.actions import Actions
from keepmum.listener.peers.doors import Doors
from keepmum.listener.peers.memory import Memory
from keepmum.listener.peers.to_panel import ToPanel
from keepmum.listener.peers.to_skills import ToSkills
from keepmum.listener.peers.to_uplink import ToUplink
from keepmum.listener.preroll import PreRoll
from keepmum.listener.question import Question
from keepmum.listener.release import Release
from keepmum.listener.rungs import metrics
from keepmum.listener.rungs.made import Made
from keepmum.messages import UplinkHello
from keepmum.outbox import Outbox
from keepmum.privacy import Owner, events
from keepmum.seal import Keys

START = 1_790_000_000.0
"""Unix time at which every test begins."""
BROKER = "hub.example:1883"
MICROPHONE = "a" * 32
ACTION = Flow(Kind.ACTION, Purpose.COMMANDS, BROKER, 0.0, True, True, Rung.TEXT, MICROPHONE)
"""A spoken home command: saying it was the approval."""
DESK = "f" * 32
"""Stands in some terms for whoever has no card here."""


def terms(purpose: Purpose, recipient: str, rung: Rung = Rung.VOICE, **more: Any) -> Terms:
    """What a consent of these tests is to."""
    mine = {"asks": False, "microphone": MICROPHONE, "notice": "b" * 64, "retention": 30 * DAY, **more}
    return Terms(purpose, rung, recipient=recipient, **mine)


def offers(card: Any) -> frozenset[Terms]:
    """What can be agreed to in these houses: commands, and recordings if there is a recipient."""
    home = terms(Purpose.COMMANDS, BROKER, Rung.TEXT)
    clips = [] if card is None else [terms(p, card.fingerprint) for p in (Purpose.ASR_IMPROVEMENT, Purpose.RESEARCH)]
    asked = [replace(each, asks=True) for each in clips]
    return frozenset([home, *clips, *asked])


def made(command: Command, rung: Rung, _purpose: Purpose) -> Made:
    """A clip that holds the whole sound, whatever the rung."""
    return Made(Clip(new_id(), rung, phrase=command.phrase, words=command.words), bytearray(command.sound), 0.0)


class Papers:
    """The receipts, as a list; set `torn` to what cannot be written, and `missing` to what cannot be found."""

    def __init__(self) -> None:
        self.signed: list[tuple[str, str]] = []
        self.torn: set[str] = set()
        self.missing: set[str] = set()

    def sign(self, consent: Consent, event: str, at: float) -> None:
        if event in self.torn:
            raise ReceiptError(f"{event} cannot be written")
        self.signed.append((consent.id, event))

    def valid(self, consents: tuple[Consent, ...], wall: float) -> frozenset[str]:
        return frozenset(consent.id for consent in consents) - self.missing

    def since(self) -> float | None:
        return 0.0

    def close_others(self, consents: tuple[Consent, ...], at: float) -> None:
        pass


def desk(name: str = "lab") -> Keys:
    """Somebody's private keys, for recordings."""
    return Keys.generate(
        name, "lab@example.org", "a cellar", "Utopia", 3, 30, 2, ("asr-improvement", "research"), START
    )


def secret(parcel: str) -> bytes:
    """What recalls a parcel in these houses."""
    return hashlib.sha256(parcel.encode()).digest()


class House:
    """The listener's parts, wired as `assembly.py` does it."""

    def __init__(self, folder: Path, scene: Scene, card: Any, largest: int, show_words: bool) -> None:
        real = itertools.count(0.0, 10.0)  # ten seconds between two looks: the room never stands still for a peer
        self.folder = folder
        self.room = Room(scene, True, lambda: next(real), lambda: START)
        self.microphone = FlakyMicrophone(self.room)
        self.button = ScriptedButton(self.room)
        self.ring = RecorderRing(self.room)
        self.speaker = WavSpeaker(folder / "replies.wav", self.room)
        self.voice = Whistle()
        self.preroll = PreRoll()
        self.power = RecorderMicPower(self.room)
        self.witness = RoomWitness(self.microphone)
        self.compass = Pointer()
        self.habits = Habits()
        self.capture = Capture(self.microphone, self.preroll, self.power, (self.witness,))
        self.ledger_disk, self.outbox_disk = FragileDisk(folder / "ledger"), FragileDisk(folder / "outbox")
        self.ledger = Ledger(folder / "ledger", START, self.ledger_disk)
        self.outbox = Outbox(folder / "outbox", largest, self.outbox_disk)
        self.release = Release(self.outbox, card, secret)
        self.news = News(show_words=show_words)
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.news.watch(lambda kind, facts: self.told.append((kind, facts)))
        self.uplink = ToUplink(self.outbox, card, self.news, secret=secret)
        self.latch = folder / "privacy.json"
        self.papers = Papers()
        self.keeper = Keeper(
            self.room,
            self.capture,
            self.ledger,
            self.outbox,
            self.release,
            self.uplink,
            self.news,
            self.latch,
            book=self.papers,
            offered=offers(card),
            batch=Batch(AT_ONCE, lambda: 0.5, lambda: 0.0),
        )
        self.uplink.keeper = self.keeper
        self.memory = Memory(folder / "skills")
        self.mouth = Mouth(self.voice, self.speaker, self.news, 60, self.room)
        self.volumes: list[int] = []
        self.actions = Actions(
            self.keeper,
            self.release,
            BROKER,
            self.volumes.append,
            home=("home",),
            microphone=MICROPHONE,
            spoken=lambda terms: f"{terms.purpose.value} at {terms.rung.name.lower()}",
        )
        self.facts: dict[str, str] = {}
        self.skills = ToSkills(self.room, self.actions, self.memory, lambda _skill: self.facts, self.news)
        self.selector = DefaultSelector()
        self.doors = Doors(folder / "run", self.selector)
        self.hearing = ScriptedHearing(self.preroll)
        self.sender = Sender(lambda _purpose: "0" * 16, MICROPHONE, "en", "none")
        hearing: Any = self.hearing
        self.offering = Offer(hearing, self.release, self.keeper, made, self.sender)
        self.loop: Any = None
        self.peers: list[wire.Line] = []

    def open_doors(self) -> None:
        """What `assembly.py` does last."""
        panel = ToPanel(
            self.room, self.keeper, self.news, self.report, self.say, overview=self.overview, propose=self.propose
        )
        self.doors.open("uplink", self.uplink.reception())
        self.doors.open("skills", self.skills.reception())
        self.doors.open("panel", panel.reception())

    def report(self) -> Any:
        ear = self.loop.ear if self.loop else Ear.MUTED
        return status.report(
            self.keeper.state,
            ear=ear,
            capture=self.capture,
            peers=self.doors.roles(),
            broker=self.uplink.broker,
            rows=self.ledger.size,
            ring_lost=bool(self.loop and not self.loop.light.alive),
        )

    def overview(self) -> Any:
        left = overview.Day(self.ledger, self.keeper.midnight).left()
        return overview.report(
            self.keeper.state, look(moment(self.keeper.state, Ear.MUTED, microphone_open=False)), {}, left
        )

    def propose(self, proposal: Any) -> None:
        self.loop.propose(proposal)

    said: Callable[[str, Callable[[str | None], None]], bool] = staticmethod(lambda _text, _reply: False)

    def say(self, text: str, reply: Callable[[str | None], None]) -> bool:
        return bool((self.loop.say if self.loop else self.said)(text, reply))

    def start_loop(self) -> None:
        """Wire the loop and start it, as the whole process does."""
        self.loop = Loop(
            clock=self.room,
            selector=self.selector,
            capture=self.capture,
            keeper=self.keeper,
            hearing=self.hearing,  # type: ignore[arg-type]
            offer=self.offering,
            question=Question(self.keeper, self.release.aloud, lambda: self.hearing.confirmed),
            daily=Daily(self.release, self.keeper, self.ledger.rows, metrics.Day(), self.sender),
            skills=self.skills,
            actions=self.actions,
            mouth=self.mouth,
            ring=self.ring,
            button=self.button,
            news=self.news,
            habits=self.habits,
            compass=self.compass,
        )
        self.loop.start()

    # ---- what tests do

    def connect(self, role: str, greets: bool = True) -> wire.Line:
        """A peer's line, let in already; it never waits. An uplink greets at once, as ours does."""
        line = wire.connect(self.folder / "run", role, 0.0)
        self.peers.append(line)
        if role == "uplink" and greets:
            line.send(UplinkHello())
        self.serve()
        return line

    def serve(self) -> None:
        """Look at every socket once."""
        for key, _ in self.selector.select(0):
            key.data()

    def pass_time(self, seconds: float) -> None:
        """Let room time pass without a loop."""
        until = self.room.now() + seconds
        with DefaultSelector() as nobody:
            while self.room.now() < until - 1e-9:
                self.room.wait(nobody, until - self.room.now(), pending=False)

    def run(self, seconds: float) -> None:
        """Turn the loop for some seconds of room time."""
        until = self.room.now() + seconds
        while self.room.now() < until - 1e-9:
            self.loop.turn()

    def turn_until(self, holds: Callable[[], bool]) -> None:
        """Turn the loop until something holds, for a thousand turns at most."""
        for _ in range(1_000):
            if holds():
                return
            self.loop.turn()
        raise AssertionError("it never happened")

    def rows(self, *whats: str) -> list[Mapping[str, Any]]:
        """The ledger's rows of these kinds, each with its kind."""
        return [{"what": row.what, **row.facts} for row in read(self.ledger_file) if not whats or row.what in whats]

    @property
    def ledger_file(self) -> Path:
        return self.folder / "ledger"

    def break_ledger(self) -> None:
        """From now on its disk refuses everything."""
        self.ledger_disk.at, self.ledger_disk.how = self.ledger_disk.operations + 1, "dead"

    def seen(self, kind: str) -> list[Mapping[str, Any]]:
        """What the watchers were told of this kind."""
        return [facts for told, facts in self.told if told == kind]

    def close(self) -> None:
        if self.loop is not None:
            self.loop.close()
        for peer in self.peers:
            peer.close()
        self.doors.close()
        self.speaker.close()
        self.selector.close()


def started(home: Any) -> Any:
    """A house whose doors are open and whose keeper has started."""
    home.open_doors()
    home.keeper.start()
    return home


def offer(home: Any, expires: float | None = None) -> tuple[str, str]:
    """A home action wants to leave: its parcel and the reason against it."""
    parcel = new_id()
    home.release.hold_action(parcel, "home/light/set", "ON")
    return parcel, home.keeper.offer(parcel, ACTION, expires)


def quieter(home: Any, want: str = "mute", owner: Owner = Owner.PANEL) -> None:
    """Somebody asks for quiet."""
    home.keeper.tell(events.Quieter(*home.keeper.moment(), want, owner))


def parcels(uplink: Any) -> list[Any]:
    """Whatever the uplink got that has bytes beside it."""
    return [message for message, fd in iter(uplink.receive, None) if fd is not None]
