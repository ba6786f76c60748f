"""What the page shows at one moment, in words: a pure function of what the listener said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Literal

from keepmum.messages import Offered, OverviewReport, StatusReport
from keepmum.panel import wording

COLOURS = frozenset({"off", "red", "amber", "green", "cyan", "blue", "violet", "white"})
MOTIONS = frozenset({"still", "pulse", "spin", "blink", "alarm"})
"""What the stylesheet knows; `tests/panel` holds both against the ring's own table."""

Tone = Literal["closed", "open", "unsure"]


@dataclass(frozen=True)
class Fact:
    """One line with a number: `warns` if somebody should look after it."""

    text: str
    warns: bool = False


@dataclass(frozen=True)
class Agreement:
    """A consent, or what could become one."""

    title: str
    what: str
    to: str
    kept: str
    until: str = ""
    path: str = ""
    """What stands behind /propose/ to propose it."""


@dataclass(frozen=True)
class Picture:
    """Everything that changes on the page."""

    tone: Tone
    headline: str
    doing: str
    proof: str
    colour: str
    motion: str
    meaning: str
    closed_by: list[str]
    way_out: str
    mode: str
    asked: Agreement | None
    """What a held button would agree to now."""
    question: bool
    agreed: list[Agreement]
    clips: list[Fact]
    left: list[Fact]
    offered: list[Agreement]
    done: frozenset[str]
    """Wishes that are fulfilled already."""
    about: list[Fact]


def picture(status: StatusReport, overview: OverviewReport, zone: tzinfo | None = None) -> Picture:
    """The picture; `zone` is the household's clock, this computer's if none is given."""
    tone, headline, doing = _microphone(status)
    return Picture(
        tone=tone,
        headline=headline,
        doing=doing,
        proof=_proof(status),
        colour=overview.colour if overview.colour in COLOURS else "off",
        motion=overview.motion if overview.motion in MOTIONS else "still",
        meaning=status.ring,
        closed_by=wording.closed_by(status.mutes),
        way_out=wording.way_out(status.mutes),
        mode=wording.MODES.get(status.mode, status.mode),
        asked=_agreement(overview.proposal) if overview.proposal else None,
        question=overview.question,
        agreed=[_agreement(each, until=_day(each.until, zone)) for each in overview.agreed],
        clips=_clips(status),
        left=_left(overview),
        offered=[_agreement(each) for each in overview.offered],
        done=_done(status, overview),
        about=_about(status),
    )


def _microphone(status: StatusReport) -> tuple[Tone, str, str]:
    """What nobody has shown is not said: closed is a word for what was read back."""
    if status.microphone == "open":
        if status.mutes:
            return "unsure", "Do not trust it", "It should be closed, and it is open."
        return "open", "The microphone is open", wording.EARS.get(status.ear, "")
    if status.proof:
        return "closed", "The microphone is closed", wording.EARS["muted"]
    return "unsure", "The microphone should be closed", "Nobody has shown that it is."


def _proof(status: StatusReport) -> str:
    if status.microphone == "open":
        return ""
    return f"How we know: {wording.proof(status.proof)}." if status.proof else "There is no proof just now."


def _agreement(offer: Offered, until: str = "") -> Agreement:
    return Agreement(
        title=wording.purpose(offer.purpose),
        what=wording.sharing(offer),
        to=offer.to,
        kept=wording.kept(offer.retention),
        until=until,
        path=f"{offer.purpose}/{offer.rung}/{'asked' if offer.asks else 'unasked'}",
    )


def _day(at: float, zone: tzinfo | None) -> str:
    day = datetime.fromtimestamp(at, zone).astimezone(zone)
    return f"{day.day} {day:%B %Y}"


def _clips(status: StatusReport) -> list[Fact]:
    recordings = [
        (status.asking, "waits for an answer in the room", "wait for an answer in the room", False),
        (status.waiting, "is sealed and waits to leave", "are sealed and wait to leave", False),
        (status.outside, "is with somebody else", "are with somebody else", False),
        (
            status.overdue,
            "should be destroyed by now, and nobody has said so",
            "should be destroyed by now, unsaid",
            True,
        ),
    ]
    return [Fact(f"{wording.counted(n, one, many)}", warns) for n, one, many, warns in recordings if n]


def _left(overview: OverviewReport) -> list[Fact]:
    if overview.left is None:
        return [Fact("The ledger cannot be read, so nothing leaves, and nobody can say what did.", warns=True)]
    return [
        Fact(
            f"{wording.purpose(each.purpose)}: "
            f"{wording.counted(each.parcels, 'parcel', 'parcels')}, {wording.size(each.bytes)}"
        )
        for each in overview.left
    ]


def _done(status: StatusReport, overview: OverviewReport) -> frozenset[str]:
    done = {
        "mute": "panel" in status.mutes,
        "guest": "guest" in status.mutes,
        "local": status.mode == "local",
        "withdraw": not overview.agreed,
    }
    return frozenset(name for name, is_so in done.items() if is_so)


def _about(status: StatusReport) -> list[Fact]:
    return [
        Fact(f"Connected: {', '.join(each for each in status.peers if each != 'panel') or 'nothing else'}"),
        Fact(f"Message broker: {wording.BROKERS.get(status.broker, status.broker)}"),
        Fact(f"Ledger: {wording.counted(status.rows, 'line', 'lines')}, which the command keepmum ledger checks"),
    ]
