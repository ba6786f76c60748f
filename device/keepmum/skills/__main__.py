"""Starts the skills: reaches the listener, locks itself in, loads the skills, answers."""

from __future__ import annotations

import signal
import sys

from keepmum import inherited_sockets, lockdown, memory_budget, memory_lock, process, wire
from keepmum.clock import RealClock
from keepmum.notify import Notify
from keepmum.settings import Settings
from keepmum.skills.counter import reach, serve
from keepmum.skills.shelf import Shelf

ROOM = 128 * 2**20
"""Bytes for answers, and for what foreign skills bring along."""


def main(settings: Settings) -> int:
    """Answer until the listener hangs up or SIGTERM comes; 0 in both cases.

    Behind the lock no second line can be opened, so whoever started this process starts it again.
    """
    signal.signal(signal.SIGTERM, _leave)
    memory_lock.no_dumps()
    inherited_sockets.refuse_foreign()
    notify, clock = Notify(), RealClock()
    notify.status("Waiting for the listener.")
    try:
        line = reach(lambda: wire.connect(settings.folders.run, "skills", notify.patience), clock)
        lockdown.lock_skills()
        memory_budget.limit(ROOM)
        # Foreign skills are imported behind the lock: not even their first line can open a way out.
        shelf = Shelf.installed()
        notify.ready()
        notify.status("Answering the listener.")
        serve(line, shelf, lambda: notify.alive(clock.now()))
    except KeyboardInterrupt:
        pass
    finally:
        notify.close()
    return 0


def _leave(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(process.run("skills", main))
