"""Copies of keepmum's units that try every route instead of being keepmum, each whole or with lines taken out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

ROLES = ("listener", "uplink", "skills", "panel")
_KEYS = {
    "its work": "Type NotifyAccess ExecStart ExecStopPost ExecCondition Environment WatchdogSec Restart RestartSec"
    " Group TimeoutStartSec TimeoutStopSec Nice CPUWeight IOWeight OOMScoreAdjust",
    "grants": "SupplementaryGroups BindPaths BindReadOnlyPaths ReadWritePaths StateDirectory ExecPaths DeviceAllow"
    " IPAddressAllow LoadCredential LimitMEMLOCK",
    "promises": "User UMask NoNewPrivileges CapabilityBoundingSet AmbientCapabilities SecureBits KeyringMode RemoveIPC"
    " PrivateNetwork RestrictAddressFamilies IPAddressDeny SocketBindDeny ProtectSystem ProtectHome PrivateTmp"
    " PrivateMounts PrivateIPC TemporaryFileSystem InaccessiblePaths ReadOnlyPaths StateDirectoryMode NoExecPaths"
    " ProtectProc ProcSubset PrivateDevices DevicePolicy ProtectKernelModules ProtectKernelTunables ProtectKernelLogs"
    " ProtectControlGroups ProtectClock ProtectHostname PrivateUsers RestrictNamespaces RestrictRealtime"
    " RestrictSUIDSGID LockPersonality MemoryDenyWriteExecute SystemCallArchitectures SystemCallFilter"
    " SystemCallErrorNumber MemoryMax MemorySwapMax LimitDATA TasksMax LimitNOFILE LimitCORE",
}
"""What a line is for. What it grants would be less without it, never more; so only promises are taken out."""
ITS_WORK, GRANTS, PROMISES = (set(words.split()) for words in _KEYS.values())
_OF_A_PROCESS = ITS_WORK - {"Environment", "Group"}


class Line(NamedTuple):
    """One setting of a unit's [Service]."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


def service(*texts: str) -> list[Line]:
    """The lines of [Service] in a unit and its drop-ins, in their order."""
    found, section = [], ""
    for line in "\n".join(texts).splitlines():
        words = line.strip()
        if words.startswith("["):
            section = words
        elif section == "[Service]" and words and words[0] not in "#;":
            key, _, value = words.partition("=")
            found.append(Line(key.strip(), value.strip()))
    return found


def promises(lines: Iterable[Line]) -> list[Line]:
    """Those that take something away from the process."""
    return [line for line in lines if line.key in PROMISES]


def unknown(lines: Iterable[Line]) -> set[str]:
    """Keys that nobody has said about whether they promise something."""
    return {line.key for line in lines} - ITS_WORK - GRANTS - PROMISES


def copy(lines: Iterable[Line], command: str, into: str, without: Collection[Line] = ()) -> str:
    """A unit that runs `command` once behind these lines and writes what it says into the file `into`."""
    kept = [line for line in lines if line.key not in _OF_A_PROCESS and line not in without]
    if not any(line.key == "User" for line in kept):
        # systemd would give the state to root, and the listener that runs beside this could not write it any more.
        kept = [line for line in kept if line.key != "StateDirectory"]
    own = [
        "Type=oneshot",
        f"ExecStart={command}",
        f"StandardOutput=truncate:{into}",
        f"StandardError=append:{into}.errors",
    ]
    return "\n".join(["[Service]", *map(str, kept), *own, "TimeoutStartSec=60", ""])


def shipped(role: str, systemd: Path) -> str:
    """The unit of a role as it is in the repository."""
    return (systemd / f"keepmum-{role}.service").read_text()
