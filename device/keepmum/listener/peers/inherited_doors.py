"""Takes the listener's doors over from systemd, which made them so that the listener need not be able to.

The protocol is sd_listen_fds(3): descriptors from 3 on, as many as $LISTEN_FDS says, named by $LISTEN_FDNAMES, meant
for the process $LISTEN_PID alone.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from keepmum.errors import PeerError
from keepmum.messages import TABLE
from keepmum.wire import Door

FIRST = 3
_HINT = (
    "each keepmum-<role>-door.socket hands over one: put keepmum's units back, `systemctl daemon-reload`, start again"
)


def take(environ: MutableMapping[str, str] = os.environ) -> dict[str, Door]:
    """One door for each role, or none at all where systemd hands nothing over. No child will inherit anything of it.

    Raises PeerError with all faults unless it is exactly one good door for each role.
    """
    words = {word: environ.pop(f"LISTEN_{word}", "") for word in ("PID", "FDS", "FDNAMES")}
    if words["PID"] != str(os.getpid()):
        return {}
    count = words["FDS"]
    if not count.isdecimal() or len(count) > 3:
        raise PeerError(f"systemd hands over {count!r} sockets", _HINT)
    fds = range(FIRST, FIRST + int(count))
    names = words["FDNAMES"].split(":") if words["FDNAMES"] else []
    return _doors(fds, names)


def _doors(fds: range, untrusted_names: list[str]) -> dict[str, Door]:
    faults = _faults(fds, untrusted_names)
    doors: dict[str, Door] = {}
    for fd, role in zip(fds, [] if faults else untrusted_names, strict=False):
        try:
            doors[role] = Door.from_fd(fd, role)
        except PeerError as error:
            faults.append(error.what)
    if faults:
        for door in doors.values():
            door.close()
        raise PeerError(f"systemd hands over other doors than it should: {'; '.join(faults)}", _HINT)
    return doors


def _faults(fds: range, untrusted_names: list[str]) -> list[str]:
    """What can be told before any of them is looked into; every one is marked to be closed in a child."""
    faults = [] if len(fds) == len(untrusted_names) else [f"{len(fds)} with {len(untrusted_names)} names"]
    faults += [f"there is no role {name!r}" for name in sorted(set(untrusted_names) - set(TABLE))]
    faults += [f"{untrusted_names.count(role)} doors for {role}" for role in TABLE if untrusted_names.count(role) != 1]
    for fd in fds:
        try:
            os.set_inheritable(fd, False)
        except OSError as error:
            faults.append(f"descriptor {fd}: {error.strerror}")
    return faults
