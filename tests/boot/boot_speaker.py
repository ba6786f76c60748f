"""A speaker and its household in a booted machine: settings with a scene for a room, a broker, and what it was told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from boot_computer import Computer, until

ROOT = Path(__file__).resolve().parents[2]
CHECKOUT, BUNDLE = "/usr/src/keepmum", "/usr/src/keepmum.bundle"
PROCESSES = ("listener", "uplink", "skills")
INSTALLED = 590.0
"""Seconds that an installation may take; one takes half a minute where nothing else runs."""
_PARTS = ("device", "config", "scripts", "systemd", "pyproject.toml", "README.md", "LICENSE")
_LITTER = shutil.ignore_patterns("__pycache__", "*.egg-info")
_SCENES = ROOT / "tests/boot/scenes"
_SOUNDS = ROOT / "device/keepmum/demo/scenes"
_HEARD = "/var/log/household.txt"
_UNITS = {
    "household-broker": "mosquitto -c /etc/mosquitto/household.conf",
    "household-hub": f"sh -c 'exec mosquitto_sub -h 127.0.0.1 -t \"#\" -v >>{_HEARD}'",
}


def surroundings(folder: Path, bundle: Path) -> Path:
    """A layer with what an owner has before the installation: checkout, bundle, settings, broker. Returns it."""
    source = folder / CHECKOUT.lstrip("/")
    for part in _PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, symlinks=True, ignore=_LITTER)
        else:
            shutil.copy(ROOT / part, source / part)
    shutil.copy(bundle, folder / BUNDLE.lstrip("/"))
    etc = folder / "etc"
    shutil.copytree(_SCENES, etc / "keepmum/scenes")
    for sound in _SOUNDS.glob("*-[12].*"):
        shutil.copy(sound, etc / "keepmum/scenes")
    shutil.move(etc / "keepmum/scenes/keepmum.yaml", etc / "keepmum/keepmum.yaml")
    (etc / "resolv.conf").write_text("nameserver 127.0.0.53\n")
    (etc / "mosquitto").mkdir()
    (etc / "mosquitto/household.conf").write_text("listener 1883 127.0.0.1\nallow_anonymous true\n")
    wants = etc / "systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True)
    for name, command in _UNITS.items():
        text = f"[Service]\nExecStart=/usr/bin/env {command}\nRestart=always\nRestartSec=0.2\n"
        (wants.parent / f"{name}.service").write_text(text)
        (wants / f"{name}.service").symlink_to(f"../{name}.service")
    return folder


class Speaker:
    """keepmum in a booted machine, as its household sees it."""

    def __init__(self, computer: Computer) -> None:
        self.computer = computer

    def install(self, *more: str, check: bool = True) -> str:
        """Run `scripts/install`; what it said. Raises AssertionError if it fails, unless it may."""
        words = (f"{CHECKOUT}/scripts/install", "--yes", "--from", BUNDLE, *more)
        done = self.computer.run(*words, check=check, timeout=INSTALLED)
        return done.stdout + done.stderr

    def play(self, scene: str) -> None:
        """Let the listener begin again in another room."""
        self.set_room(scene)
        self.computer.run("systemctl", "restart", "keepmum-listener.service", timeout=200)

    def set_room(self, scene: str) -> None:
        """From its next start on it stands in this room."""
        self.computer.path("/etc/keepmum/scenes/now.txt").write_text((_SCENES / f"{scene}.txt").read_text())

    def status(self) -> dict[str, Any]:
        """What `keepmum status --json` says; nothing while nobody answers."""
        done = self.computer.run("/usr/local/bin/keepmum", "status", "--json", check=False)
        found: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {}
        return found

    def pid(self, role: str) -> int:
        """The number of a role's process, 0 if there is none."""
        shown = self.computer.run("systemctl", "show", "--value", "--property=MainPID", f"keepmum-{role}.service")
        return int(shown.stdout)

    def pids(self) -> dict[str, int]:
        """Those of all that run by themselves."""
        return {role: self.pid(role) for role in PROCESSES}

    def signal(self, name: str, pid: int) -> None:
        """Send one of its processes a signal: `KILL`, `STOP`."""
        self.computer.run("sh", "-c", f"kill -{name} {pid}")

    def up(self, seconds: float = 120.0) -> dict[str, int]:
        """Wait until all are ready; their numbers. Raises AssertionError with what they said last."""
        units = [f"keepmum-{role}.service" for role in PROCESSES]
        until(
            lambda: self.computer.run("systemctl", "is-active", *units, check=False).stdout.split() == ["active"] * 3,
            seconds,
            lambda: f"not all of it runs: {self.last_words()}",
        )
        return self.pids()

    def heard_by_the_hub(self) -> str:
        """Every message that the household's broker passed on, one on each line: topic, words."""
        said = self.computer.path(_HEARD)
        return said.read_text() if said.exists() else ""

    def last_words(self) -> str:
        """The end of keepmum's log."""
        words = ("journalctl", "--no-pager", "--lines=40", "--output=cat", "--unit=keepmum*")
        return self.computer.run(*words, check=False).stdout
