"""What the closing account is made of: a chapter for each title of the scene, with a line for each thing in it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Line:
    """One thing that was heard or done, as a row of the closing table."""

    at: float
    """Seconds since the first report."""
    what: str
    heard: str = ""
    outcome: str = ""
    wiped: float = 0.0
    """Seconds of sound that were in RAM and were overwritten."""
    parcel: str = ""


@dataclass
class Chapter:
    """What happened under one title of the scene."""

    title: str = ""
    lines: list[Line] = field(default_factory=list)
