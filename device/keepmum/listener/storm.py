"""Counts wakes that no command followed: a speaker that something keeps waking mutes itself."""

from __future__ import annotations

from collections import deque


class Storm:
    """`wakes` in a row, within `seconds` of each other, make one; with 0 there is never one."""

    def __init__(self, wakes: int, seconds: float) -> None:
        self._wakes = wakes
        self._seconds = seconds
        self._wasted: deque[float] = deque(maxlen=max(1, wakes))

    def served(self) -> None:
        """A command was understood: somebody means the speaker, who may well speak unclearly in between."""
        self._wasted.clear()

    def wasted(self, now: float) -> bool:
        """One more wake for nothing, at `now` (seconds, forward only); whether that makes a storm.

        Counting begins anew after one, so that a hand on the button gets a whole storm's patience again.
        """
        if not self._wakes:
            return False
        self._wasted.append(now)
        raging = len(self._wasted) == self._wakes and now - self._wasted[0] <= self._seconds
        if raging:
            self._wasted.clear()
        return raging
