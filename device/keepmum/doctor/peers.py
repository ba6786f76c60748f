"""Asks those with whom keepmum speaks how they are: its own listener through its door, and the household's broker."""

from __future__ import annotations

from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from keepmum.clock import Clock
from keepmum.errors import BrokerError, PeerError
from keepmum.messages import Refused, Status, StatusReport
from keepmum.settings import BrokerSettings
from keepmum.uplink import access
from keepmum.uplink.broker import Link
from keepmum.uplink.events import Down, Up
from keepmum.wire import connect

_PATIENCE = 5.0
"""Seconds until the listener, or a broker that took the connection, must have answered."""


def listener_says(run: Path) -> StatusReport:
    """What the listener says of itself. Raises PeerError where none answers."""
    line = connect(run, "panel", _PATIENCE)
    try:
        line.send(Status())
        received = line.receive()
    finally:
        line.close()
    if received is None:
        raise PeerError(f"the listener did not answer within {_PATIENCE:g} seconds", "see its log")
    answer = received[0]
    if isinstance(answer, Refused):
        raise PeerError(answer.why, answer.hint)
    if not isinstance(answer, StatusReport):
        raise PeerError("the listener answered something else than its status", "are both of the same version?")
    return answer


def broker_answers(settings: BrokerSettings, clock: Clock) -> str:
    """Connect as the uplink would (TCP, TLS, name and password), publish nothing, subscribe to nothing, hang up.

    Raises ConfigError for a password or certificate that cannot be read, BrokerError for a broker that refuses.
    """
    found = access.read(settings)
    if found is None:
        raise BrokerError("no broker is named", "set broker.host")
    link = Link(found)
    link.connect()
    try:
        largest = _accepted(link, clock, settings.name).largest
    finally:
        link.leave()
    secured = "over TLS" if found.tls is not None else "without TLS"
    return f"{settings.name} answers {secured}" + (f", packets up to {largest:,} bytes" if largest else "")


def _accepted(link: Link, clock: Clock, name: str) -> Up:
    end = clock.now() + _PATIENCE
    with DefaultSelector() as selector:
        while clock.now() < end:
            link.turn()
            match link.next_event():
                case Up() as up:
                    return up
                case Down(why=why):
                    raise BrokerError(why, "see broker: in your settings, and the broker's log")
                case _:
                    _wait(link, selector, clock, end - clock.now())
    raise BrokerError(f"{name} took the connection and said nothing for {_PATIENCE:g} seconds", "is it MQTT 5?")


def _wait(link: Link, selector: DefaultSelector, clock: Clock, seconds: float) -> None:
    if link.fileno() < 0:
        return
    wanted = EVENT_READ | (EVENT_WRITE if link.wants_write() else 0)
    selector.register(link.fileno(), wanted)
    try:
        clock.wait(selector, min(seconds, 0.5), pending=False)
    finally:
        selector.unregister(link.fileno())
