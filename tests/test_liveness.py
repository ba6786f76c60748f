"""What real processes tell systemd: ready when they are locked, well while they turn, nothing once they hang."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file, so this one is found by folder

from keepmum.wire import Door
from notified_process import AS_PROGRAM, PATIENCE, Systemd, handed, listener_settings

PROCESSES = ["listener", "uplink", "skills"]


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    """Hears what a process says."""
    one = Systemd(tmp_path)
    yield one
    one.close()


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[dict[str, Path]]:
    """An owner's file for each process; uplink and skills find an open door in another folder than the listener's."""
    doors_at = tmp_path / "doors"
    doors_at.mkdir()
    doors = [Door(doors_at, "skills"), Door(doors_at, "uplink")]
    peers = tmp_path / "peers.yaml"
    peers.write_text(f"folders: {{run: {doors_at}}}\n")
    yield {"listener": listener_settings(tmp_path), "uplink": peers, "skills": peers}
    for door in doors:
        door.close()


# ---- ready


def told(systemd: Systemd, process: str, settings: Path, *planted: str) -> list[str]:
    """What the process told systemd from start to SIGTERM, each with the state of its lock (2 is locked)."""
    command = [sys.executable, "-c", AS_PROGRAM, process, str(settings), *planted]
    with subprocess.Popen(command, env=systemd.environ(), stdout=subprocess.PIPE, text=True) as started:
        try:
            systemd.until("READY=1")
            started.send_signal(signal.SIGTERM)
            said, _ = started.communicate(timeout=PATIENCE)
        finally:
            started.kill()
    assert started.returncode == 0
    return said.splitlines()


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_is_ready_when_it_is_locked(systemd: Systemd, settings: dict[str, Path], process: str) -> None:
    """READY=1 once, behind the lock; STOPPING=1 is the last thing that it says."""
    said = told(systemd, process, settings[process])
    assert said.count("READY 2") == 1
    assert said[-1] == "STOPPING 2"
    assert "READY 0" not in said


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_that_forgets_its_lock_is_caught(systemd: Systemd, settings: dict[str, Path], process: str) -> None:
    """The planted defect: ready without a lock."""
    assert "READY 0" in told(systemd, process, settings[process], "planted")


def test_a_listener_is_ready_behind_open_doors_and_says_how_it_is(systemd: Systemd, tmp_path: Path) -> None:
    """New speakers are muted, and a scene's hold opens the microphone: two sentences, and doors from the first on."""
    config = listener_settings(tmp_path, "pause 1\nhold 1\npause 1000", more="  fast: true\n")
    command = [sys.executable, "-m", "keepmum.listener", "--config", str(config)]
    with subprocess.Popen(command, env=systemd.environ(), stderr=subprocess.DEVNULL) as started:
        try:
            systemd.until("READY=1")
            assert {file.name for file in (tmp_path / "run").iterdir()} >= {"uplink.sock", "skills.sock", "panel.sock"}
            systemd.until("STATUS=Listening for the wake word.")
        finally:
            started.kill()
    assert systemd.heard[0] == "STATUS=Muted."


# ---- well


@pytest.mark.parametrize("process", ["uplink", "skills"])
def test_a_process_that_has_nothing_to_do_is_well(systemd: Systemd, settings: dict[str, Path], process: str) -> None:
    """Idle, it goes on saying so, in the time that a (very impatient) watchdog allows."""
    command = [sys.executable, "-m", f"keepmum.{process}", "--config", str(settings[process])]
    environ = systemd.environ(watchdog=0.2)
    with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as started:
        try:
            systemd.until("WATCHDOG=1", times=5)
        finally:
            started.kill()
    assert systemd.heard.index("READY=1") < systemd.heard.index("WATCHDOG=1")


HANGS = """
import sys, threading
from pathlib import Path
from keepmum import config
from keepmum.hardware.scenes.timeline import SECOND
from keepmum.listener.assembly import Listener

listener = Listener(config.load(Path(sys.argv[1])))
part, method, planted = getattr(listener._hardware, sys.argv[2]), sys.argv[3], sys.argv[4:]
room, hung = listener._hardware.room, threading.Event()
real = getattr(part, method)

def hang(*arguments):
    if room.now() < 30:
        return real(*arguments)
    hung.set()
    threading.Event().wait()

def an_hour_later():
    hung.wait()
    room._now += 3600 * SECOND
    if planted:
        listener._notify.alive(room.now())
    print("an hour later", flush=True)

setattr(part, method, hang)
threading.Thread(target=an_hour_later).start()
listener.start()
while True:
    listener.turn()
"""
"""A listener, one method of whose hardware never returns once half a minute of its room has passed."""

HANGING = [("ring", "turn"), ("microphone", "close"), ("button", "is_down"), ("microphone", "read")]


def after_hanging(systemd: Systemd, folder: Path, *hanging: str) -> list[str]:
    """What the watchdog hears in the hour in which a listener hangs; before, it must have heard something."""
    config = listener_settings(folder, "hold 1\npause 40\nhold 0.1\npause 1000", more="  fast: true\n")
    command = [sys.executable, "-c", HANGS, str(config), *hanging]
    environ = systemd.environ(watchdog=20.0)
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as started:
        try:
            systemd.until("WATCHDOG=1", times=3)
            before = len(systemd.heard)
            assert started.stdout
            assert started.stdout.readline() == "an hour later\n"
            said = systemd.rest()
        finally:
            started.kill()
    assert before >= 3
    return said


