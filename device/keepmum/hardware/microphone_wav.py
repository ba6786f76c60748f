"""A microphone in a room: hears the scene that plays there, whether or not anybody listens.

It can be taken away, and it can go deaf in both ways in which real ones do.
"""

from __future__ import annotations

from keepmum.errors import MicrophoneError
from keepmum.hardware.scenes.room import Room
from keepmum.hardware.scenes.timeline import SAMPLE, SECOND
from keepmum.sound import BLOCK, SAMPLE_BYTES


class WavMicrophone:
    """Blocks of the room's sound, at the room's time. `history` says when it was opened, read and closed."""

    def __init__(self, room: Room) -> None:
        self.history: list[tuple[float, str]] = []
        self.away = False
        """Set it, and the microphone is not there: a stream ends with an error, and none can be opened."""
        self.deaf = ""
        """Set it to `stall`, and no block comes any more; to `zeros`, and there is nothing in them."""
        self._room = room
        self._first: int | None = None
        """The room's sample with which the next block begins; None while closed."""

    @property
    def is_open(self) -> bool:
        """Whether it hears the room."""
        return self._first is not None

    def open(self) -> None:
        if self._first is not None:
            raise MicrophoneError("the microphone is open already", "close it first")
        if self.away:
            raise MicrophoneError("there is no microphone in the room", "plug it in")
        self._first = -(-self._room.nanoseconds // SAMPLE)
        self._note("open")

    def ready_in(self) -> float:
        first = self._opened()
        if self.away:
            raise MicrophoneError("the microphone stopped: it was taken away", "plug it in again")
        if self.deaf == "stall":
            self._first = -(-self._room.nanoseconds // SAMPLE)  # what it does not deliver is never delivered
            return BLOCK * SAMPLE / SECOND
        return max(0, (first + BLOCK) * SAMPLE - self._room.nanoseconds) / SECOND

    def read(self) -> bytes:
        first = self._opened()
        if self.ready_in() > 0:
            raise MicrophoneError("there is no whole block to read yet", "ask ready_in() first")
        self._first = first + BLOCK
        self._note("read")
        return bytes(BLOCK * SAMPLE_BYTES) if self.deaf == "zeros" else self._room.heard(first, BLOCK)

    def close(self) -> None:
        if self._first is not None:
            self._first = None
            self._note("close")

    def _opened(self) -> int:
        if self._first is None:
            raise MicrophoneError("the microphone is closed", "open it first")
        return self._first

    def _note(self, what: str) -> None:
        self.history.append((self._room.now(), what))


class RoomWitness:
    """Sees whether anybody listens in the room; can be made to see things that are not so."""

    name = "room"

    def __init__(self, microphone: WavMicrophone) -> None:
        self.claim = ""
        """What it objects whatever is true, for whoever plays a proof that fails."""
        self._microphone = microphone

    def objection(self) -> str:
        if self._microphone.is_open:
            return "the room is still being listened to"
        return self.claim
