"""The bench's wire: what its broker gets from the speaker, and every packet that goes anywhere else.

The bench is the speaker's broker, and gives it names and time: `mosquitto_sub` counts what is published, `tcpdump` what
is sent to anybody else. Only the question for an address (DHCP, ARP) is nobody's words and left out.
"""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable, Sequence

from jig.roles import Beat, RigError

Start = Callable[[Sequence[str]], "subprocess.Popen[str]"]

_LENGTH = re.compile(r"(?:length|tcp) (\d+)$")
_ORDERS = "keepmum/tighten"
_SETTLE = 1.0
"""Seconds until what was sent has been counted."""


def start(command: Sequence[str]) -> subprocess.Popen[str]:
    """The real thing: a program whose lines can be read while it runs. Raises RigError."""
    try:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except OSError as error:
        raise RigError(f"{command[0]} cannot be run: {error.strerror}", f"apt install {command[0]}") from error


class Lines:
    """Counts the bytes that a program's lines tell of, for as long as it runs."""

    def __init__(self, command: Sequence[str], size: Callable[[str], int], start: Start) -> None:
        self.bytes = 0
        self._command = command
        self._size = size
        self._process = start(command)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise RigError if the program has ended."""
        if self._process.poll() is not None:
            self._thread.join()
            assert self._process.stderr is not None
            words = self._process.stderr.read().strip().splitlines() or ["it said nothing"]
            raise RigError(f"{self._command[0]} has ended: {words[-1]}", "run it by hand, as root where it listens")

    def close(self) -> None:
        """End the program."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        self._thread.join()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for untrusted_line in self._process.stdout:
            self.bytes += self._size(untrusted_line.strip())


def published(untrusted_line: str) -> int:
    """Bytes of one message, from a line of `mosquitto_sub -F "%t %l"`; what the house itself says counts nothing."""
    topic, _, size = untrusted_line.rpartition(" ")
    return 0 if topic == _ORDERS or topic.startswith("house/") else int(size)


def stray(untrusted_line: str) -> int:
    """Bytes of one packet, from a line of `tcpdump -q`; a packet that has none, or says none, is still one."""
    found = _LENGTH.search(untrusted_line)
    return max(1, int(found.group(1))) if found else 1


class CaptureWire:
    """Both counts together."""

    def __init__(
        self, *, speaker: str, bench: str, interface: str, login: Sequence[str], beat: Beat, start: Start = start
    ) -> None:
        """`speaker` and `bench` are addresses; `login` is mosquitto's own words for who asks. Raises RigError."""
        self._beat = beat
        self._broker = ["-V", "5", "-h", bench, *login]
        self._start = start
        said = ["mosquitto_sub", *self._broker, "-q", "1", "-t", "#", "-R", "-F", "%t %l"]
        others = f"src host {speaker} and not dst host {bench} and not port 67 and not arp"
        self._counts = [
            Lines(said, published, start),
            Lines(["tcpdump", "-i", interface, "-n", "-q", "-l", others], stray, start),
        ]
        self._before = 0

    def check(self) -> None:
        self._beat.pause(_SETTLE)
        for count in self._counts:
            count.check()
        self._before = self._total()

    def sent(self) -> int:
        self._beat.pause(_SETTLE)
        for count in self._counts:
            count.check()
        return self._total() - self._before

    def publish(self, topic: str, payload: str) -> None:
        process = self._start(["mosquitto_pub", *self._broker, "-q", "1", "-t", topic, "-m", payload])
        _, words = process.communicate()
        if process.returncode:
            raise RigError(f"nothing can be published: {words.strip()}", "see `wire:` in bench.yaml")
        self._beat.pause(_SETTLE)

    def close(self) -> None:
        for count in self._counts:
            count.close()

    def _total(self) -> int:
        return sum(count.bytes for count in self._counts)
