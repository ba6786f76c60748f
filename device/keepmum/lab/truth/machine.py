"""What tells this machine from others: names and numbers that may stand in nothing that leaves it (I6)."""

from __future__ import annotations

import getpass
import platform
import re
import shutil
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

SHORTEST = 4
"""Letters; of fewer nobody could say whether they stand there by chance."""
ANYBODYS = frozenset({"localhost", "root", "raspberrypi", "none", "default string", "to be filled by o.e.m."})
"""What stands on a million machines tells none of them; nor does a word such as these prove anything in a file."""

_FILES = {
    "machine id": ("/etc/machine-id", "/var/lib/dbus/machine-id"),
    "boot id": ("/proc/sys/kernel/random/boot_id",),
    "serial number": (
        "/proc/device-tree/serial-number",
        "/sys/class/dmi/id/product_serial",
        "/sys/class/dmi/id/product_uuid",
        "/sys/class/dmi/id/board_serial",
    ),
}


def identifiers(root: Path = Path("/")) -> Mapping[str, frozenset[str]]:
    """Host name, user, machine id, boot id, serial numbers, MAC addresses and the name of the Wi-Fi, by kind.

    `root` is where the machine's files are.
    """
    known = {kind: {_text(root / file.lstrip("/")) for file in files} for kind, files in _FILES.items()}
    known["serial number"].add(_of_cpu(root))
    known["host name"] = {socket.gethostname(), platform.node(), socket.getfqdn()}
    known["user"] = {getpass.getuser()}
    known["MAC address"] = _macs(root)
    known["Wi-Fi"] = {_wifi()}
    told = {kind: frozenset(name for name in names if _tells(name)) for kind, names in sorted(known.items())}
    return {kind: names for kind, names in told.items() if names}


def spellings(name: str) -> frozenset[bytes]:
    """A name as bytes in each usual case; a number also as the bytes that it writes."""
    said = {name.encode(), name.lower().encode(), name.upper().encode()}
    plain = re.sub(r"[:-]", "", name)
    if re.fullmatch(r"([0-9a-fA-F]{2}){6,}", plain):
        said |= {bytes.fromhex(plain), plain.lower().encode(), plain.upper().encode()}
    return frozenset(said)


def _tells(name: str) -> bool:
    return len(name) >= SHORTEST and name.lower() not in ANYBODYS and bool(name.strip("0:-"))


def _macs(root: Path) -> set[str]:
    said = {_text(file) for file in (root / "sys/class/net").glob("*/address")}
    bare = {mac.replace(":", "").lower() for mac in said if mac}
    return {spelt for mac in bare for spelt in (mac, _joined(mac, ":"), _joined(mac, "-"))}


def _joined(mac: str, by: str) -> str:
    return by.join(mac[index : index + 2] for index in range(0, len(mac), 2))


def _of_cpu(root: Path) -> str:
    found = re.search(r"^Serial\s*:\s*(\S+)$", _text(root / "proc/cpuinfo"), re.MULTILINE)
    return found.group(1) if found else ""


def _wifi() -> str:
    if shutil.which("iwgetid") is None:
        return ""
    return subprocess.run(["iwgetid", "-r"], capture_output=True, text=True, check=False).stdout.strip()


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip("\0\n ")
    except OSError:
        return ""
