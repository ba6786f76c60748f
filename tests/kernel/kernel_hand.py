"""The hand outside, as the tests inside see it: somebody who presses, watches and lays wires."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAME = "keepmum.hand"
BUTTON, POWER, SUPPLY, FREE = 0, 1, 2, 3
"""The lines of the tests: the mute button, the microphones' switch, the read-back of their supply, and a free one."""
DATA, CLOCK = 4, 5
"""The kernel's SPI bus to the ring's lamps has these."""
ITS_BUTTON, ITS_POWER = 6, 7
"""The lines of the processes that the tests start."""
UP, DOWN = 1, 0
"""The button connects its line to ground."""


def port() -> Path | None:
    """The line to the hand, on a machine that has one."""
    named = [name.parent for name in Path("/sys/class/virtio-ports").glob("*/name") if name.read_text().strip() == NAME]
    return Path("/dev") / named[0].name if named else None


class Hand:
    """Somebody outside who presses, watches and lays wires; times are of the computer outside, in seconds."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b", buffering=0)
        self._left = b""

    def begin(self, line: int, *steps: tuple[int, float]) -> Callable[[], list[float]]:
        """Put these levels on a line, each for so many seconds; calling what is returned waits for the end."""
        self._send("play", line=line, steps=steps)
        return lambda: self._answer()["put"]

    def play(self, line: int, *steps: tuple[int, float]) -> list[float]:
        """The same, and wait for it; returns when each level was put."""
        return self.begin(line, *steps)()

    def wire(self, source: int, to: int, *, inverted: bool = False) -> None:
        """Lay a wire from an output to an input, through an inverter if that is what the board has."""
        self._ask("wire", source=source, to=to, inverted=inverted)

    def cut(self, source: int, level: int) -> None:
        """Take it away; the input stays at this level."""
        self._ask("cut", source=source, level=level)

    def changes(self) -> list[tuple[float, int, int]]:
        """What the outputs did since the last question: when, which line, which level."""
        return [tuple(change) for change in self._ask("changes")["changes"]]

    def follow(self) -> None:
        """Return once the wires show what the outputs have done: they are as fast as the hand, not as light."""
        self._ask("changes", keep=True)

    def ahead(self) -> tuple[float, float]:
        """How far the clock outside is ahead of `time.monotonic` here, and how far that may be off; the best of ten."""
        return min((self._compared() for _ in range(10)), key=lambda found: found[1])

    def _compared(self) -> tuple[float, float]:
        before = time.monotonic()
        there = self._ask("changes", keep=True)["now"]
        after = time.monotonic()
        return there - (before + after) / 2, (after - before) / 2

    def close(self) -> None:
        """Give the line back."""
        self._file.close()

    def _ask(self, what: str, **words: Any) -> dict[str, Any]:
        self._send(what, **words)
        return self._answer()

    def _send(self, what: str, **words: Any) -> None:
        self._file.write(json.dumps({"do": what} | words).encode() + b"\n")

    def _answer(self) -> dict[str, Any]:
        while b"\n" not in self._left:
            self._left += self._file.read(65536)
        line, self._left = self._left.split(b"\n", 1)
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer
