"""Compares two books that know nothing of each other: our ledger, and what mosquitto_sub wrote down."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from keepmum import ledger
from keepmum.ledger.row import Fact, What
from keepmum.uplink.chunks import OVERHEAD

_CLIP = re.compile(r"^keepmum/clips/([0-9a-f]{32})$")
DEMAND_BYTES = 32
"""What destroys a clip: the secret whose hash stands on it."""
_DEMAND, _ANSWER = "keepmum/deletions/", "keepmum/deleted/"
_NOT_OURS = ("keepmum/receipts/", "house/")
"""Topics that others publish: the collector's receipts, the hub's weather."""


@dataclass(frozen=True)
class Book:
    """What left, each of the pairs as (number, bytes); clips as bytes by parcel."""

    home: tuple[int, int]
    """Messages to the household's own broker: home actions, and the speaker's status."""
    clips: dict[str, int]
    demands: tuple[int, int] = (0, 0)
    """To destroy a clip; one that is repeated counts again."""
    answers: int = 0
    """Clips whose destruction the collector has signed. It answers a demand that is repeated once more."""
    rungs: dict[str, int] = field(default_factory=dict, compare=False)
    """Clips by how much of a command left; nobody outside can know that."""

    @property
    def clip_bytes(self) -> int:
        """Sealed bytes of all clips together."""
        return sum(self.clips.values())

    @property
    def everything(self) -> int:
        """Bytes of all that left."""
        return self.home[1] + self.clip_bytes + self.demands[1]


def ledgers(path: Path) -> Book:
    """What our ledger says was handed over."""
    released: dict[str, Mapping[str, Fact]] = {}
    handed: set[str] = set()
    deletions: Counter[str] = Counter()
    for row in ledger.read(path):
        parcel = str(row.facts.get("parcel", ""))
        if row.what == What.RELEASE:
            released[parcel] = row.facts
        elif row.what == What.HANDOVER:
            handed.add(parcel)
        elif row.what == What.DELETION:
            deletions[str(row.facts["state"])] += 1
    left = {parcel: released[parcel] for parcel in sorted(handed)}
    clips = {parcel: facts for parcel, facts in left.items() if facts["kind"] == "clip"}
    home = [_bytes(facts) for parcel, facts in left.items() if parcel not in clips]
    return Book(
        (len(home), sum(home)),
        {parcel: _bytes(facts) for parcel, facts in clips.items()},
        (deletions["sent"], deletions["sent"] * DEMAND_BYTES),
        deletions["confirmed"],
        dict(Counter(str(facts.get("rung", "")) for facts in clips.values())),
    )


def _bytes(facts: Mapping[str, Fact]) -> int:
    return int(facts["bytes"])


def witnessed(path: Path) -> Book:
    """What mosquitto_sub saw: payload bytes by topic, without the header that each part of a clip carries."""
    home: list[int] = []
    demands: list[int] = []
    answers: set[str] = set()
    clips: dict[str, int] = defaultdict(int)
    # Behind the last line's end there may be a line that is being written.
    for line in path.read_text().split("\n")[:-1]:
        topic, _, size = line.rpartition(" ")
        if found := _CLIP.match(topic):
            clips[found[1]] += int(size) - OVERHEAD
        elif topic.startswith(_DEMAND):
            demands.append(int(size))
        elif topic.startswith(_ANSWER):
            answers.add(topic)
        elif not topic.startswith(_NOT_OURS):
            home.append(int(size))
    return Book((len(home), sum(home)), dict(clips), (len(demands), sum(demands)), len(answers))
