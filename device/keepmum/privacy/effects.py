"""What the keeper has to do after a step, in the order in which it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keepmum.consent import Consent, Flow
from keepmum.privacy.state import Boxed, Outside, State


@dataclass(frozen=True)
class Effect:
    """Something for the keeper to do."""


@dataclass(frozen=True)
class Close(Effect):
    """Close the microphone and forget what was heard."""


@dataclass(frozen=True)
class Open(Effect):
    """Open the microphone."""


@dataclass(frozen=True)
class Save(Effect):
    """Write latch, mode and consents to disk."""


@dataclass(frozen=True)
class Note(Effect):
    """Write a ledger row; if it cannot be written, a `Put`, `HandOver` or `Demand` after it must not happen."""

    what: str
    facts: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Sign(Effect):
    """Write what became of a consent into its receipt; if that fails, report Unsigned."""

    consent: Consent
    event: str
    """requested, given, refused, re-confirmed, withdrawn, expired, invalidated."""


@dataclass(frozen=True)
class Shelve(Effect):
    """Keep what is wanted, closed and in memory only, until somebody answers."""

    id: str


@dataclass(frozen=True)
class Demand(Effect):
    """Give the uplink the demand that a clip be destroyed."""

    outside: Outside


@dataclass(frozen=True)
class Seal(Effect):
    """Seal what is wanted, then report Sealed."""

    id: str
    flow: Flow
    consent: str
    expires: float | None
    after: float = 0.0
    """Unix time before which it is not handed over."""


@dataclass(frozen=True)
class Forget(Effect):
    """Wipe what was wanted: it may not leave."""

    id: str
    reason: str


@dataclass(frozen=True)
class Put(Effect):
    """Put the sealed parcel into the outbox."""

    boxed: Boxed


@dataclass(frozen=True)
class HandOver(Effect):
    """Give the parcel to the uplink."""

    boxed: Boxed


@dataclass(frozen=True)
class Erase(Effect):
    """Remove a parcel from the outbox."""

    id: str


@dataclass(frozen=True)
class StopUplink(Effect):
    """Tell the uplink to let go of what it holds."""

    why: str


Step = tuple[State, tuple[Effect, ...]]
"""The next state and what to do about it."""
