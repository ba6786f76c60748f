"""The listener's sockets: one door per role, a bounded number of lines behind each, nonsense refused."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from selectors import EVENT_READ, BaseSelector

from keepmum.errors import BadMessage, PeerError, PeerGone
from keepmum.listener.news import Watcher
from keepmum.listener.peers import inherited_doors
from keepmum.messages import Message, Refused
from keepmum.wire import Door, Line

log = logging.getLogger(__name__)

_NONSENSE = 10
"""Bad messages after which a line is closed; ours never send one."""

_AT_ONCE = 16
"""Messages taken from one line in one turn, so that a flood cannot keep the ear from listening."""


@dataclass
class Visitor:
    """One connected peer."""

    role: str
    line: Line
    nonsense: int = 0
    watcher: Watcher | None = None
    """What the panel's `Watch` registered, to be taken back when it leaves."""

    def send(self, message: Message) -> bool:
        """Send, or say that it is gone."""
        try:
            self.line.send(message)
        except PeerGone:
            return False
        return True


@dataclass(frozen=True)
class Reception:
    """Who deals with the visitors of one role."""

    most: int
    """How many may be connected at a time."""
    came: Callable[[Visitor], None]
    said: Callable[[Visitor, Message], None]
    left: Callable[[Visitor], None]


class Doors:
    """All the doors, tied to the listener's selector."""

    def __init__(self, folder: Path, selector: BaseSelector) -> None:
        """Doors that systemd hands over, or its own in the folder. Raises PeerError if systemd hands over wrongly."""
        self._inherited = inherited_doors.take()
        self._folder = folder
        self._selector = selector
        self._doors: list[Door] = []
        self._inside: dict[str, list[Visitor]] = {}

    def open(self, role: str, reception: Reception) -> None:
        """Open one role's door; raises PeerError if its socket cannot be made."""
        door = self._inherited.pop(role, None) or Door(self._folder, role)
        self._doors.append(door)
        self._inside[role] = []
        self._selector.register(door, EVENT_READ, lambda: self._accept(door, reception))

    def roles(self) -> list[str]:
        """The roles with somebody connected."""
        return [role for role, visitors in self._inside.items() if visitors]

    def close(self) -> None:
        """Hang up on everybody and take the doors away."""
        for visitors in self._inside.values():
            for visitor in visitors:
                self._selector.unregister(visitor.line)
                visitor.line.close()
            visitors.clear()
        for door in self._doors:
            self._selector.unregister(door)
            door.close()
        self._doors.clear()
        for unused in self._inherited.values():
            unused.close()
        self._inherited.clear()

    def _accept(self, door: Door, reception: Reception) -> None:
        try:
            line = door.accept()
        except PeerError as error:
            log.warning("%s", error)
            return
        if line is None:
            return
        inside = self._inside[door.role]
        visitor = Visitor(door.role, line)
        if len(inside) >= reception.most:
            visitor.send(Refused(why=f"{reception.most} {door.role} is connected already"))
            line.close()
            return
        inside.append(visitor)
        self._selector.register(line, EVENT_READ, lambda: self._read(visitor, reception))
        reception.came(visitor)

    def _read(self, visitor: Visitor, reception: Reception) -> None:
        for _ in range(_AT_ONCE):
            try:
                received = visitor.line.receive()
            except PeerGone:
                self._leave(visitor, reception)
                return
            except BadMessage as error:
                if not self._refuse(visitor, error):
                    self._leave(visitor, reception)
                    return
                continue
            if received is None:
                return
            reception.said(visitor, received[0])
            if visitor not in self._inside[visitor.role]:
                return

    def _refuse(self, visitor: Visitor, error: BadMessage) -> bool:
        """Whether the visitor may stay."""
        visitor.nonsense += 1
        log.warning("%s sent %s", visitor.role, error.what)
        return visitor.nonsense < _NONSENSE and visitor.send(Refused(why=error.what, hint=error.hint))

    def _leave(self, visitor: Visitor, reception: Reception) -> None:
        self._selector.unregister(visitor.line)
        visitor.line.close()
        self._inside[visitor.role].remove(visitor)
        log.info("%s hung up", visitor.role)
        reception.left(visitor)
