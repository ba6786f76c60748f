"""Rings of single lamps: what each lamp shows at a moment, and the strips of lamps that it is written to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

Rgb = tuple[int, int, int]
"""Red, green, blue, 0-255 each."""


class Strip(Protocol):
    """Lamps in a row or a ring that take colours. Raises RingError."""

    def write(self, lamps: Sequence[Rgb]) -> None:
        """Show these colours, the first lamp first; as many as the strip has."""
        ...

    def close(self) -> None:
        """Go dark and let go of the hardware."""
        ...
