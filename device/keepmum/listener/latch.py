"""What privacy remembers across a restart, and how: one small file that means "muted" when it cannot be read."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keepmum import kept
from keepmum.consent import LONGEST_CONSENT, MOST_A_DAY, Consent, Mode, Purpose, Rung, Terms
from keepmum.disk import REAL, Disk
from keepmum.errors import StateError
from keepmum.privacy import Owner, State
from keepmum.privacy.state import HOUR, LONGEST_QUIET, TIME_CLEARS, Lasting
from keepmum.terms import MOST_REVIEWS

log = logging.getLogger(__name__)

VERSION: Final = 3
"""1 had neither `lasting` nor `check`; 1 and 2 had consents without terms. They are read, without their consents."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Versioned(BaseModel):
    """What a file of any version says first."""

    model_config = ConfigDict(strict=True)

    version: int


_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Number = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
_Words = Annotated[str, Field(max_length=200)]
_Moment = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Terms(_Strict):
    purpose: str
    rung: str
    asks: bool
    microphone: _Number
    recipient: _Words
    notice: _Hash
    storage: _Words
    jurisdiction: _Words
    contact: _Words
    retention: _Moment
    lasts: Annotated[float, Field(gt=0, le=LONGEST_CONSENT)]
    quota: Annotated[int, Field(ge=0, le=MOST_A_DAY)]
    reviews: Annotated[int, Field(ge=0, le=MOST_REVIEWS)]

    @classmethod
    def of(cls, terms: Terms) -> _Terms:
        return cls(**{**vars(terms), "purpose": terms.purpose.value, "rung": terms.rung.name.lower()})

    def told(self) -> Terms:
        """Raises ValueError or KeyError for words that are none of ours."""
        return Terms(**{**dict(self), "purpose": Purpose(self.purpose), "rung": Rung[self.rung.upper()]})


class _Consent(_Strict):
    id: _Number
    terms: _Terms
    given: _Moment
    until: _Moment


class _Earlier(_Strict):
    """A consent as earlier versions had it: it names no terms, so nobody agreed to any."""

    id: str
    purpose: str
    recipient: str
    given: float
    until: float


class _Kept(_Strict):
    version: Literal[1, 2, 3]
    mutes: list[str]
    lasting: dict[str, Annotated[float, Field(ge=0, le=LONGEST_QUIET)]] = {}
    """Seconds left to each owner whose quiet ends by itself; without one, only a hand ends it."""
    mode: str
    consents: Annotated[list[_Consent | _Earlier], Field(max_length=50)]
    wall: Annotated[float, Field(ge=0)]
    check: str = ""
    """SHA-256 of the rest: a worn card that flips a digit shortens nobody's quiet. It keeps out no forger."""

    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json(exclude={"check"}).encode()).hexdigest()


def write(path: Path, state: State, now: float, disk: Disk = REAL) -> None:
    """Keep latch, mode and consents; a fault is not kept, the next start finds out for itself.

    `now` is the forward-only clock, which means nothing to the next start: what is kept is the time that is left.

    Raises StateError. An old file that is louder than the truth would be worse than none, so it is removed.
    """
    saved = _Kept(
        version=VERSION,
        mutes=sorted(owner.value for owner in state.mutes if owner is not Owner.FAULT),
        lasting={each.owner.value: min(max(each.until - now, 0.0), LONGEST_QUIET) for each in state.lasting},
        mode=state.mode.name,
        consents=[_Consent(id=c.id, terms=_Terms.of(c.terms), given=c.given, until=c.until) for c in state.consents],
        wall=state.wall,
    )
    try:
        checked = saved.model_copy(update={"check": saved.digest()})
        kept.write(path, checked.model_dump_json(indent=1).encode(), disk)
    except StateError:
        _remove(path, disk)
        raise


def _remove(path: Path, disk: Disk) -> None:
    try:
        disk.unlink(path)
        disk.sync_folder(path.parent)
    except OSError as error:
        log.critical("%s may be louder than the truth and cannot be removed: %s", path, error.strerror)


def read(path: Path, now: float) -> State:
    """What was kept. Missing, unreadable, damaged or from another version: muted, local, no consent."""
    try:
        untrusted = kept.read(path)
    except StateError as error:
        log.warning("%s; starting muted, without any consent", error.what)
        return State()
    if untrusted is None:
        return State()
    try:
        return _state(_Kept.model_validate_json(untrusted), now)
    except (ValueError, KeyError):
        log.warning("%s %s; starting muted, without any consent", path, _objection(untrusted))
        return State()


def objection(path: Path) -> str:
    """Why `read` would begin muted although there is a file; nothing if it would not. For `keepmum doctor`.

    Raises StateError if the file cannot be read at all.
    """
    untrusted = kept.read(path)
    if untrusted is None:
        return ""
    try:
        _state(_Kept.model_validate_json(untrusted), 0.0)
    except (ValueError, KeyError):
        return _objection(untrusted)
    return ""


def _objection(untrusted: bytes) -> str:
    try:
        version = _Versioned.model_validate_json(untrusted).version
    except ValidationError:
        return "is not what keepmum wrote"
    if version > VERSION:
        return f"is of version {version}, from a newer keepmum; this one reads up to {VERSION}"
    return "is not what keepmum wrote"


def _state(saved: _Kept, now: float) -> State:
    first = saved.version == 1 and not (saved.lasting or saved.check)
    if not first and saved.check != saved.digest():
        raise ValueError("it was changed since it was written")
    consents = tuple(
        Consent(c.id, c.terms.told(), c.given, min(c.until, c.given + LONGEST_CONSENT))
        for c in saved.consents
        if isinstance(c, _Consent)
    )
    if saved.version == VERSION and len(consents) != len(saved.consents):
        raise ValueError("a consent without its terms")
    mutes = frozenset(Owner(owner) for owner in saved.mutes)
    lasting = tuple(Lasting(Owner(owner), now + left, int(left // HOUR)) for owner, left in saved.lasting.items())
    if not {each.owner for each in lasting} <= mutes & TIME_CLEARS:
        raise ValueError("somebody's quiet ends who does not hold the microphone closed")
    return State(mutes=mutes, lasting=lasting, mode=Mode[saved.mode], consents=consents, wall=saved.wall)
