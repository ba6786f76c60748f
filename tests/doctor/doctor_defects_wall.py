"""What can be wrong with the wall around the processes, and what the doctor must say then."""

from __future__ import annotations

from collections.abc import Callable

from doctor_changes import Defect, Words, both, gone, lacks, put, settings

LISTENER = "keepmum-listener.service"
MINE = f"/etc/systemd/system/{LISTENER}.d/mine.conf"
NO_UNITS = lacks("units")
BROKER = "broker:\n  host: {}\n"
_LIMITS = "Limit                Soft Limit  Hard Limit  Units\nMax core file size   {0}  {0}  bytes\n"
_TCP = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: {}\n"
_ROW = "00000000:{:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 {:5} 0 1 1 0 100 0 0 10 0"


def status(number: int, **words: str) -> Callable[[Words], object]:
    """A process whose status says something else, in all of its threads."""

    def change(said: Words) -> None:
        for path in [each for each in said["files"] if each.startswith(f"/proc/{number}/") and "status" in each]:
            rows = dict(row.split(":\t", 1) for row in said["files"][path].splitlines()) | words
            said["files"][path] = "".join(f"{name}:\t{value}\n" for name, value in rows.items())

    return change


def unit(name: str, old: str, new: str) -> Callable[[Words], object]:
    """An installed unit with something else in it."""
    return lambda words: words.setdefault("rewritten", []).append((f"/usr/local/lib/systemd/system/{name}", old, new))


def listens(port: int, user: int) -> Callable[[Words], object]:
    return put("/proc/net/tcp", _TCP.format(_ROW.format(port, user)))


STOPPED = both(gone("/proc/812/cmdline"), gone("/proc/814/cmdline"))

