"""Proof 3: every way out of a process, tried from every place in it, once it has locked itself."""

from __future__ import annotations

from collections.abc import Mapping

import ways
from finding import Count, Finding

NAME, TITLE = "lock", "Every way out, behind the lock"
TRIED = (
    "A process locks itself with the listener's own first lines (then the uplink's, the skills', the panel's) and "
    "tries to get out: from its main thread, from a thread that was there before the lock, from one made behind "
    "it, from a forked child and from another program that it starts. The same without a lock reaches what it "
    "tries. On a Pi the systemd unit is a second wall in front of this one."
)
OUT = frozenset(
    {
        "raw IP",
        "packets past IP",
        "netlink",
        "virtual machine's host",
        "a sound server or D-Bus",
        "io_uring",
        "another's descriptor",
        "another network",
    }
)
INTERNET = frozenset({"TCP", "TCP over IPv6", "UDP"})
HEARING = frozenset({"a program", "a sound card (ioctl)", "writing a file"})
"""What could make a microphone of a process that has none, or keep what one heard."""
CLOSED = {
    "listener": OUT | INTERNET,
    "uplink": OUT | HEARING,
    "skills": OUT | INTERNET | HEARING,
    "panel": OUT | INTERNET | HEARING,
}
NEEDED = {
    "listener": frozenset({"a program", "a sound card (ioctl)", "writing a file"}),
    "uplink": frozenset({"TCP", "UDP"}),
    "skills": frozenset(),
    "panel": frozenset(),
}
"""What a process is there for; a lock that closes it proves nothing."""
ANYBODYS = frozenset({"TCP", "UDP", "netlink", "a sound server or D-Bus", *HEARING})
"""What is open to a process without a lock, on any machine and for any user."""
REFUSED = frozenset({"EPERM", "EACCES", "EAFNOSUPPORT"})
NO_PROGRAM = "none starts"

Found = Mapping[str, Mapping[str, str]]
"""{context: {way: what became of it}}"""


def prove() -> Finding:
    """Try everything under every lock, under none, and under one that leaves a thread out."""
    found = {lock: ways.serve(lock) for lock in ways.LOCKS}
    return Finding(NAME, TITLE, TRIED, counts(found), table=table(found))


def leaks(found: Found, closed: frozenset[str]) -> list[tuple[str, str, str]]:
    """(context, way, what happened) for everything that the lock should have refused and did not."""
    refused = REFUSED | {NO_PROGRAM}
    return [
        (where, way, result)
        for where, results in found.items()
        for way, result in results.items()
        if way in closed and result not in refused
    ]


def counts(found: Mapping[str, Found]) -> tuple[Count, ...]:
    """One for each lock, and the two controls."""
    return (
        *(_locked(role, found[role]) for role in CLOSED),
        _unlocked(found["nothing"]),
        _one_thread(found["one thread"]),
    )


def _locked(role: str, found: Found) -> Count:
    out = leaks(found, CLOSED[role])
    places = [where for where, results in found.items() if NO_PROGRAM not in results.values()]
    tries = len(CLOSED[role]) * len(places)
    lost = [way for way in sorted(NEEDED[role]) if found["main"][way] != "open"]
    told = (
        f"{len(out)} of {tries} open" + (f": {out[0]}" if out else "") + (f"; LOST {', '.join(lost)}" if lost else "")
    )
    return Count(f"locked as {role}: {len(CLOSED[role])} ways from {len(places)} places", told, not out and not lost)


def _unlocked(found: Found) -> Count:
    results = [result for where in found.values() for result in where.values()]
    shut = [(where, way) for where in found for way in sorted(ANYBODYS) if found[where][way] != "open"]
    told = f"{results.count('open')} of {len(results)} open"
    return Count("no lock, the same ways", told, not shut and len(found) == len(ways.CONTEXTS), control=True)


def _one_thread(found: Found) -> Count:
    out = leaks(found, CLOSED["listener"])
    forgotten = bool(out) and {where for where, _, _ in out} == {"thread before"}
    what = "a listener's lock that forgets the threads that are there"
    return Count(what, f"{len(out)} open, in the older thread", forgotten, control=True)


def table(found: Mapping[str, Found]) -> tuple[str, ...]:
    """One line for each way: what became of it without a lock and under each."""
    columns = ("nothing", *CLOSED)
    lines = [f"{'':24}" + "".join(f"{'no lock' if name == 'nothing' else name:<14}" for name in columns)]
    for way in found["nothing"]["main"]:
        cells = [_cell({found[name][where][way] for where in found[name]}) for name in columns]
        lines.append(f"{way:<24}" + "".join(f"{cell:<14}" for cell in cells))
    return tuple(line.rstrip() for line in lines)


def _cell(results: set[str]) -> str:
    """The same from all places, as a rule."""
    return "/".join(sorted(results - {NO_PROGRAM}))
