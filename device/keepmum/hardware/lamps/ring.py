"""A ring of single lamps, drawn whenever the listener's loop comes round; it has no thread of its own."""

from __future__ import annotations

from keepmum.errors import RingError
from keepmum.hardware import Look
from keepmum.hardware.lamps import Rgb, Strip
from keepmum.hardware.lamps.frames import frame, next_frame
from keepmum.settings_hardware import RingSettings

REFRESH_SECONDS = 2.0
"""After this long the same picture is written once more: lamps that lost their power come back dark."""


class LampRing:
    """Any strip as a ring. Writes when the picture has changed, and again after an error; dark until the first look."""

    def __init__(self, strip: Strip, settings: RingSettings) -> None:
        """Raises RingError if the strip does not take the first, dark picture."""
        self._strip = strip
        self._settings = settings
        self._look: Look | None = None
        self._seconds = 0.0
        self._began: float | None = None
        self._shown: tuple[Rgb, ...] | None = None
        self._written_at: float | None = None
        self._closed = False
        self._write(((0, 0, 0),) * settings.lamps)

    def show(self, look: Look) -> None:
        """Draw the look now. A look that differs only in bearing or words goes on where the motion stood."""
        if self._closed:
            raise RingError("the ring is closed", "open the hardware again")
        before, self._look = self._look, look
        if before is None or (before.colour, before.motion) != (look.colour, look.motion):
            self._began, self._seconds = None, 0.0
        self._draw(look)

    def turn(self, now: float) -> float | None:
        if self._look is None:
            return None
        if self._began is None:
            self._began = now
        self._seconds = now - self._began
        if self._written_at is None:
            self._written_at = now
        elif now - self._written_at >= REFRESH_SECONDS:
            self._shown = None
        if self._draw(self._look):
            self._written_at = now
        return next_frame(self._look, self._seconds)

    def close(self) -> None:
        self._closed = True
        self._look = None
        self._strip.close()

    def _draw(self, look: Look) -> bool:
        """Whether anything had to be written."""
        ring = self._settings
        picture = frame(
            look,
            ring.lamps,
            self._seconds,
            ring.brightness,
            first_lamp=ring.first_lamp,
            clockwise=ring.clockwise,
        )
        if picture == self._shown:
            return False
        self._write(picture)
        return True

    def _write(self, picture: tuple[Rgb, ...]) -> None:
        self._shown = None
        self._strip.write(picture)
        self._shown = picture
        self._written_at = None
