"""Warnings that whoever can publish could repeat without end: said at the 1st, 10th, 100th time and so on."""

from __future__ import annotations

import logging
from collections import Counter


class Notes:
    """Counts by kind; there are as many kinds as the code names."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._counts: Counter[str] = Counter()

    def warn(self, kind: str, what: str) -> None:
        """Something was ignored or refused."""
        self._say(logging.WARNING, kind, what)

    def alarm(self, kind: str, what: str) -> None:
        """Somebody is not who they say they are."""
        self._say(logging.ERROR, kind, f"alarm: {kind}: {what}")

    def _say(self, level: int, kind: str, what: str) -> None:
        self._counts[kind] += 1
        count = self._counts[kind]
        if _is_power_of_ten(count):
            self._log.log(level, "%s%s", what, f" (and {count - 1} like it before)" if count > 1 else "")


def _is_power_of_ten(count: int) -> bool:
    return str(count).strip("0") == "1" and str(count)[0] == "1"
