"""Doors that systemd made are taken over whole, or the listener does not start."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from hand_over import listening, run

ROLES = ("uplink", "skills", "panel")
TAKE = """
import json, os, subprocess, sys
from keepmum.errors import PeerError
from keepmum.listener.peers import inherited_doors
try:
    doors = inherited_doors.take()
except PeerError as error:
    sys.exit(f"{error.what} | {error.hint}")
child = "import os; print(sum(os.path.exists(f'/proc/self/fd/{fd}') for fd in (3, 4, 5)))"
print(json.dumps({
    "doors": {role: door.fileno() for role, door in doors.items()},
    "left in the environment": [word for word in os.environ if word.startswith("LISTEN_")],
    "inherited by a child": int(subprocess.check_output([sys.executable, "-c", child], close_fds=False)),
}))
"""
SERVE = """
from pathlib import Path
from selectors import DefaultSelector
from keepmum.listener.peers.doors import Doors, Reception
selector = DefaultSelector()
doors = Doors(Path("/nonexistent"), selector)
came = []
for role in ("panel", "uplink", "skills"):
    doors.open(role, Reception(1, lambda visitor: came.append(visitor.role), lambda *_: None, lambda _: None))
while len(came) < 3:
    for key, _ in selector.select(10):
        key.data()
print(sorted(came))
doors.close()
"""


@pytest.fixture
def sockets(tmp_path: Path) -> Iterator[dict[str, socket.socket]]:
    """The three that the socket units make."""
    made = {role: listening(tmp_path / f"{role}.sock") for role in ROLES}
    yield made
    for one in made.values():
        one.close()


def fds(sockets: dict[str, socket.socket]) -> list[int]:
    return [one.fileno() for one in sockets.values()]


def test_every_door_is_taken_over_and_nothing_is_passed_on(sockets: dict[str, socket.socket]) -> None:
    """The three doors by their names, whatever their order; no variable and no descriptor is left for a child."""
    done = run(TAKE, fds(sockets)[::-1], "panel:skills:uplink")
    assert done.stdout.strip() == (
        '{"doors": {"panel": 3, "skills": 4, "uplink": 5}, "left in the environment": [], "inherited by a child": 0}'
    ), done.stderr


def test_whoever_knocked_before_the_listener_was_there_comes_in(
    sockets: dict[str, socket.socket], tmp_path: Path
) -> None:
    """Peers queue at a door that systemd made; the listener that takes it over lets them in, and leaves it standing."""
    peers = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in ROLES]
    for peer, role in zip(peers, ROLES, strict=True):
        peer.connect(str(tmp_path / f"{role}.sock"))
    done = run(SERVE, fds(sockets), ":".join(ROLES))
    for peer in peers:
        peer.close()
    assert done.stdout.strip() == "['panel', 'skills', 'uplink']", done.stderr
    assert all((tmp_path / f"{role}.sock").is_socket() for role in ROLES)


@pytest.mark.parametrize("said", [{"LISTEN_PID": "1"}, {"LISTEN_PID": ""}], ids=["another's", "nobody's"])
def test_what_is_meant_for_another_process_is_not_taken(
    sockets: dict[str, socket.socket], said: dict[str, str]
) -> None:
    """Variables that a parent forgot to remove mean nothing; they are removed, and it makes its own doors."""
    done = run(TAKE, fds(sockets), ":".join(ROLES), **said)
    assert '"doors": {}, "left in the environment": []' in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        ("uplink:skills:cloud", "there is no role 'cloud'; 0 doors for panel"),
        ("uplink:uplink:panel", "2 doors for uplink; 0 doors for skills"),
        ("uplink:skills", "3 with 2 names; 0 doors for panel"),
        ("", "3 with 0 names; 0 doors for uplink; 0 doors for skills; 0 doors for panel"),
        ("skills:uplink:panel", "descriptor 3 is no door for skills; descriptor 4 is no door for uplink"),
    ],
)
def test_other_names_than_the_three_roles_stop_the_listener(
    sockets: dict[str, socket.socket], names: str, complaint: str
) -> None:
    """All faults are one error, and a swapped name does not make a role of another's door."""
    done = run(TAKE, fds(sockets), names)
    assert (done.returncode, done.stdout) == (1, "")
    assert complaint in done.stderr
    assert "keepmum-<role>-door.socket" in done.stderr


def test_a_missing_door_stops_the_listener(sockets: dict[str, socket.socket]) -> None:
    """It does not make the third itself: whoever removed the unit's line would not notice."""
    done = run(TAKE, fds(sockets)[:2], "uplink:skills")
    assert "0 doors for panel" in done.stderr


@pytest.mark.parametrize("count", ["many", "-1", "", "9999", "4"])
def test_a_count_that_is_wrong_stops_the_listener(sockets: dict[str, socket.socket], count: str) -> None:
    """Nonsense, and more descriptors than there are."""
    done = run(TAKE, fds(sockets), ":".join(ROLES), LISTEN_FDS=count)
    assert (done.returncode, done.stdout) == (1, "")
    assert "systemd hands over" in done.stderr


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_SEQPACKET])
def test_a_door_of_another_kind_stops_the_listener(
    sockets: dict[str, socket.socket], tmp_path: Path, kind: socket.SocketKind
) -> None:
    """A stream socket, or one that nobody listens at."""
    (tmp_path / "other").mkdir()
    wrong = listening(tmp_path / "other/panel.sock", kind) if kind == socket.SOCK_STREAM else socket.socket(1, kind)
    with wrong:
        done = run(TAKE, [*fds(sockets)[:2], wrong.fileno()], ":".join(ROLES))
    assert (done.returncode, done.stdout) == (1, "")
    assert "descriptor 5 is no door for panel" in done.stderr


def test_an_internet_socket_is_no_door(sockets: dict[str, socket.socket]) -> None:
    """A unit that hands the listener a way out stops it."""
    with socket.create_server(("127.0.0.1", 0)) as wrong:
        done = run(TAKE, [*fds(sockets)[:2], wrong.fileno()], ":".join(ROLES))
    assert "descriptor 5 is no door for panel" in done.stderr
