"""Bounds what a process may still take once everything is loaded; on most Pis nobody else does.

The Pi's firmware turns the kernel's memory cgroup off, and MemoryMax= in a unit is then ignored without a word. This
limit (RLIMIT_DATA) is the process's own: what goes beyond it raises MemoryError, or ends a library that does not ask.
Either way the process ends, its microphone closes, and it is started again; the rest of the Pi stays as it is.
"""

from __future__ import annotations

import logging
import resource

from keepmum.errors import LockdownError

log = logging.getLogger(__name__)

TO_END = 256 * 2**20
"""Bytes that are kept back for the end. Wiping the engines makes new ones, and Vosk's first one starts eight threads:
197 MiB of address space, measured. Without them it ends the process before all else is closed."""


def limit(room: int) -> int:
    """Allow `room` bytes on top of what is taken now, models included; the new limit. Raises LockdownError.

    What counts is address space that can be written to (VmData): eight MiB for the stack of each thread, used or not.
    A limit that is lower already stays.
    """
    allowed = taken() + room
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    ceiling = allowed + TO_END if hard == resource.RLIM_INFINITY else min(allowed + TO_END, hard)
    allowed = min(allowed, ceiling)
    _set(allowed, ceiling)
    log.debug("memory: %d MiB taken, %d allowed", taken() >> 20, allowed >> 20)
    return allowed


def leave() -> None:
    """The process ends: it may take a little more, so that it can close what is open in the order that it should."""
    ceiling = resource.getrlimit(resource.RLIMIT_DATA)[1]
    _set(ceiling, ceiling)


def _set(allowed: int, ceiling: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, ceiling))
    except (OSError, ValueError) as error:
        raise LockdownError(f"this process cannot limit its memory: {error}", "no filter may refuse prlimit") from error


def taken() -> int:
    """Bytes that count. Raises LockdownError where /proc is not there."""
    try:
        with open("/proc/self/status", encoding="ascii") as untrusted_lines:
            for line in untrusted_lines:
                if line.startswith("VmData:"):
                    return int(line.split()[1]) << 10
    except (OSError, ValueError, IndexError) as error:
        raise LockdownError("the memory of this process cannot be told", "mount /proc") from error
    raise LockdownError("the memory of this process cannot be told", "mount /proc")
