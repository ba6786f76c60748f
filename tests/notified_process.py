"""A process as systemd starts it, and systemd's end of its notifications; for the tests of all processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PATIENCE = 60.0
"""Seconds until a process that should have said something counts as broken."""

AS_PROGRAM = """
import re, sys
from pathlib import Path
from keepmum import lockdown, notify, process

send = notify.Notify._send

def told(self, line):
    seccomp = re.search(r"Seccomp:\\t(\\d)", Path("/proc/self/status").read_text())[1]
    print(line.partition("=")[0], seccomp, flush=True)
    send(self, line)

notify.Notify._send = told
name, config, *planted = sys.argv[1:]
if planted:
    setattr(lockdown, f"lock_{name}", lambda: None)
main = __import__(f"keepmum.{name}.__main__", fromlist=["main"]).main
sys.exit(process.run(name, main, ["--config", config]))
"""
"""Runs the process of the first argument, and prints each thing that it tells systemd beside the state of its lock."""

SILENT_ROOM = """\
folders: {{run: {0}/run, state: {0}/state, outbox: {0}/outbox}}
hardware:
  microphone: {{driver: wav}}
  ring: {{driver: recorder}}
  button: {{driver: scripted}}
  speaker: {{driver: wav, file: {0}/replies.wav}}
  scene: {0}/scene.txt
"""

HANDED = """
import os, sys
if int(sys.argv[1]) != 3:
    os.dup2(int(sys.argv[1]), 3)
    os.close(int(sys.argv[1]))
os.set_inheritable(3, True)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "somebody"}
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
"""Passes a descriptor on as systemd does: as number 3, with its own process id."""


class Systemd:
    """The other end of $NOTIFY_SOCKET."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.bind(str(self.path))
        self.heard: list[str] = []

    def environ(self, watchdog: float = 0.0) -> Mapping[str, str]:
        """What systemd puts into the environment; `watchdog` in seconds."""
        more = {"WATCHDOG_USEC": str(int(watchdog * 1_000_000))} if watchdog else {}
        return {**os.environ, "NOTIFY_SOCKET": str(self.path), **more}

    def until(self, line: str, times: int = 1) -> None:
        """Wait until this was said so often; raises TimeoutError."""
        self._line.settimeout(PATIENCE)
        while self.heard.count(line) < times:
            self.heard.append(self._line.recv(4096).decode())

    def rest(self) -> list[str]:
        """What has been said since, without waiting."""
        self._line.setblocking(False)
        said = []
        while True:
            try:
                said.append(self._line.recv(4096).decode())
            except BlockingIOError:
                self.heard += said
                return said

    def close(self) -> None:
        self._line.close()


def listener_settings(folder: Path, scene: str = "pause 1000", more: str = "") -> Path:
    """The owner's file of a listener in a silent room, in which a scene plays."""
    (folder / "scene.txt").write_text(f"{scene}\n")
    file = folder / "listener.yaml"
    file.write_text(SILENT_ROOM.format(folder) + more)
    return file


def handed(way: socket.socket, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments and a socket as descriptor 3."""
    words = [sys.executable, "-c", HANDED, str(way.fileno()), *command]
    fds = (way.fileno(),)
    return subprocess.run(words, check=False, capture_output=True, text=True, timeout=PATIENCE, pass_fds=fds)
