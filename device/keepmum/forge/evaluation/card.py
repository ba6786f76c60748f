"""The model card: what a model was made of, what it reached, where it falls short, and how to make it again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keepmum.errors import ForgeError
from keepmum.forge.evaluation.confidence import expected_error
from keepmum.forge.evaluation.figure import Figure
from keepmum.forge.evaluation.judging import Judgement
from keepmum.forge.recipe import Recipe
from keepmum.forge.work import Work

PLOT = "reliability.svg"


@dataclass(frozen=True)
class Making:
    """What the training came to."""

    steps: int
    hours: float
    """Of sound that was learnt from, copies and repetitions counted."""
    cpu: float
    """Seconds of processor time."""
    machine: str


def account(work: Work) -> dict[str, Any]:
    """What was prepared; raises ForgeError if it was not."""
    try:
        untrusted = json.loads((work.prepared / "prepared.json").read_text("utf-8"))
        return dict(untrusted)
    except (OSError, ValueError, TypeError) as error:
        what = f"{work.prepared / 'prepared.json'} cannot be read: {error}"
        raise ForgeError(what, f"run keepmum forge prepare {work.recipe.id} first") from error


def card(recipe: Recipe, account: Mapping[str, Any], making: Making, judgement: Judgement, size: int) -> str:
    """The whole page, in Markdown; `size` is the model's, in bytes."""
    parts = [
        f"# {recipe.id}\n\n{recipe.about}. Made by `keepmum forge` from nothing but what is listed here.",
        *_warning(account),
        f"{size / 1e6:.1f} MB, {making.steps:,} steps, {making.hours:.0f} hours of sound heard (every repetition "
        f"counted), {making.cpu / 3600:.2f} hours of processor time for the training on {making.machine}.",
        "## Made of\n\n" + "\n".join(_sources(account)),
        *_left_out(account),
        *_words(recipe, account),
        "## Reached\n\nOn voices that never trained it. In brackets: the interval that holds the true share 95 times "
        "in 100 (Wilson).\n\n" + "\n".join(_figures(judgement.figures)),
        *_confidence(judgement),
        "## Make it again\n\n"
        f"```sh\nkeepmum forge make {recipe.id} --work FOLDER{_options(account)}\n```\n\n"
        f"The same recipe (`config/recipes/{recipe.id}.yaml`, seed {recipe.training.seed}), the same recordings and "
        "the same versions of the programs give the same shards; a network trained on another processor differs in "
        "its last digits.",
    ]
    return "\n\n".join(parts) + "\n"


def _warning(account: Mapping[str, Any]) -> Iterator[str]:
    if not any(source["is_person"] for source in _each(account)):
        yield (
            "**No human voice trained this model, and none has judged it.** It shows that the recipe carries over to "
            "another language. For people, give it recordings of people."
        )


def _each(account: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    programs = {"espeak-ng", "flite", "festival"}
    return [{**source, "name": name, "is_person": name not in programs} for name, source in account["sources"].items()]


def _sources(account: Mapping[str, Any]) -> Iterator[str]:
    yield "| what | voices | recordings | hours | licence | by |"
    yield "|---|---|---|---|---|---|"
    for one in _each(account):
        told = (one["title"], one["speakers"], one["recordings"], f"{one['hours']:.1f}", one["licence"])
        yield f"| {' | '.join(map(str, told))} | {one['attribution'] or 'its authors'} |"


def _left_out(account: Mapping[str, Any]) -> Iterator[str]:
    skipped = [f"{count:,} recordings: {why}" for why, count in account["skipped"].items()]
    missing = [f"not there: {what}" for what in account["missing"]]
    if skipped or missing:
        yield "Left out: " + "; ".join([*skipped, *missing]) + "."


def _words(recipe: Recipe, account: Mapping[str, Any]) -> Iterator[str]:
    said = "Pronunciations: espeak-ng's"
    if recipe.language == "en":
        said = (
            "Pronunciations: the CMU Pronouncing Dictionary (BSD, out of pocketsphinx), and espeak-ng's guess for "
            f"{account.get('guessed_words', 0):,} words that it lacks"
        )
    frequent = "; frequent words: wordfreq (R. Speer, 2022; its lists CC BY-SA 4.0)" if recipe.words.common else ""
    yield f"{said}{frequent}."


def _figures(figures: Iterable[Figure]) -> Iterator[str]:
    yield "| question | of | where | count | hoped for |"
    yield "|---|---|---|---|---|"
    for one in figures:
        met = {True: "✓ ", False: "✗ ", None: ""}[one.reached]
        yield f"| {one.question} | {one.what} | {one.condition} | {one} | {met}{one.goal or ''} |"


def _confidence(judgement: Judgement) -> Iterator[str]:
    if judgement.bins:
        words = sum(one.of for one in judgement.bins)
        yield (
            f"## What its confidence is worth\n\n![How often a word was right, by Vosk's confidence]({PLOT})\n\n"
            f"Vosk's own confidence is off by {100 * expected_error(judgement.bins):.1f} points on average (expected "
            f"calibration error over {words:,} words, some of them heard in speech that its grammar does not have). "
            "`confidence.json` says what it is worth; keepmum reads it."
        )


def _options(account: Mapping[str, Any]) -> str:
    speech = " --speech FOLDER" if any(source["is_person"] for source in _each(account)) else ""
    return speech + (" --noises FOLDER" if account["noises"] else "")


def plot(judgement: Judgement, path: Path) -> None:
    """Draw the reliability diagram as SVG: the share of right words over Vosk's confidence, and the calibration.

    The same figures give the same bytes. Needs matplotlib.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context({"svg.hashsalt": "keepmum", "svg.fonttype": "none", "font.size": 11}):
        canvas = Canvas(figsize=(6.4, 5.0), layout="constrained")
        axes = canvas.add_subplot()
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--", label="confidence that means itself")
        at = [one.confidence for one in judgement.bins]
        share = [one.right / one.of for one in judgement.bins]
        area = [12 + 240 * one.of / max(each.of for each in judgement.bins) for one in judgement.bins]
        axes.scatter(at, share, s=area, color="#c0392b", zorder=3, label="words heard (area: how many)")
        axes.plot(*zip(*judgement.points, strict=True), color="#1f5fa8", linewidth=2, label="calibration")
        axes.set(xlabel="Vosk's confidence", ylabel="share that was said", xlim=(-0.02, 1.03), ylim=(-0.02, 1.03))
        axes.grid(color="#e5e5e5")
        axes.legend(loc="upper left")
        canvas.savefig(path, format="svg", metadata={"Date": None})
