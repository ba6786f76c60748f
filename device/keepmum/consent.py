"""What may leave the speaker, and why: the whole upload policy as one pure function.

This file opens nothing, writes nothing and reads no clock. The same household and the same flow give the same
decision on the speaker, in the tests and in the lab.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from keepmum.terms import (
    DAY,
    HOUSEHOLD,
    LONGEST_CLIP,
    LONGEST_CONSENT,
    MOST_A_DAY,
    RUNGS,
    Consent,
    Purpose,
    Rung,
    Terms,
)

__all__ = [
    "DAY",
    "HOUSEHOLD",
    "LONGEST_CLIP",
    "LONGEST_CONSENT",
    "MOST_A_DAY",
    "RUNGS",
    "Consent",
    "Decision",
    "Flow",
    "Household",
    "Kind",
    "Mode",
    "Purpose",
    "Reason",
    "Rung",
    "Spent",
    "Terms",
    "decide",
    "needed",
]

MOST_BLEEPED = 0.4
"""Part of a sound that may be bleeped; of what is hidden further than that, nobody can say that it was a command."""


class Mode(IntEnum):
    """The household's ceiling over every consent. Muted is not a mode: the latch says that."""

    LOCAL = 0
    """Nothing heard leaves, not even a command to the household's own broker."""
    ASK = 1
    """Commands leave as they are spoken; every clip is asked about."""
    SHARE = 2
    """Clips of confirmed wakes leave under a live consent."""


class Kind(StrEnum):
    """What a flow carries."""

    ACTION = "action"
    """A home action: text, to the household's own broker."""
    CLIP = "clip"
    """Something about a command, from numbers to the voice, sealed to the recipient."""
    STATUS = "status"
    """Whether it is muted, the mode, and what left today: to the household's own broker. Nothing that was heard."""


_PURPOSES: Mapping[Kind, frozenset[str]] = {
    Kind.ACTION: frozenset({Purpose.COMMANDS.value}),
    Kind.CLIP: frozenset(purpose.value for purpose in Purpose) - {purpose.value for purpose in HOUSEHOLD},
    Kind.STATUS: frozenset({Purpose.STATUS.value}),
}
"""What each kind can be for: no recording leaves as a command, and no command as anything else."""


class Reason(StrEnum):
    """Why something may or may not leave, in the order in which it is looked for."""

    AGREED = "agreed"
    LEDGER_LOST = "ledger_lost"
    MUTED = "muted"
    UNCONFIRMED_WAKE = "unconfirmed_wake"
    UNKNOWN_PURPOSE = "unknown_purpose"
    UNKNOWN_RUNG = "unknown_rung"
    TOO_LONG = "too_long"
    TOO_MUCH_BLEEPED = "too_much_bleeped"
    LOCAL_MODE = "local_mode"
    NO_CONSENT = "no_consent"
    CONSENT_EXPIRED = "consent_expired"
    OTHER_RECIPIENT = "other_recipient"
    OTHER_RUNG = "other_rung"
    OTHER_MICROPHONE = "other_microphone"
    TERMS_CHANGED = "terms_changed"
    QUOTA_USED = "quota_used"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True)
class Flow:
    """Something that wants to leave."""

    kind: Kind
    purpose: str
    recipient: str
    seconds: float
    """How long the sound behind it lasts; 0 for text."""
    confirmed: bool
    """Whether the wake was confirmed; an unconfirmed one was never meant for us."""
    approved: bool
    """Whether a person said yes to this very thing. A spoken command is its own approval."""
    rung: Rung = Rung.VOICE
    """How much of it leaves; left out, the most that there is."""
    microphone: str = ""
    """Which microphone heard it, as in `Terms`."""
    bleeped: float = 0.0
    """Part of it that was made unintelligible, 0 to 1."""


@dataclass(frozen=True)
class Spent:
    """How much of a consent's quota is used up."""

    consent: str
    day: int
    """Days since 1970."""
    count: int


