"""What the timers skill asks to be kept, and how it is read back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Timer:
    """A moment (Unix seconds) and what it is; `length` is how long a timer runs altogether, 0 for an alarm."""

    kind: str
    name: str
    at: float
    length: float


def remember(timers: list[Timer]) -> str:
    """The timers as text."""
    return json.dumps([asdict(timer) for timer in timers], separators=(",", ":"))


def recall(untrusted_memory: str) -> list[Timer]:
    """The timers out of text; what cannot be read is as if it had never been set."""
    try:
        return [
            Timer(str(kept["kind"]), str(kept["name"]), float(kept["at"]), float(kept["length"]))
            for kept in json.loads(untrusted_memory or "[]")
        ]
    except (ValueError, KeyError, TypeError):
        return []
