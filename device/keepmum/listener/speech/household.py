"""Opens the speech model with the household's own words in it, and with every word of the sentences.

What goes wrong on the way costs those words, not the speaker: it then hears what the model hears by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from keepmum import shipped
from keepmum.errors import ForgeError, KeepmumError, ModelError
from keepmum.forge import household, origin, own_words
from keepmum.forge.household import Words
from keepmum.forge.lexicon import Lexicon
from keepmum.listener.sentences import grammar, quantities, templates
from keepmum.listener.sentences.understand import NUMBERS
from keepmum.listener.speech import model_folder
from keepmum.listener.speech.model import Model, open_model
from keepmum.settings import FolderSettings, Settings

log = logging.getLogger(__name__)


def open_household(settings: Settings) -> Model:
    """The model to listen with. Raises ModelError as `open_model` does, and ConfigError for a broken sentence file.

    It runs espeak-ng if a word of the sentences is missing, so it belongs before the lock.
    """
    model, folders = settings.speech.model, settings.folders
    words = wanted(settings, model_folder.vocabulary(model))
    if not words.own.words and not words.missing:
        return open_model(model)
    try:
        return _opened(model, folders, words)
    except KeepmumError as error:
        if words.own.words or not isinstance(error, ModelError):
            log.error("the household's words cannot be heard: %s", error)
        return open_model(model)


def wanted(settings: Settings, vocabulary: frozenset[str]) -> Words:
    """The household's words, and those of its sentences that a vocabulary lacks; a broken file holds none."""
    speech = settings.speech
    file = shipped.folder() / "sentences" / f"{speech.language}.yaml"
    files = [file, *([speech.sentences] if speech.sentences else [])]
    spelled = grammar.words_of(templates.read(files, NUMBERS)) | _things(settings.home.things)
    try:
        own = own_words.read(settings.folders.words, origin.read(speech.model).spoken())
    except ModelError as error:
        # A model that cannot learn is no fault until somebody wants it to.
        if settings.folders.words.exists():
            log.error("the household's words cannot be heard: %s", error)
        return Words(Lexicon({}))
    except ForgeError as error:
        log.error("the household's words cannot be heard: %s", error)
        own = Lexicon({})
    return Words(own, spelled - vocabulary - own.words.keys())


def _opened(model: Path, folders: FolderSettings, words: Words) -> Model:
    try:
        is_new = household.made(model, folders.household_model, words)
    except ForgeError as error:
        if not words.missing:
            raise
        # Without espeak-ng nobody guesses; the household's own words need no guess.
        log.warning("%d words of the sentences cannot be heard: %s", len(words.missing), error)
        is_new = household.made(model, folders.household_model, Words(words.own))
    opened = open_model(folders.household_model)
    if is_new:
        guessed = len(household.guessed_words(folders.household_model))
        log.info("made a graph with %d words of the household's, %d more guessed", len(words.own), guessed)
    return opened


def _things(names: Iterable[str]) -> frozenset[str]:
    """The words of the household's names for things, as they are heard."""
    return frozenset(word for name in names for word in quantities.spell_out(name).split())
