"""The hardware roles: what a microphone, its power switch, a ring, a button and a loudspeaker must be able to do.

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


class MicPower(Protocol):
    """A switch in the microphones' own supply or codec, and its read-back. Raises MicPowerError."""

    def on(self) -> None:
        """Let the microphones work; returns once they do."""
        ...

    def off(self) -> None:
        """Cut the microphones off, at once. Safe from any thread, and allowed twice."""
        ...

    def is_off(self) -> bool:
        """What the hardware says, read now. A line that floats or cannot be read is not off."""
        ...

    def close(self) -> None:
        """Leave them off, and let go of the hardware."""
        ...


class Witness(Protocol):
    """Somebody other than the microphone's driver who can see whether sound is being captured."""

    name: str
    """A word for the ledger: `alsa`, `room`."""

    def objection(self) -> str:
        """What contradicts a closed microphone, or nothing if it is seen to be closed.

        Not being able to tell is an objection too. Never raises.
        """
        ...


class Compass(Protocol):
    """Where a voice comes from."""

    def bearing(self) -> float | None:
        """Degrees clockwise, seen from above, from the array's mark (0-360); None if nobody can tell. Never raises."""
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
    ALARM = "alarm"
    """A fast blink, kept for what must not be overlooked."""


@dataclass(frozen=True)
class Look:
    """One appearance of the ring, with the words for people who cannot see it."""

    colour: Colour
    motion: Motion
    meaning: str
    bearing: float | None = None
    """Where the voice comes from, in degrees as `Compass` counts them; a ring that can, points there."""


class Ring(Protocol):
    """A light. Raises RingError."""

    def show(self, look: Look) -> None:
        """Show this look until the next one."""
        ...

    def turn(self, now: float) -> float | None:
        """Draw what moves, as it stands at `now` (seconds, forward only); seconds until the next call, None if still.

        It is also called once in a while when nothing moves: a ring that lost its power is drawn again.
        """
        ...

    def close(self) -> None:
        """Go dark and let go of the hardware."""
        ...


class Button(Protocol):
    """A push button, or a switch that stays where it was put (down is muted). Raises ButtonError."""

    def watch(self, changed: Callable[[bool], None]) -> None:
        """Call `changed(is_down)` at every edge, from whatever thread notices it first.

        Edges can be lost, and a line that is low already gives none: `is_down` is the truth, and is polled.
        """
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
