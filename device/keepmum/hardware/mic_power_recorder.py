"""A microphone switch without hardware: does what it is told, can be made to fail, and remembers everything."""

from __future__ import annotations

from keepmum.clock import Clock
from keepmum.errors import MicPowerError


class RecorderMicPower:
    """`history` holds (seconds of the clock that was passed in, "on" | "off" | "close"). Off to begin with."""

    def __init__(self, clock: Clock) -> None:
        self.history: list[tuple[float, str]] = []
        self.stuck = False
        """Set it, and the switch stays as it is whatever it is told."""
        self.unreadable = False
        """Set it, and the read-back fails."""
        self._clock = clock
        self._off = True

    def on(self) -> None:
        self._turn(off=False)

    def off(self) -> None:
        self._turn(off=True)

    def is_off(self) -> bool:
        if self.unreadable:
            raise MicPowerError("the microphones' switch cannot be read", "look at the cable")
        return self._off

    def close(self) -> None:
        self.off()
        self.history.append((self._clock.now(), "close"))

    def _turn(self, *, off: bool) -> None:
        self.history.append((self._clock.now(), "off" if off else "on"))
        if not self.stuck:
            self._off = off
