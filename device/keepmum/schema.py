"""What each key of a file may be, as a JSON Schema for editors and as words for error messages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from keepmum.settings import Settings

Node = dict[str, Any]

_SIMPLE = {"boolean": "true or false", "array": "a list, as in [a, b]", "null": "null", "object": "a section with keys"}
_BOUNDS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}


def document() -> str:
    """The schema of the settings, as it stands in `config/keepmum.schema.json`."""
    return of(Settings).document()


@cache
def of(model: type[BaseModel]) -> Schema:
    """The schema of a kind of file, made once."""
    return Schema(model)


class Schema:
    """What a model takes, key by key."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._whole: Node = model.model_json_schema()

    def document(self, beside: Mapping[str, Schema] = {}) -> str:
        """The schema as it stands in a file beside what it describes; the same on every machine.

        `beside` has the schemas of other files in the same folder: what they define is referred to, not repeated.
        """
        whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **self._whole}
        whole["$defs"] = own = dict(self._whole.get("$defs", {}))
        moved = {}
        for file, other in beside.items():
            for name in [name for name in own if own[name] == other._whole["$defs"].get(name)]:
                moved[f"#/$defs/{name}"] = f"{file}#/$defs/{name}"
                del own[name]
        return json.dumps(_moved(_portable(whole), moved), indent=2, ensure_ascii=False) + "\n"

    def at(self, path: tuple[str, ...]) -> Node | None:
        """The node of a dotted key, or None if there is no such key."""
        node: Node | None = self._whole
        for part in path:
            node = _child(self._resolved(node), part) if node is not None else None
        return self._resolved(node) if node is not None else None

    def keys(self, path: tuple[str, ...]) -> list[str]:
        """The keys that a section knows; empty for everything else."""
        return list((self.at(path) or {}).get("properties", {}))

    def is_path(self, node: Node) -> bool:
        """Whether a node names a file or a folder."""
        return any(choice.get("format") == "path" for choice in self._choices(node))

    def words(self, node: Node) -> list[str]:
        """The words that a node accepts, where it accepts only certain ones."""
        found: list[str] = []
        for choice in self._choices(node):
            found += [str(word) for word in choice.get("enum", [choice["const"]] if "const" in choice else [])]
        return found

    def allowed(self, node: Node) -> str:
        """What a node accepts, in words: `a number, more than 0, less than 1`."""
        return " or ".join(_in_words(choice) for choice in self._choices(node))

    def _choices(self, node: Node) -> list[Node]:
        return [self._resolved(choice) for choice in node.get("anyOf", [node])]

    def _resolved(self, node: Node) -> Node:
        reference = node.get("$ref")
        return dict(self._whole["$defs"][reference.rsplit("/", 1)[-1]]) if reference else node


def is_section(node: Node) -> bool:
    """Whether a node holds keys rather than a value."""
    return node.get("type") == "object"


def _in_words(node: Node) -> str:
    if "enum" in node:
        return "one of " + ", ".join(str(word) for word in node["enum"])
    if "const" in node:
        return str(node["const"])
    kind = str(node.get("type", ""))
    if kind in _SIMPLE:
        return _SIMPLE[kind] + _counts(node)
    if kind == "string":
        return "a path" if node.get("format") == "path" else _text(node)
    noun = "a whole number" if kind == "integer" else "a number"
    bounds = [f"{phrase} {node[bound]:g}" for bound, phrase in _BOUNDS.items() if bound in node]
    return f"{noun} {' and '.join(bounds)}".rstrip()


def _text(node: Node) -> str:
    if "pattern" in node:
        return f"text of the form {node['pattern']}"
    return f"text of at least {node['minLength']} letters" if node.get("minLength", 0) > 1 else "text"


def _counts(node: Node) -> str:
    if "maxItems" not in node:
        return ""
    least, most = node.get("minItems", 0), node["maxItems"]
    return f" with {most} entries" if least == most else f" with {least} to {most} entries"


def _child(node: Node, part: str) -> Node | None:
    properties = node.get("properties", {})
    if part in properties:
        return dict(properties[part])
    for pattern, rest in node.get("patternProperties", {}).items():
        if re.search(pattern, part):
            return dict(rest)
    rest = node.get("additionalProperties")
    return rest if isinstance(rest, dict) else None


def _moved(node: Any, references: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_moved(item, references) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: references.get(value, value) if key == "$ref" else _moved(value, references) for key, value in node.items()
    }


def _portable(node: Any) -> Any:
    """Without defaults of whole sections, which only repeat their keys', and without paths of this machine."""
    if isinstance(node, list):
        return [_portable(item) for item in node]
    if not isinstance(node, dict):
        return node
    here = str(Path(__file__).parent)
    drop = "$ref" in node or str(node.get("default", "")).startswith(here)
    return {key: _portable(value) for key, value in node.items() if not (drop and key == "default")}
