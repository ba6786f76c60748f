"""Reads the Pi's config.txt: which lines are meant for this computer, and which stand below another one's heading.

Rules from the Raspberry Pi documentation (config.txt, "Conditional filters"): headings of one kind replace each other,
headings of different kinds must all hold, and `[all]` ends them. A heading that cannot be judged here holds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FOLDERS = ("/boot/firmware", "/boot")
"""Where it is since Bookworm, and where it was before."""
_DEEPEST = 4
_ON = {"on", "yes", "true", "1"}

_HEADINGS = (
    (r"Pi (1|Model [AB])", {"pi1"}),
    (r"Pi 2", {"pi2"}),
    (r"Pi (3|Compute Module 3)", {"pi3"}),
    (r"Pi 3 Model [AB] Plus", {"pi3+"}),
    (r"Pi (4|Compute Module 4)", {"pi4"}),
    (r"Pi 400", {"pi400"}),
    (r"Pi Compute Module 4S", {"cm4s"}),
    (r"Pi Compute Module 4(?!S)", {"cm4"}),
    (r"Pi (5|Compute Module 5)", {"pi5"}),
    (r"Pi 500", {"pi500"}),
    (r"Pi Compute Module 5", {"cm5"}),
    (r"Pi Zero", {"pi0"}),
    (r"Pi Zero W", {"pi0w"}),
    (r"Pi Zero 2", {"pi02"}),
)
_MODELS = {name for _, names in _HEADINGS for name in names} | {"cm1", "cm3"}


@dataclass(frozen=True)
class Line:
    """One setting: `dtoverlay=ws2812-pio,gpio=18` has a key, a name and words."""

    key: str
    """`dtoverlay`, `dtparam`, or anything else."""
    value: str
    holds: bool
    """Whether it is meant for this computer."""
    heading: str
    """The last heading above it, with its brackets."""

    @property
    def name(self) -> str:
        """The overlay's name."""
        return self.value.partition(",")[0].strip()

    @property
    def words(self) -> dict[str, str]:
        """The parameters: of an overlay those behind its name, of a dtparam all. One without a value is `on`."""
        parts = self.value.split(",")[1 if self.key == "dtoverlay" else 0 :]
        pairs = (part.strip().partition("=") for part in parts if part.strip())
        return {key: value or "on" for key, _, value in pairs}


@dataclass(frozen=True)
class Boot:
    """A config.txt with the files that it includes."""

    path: str
    lines: tuple[Line, ...]

    def overlays(self, *names: str) -> list[Line]:
        """The lines that load one of these overlays, meant for this computer or not."""
        return [line for line in self.lines if line.key == "dtoverlay" and line.name in names]

    def has(self, parameter: str) -> bool:
        """Whether a base parameter such as `spi=on` is set for this computer; the last word counts."""
        name, _, wanted = parameter.partition("=")
        said = [line.words[name] for line in self.lines if line.key == "dtparam" and line.holds and name in line.words]
        if not said:
            return False
        return said[-1] == wanted or (said[-1] in _ON and (wanted or "on") in _ON)


def read(model: str, text: Callable[[str], str | None]) -> Boot | None:
    """The config.txt of a computer of this model, by a way to read files; None where there is none."""
    for folder in FOLDERS:
        path = f"{folder}/config.txt"
        if (untrusted_text := text(path)) is not None:
            return Boot(path, tuple(_lines(untrusted_text, folder, _names(model), text, _DEEPEST)))
    return None


def _names(model: str) -> frozenset[str]:
    """The headings that name this computer."""
    return frozenset(name for pattern, names in _HEADINGS if re.search(pattern, model) for name in names)


def _lines(
    untrusted_text: str, folder: str, ours: frozenset[str], text: Callable[[str], str | None], depth: int
) -> Iterator[Line]:
    heading, standing = "[all]", dict[str, bool]()
    for untrusted_line in untrusted_text.splitlines():
        line = untrusted_line.partition("#")[0].strip()
        if found := re.fullmatch(r"\[(.+)\]", line):
            heading = line
            standing = {} if line == "[all]" else standing | _judged(found[1], ours)
        elif included := re.fullmatch(r"include\s+(\S+)", line):
            if depth and all(standing.values()):
                yield from _lines(text(f"{folder}/{included[1]}") or "", folder, ours, text, depth - 1)
        elif line:
            key, _, value = line.partition("=")
            key = {"device_tree_overlay": "dtoverlay", "device_tree_param": "dtparam"}.get(key.strip(), key.strip())
            yield Line(key, value.strip(), all(standing.values()), heading)


def _judged(heading: str, ours: frozenset[str]) -> dict[str, bool]:
    if heading in _MODELS:
        return {"model": heading in ours}
    return {heading.partition("=")[0]: False}
