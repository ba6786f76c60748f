"""A television plays: how often it wakes the speaker, for how long, and what the local confirmation is worth (E1, E3).

Dubois et al. (PETS 2020) played 134 hours of shows to the speakers that are sold and found up to 0.95 wakes an hour,
1.43 in 10,000 words.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from keepmum.lab.corpus.reading import open_corpus
from keepmum.lab.corpus.speech import NEWS, SCENES, speak_household
from keepmum.lab.experiments.result import Control, Figure, Result, rate, share, spread
from keepmum.lab.experiments.waking import Heard, hear
from keepmum.lab.pipeline.crew import Workers
from keepmum.lab.pipeline.tuning import Tuning
from keepmum.sound import RATE

QUESTION = "How often does a television wake it, for how long, and what does the confirmation save?"
MINUTES = 20.0
_CONTROL_MINUTES = 5.0
_LONG = (6.0, 10.0)
"""Seconds that Dubois et al. count by."""

EVERYWHERE = "the"
"""A phrase that nobody should choose: all talk is full of it."""

WITHOUT, WITH = "wake engines alone", "and Vosk confirms"
_SPOKEN = (
    "The television is programs that speak, and says words like the phrase on purpose: the rate is no home's. "
    "Give a corpus of real shows for one: keepmum lab tv CORPUS"
)
_NOTES = (
    "The ears are the speaker's own. A wake within a second of a call is its answer; all others count as false.",
    "To know 0.95 an hour within a fifth takes 101 hours of television, 0.1 an hour 960 (Garwood).",
)


def measure(place: Path | None, seed: int, tuning: Tuning, workers: Workers, minutes: float = MINUTES) -> Result:
    """Play a corpus, or a television spoken on the spot, with the confirmation and without; then plant what must show.

    Raises LabError for what is wrong with the corpus.
    """
    with tempfile.TemporaryDirectory() as folder:
        corpus = open_corpus(place or _spoken(Path(folder), seed, minutes), tuning.phrase, workers)
        alone = hear(corpus, replace(tuning, confirm=False), workers)
        both = hear(corpus, replace(tuning, confirm=True), workers)
        quiet = list(_quiet(Path(folder), tuning, workers))
        controls = _controls(Path(folder), seed, tuning, workers)
    figures = [*_figures(WITHOUT, alone), *_figures(WITH, both), *_saved(alone, both), *quiet]
    notes = _NOTES if place else (_SPOKEN, *_NOTES)
    return Result("tv", QUESTION, seed, tuple(figures), controls, notes)


def _spoken(folder: Path, seed: int, minutes: float) -> Path:
    return speak_household(folder / "television", seed, minutes, scenes=NEWS)


def _figures(case: str, heard: Heard) -> Iterator[Figure]:
    false = [wake.seconds for wake in heard.false]
    yield rate(case, "false wakes", len(false), heard.hours, "an hour")
    yield rate(case, "false wakes", len(false), heard.words / 10_000, "in 10,000 words")
    yield Figure(case, "heard after false wakes", sum(false) / heard.hours, "s an hour", n=len(false))
    yield from spread(case, "a false wake lasts", false, "s")
    for seconds in _LONG:
        many = sum(each >= seconds for each in false)
        yield share(case, f"false wakes of {seconds:g} s or more", many, len(false))
    understood = sum(bool(wake.intent) for wake in heard.false)
    yield rate(case, "false wakes taken for a command", understood, heard.hours, "an hour")
    if heard.calls:
        yield share(case, "calls that were missed", heard.calls - heard.found, heard.calls)


def _saved(alone: Heard, both: Heard) -> Iterator[Figure]:
    """What the confirmation saves, and costs."""
    before, after = len(alone.false), len(both.false)
    yield share("the confirmation", "false wakes that it refuses", max(0, before - after), before)
    lost = max(0, alone.found - both.found)
    yield share("the confirmation", "true calls that it loses", lost, alone.found)


def _quiet(folder: Path, tuning: Tuning, workers: Workers) -> Iterator[Figure]:
    """Nothing is said, so nothing may wake it."""
    # This generator's sequence is frozen, whatever becomes of numpy's newer ones.
    noise = np.random.RandomState(1).standard_normal(60 * RATE)
    for case, sound in (("a minute of silence", noise * 0), ("a minute of white noise", noise * 0.1)):
        place = folder / case.replace(" ", "-")
        place.mkdir()
        soundfile.write(place / "noise.flac", np.clip(sound, -1, 1), RATE, subtype="PCM_16")
        heard = hear(open_corpus(place), tuning, workers)
        yield Figure(case, "wakes", float(len(heard.wakes)), n=1, most=0)


def _controls(folder: Path, seed: int, tuning: Tuning, workers: Workers) -> tuple[Control, ...]:
    """Ears that are deaf, or wake at anything, have to show."""
    busy = tuple(scene._replace(orders=10) for scene in SCENES if not scene.television)
    home = speak_household(folder / "calls", seed, _CONTROL_MINUTES, tuning.phrase, scenes=busy)
    corpus = open_corpus(home, tuning.phrase)
    other = "hey jarvis" if tuning.phrase != "hey jarvis" else "alexa"
    heard = hear(corpus, tuning, workers)
    deaf = hear(corpus, replace(tuning, phrase=other), workers)
    eager = hear(corpus, replace(tuning, phrase=EVERYWHERE), workers)
    return (
        Control("ears that are not deaf", 2 * heard.found >= heard.calls > 0, _count(heard)),
        Control(f"a speaker that waits for “{other}”", deaf.found == 0, _count(deaf)),
        Control(
            f"a speaker that waits for “{EVERYWHERE}”",
            len(eager.false) > len(heard.false),
            f"{len(eager.false)} false wakes instead of {len(heard.false)} in {heard.hours * 60:.0f} minutes of talk",
        ),
    )


def _count(heard: Heard) -> str:
    return f"{heard.found} of {heard.calls} calls woke it"
