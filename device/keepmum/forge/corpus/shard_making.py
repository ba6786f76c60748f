"""Makes one shard: every utterance of it decoded, augmented and turned into features, all from the shard's own seed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keepmum.errors import CorpusError
from keepmum.forge.corpus import shards
from keepmum.forge.corpus.augment import Augmentation, Heard, outputs
from keepmum.forge.corpus.features import mfcc
from keepmum.forge.corpus.noise import Noises
from keepmum.forge.corpus.recording import decode
from keepmum.forge.corpus.shards import Utterance
from keepmum.forge.workplace import write

SILENCES = 0.05
"""Utterances in which nobody speaks, against the others."""
NOBODY = "noise"
"""Their source."""


@dataclass(frozen=True)
class Item:
    """One copy of one recording, still to be made."""

    path: Path
    source: str
    phones: tuple[int, ...]
    seconds: float
    is_person: bool


@dataclass(frozen=True)
class Order:
    """A shard that is to be made. It travels to other processes."""

    path: Path
    """Of the shard; beside it, with the ending .json, stands what became of its items."""
    items: tuple[Item, ...]
    seed: int
    noises: Path | None

    @property
    def account(self) -> Path:
        """What became of the items."""
        return self.path.with_suffix(".json")


def make(order: Order) -> None:
    """Make the shard, unless it is there. Raises CorpusError if it cannot be written."""
    if order.path.exists() and order.account.exists():
        return
    chance = np.random.default_rng(order.seed)
    noises = Noises(chance, order.noises)
    augmentation = Augmentation(chance, noises)
    utterances: list[Utterance] = []
    skipped: list[tuple[str, str]] = []
    for item in order.items:
        try:
            utterances.append(_utterance(item, augmentation))
        except CorpusError as error:
            skipped.append((str(item.path), error.what.removeprefix(f"{item.path}: ")))
        if chance.random() < SILENCES:
            utterances.append(_features(augmentation.silence(), (0,), NOBODY))
    _keep(order, utterances, skipped)


def _utterance(item: Item, augmentation: Augmentation) -> Utterance:
    speech = decode(item.path, item.seconds)
    heard = augmentation.heard(speech, item.is_person)
    sounding = sum(phone != 0 for phone in item.phones)
    if outputs(len(heard.samples)) < sounding + 2:
        raise CorpusError(f"{item.path}: too short for what is said to be in it")
    return _features(heard, item.phones, item.source)


def _features(heard: Heard, phones: tuple[int, ...], source: str) -> Utterance:
    frames = mfcc(heard.samples).astype(np.float16)
    return Utterance(frames, np.array(phones, np.int16), heard.lead, heard.trail, source)


def _keep(order: Order, utterances: list[Utterance], skipped: list[tuple[str, str]]) -> None:
    frames: dict[str, int] = {}
    counts: dict[str, int] = {}
    for each in utterances:
        frames[each.source] = frames.get(each.source, 0) + len(each.frames)
        counts[each.source] = counts.get(each.source, 0) + 1
    account = {"frames": frames, "utterances": counts, "skipped": skipped}
    shards.write(order.path, utterances)
    write(order.account, json.dumps(account))
