"""Everything in which the way to the broker fails: each is a context, and on the way out of it all is well again."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from keepmum.disk import RealDisk
from keepmum.lab.experiments.house import House


class FullDisk(RealDisk):
    """The disk of this machine, which takes nothing more while it is `full`."""

    full = False

    def create(self, path: Path) -> int:
        self._room()
        return super().create(path)

    def write(self, file: int, content: bytes) -> None:
        self._room()
        super().write(file, content)

    def _room(self) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")


Fault = Callable[[House, FullDisk], AbstractContextManager[None]]


@contextmanager
def down(house: House, _disk: FullDisk) -> Iterator[None]:
    """The broker is killed, and comes back."""
    _end(house)
    yield
    _back(house)


def limited(*lines: str) -> Fault:
    """The broker is another for a while: it begins again with these lines, and then with its own."""

    @contextmanager
    def fault(house: House, _disk: FullDisk) -> Iterator[None]:
        _end(house)
        house.broker(*lines)
        yield
        house.end("mosquitto", kill=True)
        _back(house)

    return fault


def _end(house: House) -> None:
    # The recipient's clock is the real one: it would still be waiting for its next try when everybody else is back.
    house.end("desk")
    house.end("mosquitto", kill=True)


def _back(house: House) -> None:
    house.broker()
    house.collector()


@contextmanager
def slow(house: House, _disk: FullDisk) -> Iterator[None]:
    """The line carries four kilobytes in a second of the speaker's clock."""
    house.line.rate = 4_000.0 * house.clock.speed
    yield
    house.line.rate = None


@contextmanager
def breaking(house: House, _disk: FullDisk) -> Iterator[None]:
    """Each connection breaks after some bytes, in the middle of a part."""
    house.line.breaks = (20_000, 150_000)
    yield
    house.line.breaks = None


@contextmanager
def full(_house: House, disk: FullDisk) -> Iterator[None]:
    """The speaker's disk takes nothing more."""
    disk.full = True
    yield
    disk.full = False


def jumped(seconds: float) -> Fault:
    """Somebody sets the clock on the wall."""

    @contextmanager
    def fault(house: House, _disk: FullDisk) -> Iterator[None]:
        house.clock.jump(seconds)
        yield
        house.clock.jump(-seconds)

    return fault