@pytest.mark.parametrize(("part", "method"), HANGING)
def test_a_listener_that_hangs_in_its_hardware_falls_silent(
    systemd: Systemd, tmp_path: Path, part: str, method: str
) -> None:
    """A bus that does not answer, a sound card that does not close: at most the moments before it are reported."""
    said = after_hanging(systemd, tmp_path, part, method)
    # Every ten seconds until the hour began, and not once in the 360 times that it had.
    assert said.count("WATCHDOG=1") <= 5


def test_a_thread_that_speaks_for_a_hung_loop_is_caught(systemd: Systemd, tmp_path: Path) -> None:
    """The planted defect: somebody else keeps the watchdog quiet, and the last thing that it hears is a lie."""
    assert after_hanging(systemd, tmp_path, "ring", "turn", "planted")[-1] == "WATCHDOG=1"


# ---- handed a way out


WAYS = {
    "tcp": (socket.AF_INET, socket.SOCK_STREAM, ""),
    "listening": (socket.AF_INET, socket.SOCK_STREAM, "listening"),
    "connected": (socket.AF_INET, socket.SOCK_STREAM, "connected"),
    "udp": (socket.AF_INET, socket.SOCK_DGRAM, ""),
    "listening6": (socket.AF_INET6, socket.SOCK_STREAM, "listening"),
}


@pytest.fixture
def way(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    """A socket of one of the kinds above, on loopback."""
    family, kind, state = WAYS[request.param]
    with socket.create_server(("127.0.0.1", 0)) as there, socket.socket(family, kind) as made:
        if state == "listening":
            made.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
            made.listen()
        elif state == "connected":
            made.connect(there.getsockname())
        yield made


@pytest.mark.parametrize("way", WAYS, indirect=True)
@pytest.mark.parametrize("process", PROCESSES)
def test_a_program_that_is_started_with_a_way_out_does_not_run(
    way: socket.socket, settings: dict[str, Path], process: str
) -> None:
    """Passed as systemd would, as descriptor 3: the real program names it, and ends before it does a thing."""
    done = handed(way, "-m", f"keepmum.{process}", "--config", str(settings[process]))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "descriptor 3 is a socket of another family" in done.stderr


LOCKED_PANEL = "from keepmum import lockdown; lockdown.lock_panel(); print('went on')"


@pytest.mark.parametrize("way", WAYS, indirect=True)
def test_a_panel_takes_a_listening_socket_and_no_other(way: socket.socket, request: pytest.FixtureRequest) -> None:
    """Visitors arrive on it; one that is connected, or could be, would be a way out."""
    done = handed(way, "-c", LOCKED_PANEL)
    if request.node.callspec.params["way"].startswith("listening"):
        assert (done.returncode, done.stdout) == (0, "went on\n"), done.stderr
    else:
        assert (done.returncode, done.stdout) == (1, "")
        assert "descriptor 3 is a socket of another family" in done.stderr


@pytest.mark.parametrize("change", ["LISTEN_PID=1", "LISTEN_FDS=0", "LISTEN_FDS=-1", "LISTEN_FDS=1e3", "LISTEN_PID="])
@pytest.mark.parametrize("way", ["listening"], indirect=True)
def test_a_listening_socket_that_nobody_announced_is_a_way_out(way: socket.socket, change: str) -> None:
    """Meant for another process, not counted, or counted in nonsense: then it is refused like any other."""
    name, _, value = change.partition("=")
    done = handed(way, "-c", f"import os; os.environ[{name!r}] = {value!r}; {LOCKED_PANEL}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "descriptor 3 is a socket of another family" in done.stderr


@pytest.mark.parametrize("way", ["listening"], indirect=True)
def test_what_comes_beside_a_listening_socket_is_refused(way: socket.socket) -> None:
    """Only the announced number is looked at kindly: the next descriptor is not."""
    beside = "import os, socket; other = socket.create_server(('127.0.0.1', 0)); "
    done = handed(way, "-c", beside + LOCKED_PANEL)
    assert (done.returncode, done.stdout) == (1, "")


SERVES = """
import asyncio, socket
from keepmum import lockdown
async def visited(reader, writer):
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()
    served.set()
async def serve():
    global served
    served = asyncio.Event()
    async with await asyncio.start_server(visited, sock=socket.socket(fileno=3)):
        await served.wait()
lockdown.lock_panel()
asyncio.run(serve())
"""


def test_a_locked_panel_serves_its_visitors() -> None:
    """asyncio starts behind the lock, listens once more on what it was given, and answers."""
    with socket.create_server(("127.0.0.1", 0)) as there:
        visitor = socket.create_connection(there.getsockname(), timeout=PATIENCE)
        visitor.sendall(b"hello\n")
        done = handed(there, "-c", SERVES)
        assert done.returncode == 0, done.stderr
        with visitor:
            assert visitor.recv(99) == b"hello\n"
