"""What the tests of captures share: a tap on loopback in front of a small server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from keepmum.lab.capture.record import Record
from keepmum.lab.capture.tap import Address, Tap


class Server:
    """Answers every connection by one function, one after the other, each in its turn."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self._answer = answer
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def address(self) -> Address:
        """Where it listens."""
        return Address("127.0.0.1", self._door.getsockname()[1])

    def close(self) -> None:
        """Answer nobody any more."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._door.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            with line:
                self._answer(line)


class Tapped:
    """A tap at work, whose clock goes one hundredth of a second further each time it is read."""

    def __init__(self, folder: Path, to: Address) -> None:
        self.record, self._ticks = Record(folder), count()
        self.tap = Tap(Address("127.0.0.1", 0), to, lambda: 1_000_000 + next(self._ticks) / 100)
        self.address = self.tap.address
        self.failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def call(self) -> socket.socket:
        """A device's connection to it."""
        return socket.create_connection(self.address, timeout=10)

    def close(self) -> None:
        """Stop it and wait for its end."""
        if self._thread.is_alive():
            self.tap.stop()
        self._thread.join()
        self.record.close()

    def wait(self) -> None:
        """Until it ends by itself."""
        self._thread.join(10)

    def _run(self) -> None:
        try:
            self.tap.run(self.record)
        except Exception as error:  # noqa: BLE001 - whatever ends the tap is the test's to see
            self.failed.append(error)


@pytest.fixture
def served() -> Iterator[Callable[[Callable[[socket.socket], None]], Server]]:
    """Starts servers; they end with the test."""
    servers: list[Server] = []

    def start(answer: Callable[[socket.socket], None]) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def tapped(tmp_path: Path) -> Iterator[Callable[[Address], Tapped]]:
    """Starts taps that write below `tmp_path/tap`; they end with the test."""
    taps: list[Tapped] = []

    def start(to: Address) -> Tapped:
        taps.append(Tapped(tmp_path / "tap", to))
        return taps[-1]

    yield start
    for tap in taps:
        tap.close()
