"""What may leave the speaker, and why: the whole upload policy as one pure function.

This file opens nothing, writes nothing and reads no clock. The same household and the same flow give the same
decision on the speaker, in the tests and in the lab.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

DAY = 86_400.0

LONGEST_CONSENT = 90 * DAY
"""Seconds; nobody remembers for longer what they agreed to."""

LONGEST_CLIP = 20.0
"""Seconds; in the press reports the open recordings lasted 20 to 43."""


class Mode(IntEnum):
    """The household's ceiling over every consent. Muted is not a mode: the latch says that."""

    LOCAL = 0
    """Nothing leaves, not even a command to the household's own broker."""
    ASK = 1
    """Commands leave as they are spoken; every clip is asked about."""
    SHARE = 2
    """Clips of confirmed wakes leave under a live consent."""


class Kind(StrEnum):
    """What a flow carries."""

    ACTION = "action"
    """A home action: text, to the household's own broker."""
    CLIP = "clip"
    """A recorded command, sealed to the recipient."""


class Purpose(StrEnum):
    """What a consent can be for. A purpose that is not here is refused."""

    COMMANDS = "commands"
    ASR_IMPROVEMENT = "asr-improvement"
    WAKE_TUNING = "wake-tuning"
    RESEARCH = "research"
    DIAGNOSTICS = "diagnostics"


_PURPOSES: Mapping[Kind, frozenset[str]] = {
    Kind.ACTION: frozenset({Purpose.COMMANDS.value}),
    Kind.CLIP: frozenset(purpose.value for purpose in Purpose) - {Purpose.COMMANDS.value},
}
"""What each kind can be for: no recording leaves as a command, and no command as anything else."""


class Reason(StrEnum):
    """Why something may or may not leave."""

    AGREED = "agreed"
    MUTED = "muted"
    LEDGER_LOST = "ledger_lost"
    UNCONFIRMED_WAKE = "unconfirmed_wake"
    UNKNOWN_PURPOSE = "unknown_purpose"
    TOO_LONG = "too_long"
    LOCAL_MODE = "local_mode"
    NO_CONSENT = "no_consent"
    CONSENT_EXPIRED = "consent_expired"
    OTHER_RECIPIENT = "other_recipient"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True)
class Consent:
    """That somebody in the room agreed to one purpose with one recipient, until a date."""

    id: str
    purpose: Purpose
    recipient: str
    """Fingerprint of the recipient's card, or the broker's name for commands."""
    given: float
    """Unix time in seconds."""
    until: float
    """Unix time in seconds; nothing later than LONGEST_CONSENT after `given` counts."""

    @property
    def ends(self) -> float:
        """Unix time from which it covers nothing, whatever a file says."""
        return min(self.until, self.given + LONGEST_CONSENT)


@dataclass(frozen=True)
class Flow:
    """Something heard that wants to leave."""

    kind: Kind
    purpose: str
    recipient: str
    seconds: float
    """How long the sound behind it lasts; 0 for text."""
    confirmed: bool
    """Whether the wake was confirmed; an unconfirmed one was never meant for us."""
    approved: bool
    """Whether a person said yes to this very thing. A spoken command is its own approval."""


@dataclass(frozen=True)
class Household:
    """What the household has agreed to. Left alone it agrees to nothing."""

    muted: bool = True
    mode: Mode = Mode.LOCAL
    consents: tuple[Consent, ...] = ()
    ledger: bool = True
    """Whether rows can be written; what cannot be recorded cannot leave."""


@dataclass(frozen=True)
class Decision:
    """Yes or no, the first reason that applied, and the consent that covers it."""

    allowed: bool
    reason: Reason
    consent: str = ""


def needed(purpose: Purpose) -> Mode:
    """The lowest mode in which a consent for this purpose does anything."""
    return Mode.ASK if purpose is Purpose.COMMANDS else Mode.SHARE


def decide(household: Household, flow: Flow, now: float) -> Decision:
    """Say whether a flow may leave at Unix time `now`. The first line that applies wins."""
    obstacle = _obstacle(household, flow)
    if obstacle is not None:
        return Decision(False, obstacle)
    mine = [consent for consent in household.consents if consent.purpose == flow.purpose]
    if not mine:
        return Decision(False, Reason.NO_CONSENT)
    live = [consent for consent in mine if consent.given <= now < consent.ends]
    if not live:
        return Decision(False, Reason.CONSENT_EXPIRED)
    right = [consent for consent in live if consent.recipient == flow.recipient]
    if not right:
        return Decision(False, Reason.OTHER_RECIPIENT)
    if household.mode is not Mode.SHARE and not flow.approved:
        return Decision(False, Reason.NOT_ASKED)
    return Decision(True, Reason.AGREED, right[0].id)


def _obstacle(household: Household, flow: Flow) -> Reason | None:
    """What stands in the way whatever was agreed."""
    checks = (
        (household.muted, Reason.MUTED),
        (not household.ledger, Reason.LEDGER_LOST),
        (not flow.confirmed, Reason.UNCONFIRMED_WAKE),
        (flow.purpose not in _PURPOSES[flow.kind], Reason.UNKNOWN_PURPOSE),
        (not 0 <= flow.seconds <= LONGEST_CLIP, Reason.TOO_LONG),
        (household.mode is Mode.LOCAL, Reason.LOCAL_MODE),
    )
    return next((reason for applies, reason in checks if applies), None)
