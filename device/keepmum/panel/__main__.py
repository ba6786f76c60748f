"""Starts the page: a socket for visitors and the line to the listener first, then the lock, then the first visitor."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from keepmum import lockdown, memory_budget, memory_lock, process, wire
from keepmum.clock import RealClock
from keepmum.errors import PeerError
from keepmum.notify import Notify
from keepmum.panel import door
from keepmum.panel.page import Page
from keepmum.panel.service import Service
from keepmum.settings import Settings

log = logging.getLogger(__name__)

ROOM = 64 * 2**20
"""Bytes for visitors: 32 connections with what they sent and have not read yet take less than eight."""


def main(settings: Settings) -> int:
    """Serve until nobody looks, the listener hangs up or SIGTERM comes; 0 in all these cases. Raises KeepmumError."""
    signal.signal(signal.SIGTERM, _leave)
    memory_lock.no_dumps()
    notify = Notify()
    arriving, mine = door.inherited(), None
    try:
        line = wire.connect(settings.folders.run, "panel", 0.0)
    except PeerError as error:
        if arriving is None:
            raise
        log.warning("%s", error)
        line = None
    if arriving is None:
        arriving = mine = door.own()
        print(f"Open http://127.0.0.1:{door.PORT}/ on this computer.", flush=True)
    service = Service(Page(), door.machine(), RealClock(), notify)
    lockdown.lock_panel(own=() if mine is None else (mine.fileno(),))
    memory_budget.limit(ROOM)
    try:
        asyncio.run(service.serve(arriving, line, notify.ready))
    except KeyboardInterrupt:
        pass
    finally:
        notify.close()
    return 0


def _leave(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(process.run("panel", main))
