"""Everything that can happen to the privacy of the house."""

from __future__ import annotations

from dataclasses import dataclass

from keepmum.consent import Flow
from keepmum.privacy.state import Boxed, Owner


@dataclass(frozen=True)
class Event:
    """Something happened. `now` counts forward only, `wall` is Unix time; both in seconds."""

    now: float
    wall: float


@dataclass(frozen=True)
class Booted(Event):
    """The listener started and found these parcels in its outbox."""

    box: tuple[Boxed, ...] = ()


@dataclass(frozen=True)
class Ticked(Event):
    """Time passed."""


@dataclass(frozen=True)
class Pressed(Event):
    """The button went down."""


@dataclass(frozen=True)
class Released(Event):
    """The button came up."""


@dataclass(frozen=True)
class Quieter(Event):
    """Somebody asks for more quiet: mute, local, withdraw or forget."""

    want: str = "mute"
    owner: Owner = Owner.BUTTON


@dataclass(frozen=True)
class Proposed(Event):
    """Somebody asks for a consent; `id` names it, should it be given."""

    id: str = ""
    purpose: str = ""
    recipient: str = ""


@dataclass(frozen=True)
class Wanted(Event):
    """Something heard wants to leave."""

    id: str
    flow: Flow
    expires: float | None = None


@dataclass(frozen=True)
class Sealed(Event):
    """What was wanted and allowed is sealed now, and may be put into the outbox if that still holds."""

    id: str
    flow: Flow
    consent: str
    size: int
    sha256: str
    expires: float | None = None


@dataclass(frozen=True)
class UplinkReady(Event):
    """The uplink can take one parcel."""


@dataclass(frozen=True)
class Delivered(Event):
    """The parcel arrived: the receipt was checked."""

    id: str


@dataclass(frozen=True)
class Failed(Event):
    """An attempt failed; `final` says that no further one can help."""

    id: str
    reason: str
    final: bool


@dataclass(frozen=True)
class UplinkGone(Event):
    """The uplink hung up; what it held is back in our hands alone."""


@dataclass(frozen=True)
class LedgerLost(Event):
    """A row could not be written; nothing leaves any more until the next start."""


@dataclass(frozen=True)
class Broken(Event):
    """The microphone cannot be trusted or had."""


@dataclass(frozen=True)
class Repaired(Event):
    """The fault is gone."""
