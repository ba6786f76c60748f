"""What the doctor asks others: the listener through its real door, a real broker, programs, and chips on a bus."""

from __future__ import annotations

import errno
import getpass
import select
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from selectors import BaseSelector, SelectorKey

import pytest

from keepmum.clock import RealClock
from keepmum.doctor.machine import answers_on_i2c, run
from keepmum.doctor.peers import broker_answers, listener_says
from keepmum.errors import BrokerError, ConfigError, PeerError
from keepmum.messages import Done, Message, Refused, StatusReport
from keepmum.settings import BrokerSettings
from keepmum.wire import Door

REPORT = StatusReport(
    ear="muted",
    microphone="closed",
    ring="muted: the microphone is closed",
    mutes=["button"],
    mode="local",
    consents=[],
    proposal="",
    waiting=0,
    peers=[],
    broker="",
    rows=3,
)
PATIENCE = 20.0

# ---- the listener


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Callable[[Message | None], Path]]:
    """A listener's real door, behind which one question is answered so, or hung up on."""
    threads: list[threading.Thread] = []
    doors: list[Door] = []

    def answer(door: Door, message: Message | None) -> None:
        select.select([door], [], [], PATIENCE)
        line = door.accept()
        assert line is not None
        select.select([line], [], [], PATIENCE)
        line.receive()
        if message is not None:
            line.send(message)
        line.close()

    def start(message: Message | None) -> Path:
        doors.append(Door(tmp_path / "run", "panel"))
        threads.append(threading.Thread(target=answer, args=(doors[-1], message)))
        threads[-1].start()
        return tmp_path / "run"

    yield start
    for thread in threads:
        thread.join()
    for door in doors:
        door.close()


def test_the_listener_says_how_it_is(answering: Callable[[Message | None], Path]) -> None:
    """Through the door of the panel, with the question that `keepmum status` asks."""
    assert listener_says(answering(REPORT)) == REPORT


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Refused(why="too many at once", hint="wait"), "too many at once"),
        (Done(text="x"), "something else"),
        (None, "hung up"),
    ],
)
def test_a_listener_that_answers_nonsense_does_not_answer(
    answering: Callable[[Message | None], Path], answer: Message | None, told: str
) -> None:
    """A refusal, another message, or nothing."""
    with pytest.raises(PeerError, match=told):
        listener_says(answering(answer))


def test_no_listener_is_a_peer_error(tmp_path: Path) -> None:
    """With what to start."""
    with pytest.raises(PeerError) as caught:
        listener_says(tmp_path)
    assert "keepmum run listener" in caught.value.hint


# ---- the broker


class Broker:
    """A real mosquitto on loopback that logs every packet."""

    def __init__(self, folder: Path, extra: str) -> None:
        if shutil.which("mosquitto") is None:
            raise RuntimeError("mosquitto is not installed: apt install mosquitto")
        with socket.create_server(("127.0.0.1", 0)) as door:
            self.port = int(door.getsockname()[1])
        conf, self._log = folder / "mosquitto.conf", folder / "mosquitto.log"
        # As root mosquitto would become a user who cannot read the test's files.
        top = f"user {getpass.getuser()}\nlistener {self.port} 127.0.0.1\nlog_dest stderr\nlog_type all\n"
        conf.write_text(top + extra)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(["mosquitto", "-c", str(conf)], stderr=log)
        self.until(lambda: f"Opening ipv4 listen socket on port {self.port}" in self.log())

    def log(self) -> str:
        return self._log.read_text()

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for the log to say something."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            select.select([], [], [], 0.01)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Callable[[str], Broker]]:
    """Starts a broker with these lines in its configuration."""
    started: list[Broker] = []

    def start(extra: str = "allow_anonymous true\n") -> Broker:
        started.append(Broker(tmp_path, extra))
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_a_dry_run_connects_and_publishes_nothing(broker: Callable[..., Broker]) -> None:
    """The broker's own log: one CONNECT, one DISCONNECT, no SUBSCRIBE, no PUBLISH."""
    one = broker("allow_anonymous true\nmax_packet_size 65536\n")
    settings = BrokerSettings(host="127.0.0.1", port=one.port)
    assert (
        broker_answers(settings, RealClock()) == f"127.0.0.1:{one.port} answers without TLS, packets up to 65,536 bytes"
    )
    one.until(lambda: "Received DISCONNECT" in one.log())
    assert "New client connected" in one.log()
    assert [word for word in ("PUBLISH", "SUBSCRIBE") if word in one.log()] == []


