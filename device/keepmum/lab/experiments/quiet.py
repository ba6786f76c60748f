"""Keeps the speaker's own alarms off the screen while a defect is planted: it objects, as it should."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silence() -> Iterator[None]:
    """What keepmum logs is not printed by default meanwhile; whoever has set up a log of their own still gets it."""
    nobody, log = logging.NullHandler(), logging.getLogger("keepmum")
    log.addHandler(nobody)
    try:
        yield
    finally:
        log.removeHandler(nobody)
