"""Lets programs speak a script of sentences, each line drawn from its own seed, and goes on where it was stopped."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import soundfile

from keepmum.errors import CorpusError
from keepmum.forge.corpus import manifest, voices
from keepmum.forge.corpus.crew import Progress, each
from keepmum.forge.corpus.dictionary import Dictionary
from keepmum.forge.corpus.features import RATE
from keepmum.forge.corpus.texts import Texts, spelt
from keepmum.forge.corpus.voices import Line, Manner
from keepmum.forge.recipe import Engine, Recipe
from keepmum.forge.workplace import write

FOLDER, HELD_OUT = "synthetic", "held-out"
"""Of the work folder: what trains, and what the held-out voices say for the evaluation."""

_TOGETHER = 20
"""Lines that one call of a program speaks; festival starts slowly."""


class Part(NamedTuple):
    """One line of the script: its file, what is said, and what the program is given."""

    file: str
    text: str
    line: Line


@dataclass(frozen=True)
class Scene:
    """What one program speaks into one folder. It travels to other processes."""

    folder: Path
    program: str
    language: str
    accents: tuple[str, ...]
    parts: tuple[Part, ...]


def speak(recipe: Recipe, work: Path, jobs: int, progress: Progress) -> list[str]:
    """Speak everything that is not spoken yet, and write both manifests. Returns what had to be left out, and why.

    Raises CorpusError for a program that is missing, unless the recipe calls it optional, and for held-out voices
    that are not there.
    """
    scripts, missing = script(recipe)
    for folder, scenes in scripts.items():
        (work / folder).mkdir(parents=True, exist_ok=True)
        rounds = [part for scene in scenes for part in _unspoken(scene, work / folder)]
        what = "speaking sentences" if folder == FOLDER else "speaking with held-out voices"
        missing += chain.from_iterable(each(what, _spoken, rounds, jobs, progress))
        _list(work / folder, scenes)
    return missing


def script(recipe: Recipe) -> tuple[dict[str, list[Scene]], list[str]]:
    """Who says what, by folder; and the optional programs and voices that are not there. The same every time."""
    texts = Texts(recipe, Dictionary(recipe))
    scripts: dict[str, list[Scene]] = {FOLDER: [], HELD_OUT: []}
    missing = []
    evaluated = [one for one in recipe.synthetic.engines if one.held_out]
    for one in recipe.synthetic.engines:
        try:
            cast, kept = _cast(one, recipe.language)
        except CorpusError as error:
            if not one.optional:
                raise
            missing.append(f"{error.what} ({error.hint})")
            continue
        scripts[FOLDER].append(_scene(recipe, one, cast, texts.drawn, one.utterances))
        if kept:
            count = recipe.synthetic.held_out // len(evaluated)
            scripts[HELD_OUT].append(_scene(recipe, one, kept, texts.judging, count))
    return scripts, missing


def _cast(one: Engine, language: str) -> tuple[list[str], list[str]]:
    """The voices that train, and those that do not. Raises CorpusError if any that the recipe names is not there."""
    here = voices.engine(one.program, language, one.accents).voices()
    absent = sorted({*one.voices, *one.held_out} - set(here))
    if absent:
        raise CorpusError(f"{one.program} has no voice {', '.join(absent)}", voices.package(one.program, absent))
    cast = [voice for voice in one.voices or here if voice not in one.held_out]
    if not cast:
        raise CorpusError(f"every voice of {one.program} is held out", "leave one in the recipe that may train")
    return cast, list(one.held_out)


def _scene(
    recipe: Recipe, one: Engine, cast: Sequence[str], text_of: Callable[[random.Random], str], count: int
) -> Scene:
    parts = []
    for number in range(count):
        dice = random.Random(f"{recipe.training.seed}/{one.program}/{cast[0]}/{number}")
        text = text_of(dice)
        line = Line(_read_out(text, recipe, dice), cast[number % len(cast)], Manner.drawn(dice))
        parts.append(Part(f"{one.program}-{number:06d}.flac", text, line))
    return Scene(Path(), one.program, recipe.language, one.accents, tuple(parts))


def _read_out(text: str, recipe: Recipe, dice: random.Random) -> str:
    """As the program reads it; after a wake phrase people sometimes wait a moment, as at a comma."""
    called = next((phrase for phrase in recipe.wake_phrases if text.startswith(f"{phrase} ")), "")
    if called and dice.random() < 0.5:
        text = f"{called}, {text[len(called) + 1 :]}"
    return spelt(text, recipe.synthetic.spelt)


def _unspoken(scene: Scene, folder: Path) -> Iterator[Scene]:
    """What is still to be spoken, in pieces that one process can take."""
    left = [part for part in scene.parts if not (folder / part.file).exists()]
    for start in range(0, len(left), _TOGETHER):
        yield replace(scene, folder=folder, parts=tuple(left[start : start + _TOGETHER]))


def _spoken(scene: Scene) -> list[str]:
    """Speak and keep each part; a sentence that the program cannot say is told, and left out."""
    speaker = voices.engine(scene.program, scene.language, scene.accents)
    try:
        sounds = speaker.say([part.line for part in scene.parts])
    except CorpusError as error:
        if len(scene.parts) == 1:
            return [error.what]
        return list(chain.from_iterable(_spoken(replace(scene, parts=(part,))) for part in scene.parts))
    for part, sound in zip(scene.parts, sounds, strict=True):
        unfinished = scene.folder / f".{part.file}"
        soundfile.write(unfinished, sound, RATE, format="FLAC", subtype="PCM_16")
        unfinished.replace(scene.folder / part.file)
    return []


def _list(folder: Path, scenes: Iterable[Scene]) -> None:
    """Write the manifest of everything that was spoken."""
    rows = []
    for scene in scenes:
        for part in scene.parts:
            if (folder / part.file).exists():
                seconds = round(soundfile.info(folder / part.file).duration, 3)
                row = {"file": part.file, "speaker": part.line.voice, "seconds": seconds, "text": part.text}
                rows.append(json.dumps({**row, "source": scene.program}) + "\n")
    write(folder / manifest.NAME, "".join(rows))
