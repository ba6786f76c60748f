"""What each key of the configuration may be, as a JSON Schema for editors and as words for error messages."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

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
    """The schema as it stands in `config/keepmum.schema.json`; the same on every machine."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_model_schema()}
    return json.dumps(_portable(whole), indent=2, ensure_ascii=False) + "\n"


def at(path: tuple[str, ...]) -> Node | None:
    """The node of a dotted key, or None if there is no such key."""
    node: Node | None = _model_schema()
    for part in path:
        node = _child(_resolved(node), part) if node is not None else None
    return _resolved(node) if node is not None else None


def keys(path: tuple[str, ...]) -> list[str]:
    """The keys that a section knows; empty for everything else."""
    return list((at(path) or {}).get("properties", {}))


def is_section(node: Node) -> bool:
    """Whether a node holds keys rather than a value."""
    return node.get("type") == "object"


def is_path(node: Node) -> bool:
    """Whether a node names a file or a folder."""
    return any(choice.get("format") == "path" for choice in _choices(node))


def words(node: Node) -> list[str]:
    """The words that a node accepts, where it accepts only certain ones."""
    found: list[str] = []
    for choice in _choices(node):
        found += [str(word) for word in choice.get("enum", [choice["const"]] if "const" in choice else [])]
    return found


def allowed(node: Node) -> str:
    """What a node accepts, in words: `a number, more than 0, less than 1`."""
    return " or ".join(_in_words(choice) for choice in _choices(node))


def _in_words(node: Node) -> str:
    if "enum" in node:
        return "one of " + ", ".join(str(word) for word in node["enum"])
    if "const" in node:
        return str(node["const"])
    kind = str(node.get("type", ""))
    if kind in _SIMPLE:
        return _SIMPLE[kind] + _counts(node)
    if kind == "string":
        return "a path" if node.get("format") == "path" else "text"
    noun = "a whole number" if kind == "integer" else "a number"
    bounds = [f"{phrase} {node[bound]:g}" for bound, phrase in _BOUNDS.items() if bound in node]
    return f"{noun} {' and '.join(bounds)}".rstrip()


def _counts(node: Node) -> str:
    if "maxItems" not in node:
        return ""
    return f" with {node.get('minItems', 0)} to {node['maxItems']} entries"


def _choices(node: Node) -> list[Node]:
    return [_resolved(choice) for choice in node.get("anyOf", [node])]


def _child(node: Node, part: str) -> Node | None:
    properties = node.get("properties", {})
    if part in properties:
        return dict(properties[part])
    rest = node.get("additionalProperties")
    return rest if isinstance(rest, dict) else None


def _resolved(node: Node) -> Node:
    reference = node.get("$ref")
    return dict(_model_schema()["$defs"][reference.rsplit("/", 1)[-1]]) if reference else node


@cache
def _model_schema() -> Node:
    return Settings.model_json_schema()


def _portable(node: Any) -> Any:
    """Without defaults of whole sections, which only repeat their keys', and without paths of this machine."""
    if isinstance(node, list):
        return [_portable(item) for item in node]
    if not isinstance(node, dict):
        return node
    here = str(Path(__file__).parent)
    drop = "$ref" in node or str(node.get("default", "")).startswith(here)
    return {key: _portable(value) for key, value in node.items() if not (drop and key == "default")}
