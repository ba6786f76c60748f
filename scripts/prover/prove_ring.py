"""Proof 4: io_uring, which makes and connects sockets without the system calls of those names."""

from __future__ import annotations

import json
import platform
import socket
import subprocess
import sys
from pathlib import Path

from finding import Count, Finding

NAME, TITLE = "ring", "Round the back, through io_uring"
TRIED = (
    "Since Linux 5.19 a program can have the kernel make and connect a socket through a ring in shared memory, "
    "and a filter that forbids socket() and connect() sees neither. A process locks itself as listener, uplink, "
    "skills or panel does, and then tries exactly that against a port on this machine."
)
ROLES = ("listener", "uplink", "skills", "panel")
REFUSED = frozenset({"EPERM", "EACCES", "EAFNOSUPPORT"})
_PROGRAM = Path(__file__).with_name("uring.py")


def prove() -> Finding:
    """Try it under every lock, under none, and under one that forgets io_uring."""
    found = {lock: attempt(lock) for lock in ("nothing", "sockets", *ROLES)}
    return Finding(NAME, TITLE, TRIED, counts(found))


def attempt(lock: str) -> dict[str, str]:
    """What became of each step in a process that locked itself so."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        command = [sys.executable, str(_PROGRAM), lock, str(door.getsockname()[1])]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    told: dict[str, str] = json.loads(done.stdout)
    return told


def counts(found: dict[str, dict[str, str]]) -> tuple[Count, ...]:
    """One for each lock, and the controls; a kernel without io_uring for anybody has none to offer."""
    locked = [
        Count(f"locked as {role}", _told(found[role]), found[role]["io_uring_setup"] in REFUSED) for role in ROLES
    ]
    if found["nothing"].get("io_uring_setup") in {"EPERM", "ENOSYS"}:
        told = f"io_uring_setup {found['nothing']['io_uring_setup']}"
        closed = f"no lock: this kernel ({platform.release()}) refuses io_uring to everybody"
        return (*locked, Count(closed, told, True, control=True))
    through = found["nothing"].get("IORING_OP_CONNECT") == "open"
    forgets = found["sockets"]
    past = forgets["socket()"] in REFUSED and (forgets.get("IORING_OP_CONNECT") == "open")
    return (
        *locked,
        Count("no lock", _told(found["nothing"]), through, control=True),
        Count("a lock that only forbids socket() and connect()", _told(forgets), past, control=True),
    )


def _told(steps: dict[str, str]) -> str:
    last = list(steps)[-1]
    return f"socket() {steps['socket()']}, {last} {steps[last]}"
