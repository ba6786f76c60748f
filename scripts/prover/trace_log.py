"""Reads what strace wrote down: every buffer that a process gave to the kernel, and every way that has no buffer."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

WRITING = ("write", "pwrite64", "writev", "pwritev", "pwritev2", "sendto", "sendmsg", "sendmmsg", "process_vm_writev")
"""Calls that hand over bytes; strace shows them whole."""
UNSEEN = ("splice", "vmsplice", "tee", "sendfile", "copy_file_range", "io_uring_setup")
"""Calls that move bytes past strace: there must be none."""
ALSO = ("socket", "connect", "mmap")
"""Who is spoken to; and files that are written by writing to memory."""
LONGEST = 16_000_000
"""Bytes of a buffer that strace shows; what it cuts is noticed."""

_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_HANDED = re.compile(r"SCM_RIGHTS, cmsg_data=\[([^\]]*)\]")
_PATH = re.compile(r"^-?\d+<([^>]*)>")


@dataclass
class Written:
    """What a trace holds."""

    calls: Counter[str] = field(default_factory=Counter)
    """How many of each."""
    buffers: list[tuple[str, bytes]] = field(default_factory=list)
    """Each buffer, and where it went."""
    families: Counter[str] = field(default_factory=Counter)
    """Of sockets that were made, and of addresses that were connected to."""
    unseen: Counter[str] = field(default_factory=Counter)
    """What moved bytes that nobody can see here."""
    mapped: set[str] = field(default_factory=set)
    """Memory of which a descriptor was mapped to be written; it goes nowhere unless the descriptor is handed over."""

    def together(self) -> list[tuple[str, bytes]]:
        """The buffers by where they went, joined: sound may be written in pieces that are shorter than a window."""
        joined: dict[str, bytearray] = {}
        for place, content in self.buffers:
            joined.setdefault(place, bytearray()).extend(content)
        return [(place, bytes(content)) for place, content in joined.items()]

    @property
    def size(self) -> int:
        """Bytes in all buffers."""
        return sum(len(content) for _, content in self.buffers)


def command(log: Path) -> list[str]:
    """strace's words in front of a program's; both end together."""
    calls = ",".join(f"?{name}" for name in (*WRITING, *UNSEEN, *ALSO))
    return [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-y",
        "-xx",
        "-s",
        str(LONGEST),
        "-e",
        "signal=none",
        "-e",
        f"trace={calls}",
        "-o",
        str(log),
    ]


def read(log: Path) -> Written:
    """Everything in a trace. What cannot be seen whole counts as unseen."""
    found = Written()
    with log.open(errors="replace") as lines:
        for untrusted_line in lines:
            _take(untrusted_line, found)
    return found


def _take(untrusted_line: str, found: Written) -> None:
    match = _CALL.match(untrusted_line)
    if match is None:
        return
    name, arguments = match.groups()
    found.calls[name] += 1
    if name in UNSEEN:
        found.unseen[name] += 1
    elif name == "mmap":
        _map(arguments, found)
    elif name in {"socket", "connect"}:
        family = re.search(r"AF_\w+", arguments)
        found.families[f"{name} {family[0] if family else '?'}"] += 1
    else:
        _buffers(arguments, found)


def _map(arguments: str, found: Written) -> None:
    """What is written to memory that a file lies behind passes strace by; private memory goes nowhere."""
    behind = re.search(r"MAP_SHARED[^<]*<([^>]*)>", arguments)
    if behind and "PROT_WRITE" in arguments:
        name = _plain(behind[1])
        if "memfd:" in name:
            found.mapped.add(name)
        else:
            found.unseen[f"shared memory of {name}"] += 1


def _plain(text: str) -> str:
    return re.sub(r"\\x([0-9a-f]{2})", lambda two: chr(int(two[1], 16)), text)


def _buffers(arguments: str, found: Written) -> None:
    path = _PATH.match(arguments)
    where = _plain(path[1]) if path else "?"
    if handed := _HANDED.search(arguments):
        names = {_plain(one) for one in re.findall(r"<([^>]*)>", handed[1])}
        found.unseen["mapped memory that was handed over"] += len(names & found.mapped)
    for text, cut in _TEXT.findall(arguments[path.end() :] if path else arguments):
        if cut:
            found.unseen["cut by strace"] += 1
        found.buffers.append((where, bytes.fromhex(text.replace("\\x", ""))))
