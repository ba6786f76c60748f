"""What the rows of the ledger say, boiled down to what a start has to know: written from the rows alone."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from keepmum.consent import DAY, Spent
from keepmum.privacy.effects import Note
from keepmum.privacy.state import Outside


class Told(NamedTuple):
    """Of one parcel."""

    id: str
    kind: str
    consent: str
    at: float
    waits: bool = True
    """Released, and neither delivered nor dropped."""
    until: float | None = None
    """Handed over; the recipient may have it until then."""
    demanded: float | None = None
    late: bool = False
    next: float = 0.0
    tries: int = 0

    @property
    def outside(self) -> Outside:
        """The same as the core keeps it."""
        assert self.until is not None
        return Outside(self.id, self.consent, self.at, self.until, self.demanded, self.late, self.next, self.tries)


class Rows(NamedTuple):
    """What all rows say together."""

    parcels: tuple[Told, ...] = ()
    consents: tuple[tuple[str, float], ...] = ()
    """Those that were given and have not ended, with the retention that was agreed to."""
    ended: frozenset[str] = frozenset()
    """Those that ended otherwise than by a withdrawal, as long as something is outside under them."""
    spent: tuple[Spent, ...] = ()

    def outside(self, waiting: Collection[str], wall: float) -> tuple[Outside, ...]:
        """What somebody else may have."""
        return tuple(
            each.outside
            for each in self.parcels
            if each.until is not None and (each.until > wall or each.demanded is not None or each.id in waiting)
        )

    def lost(self, waiting: Collection[str]) -> tuple[str, ...]:
        """What was released and is nowhere."""
        return tuple(each.id for each in self.parcels if each.waits and each.id not in waiting)


def written(rows: Rows, note: Note, wall: float) -> Rows:
    """One more row, at this Unix time."""
    match note.what:
        case "consent":
            return _consent(rows, note, wall)
        case "release":
            return _release(rows, note, wall)
        case "handover" | "deletion" | "delivered" | "dropped":
            return _parcel(rows, note, wall)
    return rows


def _consent(rows: Rows, note: Note, wall: float) -> Rows:
    name, state = str(note.facts["consent"]), note.facts["state"]
    others = tuple(each for each in rows.consents if each[0] != name)
    if state in ("given", "re-confirmed"):
        return rows._replace(consents=(*others, (name, float(note.facts["retention"]))), ended=rows.ended - {name})
    parcels = rows.parcels
    if state == "withdrawn":
        parcels = tuple(_demanded(each, wall) for each in parcels)
        return rows._replace(consents=others, parcels=parcels)
    return _known(rows._replace(consents=others, ended=rows.ended | {name}))


def _release(rows: Rows, note: Note, wall: float) -> Rows:
    name, consent, day = str(note.facts["parcel"]), str(note.facts["consent"]), int(wall // DAY)
    told = Told(name, str(note.facts["kind"]), consent, wall)
    spent = tuple(each for each in rows.spent if each.day == day)
    if told.kind == "clip":
        used = sum(each.count for each in spent if each.consent == consent)
        spent = (*(each for each in spent if each.consent != consent), Spent(consent, day, used + 1))
    return rows._replace(parcels=_with(rows, told), spent=spent)


def _parcel(rows: Rows, note: Note, wall: float) -> Rows:
    told = next((each for each in rows.parcels if each.id == note.facts["parcel"]), None)
    if told is None:
        return rows
    told = _news(rows, told, note, wall)
    return _known(rows._replace(parcels=_with(rows, told)))


def _news(rows: Rows, told: Told, note: Note, wall: float) -> Told:
    match note.what, note.facts.get("state"):
        case ("handover", _) if told.kind == "clip":
            return told._replace(until=wall + dict(rows.consents).get(told.consent, 0.0))
        case ("delivered" | "dropped", _):
            return told._replace(waits=False)
        case (_, "demanded"):
            return _demanded(told, wall)
        case (_, "sent"):
            wait = float(min(6 * 3600.0, 60.0 * 2**told.tries))
            return told._replace(next=wall + wait, tries=told.tries + 1)
        case (_, "overdue"):
            return told._replace(late=True)
        case (_, "confirmed" | "unconfirmed"):
            return Told(told.id, told.kind, told.consent, told.at, told.waits)
    return told


def _demanded(told: Told, wall: float) -> Told:
    if told.until is None or told.demanded is not None:
        return told
    return told._replace(demanded=wall, next=wall)


def _with(rows: Rows, told: Told) -> tuple[Told, ...]:
    return tuple(sorted([*(each for each in rows.parcels if each.id != told.id), told]))


def _known(rows: Rows) -> Rows:
    """Without the ends of consents that nothing asks for any more."""
    asked = {each.consent for each in rows.parcels}
    return rows._replace(ended=rows.ended & asked)


def told_at_start(rows: Rows, waiting: Collection[str], wall: float) -> dict[str, object]:
    """What `Booted` is told of the ledger."""
    day = int(wall // DAY)
    return {
        "outside": rows.outside(waiting, wall),
        "spent": tuple(each for each in rows.spent if each.day == day),
        "lost": rows.lost(waiting),
        "ended": rows.ended,
    }


def aged(rows: Rows, waiting: Collection[str], wall: float) -> Rows:
    """Without what nobody has to have any more by now, and nobody asked for."""
    if not rows.parcels and not rows.spent:
        return rows
    parcels = tuple(
        each
        for each in rows.parcels
        if each.waits or each.id in waiting or each.demanded is not None or (each.until or 0.0) > wall
    )
    spent = tuple(each for each in rows.spent if each.day >= int(wall // DAY))
    return _known(rows._replace(parcels=parcels, spent=spent))
