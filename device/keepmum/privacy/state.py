"""What the privacy of the house depends on, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from keepmum.consent import Consent, Flow, Household, Mode, Spent, Terms

UNMUTE_HOLD = 0.7
"""Seconds; shorter presses never unmute (a codec on the same line pulses)."""

AGREE_HOLD = 3.0
"""Seconds; long enough that nobody agrees by brushing past."""

PROPOSAL_LASTS = 60.0
"""Seconds until an unanswered proposal is gone, and so long may somebody answer after a clip was played."""

TAPS = 3
"""Presses in a row that withdraw every consent."""

TAP_GAP = 1.0
"""Seconds; presses further apart are not in a row."""

ASKING_LASTS = 600.0
"""Seconds for which a clip waits for somebody to answer; then it is forgotten."""

MOST_ASKING = 3
"""Clips that wait for an answer; of more, the oldest is forgotten. Nobody remembers what the fourth was."""

DELETION_TERM = 86_400.0
"""Seconds that a recipient has to confirm a deletion; then the ring says so."""

FIRST_WAIT, LONGEST_WAIT = 60.0, 6 * 3600.0
"""Seconds until something that failed is tried again: doubled from the first to the longest."""

MOMENT = 1.0
"""Seconds until a home action that could not be delivered is tried again: each attempt is a row that stays for ever."""

MOST_TRIES = 24
"""Attempts to deliver a clip; one that failed so often, over four days, is given up, and the ledger says so."""


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
    terms: Terms
    opened: float
    """Seconds of the forward-only clock."""


@dataclass(frozen=True)
class Question:
    """A clip was played to the room, which may say now whether it leaves."""

    id: str
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
    at: float = 0.0
    """Unix time at which it was wanted."""
    after: float = 0.0
    """Unix time before which it stays here: the next window, or the next attempt."""
    tries: int = 0
    """Attempts that failed."""


@dataclass(frozen=True)
class Asking:
    """A clip that leaves only if somebody says so."""

    boxed: Boxed
    since: float
    """Seconds of the forward-only clock."""


@dataclass(frozen=True)
class Outside:
    """A clip that was handed over: the recipient may have it, whether or not it said so."""

    id: str
    consent: str
    at: float
    """Unix time at which it was wanted."""
    until: float
    """Unix time at which the recipient has to have destroyed it in any case."""
    demanded: float | None = None
    """Unix time at which its destruction was demanded."""
    late: bool = False
    """Demanded for longer than the recipient has to confirm it."""
    next: float = 0.0
    """Unix time before which the demand is not sent again."""
    tries: int = 0
    """How often it was sent."""


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
    offered: frozenset[Terms] = frozenset()
    """What can be agreed to, as the settings, the notices and the recipient's card have it since the start."""
    spent: tuple[Spent, ...] = ()
    """What today has used of each quota."""
    asking: tuple[Asking, ...] = ()
    """Clips that wait for an answer, in memory only."""
    question: Question | None = None
    """The clip that was just played, and may be answered by a hand or a word."""
    outside: tuple[Outside, ...] = ()
    taps: int = 0
    """Presses in a row."""
    tapped: float = 0.0
    """When the last one was, in seconds of the forward-only clock."""

    @property
    def earning(self) -> bool:
        """Whether the speaker will become louder if the finger stays where it is."""
        asked = self.proposal is not None or self.question is not None
        return self.press is not None and (self.press.was_muted or asked)

    @property
    def overdue(self) -> bool:
        """Whether somebody has not confirmed a deletion in time."""
        return any(each.late for each in self.outside)

    @property
    def household(self) -> Household:
        """What `decide` looks at."""
        return Household(bool(self.mutes), self.mode, self.consents, self.ledger, self.offered, self.spent)
