"""The real mosquitto on a free loopback port, an independent reader of what it sees, and a poor link to it."""

from __future__ import annotations

import getpass
import os
import random
import selectors
import shutil
import socket
import struct
import subprocess
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 20.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


class Mosquitto:
    """One broker with its own files; `kill` is kill -9."""

    def __init__(self, folder: Path, extra: str = "allow_anonymous true") -> None:
        self.port = free_port()
        self._file = folder / "mosquitto.conf"
        # As root mosquitto would become a user who cannot read the test's files.
        self._file.write_text(
            f"user {getpass.getuser()}\nlistener {self.port} 127.0.0.1\npersistence false\nlog_dest stderr\n{extra}\n"
        )
        if shutil.which("mosquitto") is None:
            raise RuntimeError("mosquitto is not installed: apt install mosquitto mosquitto-clients")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Mosquitto:
        """Return when it takes connections."""
        self._process = subprocess.Popen(["mosquitto", "-c", str(self._file)], stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except ConnectionRefusedError:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(0.01)
                assert self._process.returncode is None, "mosquitto ended at once"
            else:
                return self
        raise RuntimeError("mosquitto did not start")

    def kill(self) -> None:
        """End it without a warning."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Counter:
    """`mosquitto_sub`, which knows nothing of our code: counts what the broker passes on."""

    def __init__(self, port: int, topic: str) -> None:
        # Without stdbuf its lines would wait for each other in a pipe.
        words = [
            "stdbuf",
            "-oL",
            "mosquitto_sub",
            "-V",
            "5",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-t",
            topic,
            "-d",
            "-F",
            "got %t %l",
        ]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert self._process.stdout is not None
        self._lines = self._process.stdout
        self.rows: list[tuple[str, int]] = []
        self._rest = b""
        self._read_until(b"Subscribed")

    def until(self, count: int) -> list[tuple[str, int]]:
        """Topic and size of each message, once there are so many."""
        while len(self.rows) < count:
            self._read_until(b"got ")
        return self.rows

    def drain(self, marker: str, publish: object) -> list[tuple[str, int]]:
        """All messages up to one to the topic `marker`, which `publish` sends."""
        assert callable(publish)
        publish(marker)
        while not any(topic == marker for topic, _ in self.rows):
            self._read_until(b"got ")
        return [row for row in self.rows if row[0] != marker]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._lines.close()

    def _read_until(self, beginning: bytes) -> None:
        while True:
            line = self._line()
            if line.startswith(b"got "):
                _, topic, size = line.split()
                self.rows.append((topic.decode(), int(size)))
            if line.startswith(beginning):
                return

    def _line(self) -> bytes:
        while b"\n" not in self._rest:
            assert readable(self._lines, PATIENCE), "mosquitto_sub says nothing"
            came = os.read(self._lines.fileno(), 65_536)
            assert came, "mosquitto_sub ended"
            self._rest += came
        line, _, self._rest = self._rest.partition(b"\n")
        return line


class Relay:
    """A link to the broker that breaks after random numbers of bytes; it runs in the test's own thread."""

    def __init__(self, port: int, least: int, most: int, seed: int) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.setblocking(False)
        self.port: int = self._door.getsockname()[1]
        self._to, self._range, self._random = port, (least, most), random.Random(seed)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._budgets: list[int] = []
        self.cuts = 0
        self.said: list[bytearray] = []
        """What came from each client, in the order in which they connected."""
        self.answered: list[bytearray] = []

    def turn(self) -> None:
        try:
            near, _ = self._door.accept()
        except BlockingIOError:
            pass
        else:
            far = socket.create_connection(("127.0.0.1", self._to))
            far.setblocking(False)
            near.setblocking(False)
            self._pairs.append((near, far))
            self._budgets.append(self._random.randint(*self._range))
            self.said.append(bytearray())
            self.answered.append(bytearray())
        for number, (near, far) in list(enumerate(self._pairs)):
            self._pump(number, near, far)

    def _pump(self, number: int, near: socket.socket, far: socket.socket) -> None:
        for source, target in ((near, far), (far, near)):
            if source.fileno() < 0:
                return
            try:
                came = source.recv(16_384)
            except BlockingIOError:
                continue
            except OSError:
                came = b""
            (self.said if source is near else self.answered)[number].extend(came)
            if source is near:
                self._budgets[number] -= len(came)
            if not came or self._budgets[number] < 0:
                self.cuts += self._budgets[number] < 0
                self._cut(near, far)
                return
            target.setblocking(True)
            target.sendall(came)
            target.setblocking(False)

    @property
    def open(self) -> int:
        """How many connections there are."""
        return sum(near.fileno() >= 0 for near, _ in self._pairs)

    def _cut(self, *ends: socket.socket) -> None:
        for end in ends:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()

    def close(self) -> None:
        self._door.close()
        for pair in self._pairs:
            for end in pair:
                end.close()


def wait_until(condition: object, *turns: object, why: str = "it never happened") -> None:
    """Call every `turn` until the condition holds; the limit only ends a test that hangs."""
    assert callable(condition)
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, why
        for turn in turns:
            assert callable(turn)
            turn()


def readable(file: object, seconds: float) -> bool:
    """Whether there is something to read within so many seconds."""
    with selectors.DefaultSelector() as selector:
        selector.register(file, selectors.EVENT_READ)  # type: ignore[arg-type]
        return bool(selector.select(seconds))
