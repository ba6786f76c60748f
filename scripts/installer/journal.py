"""Remembers what the installer is about to do, before it does it: so it can go on after any end, and take all away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import files
from trouble import InstallError

FORMAT = 1


class Journal:
    """`/opt/keepmum/installed.json`: for each step what it brings, and which release was last seen well."""

    def __init__(self, path: Path) -> None:
        """Read it, if it is there. Raises InstallError if it cannot be understood."""
        self.path = path
        untrusted = files.content(path)
        self.is_there = untrusted is not None
        self._all: dict[str, Any] = {"format": FORMAT, "state": "new", "steps": {}}
        if untrusted is not None:
            self._all = self._read(untrusted)

    def _read(self, untrusted: bytes) -> dict[str, Any]:
        try:
            found = json.loads(untrusted)
        except ValueError as error:
            raise self._unreadable(str(error)) from error
        if not isinstance(found, dict) or not isinstance(found.get("steps"), dict):
            raise self._unreadable("it is not the installer's journal")
        if found.get("format") != FORMAT:
            raise self._unreadable(f"its format is {found.get('format')!r}, and this installer knows {FORMAT}")
        return found

    def _unreadable(self, why: str) -> InstallError:
        hint = f"move it away, run this again; `apt list --installed` shows what {self.path.name} had to say besides"
        return InstallError(f"{self.path} cannot be used: {why}", hint)

    @property
    def state(self) -> str:
        """`new`, `installing`, `installed` or `uninstalling`."""
        return str(self._all["state"])

    @property
    def well(self) -> str | None:
        """The release that was last seen to work; None before there was one."""
        found = self._all.get("well")
        return found if isinstance(found, str) else None

    @property
    def unfinished(self) -> str | None:
        """The step that was begun last and not seen to its end; None if there is none."""
        found = self._all.get("unfinished")
        return found if isinstance(found, str) else None

    def facts(self, step: str) -> dict[str, Any]:
        """What a step has brought, or was about to bring; empty for one that never began."""
        found = self._all["steps"].get(step, {})
        return dict(found) if isinstance(found, dict) else {}

    def begins(self, step: str, facts: Mapping[str, Any]) -> None:
        """Write down what a step is about to bring. Call it before the step does anything."""
        self._all["steps"][step] = self.facts(step) | dict(facts)
        self._write()

    def is_at(self, step: str) -> None:
        """Write down that a step begins, which tells also that those before it have ended."""
        self._all["unfinished"] = step
        self.begins(step, {})

    def is_in(self, state: str) -> None:
        """Write down how far the whole installation is."""
        if state != self.state:
            self._all["state"] = state
            if state == "installed":
                self._all.pop("unfinished", None)
            self._write()

    def is_well(self, release: str) -> None:
        """Write down that a release was seen to work."""
        if release != self.well:
            self._all["well"] = release
            self._write()

    def ends(self) -> None:
        """Forget everything; the very last thing that is taken away."""
        files.remove(self.path)

    def _write(self) -> None:
        files.place(self.path, json.dumps(self._all, indent=1, sort_keys=True).encode() + b"\n")
        self.is_there = True


def words(facts: Mapping[str, Any], key: str) -> list[str]:
    """A list of words that a step wrote down; whatever else stands there counts as nothing."""
    found = facts.get(key, [])
    return [word for word in found if isinstance(word, str)] if isinstance(found, list) else []


def table(facts: Mapping[str, Any], key: str) -> dict[str, str]:
    """A table from words to words that a step wrote down."""
    found = facts.get(key, {})
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}