def test_a_broker_that_wants_a_name_is_told_in_words(broker: Callable[..., Broker]) -> None:
    """The uplink's own words for it."""
    one = broker("allow_anonymous false\n")
    with pytest.raises(BrokerError, match="not authorised"):
        broker_answers(BrokerSettings(host="127.0.0.1", port=one.port), RealClock())


def test_a_port_where_nobody_is_and_a_file_that_is_lost(tmp_path: Path) -> None:
    """Each with its reason."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = int(door.getsockname()[1])
    with pytest.raises(BrokerError, match="nothing answers"):
        broker_answers(BrokerSettings(host="127.0.0.1", port=port), RealClock())
    lost = BrokerSettings(host="127.0.0.1", port=port, username="a", password_file=tmp_path / "lost")
    with pytest.raises(ConfigError, match="cannot be read"):
        broker_answers(lost, RealClock())
    with pytest.raises(BrokerError, match="no broker is named"):
        broker_answers(BrokerSettings(), RealClock())


class Hurried:
    """A clock on which every wait is over at once."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def wall(self) -> float:
        return self.seconds

    def wait(self, selector: BaseSelector, seconds: float, *, pending: bool) -> list[SelectorKey]:
        self.seconds += seconds
        return [key for key, _ in selector.select(0)]


def test_a_server_that_takes_the_connection_and_says_nothing() -> None:
    """Given up after five seconds of the clock that was passed in."""
    clock = Hurried()
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = int(door.getsockname()[1])
        with pytest.raises(BrokerError, match="said nothing for 5 seconds"):
            broker_answers(BrokerSettings(host="127.0.0.1", port=port), clock)
    assert clock.seconds == pytest.approx(5.0)


# ---- programs and chips


def test_a_program_is_run_without_a_shell_and_one_that_is_missing_is_none() -> None:
    """Status, output and complaint."""
    assert run(["printf", "%s", "$HOME; ls"]) == (0, "$HOME; ls", "")
    status, _, complaint = run(["ls", "/nowhere-at-all"]) or (0, "", "")
    assert (status > 0, "No such file" in complaint) == (True, True)
    assert run(["no-such-program-of-keepmum"]) is None
    assert run(["/etc/passwd"]) == (126, "", "Permission denied")


@pytest.mark.parametrize(
    ("content", "refusal", "answers"),
    [(b"\x40", None, True), (b"", None, False), (b"\x40", errno.EBUSY, True), (b"\x40", errno.ENXIO, False)],
)
def test_a_chip_answers_with_a_byte_or_belongs_to_a_driver(
    tmp_path: Path, content: bytes, refusal: int | None, answers: bool
) -> None:
    """The kernel refuses an address that a driver has; that is an answer, too."""
    bus = tmp_path / "i2c-1"
    bus.write_bytes(content)
    asked: list[tuple[int, int]] = []

    def ioctl(_opened: int, request: int, address: int) -> int:
        asked.append((request, address))
        if refusal is not None:
            raise OSError(refusal, "")
        return 0

    assert answers_on_i2c(bus, 0x18, ioctl) is answers
    assert asked == [(0x0703, 0x18)]
    assert bus.read_bytes() == content


def test_a_bus_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Not an answer of no."""
    with pytest.raises(FileNotFoundError):
        answers_on_i2c(tmp_path / "i2c-1", 0x18)
