"""What a process can no longer do once it has locked itself: every route, in every kind of thread and child."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROBE = Path(__file__).with_name("lockdown_probe.py")
Report = dict[str, dict[str, str]]

OTHER_FAMILIES = {"raw", "ping", "packet", "netlink", "vsock", "mptcp"}
INTERNET = {"tcp4", "tcp6", "udp4", "udp6"}
UNIX = {"unix stream", "unix abstract", "unix datagram"}
OUR_UNIX = {"unix packets", "socket pair", "inherited unix socket"}
WRITING = {
    "write a file",
    "read and write a file",
    "empty a file",
    "create a file",
    "openat2",
    "rename",
    "make a folder",
    "change a mode",
}
ROUND_ABOUT = {"io_uring", "new namespace", "read another's memory", "take another's descriptor", "trace another"}
WITHOUT_CONNECT = {"datagram pair", "listening socket turned round"}
NAMES = {"resolve localhost", "resolve literal"}
"""Reading /etc/hosts leads nowhere; only the uplink needs it."""

CLOSED = {
    "listener": OTHER_FAMILIES | INTERNET | UNIX | OUR_UNIX | ROUND_ABOUT | WITHOUT_CONNECT | {"serve"},
    "uplink": OTHER_FAMILIES
    | UNIX
    | WRITING
    | ROUND_ABOUT
    | WITHOUT_CONNECT
    | {"serve", "accept", "run a program", "open device"},
    "panel": OTHER_FAMILIES
    | INTERNET
    | UNIX
    | (OUR_UNIX - {"socket pair"})
    | WRITING
    | ROUND_ABOUT
    | WITHOUT_CONNECT
    | {"serve", "run a program", "open device"},
    "skills": OTHER_FAMILIES
    | INTERNET
    | UNIX
    | OUR_UNIX
    | WRITING
    | ROUND_ABOUT
    | WITHOUT_CONNECT
    | {"serve", "accept", "run a program", "open device"},
}
OPEN = {
    "nothing": {"tcp4", "udp4", "netlink", "serve", "accept", "run a program", "open device", "read a file"}
    | UNIX
    | OUR_UNIX
    | WRITING
    | NAMES
    | WITHOUT_CONNECT,
    "listener": {"accept", "run a program", "open device", "read a file"} | WRITING,
    "uplink": {"tcp4", "udp4", "read a file"} | OUR_UNIX | NAMES,
    "panel": {"accept", "socket pair", "read a file"},
    "skills": {"read a file"},
}
LOCKS = sorted(CLOSED)
REFUSED = {"EPERM", "EAFNOSUPPORT"}


class Outside:
    """Something to reach at the end of every route: servers on loopback, Unix sockets, a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o755)
        (folder / "old").mkdir()
        (folder / "file").write_text("x")
        self._held = [
            socket.create_server(("127.0.0.1", 0), backlog=100),
            self._bound(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            self._bound(socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "stream")),
            self._bound(socket.AF_UNIX, socket.SOCK_STREAM, f"\0keepmum-test-{os.getpid()}"),
            self._bound(socket.AF_UNIX, socket.SOCK_DGRAM, str(folder / "datagram")),
            self._bound(socket.AF_UNIX, socket.SOCK_SEQPACKET, str(folder / "packets")),
        ]
        self.door = self._bound(socket.AF_UNIX, socket.SOCK_SEQPACKET, str(folder / "door"))
        self.visited = socket.create_server(("127.0.0.1", 0))
        self._held += [self.door, self.visited]
        self.tcp4, self.udp4 = (held.getsockname()[1] for held in self._held[:2])
        self.tcp6 = self._sixth()

    def _bound(self, family: int, kind: int, address: Any) -> socket.socket:
        held = socket.socket(family, kind)
        held.bind(address)
        if kind != socket.SOCK_DGRAM:
            held.listen(100)
        if isinstance(address, str) and not address.startswith("\0"):
            Path(address).chmod(0o666)
        return held

    def _sixth(self) -> int:
        if not socket.has_dualstack_ipv6():
            return 9
        self._held.append(socket.create_server(("::1", 0), family=socket.AF_INET6, backlog=100))
        return int(self._held[-1].getsockname()[1])

    def knock(self, times: int) -> None:
        """Queue connections, so that whoever accepts on the door finds somebody there."""
        for _ in range(times):
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as visitor:
                visitor.connect(str(self.folder / "door"))

    def targets(self, unconnected: socket.socket) -> dict[str, object]:
        return {
            "tcp4": self.tcp4,
            "tcp6": self.tcp6,
            "udp4": self.udp4,
            "stream": str(self.folder / "stream"),
            "abstract": f"keepmum-test-{os.getpid()}",
            "datagram": str(self.folder / "datagram"),
            "packets": str(self.folder / "packets"),
            "file": str(self.folder / "file"),
            "folder": str(self.folder),
            "door": self.door.fileno(),
            "unconnected": unconnected.fileno(),
        }

    def close(self) -> None:
        for held in self._held:
            held.close()


