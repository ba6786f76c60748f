"""What one check says: a verdict, what was found, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    """It is as keepmum needs it, or keepmum does not need it."""
    NOTE = "note"
    """Good to know, or it could not be seen; nothing stands in the way."""
    PROBLEM = "problem"
    """Something will not work until somebody does something about it."""
    NOT_ASKED = "not asked"
    """It was not looked at, because looking would do more than look."""


@dataclass(frozen=True)
class Finding:
    """What was found, in one line without a full stop, and what to do next; nothing to do is an empty hint."""

    verdict: Verdict
    found: str
    hint: str = ""


def ok(found: str) -> Finding:
    """All is well."""
    return Finding(Verdict.OK, found)


def note(found: str, hint: str = "") -> Finding:
    """Something to know."""
    return Finding(Verdict.NOTE, found, hint)


def problem(found: str, hint: str) -> Finding:
    """Something to do: a problem without a hint is not a finding."""
    return Finding(Verdict.PROBLEM, found, hint)


def not_asked(found: str, hint: str = "") -> Finding:
    """Nobody looked."""
    return Finding(Verdict.NOT_ASKED, found, hint)


def plain(untrusted_text: str, longest: int = 100) -> str:
    """One short line that any terminal can print: what cannot be printed becomes a question mark."""
    line = " ".join(untrusted_text.replace("\0", " ").split())
    return "".join(letter if letter.isprintable() else "?" for letter in line)[:longest]
