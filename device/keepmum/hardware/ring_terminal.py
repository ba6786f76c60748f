"""A ring drawn in the terminal: twelve lamps in one line, and what they mean in words."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from keepmum.errors import RingError
from keepmum.hardware import Colour, Look, Motion

LAMPS = 12
_SHAPES = {
    Motion.STILL: "●" * LAMPS,
    Motion.PULSE: "●○" * (LAMPS // 2),
    Motion.SPIN: "●●●" + "○" * (LAMPS - 3),
    Motion.BLINK: "●●○○" * (LAMPS // 4),
    Motion.ALARM: "●○●○" * (LAMPS // 4),
}


class TerminalRing:
    """One line per change of look. Colours only on a terminal that has not been asked to do without (NO_COLOR)."""

    def __init__(self, stream: TextIO | None = None, environ: Mapping[str, str] = os.environ) -> None:
        self._stream = stream or sys.stderr
        self._coloured = self._stream.isatty() and not environ.get("NO_COLOR")
        self._look: Look | None = None

    def show(self, look: Look) -> None:
        if look == self._look:
            return
        self._write(f"{self._lamps(look)}  {look.colour.name.lower()}, {look.motion.value}: {look.meaning}")
        self._look = look

    def turn(self, now: float) -> None:
        """Nothing moves on paper: each look is one line."""

    def close(self) -> None:
        if self._look is not None:
            self._look = None
            self._write(f"{'○' * LAMPS}  dark")

    def _lamps(self, look: Look) -> str:
        shape = "○" * LAMPS if look.colour is Colour.OFF else _SHAPES[look.motion]
        if not self._coloured:
            return shape
        red, green, blue = look.colour.value
        return f"\x1b[38;2;{red};{green};{blue}m{shape}\x1b[0m"

    def _write(self, line: str) -> None:
        try:
            print(line, file=self._stream, flush=True)
        except (OSError, ValueError) as error:
            raise RingError(f"the ring cannot be drawn: {error}", "keep the terminal open") from error
