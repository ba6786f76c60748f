"""Captures one wire with tcpdump while something happens, and counts that nothing was missed."""

from __future__ import annotations

import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import frames
from frames import CaptureError, Frame
from island import HOUSE, SPEAKER, Island

_MARK = b"keepmum: the capture is alive"
_PATIENCE = 60.0
"""Seconds that tcpdump may take to write down what crossed the wire, on a busy machine."""
_SEND = """\
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
    way.sendto(sys.argv[2].encode(), (sys.argv[1], 9))
"""


class Capture:
    """The speaker's end of an island's wire, as a context; `frames` is what came from there in between.

    One datagram of our own goes over the wire first and another one last, from the speaker's end. The capture that has
    both of them was there all the time; neither is counted.
    """

    def __init__(self, island: Island, file: Path, python: str) -> None:
        self._island, self._file, self._python = island, file, python
        self._marks = 0
        self.frames: list[Frame] = []
        self.ended = 0.0
        """Unix time."""
        self._counts: list[tuple[int, int]] = []
        """What the kernel had counted at the speaker's end: before and after the first datagram, and the last one."""

    def __enter__(self) -> Self:
        words = ["tcpdump", "-i", "wire", "-n", "-s", "0", "-B", "16384", "-U", "--immediate-mode"]
        with self._island.house():
            # Left to itself it becomes a user who may not write here.
            self._tcpdump = subprocess.Popen(
                [*words, "-Z", "root", "-w", str(self._file)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
            )
        try:
            self._wait_until_it_listens()
            self._mark()
        except BaseException:
            self._tcpdump.terminate()
            self._tcpdump.communicate()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.ended = time.time()
            self._mark()
        finally:
            self._tcpdump.terminate()
            said = self._tcpdump.communicate()[1].decode(errors="replace")
        if error is None:
            self._count(said)

    def _wait_until_it_listens(self) -> None:
        assert self._tcpdump.stderr
        if not any(b"listening on" in line for line in self._tcpdump.stderr):
            raise CaptureError("tcpdump does not capture", "run tcpdump -i lo as root and see what it says")

    def _mark(self) -> None:
        command = [self._python, "-c", _SEND, HOUSE, _MARK.decode()]
        self._counts.append(self._island.sent())
        subprocess.run(self._island.in_speaker(command), check=True, capture_output=True)
        self._marks += 1
        # tcpdump that is ended before its turn has come leaves out what it was given last.
        deadline = time.monotonic() + _PATIENCE
        while self._file.read_bytes().count(_MARK) < self._marks and time.monotonic() < deadline:
            time.sleep(0.05)
        self._counts.append(self._island.sent())

    def _count(self, said: str) -> None:
        dropped = re.search(r"(\d+) packets? dropped by kernel", said)
        if dropped is None or dropped[1] != "0":
            raise CaptureError(f"tcpdump may have missed frames: {said.strip()}", "run it on a quieter machine")
        everything = [one for one in frames.read(self._file) if one.sender == self._island.address()]
        marks = [number for number, one in enumerate(everything) if one.payload == _MARK]
        if marks != [0, len(everything) - 1]:
            raise CaptureError("the capture was not there all the time", f"{SPEAKER}'s own datagrams are not in it")
        self.frames = everything[1:-1]
        found = (len(self.frames), sum(one.size for one in self.frames))
        if not (bounds := between(self._counts, everything[0].size)).hold(found):
            raise CaptureError(f"tcpdump saw {found}, {bounds}", "frames and bytes; run it again")


@dataclass(frozen=True)
class Bounds:
    """What the kernel's counters allow. It has none that is read in the moment in which a datagram crosses."""

    least: tuple[int, int]
    most: tuple[int, int]

    def hold(self, found: tuple[int, int]) -> bool:
        """Whether as many frames and bytes can have crossed."""
        return all(low <= one <= high for low, one, high in zip(self.least, found, self.most, strict=True))

    def __str__(self) -> str:
        return f"the kernel counted {self.least} to {self.most}"


def between(counts: list[tuple[int, int]], mark: int) -> Bounds:
    """Frames and bytes between two datagrams of `mark` bytes, from four readings: around the first, around the last.

    Both bounds are the same if nothing else crossed the wire while a datagram was sent.
    """
    before, after, again, last = counts
    least = (again[0] - after[0], again[1] - after[1])
    return Bounds(least, (last[0] - before[0] - 2, last[1] - before[1] - 2 * mark))
