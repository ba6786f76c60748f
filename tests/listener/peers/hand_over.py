"""Hands sockets over to a child as systemd does: from descriptor 3 on, with names, then becomes the child."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

FIRST = 3


def listening(path: Path, kind: socket.SocketKind = socket.SOCK_SEQPACKET) -> socket.socket:
    """What a socket unit makes."""
    one = socket.socket(socket.AF_UNIX, kind)
    one.bind(str(path))
    one.listen()
    return one


def run(code: str, fds: list[int], names: str, **said: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a child that has these descriptors from 3 on; `said` replaces what systemd would say."""
    script = (Path(__file__), ",".join(map(str, fds)), names, *(f"{word}={text}" for word, text in said.items()))
    command = [sys.executable, *map(str, script)]
    return subprocess.run(command, input=code, pass_fds=fds, capture_output=True, text=True, timeout=60, check=False)


def _become(fds: list[int], names: str, said: Mapping[str, str]) -> None:
    code = sys.stdin.read()
    # Out of the way first: one of them could stand where another belongs.
    spare = [os.dup2(fd, 100 + place) for place, fd in enumerate(fds)]
    for place, fd in enumerate(spare):
        os.dup2(fd, FIRST + place, inheritable=True)
        os.close(fd)
    words = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(fds)), "LISTEN_FDNAMES": names, **said}
    os.execve(sys.executable, [sys.executable, "-c", code], {**os.environ, **words})


if __name__ == "__main__":
    given = [int(fd) for fd in sys.argv[1].split(",") if fd]
    _become(given, sys.argv[2], dict(word.split("=", 1) for word in sys.argv[3:]))
