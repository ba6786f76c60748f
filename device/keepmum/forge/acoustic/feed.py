"""Hands the training one batch after another out of the shards, always in the same order for the same seed.

Not all shards are in memory at once: a few are, in an order that is new in each epoch, and their utterances are put
together by length, so that little is computed for the ends of short ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keepmum.errors import ForgeError
from keepmum.forge.acoustic.network import answers
from keepmum.forge.corpus import shards
from keepmum.forge.corpus.shards import Utterance

AT_ONCE = 1 << 30
"""Bytes of shards that are in memory at a time; features of 3.7 hours take 107 MB."""
FRAMES = 100
"""A second of features."""
SHORTEST = 3
"""Answers; what is shorter holds nothing that could be learnt."""


@dataclass(frozen=True)
class Position:
    """How far the training is: which batch comes next."""

    epoch: int = 0
    group: int = 0
    """Which of the epoch's groups of shards."""
    batch: int = 0
    """Which of the group's batches."""


@dataclass(frozen=True)
class Feed:
    """The batches of a folder of shards."""

    files: tuple[Path, ...]
    frames: int
    """How many frames a batch holds, with those at the edges."""
    context: int
    """Frames of edge at each end of an utterance."""
    seed: int

    def batches(self, start: Position) -> Iterator[tuple[list[Utterance], Position]]:
        """Batches without end from a position on, each with the position after it. Raises CorpusError."""
        epoch, first_group, first_batch = start.epoch, start.group, start.batch
        while True:
            groups = self._groups(epoch)
            for group in range(first_group, len(groups)):
                made = self._made(groups[group], np.random.default_rng((self.seed, epoch, group)))
                for batch in range(first_batch, len(made)):
                    yield made[batch], Position(epoch, group, batch + 1)
                first_batch = 0
            epoch, first_group = epoch + 1, 0

    def _groups(self, epoch: int) -> list[list[Path]]:
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.files))
        groups: list[list[Path]] = []
        size = AT_ONCE
        for file in (self.files[place] for place in order):
            size += file.stat().st_size
            if size > AT_ONCE:
                groups.append([])
                size = file.stat().st_size
            groups[-1].append(file)
        return groups

    def _made(self, group: Sequence[Path], chance: np.random.Generator) -> list[list[Utterance]]:
        utterances = [each for file in group for each in shards.read(file) if learnable(each)]
        # A little disorder, so that an utterance is not always with the same others.
        weights = np.array([len(each.frames) for each in utterances]) * chance.uniform(1, 1.1, len(utterances))
        batches: list[list[Utterance]] = [[]]
        for place in np.argsort(weights, kind="stable"):
            each = utterances[place]
            if batches[-1] and (len(batches[-1]) + 1) * (len(each.frames) + 2 * self.context) > self.frames:
                batches.append([])
            batches[-1].append(each)
        return [batches[place] for place in chance.permutation(len(batches)) if batches[place]]


def learnable(utterance: Utterance) -> bool:
    """Whether there is a way to say its phones in its frames."""
    count = answers(len(utterance.frames))
    spoken = int((utterance.phones != 0).sum())
    return count >= max(SHORTEST, spoken + utterance.lead + utterance.trail) and len(utterance.phones) > 0


def prepared(folder: Path) -> tuple[Path, ...]:
    """The shards in a folder, in their order. Raises ForgeError if there are none."""
    found = tuple(sorted(folder.glob("[0-9]*.npz")))
    if not found:
        raise ForgeError(f"there are no prepared utterances in {folder}", "run `keepmum forge prepare` first")
    return found