@dataclass(frozen=True)
class Household:
    """What the household has agreed to. Left alone it agrees to nothing."""

    muted: bool = True
    mode: Mode = Mode.LOCAL
    consents: tuple[Consent, ...] = ()
    ledger: bool = True
    """Whether rows can be written; what cannot be recorded cannot leave."""
    offered: frozenset[Terms] = frozenset()
    """The terms that could be agreed to now; a consent to any others has been overtaken."""
    spent: tuple[Spent, ...] = ()


@dataclass(frozen=True)
class Decision:
    """Yes or no, the first reason that applied, and the consent that covers it."""

    allowed: bool
    reason: Reason
    consent: str = ""


def needed(terms: Terms) -> Mode:
    """The lowest mode in which a consent to these terms does what was agreed."""
    if terms.purpose is Purpose.STATUS:
        return Mode.LOCAL
    return Mode.ASK if terms.asks or terms.purpose is Purpose.COMMANDS else Mode.SHARE


def decide(household: Household, flow: Flow, now: float) -> Decision:
    """Say whether a flow may leave at Unix time `now`. The first line that applies wins."""
    obstacle = _obstacle(household, flow)
    if obstacle is not None:
        return Decision(False, obstacle)
    left = [consent for consent in household.consents if consent.purpose == flow.purpose]
    missing = Reason.NO_CONSENT
    for reason, covers in _COVERS:
        if not left:
            break
        missing = reason
        left = [consent for consent in left if covers(consent, household, flow, now)]
    if not left:
        return Decision(False, missing)
    return Decision(True, Reason.AGREED, left[0].id)


def _obstacle(household: Household, flow: Flow) -> Reason | None:
    """What stands in the way whatever was agreed. Of itself, the speaker may tell also when it is muted."""
    heard = flow.kind is not Kind.STATUS
    checks = (
        (not household.ledger, Reason.LEDGER_LOST),
        (household.muted and heard, Reason.MUTED),
        (not flow.confirmed, Reason.UNCONFIRMED_WAKE),
        (flow.purpose not in _PURPOSES[flow.kind], Reason.UNKNOWN_PURPOSE),
        (flow.rung not in _rungs(flow.purpose), Reason.UNKNOWN_RUNG),
        (not 0 <= flow.seconds <= LONGEST_CLIP, Reason.TOO_LONG),
        (not 0 <= flow.bleeped <= MOST_BLEEPED, Reason.TOO_MUCH_BLEEPED),
        (household.mode is Mode.LOCAL and heard, Reason.LOCAL_MODE),
    )
    return next((reason for applies, reason in checks if applies), None)


def _rungs(purpose: str) -> frozenset[Rung]:
    return next((rungs for known, rungs in RUNGS.items() if known == purpose), frozenset())


Covers = Callable[[Consent, Household, Flow, float], bool]


def _in_quota(consent: Consent, household: Household, _flow: Flow, now: float) -> bool:
    day = int(now // DAY)
    used = sum(each.count for each in household.spent if each.consent == consent.id and each.day == day)
    return used < min(consent.terms.quota, MOST_A_DAY) or consent.purpose in HOUSEHOLD


def _in_mode(consent: Consent, household: Household, flow: Flow, _now: float) -> bool:
    return flow.approved or (household.mode is Mode.SHARE and not consent.terms.asks)


_COVERS: tuple[tuple[Reason, Covers], ...] = (
    (Reason.CONSENT_EXPIRED, lambda consent, _household, _flow, now: consent.given <= now < consent.ends),
    (Reason.OTHER_RECIPIENT, lambda consent, _household, flow, _now: consent.recipient == flow.recipient),
    (Reason.OTHER_RUNG, lambda consent, _household, flow, _now: consent.terms.rung is flow.rung),
    (Reason.OTHER_MICROPHONE, lambda consent, _household, flow, _now: consent.terms.microphone == flow.microphone),
    (Reason.TERMS_CHANGED, lambda consent, household, _flow, _now: consent.terms in household.offered),
    (Reason.QUOTA_USED, _in_quota),
    (Reason.NOT_ASKED, _in_mode),
)
"""What a consent must be to cover a flow, and the reason if none of them is."""
