"""The page's process as systemd would start it, a listener as a test drives it, and a visitor who is no browser."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import yaml

from keepmum.errors import PeerGone
from keepmum.messages import (
    Agreed,
    Done,
    Left,
    Message,
    Offered,
    Overview,
    OverviewReport,
    Propose,
    Seen,
    Status,
    StatusReport,
    Tighten,
    Watch,
)
from keepmum.wire import Door, Line

PATIENCE = 60.0
"""Seconds until something that never comes is given up; nothing here waits for time to pass."""

LISTENING = StatusReport(
    ear="waiting",
    microphone="open",
    ring="waiting for the wake word",
    mutes=[],
    mode="share",
    consents=[],
    proposal="",
    waiting=1,
    asking=2,
    outside=3,
    overdue=1,
    peers=["uplink", "skills", "panel"],
    broker="online",
    rows=12,
)
MUTED = LISTENING.model_copy(
    update={
        "ear": "muted",
        "microphone": "closed",
        "proof": "stream, memory, power, alsa",
        "ring": "muted: the microphone is closed",
        "mutes": ["button", "panel"],
        "mode": "local",
        "waiting": 0,
        "asking": 0,
        "outside": 0,
        "overdue": 0,
    }
)
FAULT = MUTED.model_copy(
    update={
        "microphone": "open",
        "proof": "",
        "mutes": ["fault"],
        "ring": "do not trust me: it should be closed, and something says that it is not",
    }
)
RESEARCH = Offered(purpose="research", rung="voice", asks=True, to="Speech lab, Ghent", retention=30 * 86_400.0)
TEXT = Offered(purpose="asr-improvement", rung="text", to="Speech lab, Ghent", retention=30 * 86_400.0)
HOME = Offered(purpose="commands", rung="text", to="hub.local:1883")
SHARING = OverviewReport(
    colour="green",
    motion="still",
    agreed=[
        Agreed(**HOME.model_dump(), until=1_800_000_000.0),
        Agreed(**TEXT.model_dump(), until=1_800_000_000.0),
    ],
    offered=[HOME, TEXT, RESEARCH],
    left=[
        Left(kind="action", purpose="commands", parcels=4, bytes=512),
        Left(kind="clip", purpose="asr-improvement", parcels=1, bytes=98_304),
    ],
)
QUIET = OverviewReport(colour="red", motion="still", offered=[HOME, TEXT, RESEARCH], left=[])
PROPOSED = SHARING.model_copy(update={"colour": "white", "motion": "pulse", "proposal": RESEARCH})
ALARMING = OverviewReport(colour="amber", motion="alarm", left=None)


class ScriptedListener:
    """A listener's real door. It answers with `status` and `overview`, and remembers what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.begin_anew()
        self._lines: list[Line] = []
        self._door = Door(folder, "panel")
        self._stopped = threading.Event()
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def begin_anew(self) -> None:
        """It listens and shares, and was asked nothing yet."""
        self.status, self.overview = LISTENING, SHARING
        self.heard: list[Message] = []
        self.answers: Callable[[Message], list[Message]] = self._usual

    def _usual(self, message: Message) -> list[Message]:
        match message:
            case Status():
                return [self.status]
            case Overview():
                return [self.overview]
            case Tighten(want=want):
                return [Done(text=f"Done: {want}.")]
            case Propose():
                return [Done(text="I say aloud what it is about.")]
            case _:
                return []

    def _serve(self) -> None:
        while not self._stopped.is_set():
            for ready in select.select([self._door, self._woken, *self._lines], [], [])[0]:
                if ready is self._door:
                    self._lines.extend(line for line in [self._door.accept()] if line)
                elif ready is self._woken:
                    self._woken.recv(100)
                elif not self._answered(ready):
                    self._lines.remove(ready)
        for line in self._lines:
            line.close()

    def _answered(self, line: Line) -> bool:
        try:
            received = line.receive()
            if received:
                self.heard.append(received[0])
                for answer in self.answers(received[0]):
                    line.send(answer)
        except PeerGone:
            line.close()
            return False
        return True

    def asked(self) -> list[Message]:
        """Everything that it was asked but how it is."""
        return [each for each in self.heard if not isinstance(each, Status | Overview | Watch)]

    def becomes(self, status: StatusReport, overview: OverviewReport, **facts: Any) -> None:
        """It is otherwise from now on, and tells whoever watches."""
        self.status, self.overview = status, overview
        for line in self._lines:
            line.send(Seen(at=0.0, kind="row", facts=facts))

    def hang_up(self) -> None:
        """It ends."""
        self._stopped.set()
        self._wake.send(b"x")
        self._thread.join()
        self._door.close()

    def close(self) -> None:
        if not self._stopped.is_set():
            self.hang_up()
        self._wake.close()
        self._woken.close()


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: str


class PanelProcess:
    """The shipped program, with a listening socket on descriptor 3 and a line to tell that it is ready."""

    def __init__(self, folder: Path, run: Path) -> None:
        settings = folder / "panel.yaml"
        settings.write_text(yaml.safe_dump({"folders": {"run": str(run)}}))
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self._told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._told.settimeout(PATIENCE)
        self._told.bind(str(folder / "notify"))
        self.log = folder / "panel.log"
        fd = self._door.fileno()
        command = f'export LISTEN_PID=$$; exec "$@" 3<&{fd} {fd}<&-'
        program = [sys.executable, "-m", "keepmum.panel", "--config", str(settings)]
        told = {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "http", "NOTIFY_SOCKET": str(folder / "notify")}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", command, "-", *program], pass_fds=[fd], env={**os.environ, **told}, stderr=log
            )
        self._until("READY=1")

    def _until(self, line: str) -> None:
        while self._told.recv(200).decode() != line:
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self._door.close()
            self._told.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        """A visitor's connection."""
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def raw(self, request: bytes) -> bytes:
        """Everything that comes back for these bytes, until the connection is closed."""
        with self.connect() as visitor:
            try:
                visitor.sendall(request)
                visitor.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: visitor.recv(1 << 16), b""))
            except (ConnectionResetError, BrokenPipeError):
                return b""

    def ask(self, method: str, path: str, host: str | None = None, **headers: str) -> Answer:
        """One whole request; underscores in header names stand for dashes."""
        said = {"Host": self.host if host is None else host, **headers}
        lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in said.items()]
        with self.connect() as visitor:
            visitor.sendall(f"{method} {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode())
            return parsed(b"".join(iter(lambda: visitor.recv(1 << 16), b"")))

    def get(self, path: str = "/") -> Answer:
        return self.ask("GET", path)

    def post(self, path: str) -> Answer:
        """As the page's own form does it."""
        return self.ask("POST", path, Origin=self.url, Content_Length="0")


def parsed(untrusted: bytes) -> Answer:
    """An answer that is not chunked."""
    head, _, body = untrusted.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Answer(int(first.split()[1]), headers, body.decode())
