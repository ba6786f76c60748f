"""The one door to the microphone: who may open it, and what closing it means.

Closing is safe from any thread and takes effect at once: the stream is closed and the pre-roll is zeroed
before `close` returns, and no block is read afterwards, because reading and closing take turns.
"""

from __future__ import annotations

import threading
from typing import Protocol

from keepmum.hardware import Microphone


class Wipeable(Protocol):
    """Something that holds sound."""

    def push(self, block: bytes) -> None:
        """Take one block."""
        ...

    def wipe(self) -> None:
        """Overwrite what it holds."""
        ...


class Capture:
    """The microphone and the memory that its blocks go to."""

    def __init__(self, microphone: Microphone, preroll: Wipeable) -> None:
        self._microphone = microphone
        self._preroll = preroll
        self._turn = threading.Lock()
        self._open = False
        self._presses = 0
        self.blocks = 0
        """Blocks read since the start."""

    @property
    def is_open(self) -> bool:
        """Whether blocks can be read."""
        return self._open

    def open(self) -> None:
        """Open the microphone, unless a press is waiting to be understood; raises MicrophoneError."""
        with self._turn:
            if not self._open and not self._presses:
                self._microphone.open()
                self._open = True

    def close(self) -> None:
        """Close the microphone and zero the pre-roll, now."""
        with self._turn:
            self._close()

    def slam(self) -> None:
        """Close, and stay closed until `settle`: the button went down, and what it means is not known yet."""
        with self._turn:
            self._presses += 1
            self._close()

    def settle(self) -> None:
        """One press was understood; once all are, `open` opens again."""
        with self._turn:
            self._presses = max(0, self._presses - 1)

    def _close(self) -> None:
        self._open = False
        try:
            self._microphone.close()
        finally:
            self._preroll.wipe()

    def ready_in(self) -> float:
        """Seconds until `read` has something."""
        with self._turn:
            return self._microphone.ready_in() if self._open else 0.0

    def read(self) -> bytes | None:
        """One block, or nothing if the microphone is closed or has no whole block yet."""
        with self._turn:
            if not self._open or self._microphone.ready_in() > 0:
                return None
            block = self._microphone.read()
            self._preroll.push(block)
            self.blocks += 1
            return block
