"""A computer that is only a folder: its files are real, and one small program plays apt, systemd and Python in it.

What it cannot show is whether the real ones do what they are asked: tests/boot installs on booted Debians for that.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts/installer"))  # it is no package: it runs from its folder

import install
import places
import preflight
from journal import Journal
from machine import Machine
from progress import Progress
from steps import release
from steps.step import Case
from wishes import Wishes, read

ROOT = Path(__file__).parents[2]
PROGRAMS = "dpkg uname dpkg-query apt-cache apt-get systemd-sysusers usermod userdel groupdel systemd-tmpfiles chown"
PROGRAMS += " journalctl systemctl python3"
FOLDERS = "opt var/lib usr/bin usr/share/python-wheels usr/local/bin run/systemd/system pretend/boards"
FOLDERS += " etc/systemd/system/multi-user.target.wants"
DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
UBUNTU = 'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n'
CONFIG = "# the owner's own\ndtparam=audio=on\n\n[cm4]\notg_mode=1\n\n[pi5]\nusb_max_current_enable=1\n"
CMDLINE = "console=serial0,115200 root=PARTUUID=1-02 rootwait\n"
BOARD = {
    "id": "respeaker-2mic-v2",
    "boot": {
        "overlay": "respeaker-2mic-v2_0",
        "overlay_from": "its maker, built on the Pi",
        "dtparams": ["i2c_arm=on", "spi=on"],
    },
}
OVERLAY_LINES = ["dtparam=i2c_arm=on", "dtparam=spi=on", "dtoverlay=respeaker-2mic-v2_0"]


def checkout(at: Path, skills: str = "answers") -> Path:
    """A checkout of a very small keepmum; `skills` is what one of its files says."""
    package = at / "device/keepmum"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""A speaker."""\n')
    (package / "skills.py").write_text(f'"""{skills}"""\n')
    (at / "config").mkdir()
    (at / "scripts/installer").mkdir(parents=True)
    for folder in ("config/boards", "systemd"):
        shutil.copytree(ROOT / folder, at / folder)
    shutil.copy(ROOT / "pyproject.toml", at)
    (at / "scripts/installer/constraints-3.11.txt").write_text("plum==1.0 \\\n    --hash=sha256:00\n")
    return at


def speaker(at: Path, *, pi: bool = False) -> Path:
    """The folder of a computer on which nothing of keepmum is."""
    for folder in FOLDERS.split():
        (at / folder).mkdir(parents=True)
    (at / "etc/os-release").write_text(DEBIAN)
    (at / "etc/passwd").write_text("root:x:0:0::/root:/bin/bash\npi:x:1000:1000::/home/pi:/bin/bash\n")
    (at / "etc/group").write_text("root:x:0:\npi:x:1000:\ngpio:x:997:pi\n")
    (at / "usr/share/python-wheels/pip-23.0.1-py3-none-any.whl").touch()
    for name in PROGRAMS.split():
        shutil.copy(Path(__file__).with_name("pretend_program.sh"), at / "usr/bin" / name)
    _pretends(at / "pretend")
    if pi:
        _make_a_pi(at)
    return at


def _pretends(at: Path) -> None:
    finding = {
        "group": "board",
        "check": "profile",
        "verdict": "note",
        "found": "respeaker-lite-usb fits: USB",
        "hint": "",
    }
    (at / "architecture").write_text("arm64\n")
    (at / "processor").write_text("aarch64\n")
    (at / "installed").write_text("alsa-utils\nvim\n")
    (at / "offered").write_text("libportaudio2\nespeak-ng\nalsa-utils\npython3-venv\npython3-spidev\npython3-lgpio\n")
    (at / "needs").write_text("")
    (at / "doctor.json").write_text(json.dumps({"checks": [finding]}))
    (at / "boards/respeaker-2mic-v2.json").write_text(json.dumps(BOARD))
    (at / "boards/respeaker-lite-usb.json").write_text(json.dumps({"boot": {"dtparams": ["strict_gpiod"]}}))


def _make_a_pi(at: Path) -> None:
    (at / "proc/device-tree").mkdir(parents=True)
    (at / "proc/device-tree/model").write_text("Raspberry Pi 4 Model B Rev 1.4\0")
    (at / "proc/sys/kernel/random").mkdir(parents=True)
    (at / "proc/sys/kernel/random/boot_id").write_text("first start\n")
    (at / "boot/firmware/overlays").mkdir(parents=True)
    (at / "boot/firmware/config.txt").write_text(CONFIG)
    (at / "boot/firmware/cmdline.txt").write_text(CMDLINE)


def tree(root: Path, *without: str) -> dict[str, str]:
    """Every file below a root with its mode and a hash over what is in it, except what programs were asked."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if name == "pretend/calls" or name.startswith(without):
            continue
        what = f"-> {path.readlink()}" if path.is_symlink() else ""
        what = what or (hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder")
        found[name] = what if path.is_symlink() else f"{path.stat().st_mode:o} {what}"
    return found


@dataclass
class Desk:
    """Somebody who installs on a speaker: what they type, and what they read."""

    root: Path
    checkout: Path
    environment: Mapping[str, str] = field(default_factory=lambda: {"PATH": "/usr/bin:/bin", "SUDO_USER": "pi"})
    reached: str | None = None
    said: str = ""

    def machine(self) -> Machine:
        """The computer, as the installer sees it."""
        self._screen = io.StringIO()
        return Machine(
            root=self.root,
            checkout=self.checkout,
            progress=Progress(self._screen),
            reached=lambda host, port: self.reached,
            environment=dict(self.environment),
            python="3.11",
        )

    def case(self, *words: str) -> Case:
        """One run of the installer, which has not begun."""
        machine = self.machine()
        wishes: Wishes = read(list(words))
        return Case(machine, wishes, Journal(machine.at(places.JOURNAL)), release.name(machine))

    def installs(self, *words: str) -> str:
        """Install; what was said. Raises InstallError."""
        return self._does(install.check if "--check" in words else install.install, *words)

    def uninstalls(self, *words: str) -> str:
        """Uninstall; what was said. Raises InstallError."""
        case = self.case("--uninstall", *words)
        install.uninstall(case)
        self.said = self._screen.getvalue()
        return self.said

    def _does(self, what: Callable[[Case, None], None], *words: str) -> str:
        case = self.case(*words)
        try:
            preflight.look(case, None)
            what(case, None)
        finally:
            self.said = self._screen.getvalue()
        return self.said

    @property
    def current(self) -> str:
        """The release in use."""
        return (self.root / "opt/keepmum/current").readlink().name

    def text(self, path: str) -> str:
        """What stands in one of the speaker's files."""
        return (self.root / path.lstrip("/")).read_text()

    def calls(self) -> list[str]:
        """What every program was asked."""
        file = self.root / "pretend/calls"
        return file.read_text().splitlines() if file.exists() else []
