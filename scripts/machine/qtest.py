"""Speaks to qemu from outside the machine: `qtest` moves wires, QMP says where the chips are."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Qtest:
    """The wires of one chip. Its outputs are told to `changed(line, level)`, in the thread that waits for an answer."""

    def __init__(self, path: Path, chip: str, changed: Callable[[int, int], None]) -> None:
        """`chip` is its place in qemu's object tree. Raises OSError."""
        self._socket = _connected(path)
        self._left = b""
        self._chip = chip
        self._changed = changed
        self._ask(f"irq_intercept_out {chip}")

    def fileno(self) -> int:
        """For a selector: readable when an output has changed."""
        return self._socket.fileno()

    def drive(self, line: int, level: int) -> None:
        """Put a level on an input, now."""
        self._ask(f"set_irq_in {self._chip} unnamed-gpio-in {line} {level}")

    def listen(self) -> None:
        """Take in what has changed since; call it when readable. Raises ConnectionError when qemu has gone."""
        self._more()
        while (line := self._line()) is not None:
            self._take(line)

    def close(self) -> None:
        """Let go of the chip; its wires stay as they are."""
        self._socket.close()

    def _ask(self, words: str) -> None:
        self._socket.sendall(words.encode() + b"\n")
        while True:
            line = self._line()
            if line is None:
                self._more()
            elif line.startswith("IRQ"):
                self._take(line)
            elif line.startswith("OK"):
                return
            else:
                raise ConnectionError(f"qemu answered {line!r} to {words!r}")

    def _take(self, line: str) -> None:
        _, what, number = line.split()
        self._changed(int(number), int(what == "raise"))

    def _line(self) -> str | None:
        if b"\n" not in self._left:
            return None
        line, self._left = self._left.split(b"\n", 1)
        return line.decode()

    def _more(self) -> None:
        piece = self._socket.recv(65536)
        if not piece:
            raise ConnectionError("qemu has gone")
        self._left += piece


class Qmp:
    """qemu's own interface: one question, one answer."""

    def __init__(self, path: Path) -> None:
        self._lines = _connected(path).makefile("rw")
        self._lines.readline()
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: Any) -> Any:
        """What qemu returns; raises ConnectionError for a refusal."""
        self._lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._lines.flush()
        while True:
            answer = json.loads(self._lines.readline() or '{"error": "gone"}')
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise ConnectionError(f"qemu refused {command}: {answer['error']}")

    def place_of(self, kind: str) -> str:
        """Where the first chip of this kind is in the object tree; raises LookupError."""
        top = "/machine/unattached"
        for child in self.ask("qom-list", path=top):
            if child["type"] == f"child<{kind}>":
                return f"{top}/{child['name']}"
        raise LookupError(f"this machine has no {kind}")


def _connected(path: Path) -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.connect(str(path))
    return line
