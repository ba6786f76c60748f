"""Debian roots to boot, and what an installation brings along: made once, kept by what they are made of.

    python tests/boot/boot_root.py bookworm trixie      makes what is missing, and prints where it is

They have nothing of what keepmum's installer brings, but a broker of the household's: a booted machine has no network.
They are as up to date as a bundle, so that an installation does not have to renew what was there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

SUITES = ("bookworm", "trixie")
"""Debian 12 and 13."""
INSTALLER = Path(__file__).resolve().parents[2] / "scripts/installer"
MIRROR = os.environ.get("KEEPMUM_MIRROR", "http://deb.debian.org/debian")
SECURITY = os.environ.get("KEEPMUM_SECURITY_MIRROR", "http://deb.debian.org/debian-security")
_BASE = "systemd,systemd-sysv,dbus,python3,sudo,ca-certificates,iproute2,kmod,adduser"
_MORE = "mosquitto mosquitto-clients"
_BRINGS = ("bundle.py", "debs.py", "wheels.py", "pins.py", "target.py", "steps/packages.py")
"""What decides about the packages and wheels in a bundle; its copy of keepmum is not the one that is installed."""
_SETTLED = """
set -e
mount -t proc proc /proc
export DEBIAN_FRONTEND=noninteractive
printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
echo "deb {mirror} {suite}-updates main" >>/etc/apt/sources.list
echo "deb {security} {suite}-security main" >>/etc/apt/sources.list
apt-get -qq update
apt-get -qq upgrade >/dev/null
apt-get -qq install --no-install-recommends {packages} >/dev/null
rm /usr/sbin/policy-rc.d
systemctl disable --quiet mosquitto.service
systemctl mask --quiet apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer systemd-networkd.service
apt-get clean
: >/etc/machine-id
"""
MISSING = "boot tests need {0}, which is not here: apt-get install systemd-container debootstrap util-linux"


def wanting() -> str:
    """Why no root can be built and booted here, in one sentence; empty if it can."""
    if os.geteuid() != 0:
        return "boot tests need root: sudo scripts/test --boot"
    for tool in ("systemd-nspawn", "debootstrap", "unshare", "nsenter", "setpriv"):
        if shutil.which(tool) is None:
            return MISSING.format(tool)
    if "overlay" not in Path("/proc/filesystems").read_text():
        return "boot tests need overlayfs in the kernel, which is not here"
    return ""


def kept() -> Path:
    """Where roots are kept."""
    return Path(os.environ.get("KEEPMUM_ROOTS") or Path.home() / ".cache/keepmum/roots")


def root(suite: str) -> Path:
    """The folder of a root; built if it is not there. Raises CalledProcessError if the mirror cannot be reached."""
    folder = kept() / f"{suite}-{_key(_BASE, _MORE, _SETTLED)}"
    if not folder.is_dir():
        built = folder.with_name(f".{folder.name}-{os.getpid()}")
        try:
            _build(suite, built)
            built.rename(folder)
        finally:
            shutil.rmtree(built, ignore_errors=True)
    return folder


def bundle(suite: str) -> Path:
    """A bundle for such a root, as `scripts/install --bundle` writes it. Raises CalledProcessError as `root` does."""
    parts = [*sorted(INSTALLER.glob("constraints-*.txt")), *(INSTALLER / name for name in _BRINGS)]
    file = kept() / f"{suite}-{_key(*(part.read_text() for part in parts))}.bundle"
    if not file.is_file():
        kept().mkdir(parents=True, exist_ok=True)
        making = "import sys; sys.path.insert(0, sys.argv[1]); import bundle, pathlib, platform, target"
        making += "; bundle.make(pathlib.Path(sys.argv[2]), target.Target(sys.argv[3], platform.machine()))"
        words = [sys.executable, "-I", "-B", "-c", making, str(INSTALLER), str(file), suite]
        subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=1200)
    return file


def _key(*recipe: str) -> str:
    return hashlib.sha256("\0".join(recipe).encode()).hexdigest()[:12]


def _build(suite: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={_BASE}", suite, str(folder), MIRROR],
        stdout=subprocess.DEVNULL, check=True, timeout=1200,
    )  # fmt: skip
    settled = _SETTLED.format(packages=_MORE, suite=suite, mirror=MIRROR, security=SECURITY)
    subprocess.run(
        ["unshare", "--mount", "chroot", str(folder), "sh", "-c", settled],
        stdin=subprocess.DEVNULL, check=True, timeout=1200,
    )  # fmt: skip


if __name__ == "__main__":
    for name in sys.argv[1:] or SUITES:
        print(root(name), bundle(name))
