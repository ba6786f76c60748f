"""A whole household for tests: what it agreed to is real and signed, and every process is the one that is shipped.

Broker, recipient, listener, skills and uplink run as programs of their own; the line to the broker is tapped, so that
what left can be counted byte by byte. Nothing here needs a word to be spoken first: the receipts lie there already.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from selectors import DefaultSelector
from types import TracebackType
from typing import Any, NamedTuple, Self

import yaml

from keepmum import config
from keepmum.clip import new_id
from keepmum.clock import RealClock
from keepmum.consent import Mode
from keepmum.ledger import Ledger, Row, read
from keepmum.listener import latch
from keepmum.listener.consents.agreements import Agreements, read_card
from keepmum.messages import Seen, Tighten, Want, Watch
from keepmum.privacy import State, consents, effects
from keepmum.privacy.state import Proposal
from keepmum.seal import Keys
from keepmum.settings import Settings
from keepmum.terms import DAY, HOUSEHOLD, Consent, Purpose, Rung
from keepmum.wire import Line, connect
from zero_bytes_taps import wire_tap

PATIENCE = 30.0
"""Seconds until a process that does not come up, or says nothing, is given up."""
RECIPIENT_PURPOSES = tuple(purpose for purpose in Purpose if purpose not in HOUSEHOLD)
HOUR = 3600.0


class Choice(NamedTuple):
    """Something that this household agreed to, an hour before the scene begins."""

    purpose: Purpose
    rung: Rung
    asks: bool = False


COMMANDS = Choice(Purpose.COMMANDS, Rung.TEXT)
STATUS = Choice(Purpose.STATUS, Rung.METRICS)
NUMBERS = Choice(Purpose.DIAGNOSTICS, Rung.METRICS)


def midnight() -> float:
    """Unix time at which today began in UTC: scenes play today, because the recipient's clock is the real one."""
    return time.time() // DAY * DAY


def keys(wall: float) -> Keys:
    """A recipient's, with a key for every purpose that has one."""
    return Keys.generate(
        "Speech lab", "lab@example.org", "one disk in Ghent", "Belgium", 3, 30, 2, RECIPIENT_PURPOSES, wall
    )


def agree(settings: Settings, choices: Iterable[Choice], wall: float) -> tuple[Consent, ...]:
    """Agree to all of this at Unix time `wall`, as a hand on the button would: the core decides what is written, and
    identity, receipts, ledger and privacy.json are written by what writes them at home."""
    settings.folders.state.mkdir(mode=0o700, exist_ok=True)
    agreements = Agreements.open(settings, read_card(settings.recipient))
    state = State(mutes=frozenset(), mode=Mode.LOCAL, wall=wall, offered=agreements.offered)
    ledger = Ledger(settings.folders.ledger, wall, signer=agreements.signer)
    for choice in choices:
        terms = next(each for each in state.offered if (each.purpose, each.rung, each.asks) == choice)
        proposal = Proposal(new_id(), terms, 0.0)
        agreements.book.sign(Consent(proposal.id, terms, 0.0, 0.0), "requested", wall - 10)
        state, told = consents.agreed(replace(state, proposal=proposal), proposal)
        for effect in told:
            match effect:
                case effects.Note(what=what, facts=facts):
                    ledger.add(what, wall, facts)
                case effects.Sign(consent=consent, event=event):
                    agreements.book.sign(consent, event, wall)
    latch.write(settings.folders.state / "privacy.json", state, 0.0)
    return state.consents


