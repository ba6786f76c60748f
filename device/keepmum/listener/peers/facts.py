"""What the listener tells a skill beside the command: no skill learns more than its own table row."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

FACTS: dict[str, tuple[str, ...]] = {
    "volume": ("volume",),
    "lights": ("things", "home"),
    "coffee": ("things", "home"),
    "weather": ("weather",),
    "privacy": ("today", "status", "agreed", "listened"),
}
"""The facts that each skill gets; one that is not listed gets none."""


class Facts:
    """Looks up what a skill may know, at the moment it is asked."""

    def __init__(self, sources: Mapping[str, Callable[[], object]]) -> None:
        self._sources = sources

    def of(self, skill: str) -> dict[str, str]:
        """Facts as text; whatever is not a text already is JSON."""
        known = {name: self._sources[name]() for name in FACTS.get(skill, ()) if name in self._sources}
        return {
            name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            for name, value in known.items()
            if value is not None
        }
