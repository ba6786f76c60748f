"""What tells one machine from another: names and numbers that must not stand in anything that leaves it (I6)."""

from __future__ import annotations

import getpass
import platform
import re
import shutil
import socket
import subprocess
from pathlib import Path

_FILES = (
    "/etc/machine-id",
    "/var/lib/dbus/machine-id",
    "/proc/sys/kernel/random/boot_id",
    "/proc/device-tree/serial-number",
    "/sys/class/dmi/id/product_serial",
    "/sys/class/dmi/id/product_uuid",
    "/sys/class/dmi/id/board_serial",
)
SHORTEST = 4
"""Letters; of fewer nobody could say whether they stand there by chance."""


def names() -> set[str]:
    """Host name, user, machine id, boot id, serial numbers, MAC addresses in every usual spelling, and the SSID."""
    found = {socket.gethostname(), platform.node(), socket.getfqdn(), getpass.getuser()}
    found |= {_text(Path(file)) for file in _FILES}
    found |= {_serial()} | _macs() | {_ssid()}
    return {name for name in found if len(name) >= SHORTEST and name != "localhost"}


def spellings(found: set[str]) -> set[bytes]:
    """The same as bytes, also as the numbers that they write."""
    said = {name.encode() for name in found}
    plain = {re.sub(r"[:-]", "", name) for name in found}
    return said | {bytes.fromhex(name) for name in plain if re.fullmatch(r"([0-9a-fA-F]{2}){6,}", name)}


def _macs() -> set[str]:
    said = {_text(file) for file in Path("/sys/class/net").glob("*/address")}
    bare = {mac.replace(":", "").lower() for mac in said} - {"000000000000", ""}
    return {spelled for mac in bare for spelled in (mac, mac.upper(), _joined(mac, ":"), _joined(mac, "-"))}


def _joined(mac: str, by: str) -> str:
    return by.join(mac[index : index + 2] for index in range(0, len(mac), 2))


def _serial() -> str:
    found = re.search(r"^Serial\s*:\s*(\S+)$", _text(Path("/proc/cpuinfo")), re.MULTILINE)
    return found.group(1) if found else ""


def _ssid() -> str:
    if shutil.which("iwgetid") is None:
        return ""
    return subprocess.run(["iwgetid", "-r"], capture_output=True, text=True, check=False).stdout.strip()


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip("\0\n ")
    except OSError:
        return ""
