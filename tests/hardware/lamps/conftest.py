"""A strip that remembers what it was shown, and pins that remember in which order they changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from keepmum.errors import RingError
from keepmum.hardware.lamps import Rgb


class RememberingStrip:
    """Keeps every picture. It takes no data while `broken`."""

    def __init__(self) -> None:
        self.pictures: list[tuple[Rgb, ...]] = []
        self.broken = False
        self.closed = 0

    def write(self, lamps: Sequence[Rgb]) -> None:
        if self.broken:
            raise RingError("the strip takes no more data", "see to its wires")
        self.pictures.append(tuple(lamps))

    def close(self) -> None:
        self.closed += 1


class RememberingPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """A pretended pin that writes its changes into the list of its factory; it breaks when that is as long as told."""

    def _change_state(self, value: bool) -> bool:
        edges = self.factory.edges
        if self.factory.breaks_after is not None and len(edges) >= self.factory.breaks_after:
            raise OSError(self.factory.breaks_with)
        changed = bool(super()._change_state(value))
        if changed and self._function == "output":
            edges.append((self.info.name, bool(value)))
        return changed


class RememberingPins(MockFactory):  # type: ignore[misc]  # gpiozero has no types
    """Pretended pins of one board: `edges` holds (name of the pin, level) in the order in which they changed."""

    def __init__(self) -> None:
        self.edges: list[tuple[str, bool]] = []
        self.breaks_after: int | None = None
        self.breaks_with = "bad handle"
        super().__init__(pin_class=RememberingPin)

    def clocked_out(self, data: str, clock: str) -> bytes:
        """The bytes that a lamp reads: the data line whenever the clock rises."""
        level, bits = False, []
        for name, high in self.edges:
            if name == data:
                level = high
            elif name == clock and high:
                bits.append(level)
        assert len(bits) % 8 == 0
        return bytes(int("".join("01"[bit] for bit in bits[at : at + 8]), 2) for at in range(0, len(bits), 8))


@pytest.fixture
def strip() -> RememberingStrip:
    """A strip that remembers."""
    return RememberingStrip()


@pytest.fixture
def pins() -> Iterator[RememberingPins]:
    """A board's pins, all let go of afterwards."""
    pins = RememberingPins()
    yield pins
    pins.breaks_after = None
    pins.close()