class AgreedHousehold:
    """Everything that runs, as a context: whatever was started is ended on the way out.

    `scene` is the text of a scene without its clock; it begins at Unix time `clock`. With `agreed` None nobody has ever
    set the speaker up, so it is muted; otherwise it listens. `desk` names the recipient:
    `honest`, one of `desk/liars.py`, or nothing for nobody. `settings` are laid over those of this house.
    """

    def __init__(
        self,
        scene: str,
        agreed: Sequence[Choice] | None = (),
        clock: float | None = None,
        desk: str = "honest",
        settings: Mapping[str, Any] | None = None,
        listener: Sequence[str] = ("-m", "keepmum.listener"),
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="km-", dir="/tmp"))
        self.state, self.run, self.outbox = (self.folder / name for name in ("state", "run", "outbox"))
        self.clock = midnight() + 12 * HOUR if clock is None else clock
        self.seen: list[Seen] = []
        """Everything that the listener reported."""
        self._said, self._desk, self._program = settings or {}, desk, list(listener)
        self.panel: Line | None = None
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.port = _free_port()
        self.wire = wire_tap(self.port)
        self.keys = keys(self.clock - HOUR)
        self.keys.save(self.folder / "recipient.keys")
        (self.folder / "recipient.card").write_text(self.keys.card.to_json())
        self.play(scene, self.clock)
        self.settings = config.load(self.folder / "keepmum.yaml")
        self.consents = () if agreed is None else agree(self.settings, agreed, self.clock - HOUR)

    def play(self, scene: str, clock: float) -> None:
        """What the listener hears once it is started, and when that is."""
        begins = datetime.fromtimestamp(clock, UTC).strftime("%Y-%m-%d %H:%M:%S")
        (self.folder / "scene.txt").write_text(f"clock {begins}\n{scene}")
        self._write("keepmum", _merged(self._house(), self._said))
        self._write("desk", {"broker": {"host": "127.0.0.1", "port": self.port}})

    def _house(self) -> dict[str, Any]:
        return {
            "hardware": {
                "scene": str(self.folder / "scene.txt"),
                "fast": True,
                "microphone": {"driver": "wav"},
                "button": {"driver": "scripted"},
                "ring": {"driver": "recorder"},
                "speaker": {"driver": "wav", "file": "replies.wav"},
            },
            "broker": {"host": "127.0.0.1", "port": self.wire.port},
            "recipient": {"card": str(self.folder / "recipient.card")},
            "sharing": {"release": "at once"},
            "home": {"things": {"kitchen light": "home/kitchen"}},
            "folders": {"run": str(self.run), "state": str(self.state), "outbox": str(self.outbox)},
            "panel": {"show_words": True},
        }

    def _write(self, name: str, settings: Mapping[str, Any]) -> None:
        (self.folder / f"{name}.yaml").write_text(yaml.safe_dump(dict(settings), sort_keys=False))

    # ---- the processes, in the order in which they come on

    def broker(self) -> None:
        """A mosquitto that keeps everything it can, logs everything, and has one reader."""
        kept = self.folder / "broker"
        kept.mkdir(exist_ok=True)
        lines = (
            f"user {getpass.getuser()}",
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {kept}/",
            "max_packet_size 131072",
            "log_dest stderr",
            "log_type all",
        )
        (self.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        self._start("mosquitto", [_program("mosquitto"), "-c", str(self.folder / "mosquitto.conf")])
        self.until(lambda: _answers(self.port))
        # One that has gone away, and for which the broker keeps whatever comes.
        words = ["mosquitto_sub", *self.login(), "-c", "-i", "away", "-x", "9999", "-q", "1", "-t", "#", "-E"]
        subprocess.run(words, check=True, capture_output=True, timeout=PATIENCE)
        self.witness = self.folder / "witness.txt"
        with self.witness.open("wb") as out:
            self._start("witness", ["mosquitto_sub", *self.login(), "-q", "1", "-t", "#", "-F", "%t %l"], out)
        # mosquitto_sub writes when it has read its retained messages: the first word shows that it is there.
        self.until(lambda: self.publish("house/hello", "x") and "house/hello" in self.witness.read_text())

    def desk(self) -> None:
        """The recipient, if there is one."""
        files = [str(self.folder / "recipient.keys"), str(self.folder / "clips.db")]
        honest = ["keepmum.desk", "--config", str(self.folder / "desk.yaml"), "--keys", files[0], "--store", files[1]]
        lying = ["keepmum.desk.liars", self._desk, str(self.folder / "desk.yaml"), *files]
        if self._desk:
            self._start("desk", [sys.executable, "-m", *(honest if self._desk == "honest" else lying)])
            heard = b"keepmum/clips/"
            self.until(lambda: heard in (self.folder / "mosquitto.log").read_bytes())

    def listener(self) -> Line:
        """The listener; returns a line on which it tells what it sees."""
        settings = str(self.folder / "keepmum.yaml")
        (self.run / "panel.sock").unlink(missing_ok=True)  # an earlier run's would be taken for this one's
        self._start("listener", [sys.executable, *self._program, "--config", settings])
        self.until((self.run / "panel.sock").exists)
        self._hang_up()
        self.panel = connect(self.run, "panel", timeout=PATIENCE)
        self.panel.send(Watch())
        return self.panel

    def _hang_up(self) -> None:
        if self.panel is not None:
            self.panel.close()
            self.panel = None

    def peers(self, settings: str = "keepmum.yaml") -> None:
        """Skills and uplink, which connect to the listener; the uplink with other settings if need be."""
        for name, said in (("skills", "keepmum.yaml"), ("uplink", settings)):
            self._start(name, [sys.executable, "-m", f"keepmum.{name}", "--config", str(self.folder / said)])

    def __enter__(self) -> Self:
        self.broker()
        self.desk()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(list(self._running)):
            self.end(name)
        self._hang_up()
        self.wire.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- what tests do

    def live(self, at: Mapping[str, Callable[[], object]] | None = None) -> Self:
        """Live through the scene: until it is over and nothing is on its way any more.

        `at` names steps of the scene, by the words in which they begin, and what is done when they are reached.
        """
        self.listener()
        self.peers()
        self.follow(at or {})
        return self

    def follow(self, at: Mapping[str, Callable[[], object]]) -> None:
        """Read what the listener reports until the scene is over."""
        done: set[str] = set()
        while True:
            seen = self._next()
            if seen.kind == "scene":
                for step in [each for each in at if each not in done and str(seen.facts["text"]).startswith(each)]:
                    done.add(step)
                    at[step]()
            if seen.kind == "over":
                break
        assert not seen.facts["failures"], (self.seen[-30:], self.log("listener"))
        assert done == set(at), "a step was never reached"

    def _next(self) -> Seen:
        assert self.panel is not None, "the listener is not running"
        while True:
            received = self.panel.receive()
            assert received is not None, f"the listener says nothing: {self.log('listener')}"
            if isinstance(received[0], Seen):
                self.seen.append(received[0])
                return received[0]

    def ask(self, want: Want) -> None:
        """Somebody at the panel asks for quiet."""
        assert self.panel is not None, "the listener is not running"
        self.panel.send(Tighten(want=want))

    def publish(self, topic: str, payload: str) -> bool:
        """Somebody in the house says something over MQTT."""
        words = ["mosquitto_pub", *self.login(), "-q", "1", "-t", topic, "-m", payload]
        return subprocess.run(words, check=True, capture_output=True, timeout=PATIENCE).returncode == 0

    def settle(self) -> None:
        """Return once the witness has written down everything that the broker got until now."""
        before = self.witness.read_text().count("house/end ")
        self.publish("house/end", "x")
        self.until(lambda: self.witness.read_text().count("house/end ") > before)

    def end(self, name: str) -> None:
        """Ask one process to go, and wait for it."""
        process = self._running.pop(name, None)
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something; the limit only ends a test that hangs."""
        clock = RealClock()
        deadline = clock.now() + PATIENCE
        with DefaultSelector() as nothing:
            while not holds():
                for name, process in self._running.items():
                    assert process.poll() is None, f"{name} ended with {process.returncode}: {self.log(name)}"
                assert clock.now() < deadline, f"it never happened: {self.log('listener')}"
                clock.wait(nothing, 0.02, pending=False)

    def _start(self, name: str, command: list[str], out: Any = subprocess.DEVNULL) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, stdout=out, stderr=log, start_new_session=True, cwd=self.folder
            )

    # ---- what tests look at

    def login(self) -> list[str]:
        """Words for mosquitto's own programs."""
        return ["-V", "5", "-h", "127.0.0.1", "-p", str(self.port)]

    def log(self, name: str) -> str:
        """What a process has logged."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def rows(self, *whats: str) -> list[Row]:
        """The ledger's rows of these kinds, or all."""
        return [row for row in read(self.settings.folders.ledger) if not whats or row.what in whats]

    def seen_of(self, kind: str) -> list[Mapping[str, Any]]:
        """The facts of all reports of one kind."""
        return [seen.facts for seen in self.seen if seen.kind == kind]

    def mosquitto_saw(self) -> list[tuple[str, int]]:
        """Topic and bytes of everything that is not the house's own, as mosquitto_sub wrote it down."""
        lines = [line.split() for line in self.witness.read_text().splitlines()]
        return [(topic, int(size)) for topic, size in lines if not topic.startswith("house/")]


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Sections of sections, laid over each other."""
    both = dict(under)
    for name, value in over.items():
        below = both.get(name)
        both[name] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return both


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert found, f"{name} is not installed: scripts/setup installs it"
    return found


__all__ = ["COMMANDS", "HOUR", "NUMBERS", "STATUS", "AgreedHousehold", "Choice", "agree", "keys", "midnight"]
