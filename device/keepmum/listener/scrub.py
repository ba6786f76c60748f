"""Has the C library overwrite memory when it is given back, so that sound that nobody holds any more is gone too.

A block from the microphone is a Python object of 2,560 bytes, and the engines make copies of their own. Freed, they
would keep their content until something else happens to be put there. glibc can fill what is freed (M_PERTURB in
mallopt(3), meant for finding bugs): a few microseconds a block. Objects below 512 bytes live in Python's own arenas
and are not covered, so nothing of ours handles sound in pieces as small as that.
"""

from __future__ import annotations

import ctypes
import logging

log = logging.getLogger(__name__)

_M_PERTURB = -6
_PATTERN = 0xA5


def overwrite_what_is_freed() -> bool:
    """From now on, in the whole process; False where the C library cannot (it is not glibc)."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    done = mallopt is not None and bool(mallopt(_M_PERTURB, _PATTERN))
    if not done:
        log.warning("this C library does not overwrite freed memory; old sound may stay in it until it is used again")
    return done
