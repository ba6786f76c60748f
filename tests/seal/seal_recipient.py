"""A recipient for the tests of sealing: its keys, its card, and a parcel sealed to it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from keepmum.seal import Card, Keys, seal
from keepmum.terms import DAY, Purpose

WALL = 1_790_000_000.0
"""A moment in week 2959."""
WEEK_NUMBER = 2959
RETENTION = 30 * DAY
PARCEL = "a1" * 16
CONSENT = "c0" * 16
SECRET = bytes(range(32))
DELETION = hashlib.sha256(SECRET).hexdigest()
PURPOSES = (Purpose.ASR_IMPROVEMENT, Purpose.RESEARCH)


def new_keys(**changes: Any) -> Keys:
    """Fresh keys of a small lab; two weeks, because making keys takes time."""
    told: dict[str, Any] = {
        "name": "The lab",
        "contact": "lab@example.org",
        "storage": "a locked disk in Ghent",
        "jurisdiction": "Belgium",
        "people": 3,
        "retention_days": 30,
        "reviews": 4,
        "purposes": PURPOSES,
        "wall": WALL,
        "weeks": 2,
    }
    return Keys.generate(**told | changes)


def sealed(card: Card, plaintext: bytes = b"turn on the kitchen light", **changes: Any) -> bytes:
    """A parcel for the card's owner."""
    told: dict[str, Any] = {
        "parcel": PARCEL,
        "purpose": Purpose.ASR_IMPROVEMENT,
        "consent": CONSENT,
        "secret_hash": DELETION,
        "plaintext": plaintext,
        "wall": WALL,
    }
    return seal(card, **told | changes)


KEYS = new_keys()
OTHER = new_keys()
TOLD: dict[str, Any] = json.loads(KEYS.card.to_json())
"""What the card says."""
