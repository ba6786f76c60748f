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


ONLY_FOR = {"today": "privacy.today", "listened": "privacy.listened"}
"""Facts that are read out of the ledger: a mute must not wait for a year of rows."""


class Facts:
    """Looks up what a skill may know, at the moment it is asked."""

    def __init__(self, sources: Mapping[str, Callable[[], object]]) -> None:
        self._sources = sources

    def of(self, asked: str) -> dict[str, str]:
        """Facts as text for an intent, or all that its skill may ever know; whatever is not a text already is JSON."""
        skill, _, verb = asked.partition(".")
        names = [name for name in FACTS.get(skill, ()) if not verb or ONLY_FOR.get(name, asked) == asked]
        known = {name: self._sources[name]() for name in names if name in self._sources}
        return {
            name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            for name, value in known.items()
            if value is not None
        }
