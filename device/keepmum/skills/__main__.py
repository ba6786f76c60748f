"""Starts the skills: reaches the listener, locks itself in, loads the skills, answers."""

from __future__ import annotations

import signal
import sys

from keepmum import lockdown, process, wire
from keepmum.clock import RealClock
from keepmum.settings import Settings
from keepmum.skills.counter import reach, serve
from keepmum.skills.shelf import Shelf


def main(settings: Settings) -> int:
    """Answer until the listener hangs up or SIGTERM comes; 0 in both cases.

    Behind the lock no second line can be opened, so whoever started this process starts it again.
    """
    signal.signal(signal.SIGTERM, _leave)
    try:
        line = reach(lambda: wire.connect(settings.folders.run, "skills"), RealClock())
        lockdown.lock_skills()
        # Foreign skills are imported behind the lock: not even their first line can open a way out.
        serve(line, Shelf.installed())
    except KeyboardInterrupt:
        pass
    return 0


def _leave(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(process.run("skills", main))
