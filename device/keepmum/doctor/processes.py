"""The group `wall`, its processes: whether the kernel holds each of them as its unit and its own lock want it."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from keepmum.doctor.case import Case
from keepmum.doctor.finding import Finding, note, ok, plain, problem
from keepmum.doctor.wall import no_units
from keepmum.wall.promises import ROLES, lines

_LISTENER_UNIT = "/usr/local/lib/systemd/system/keepmum-listener.service"
_LISTENER_GROUP = "/sys/fs/cgroup/system.slice/keepmum-listener.service"
_PANEL_PORT = 8321
_PANEL = "keepmum-panel.socket"
_LISTENS = "0A"
"""TCP_LISTEN, in /proc/net/tcp (proc_pid_net(5))."""
_AGAIN = "sudo systemctl restart keepmum.target"


@dataclass(frozen=True)
class Process:
    """One of ours, as /proc shows it."""

    number: int
    role: str
    case: Case

    def __str__(self) -> str:
        return f"the {self.role} (process {self.number})"

    @functools.cached_property
    def status(self) -> str:
        """What the kernel says of it."""
        return self.case.machine.text(f"/proc/{self.number}/status") or ""

    def threads(self) -> list[str]:
        """What it says of each thread."""
        folder = f"/proc/{self.number}/task"
        each = [self.case.machine.text(f"{folder}/{name}/status") for name in self.case.machine.names(folder)]
        return [text for text in each if text is not None] or [self.status]

    def core(self) -> str:
        """How large a core file may be: bytes or `unlimited`; nothing where it cannot be read."""
        limits = self.case.machine.text(f"/proc/{self.number}/limits") or ""
        found = re.search(r"^Max core file size +(\w+) +(\w+)", limits, re.MULTILINE)
        return found[1] if found else ""


def _word(status: str, name: str) -> str:
    found = re.search(rf"^{name}:[ \t]+(\S+)", status, re.MULTILINE)
    return found[1] if found else ""


def ours(case: Case) -> list[Process]:
    """Every process of keepmum, found by the words that it was started with."""
    numbers = sorted(int(name) for name in case.machine.names("/proc") if name.isdecimal())
    told = ((number, _role(case.machine.text(f"/proc/{number}/cmdline") or "")) for number in numbers)
    return [Process(number, role, case) for number, role in told if role]


def _role(untrusted_cmdline: str) -> str:
    words = untrusted_cmdline.split("\0")
    if not words[0].rpartition("/")[2].startswith("python"):
        return ""
    for before, word in itertools.pairwise(words):
        module = word.removeprefix("keepmum.")
        if (before == "-m" and module != word and module in ROLES) or (before == "run" and word in ROLES):
            return word.removeprefix("keepmum.")
    return ""


def locked(case: Case) -> Finding:
    """Whether each process has its own user, a seccomp filter in every thread, and no way to more rights."""
    running = ours(case)
    if not running:
        hint = "" if no_units(case) else "sudo systemctl start keepmum.target"
        return note("nothing of keepmum runs, so nobody can tell", hint)
    if faults := [fault for process in running for fault in _faults(process, units=no_units(case) is None)]:
        return problem("; ".join(faults), f"`systemctl status keepmum-*` says how it was started; {_AGAIN}")
    whose = "as one user" if no_units(case) else "each as its own user"
    return ok(f"{', '.join(process.role for process in running)}: {whose}, with a seccomp filter in every thread")


def _faults(process: Process, *, units: bool) -> Iterator[str]:
    wanted, user = f"keepmum-{process.role}", _user(process.case, _word(process.status, "Uid"))
    if units and user != wanted:
        yield f"{process} runs as {user} instead of {wanted}"
    elif user == "root":
        yield f"{process} runs as root"
    threads = process.threads()
    if open_ones := sum(_word(thread, "Seccomp") != "2" for thread in threads):
        where = f"in {open_ones} of its {len(threads)} threads" if len(threads) > 1 else "at all"
        yield f"{process} has no seccomp filter {where}"
    if any(_word(thread, "NoNewPrivs") != "1" for thread in threads):
        yield f"{process} could gain rights (NoNewPrivs)"


def _user(case: Case, number: str) -> str:
    return next((name for name, each in _users(case).items() if each == number), f"user {number or 'unknown'}")


def _users(case: Case) -> dict[str, str]:
    """Name to number."""
    rows = (row.split(":") for row in (case.machine.text("/etc/passwd") or "").splitlines())
    return {row[0]: row[2] for row in rows if len(row) > 2}


def limits(case: Case) -> Finding:
    """Which memory limit is in force: the memory cgroup is off on a Pi unless somebody asks for it."""
    if none := no_units(case):
        return none
    unit = {line.key: line.value for line in lines(case.machine.text(_LISTENER_UNIT) or "")}
    if _accounted(case):
        return ok("the kernel counts memory, so MemoryMax= holds")
    why = "cgroup_disable=memory" if "cgroup_disable=memory" in case.machine.line("/proc/cmdline") else "no controller"
    left = next((f"{key}={unit[key]}" for key in ("LimitDATA", "LimitAS") if key in unit), "")
    what = f"the kernel does not count memory ({why}), so MemoryMax= does nothing"
    hint = "add cgroup_enable=memory to the one line of /boot/firmware/cmdline.txt and restart"
    return note(f"{what} and {left} holds instead", hint) if left else problem(f"{what}: there is no limit", hint)


def _accounted(case: Case) -> bool:
    return "memory" in case.machine.line("/sys/fs/cgroup/cgroup.controllers").split()


def swap(case: Case) -> Finding:
    """Whether what was heard could reach a disk as swapped memory."""
    untrusted_table = case.machine.text("/proc/swaps")
    if untrusted_table is None:
        return note("the kernel does not say whether there is swap")
    rows = [row.split() for row in untrusted_table.splitlines()[1:]]
    areas = [plain(row[0]) for row in rows if row]
    if not areas:
        return ok("there is no swap")
    listener = next((process for process in ours(case) if process.role == "listener"), None)
    where = f"swap is on ({', '.join(areas)})"
    if listener is None:
        return note(f"{where}, and whether the listener stays out of it shows when it runs")
    locked = _word(listener.status, "VmLck")
    if locked.isdecimal() and int(locked) > 0:
        return ok(f"{where}, and the listener's memory is locked: {int(locked) // 1024} MB")
    if _accounted(case) and case.machine.line(f"{_LISTENER_GROUP}/memory.swap.max") == "0":
        return ok(f"{where}, and the listener's unit may use none of it")
    what, hint = f"{where}, and what the listener hears could be written there", f"sudo swapoff --all, or {_AGAIN}"
    return problem(what, hint) if no_units(case) is None else note(what, "sudo swapoff --all, as long as you try it")


def ports(case: Case) -> Finding:
    """Whether anything of keepmum listens on the network; only the panel may, and only if somebody wanted it."""
    tables = [case.machine.text(f"/proc/net/{name}") for name in ("tcp", "tcp6")]
    if tables[0] is None:
        return note("the kernel does not show who listens on the network")
    numbers = {number: name for name, number in _users(case).items() if name.removeprefix("keepmum-") in ROLES}
    open_ones = {row for table in tables for row in _listening(table or "")}
    if strangers := sorted((numbers[user], port) for port, user in open_ones if user in numbers):
        told = ", ".join(f"{name} on port {port}" for name, port in strangers)
        return problem(f"it listens on the network: {told}", "nothing of keepmum does that by itself: stop that unit")
    if _PANEL_PORT not in {port for port, _ in open_ones}:
        return ok("nothing of keepmum listens on the network")
    if any(_PANEL in case.machine.names(f"/etc/systemd/system/{kind}.target.wants") for kind in ("keepmum", "sockets")):
        return ok(f"only the panel's page, on port {_PANEL_PORT}, because it was asked for")
    hint = f"sudo systemctl disable --now {_PANEL}, or end the program that has it"
    return problem(f"port {_PANEL_PORT}, the panel's, is open and nobody enabled the panel", hint)


def _listening(untrusted_table: str) -> Iterator[tuple[int, str]]:
    """Port and user of each row of /proc/net/tcp that listens."""
    for row in (line.split() for line in untrusted_table.splitlines()[1:]):
        if len(row) > 7 and row[3] == _LISTENS and re.fullmatch(r"[0-9A-F]+:[0-9A-F]{4}", row[1]):
            yield int(row[1].partition(":")[2], 16), row[7]


def cores(case: Case) -> Finding:
    """Whether a crash could leave a file with what was heard."""
    running = ours(case)
    loose = [process for process in running if process.core() != "0"]
    if not running:
        return ok("nothing of keepmum runs, so nothing of it can leave one")
    if not loose:
        return ok("none may leave a core file")
    pattern = plain(case.machine.line("/proc/sys/kernel/core_pattern")) or "core"
    what = f"{', '.join(map(str, loose))} may leave one, as {pattern}"
    if no_units(case) or all(_word(process.status, "Seccomp") == "2" for process in loose):
        # The lock forbids it as well (PR_SET_DUMPABLE), but only from its first moment on.
        return note(f"{what}, were it not for its own lock", "`ulimit -c 0` before it is started")
    return problem(what, _AGAIN)
