"""How one part of the self-test ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Name = Literal["broker", "hardware", "lights", "recording", "mute", "hold", "loudspeaker"]
ORDER: tuple[Name, ...] = ("broker", "hardware", "lights", "recording", "mute", "hold", "loudspeaker")
"""The broker comes first: afterwards the process locks itself, because one with a microphone has no network."""


@dataclass(frozen=True)
class Outcome:
    """What was tried, how it ended, what was seen, and what to do next."""

    part: Name
    ended: Literal["pass", "fail", "skipped"]
    found: str
    hint: str = ""


def passed(part: Name, found: str, hint: str = "") -> Outcome:
    """It works."""
    return Outcome(part, "pass", found, hint)


def failed(part: Name, found: str, hint: str) -> Outcome:
    """It does not."""
    return Outcome(part, "fail", found, hint)


def skipped(part: Name, why: str) -> Outcome:
    """It was not tried."""
    return Outcome(part, "skipped", why)
