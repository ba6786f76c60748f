"""Starts the listener: everything is loaded and opened first, then the lock, then the microphone."""

from __future__ import annotations

import signal
import sys

from keepmum import lockdown, process
from keepmum.listener.assembly import Listener
from keepmum.settings import Settings


def main(settings: Settings) -> int:
    """Listen until SIGTERM or SIGINT; the exit status. Raises KeepmumError before anything is heard."""
    signal.signal(signal.SIGTERM, _leave)
    listener = Listener(settings)
    try:
        lockdown.lock_listener()
        listener.start()
        while True:
            listener.turn()
    except KeyboardInterrupt:
        return 0
    finally:
        # Whatever went wrong: the microphone is closed before anything is reported.
        listener.close()


def _leave(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(process.run("listener", main))
