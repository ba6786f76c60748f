"""Compares two books that know nothing of each other: our ledger, and what mosquitto_sub wrote down."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from keepmum import ledger
from keepmum.ledger.row import What
from keepmum.uplink.chunks import OVERHEAD

_CLIP = re.compile(r"^keepmum/clips/([0-9a-f]{32})$")
_NOT_OURS = ("keepmum/receipts/", "house/")
"""Topics that others publish: the collector's receipts, the hub's weather."""


@dataclass(frozen=True)
class Book:
    """What left: home actions as (number, bytes), clips as bytes by parcel."""

    actions: tuple[int, int]
    clips: dict[str, int]

    @property
    def clip_bytes(self) -> int:
        """Sealed bytes of all clips together."""
        return sum(self.clips.values())


def ledgers(path: Path) -> Book:
    """What our ledger says was handed over."""
    released: dict[str, tuple[str, int]] = {}
    handed: set[str] = set()
    for row in ledger.read(path):
        parcel = str(row.facts.get("parcel", ""))
        if row.what == What.RELEASE:
            released[parcel] = (str(row.facts["kind"]), int(row.facts["bytes"]))
        elif row.what == What.HANDOVER:
            handed.add(parcel)
    left = [(parcel, *released[parcel]) for parcel in sorted(handed)]
    actions = [size for _, kind, size in left if kind == "action"]
    return Book((len(actions), sum(actions)), {parcel: size for parcel, kind, size in left if kind == "clip"})


def witnessed(path: Path) -> Book:
    """What mosquitto_sub saw: payload bytes by topic, without the header that each part of a clip carries."""
    actions: list[int] = []
    clips: dict[str, int] = defaultdict(int)
    # Behind the last line's end there may be a line that is being written.
    for line in path.read_text().split("\n")[:-1]:
        topic, _, size = line.rpartition(" ")
        if found := _CLIP.match(topic):
            clips[found[1]] += int(size) - OVERHEAD
        elif not topic.startswith(_NOT_OURS):
            actions.append(int(size))
    return Book((len(actions), sum(actions)), dict(clips))
