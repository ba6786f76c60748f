"""Logs are for the owner: to stderr, one plain line each, and never a word that was heard.

The rule that no code can enforce for its callers: log kinds, counts and reasons, never a transcript, a slot, a
sentence that is spoken, or a byte of sound. Tests search the logs of a whole run for what was said in it. The ledger,
not the log, tells what left.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TextIO

_PRIORITIES = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}
"""syslog's numbers, which journald reads from the beginning of a line."""


class _Line(logging.Formatter):
    """`listener: muted`, and `<4>listener: …` where journald is the reader; it adds the time itself."""

    def __init__(self, process: str, *, for_journal: bool) -> None:
        super().__init__()
        self._process = process
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        text = f"{self._process}: {super().format(record)}"
        if not self._for_journal:
            return text
        mark = f"<{_PRIORITIES.get(record.levelno, 6)}>"
        return "\n".join(mark + line for line in text.splitlines())


def begin(process: str, stream: TextIO | None = None) -> None:
    """Send everything that is logged from now on to `stream` (stderr), with the process's name before it.

    Calling it again replaces what was set up before.
    """
    target = stream or sys.stderr
    lines = logging.StreamHandler(target)
    lines.setFormatter(_Line(process, for_journal=_is_journal(target)))
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(logging.INFO)


def _is_journal(stream: TextIO) -> bool:
    """Whether journald reads this very stream; a shell started by a service inherits the variable alone."""
    try:
        file = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{file.st_dev}:{file.st_ino}"