WALL = [
    Defect("no units", "units", "note", "is the whole wall", "scripts/install", NO_UNITS),
    Defect(
        "a unit that was edited in its place",
        "units",
        "problem",
        f"{LISTENER} lacks PrivateNetwork=yes",
        "scripts/install",
        unit(LISTENER, "PrivateNetwork=yes", "PrivateNetwork=no"),
    ),
    Defect(
        "a unit of another release",
        "units",
        "problem",
        f"not as shipped: {LISTENER}",
        "scripts/install",
        unit(LISTENER, "Nice=-5", "Nice=-6"),
    ),
    Defect(
        "a unit that is not there",
        "units",
        "problem",
        f"not installed: {LISTENER}",
        "scripts/install",
        lambda words: words.setdefault("removed", []).append(f"/usr/local/lib/systemd/system/{LISTENER}"),
    ),
    Defect(
        "a release without its units",
        "units",
        "note",
        "has no units to hold them against",
        "scripts/install",
        lambda words: words.setdefault("removed", []).append("/opt/keepmum/current/systemd"),
    ),
    Defect(
        "a drop-in that gives the listener the network",
        "laid over them",
        "problem",
        f"{MINE}:3 PrivateNetwork=no",
        "systemctl revert",
        put(MINE, "# let me debug\n[Service]\nPrivateNetwork=no\n"),
    ),
    Defect(
        "a drop-in for every unit of keepmum",
        "laid over them",
        "problem",
        "/etc/systemd/system/keepmum-.service.d/all.conf:2 User=root",
        "systemctl revert",
        put("/etc/systemd/system/keepmum-.service.d/all.conf", "[Service]\nUser=root\n"),
    ),
    Defect(
        "a drop-in for every service of the machine",
        "laid over them",
        "problem",
        "/usr/lib/systemd/system/service.d/10-all.conf:2 LimitCORE=infinity",
        "remove that file",
        put("/usr/lib/systemd/system/service.d/10-all.conf", "[Service]\nLimitCORE=infinity\n"),
    ),
    Defect(
        "a copy made by systemctl edit --full",
        "laid over them",
        "problem",
        f"/etc/systemd/system/{LISTENER}:2 ExecStart=/bin/true",
        "systemctl revert",
        put(f"/etc/systemd/system/{LISTENER}", "[Service]\nExecStart=/bin/true\n"),
    ),
    Defect(
        "a masked unit",
        "laid over them",
        "note",
        "masked, so it does not run: keepmum-skills.service",
        "systemctl unmask",
        put("/etc/systemd/system/keepmum-skills.service", ""),
    ),
    Defect(
        "a broker that systemd was not told of",
        "up to date",
        "problem",
        "keepmum-uplink.service.d/50-keepmum.conf",
        "sudo keepmum units",
        settings(BROKER.format("192.168.1.7")),
    ),
    Defect(
        "quiet hours that systemd was not told of",
        "up to date",
        "problem",
        "keepmum-quiet.timer",
        "sudo keepmum units",
        settings("quiet:\n  hours: ['22:30-06:30']\n"),
    ),
    Defect(
        "a drop-in of that name by somebody else",
        "up to date",
        "problem",
        "was not written by keepmum",
        "another name",
        put("/etc/systemd/system/keepmum-uplink.service.d/50-keepmum.conf", "[Service]\nIPAddressAllow=any\n"),
    ),
    Defect(
        "settings that cannot be read", "up to date", "note", "nobody can tell", "configuration", settings("quiet: 7\n")
    ),
    Defect(
        "a listener that is not locked",
        "processes",
        "problem",
        "the listener (process 812) has no seccomp filter in 2 of its 2 threads",
        "restart keepmum.target",
        status(812, Seccomp="0"),
    ),
    Defect(
        "one thread that is not locked",
        "processes",
        "problem",
        "in 1 of its 2 threads",
        "restart keepmum.target",
        put("/proc/812/task/815/status", "Uid:\t990\nNoNewPrivs:\t1\nSeccomp:\t0\n"),
    ),
    Defect(
        "a process that could gain rights",
        "processes",
        "problem",
        "the skills (process 814) could gain rights",
        "restart keepmum.target",
        status(814, NoNewPrivs="0"),
    ),
    Defect(
        "skills that run as the listener",
        "processes",
        "problem",
        "runs as keepmum-listener instead of keepmum-skills",
        "systemctl status",
        status(814, Uid="990\t990\t990\t990"),
    ),
    Defect(
        "a listener by hand as root",
        "processes",
        "problem",
        "runs as root",
        "systemctl status",
        both(NO_UNITS, status(812, Uid="0\t0\t0\t0")),
    ),
    Defect("nothing that runs", "processes", "note", "nothing of keepmum runs", "start keepmum.target", STOPPED),
    Defect(
        "an uplink that listens",
        "open ports",
        "problem",
        "keepmum-uplink on port 4444",
        "stop that unit",
        listens(4444, 991),
    ),
    Defect(
        "a panel that nobody wanted",
        "open ports",
        "problem",
        "nobody enabled the panel",
        "disable --now keepmum-panel.socket",
        listens(8321, 0),
    ),
    Defect("a kernel that hides its sockets", "open ports", "note", "does not show", "", gone("/proc/net/tcp")),
    Defect(
        "a Pi without memory accounting",
        "memory limits",
        "note",
        "(cgroup_disable=memory), so MemoryMax= does nothing and LimitDATA=",
        "cgroup_enable=memory",
        put("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids\n"),
    ),
    Defect(
        "no limit at all",
        "memory limits",
        "problem",
        "there is no limit",
        "cgroup_enable=memory",
        both(put("/sys/fs/cgroup/cgroup.controllers", "cpu\n"), unit(LISTENER, "LimitDATA", "#LimitDATA")),
    ),
    Defect(
        "a listener whose memory is not locked",
        "swap",
        "problem",
        "could be written there",
        "swapoff",
        status(812, VmLck="0 kB"),
    ),
    Defect("swap while nothing runs", "swap", "note", "shows when it runs", "", STOPPED),
    Defect("a kernel that hides its swap", "swap", "note", "does not say", "", gone("/proc/swaps")),
    Defect(
        "a listener that may leave a core",
        "core files",
        "note",
        "the listener (process 812) may leave one, as core",
        "ulimit -c 0",
        put("/proc/812/limits", _LIMITS.format("unlimited")),
    ),
    Defect(
        "an open listener that may leave a core",
        "core files",
        "problem",
        "may leave one",
        "restart keepmum.target",
        both(put("/proc/812/limits", _LIMITS.format("unlimited")), status(812, Seccomp="0")),
    ),
]
