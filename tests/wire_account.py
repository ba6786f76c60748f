"""What the ledger says left, beside what the wire carried: parcel by parcel, and byte by byte."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from keepmum.ledger import Row
from zero_bytes_taps import Published

PREFIX = "keepmum"
HEADER = 60
"""Bytes before the content of every part of a clip: format word, parcel, hash, size, part, parts."""
SECRET = 32
"""Bytes of a demand to destroy."""


class Passed(NamedTuple):
    """One parcel, on whichever side it was seen."""

    kind: str
    sha256: str
    size: int
    parcel: str = ""
    """Its number, where the wire shows one: a clip's topic ends in it, and so does a demand's, in another's stead."""


def told(rows: Iterable[Row]) -> list[Passed]:
    """What the ledger says was handed over: each release as often as a handover names it, and each demand sent.

    Of a demand it says no hash: the row names the clip, and the bytes are the speaker's secret about it.
    """
    released, found = {}, []
    for row in rows:
        parcel = str(row.facts.get("parcel", ""))
        if row.what == "release":
            released[parcel] = row.facts
        elif row.what == "handover":
            facts = released[parcel]
            kind, size = str(facts["kind"]), int(facts["bytes"])
            found.append(Passed(kind, str(facts["sha256"]), size, parcel if kind == "clip" else ""))
        elif row.what == "deletion" and row.facts["state"] == "sent":
            found.append(Passed("deletion", "", SECRET, parcel))
    return found


def carried(published: Sequence[Published], status: str = f"{PREFIX}/status") -> list[Passed]:
    """What the wire carried. The parts of a clip are put together; what is neither clip, demand nor status is a home
    action, wherever it went."""
    found, parts = [], dict[str, bytes]()
    for one in published:
        below = one.topic.removeprefix(f"{PREFIX}/")
        if below.startswith("clips/"):
            parts[below[6:]] = parts.get(below[6:], b"") + one.payload[HEADER:]
        elif below.startswith("deletions/"):
            found.append(Passed("deletion", _hash(one.payload), len(one.payload), below[10:]))
        else:
            kind = "status" if one.topic == status else "action"
            found.append(Passed(kind, _hash(one.payload), len(one.payload)))
    return found + [Passed("clip", _hash(body), len(body), parcel) for parcel, body in parts.items()]


def sums(passed: Iterable[Passed]) -> dict[str, tuple[int, int]]:
    """Parcels and bytes of each kind."""
    parcels, sizes = Counter[str](), Counter[str]()
    for one in passed:
        parcels[one.kind] += 1
        sizes[one.kind] += one.size
    return {kind: (parcels[kind], sizes[kind]) for kind in sorted(parcels)}


def unaccounted(rows: Sequence[Row], published: Sequence[Published], demands: dict[str, str]) -> list[str]:
    """Every parcel of one side that the other lacks. `demands` names the hash that recalls each clip, by parcel."""
    ledger = Counter(
        one._replace(sha256="", parcel=demands.get(one.parcel, one.parcel)) if one.kind == "deletion" else one
        for one in told(rows)
    )
    wire = Counter(one._replace(sha256="") if one.kind == "deletion" else one for one in carried(published))
    lacking = [f"the wire lacks {one}" for one in (ledger - wire).elements()]
    return lacking + [f"the ledger lacks {one}" for one in (wire - ledger).elements()]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
