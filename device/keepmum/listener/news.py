"""Tells whoever watches what happens: the panel, the demo, the room that a scene plays in."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Fact = str | int | float | bool | list[int]
Watcher = Callable[[str, Mapping[str, Fact]], None]


class News:
    """One list of watchers. Heard words are told only if the owner allows it."""

    def __init__(self, *, show_words: bool) -> None:
        self._watchers: list[Watcher] = []
        self._show_words = show_words

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher(kind, facts)` from now on."""
        self._watchers.append(watcher)

    def forget(self, watcher: Watcher) -> None:
        """Stop calling it."""
        if watcher in self._watchers:
            self._watchers.remove(watcher)

    def tell(self, kind: str, facts: Mapping[str, Fact], words: str | None = None) -> None:
        """Something happened; `words` are what was heard or said."""
        told = {**facts, "words": words} if words is not None and self._show_words else facts
        for watcher in tuple(self._watchers):
            watcher(kind, told)
