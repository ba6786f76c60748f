"""Starts the listener: everything is loaded and opened first, then the lock, then the microphone."""

from __future__ import annotations

import signal
import sys

from keepmum import inherited_sockets, lockdown, memory_budget, memory_lock, process
from keepmum.listener.assembly import Listener
from keepmum.settings import Settings

ROOM = 384 * 2**20
"""Bytes. Measured with the household model: 144 MiB taken once all is loaded, 342 MiB after ten commands (ten threads),
of which 121 MiB are really in use. A larger model needs more while it listens, so half of what it took is added.
"""


def main(settings: Settings) -> int:
    """Listen until SIGTERM or SIGINT; the exit status. Raises KeepmumError before anything is heard."""
    signal.signal(signal.SIGTERM, _leave)
    memory_lock.no_dumps()
    inherited_sockets.refuse_foreign()
    listener = Listener(settings)
    try:
        lockdown.lock_listener()
        memory_lock.keep_out_of_swap()
        memory_budget.limit(ROOM + memory_budget.taken() // 2)
        listener.start()
        while True:
            listener.turn()
    except KeyboardInterrupt:
        return 0
    finally:
        # Whatever went wrong: the microphone is closed before anything is reported.
        memory_budget.leave()
        listener.close()


def _leave(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(process.run("listener", main))
