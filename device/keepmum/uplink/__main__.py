"""Starts the uplink: credentials and the line to systemd first, then the lock, then the first byte on the network."""

from __future__ import annotations

import contextlib
import logging
import random
import signal
import socket
import sys

from keepmum import inherited_sockets, lockdown, memory_budget, memory_lock, process
from keepmum.clock import Clock, RealClock
from keepmum.notify import Notify
from keepmum.settings import Settings
from keepmum.uplink import access, alive
from keepmum.uplink.courier import Courier
from keepmum.uplink.house import House
from keepmum.uplink.loop import Loop
from keepmum.uplink.pace import Pace

log = logging.getLogger(__name__)

ROOM = 96 * 2**20
"""Bytes for what it carries: a parcel of 1 MB at most, in parts, and what the broker may send."""


def main(settings: Settings, clock: Clock | None = None, pace: Pace | None = None) -> int:
    """Run until SIGTERM or SIGINT; the exit status. Raises ConfigError and LockdownError before anything is sent.

    `clock` and `pace` are for whoever measures the uplink; left out, they are the real ones.
    """
    signal.signal(signal.SIGTERM, _leave)
    memory_lock.no_dumps()
    inherited_sockets.refuse_foreign()
    found = access.read(settings.broker)
    home = settings.home
    courier = Courier(
        settings.recipient.topic,
        House(home.weather_topic, home.discovery),
        random.random,
        pace,
        configured=found is not None,
        broker=settings.broker.name,
        will=home.status_topic if home.discovery else None,
    )
    clock = clock or RealClock()
    loop = Loop(settings.folders.run, found, courier, clock, random.random)
    # Behind the lock no such line can be made any more.
    notify = Notify()
    # The C library loads what it resolves names with at the first name; afterwards it may not be able to.
    with contextlib.suppress(socket.gaierror):
        socket.getaddrinfo("localhost", None)
    lockdown.lock_uplink()
    memory_budget.limit(ROOM)
    log.info("the uplink is ready")
    try:
        notify.ready()
        while True:
            notify.status(alive.sentence(loop.signs, courier.state, configured=found is not None))
            notify.alive(clock.now(), alive.well(loop.signs, clock.now()))
            loop.turn(notify.patience)
    except KeyboardInterrupt:
        return 0
    finally:
        loop.close()
        notify.close()


def _leave(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(process.run("uplink", main))
