"""Everything that can happen to the privacy of the house."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from keepmum.consent import Flow, Rung, Spent, Terms
from keepmum.privacy.state import Boxed, Fault, Outside, Owner


class Cause(StrEnum):
    """Why the latch changed, for the ledger. A closed list: no word that was heard can get in."""

    ASKED = "asked"
    PRESSED = "pressed"
    HELD = "held"
    AGREED = "agreed"
    SWITCHED = "switched"
    ON_THE_BOARD = "muted on the board"
    DOWN_AT_START = "down at start"
    UNREADABLE = "button cannot be read"
    QUIET_HOURS = "quiet hours"
    WAKES = "too many wakes for nothing"
    TIME = "time is up"
    NO_SOUND = "no sound"
    ZEROS = "nothing but zeros"
    NOT_OPENED = "cannot be opened"
    STOPPED = "stopped"
    OPEN = "still open"
    POWERED = "still powered"
    SEEN = "seen capturing"
    NOT_WIPED = "sound was left"
    SOUND = "sound is back"
    PROOF = "seen closed again"


@dataclass(frozen=True)
class Event:
    """Something happened. `now` counts forward only, `wall` is Unix time; both in seconds."""

    now: float
    wall: float


@dataclass(frozen=True)
class Booted(Event):
    """The listener started and found these parcels in its outbox, and this in its ledger."""

    box: tuple[Boxed, ...] = ()
    offered: frozenset[Terms] = frozenset()
    """What can be agreed to from now on."""
    receipts: frozenset[str] = frozenset()
    """The consents whose receipts are there, whole, and signed by this device."""
    outside: tuple[Outside, ...] = ()
    """What was handed over in earlier runs and is not known to be destroyed."""
    spent: tuple[Spent, ...] = ()
    lost: tuple[str, ...] = ()
    """Parcels that were released and are nowhere any more: they waited in a memory that has lost its power."""
    ended: frozenset[str] = frozenset()
    """The consents of which the ledger says that they ended otherwise than by a withdrawal: what left under them may
    be kept as long as was agreed."""


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
class Switched(Event):
    """A switch that stays where it was put is now in the other place."""

    muted: bool = True


@dataclass(frozen=True)
class Quieter(Event):
    """Somebody asks for more quiet: mute, guest, local, withdraw, forget (all), forget_today or forget_last."""

    want: str = "mute"
    owner: Owner = Owner.BUTTON
    cause: Cause = Cause.ASKED
    lasts: float | None = None
    """Seconds, for an owner whose quiet ends by itself; without a number only a hand ends it."""
    since: float = 0.0
    """For forget_today: the Unix time at which the household's day began."""


@dataclass(frozen=True)
class Proposed(Event):
    """Somebody asks for a consent; `id` names it, should it be given."""

    id: str = ""
    purpose: str = ""
    rung: Rung = Rung.VOICE
    asks: bool = False


@dataclass(frozen=True)
class Unsigned(Event):
    """The receipt of a consent could not be written: there is no such consent."""

    consent: str


@dataclass(frozen=True)
class Wanted(Event):
    """Something heard wants to leave, after a moment of the wall clock at the earliest."""

    id: str
    flow: Flow
    expires: float | None = None
    after: float = 0.0


@dataclass(frozen=True)
class Played(Event):
    """A clip that waits for an answer was played to the room, to its end."""

    id: str


@dataclass(frozen=True)
class Answered(Event):
    """Somebody in the room said yes or no, aloud, to the clip that was played; a no may also come before."""

    yes: bool


@dataclass(frozen=True)
class Sealed(Event):
    """What was wanted and allowed is sealed now, and may be put into the outbox if that still holds."""

    id: str
    flow: Flow
    consent: str
    size: int
    sha256: str
    expires: float | None = None
    after: float = 0.0


@dataclass(frozen=True)
class UplinkReady(Event):
    """The uplink can take one parcel."""


@dataclass(frozen=True)
class Delivered(Event):
    """The parcel arrived: the receipt was checked."""

    id: str


@dataclass(frozen=True)
class Deleted(Event):
    """The recipient has confirmed that a clip is destroyed: its signature was checked."""

    id: str
    plays: int = 0
    """How often somebody had listened to it, by the recipient's own account."""


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
    """The microphone cannot be had, or cannot be shown to be closed."""

    fault: Fault = Fault.MICROPHONE
    cause: Cause = Cause.STOPPED


@dataclass(frozen=True)
class Retried(Event):
    """A microphone that broke may be tried again; it is repaired once sound has come."""


@dataclass(frozen=True)
class Sounded(Event):
    """A block of sound came."""


@dataclass(frozen=True)
class Proved(Event):
    """The microphone was seen to be closed, and what it heard to be wiped."""
