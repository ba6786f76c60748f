"""Two network namespaces and one wire between them: the speaker on one side, everybody that it could tell on the other.

Nothing here touches the machine's own network. IPv6 is off, and each end knows the other's hardware address, so that
the kernel has nothing to say of its own: a frame from the speaker's end was sent by the speaker.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from keepmum.errors import KeepmumError

HOUSE, SPEAKER = "10.77.0.1", "10.77.0.2"
"""The broker's address, and the speaker's. Each island has both for itself."""
_NEW_NETWORK = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
_NAME = "keepmum-prove-"


class IslandError(KeepmumError, OSError):
    """The namespaces cannot be made."""


class Island:
    """The two namespaces as a context; both are gone behind it, with all that runs in them unreachable."""

    def __init__(self) -> None:
        self._mark = f"{_NAME}{os.getpid()}-{secrets.token_hex(2)}"

    def __enter__(self) -> Self:
        _remove_left_over()
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def in_speaker(self, command: list[str]) -> list[str]:
        """What is run so that a program lives at the speaker's end."""
        return ["ip", "netns", "exec", f"{self._mark}-s", *command]

    @contextlib.contextmanager
    def house(self) -> Iterator[None]:
        """What this thread opens and starts meanwhile is at the other end."""
        with open("/proc/thread-self/ns/net", "rb") as before, open(f"/run/netns/{self._mark}-h", "rb") as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(before.fileno())

    def sent(self) -> tuple[int, int]:
        """Frames and bytes that the speaker's end has sent, as the kernel counts them."""
        words = ["-n", f"{self._mark}-s", "-j", "-s", "link", "show", "dev", "wire"]
        counted = json.loads(_ip(*words))[0]["stats64"]["tx"]
        return int(counted["packets"]), int(counted["bytes"])

    def address(self) -> bytes:
        """The speaker's hardware address."""
        told = json.loads(_ip("-n", f"{self._mark}-s", "-j", "link", "show", "dev", "wire"))
        return bytes.fromhex(told[0]["address"].replace(":", ""))

    def _make(self) -> None:
        ends = {"s": SPEAKER, "h": HOUSE}
        for end in ends:
            _ip("netns", "add", f"{self._mark}-{end}")
            for which in ("all", "default"):
                words = ["ip", "netns", "exec", f"{self._mark}-{end}", "sysctl", "-qw"]
                _run([*words, f"net.ipv6.conf.{which}.disable_ipv6=1"], may_fail=True)
            _ip("-n", f"{self._mark}-{end}", "link", "set", "lo", "up")
        veth = ("wire", "netns", f"{self._mark}-s", "type", "veth", "peer", "name", "wire", "netns", f"{self._mark}-h")
        _ip("link", "add", *veth)
        hardware = {"s": "02:00:0a:4d:00:02", "h": "02:00:0a:4d:00:01"}
        for end, address in ends.items():
            other = "h" if end == "s" else "s"
            inside = ("-n", f"{self._mark}-{end}")
            _ip(*inside, "link", "set", "dev", "wire", "address", hardware[end])
            # Otherwise the card would be trusted to cut what it sends, and frames of 64 KB would cross.
            _ip(*inside, "link", "set", "dev", "wire", "gso_max_segs", "1")
            _ip(*inside, "address", "add", f"{address}/24", "dev", "wire")
            _ip(*inside, "link", "set", "dev", "wire", "up")
            _ip(*inside, "neighbour", "add", ends[other], "lladdr", hardware[other], "dev", "wire", "nud", "permanent")
        # Whatever the speaker says to anybody in the world comes by here, too.
        _ip("-n", f"{self._mark}-s", "route", "add", "default", "via", HOUSE)

    def _remove(self) -> None:
        for end in ("s", "h"):
            _run(["ip", "netns", "del", f"{self._mark}-{end}"], may_fail=True)


def _enter(namespace: int) -> None:
    if _LIBC.setns(namespace, _NEW_NETWORK):
        raise IslandError(f"setns: {os.strerror(ctypes.get_errno())}", "it needs root")


def _remove_left_over() -> None:
    """What a killed run left: its number is nobody's any more."""
    for line in _ip("netns", "list").splitlines():
        name = line.split()[0]
        pid = name.removeprefix(_NAME).partition("-")[0]
        if name.startswith(_NAME) and not os.path.exists(f"/proc/{pid}"):
            _run(["ip", "netns", "del", name], may_fail=True)


def _ip(*words: str) -> str:
    return _run(["ip", *words])


def _run(command: list[str], *, may_fail: bool = False) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        raise IslandError(f"{' '.join(command)}: {done.stderr.strip()}", "it needs root and a kernel with veth")
    return done.stdout
