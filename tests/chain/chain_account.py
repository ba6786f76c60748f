"""What the ledger, the desk's store and the household's own memory say about the same clips, and where they differ."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import chain_clips

from keepmum.clip import unpack
from keepmum.ledger import GENESIS, Row, What, segments
from keepmum.seal import Keys, open_seal

_LOST = frozenset({"lost_power", "damaged", "lost in the outbox"})
"""Reasons for which an acknowledged clip may not be gone: it was kept, and then it was not."""


class Tail:
    """Reads a ledger on from where it stopped, checking the chain; raises LedgerError where it does not hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._first, self._at = 0, 0
        self._n, self._prev = 0, GENESIS

    @property
    def rows(self) -> int:
        """How many were read."""
        return self._n

    def read(self) -> list[Row]:
        """The rows that came since."""
        rows: list[Row] = []
        while (path := segments.path_of(self._folder, self._first)).exists():
            with path.open("rb") as file:
                file.seek(self._at)
                for row, line in segments.follow(file, self._n, self._prev):
                    rows.append(row)
                    self._n, self._prev, self._at = row.n + 1, row.hash, self._at + len(line)
            if self._n == self._first or not segments.path_of(self._folder, self._n).exists():
                break
            self._first, self._at = self._n, 0
        return rows


@dataclass
class Account:
    """What is known of every parcel; the lists at the end must be empty."""

    released: set[str] = field(default_factory=set)
    handed: set[str] = field(default_factory=set)
    delivered: Counter[str] = field(default_factory=Counter)
    dropped: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    stored: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    twice: list[str] = field(default_factory=list)
    """Clips that were stored under two ids, or hold something else than what was wanted. An arrival may be written down
    twice: whoever falls over between that row and the erasing sends the clip once more."""
    alarms: list[str] = field(default_factory=list)

    def read(self, rows: Iterable[Row]) -> None:
        """What the ledger says."""
        for row in rows:
            parcel = str(row.facts.get("parcel", ""))
            match row.what:
                case What.RELEASE:
                    self.released.add(parcel)
                case What.HANDOVER if parcel in self.released:
                    self.handed.add(parcel)
                case What.DELIVERED:
                    self.delivered[parcel] += 1
                case What.DROPPED:
                    self.dropped[parcel] = str(row.facts["reason"])
                case What.REFUSAL:
                    self.refused[str(row.facts["reason"])] += 1
                case _:
                    pass

    def remember(self, said: Path) -> None:
        """What the household was told: a line without its end was not said."""
        lines = said.read_text().splitlines(keepends=True) if said.exists() else []
        words = (line.split() for line in lines if line.endswith("\n"))
        self.acknowledged |= {parcel for word, parcel, *_ in words if word == "kept"}

    @property
    def early(self) -> set[str]:
        """Stored without both of its rows before it."""
        return self.stored - self.handed

    @property
    def lost(self) -> set[str]:
        """Released, not stored, and the ledger knows no reason; or acknowledged, and gone in spite of that."""
        unexplained = (self.released | self.acknowledged) - self.stored - self.dropped.keys()
        broken = {parcel for parcel in self.acknowledged - self.stored if self.dropped.get(parcel) in _LOST}
        return unexplained | broken

    @property
    def faults(self) -> dict[str, list[str]]:
        """Everything that must not be."""
        untrue = [parcel for parcel in self.delivered if parcel not in self.stored]
        found = {
            "lost": sorted(self.lost),
            "delivered and not stored": untrue,
            "twice": self.twice,
            "before their rows": sorted(self.early),
            "alarms": self.alarms,
        }
        return {name: each for name, each in found.items() if each}

    def summary(self) -> str:
        """One line."""
        reasons = Counter(self.dropped[parcel] for parcel in self.dropped.keys() - self.stored)
        wrong = Counter(self.dropped[parcel] for parcel in self.dropped.keys() & self.stored)
        return (
            f"{len(self.released)} released, {len(self.stored)} stored, {len(self.lost)} lost, "
            f"{len(self.twice)} twice, {len(self.alarms)} alarms; dropped with a row: {dict(reasons) or 'none'}, "
            f"stored though the ledger says dropped: {dict(wrong) or 'none'}; refused: {dict(self.refused)}"
        )


def stored(store: Path) -> set[str]:
    """The ids of what the desk has, read beside it."""
    return {parcel for (parcel,) in _select(store, "SELECT id FROM clips")}


def look_into(account: Account, store: Path, keys: Keys) -> None:
    """Open every stored clip: it is the one that was wanted, for what it was wanted for, and there once."""
    numbers: Counter[int] = Counter()
    for parcel, sealed in _select(store, "SELECT id, sealed FROM clips"):
        opened, plaintext = open_seal(keys, sealed)
        clip = unpack(plaintext)
        number = chain_clips.number_in(clip.pcm)
        numbers[number] += 1
        if clip.id != parcel or clip.pcm != chain_clips.sound(number):
            account.twice.append(f"{parcel} is not what was wanted")
        if opened.purpose is not chain_clips.purpose(number):
            account.twice.append(f"{parcel} was wanted for something else")
    account.stored = stored(store)
    account.twice += [f"number {number}" for number, times in numbers.items() if times > 1]
    account.alarms = [str(row) for name in ("alarms", "refusals") for row in _select(store, f"SELECT * FROM {name}")]


def _select(store: Path, statement: str) -> list[tuple[Any, ...]]:
    if not store.exists() or not store.stat().st_size:
        return []
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master").fetchall():
            return []
        return database.execute(statement).fetchall()
