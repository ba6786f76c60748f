"""Opens a speech model that was broken in many ways, each in a process of its own: `broken_models.py FOLDER`.

Prints one line of JSON per case: the file, what was done to it, and how opening it ended: "refused", "heard", or what
killed the process. The folder is broken and mended in turn; it must be a copy without sums.
"""

from __future__ import annotations

import json
import os
import random
import signal
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from keepmum.errors import ModelError
from keepmum.listener.speech.model import open_model
from keepmum.listener.speech.model_folder import _FILES
from keepmum.listener.speech.vosk_library import _loaded

GARBAGE = 10
"""Places in each file that are overwritten, the same ones every time."""

_SOUND = struct.pack("<16000h", *(random.Random(1).randrange(-2000, 2000) for _ in range(16_000)))
_PATIENCE = 60
"""Seconds after which opening counts as hung."""


def cases(content: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """A file's content cut at many points, and with garbage in its middle."""
    size, dice = len(content), random.Random(name)
    line = content.find(b"\n") + 1
    points = {0, 1, 2, 3, line, size - 1, size - 2, size - 5, *(size * part // 12 for part in range(1, 12))}
    points |= {content.rfind(b"\n", 0, size - 1) + 1, *(dice.randrange(size) for _ in range(6))}
    for point in sorted(point for point in points if 0 <= point < size):
        yield f"cut at {point}", content[:point]
    for number in range(GARBAGE):
        # Every other one in the first pages, where lengths and counts stand.
        at = dice.randrange(min(size, 4096) if number % 2 else size)
        garbage = dice.randbytes(dice.choice((1, 4, 64)))[: size - at]
        yield f"{len(garbage)} bytes of garbage at {at}", content[:at] + garbage + content[at + len(garbage) :]


def opened(folder: Path) -> str:
    """How a process ended that opened the model and heard something."""
    child = os.fork()
    if child == 0:
        _open(folder)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
    return {10: "heard", 11: "refused"}.get(os.WEXITSTATUS(status), f"status {os.WEXITSTATUS(status)}")


def _open(folder: Path) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    signal.alarm(_PATIENCE)
    try:
        recogniser = open_model(folder).recogniser(["alexa", "turn on the light"])
        recogniser.accept(_SOUND)
        recogniser.final()
    except ModelError:
        os._exit(11)
    os._exit(10)


def main(folder: Path) -> None:
    """Break each file in turn."""
    _loaded()  # once, for all children
    for name in _FILES:
        path = folder / name
        content = path.read_bytes()
        for done, broken in cases(content, name):
            path.write_bytes(broken)
            print(json.dumps([name, done, opened(folder)]), flush=True)
        path.write_bytes(content)
    print(json.dumps(["", "whole", opened(folder)]), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
