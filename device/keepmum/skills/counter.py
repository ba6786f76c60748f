"""Answers the listener's questions over one line, until it hangs up."""

from __future__ import annotations

import logging
from collections.abc import Callable
from selectors import DefaultSelector

from keepmum.clock import Clock
from keepmum.errors import BadMessage, PeerError, PeerGone
from keepmum.messages import Ask, Refused
from keepmum.skills.shelf import FAILED, Shelf
from keepmum.skills.skill import say
from keepmum.wire import Line

log = logging.getLogger(__name__)

_FIRST_WAIT, _LONGEST_WAIT = 0.25, 10.0
"""Seconds between two attempts to reach the listener."""


def reach(connect: Callable[[], Line], clock: Clock) -> Line:
    """A line to the listener, as soon as it is there; the waits between attempts grow."""
    wait = _FIRST_WAIT
    with DefaultSelector() as nothing:
        while True:
            try:
                return connect()
            except PeerError as error:
                if wait == _FIRST_WAIT:
                    log.info("waiting for the listener: %s", error.what)
                clock.wait(nothing, wait, pending=False)
                wait = min(2 * wait, _LONGEST_WAIT)


def serve(line: Line, shelf: Shelf, alive: Callable[[], None] = lambda: None) -> None:
    """Say hello and answer every Ask; returns when the listener hangs up. Raises BadMessage for anything else.

    `alive` is called between two messages, and whenever the line's timeout has passed without one. A skill that
    hangs keeps it from being called.
    """
    try:
        line.send(shelf.hello())
        while True:
            alive()
            received = line.receive()
            if received is None:
                continue
            match received[0]:
                case Ask() as ask:
                    _answer(line, shelf, ask)
                case Refused(why=why):
                    log.warning("the listener refused an answer: %s", why)
    except PeerGone:
        log.info("the listener hung up")


def _answer(line: Line, shelf: Shelf, ask: Ask) -> None:
    try:
        line.send(shelf.answer(ask))
    except BadMessage as error:
        log.error("the answer to %s cannot be sent: %s", ask.intent, error.what)
        line.send(say(ask, FAILED))
