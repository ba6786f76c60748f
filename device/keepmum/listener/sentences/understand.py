"""Turns words into an intent, by the sentence templates that also tell Vosk what it may hear."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from types import MappingProxyType

from hassil.intents import Intent as HassilIntent
from hassil.intents import IntentData, Intents, SlotList, TextSlotList, TextSlotValue
from hassil.models import MatchEntity
from hassil.parse_expression import parse_sentence
from hassil.recognize import recognize_all
from hassil.util import is_template

from keepmum.errors import ConfigError
from keepmum.listener.outlook import Outlook
from keepmum.listener.sentences import grammar, quantities, templates
from keepmum.listener.sentences.topics import Topics

NUMBERS = {number: quantities.number_words(number) for number in range(201)}
"""The numbers that ranges may use."""

UNKNOWN = "[unk]"
"""What Vosk writes for a sound that is none of the words it was given."""

_KIND = "quantity"

_HELP = (
    "the head of config/sentences/en.yaml shows the syntax; a word that cannot be heard may stand under `if_known`: "
    "then it can be typed"
)

THINGS = "named_thing"
"""The list with the owner's own names for things; sentence files refer to it, the settings fill it."""


@dataclass(frozen=True)
class Intent:
    """What somebody wants: `<skill>.<verb>` and the details; durations in seconds, times of day as "HH:MM".

    A time that leaves open which half of the day was meant comes with a second slot, `<slot>_half` = "either".
    """

    name: str
    slots: Mapping[str, str | int | float] = field(default_factory=dict)


class Understanding:
    """The sentence files, ready to use. Make one with `load`."""

    def __init__(self, read: templates.Sentences, vocabulary: Collection[str], wake: Iterable[str] = ()) -> None:
        self._wordings = read.wordings
        self._grammar = grammar.Grammar(read, vocabulary)
        silent = [read.wordings[index].template for index in self._grammar.wordless()]
        _refuse([f"{template.place}: {template.text!r} allows a sentence without a word" for template in silent])
        self._fillers = sorted((words.split() for words in read.skip_words), key=len, reverse=True)
        self._wake = [phrase.split() for phrase in wake]
        self._parsers = _parsers(read)
        self.phrases: tuple[str, ...] = self._grammar.phrases()
        """What Vosk may hear, for a recogniser's grammar; `[unk]` and wake phrases are the recogniser's to add."""
        self._topics = Topics([wording.intent for wording in read.wordings], self._grammar, read.small_words)

    @classmethod
    def load(
        cls,
        shipped: Path,
        owner_file: Path | None,
        things: Iterable[str],
        vocabulary: Collection[str],
        wake: Iterable[str] = (),
    ) -> Understanding:
        """Read the shipped file and the owner's. `things` are spoken names, `wake` phrases may stand before a command.

        Raises ConfigError with every mistake in the files, each with file and line.
        """
        read = templates.read([shipped, *([owner_file] if owner_file else [])], NUMBERS)
        read.lists[THINGS] = templates.Values(_named(things, vocabulary))
        _refuse(read.faults or grammar.faults(read, vocabulary))
        return cls(read, vocabulary, wake)

    def parse(self, text: str) -> Intent | None:
        """The intent of the text, give or take a few small words; None if there is none, or if there could be two."""
        words = self._command(text)
        return self._exact(words) or self._near(words)

    def parse_or_listen_again(self, text: str, listen_again: Callable[[tuple[str, ...]], str]) -> Intent | None:
        """Like `parse`, for sound that is still there.

        When no template fits word for word, but most of the words belong to one skill, the same sound is heard once
        more with that skill's phrases alone: `listen_again(phrases)` returns the new text.
        """
        words = self._command(text)
        if intent := self._exact(words):
            return intent
        phrases = self._topics.phrases(words)
        return (self.parse(listen_again(phrases)) if phrases else None) or self._near(words)

    def accounts_for(self, heard: Sequence[str]) -> tuple[bool, ...]:
        """For each heard word whether what was understood consists of it; none of them if nothing was understood.

        Words that nobody said make no sentence: where Vosk took a name for a few words of its grammar, this is seen.
        """
        words = self._command(" ".join(heard))
        before = next((at for at in range(len(heard)) if list(heard[at : at + len(words)]) == words), None)
        if before is None or self.parse(" ".join(words)) is None:
            return (False,) * len(heard)
        behind = before + len(words)
        # What stands around the command is politeness, a wake phrase or nothing that is a word.
        polite = [word != UNKNOWN for word in heard]
        return (*polite[:before], *self._standing(words), *polite[behind:])

    def _standing(self, words: list[str]) -> list[bool]:
        """Which words of a command that was understood stand in its sentence as they were heard."""
        if self._exact(words):
            return [True] * len(words)
        standing = [False] * len(words)
        for _, sentence in self._grammar.near(words)[:1]:
            for block in SequenceMatcher(None, words, sentence, autojunk=False).get_matching_blocks():
                standing[block.a : block.a + block.size] = [True] * block.size
        return standing

    def outlook(self, text: str) -> Outlook:
        """What more words could make of the text."""
        words = self._command(text)
        complete, may_go_on = self._grammar.follow(words)
        if any(self._filled(index, words) for index in complete):
            return Outlook.MAY_GO_ON if may_go_on else Outlook.WHOLE
        return Outlook.BEGUN if may_go_on else Outlook.NONE

    def _exact(self, words: list[str]) -> Intent | None:
        filled = (self._filled(index, words) for index in self._grammar.follow(words)[0])
        return next((intent for intent in filled if intent is not None), None)

    def _near(self, words: list[str]) -> Intent | None:
        near = [self._filled(index, list(sentence)) for index, sentence in self._grammar.near(words)]
        meant = [intent for intent in near if intent is not None]
        return meant[0] if meant and all(intent == meant[0] for intent in meant) else None

    def _filled(self, index: int, words: list[str]) -> Intent | None:
        """The intent of one template, with its slots out of these words."""
        wording = self._wordings[index]
        for result in recognize_all(" ".join(words), self._parsers[index]):
            slots = _slots(result.entities_list)
            if slots is not None:
                return Intent(wording.intent, MappingProxyType({**wording.slots, **slots}))
        return None

    def _command(self, text: str) -> list[str]:
        """The words of the command alone: no wake phrase or noise before it, no politeness around it."""
        words = quantities.spell_out(text).split()
        while True:
            before = len(words)
            for lead in ([UNKNOWN], *self._wake, *self._fillers):
                if words[: len(lead)] == lead and len(words) > len(lead):
                    words = words[len(lead) :]
            for tail in ([UNKNOWN], *self._fillers):
                if words[-len(tail) :] == tail and len(words) > len(tail):
                    words = words[: -len(tail)]
            if len(words) == before:
                return words


