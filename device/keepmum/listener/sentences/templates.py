"""Reads sentence files: every mistake in them at once, with its file, its line and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import yaml
from hassil.expression import Expression, Sentence
from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError

from keepmum.errors import ConfigError

QUANTITIES = ("seconds", "time")
"""What the words of a list may be turned into."""

_KEYS = ("language", "intents", "lists", "expansion_rules", "skip_words", "small_words", "if_known")
_INTENT = re.compile(r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")


@dataclass(frozen=True)
class Place:
    """Where something stands."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}"


@dataclass(frozen=True)
class Template:
    """One sentence with its alternatives, in hassil's syntax; `out` is what a list puts into the slot."""

    text: str
    sentence: Sentence
    place: Place
    out: str | int | float | None = None

    @property
    def expression(self) -> Expression:
        """The template as a tree."""
        return self.sentence.expression


@dataclass(frozen=True)
class Wording:
    """One way to say an intent, with the slots that are understood without being said."""

    intent: str
    template: Template
    slots: dict[str, str | int | float]


@dataclass
class Values:
    """What one list allows; `quantity` says what the words are turned into."""

    templates: list[Template] = field(default_factory=list)
    quantity: str | None = None


@dataclass
class Sentences:
    """All sentence files together; the owner's file adds wordings and values, and replaces rules."""

    wordings: list[Wording] = field(default_factory=list)
    lists: dict[str, Values] = field(default_factory=dict)
    rules: dict[str, Template] = field(default_factory=dict)
    skip_words: list[str] = field(default_factory=list)
    small_words: set[str] = field(default_factory=set)
    if_known: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def read(files: Iterable[Path], numbers: dict[int, str]) -> Sentences:
    """The sentences of all files. `numbers` gives the words for the numbers that ranges may use.

    Raises ConfigError for a file that is missing or no YAML; other mistakes are collected in `faults`.
    """
    sentences = Sentences()
    for file in files:
        _Reader(file, sentences, numbers).read()
    return sentences


def meant(name: str, known: Iterable[str]) -> str:
    """A hint at what a misspelt name was probably meant to be, with a space before it, or nothing."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""


class _Reader:
    def __init__(self, file: Path, into: Sentences, numbers: dict[int, str]) -> None:
        self.file, self.into, self.numbers = file, into, numbers

    def read(self) -> None:
        try:
            root = yaml.compose(self.file.read_text("utf-8"), Loader=yaml.SafeLoader)
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"the sentence file {self.file} cannot be read: {error}", "check its path") from error
        except yaml.YAMLError as error:
            raise ConfigError(
                f"the sentence file {self.file} is no YAML: {error}",
                "check the indentation; a sentence is safest in double quotes",
            ) from error
        parts = self._mapping(root, _KEYS) if root else {}
        self.into.skip_words += [text for text, _ in self._strings(parts.get("skip_words"))]
        self.into.small_words |= {text for text, _ in self._strings(parts.get("small_words"))}
        self.into.if_known |= {text for text, _ in self._strings(parts.get("if_known"))}
        for name, node in self._mapping(parts.get("expansion_rules")).items():
            if template := self._template(node):
                self.into.rules[name] = template
        for name, node in self._mapping(parts.get("lists")).items():
            self._list(name, node)
        for name, node in self._mapping(parts.get("intents")).items():
            self._intent(name, node)

    def fault(self, node: yaml.Node, what: str) -> None:
        self.into.faults.append(f"{self.file.name}:{node.start_mark.line + 1}: {what}")

    def _mapping(self, node: yaml.Node | None, known: tuple[str, ...] = ()) -> dict[str, yaml.Node]:
        if node is None or (isinstance(node, yaml.ScalarNode) and node.value == ""):
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, "expected `key: value` lines")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if known and key.value not in known:
                self.fault(key, f"unknown key {key.value!r}{meant(key.value, known)}")
            elif key.value in found:
                self.fault(key, f"{key.value!r} stands here twice")
            else:
                found[key.value] = value
        return found

    def _items(self, node: yaml.Node | None) -> list[yaml.Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.fault(node, "expected a list of `- ` lines")
            return []
        return list(node.value)

    def _strings(self, node: yaml.Node | None) -> list[tuple[str, yaml.Node]]:
        return [(str(item.value).lower(), item) for item in self._items(node) if isinstance(item, yaml.ScalarNode)]

    def _template(self, node: yaml.Node, out: str | float | None = None) -> Template | None:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self.fault(node, "expected a sentence")
            return None
        try:
            sentence = parse_sentence(node.value, keep_text=True)
        except (ParseError, AssertionError, ValueError) as error:
            self.fault(node, f"{node.value!r} cannot be read: {str(error) or 'empty brackets'}")
            return None
        return Template(node.value, sentence, Place(self.file, node.start_mark.line + 1), out)

    def _intent(self, name: str, node: yaml.Node) -> None:
        if not _INTENT.match(name):
            self.fault(node, f"the intent {name!r} must be called <skill>.<verb>, in small letters")
        for block in self._items(self._mapping(node, ("data",)).get("data")):
            parts = self._mapping(block, ("sentences", "slots"))
            slots = {slot: _scalar(value) for slot, value in self._mapping(parts.get("slots")).items()}
            for sentence in self._items(parts.get("sentences")):
                if template := self._template(sentence):
                    self.into.wordings.append(Wording(name, template, slots))

    def _list(self, name: str, node: yaml.Node) -> None:
        parts = self._mapping(node, ("values", "range", "quantity", "wildcard"))
        values = self.into.lists.setdefault(name, Values())
        if "wildcard" in parts:
            self.fault(node, f"the list {name!r} is a wildcard: a grammar can only hear words that it is given")
        if "quantity" in parts:
            values.quantity = str(parts["quantity"].value)
            if values.quantity not in QUANTITIES:
                hint = meant(values.quantity, QUANTITIES)
                self.fault(parts["quantity"], f"unknown quantity {values.quantity!r}{hint}")
        if "range" in parts:
            values.templates += self._range(parts["range"])
        for item in self._items(parts.get("values")):
            parted = self._mapping(item, ("in", "out")) if isinstance(item, yaml.MappingNode) else {"in": item}
            if "in" not in parted:
                self.fault(item, f"a value of the list {name!r} has no `in`")
            elif template := self._template(parted["in"], _scalar(parted["out"]) if "out" in parted else None):
                values.templates.append(template)

    def _range(self, node: yaml.Node) -> list[Template]:
        parts = {key: _scalar(value) for key, value in self._mapping(node, ("from", "to", "step")).items()}
        first, last, step = parts.get("from"), parts.get("to"), parts.get("step", 1)
        if not (isinstance(first, int) and isinstance(last, int) and isinstance(step, int) and step > 0):
            self.fault(node, "a range needs whole numbers: `from`, `to` and, if not one, `step`")
            return []
        if first not in self.numbers or last not in self.numbers:
            self.fault(
                node, f"a range from {first} to {last}; from {min(self.numbers)} to {max(self.numbers)} is known"
            )
            return []
        place = Place(self.file, node.start_mark.line + 1)
        words = {number: self.numbers[number] for number in range(first, last + 1, step)}
        return [Template(text, parse_sentence(text), place, number) for number, text in words.items()]


def _scalar(node: yaml.Node) -> str | int | float:
    """A YAML scalar as the type that it is written as."""
    value = yaml.SafeLoader("").construct_object(node) if isinstance(node, yaml.ScalarNode) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(node.value)
