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
    QUIET = "quiet"
    """The quiet hours of the settings."""
    GUEST = "guest"
    """Private for some hours; anyone may begin it."""
    STORM = "storm"
    """The speaker itself, which woke too often for nothing."""
    FAULT = "fault"
    """The microphone cannot be had, or cannot be shown to be closed."""


class Fault(StrEnum):
    """What keeps `Owner.FAULT` there. Only its own repair ends it."""

    MICROPHONE = "microphone"
    """No sound can be had."""
    PROOF = "proof"
    """It should be closed, and something contradicts that."""


HAND_CLEARS = frozenset({Owner.BUTTON, Owner.VOICE, Owner.PANEL, Owner.MQTT, Owner.STORM, Owner.QUIET})
"""What a held button undoes: every request to be quiet, but neither a fault nor what a guest began."""

LONG_HAND_CLEARS = HAND_CLEARS | {Owner.GUEST}
"""What a button held as long as for a consent undoes."""

TIME_CLEARS = frozenset({Owner.QUIET, Owner.GUEST})
"""What may have said at its beginning how long it lasts, and is over then."""

HOUR = 3600.0

GUEST_LASTS = 12 * HOUR
"""Seconds; an evening and a night."""

LONGEST_QUIET = 25 * HOUR
"""Seconds; a whole day, on the day on which the clocks are set back. Nobody's quiet lasts longer by itself, so that a
typing error silences no speaker for years."""


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
    """A finger is on the button and has not come up since; or a switch has been put over."""

    at: float
    """Seconds of the forward-only clock."""
    was_muted: bool
    """Whether it may undo a mute: one was there before it, and since then it has undone nothing, and nobody has wished
    for quiet."""
    switch: bool = False
    """A switch: where it listens if it may undo a mute, where it mutes if it may not. It agrees to nothing."""


@dataclass(frozen=True)
class Boxed:
    """A parcel in the outbox, and what it was allowed as."""

    id: str
    flow: Flow
    consent: str
    expires: float | None = None
    """Unix time in seconds."""


@dataclass(frozen=True)
class Lasting:
    """A request for quiet that ends by itself."""

    owner: Owner
    until: float
    """Seconds of the forward-only clock: a wall clock that is set forward ends nobody's quiet."""
    hours: int = 0
    """Whole hours that were left when somebody last looked; what is kept across a restart changes with it."""


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
    faults: frozenset[Fault] = frozenset()
    lasting: tuple[Lasting, ...] = ()
    proven: bool = False
    """Whether the microphone has been shown to be closed since it was closed last; what the red light stands for."""
    trial: bool = False
    """Opened again after a fault, and no sound has come yet."""

    @property
    def earning(self) -> bool:
        """Whether the speaker will become louder if the finger stays where it is."""
        return self.press is not None and (self.press.was_muted or self.proposal is not None)

    @property
    def household(self) -> Household:
        """What `decide` looks at."""
        return Household(bool(self.mutes), self.mode, self.consents, self.ledger)
