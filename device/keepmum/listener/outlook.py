"""What can still follow the words of a command so far: it decides how long a silence must be to end it."""

from __future__ import annotations

from enum import Enum


class Outlook(Enum):
    """What more words could make of these."""

    WHOLE = "a whole command, and nothing can follow"
    MAY_GO_ON = "a whole command, that may go on"
    BEGUN = "the beginning of a command"
    NONE = "no command begins like this"
