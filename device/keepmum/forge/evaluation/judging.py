"""Asks a model every question that there are recordings for, and keeps the answers beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from keepmum.clip import Word
from keepmum.errors import ForgeError
from keepmum.forge.acoustic.exporting import SUMS, sums
from keepmum.forge.corpus import manifest
from keepmum.forge.corpus.dictionary import Dictionary
from keepmum.forge.corpus.synthetic import HELD_OUT
from keepmum.forge.evaluation import confidence, corpus, ending, figure, loaded, phrases, sentences, sounds
from keepmum.forge.evaluation.closed import closed
from keepmum.forge.evaluation.confidence import Bin, Judged
from keepmum.forge.evaluation.crew import Crew
from keepmum.forge.evaluation.ending import Stopwatch
from keepmum.forge.evaluation.figure import Figure
from keepmum.forge.evaluation.phrases import Ear
from keepmum.forge.evaluation.room import rooms
from keepmum.forge.evaluation.scribe import Said, Scribe
from keepmum.forge.recipe import Recipe
from keepmum.forge.work import Work
from keepmum.forge.workplace import write
from keepmum.listener.speech.calibration import FILE
from keepmum.listener.speech.transcribe import grammar
from keepmum.named_files import NamedFiles


@dataclass
class Judgement:
    """What was found."""

    figures: list[Figure] = field(default_factory=list)
    bins: list[Bin] = field(default_factory=list)
    """Of Vosk's own confidence in words."""
    points: list[tuple[float, float]] = field(default_factory=list)
    """What that confidence is worth: the calibration."""


def judge(work: Work, judging: Sequence[Path], speech: Sequence[Path], crew: Crew) -> Judgement:
    """Give the model the calibration of its confidence, then answer every question that there are recordings for.

    `judging` are folders of recordings that never train, `speech` those of the training, whose held-out speakers are
    heard. Raises ForgeError, ModelError or CorpusError.
    """
    if not work.model.is_dir():
        raise ForgeError(f"there is no model in {work.model}", f"run keepmum forge export {work.recipe.id} first")
    programs, people = _programs(work), _left_out(work.recipe, speech)
    called = {*work.recipe.wake_phrases, *work.recipe.rivals}
    commands = [one for one in programs if one.text not in called]
    found = Judgement()
    household, words = _household(work, commands, crew)
    some, more = _people(work, people, crew)
    found.figures += [*household, *some]
    found.bins, found.points = confidence.bins([*words, *more]), confidence.calibration([*words, *more])
    spotted = _phrases(work, [one for one in programs if one.text in called] + people, crew)
    kept = {"format": 1, "words": found.points, "phrases": confidence.calibration(spotted)}
    write(work.model / FILE, _text(kept))
    # A model that was judged before has sums of the calibration of then, and would count as broken.
    write(work.model / SUMS, sums(work.model))
    for folder in judging:
        found.figures += _judged_by(work, folder, commands, crew)
    write(work.evaluation, _text({**asdict(found), "figures": figure.written(found.figures)}))
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


def _judged_by(work: Work, folder: Path, commands: Sequence[Said], crew: Crew) -> Iterator[Figure]:
    """By the recordings of a folder that never trains, and in its noises by what programs command."""
    recordings, recipe = corpus.recordings(folder), work.recipe
    noises = [one.path for one in recordings if one.kind == "noise" and one.path.stem in sounds.HOME_NOISE]
    yield from phrases.measure(Ear(work.model, recipe.wake_phrases, recipe.rivals), recordings, rooms(noises), crew)
    if recipe.sentences:
        stopwatch = Stopwatch(work.model, sentence_file(recipe))
        people = [Said(one.path, "", one.source) for one in recordings if one.kind == "command"]
        for whose, said in (("people", people), ("held-out programs", commands)):
            if said:
                yield from ending.measure(stopwatch, whose, said, rooms(noises), crew)


def _programs(work: Work) -> list[Said]:
    """What held-out voices of programs say."""
    listed = work.folder / HELD_OUT / manifest.NAME
    if not listed.is_file() or not listed.stat().st_size:
        return []
    return [Said(one.path, one.text, one.source) for one in manifest.read(listed.parent)]


def _household(work: Work, said: Sequence[Said], crew: Crew) -> tuple[list[Figure], list[Judged]]:
    """By what held-out voices of programs tell a household's speaker."""
    if not said:
        return [], []
    heard = crew.each("household commands", Scribe(work.model, _grammar(work, said)).write, said)
    return list(sentences.household(said, heard)), _judged(said, heard)


def _people(work: Work, said: Sequence[Said], crew: Crew) -> tuple[list[Figure], list[Judged]]:
    """By people of the training's corpora who were left out: with their own words, and with words they never say."""
    if not said:
        return [], []
    texts = tuple(sorted({one.text for one in said}))
    lexicon = Dictionary(work.recipe).lexicon({word for text in texts for word in text.split()})
    model = closed(work.model, lexicon, texts, work.folder / "closed")
    heard = crew.each("people left out of training", Scribe(model, texts).write, said)
    figures, words = list(sentences.people(said, heard)), _judged(said, heard)
    if work.recipe.sentences:
        heard = crew.each("people who command nothing", Scribe(work.model, _grammar(work, said)).write, said)
        words += _judged(said, heard)
    return figures, words


def _phrases(work: Work, said: Sequence[Said], crew: Crew) -> list[Judged]:
    """Every phrase that was heard: where programs say phrases and rivals, and where people say neither."""
    if not work.recipe.wake_phrases:
        return []
    finder = phrases.Finder(work.model, work.recipe.wake_phrases, work.recipe.rivals)
    return [one for one in crew.each("phrases and their rivals", finder.find, said) if one is not None]


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
    return grammar(loaded.understanding(work.model, sentence_file(work.recipe)).phrases)


def _judged(said: Sequence[Said], heard: Sequence[Sequence[Word]]) -> list[Judged]:
    return [word for words, one in zip(heard, said, strict=True) for word in confidence.judged(words, one)]


def sentence_file(recipe: Recipe) -> Path:
    """The first of the recipe's files of sentences."""
    return NamedFiles("sentences", "file of sentences", None).file(recipe.sentences[0])


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
