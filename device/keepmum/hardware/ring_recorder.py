"""A ring without lamps: remembers every look and when it was shown."""

from __future__ import annotations

from keepmum.clock import Clock
from keepmum.errors import RingError
from keepmum.hardware import Look


class RecorderRing:
    """`history` holds (seconds of the clock that was passed in, look), also of looks shown twice."""

    def __init__(self, clock: Clock) -> None:
        self.history: list[tuple[float, Look]] = []
        self.broken = False
        """Set it, and the ring takes no data; it goes on showing what it showed."""
        self._clock = clock
        self._closed = False

    @property
    def look(self) -> Look | None:
        """What it shows now; None when dark."""
        return None if self._closed or not self.history else self.history[-1][1]

    def show(self, look: Look) -> None:
        if self._closed:
            raise RingError("the ring is closed", "open the hardware again")
        self._take()
        self.history.append((self._clock.now(), look))

    def turn(self, now: float) -> None:  # noqa: ARG002
        """Nothing moves."""
        self._take()

    def close(self) -> None:
        self._closed = True

    def _take(self) -> None:
        if self.broken:
            raise RingError("the ring takes no data", "look at its cable")