def _refuse(faults: list[str]) -> None:
    if faults:
        what = f"{len(faults)} mistake{'s' * (len(faults) > 1)} in the sentence files:"
        raise ConfigError("\n  ".join([what, *faults]), _HELP)


def _parsers(read: templates.Sentences) -> list[Intents]:
    """One hassil parser for each wording: the network has already found out which of them can match."""
    lists: dict[str, SlotList] = {
        name: TextSlotList(name=name, values=[_value(template, values.quantity) for template in values.templates])
        for name, values in read.lists.items()
    }
    rules = {name: rule.sentence for name, rule in read.rules.items()}
    return [
        Intents(
            language="en",
            intents={wording.intent: HassilIntent(wording.intent, [IntentData([wording.template.text])])},
            slot_lists=lists,
            expansion_rules=rules,
        )
        for wording in read.wordings
    ]


def _value(template: templates.Template, quantity: str | None) -> TextSlotValue:
    plain = None if is_template(template.text) or quantity else template.text
    return TextSlotValue(
        template.expression, template.out if template.out is not None else plain, None, {_KIND: quantity}
    )


def _named(things: Iterable[str], vocabulary: Collection[str]) -> list[templates.Template]:
    """The owner's names for things, as they are heard; a ConfigError names those that cannot be."""
    names = {name: quantities.spell_out(name) for name in things}
    for name in names.values():
        for word in name.split():
            if word not in vocabulary:
                hint = templates.meant(word, vocabulary)
                raise ConfigError(
                    f"home.things: the speech model cannot hear the word {word!r}{hint} in {name!r}",
                    "choose another name",
                )
    place = templates.Place(Path("keepmum.yaml"), 0)
    return [templates.Template(heard, parse_sentence(heard), place, name) for name, heard in names.items()]


def _slots(entities: Iterable[MatchEntity]) -> dict[str, str | int | float] | None:
    """The slots of a match; None if a quantity makes no sense or two values contradict each other."""
    slots: dict[str, str | int | float] = {}
    for entity in entities:
        quantity, words = (entity.metadata or {}).get(_KIND), entity.text.strip()
        if entity.name.startswith("_"):
            continue
        if quantity is None:
            value = entity.value.strip() if isinstance(entity.value, str) else entity.value
            if slots.setdefault(entity.name, value) != value:
                return None
        elif not _measure(quantity, entity.name, words, slots):
            return None
    return slots


def _measure(quantity: str, slot: str, words: str, slots: dict[str, str | int | float]) -> bool:
    """Put what the words amount to into the slots, if they amount to anything."""
    if quantity == "seconds":
        length = quantities.seconds(words)
        if length is not None:
            slots[slot] = length
        return length is not None
    time = quantities.time_of_day(words)
    if time is not None:
        slots[slot] = str(time)
        if time.either:
            slots[f"{slot}_half"] = "either"
    return time is not None
