"""Reads units and drop-ins, and says which line of somebody's own could make a hole.

What is not known to be harmless counts as a hole: a reader who looks once too often is better off than one who was
told that all is well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

ROLES = ("listener", "uplink", "skills", "panel")
"""One process, one unit and one user each."""

_YES = {"yes", "true", "on", "1", "y", "t"}
_PACE = """
    Type NotifyAccess Nice CPUWeight StartupCPUWeight CPUQuota CPUAffinity IOWeight StartupIOWeight OOMScoreAdjust
    OOMPolicy Restart RestartSec RestartSteps RestartMaxDelaySec WatchdogSec Slice SyslogIdentifier SyslogLevel PartOf
    Backlog FileDescriptorName RemoveOnStop TriggerLimitIntervalSec TriggerLimitBurst CPUAccounting MemoryAccounting
    IOAccounting TasksAccounting IPAccounting MemoryMax MemoryHigh MemorySwapMax TasksMax LimitDATA LimitAS LimitNOFILE
    LimitNPROC
"""
_SWITCHED_ON = """
    NoNewPrivileges LockPersonality MemoryDenyWriteExecute RemoveIPC PrivateNetwork PrivateTmp PrivateMounts PrivateIPC
    PrivateDevices PrivateUsers ProtectHome ProtectKernelTunables ProtectKernelModules ProtectKernelLogs ProtectClock
    ProtectControlGroups ProtectHostname RestrictNamespaces RestrictRealtime RestrictSUIDSGID
"""
_HARMLESS, _SWITCHES = frozenset(_PACE.split()), frozenset(_SWITCHED_ON.split())
_HARMLESS_BEGINNINGS = ("Timeout", "Log", "X-")
_TAKES_AWAY = {"IPAddressDeny", "SocketBindDeny", "InaccessiblePaths", "NoExecPaths", "ReadOnlyPaths"}
_STRICTEST = {
    ("ProtectSystem", "strict"),
    ("DevicePolicy", "closed"),
    ("ProtectProc", "invisible"),
    ("ProcSubset", "pid"),
    ("LimitCORE", "0"),
    ("CapabilityBoundingSet", ""),
    ("AmbientCapabilities", ""),
    ("IPAddressAllow", ""),
    ("DeviceAllow", ""),
    ("UMask", "0077"),
    ("KeyringMode", "private"),
    ("SystemCallArchitectures", "native"),
}
_HOLES_IN_UNIT = {"JoinsNamespaceOf", "ConditionPathExists"}
"""The sections [Unit] and [Install] say when something runs, not what it may; these two are the exceptions."""


class Line(NamedTuple):
    """One setting of a unit, with the line on which it begins."""

    number: int
    section: str
    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


def lines(untrusted_text: str) -> Iterator[Line]:
    """The settings of a unit or drop-in, continued lines put together (systemd.syntax(7))."""
    section, begun, said = "", 0, ""
    for number, untrusted_line in enumerate(untrusted_text.splitlines(), 1):
        row = untrusted_line.strip()
        if row[:1] in {"#", ";"}:
            continue
        begun = begun if said else number
        if row.endswith("\\"):
            said += row[:-1] + " "
            continue
        said, whole = "", said + row
        if whole.startswith("[") and whole.endswith("]"):
            section = whole[1:-1]
        elif "=" in whole:
            key, _, value = whole.partition("=")
            yield Line(begun, section, key.strip(), " ".join(value.split()))


def may_loosen(line: Line) -> bool:
    """Whether a line that somebody added could let a process have more than it is shipped with."""
    key, value = line.key, line.value
    if not _matters(line) or (key, value) in _STRICTEST:
        return False
    if key in _SWITCHES:
        return value.lower() not in _YES
    if key in _TAKES_AWAY:
        return not value
    return not (key == "SystemCallFilter" and value.startswith("~"))


def _matters(line: Line) -> bool:
    if line.section in {"Unit", "Install"}:
        return line.key in _HOLES_IN_UNIT
    return line.key not in _HARMLESS and not line.key.startswith(_HARMLESS_BEGINNINGS)


def holes(untrusted_dropin: str) -> list[Line]:
    """The lines of a drop-in that may loosen something."""
    return [line for line in lines(untrusted_dropin) if may_loosen(line)]


def differences(shipped: str, untrusted_copy: str) -> tuple[list[Line], list[Line]]:
    """The lines of a copy of a unit that may loosen something, and the shipped ones that it lacks."""
    ours, theirs = list(lines(shipped)), list(lines(untrusted_copy))
    added, lost = _without(theirs, ours), _without(ours, theirs)
    return [line for line in added if may_loosen(line)], [line for line in lost if _matters(line)]


def _without(some: Iterable[Line], others: Iterable[Line]) -> list[Line]:
    known = {line[1:] for line in others}
    return [line for line in some if line[1:] not in known]
