"""The part of a simulated board that every USB device has: a pipe, a cable, an address, and things that can break."""

from __future__ import annotations

import errno
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from keepmum.errors import UsbGone
from keepmum.hardware.usb.control import refused, whole
from keepmum.hardware.usb.nodes import Wanted


class Fault(Enum):
    """What a board can have."""

    STALL = "it refuses the request"
    TIMEOUT = "it does not answer"
    SHORT = "its answers lack their last byte"
    GARBAGE = "its answers are all ones"
    STATUS = "its answers begin with a status that nobody knows (XVF3800)"
    DEAF = "it takes what it is told and does nothing"


@dataclass(frozen=True)
class Transfer:
    """One transfer that reached the board."""

    name: str
    """The command's; empty for one that the board does not know."""
    value: int
    index: int
    data: bytes
    """What was sent, or answered."""


class SimulatedPipe(ABC):
    """A device's default pipe, as `Control` describes it, and the hands that can reach for the cable.

    It is plugged in. `history` holds every transfer that reached it, also those that a fault then spoilt.
    """

    def __init__(self, wanted: Wanted, commands: Mapping[tuple[int, int], str], status_bytes: int) -> None:
        """`commands` by wIndex and wValue; `status_bytes` is how many of an answer say how it went."""
        self.history: list[Transfer] = []
        self.fault: Fault | None = None
        self.fault_only = ""
        """The one command that has the fault; all when empty."""
        self.during: Callable[[str], None] = lambda _: None
        """Called in every transfer with the command's name, before the board does anything, in the caller's thread."""
        self.plugged = True
        self.address = 1
        """Its number on the bus: another one whenever it starts."""
        self._wanted = wanted
        self._commands = commands
        self._status_bytes = status_bytes
        self._opened = 0

    def write(self, request: int, value: int, index: int, data: bytes) -> None:
        self._reach(request, value, index, data)

    def read(self, request: int, value: int, index: int, length: int) -> bytes:
        return whole(self._wanted, self._reach(request, value, index, length), length)

    def close(self) -> None:
        self._opened = 0

    def unplug(self) -> None:
        """Pull the cable."""
        self.plugged = False

    def plug(self) -> None:
        """Put the cable in, or in again: it starts, and has forgotten everything."""
        self.plugged = True
        self.address += 1
        self._start()

    def transfer(self, address: int, request: int, value: int, index: int, data: bytes | int) -> bytes:
        """One transfer on the wire: bytes are sent, a number asks for so many. Raises OSError as the kernel does."""
        if not self.plugged or address != self.address:
            raise failure(errno.ENODEV)
        name = "" if request else self._commands.get((index, value), "")
        answer = b""
        self.during(name)
        try:
            answer = self._serve(name, data)
        finally:
            self.history.append(Transfer(name, value, index, data if isinstance(data, bytes) else answer))
        return answer

    @abstractmethod
    def _start(self) -> None:
        """Be as after the power came."""

    @abstractmethod
    def _take(self, name: str, data: bytes) -> None:
        """Do what was sent; raise a stall for what the board does not know."""

    @abstractmethod
    def _tell(self, name: str) -> bytes:
        """Answer; raise a stall for what the board does not know."""

    def _serve(self, name: str, data: bytes | int) -> bytes:
        fault = self.fault if self.fault_only in {"", name} else None
        if fault in {Fault.STALL, Fault.TIMEOUT}:
            raise failure(errno.EPIPE if fault is Fault.STALL else errno.ETIMEDOUT)
        if isinstance(data, int):
            return self._spoilt(self._tell(name), fault)[:data]
        if fault is not Fault.DEAF:
            self._take(name, data)
        return b""

    def _spoilt(self, answer: bytes, fault: Fault | None) -> bytes:
        status, told = answer[: self._status_bytes], answer[self._status_bytes :]
        match fault:
            case Fault.SHORT:
                return answer[:-1]
            case Fault.GARBAGE:
                return status + b"\xff" * len(told)
            case Fault.STATUS:
                return b"\x03" * len(status) + told
            case _:
                return answer

    def _reach(self, request: int, value: int, index: int, data: bytes | int) -> bytes:
        """As a program does: open what is plugged in, and notice when it is another one by now."""
        if not self._opened and not self.plugged:
            raise UsbGone(f"there is no USB device {self._wanted}", "plug it in")
        self._opened = self._opened or self.address
        try:
            return self.transfer(self._opened, request, value, index, data)
        except OSError as error:
            refusal = refused(self._wanted, error)
            if isinstance(refusal, UsbGone):
                self._opened = 0
            raise refusal from error


def failure(number: int) -> OSError:
    """The kernel's error with this number; EPIPE is a stall."""
    return OSError(number, os.strerror(number))
