"""What a household agrees to when it agrees: the terms of a consent, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

DAY = 86_400.0

LONGEST_CONSENT = 90 * DAY
"""Seconds; nobody remembers for longer what they agreed to."""

LONGEST_CLIP = 20.0
"""Seconds; in the press reports the open recordings lasted 20 to 43."""

MOST_A_DAY = 60
"""Parcels that one consent can cover in a day, whatever was agreed: so there are never more in an hour either."""

MOST_REVIEWS = 4
"""How often a month somebody may listen to what one consent covers, whatever was agreed."""


class Purpose(StrEnum):
    """What a consent can be for. A purpose that is not here is refused."""

    COMMANDS = "commands"
    STATUS = "status"
    ASR_IMPROVEMENT = "asr-improvement"
    WAKE_TUNING = "wake-tuning"
    RESEARCH = "research"
    DIAGNOSTICS = "diagnostics"


HOUSEHOLD = frozenset({Purpose.COMMANDS, Purpose.STATUS})
"""What stays with the household's own broker; everything else goes to a recipient with a card."""


class Rung(IntEnum):
    """How much of a command leaves. Each is agreed to separately: a higher one does not include the lower ones."""

    METRICS = 1
    """Numbers of a day."""
    TEXT = 2
    """The words that a command can consist of; for every other word a placeholder."""
    RESPOKEN = 3
    """That text, spoken by the speaker's own voice."""
    DISGUISED = 4
    """The voice, made less like itself. Not anonymous: the notice says how little it helps."""
    VOICE = 5
    """The voice as it was."""


RUNGS: Mapping[Purpose, frozenset[Rung]] = {
    Purpose.COMMANDS: frozenset({Rung.TEXT}),
    Purpose.STATUS: frozenset({Rung.METRICS}),
    Purpose.ASR_IMPROVEMENT: frozenset({Rung.TEXT, Rung.RESPOKEN, Rung.DISGUISED, Rung.VOICE}),
    Purpose.WAKE_TUNING: frozenset({Rung.VOICE}),
    Purpose.RESEARCH: frozenset(Rung),
    Purpose.DIAGNOSTICS: frozenset({Rung.METRICS}),
}
"""What each purpose can need; anything above it is refused."""


@dataclass(frozen=True)
class Terms:
    """Everything that was said before somebody agreed. A change of any of it is another thing to agree to."""

    purpose: Purpose
    rung: Rung
    asks: bool
    """Whether each clip is played back and asked about, whatever the privacy mode."""
    microphone: str
    """32 hexadecimal digits: a hash of which microphone it is, salted by a key of the device."""
    recipient: str
    """Fingerprint of the recipient's card, or the broker's name for what stays with the household."""
    notice: str
    """SHA-256 of the notice's text, 64 hexadecimal digits."""
    storage: str = ""
    """Where it is kept, in words."""
    jurisdiction: str = ""
    contact: str = ""
    retention: float = 0.0
    """Seconds for which the recipient keeps it at most; 0 for what is not kept."""
    lasts: float = LONGEST_CONSENT
    """Seconds until the consent ends by itself."""
    quota: int = MOST_A_DAY
    """Parcels a day."""
    reviews: int = 0
    """How often a month somebody may listen."""


@dataclass(frozen=True)
class Consent:
    """That somebody in the room agreed to these terms."""

    id: str
    """32 random hexadecimal digits: the number of its receipt."""
    terms: Terms
    given: float
    """Unix time in seconds."""
    until: float
    """Unix time in seconds; nothing later than the terms allow, or LONGEST_CONSENT after `given`, counts."""

    @property
    def ends(self) -> float:
        """Unix time from which it covers nothing, whatever a file says."""
        return min(self.until, self.given + self.terms.lasts, self.given + LONGEST_CONSENT)

    @property
    def purpose(self) -> Purpose:
        """What it is for."""
        return self.terms.purpose

    @property
    def recipient(self) -> str:
        """Whom it is for."""
        return self.terms.recipient