class Probes:
    """Runs the probe under a lock, once each, and keeps what it reported."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._reports: dict[str, Report] = {}

    def __getitem__(self, lock: str) -> Report:
        if lock not in self._reports:
            self._reports[lock] = self.run(lock)
        return self._reports[lock]

    def run(self, lock: str, **more: object) -> Report:
        self._outside.knock(6)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unconnected:
            targets = self._outside.targets(unconnected) | more
            handed = [self._outside.door.fileno(), unconnected.fileno()]
            if lock.endswith("panel"):
                targets["listening"] = self._outside.visited.fileno()
                handed.append(self._outside.visited.fileno())
            done = subprocess.run(
                [sys.executable, str(PROBE), lock],
                check=False,
                env={**os.environ, "PROBE_TARGETS": json.dumps(targets)},
                pass_fds=handed,
                capture_output=True,
                text=True,
                timeout=60,
            )
        assert done.returncode == 0, done.stderr
        report: Report = json.loads(done.stdout)
        return report


@pytest.fixture(scope="module")
def probes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probes]:
    """Reports of the probe, by lock."""
    outside = Outside(tmp_path_factory.mktemp("outside"))
    yield Probes(outside)
    outside.close()


def ways_out(report: Report, closed: set[str]) -> set[tuple[str, str, str]]:
    """(context, route, what happened) for everything that should have been refused by the lock and was not."""
    contexts = {name: found for name, found in report.items() if name != "kernel"}
    return {
        (context, route, found[route])
        for context, found in contexts.items()
        for route in closed
        if found[route] not in REFUSED
    }


# ---- the routes, tried


def test_without_a_lock_the_routes_are_open(probes: Probes) -> None:
    """The positive control: in every context the probe reaches what it is given to reach."""
    report = probes["nothing"]
    assert {c for c in report if c != "kernel"} == {
        "main thread",
        "thread from before",
        "new thread",
        "fork",
        "program",
    }
    blocked = {(c, r, report[c][r]) for c in report if c != "kernel" for r in OPEN["nothing"] if report[c][r] != "open"}
    assert blocked == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_closes_every_route_in_every_thread_and_child(probes: Probes, lock: str) -> None:
    """Main thread, a thread from before the lock, a new one, a fork and another program: all refused."""
    assert ways_out(probes[lock], CLOSED[lock]) == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_leaves_what_the_process_needs(probes: Probes, lock: str) -> None:
    """The listener accepts, writes and runs the voice; the uplink reaches broker and listener; the skills read."""
    report = probes[lock]
    needed = {(c, r): report[c][r] for c in report if c != "kernel" for r in OPEN[lock]}
    assert set(needed.values()) == {"open"}, needed


def test_every_route_is_decided_for_every_lock(probes: Probes) -> None:
    """A route added to the probe has to be put on one of the two lists."""
    for lock in LOCKS:
        undecided = set(probes[lock]["main thread"]) - CLOSED[lock] - OPEN[lock]
        assert undecided <= NAMES | {"tcp6", "udp6"}
    assert probes["uplink"]["main thread"]["tcp6"] == probes["nothing"]["main thread"]["tcp6"]


@pytest.mark.parametrize(("planted", "route"), [("planted listener", "tcp4"), ("planted uplink", "run a program")])
def test_a_lock_that_forgets_the_other_threads_is_caught(probes: Probes, planted: str, route: str) -> None:
    """The planted defect: without TSYNC the thread from before the lock goes on reaching out, and the test says so."""
    found = ways_out(probes[planted], CLOSED[planted.removeprefix("planted ")])
    assert ("thread from before", route, "open") in found
    assert {context for context, _, _ in found} == {"thread from before"}


def test_a_panel_that_may_send_with_fast_open_is_caught(probes: Probes) -> None:
    """The planted defect: its listening socket, shut down, connects to anybody without a call to connect."""
    found = ways_out(probes["planted panel"], CLOSED["panel"])
    assert ("main thread", "listening socket turned round", "open") in found
    assert {route for _, route, _ in found} == {"listening socket turned round"}


@pytest.mark.parametrize("lock", LOCKS)
def test_the_kernel_confirms_the_lock_for_every_thread(probes: Probes, lock: str) -> None:
    """No new privileges, a filter, and no other process of the same user may look inside."""
    assert probes[lock]["kernel"] == {"NoNewPrivs": "1", "Seccomp": "2", "dumpable": "0"}
    assert probes["nothing"]["kernel"]["dumpable"] == "1"


@pytest.mark.skipif(os.getuid() != 0, reason="not root, so the other tests have shown it already")
def test_a_process_without_privileges_can_lock_itself(probes: Probes) -> None:
    """On a Pi and on a laptop keepmum is an ordinary user."""
    assert ways_out(probes.run("listener", user=65534), CLOSED["listener"]) == set()
