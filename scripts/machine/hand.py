"""The hand outside the machine: presses its lines, watches its outputs and lays wires, as the tests inside ask.

The clock is this computer's, not the machine's: nothing that hangs or lies inside can move it.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import time
from pathlib import Path
from typing import Any

from qtest import Qtest

_SPIN = 0.002
"""Seconds before the end of a wait from which on the hand no longer sleeps."""


class Hand:
    """Answers one question of the machine after the other, each a line of JSON."""

    def __init__(self, channel: socket.socket, place: tuple[Path, str], keep: Path) -> None:
        """`place` is qemu's socket and the chip's place, `keep` the folder for what the machine hands out."""
        self.code: int | None = None
        """What the tests ended with, once the machine has said so."""
        self._channel = channel
        self._keep = keep
        self._wires: dict[int, tuple[int, bool]] = {}
        self._levels: dict[int, int] = {}
        self._changes: list[tuple[float, int, int]] = []
        self._followed = 0
        self._chip = Qtest(*place, self._changed)

    def serve(self) -> None:
        """Work until the machine is gone."""
        with contextlib.suppress(ConnectionError), contextlib.closing(self._chip):
            self._serve()

    def _serve(self) -> None:
        asked = b""
        sources: list[socket.socket | Qtest] = [self._channel, self._chip]
        while True:
            ready, _, _ = select.select(sources, [], [])
            if self._chip in ready:
                self._listen()
            if self._channel in ready:
                piece = self._channel.recv(65536)
                if not piece:
                    return
                asked += piece
                while b"\n" in asked:
                    line, asked = asked.split(b"\n", 1)
                    self._channel.sendall(json.dumps(self._answer(line)).encode() + b"\n")

    def _answer(self, untrusted_line: bytes) -> dict[str, Any]:
        try:
            words = json.loads(untrusted_line)
            answer: dict[str, Any] = getattr(self, f"do_{words.pop('do')}")(**words)
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            return {"error": f"the hand does not understand {untrusted_line[:200]!r}: {error}"}
        return answer

    def do_play(self, line: int, steps: list[tuple[int, float]]) -> dict[str, Any]:
        """Put each level on an input and leave it for so many seconds; says when each was put."""
        put, due = [], time.monotonic()
        for level, seconds in steps:
            self._chip.drive(line, level)
            put.append(time.monotonic())
            self._follow()
            due += seconds
            self._wait(due)
        return {"put": put}

    def do_wire(self, source: int, to: int, inverted: bool) -> dict[str, Any]:
        """From now on an input follows an output."""
        self._wires[source] = (to, inverted)
        self._chip.drive(to, self._levels.get(source, 0) ^ inverted)
        return {}

    def do_cut(self, source: int, level: int) -> dict[str, Any]:
        """Take the wire of an output away; the input stays at a level of its own."""
        to, _ = self._wires.pop(source)
        self._chip.drive(to, level)
        return {}

    def do_changes(self, keep: bool = False) -> dict[str, Any]:
        """Every change of an output since the last question: when, which line, which level; and the time."""
        now = time.monotonic()
        self._wait(now)
        if keep:
            return {"now": now}
        said, self._changes, self._followed = self._changes, [], 0
        return {"changes": said, "now": now}

    def do_keep(self, name: str, text: str) -> dict[str, Any]:
        """Write down what the machine hands out."""
        (self._keep / Path(name).name).write_text(text)
        return {}

    def do_finish(self, code: int) -> dict[str, Any]:
        """The tests have ended."""
        self.code = code
        return {}

    def _changed(self, line: int, level: int) -> None:
        self._levels[line] = level
        self._changes.append((time.monotonic(), line, level))

    def _follow(self) -> None:
        while self._followed < len(self._changes):
            _, line, level = self._changes[self._followed]
            self._followed += 1
            if line in self._wires:
                to, inverted = self._wires[line]
                self._chip.drive(to, level ^ inverted)

    def _listen(self) -> None:
        self._chip.listen()
        self._follow()

    def _wait(self, due: float) -> None:
        """Until a moment, at least for a glance, with the wires working."""
        while True:
            left = due - time.monotonic()
            ready, _, _ = select.select([self._chip], [], [], max(0.0, left - _SPIN))
            if ready:
                self._listen()
            elif left <= 0:
                return
