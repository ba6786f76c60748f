"""What can happen to the uplink, as frozen data, so that its policy can be read and tested without a network."""

from __future__ import annotations

from dataclasses import dataclass

from keepmum.messages import Parcel


@dataclass(frozen=True)
class ListenerHere:
    """The line to the listener stands."""


@dataclass(frozen=True)
class ListenerGone:
    """The listener hung up."""


@dataclass(frozen=True)
class Handed:
    """The listener handed over a parcel; `content` is None if it came damaged."""

    parcel: Parcel
    content: bytes | None


@dataclass(frozen=True)
class Stopped:
    """The listener wants back what we hold."""


@dataclass(frozen=True)
class Vanished:
    """Nobody agrees any more that the home is told how the speaker is."""


@dataclass(frozen=True)
class Rejected:
    """The listener did not take what we said, a receipt for instance."""


@dataclass(frozen=True)
class Up:
    """The broker accepted us, and takes packets of `largest` bytes (None: any)."""

    largest: int | None = None
    receive_maximum: int = 65_535


@dataclass(frozen=True)
class Down:
    """There is no connection; `accepted` says that there was one, `code` is MQTT's reason if the broker gave one."""

    why: str
    accepted: bool = False
    code: int | None = None


@dataclass(frozen=True)
class Acked:
    """The broker answered the one publish in flight with this reason code."""

    code: int


@dataclass(frozen=True)
class Listening:
    """The broker answered a subscription with this reason code."""

    topic: str
    code: int

    @property
    def refused(self) -> bool:
        """Whether it does not let us hear what is said there."""
        return self.code >= 128


@dataclass(frozen=True)
class Came:
    """A message from the broker."""

    topic: str
    untrusted_payload: bytes
    retained: bool = False


@dataclass(frozen=True)
class Ticked:
    """Time passed."""


BrokerEvent = Up | Down | Acked | Listening | Came


@dataclass(frozen=True)
class Apart:
    """The same, on the connection that a demand has for itself."""

    event: BrokerEvent


Event = ListenerHere | ListenerGone | Handed | Stopped | Vanished | Rejected | BrokerEvent | Apart | Ticked
