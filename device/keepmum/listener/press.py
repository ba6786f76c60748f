"""The button's edges on their way from whatever thread noticed them to the listener's loop."""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress

from keepmum.clock import Clock
from keepmum.listener.capture import Capture


class Presses:
    """A queue that a selector can watch. A press closes the microphone before it is even queued."""

    def __init__(self, clock: Clock, capture: Capture) -> None:
        self._clock = clock
        self._capture = capture
        self._edges: deque[tuple[bool, float]] = deque()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def fileno(self) -> int:
        """Readable when there is an edge to take."""
        return self._bell

    def changed(self, down: bool) -> None:
        """An edge; from any thread."""
        try:
            if down:
                self._capture.slam()
        finally:
            # Even if the stream cannot be closed, the press must not be lost.
            self._edges.append((down, self._clock.now()))
            if self._bell >= 0:
                os.eventfd_write(self._bell, 1)

    def take(self) -> list[tuple[bool, float]]:
        """All edges since the last call, with the moment of each."""
        with suppress(BlockingIOError):
            os.eventfd_read(self._bell)
        taken = []
        while self._edges:
            taken.append(self._edges.popleft())
        return taken

    def close(self) -> None:
        """Let go of the bell. The button may still be pressed, and the bell's number be another file's by then."""
        bell, self._bell = self._bell, -1
        os.close(bell)
