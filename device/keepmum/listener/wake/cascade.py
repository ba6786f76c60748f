"""Waking: what is always listening, made of stages that each throw out what the one before took for the phrase.

`alexa` goes through microWakeWord at a low threshold, then openWakeWord. The other trained phrases have only
microWakeWord, at the threshold its makers ship: no real recordings of them could be had to measure a lower one.
Any other phrase is found by the speech model. The last stage, Vosk's confirmation, is the ear's to call.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from keepmum.errors import ConfigError
from keepmum.listener.preroll import PreRoll
from keepmum.listener.speech.model import Model
from keepmum.listener.wake import first, second
from keepmum.listener.wake.first import FirstStage
from keepmum.listener.wake.grammar import GrammarStage
from keepmum.listener.wake.second import SecondStage
from keepmum.settings import WakeSettings
from keepmum.sound import RATE, SAMPLE_BYTES, seconds

SECOND_WINDOW = 2.24
"""Seconds before the trigger that the second stage hears (160 ms of CPU)."""

SECOND_PATIENCE = 0.48
"""Seconds after the trigger in which it may still agree: of 327 triggers 323 agreed at once, all within two blocks."""


@dataclass(frozen=True)
class Candidate:
    """Perhaps somebody said the phrase."""

    phrase: str
    score: float
    """The first stage's probability, or Vosk's confidence for a phrase without a trained model."""
    second: float | None
    """The second stage's score; None where it was not asked."""
    at: float
    """Seconds of sound heard since the start or the last wipe."""


class Wake(Protocol):
    """Something that hears every block and sometimes has a candidate."""

    def hear(self, block: bytes) -> Candidate | None:
        """Take one block, which must be in the pre-roll already."""
        ...

    def wipe(self) -> None:
        """Leave nothing of the sound in the engines."""
        ...


def plain(phrases: Sequence[str]) -> list[str]:
    """The owner's phrases as the engines and Vosk spell them."""
    return [" ".join(phrase.lower().split()) for phrase in phrases]


def open_wake(settings: WakeSettings, model: Model, preroll: PreRoll) -> Wake:
    """The stages for the owner's phrases; raises one ConfigError that names every phrase that cannot wake."""
    phrases = plain(settings.phrases)
    _refuse_strange(phrases, model, settings.confirm)
    return Cascade(settings, phrases, model, preroll)


class Cascade:
    """The stages, and at most one candidate that waits for the second one."""

    def __init__(self, settings: WakeSettings, phrases: list[str], model: Model, preroll: PreRoll) -> None:
        trained = [phrase for phrase in phrases if phrase in first.MODELS]
        untrained = [phrase for phrase in phrases if phrase not in first.MODELS]
        self._preroll = preroll
        self._cut = settings.second
        self._first = FirstStage(trained)
        self._second = {phrase: SecondStage(phrase) for phrase in trained if phrase in second.MODELS}
        self._grammar = GrammarStage(model, untrained, preroll) if untrained else None
        self._trigger = {
            phrase: settings.trigger if phrase in self._second else self._first.cutoff(phrase) for phrase in trained
        }
        self._armed = dict.fromkeys(trained, True)
        self._waiting: Candidate | None = None
        self._heard = 0.0
        self.triggers = 0
        """How often a first stage fired since the start; only measurements ask."""

    def hear(self, block: bytes) -> Candidate | None:
        """Take one block, which must be in the pre-roll already."""
        self._heard += seconds(block)
        scores = self._first.hear(block)
        candidate = self._wait(block) if self._waiting else self._triggered(scores)
        # A phrase triggers once: its score must fall before it can trigger again.
        for phrase, score in scores.items():
            self._armed[phrase] = self._armed[phrase] or score <= self._trigger[phrase]
        if candidate is None and self._grammar and (said := self._grammar.hear(block)):
            self.triggers += 1
            phrase, confidence = said
            return Candidate(phrase, confidence, None, self._heard)
        return candidate

    def wipe(self) -> None:
        """Leave nothing of the sound in the engines."""
        self._first.wipe()
        for stage in (*self._second.values(), self._grammar):
            if stage:
                stage.wipe()
        self._armed = dict.fromkeys(self._armed, True)
        self._waiting = None
        self._heard = 0.0

    def _triggered(self, scores: dict[str, float]) -> Candidate | None:
        for phrase, score in scores.items():
            if score > self._trigger[phrase] and self._armed[phrase]:
                self._armed[phrase] = False
                self.triggers += 1
                candidate = Candidate(phrase, score, None, self._heard)
                if phrase not in self._second:
                    return candidate
                self._waiting = candidate
                before = self._preroll.last(SECOND_WINDOW)
                return self._wait(before.rjust(round(SECOND_WINDOW * RATE) * SAMPLE_BYTES, b"\0"))
        return None

    def _wait(self, sound: bytes) -> Candidate | None:
        """Ask the second stage about more sound of the waiting candidate, or give up."""
        waiting = self._waiting
        if waiting is None:
            return None
        score = self._second[waiting.phrase].hear(sound)
        if score > self._cut:
            self._rest(waiting)
            return Candidate(waiting.phrase, waiting.score, score, self._heard)
        if self._heard - waiting.at >= SECOND_PATIENCE:
            self._rest(waiting)
        return None

    def _rest(self, waiting: Candidate) -> None:
        self._second[waiting.phrase].wipe()
        self._waiting = None


def _refuse_strange(phrases: list[str], model: Model, confirm: bool) -> None:
    needed = [phrase for phrase in phrases if confirm or phrase not in first.MODELS]
    strange = [phrase for phrase in needed if not model.knows(phrase)]
    if not strange:
        return
    near = [match for phrase in strange for match in difflib.get_close_matches(phrase, first.MODELS, n=1)]
    trained = ", ".join(repr(phrase) for phrase in near or first.MODELS)
    try:
        model.require(strange)
    except ConfigError as error:
        phrases_text = ", ".join(repr(phrase) for phrase in strange)
        raise ConfigError(
            f"wake.phrases: the speaker cannot be woken by {phrases_text}: {error.what}",
            f"a trained phrase is {trained}; any other must be made of words that the speech model knows",
        ) from None
