"""Starts the uplink: credentials first, then the lock, then the first byte on the network."""

from __future__ import annotations

import contextlib
import logging
import random
import signal
import socket
import sys

from keepmum import lockdown, process
from keepmum.clock import RealClock
from keepmum.settings import Settings
from keepmum.uplink import access
from keepmum.uplink.courier import Courier
from keepmum.uplink.house import House
from keepmum.uplink.loop import Loop

log = logging.getLogger(__name__)


def main(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; the exit status. Raises ConfigError and LockdownError before anything is sent."""
    signal.signal(signal.SIGTERM, _leave)
    found = access.read(settings.broker)
    home = settings.home
    courier = Courier(
        settings.recipient.topic,
        House(home.weather_topic, home.discovery),
        random.random,
        configured=found is not None,
        broker=settings.broker.name,
        will=home.status_topic if home.discovery else None,
    )
    loop = Loop(settings.folders.run, found, courier, RealClock(), random.random)
    # The C library loads what it resolves names with at the first name; afterwards it may not be able to.
    with contextlib.suppress(socket.gaierror):
        socket.getaddrinfo("localhost", None)
    lockdown.lock_uplink()
    log.info("the uplink is ready")
    try:
        while True:
            loop.turn()
    except KeyboardInterrupt:
        return 0
    finally:
        loop.close()


def _leave(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(process.run("uplink", main))
