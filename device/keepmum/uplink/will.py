"""What the broker is to say for us when our connection ends: that the speaker is gone, and only if people agreed."""

from __future__ import annotations

from keepmum.messages import Parcel

GONE = b"{}"
"""A status that says nothing: Home Assistant then shows the speaker as unavailable."""


class Will:
    """Nothing until somebody has agreed that the home hears how the speaker is, which its first status shows.

    Before that not even the topic's name is told to the broker.
    """

    def __init__(self, topic: str | None) -> None:
        """`topic` is where the status goes if the speaker announces itself to Home Assistant, otherwise None."""
        self._topic = topic
        self._agreed = False

    @property
    def topic(self) -> str | None:
        """What the next connection says."""
        return self._topic if self._agreed else None

    def agreed(self, parcel: Parcel) -> bool:
        """A parcel is to be carried; whether it takes another connection than the one without a will."""
        first = parcel.kind == "status" and self._topic is not None and not self._agreed
        self._agreed = self._agreed or first
        return first

    def refused(self) -> None:
        """The broker did not accept us: if it is over the will, requests for quiet must come through all the same."""
        if self._agreed:
            self._topic = None

    def withdrawn(self) -> bool:
        """Nobody agrees any more; whether there was a will."""
        before, self._agreed = self._agreed, False
        return before
