"""The one parcel in the uplink's hands: its topic, its parts, and what the broker's answer to one of them means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from keepmum.errors import BrokerError
from keepmum.messages import Failed, Parcel
from keepmum.uplink import chunks
from keepmum.uplink.events import Came, Down

_LONGEST_RECEIPT = 4_000
_LONGEST_REASON = 200
CLIP_KEPT = 3_600.0
"""Seconds that the broker may keep a clip for a collector that is away."""

_SAYS = {
    16: "nobody listens there",
    128: "the broker failed without a reason",
    131: "the broker failed for a reason of its own",
    135: "not authorised",
    137: "the broker is busy",
    144: "the broker does not know such a topic",
    149: "too large for the broker",
    151: "the broker's quota is used up",
    153: "the broker does not like the format",
}
TOO_LARGE = 149
_HOPELESS = frozenset({144, TOO_LARGE, 153})
_PASSING = frozenset({128, 131, 137, 151})


class Verdict(NamedTuple):
    """Why a parcel was not delivered; `final` says that another attempt cannot help."""

    reason: str
    final: bool

    def about(self, parcel: Parcel) -> Failed:
        """The same as the listener hears it."""
        return Failed(parcel=parcel.id, reason=self.reason[:_LONGEST_REASON], final=self.final)


EXPIRED = Verdict("expired before it could be delivered", True)


@dataclass
class Load:
    """A parcel on its way. `sent` parts are acknowledged.

    `tries` counts connections in a row that brought it no further, `cuts` those broken in the middle of a part.
    """

    parcel: Parcel
    content: bytes
    deadline: float | None
    parts: tuple[bytes, ...] = ()
    sent: int = 0
    furthest: float = 0.0
    """The greatest share of it that was ever acknowledged, 0 to 1."""
    tries: int = 0
    cuts: int = 0
    in_flight: bool = False
    receipt: str | None = None

    @property
    def is_clip(self) -> bool:
        return self.parcel.kind == "clip"

    def topic(self, prefix: str) -> str:
        """Where it goes. A clip's topic is made of its random id alone, whatever the parcel says."""
        return f"{prefix}/clips/{self.parcel.id}" if self.is_clip else self.parcel.topic

    def receipts(self, prefix: str) -> str:
        """Where the collector answers."""
        return f"{prefix}/receipts/{self.parcel.id}"

    def divide(self, prefix: str, largest: int | None) -> None:
        """Make the parts that fit this broker; raises BrokerError if none do.

        Where the cuts fall depends on the broker's limit, so acknowledged parts only count while that is the same.
        """
        payload = chunks.room(self.topic(prefix), largest)
        if self.is_clip:
            parts = chunks.cut(self.parcel.id, self.parcel.sha256, self.content, payload)
        elif len(self.content) <= payload:
            parts = (self.content,)
        else:
            raise BrokerError(f"{len(self.content)} bytes do not fit into {payload}", "raise max_packet_size")
        if parts != self.parts:
            self.parts, self.sent = parts, 0
        # The last part once more: a collector that has the whole answers any part of it with the receipt.
        self.sent = min(self.sent, len(parts) - 1)

    def expired(self, now: float) -> bool:
        return self.deadline is not None and now >= self.deadline

    def got_through(self) -> bool:
        """The part in flight was acknowledged; whether that brought the parcel further than it ever was.

        A broker that takes the same part again and again, or tells another limit each time, keeps us busy for ever.
        """
        self.sent += 1
        before, self.furthest = self.furthest, max(self.furthest, self.sent / len(self.parts))
        further = self.furthest > before
        if further:
            self.tries = self.cuts = 0
        return further

    @property
    def all_sent(self) -> bool:
        return self.sent == len(self.parts)

    def broken(self, event: Down, most: int) -> Verdict | None:
        """The connection broke: whether the parcel goes back after `most` attempts at the same part, or at once.

        A broker that cut us off every time in the middle of the same part will never take it.
        """
        self.tries += 1
        self.cuts += self.in_flight and event.accepted
        self.in_flight = False
        if event.code == TOO_LARGE:
            return Verdict(event.why, True)
        if self.tries < most:
            return None
        return Verdict(f"{self.tries} attempts: {event.why}", self.cuts == self.tries)

    def keep_for(self, now: float) -> int:
        """Whole seconds after which the broker shall forget a part; at least one, for zero would mean at once."""
        left = CLIP_KEPT if self.deadline is None else self.deadline - now
        return max(1, int(left))


def verdict(load: Load, code: int) -> Verdict:
    """What a reason code other than 0 means.

    A command belongs to its moment, so only a passing trouble is worth another attempt; a clip can wait.
    """
    return Verdict(said(code), code in _HOPELESS or (not load.is_clip and code not in _PASSING))


def said(code: int) -> str:
    """What a reason code other than 0 means, in words and with its number."""
    return f"{_SAYS.get(code, 'the broker refused')} ({code})"


def receipt_in(came: Came) -> str | None:
    """The text of a receipt, unread; a retained one is old, so none at all."""
    if came.retained or not 0 < len(came.untrusted_payload) <= _LONGEST_RECEIPT:
        return None
    try:
        return came.untrusted_payload.decode()
    except UnicodeDecodeError:
        return None
