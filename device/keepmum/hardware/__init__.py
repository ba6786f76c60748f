"""The hardware roles: what a microphone, a ring, a button and a loudspeaker must be able to do.

One driver per file, named in the owner's YAML (`driver: sounddevice` is `microphone_sounddevice.py`). A driver
that cannot do what it was asked raises the error of its role; no driver falls back to another one. Fakes
stand beside the real drivers, raise the same errors and record what happened to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Microphone(Protocol):
    """Sound in blocks of `sound.BLOCK_BYTES`, mono, as `keepmum.sound` says. Raises MicrophoneError."""

    def open(self) -> None:
        """Begin to listen. Sound from before this call is never delivered."""
        ...

    def ready_in(self) -> float:
        """Seconds until `read` has a whole block; 0 when it has one now."""
        ...

    def read(self) -> bytes:
        """One block, without waiting; call it only when `ready_in` says 0."""
        ...

    def close(self) -> None:
        """Stop, and drop whatever was not read. Closing twice is allowed."""
        ...


class Colour(Enum):
    """What a person sees from across the room; the value is red, green, blue (0–255)."""

    OFF = (0, 0, 0)
    RED = (255, 0, 0)
    AMBER = (255, 140, 0)
    GREEN = (0, 200, 60)
    CYAN = (0, 180, 220)
    BLUE = (30, 60, 255)
    VIOLET = (160, 0, 220)
    WHITE = (220, 220, 220)


class Motion(Enum):
    """How the colour moves."""

    STILL = "still"
    PULSE = "pulse"
    SPIN = "spin"
    BLINK = "blink"


@dataclass(frozen=True)
class Look:
    """One appearance of the ring, with the words for people who cannot see it."""

    colour: Colour
    motion: Motion
    meaning: str


class Ring(Protocol):
    """A light. Raises RingError."""

    def show(self, look: Look) -> None:
        """Show this look until the next one."""
        ...

    def close(self) -> None:
        """Go dark and let go of the hardware."""
        ...


class Button(Protocol):
    """A push button. Raises ButtonError."""

    def watch(self, changed: Callable[[bool], None]) -> None:
        """Call `changed(is_down)` at every edge, from whatever thread notices it first."""
        ...

    def is_down(self) -> bool:
        """The level now, read from the hardware rather than remembered."""
        ...

    def close(self) -> None:
        """Let go of the hardware."""
        ...


class Speaker(Protocol):
    """A loudspeaker. Raises SpeakerError."""

    def play(self, pcm: bytes, volume: float) -> None:
        """Start to play sound (format of `keepmum.sound`) at `volume` 0–1 and return at once.

        A new sound replaces one that still plays.
        """
        ...

    def remaining(self) -> float:
        """Seconds of sound still to come; 0 when it is quiet."""
        ...

    def stop(self) -> None:
        """Be quiet now."""
        ...

    def close(self) -> None:
        """Be quiet and let go of the hardware."""
        ...
