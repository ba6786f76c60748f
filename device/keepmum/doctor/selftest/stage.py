"""What all parts of the self-test stand on: the hardware, its clock, the microphone's door, and words for people."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from selectors import DefaultSelector

from keepmum.errors import RingError
from keepmum.hardware import Look
from keepmum.hardware.drivers import Hardware
from keepmum.listener.capture import Capture
from keepmum.listener.preroll import PreRoll
from keepmum.settings_hardware import HardwareSettings

STEP = 0.02
"""Seconds between two looks at whatever is waited for."""
_NOTHING = 1e-6


@dataclass
class Stage:
    """The parts, as the listener has them."""

    settings: HardwareSettings
    hardware: Hardware
    capture: Capture
    tell: Callable[[str], None]
    """Says a line to whoever stands before the speaker."""

    @classmethod
    def of(cls, settings: HardwareSettings, hardware: Hardware, tell: Callable[[str], None]) -> Stage:
        """With a capture of its own, made as the listener makes it."""
        capture = Capture(hardware.microphone, PreRoll(), hardware.mic_power, hardware.witnesses)
        return cls(settings, hardware, capture, tell)

    def now(self) -> float:
        """Seconds that only go forward."""
        return self.hardware.clock.now()

    def pass_time(self, seconds: float = STEP) -> None:
        """Let time pass; the light goes on moving."""
        end = self.now() + seconds
        with DefaultSelector() as selector:
            # A room counts whole nanoseconds, so what is less never passes.
            while (left := end - self.now()) > _NOTHING:
                turned = self._turn()
                wanted = left if turned is None else max(min(left, turned), STEP / 2)
                self.hardware.clock.wait(selector, min(left, wanted), pending=False)

    def until(self, is_so: Callable[[], bool], patience: float) -> bool:
        """Wait for something; whether it came true within `patience` seconds."""
        end = self.now() + patience
        while not is_so():
            if self.now() >= end:
                return False
            self.pass_time()
        return True

    def show(self, look: Look) -> None:
        """Show what is true while another part is tried. A ring that fails has been reported by its own part."""
        with suppress(RingError):
            self.hardware.ring.show(look)

    def _turn(self) -> float | None:
        try:
            return self.hardware.ring.turn(self.now())
        except RingError:
            return None
