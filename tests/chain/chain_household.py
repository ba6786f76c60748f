"""A speaker's releaser, its uplink, a broker and a collector as processes, and what ends them one at a time."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import yaml
from chain_account import Account, Tail, look_into, stored
from chain_clips import PURPOSES
from chain_power import Mount
from chain_relay import Relay
from real_broker import Mosquitto

from keepmum.ledger import segments, verify
from keepmum.seal import Keys

HERE = Path(__file__).parent
SPEED = 4_000.0
"""Seconds of the releaser's clock in one: what is tried again in six hours is tried again in five seconds."""
PATIENCE = 240.0
"""Real seconds for everything to arrive; it only ends a run that hangs."""
SPEAKER = ("releaser", "uplink")

_BROKER = "allow_anonymous true\nmax_packet_size 131072\nmax_queued_messages 1000\nmax_queued_bytes 67108864"
"""What matters here of config/mosquitto.conf; persistence is off there too."""


class Chain:
    """All of it, in one folder. `cut` is the least and the most that a connection carries before it breaks, in bytes;
    `variant` is a planted defect; `speaker` is where the speaker's disk is."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        cut: tuple[int, int] | None = None,
        variant: str = "",
        speaker: Path | None = None,
    ) -> None:
        self.folder, self.chance, self._variant = folder, random.Random(seed), variant
        self.speaker = speaker or folder / "speaker"
        self.kills = dict.fromkeys([*SPEAKER, "collector", "broker"], 0)
        self._lives = 0
        self._turns: list[str] = []
        self._begun, self._wall = time.monotonic(), time.time()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._broker = Mosquitto(folder, _BROKER).start()
        self.relays = [] if cut is None else [Relay(self._broker.port, *cut, seed + each) for each in range(2)]
        self.keys = self._write_down()
        self.begin_ledger()

    def _write_down(self) -> Keys:
        """Keys, card and the two sides' settings."""
        purposes = [purpose.value for purpose in PURPOSES]
        keys = Keys.generate("Lab", "lab@example.org", "a disk", "Utopia", 2, 90, 2, purposes, self._wall, weeks=14)
        keys.save(self.folder / "desk.keys")
        (self.folder / "card.json").write_text(keys.card.to_json())
        near, far = [relay.port for relay in self.relays] or [self._broker.port] * 2
        state, outbox = self.speaker / "state", self.speaker / "outbox"
        self._settings("speaker.yaml", near, {"run": self.folder / "run", "state": state, "outbox": outbox})
        self._settings("desk.yaml", far, {})
        return keys

    def _settings(self, name: str, port: int, folders: dict[str, Path]) -> None:
        told = {
            "broker": {"host": "127.0.0.1", "port": port},
            "recipient": {"card": str(self.folder / "card.json")},
            "sharing": {"release": "at once", "quota": 60},
            "folders": {name: str(path) for name, path in folders.items()},
        }
        (self.folder / name).write_text(yaml.safe_dump(told))

    # ---- processes

    def start(self, *roles: str) -> None:
        """Start these, or all; nobody waits until they are ready."""
        for role in roles or (*SPEAKER, "collector"):
            if role == "broker":
                self._broker.start()
                continue
            with (self.folder / f"{role}.log").open("ab") as log:
                self._processes[role] = subprocess.Popen([sys.executable, *self._words(role)], stdout=log, stderr=log)

    def _words(self, role: str) -> list[str]:
        speaker, desk = str(self.folder / "speaker.yaml"), str(self.folder / "desk.yaml")
        if role == "uplink":
            program = [str(HERE / "chain_puback_uplink.py")] if self._variant == "puback" else ["-m", "keepmum.uplink"]
            return [*program, "--config", speaker]
        if role == "collector":
            files = ["--keys", str(self.folder / "desk.keys"), "--store", str(self.store)]
            return ["-m", "keepmum.desk", "--config", desk, *files]
        self._lives += 1
        (self.speaker / "state").mkdir(mode=0o700, parents=True, exist_ok=True)
        time_ = ["--begun", str(self._begun), "--wall", str(self._wall), "--speed", str(SPEED)]
        mine = ["--said", str(self.said), "--life", str(self._lives), "--variant", self._variant]
        return [str(HERE / "chain_releaser.py"), "--config", speaker, *time_, *mine]

    def kill(self, role: str) -> None:
        """kill -9. A process that ended by itself before is a failure of its own."""
        self.kills[role] += 1
        if role == "broker":
            self._broker.kill()
            return
        process = self._processes.pop(role)
        ended = process.poll()
        process.kill()
        process.wait()
        assert ended is None, f"the {role} ended by itself with {ended}:\n{self.log_of(role)}"

    def log_of(self, role: str) -> str:
        """The end of what it said."""
        return (self.folder / f"{role}.log").read_text(errors="replace")[-3_000:]

    def close(self) -> None:
        """End everything that was started here."""
        for process in self._processes.values():
            process.kill()
            process.wait()
        self._broker.kill()
        for relay in self.relays:
            relay.close()

    # ---- what happens to them

    def fell(self, *roles: str) -> None:
        """After a random time one of these is killed, and comes back after another.

        Mostly there is something to fall into by then: on a busy computer a process may need longer than that to start.
        """
        if self.chance.random() < 0.7:
            self._moves()
        time.sleep(self.chance.uniform(0.02, 1.6))
        if not self._turns:  # each as often as the others, in an order by chance
            self._turns = self.chance.sample(roles, len(roles))
        role = self._turns.pop()
        self.kill(role)
        self.check()
        time.sleep(self.chance.choice([0.0, 0.0, self.chance.uniform(0.0, 0.6)]))
        self.start(role)

    def fell_both(self) -> None:
        """The broker falls while it keeps clips for a collector that is away."""
        time.sleep(self.chance.uniform(0.3, 1.5))
        self.kill("collector")
        time.sleep(self.chance.uniform(0.3, 1.2))
        self.kill("broker")
        self.check()
        self.start("broker", "collector")

    def power_cut(self, mount: Mount) -> None:
        """The speaker's power goes while it works, and comes back."""
        time.sleep(self.chance.uniform(0.5, 2.5))
        mount.cut()
        for role in SPEAKER:
            self.kills[role] += 1
            process = self._processes.pop(role)
            process.kill()  # a listener that cannot write any more may have ended by itself
            process.wait()
        mount.again()
        self.start(*SPEAKER)

    def settle_ledger(self) -> None:
        """What the ledger says is read from its first row: nobody knows how much of it the power took."""
        self.begin_ledger()
        self.check()

    def begun(self) -> None:
        """Return when the first clip has gone all the way."""
        self._until(lambda: bool(stored(self.store)))

    def _until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            logs = "".join(self.log_of(role) for role in self._processes)
            assert time.monotonic() < end, f"it never happened:\n{logs}"
            for role, process in self._processes.items():
                assert process.poll() is None, f"the {role} ended by itself:\n{self.log_of(role)}"
            time.sleep(0.05)

    def _moves(self) -> None:
        """Return when the ledger has grown; a chain that stands still, as when a day's quota is used up, is no news."""
        before, end = segments.size(self.ledger), time.monotonic() + 1.0
        while segments.size(self.ledger) <= before and time.monotonic() < end:
            time.sleep(0.02)

    def check(self) -> None:
        """What must hold at any instant: the store first, so that every row must be there by then."""
        self.account.stored = stored(self.store)
        self.account.read(self._tail.read())
        assert not self.account.early, f"before their rows: {self.account.early}"

    def drain(self) -> None:
        """Nothing more is wanted; everybody starts once more, and all that waits arrives."""
        (self.folder / "drain").touch()
        for role in list(self._processes):
            self.kill(role)
        self.start()
        waiting = self.speaker / "outbox" / "new"
        time.sleep(1.0)  # for the releaser to look once more at what it wanted last
        self._until(lambda: not any(waiting.iterdir()))
        for role, process in self._processes.items():
            process.send_signal(signal.SIGTERM if role != "releaser" else signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10.0)
        self.settle()

    def settle(self) -> None:
        """The whole account, when nobody writes any more; the ledger is verified from its first row."""
        self.check()
        self.account.remember(self.said)
        look_into(self.account, self.store, self.keys)
        verdict = verify(self.ledger)
        assert (verdict.problem, verdict.rows) == (None, self._tail.rows), str(verdict)

    def begin_ledger(self) -> None:
        """Read it from its first row once more: after a power cut there may be fewer than were seen."""
        self._tail = Tail(self.ledger)
        self.account = Account()

    @property
    def ledger(self) -> Path:
        return self.speaker / "state" / "ledger"

    @property
    def store(self) -> Path:
        return self.folder / "clips.db"

    @property
    def said(self) -> Path:
        return self.folder / "said"

    def summary(self) -> str:
        """One line."""
        kills = ", ".join(f"{count} of the {role}" for role, count in self.kills.items() if count)
        cuts = sum(relay.cuts for relay in self.relays)
        days = (time.monotonic() - self._begun) * SPEED / 86_400
        return (
            f"{sum(self.kills.values())} kills ({kills}), {cuts} connections cut, {self._tail.rows} rows, "
            f"{days:.0f} days of the speaker's clock: {self.account.summary()}"
        )


Say = Callable[[str], None]


def batter(chain: Chain, kills: int, say: Say, *roles: str, both: bool = False) -> None:
    """So many random kills, the account after each; every third one takes broker and collector, if `both`."""
    chain.begun()
    before = sum(chain.kills.values())
    done = told = 0
    while done < kills:
        if both and chain.chance.random() < 0.3:
            chain.fell_both()
        else:
            chain.fell(*roles)
        done = sum(chain.kills.values()) - before
        if done - told >= 25:
            told = done
            verdict = verify(chain.ledger)
            assert verdict.problem is None, verdict.problem
            say(f"{done} of {kills} kills; {len(chain.account.stored)} clips stored, {verdict.rows} rows verified")
