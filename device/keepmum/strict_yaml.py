"""YAML without its surprises: what a person sees in the file is what the program gets.

Anchors, aliases, merge keys, tags, duplicate keys and the yes/no/on/off of YAML 1.1 all let a file mean something
else than it says, so each is a problem with its line. A plain word is text unless it is `null`, `true`, `false` or a
decimal number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamStartEvent,
)

LARGEST = 65_536
"""Bytes; a file that people write by hand is far smaller."""

DEEPEST = 8
"""Sections within sections; keepmum's own files need four."""

KeyPath = tuple[str, ...]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,16})?([eE][-+]?[0-9]{1,2})?")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_TWO_FACED = {"yes", "no", "on", "off", "true", "false", "null"}
_BROKEN = object()


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where it stands and what would be right."""

    source: str
    """The file, or the option on the command line."""
    line: int
    """From 1; 0 when the whole source is meant."""
    key: str
    """Dotted, from the top of the file."""
    what: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        return f"{place}: {self.what}" if place.endswith(self.key) else f"{place}: {self.key}: {self.what}"


@dataclass
class Tree:
    """What a file says: plain values, the line of every key (from 1), and everything wrong with its form."""

    source: str
    values: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: KeyPath) -> int:
        """The line of a key, or of the nearest one above it; 0 when the source has no lines."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read(untrusted_text: str, source: str) -> Tree:
    """Read one document; never raises, all problems stand in the tree and what they touch is left out."""
    tree = Tree(source)
    if len(untrusted_text.encode(errors="replace")) > LARGEST:
        tree.problems.append(Problem(source, 0, "", f"larger than {LARGEST} bytes", "is this the right file?"))
        return tree
    try:
        value = _Reader(untrusted_text, tree).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        tree.problems.append(Problem(source, line, "", f"not YAML: {error.problem or error.context}"))
    except yaml.YAMLError as error:
        tree.problems.append(Problem(source, 0, "", f"not YAML: {str(error).splitlines()[0]}"))
    except _TooDeep as error:
        tree.problems.append(Problem(source, error.line, "", f"nested more than {DEEPEST} deep"))
    else:
        tree.values = None if value is _BROKEN else value
    return tree


class _TooDeep(Exception):
    def __init__(self, line: int) -> None:
        self.line = line


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Reader:
    """Builds the values out of the parser's events, so that nothing is resolved behind our back."""

    def __init__(self, text: str, tree: Tree) -> None:
        self._events: Iterator[Event] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._tree = tree

    def document(self) -> Any:
        value = None
        seen = 0
        for event in self._events:
            if isinstance(event, StreamStartEvent | DocumentStartEvent):
                continue
            if isinstance(event, NodeEvent):
                seen += 1
                value = self._node(event, ())
            if seen > 1:
                self._problem(event, (), "a second document", "remove the line with ---")
                return value
        return value

    def _node(self, event: Event, path: KeyPath) -> Any:
        if len(path) > DEEPEST:
            raise _TooDeep(_line(event))
        value: Any
        if isinstance(event, MappingStartEvent):
            value = self._mapping(path)
        elif isinstance(event, SequenceStartEvent):
            value = self._sequence(path)
        elif isinstance(event, ScalarEvent):
            value = self._scalar(event, path)
        else:
            value = _BROKEN
        return _BROKEN if self._is_decorated(event, path) else value

    def _is_decorated(self, event: Event, path: KeyPath) -> bool:
        anchor = getattr(event, "anchor", None)
        if isinstance(event, AliasEvent):
            self._problem(event, path, f"an alias (*{anchor})", "write the value out")
        elif anchor is not None:
            self._problem(event, path, f"an anchor (&{anchor})", "write the value out where it is needed")
        elif getattr(event, "tag", None) is not None:
            self._problem(event, path, "a tag (!)", "values are text, numbers, true or false; no tag is needed")
        else:
            return False
        return True

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, path)
            inner = (*path, key or "?")
            repeated = key is not None and inner in self._tree.lines
            if repeated:
                first = self._tree.lines[inner]
                self._problem(event, inner, "stands twice", f"the first one is in line {first}; keep one of them")
            elif key is not None:
                self._tree.lines[inner] = _line(event)
            value = self._node(next(self._events), inner)
            if key is not None and not repeated and value is not _BROKEN:
                values[key] = value
        return values

    def _key(self, event: Event, path: KeyPath) -> str | None:
        if not isinstance(event, ScalarEvent):
            self._node(event, (*path, "?"))
            self._problem(event, path, "a key that is not a word", "keys are words before a colon")
            return None
        if self._is_decorated(event, (*path, event.value)):
            return None
        plain = event.style is None
        if plain and event.value == "<<":
            self._problem(event, path, "a merge key (<<)", "write the keys out")
            return None
        if plain and event.value.lower() in _TWO_FACED:
            self._problem(event, (*path, event.value), "a key that YAML may read as true or false", "put it in quotes")
            return None
        return event.value

    def _sequence(self, path: KeyPath) -> Any:
        values: list[Any] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            inner = (*path, str(len(values)))
            self._tree.lines[inner] = _line(event)
            values.append(self._node(event, inner))
        return _BROKEN if _BROKEN in values else values

    def _scalar(self, event: ScalarEvent, path: KeyPath) -> Any:
        text = event.value
        if event.style is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if text.lower() in _TWO_FACED:
            self._problem(event, path, f"{text} is not a value here", "write true or false, or put the word in quotes")
            return _BROKEN
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _NUMBER.fullmatch(text) else text

    def _problem(self, event: Event, path: KeyPath, what: str, hint: str) -> None:
        self._tree.problems.append(Problem(self._tree.source, _line(event), ".".join(path), what, hint))
