"""Reads keepmum's units, and the table of what they must say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[2] / "systemd"
ROLES = ("listener", "uplink", "skills", "panel")
SERVICES = tuple(FOLDER / f"keepmum-{role}.service" for role in ROLES)
DOORS = tuple(FOLDER / f"keepmum-{role}-door.socket" for role in ROLES[1:])
UNITS = tuple(sorted(path for kind in ("service", "socket", "target") for path in FOLDER.glob(f"*.{kind}")))


class Setting(NamedTuple):
    """One line of a unit."""

    section: str
    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}"


class Promise(NamedTuple):
    """One line of the table."""

    roles: frozenset[str]
    line: str
    why: str


def settings(text: str) -> Iterator[Setting]:
    """Every line of a unit that says something. Ours are never continued on the next line."""
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals, f"{line!r} is no setting"
            yield Setting(section, key, value)


def values(text: str, key: str) -> list[str]:
    """The words of all the lines with this key."""
    return [word for setting in settings(text) if setting.key == key for word in setting.value.split()]


def promises() -> list[Promise]:
    """The table."""
    rows = (Path(__file__).parent / "promises.txt").read_text().splitlines()
    return [_promise(row) for row in rows if row and not row.startswith("#")]


def _promise(row: str) -> Promise:
    letters, line = row[:4], row[6:]
    said, mark, why = line.partition("  # ")
    assert mark, f"{row!r} has no reason"
    wanted = dict(zip("LUSP", ROLES, strict=True))
    assert [letter for letter in letters if letter != "."] == [each for each in "LUSP" if each in letters], row
    return Promise(frozenset(wanted[letter] for letter in letters if letter != "."), said, why)
