"""Keeps the memory of a process off every disk: no core dump, no look from outside, and no swap where that is allowed.

Linux swaps out pages of sound like any others. Who may lock all of his memory (`LimitMEMLOCK=infinity` in the unit,
or CAP_IPC_LOCK) locks all of it; who may not locks the buffers that hold sound for longest, as far as his limit goes.
"""

from __future__ import annotations

import ctypes
import logging
import os
import resource
from pathlib import Path

from keepmum.errors import LockdownError

log = logging.getLogger(__name__)

_LIBC = ctypes.CDLL(None, use_errno=True)
_SET_DUMPABLE, _DONT_DUMP = 4, 16
_CURRENT, _FUTURE, _ON_FAULT = 1, 2, 4
_PAGE = resource.getpagesize()


def no_dumps() -> None:
    """Neither a core file nor a look from another process of this user; call it before anything secret is read.

    A program that is started later is visible again, but inherits the limit. Raises LockdownError.
    """
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError) as error:
        if resource.getrlimit(resource.RLIMIT_CORE) != (0, 0):
            raise LockdownError(f"core dumps cannot be forbidden: {error}", "set LimitCORE=0 in the unit") from error
    if _LIBC.prctl(_SET_DUMPABLE, *(ctypes.c_ulong(0),) * 4):
        raise LockdownError(f"the kernel refused to hide this process: {_reason()}", "no filter may refuse prctl")


def keep_out_of_swap() -> bool:
    """Lock all memory, what is there and what comes, each page once it is used; False where that is not allowed."""
    # A finite limit is compared with the address space, and would refuse memory later, in the middle of a word.
    unlimited = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY
    locked = (unlimited or _may_lock()) and not _LIBC.mlockall(_CURRENT | _FUTURE | _ON_FAULT)
    if locked:
        log.info("no memory of this process is swapped out")
    elif _swap():
        log.warning("sound that is not held may be swapped out: set LimitMEMLOCK=infinity, or turn swap off")
    return locked


def hold(sound: bytearray) -> bool:
    """Keep the pages of a buffer, which must not grow, out of swap and dumps; False if the limit is reached.

    They are never unlocked: a page may hold two buffers. The kernel forgets the lock when the memory is given back.
    """
    if not sound:
        return True
    here = (ctypes.c_char * len(sound)).from_buffer(sound)
    begin = ctypes.addressof(here) // _PAGE * _PAGE
    end = -(-(ctypes.addressof(here) + len(sound)) // _PAGE) * _PAGE
    place = ctypes.c_void_p(begin), ctypes.c_size_t(end - begin)
    _LIBC.madvise(*place, _DONT_DUMP)
    return not _LIBC.mlock(*place)


def _swap() -> bool:
    """Whether there is any, or nobody can tell."""
    try:
        return len(Path("/proc/swaps").read_text("utf-8").splitlines()) > 1
    except OSError:
        return True


def _may_lock() -> bool:
    """Whether this process has CAP_IPC_LOCK."""
    with open("/proc/self/status", encoding="ascii") as untrusted_lines:
        for line in untrusted_lines:
            name, _, value = line.partition(":")
            if name == "CapEff":
                return bool(int(value, 16) & 1 << 14)
    return False


def _reason() -> str:
    return os.strerror(ctypes.get_errno())
