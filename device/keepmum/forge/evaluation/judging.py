"""Asks a model every question that there are recordings for, and keeps the answers beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from keepmum.clip import Word
from keepmum.errors import ForgeError
from keepmum.forge.corpus import manifest
from keepmum.forge.corpus.dictionary import Dictionary
from keepmum.forge.corpus.synthetic import HELD_OUT
from keepmum.forge.evaluation import confidence, corpus, ending, figure, loaded, phrases, sentences, sounds
from keepmum.forge.evaluation.closed import closed
from keepmum.forge.evaluation.confidence import Bin, Judged
from keepmum.forge.evaluation.corpus import Recording
from keepmum.forge.evaluation.crew import Crew
from keepmum.forge.evaluation.ending import Stopwatch
from keepmum.forge.evaluation.figure import Figure
from keepmum.forge.evaluation.phrases import Ear
from keepmum.forge.evaluation.room import rooms
from keepmum.forge.evaluation.scribe import Said, Scribe
from keepmum.forge.recipe import Recipe
from keepmum.forge.work import Work
from keepmum.forge.workplace import write
from keepmum.named_files import NamedFiles

CALIBRATION = "confidence.json"
"""In the model's folder: what its word confidences are worth."""


@dataclass
class Judgement:
    """What was found."""

    figures: list[Figure] = field(default_factory=list)
    bins: list[Bin] = field(default_factory=list)
    """Of Vosk's own confidence."""
    points: list[tuple[float, float]] = field(default_factory=list)
    """What that confidence is worth: the calibration."""


def judge(work: Work, judging: Sequence[Path], speech: Sequence[Path], crew: Crew) -> Judgement:
    """Answer every question that there are recordings for, write them down, and give the model its calibration.

    `judging` are folders of recordings that never train, `speech` those of the training, whose held-out speakers are
    heard. Raises ForgeError, ModelError or CorpusError.
    """
    if not work.model.is_dir():
        raise ForgeError(f"there is no model in {work.model}", f"run keepmum forge export {work.recipe.id} first")
    found = Judgement()
    for folder in judging:
        found.figures += _judged_by(work, folder, crew)
    words: list[Judged] = []
    for figures, some in (_household(work, crew), _people(work, speech, crew)):
        found.figures += figures
        words += some
    found.bins, found.points = confidence.bins(words), confidence.calibration(words)
    write(work.evaluation, _text({**asdict(found), "figures": figure.written(found.figures)}))
    if found.points:
        write(work.model / CALIBRATION, _text({"format": 1, "words": len(words), "points": found.points}))
    return found


def read(work: Work) -> Judgement:
    """What was written down. Raises ForgeError if it is not there, or is something else."""
    try:
        untrusted = json.loads(work.evaluation.read_text("utf-8"))
        return Judgement(
            figure.parsed(untrusted["figures"]),
            [Bin(float(one["confidence"]), int(one["right"]), int(one["of"])) for one in untrusted["bins"]],
            [(float(at), float(share)) for at, share in untrusted["points"]],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ForgeError(
            f"{work.evaluation} cannot be read: {error}", f"run keepmum forge evaluate {work.recipe.id} first"
        ) from error


def _judged_by(work: Work, folder: Path, crew: Crew) -> Iterator[Figure]:
    """By the recordings of a folder that never trains."""
    recordings, recipe = corpus.recordings(folder), work.recipe
    noises = [one.path for one in recordings if one.kind == "noise" and one.path.stem in sounds.HOME_NOISE]
    ear = Ear(work.model, recipe.wake_phrases, recipe.rivals)
    yield from phrases.measure(ear, recordings, rooms(noises), crew)
    if recipe.sentences:
        stopwatch = Stopwatch(work.model, sentence_file(recipe))
        people = [one for one in recordings if one.kind == "command"]
        for whose, commands in (("people", people), ("held-out programs", _programs(work))):
            if commands:
                yield from ending.measure(stopwatch, whose, commands, rooms(noises), crew)


def _programs(work: Work) -> list[Recording]:
    """What held-out voices of programs say to a household's speaker."""
    folder = work.folder / HELD_OUT
    listed = folder / manifest.NAME
    if not listed.is_file() or not listed.stat().st_size:
        return []
    return [Recording(one.path, one.path.name, "command", one.source, "", one.text) for one in manifest.read(folder)]


def _household(work: Work, crew: Crew) -> tuple[list[Figure], list[Judged]]:
    """By what held-out voices of programs say."""
    said = [Said(one.path, one.text, one.source) for one in _programs(work)]
    if not said:
        return [], []
    heard = crew.each("household commands", Scribe(work.model, _grammar(work, said)).write, said)
    return list(sentences.household(said, heard)), _judged(said, heard, covered=True)


def _people(work: Work, speech: Sequence[Path], crew: Crew) -> tuple[list[Figure], list[Judged]]:
    """By people of the training's corpora who were left out: with their own words, and with words they never say."""
    said = _left_out(work.recipe, speech)
    if not said:
        return [], []
    texts = tuple(sorted({one.text for one in said}))
    lexicon = Dictionary(work.recipe).lexicon({word for text in texts for word in text.split()})
    model = closed(work.model, lexicon, texts, work.folder / "closed")
    heard = crew.each("people left out of training", Scribe(model, texts).write, said)
    figures, words = list(sentences.people(said, heard)), _judged(said, heard, covered=True)
    if phrases := (*work.recipe.wake_phrases, *work.recipe.rivals):
        heard = crew.each("people who call nobody", Scribe(work.model, phrases).write, said)
        words += _judged(said, heard, covered=False)
    return figures, words


def _left_out(recipe: Recipe, speech: Sequence[Path]) -> list[Said]:
    """Sentences of the speakers who never train, as far as there are pronunciations for all their words."""
    people = [one for folder in speech for one in manifest.read(folder)]
    kept = manifest.held_out(people, recipe.recordings.held_out)
    dictionary = Dictionary(recipe)
    dictionary.learn({word for one in people if one.voice in kept for word in manifest.words(one.text)})
    return [
        Said(one.path, " ".join(words), one.source)
        for one in people
        if one.voice in kept and (words := manifest.words(one.text)) and all(word in dictionary for word in words)
    ]


def _grammar(work: Work, said: Sequence[Said]) -> tuple[str, ...]:
    """What a household's speaker may hear; for a recipe without sentences, what is said here."""
    if not work.recipe.sentences:
        return tuple(sorted({one.text for one in said}))
    return tuple(loaded.understanding(work.model, sentence_file(work.recipe)).phrases)


def _judged(said: Sequence[Said], heard: Sequence[Sequence[Word]], *, covered: bool) -> list[Judged]:
    return [word for words, one in zip(heard, said, strict=True) for word in confidence.judged(words, one, covered)]


def sentence_file(recipe: Recipe) -> Path:
    """The first of the recipe's files of sentences."""
    return NamedFiles("sentences", "file of sentences", None).file(recipe.sentences[0])


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
