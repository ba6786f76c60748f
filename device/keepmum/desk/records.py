"""What a store tells: the rows of its tables, and what became of something that came, as frozen data."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kept(StrEnum):
    """What became of a clip that was to be stored."""

    NEW = "new"
    AGAIN = "again"
    OTHER = "other"
    """Another clip is stored under this id."""
    GONE = "gone"
    """It was deleted, or its deletion was asked for before it came."""
    SHARED = "shared"
    """Another clip stands under the same deletion hash, so one demand would have to destroy two."""


class Why(StrEnum):
    """Why a clip is not here any more."""

    DEMAND = "demand"
    """The household asked, with the clip's secret."""
    RETENTION = "retention"
    """Its time was over."""
    UNKNOWN = "unknown"
    """It never came; the household asked all the same."""


class Row(NamedTuple):
    """One stored clip; times are Unix time, `size` counts sealed bytes."""

    id: str
    sha256: str
    at: float
    size: int
    until: float
    reviews: int
    """How often a month somebody may listen, as the card said when it came."""


class Gone(NamedTuple):
    """What is remembered of a clip for ever: nothing of its content, and enough to refuse it."""

    deletion: str
    id: str | None
    at: float
    why: Why
    plays: int

    @property
    def held(self) -> bool:
        """Whether it was ever stored here."""
        return self.why is not Why.UNKNOWN


class Refusal(NamedTuple):
    """One parcel that was not stored."""

    id: str
    sha256: str
    at: float
    size: int
    reason: str


class Alarm(NamedTuple):
    """Other bytes came under the id of a stored clip."""

    id: str
    stored: str
    came: str
    at: float


class Week(NamedTuple):
    """A purpose's key of one week that is being destroyed, or (`done`) has been."""

    purpose: str
    epoch: int
    begun: float
    done: float | None
