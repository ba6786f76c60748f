"""Whether the uplink may ask for a parcel: it holds one at a time, and rests after one that failed."""

from __future__ import annotations

from collections.abc import Callable

from keepmum.messages import Parcel
from keepmum.uplink.pace import Backoff, Pace


class Hands:
    """What was last in hand, and when the next may be asked for."""

    def __init__(self, pace: Pace, random: Callable[[], float]) -> None:
        self.asked = False
        """Whether a parcel was asked for that has not come yet."""
        self.rest = 0.0
        """Before this, none is asked for."""
        self._rests = Backoff(pace.first, pace.longest, random)
        self._last = ("", "")
        self._called_delivered = False

    def took(self, parcel: Parcel) -> bool:
        """It came; whether it is one that we called delivered just now, and the listener did not believe.

        The demand to destroy a clip has the clip's number, and is another thing.
        """
        self.asked = False
        mine = (parcel.kind, parcel.id)
        if mine != self._last:
            self._rests.reset()
        again = self._called_delivered and mine == self._last
        self._last, self._called_delivered = mine, False
        return again

    def delivered(self) -> None:
        """It was called delivered."""
        self._called_delivered = True

    def failed(self, now: float) -> None:
        """It goes back, or what we said of it was refused."""
        self.rest = now + self._rests.next()
