"""What the privacy of the house depends on, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from keepmum.consent import Consent, Flow, Household, Mode, Purpose

UNMUTE_HOLD = 0.7
"""Seconds; shorter presses never unmute (a codec on the same line pulses)."""

AGREE_HOLD = 3.0
"""Seconds; long enough that nobody agrees by brushing past."""

PROPOSAL_LASTS = 60.0
"""Seconds until an unanswered proposal is gone."""


class Owner(StrEnum):
    """Who holds the microphone closed."""

    BUTTON = "button"
    VOICE = "voice"
    PANEL = "panel"
    MQTT = "mqtt"
    FAULT = "fault"


HAND_CLEARS = frozenset({Owner.BUTTON, Owner.VOICE, Owner.PANEL, Owner.MQTT})
"""What a held button undoes: every request to be quiet, but not a fault."""


@dataclass(frozen=True)
class Proposal:
    """A consent that somebody asked for and nobody has agreed to yet."""

    id: str
    purpose: Purpose
    recipient: str
    opened: float
    """Seconds of the forward-only clock."""


@dataclass(frozen=True)
class Press:
    """The button is down."""

    at: float
    """Seconds of the forward-only clock."""
    was_muted: bool
    """Whether a hand could have undone a mute before this press."""


@dataclass(frozen=True)
class Boxed:
    """A parcel in the outbox, and what it was allowed as."""

    id: str
    flow: Flow
    consent: str
    expires: float | None = None
    """Unix time in seconds."""


@dataclass(frozen=True)
class State:
    """Everything that privacy depends on. Left alone it is muted, local and agrees to nothing."""

    mutes: frozenset[Owner] = frozenset({Owner.BUTTON})
    mode: Mode = Mode.LOCAL
    consents: tuple[Consent, ...] = ()
    wall: float = 0.0
    """The latest Unix time ever seen: a clock set back does not extend a consent."""
    proposal: Proposal | None = None
    press: Press | None = None
    sealing: tuple[Boxed, ...] = ()
    """What was allowed and is being sealed."""
    box: tuple[Boxed, ...] = ()
    handed: str | None = None
    """The one parcel that is outside the listener."""
    ready: bool = False
    """Whether the uplink has asked for a parcel and got none yet."""
    ledger: bool = True

    @property
    def household(self) -> Household:
        """What `decide` looks at."""
        return Household(bool(self.mutes), self.mode, self.consents, self.ledger)
