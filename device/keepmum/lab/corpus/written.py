"""Reads truths out of text files line by line, and tells every wrong line of a file at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import ValidationError

from keepmum.errors import LabError
from keepmum.lab.marks import Truth

MOST = 20
"""Wrong lines of one file that are told; the others are counted."""


def text(path: Path) -> str:
    """A text file. Raises LabError if it cannot be read, or is not text."""
    try:
        untrusted = path.read_bytes()
        return untrusted.decode("utf-16" if untrusted[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except OSError as error:
        raise LabError(f"{path}: cannot be read: {error.strerror}", "make it readable") from error
    except UnicodeDecodeError as error:
        raise LabError(f"{path}: is no text in UTF-8 or UTF-16 (byte {error.start})", "save it as UTF-8") from error


class Reader:
    """One file of truths."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def truths(self, parse: Callable[[str], Iterable[Truth]]) -> tuple[Truth, ...]:
        """What `parse` makes of each line, in the order of time. It raises ValueError for a wrong one.

        Raises LabError with every wrong line.
        """
        found: list[Truth] = []
        wrong: list[str] = []
        for number, untrusted_line in enumerate(text(self._path).splitlines(), 1):
            try:
                found += parse(untrusted_line)
            except ValidationError as error:
                wrong.append(f"{self._path}:{number}: {error.errors(include_url=False)[0]['msg']}")
            except ValueError as error:
                wrong.append(f"{self._path}:{number}: {error}")
        refuse(wrong)
        return in_order(found)


def in_order(truths: Iterable[Truth]) -> tuple[Truth, ...]:
    """By time; at the same time a turn comes before its words."""
    return tuple(sorted(truths, key=lambda truth: (truth.begins, -truth.ends, truth.kind.value, truth.speaker)))


def refuse(wrong: list[str]) -> None:
    """Raise one LabError that tells everything that is wrong, if something is."""
    if wrong:
        more = [f"and {len(wrong) - MOST} more"] if len(wrong) > MOST else []
        raise LabError("\n".join([*wrong[:MOST], *more]), "correct the lines, or take them out")


def seconds_in(untrusted: str) -> float:
    """A time. Raises ValueError if it is none."""
    try:
        value = float(untrusted)
    except ValueError:
        raise ValueError(f"{untrusted!r} is no time in seconds") from None
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{untrusted} s cannot be a time in a recording")
    return value
