"""From a recipe and recordings to shards: which utterance goes where, and the account of what came of it."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keepmum.errors import CorpusError
from keepmum.forge import work as places
from keepmum.forge.corpus import judging, manifest, sources, synthetic
from keepmum.forge.corpus.crew import Progress, each
from keepmum.forge.corpus.dictionary import Dictionary
from keepmum.forge.corpus.manifest import Recording
from keepmum.forge.corpus.shard_making import Item, Order, make
from keepmum.forge.recipe import Recipe, Source
from keepmum.forge.work import Work
from keepmum.forge.workplace import write

SHARD = 1500
"""Utterances in a shard, silences apart."""

ACCOUNT, PLAN = "prepared.json", "plan.json"
_TOLD = 200
"""Lines of the account about single recordings that were left out; all are counted."""


@dataclass(frozen=True)
class Chosen:
    """The recordings that train, and why the others do not."""

    people: tuple[Recording, ...]
    programs: tuple[Recording, ...]
    held_out: frozenset[tuple[str, str]]
    skipped: tuple[tuple[str, str], ...]
    """Files, each with the reason."""
    unknown: Counter[str]
    """Words that nobody knows how to say, and how often they stand in transcripts."""


def prepare(
    recipe: Recipe,
    work: Path,
    *,
    recordings: Sequence[Path],
    noises: Path | None,
    jobs: int,
    progress: Progress,
    evaluation: Sequence[Path] = (),
) -> dict[str, Any]:
    """Speak, choose, augment and write every shard; what was done before a stop is not done again.

    `recordings` are folders with a manifest; what lies in a folder of `evaluation`, too, is left out. Returns the
    account, which is `prepared.json`, too. Raises CorpusError, ConfigError or ForgeError.
    """
    place = places.opened(work, recipe)
    described = sources.known(recipe, recordings)
    people = [one for folder in recordings for one in manifest.read(folder)]
    judges = judging.among(people, evaluation)
    missing = synthetic.speak(recipe, work, jobs, progress)
    programs = manifest.read(place.synthetic)
    refuse_held_out(programs, {(one.program, voice) for one in recipe.synthetic.engines for voice in one.held_out})
    dictionary = Dictionary(recipe)
    chosen = choose(recipe, people, programs, dictionary, judges)
    orders = _orders(recipe, place, chosen, dictionary, noises)
    each("preparing features", make, orders, jobs, progress)
    account = {
        **_account(orders, chosen, described),
        "guessed_words": len(dictionary.guessed()),
        "missing": missing,
        "noises": str(noises.name) if noises else None,
    }
    _write(place.prepared / ACCOUNT, account)
    return account


def choose(
    recipe: Recipe,
    people: Sequence[Recording],
    programs: Sequence[Recording],
    dictionary: Dictionary,
    judges: Collection[Path] = (),
) -> Chosen:
    """Leave out held-out speakers, what judges, what lasts too long and what has words that nobody can say."""
    kept = manifest.held_out(people, recipe.recordings.held_out)
    dictionary.learn({word for one in (*people, *programs) for word in manifest.words(one.text)})
    skipped, unknown, chosen = [], Counter[str](), []
    for one in people:
        words = manifest.words(one.text)
        strange = [word for word in words if word not in dictionary]
        unknown.update(strange)
        if one.voice in kept:
            continue
        if one.path in judges:
            skipped.append((str(one.path), "will judge the model"))
        elif one.seconds > recipe.recordings.longest:
            skipped.append((str(one.path), f"lasts longer than {recipe.recordings.longest:.0f} s"))
        elif strange or not words:
            skipped.append((str(one.path), "has words without a pronunciation"))
        elif dictionary.doubtful(words):
            skipped.append((str(one.path), "has many words that no dictionary knows"))
        else:
            chosen.append(one)
    return Chosen(tuple(chosen), tuple(programs), kept, tuple(skipped), unknown)


def refuse_held_out(recordings: Iterable[Recording], kept: Collection[tuple[str, str]]) -> None:
    """Raise CorpusError if a voice that measures is among those that train."""
    wrong = sorted({"/".join(one.voice) for one in recordings if one.voice in kept})
    if wrong:
        raise CorpusError(
            f"held-out voices would train: {', '.join(wrong)}",
            "delete the folder synthetic/ in --work, and begin again",
        )


def _orders(recipe: Recipe, place: Work, chosen: Chosen, dictionary: Dictionary, noises: Path | None) -> list[Order]:
    """Every shard that is to be made: all copies, well mixed. Raises CorpusError if others were begun here."""
    refuse_held_out(chosen.people, chosen.held_out)
    copies = [
        (one, copy, is_person)
        for recordings, times, is_person in (
            (chosen.people, recipe.recordings.copies, True),
            (chosen.programs, recipe.synthetic.copies, False),
        )
        for one in recordings
        for copy in range(times)
    ]
    random.Random(f"{recipe.training.seed}/order").shuffle(copies)
    seed = recipe.training.seed
    items = [
        Item(
            one.path,
            one.source,
            _phones(one, dictionary, f"{seed}/{one.source}/{one.path.name}/{copy}"),
            one.seconds,
            is_person,
        )
        for one, copy, is_person in copies
    ]
    _begin(place.prepared, items, noises)
    pieces = [tuple(items[start : start + SHARD]) for start in range(0, len(items), SHARD)]
    return [
        Order(place.prepared / f"{number:03d}.npz", piece, seed * 1_000_003 + number, noises)
        for number, piece in enumerate(pieces)
    ]


def _phones(one: Recording, dictionary: Dictionary, seed: str) -> tuple[int, ...]:
    return tuple(dictionary.phones(manifest.words(one.text), random.Random(seed)))


def _begin(prepared: Path, items: Sequence[Item], noises: Path | None) -> None:
    """Mark the folder with a sum over everything that its shards follow from. Raises CorpusError if it has another."""
    said = [(one.path.name, one.source, one.phones, one.seconds) for one in items]
    content = json.dumps([SHARD, noises.name if noises else None, said])
    plan = {"sha256": hashlib.sha256(content.encode()).hexdigest(), "utterances": len(items)}
    path = prepared / PLAN
    try:
        prepared.mkdir(parents=True, exist_ok=True)
        before = json.loads(path.read_text("utf-8")) if path.exists() else plan
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path} cannot be read: {error}", f"delete {prepared}, and begin again") from error
    if before != plan:
        raise CorpusError(
            f"{prepared} holds shards of other recordings, texts or noises", "delete it, or name another --work"
        )
    _write(path, plan)


def _account(orders: Sequence[Order], chosen: Chosen, described: dict[str, Source]) -> dict[str, Any]:
    """What was made of what. Raises CorpusError if a shard's account cannot be read."""
    frames, counts, skipped = Counter[str](), Counter[str](), dict(chosen.skipped)
    for order in orders:
        try:
            made = json.loads(order.account.read_text("utf-8"))
            frames.update(made["frames"])
            counts.update(made["utterances"])
            skipped |= dict(made["skipped"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CorpusError(
                f"{order.account} cannot be read: {error}", "delete it; its shard is made again"
            ) from error
    kept = [one for one in (*chosen.people, *chosen.programs) if str(one.path) not in skipped]
    return {
        "format": 1,
        "shards": len(orders),
        "utterances": counts.total(),
        "hours": round(frames.total() / 360_000, 3),
        "sources": {
            name: {
                **described.get(name, sources.UNKNOWN).model_dump(),
                **_of_source(name, kept),
                "prepared": counts[name],
                "prepared_hours": round(frames[name] / 360_000, 3),
            }
            for name in sorted({one.source for one in kept})
        },
        "silences": counts["noise"],
        "held_out_speakers": sorted("/".join(voice) for voice in chosen.held_out),
        "skipped": dict(Counter(why for why in skipped.values()).most_common()),
        "skipped_files": [f"{Path(path).name}: {why}" for path, why in sorted(skipped.items())[:_TOLD]],
        "unknown_words": dict(chosen.unknown.most_common(_TOLD)),
    }


def _of_source(name: str, kept: Sequence[Recording]) -> dict[str, Any]:
    mine = [one for one in kept if one.source == name]
    hours = sum(one.seconds for one in mine) / 3600
    return {"recordings": len(mine), "hours": round(hours, 3), "speakers": len({one.voice for one in mine})}


def _write(path: Path, content: dict[str, Any]) -> None:
    write(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
