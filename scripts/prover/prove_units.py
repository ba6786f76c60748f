"""Proof 5: on a machine whose systemd runs keepmum, the units themselves: routes, counted bytes, exposure."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import needs
from finding import Count, Finding

NAME, TITLE = "units", "The running units"
TRIED = (
    "A copy of each installed unit, with its drop-ins, runs scripts/prover/routes.py in keepmum's stead: it tries "
    "every route to a network and to a device from the main thread, from older and newer threads and from a fork, "
    "while somebody is there to be reached. Then the kernel counts, for each unit that runs, what it sends; and "
    "systemd-analyze scores the units (0 is best, 10 is worst)."
)
ONLY_LOCKED = {"uplink": frozenset({"unix: abstract"})}
"""What a unit alone cannot close, and the process's own lock does: whoever has the network has its abstract names."""
EXPOSURE = {"listener": 0.5, "uplink": 1.0, "skills": 1.0, "panel": 1.5}
"""What systemd-analyze may say at most."""
_WAYS = "tcp4 tcp6 mptcp udp4 udp6 raw ping packet netlink vsock bluetooth alg can xdp tipc io_uring"
NETWORK = frozenset(_WAYS.split()) | {
    *("io_uring socket", "inherited socket", "unix: abstract", "unix: D-Bus", "unix: systemd", "unix: resolver")
}
"""routes.py's names of ways to a network, and to somebody who has one."""
SILENT = ("listener", "skills", "panel")
"""Units of which not one byte may be sent."""
WATCHED = 60.0
"""Seconds for which the running units are counted."""
_ELSEWHERE = "127.0.0.9"
_THERE = Path("/usr/local/lib/keepmum-prove")
_UNITS = Path("/run/systemd/system")
_CONTROL = Path("/run/systemd/system.control")
_OF_A_PROCESS = re.compile(
    r"(Type|NotifyAccess|Exec(Start|Stop|Reload|Condition)\w*|WatchdogSec|Restart\w*|Timeout\w+|Standard\w+|Sockets|LoadCredential)="
)
_MARK = "keepmum-prove"
Told = Callable[[str, float, float], None]
Attempts = list[dict[str, str]]


def prove(told: Told) -> Finding:
    """Look at whatever of keepmum is installed here. Raises CalledProcessError if systemd does not obey."""
    missing = why_not()
    if missing:
        return Finding(NAME, TITLE, TRIED, missing=missing)
    roles = [role for role in EXPOSURE if _text(role)]
    with _somebody_there() as port:
        told("routes, without a unit", 0, len(roles))
        outside = _outside(port)
        inside = {}
        for number, role in enumerate(roles):
            told(f"routes of {role}", number, len(roles))
            inside[role] = _inside(role, port)
    routes = (*(routes_of(role, inside[role]) for role in roles), outside_control(outside))
    return Finding(NAME, TITLE, TRIED, (*routes, *_counted(roles, told), *_exposures(roles)))


def why_not() -> str:
    """Why this machine cannot be looked at so; empty if it can."""
    if not needs.systemd_runs():
        return "no systemd here; on a Pi with keepmum installed, run it there (tests/boot does the same in a container)"
    if lacks := needs.missing(("systemctl", "systemd-analyze"), root=True):
        return lacks
    return "" if _text("listener") else "keepmum's units are not installed here (sudo scripts/install)"


# ---- routes


def copy(unit: str, command: str, into: Path) -> str:
    """A unit that runs `command` once in the place of what this one runs, and writes what it says into a file."""
    kept, section = [], ""
    for line in unit.replace("\\\n", " ").splitlines():
        section = line.strip() if line.startswith("[") else section
        if section == "[Service]" and "=" in line and not line.startswith(("#", ";")) and not _OF_A_PROCESS.match(line):
            kept.append(line)
    own = ["Type=oneshot", f"ExecStart={command}", f"StandardOutput=truncate:{into}", "TimeoutStartSec=120"]
    return "\n".join(["[Service]", *kept, *own, ""])


def routes_of(role: str, attempts: Attempts) -> Count:
    """Whether a unit lets nothing through that it should not."""
    judged = [attempt for attempt in attempts if closed(role, attempt["route"])]
    out = [f"{attempt['route']} ({attempt['where']})" for attempt in judged if attempt["result"] == "open"]
    told = f"{len(out)} of {len(judged)} open" + (f": {', '.join(out[:3])}" if out else "")
    what = (
        "networks and devices"
        if role in {"skills", "panel"}
        else ("networks" if role == "listener" else "devices, other hosts")
    )
    return Count(f"{role}: routes to {what}", told, not out and len(judged) > 20)


def closed(role: str, route: str) -> bool:
    """Whether this unit must not have this route; the listener has devices, and a node of one's own is harmless."""
    if route in NETWORK:
        return route not in ONLY_LOCKED.get(role, ())
    return role != "listener" and route.startswith("device: ") and route != "device: made"


def outside_control(attempts: Attempts) -> Count:
    """Root without any unit gets out, by the same program."""
    opened = {attempt["route"] for attempt in attempts if attempt["result"] == "open"}
    judged = {attempt["route"] for attempt in attempts if closed("skills", attempt["route"])}
    there = {"tcp4", "udp4", "netlink", "packet", "unix: abstract"} <= opened
    return Count(
        "without a unit, the same routes", f"{len(opened & judged)} of {len(judged)} open", there, control=True
    )


@contextlib.contextmanager
def _somebody_there() -> Iterator[int]:
    """A port on which somebody listens for TCP and UDP, an abstract socket, and routes.py where units can read it."""
    _THERE.mkdir(exist_ok=True)
    (_THERE / "routes.py").write_bytes(Path(__file__).with_name("routes.py").read_bytes())
    tcp = socket.create_server((_ELSEWHERE, 0), backlog=64)
    udp, abstract = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX)
    try:
        port = int(tcp.getsockname()[1])
        udp.bind((_ELSEWHERE, port))
        abstract.bind(f"\0{_MARK}")
        abstract.listen(64)
        yield port
    finally:
        for door in (tcp, udp, abstract):
            door.close()
        (_THERE / "routes.py").unlink()
        _THERE.rmdir()


def _outside(port: int) -> Attempts:
    return _read(_run("/usr/bin/python3", *_words(port)[1:]))


def _words(port: int) -> list[str]:
    words = (
        f"/usr/bin/python3 -I {_THERE}/routes.py --planted={_MARK} --elsewhere={_ELSEWHERE}:{port} --broker=127.0.0.1:9"
    )
    return words.split()


def _inside(role: str, port: int) -> Attempts:
    unit = _UNITS / f"{_MARK}-{role}.service"
    with tempfile.TemporaryDirectory(dir="/run") as folder:
        said = Path(folder) / "said"
        unit.write_text(copy(_text(role), " ".join(_words(port)), said))
        try:
            _run("systemctl", "daemon-reload")
            subprocess.run(["systemctl", "start", unit.name], check=False, capture_output=True, timeout=180)
            return _read(said.read_text()) if said.exists() else []
        finally:
            unit.unlink()
            subprocess.run(["systemctl", "reset-failed", unit.name], check=False, capture_output=True)
            _run("systemctl", "daemon-reload")


def _read(said: str) -> Attempts:
    return [json.loads(line) for line in said.splitlines()]


def _text(role: str) -> str:
    done = subprocess.run(["systemctl", "cat", f"keepmum-{role}.service"], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


# ---- what the running units send


def _counted(roles: Collection[str], told: Told) -> Iterator[Count]:
    """Bytes that the kernel counted for each unit that runs, in one minute."""
    running = [role for role in roles if _show(role, "ActiveState") == "active"]
    files = [_CONTROL / f"keepmum-{role}.service.d" / "50-IPAccounting.conf" for role in running]
    try:
        for role in running:
            _run("systemctl", "set-property", "--runtime", f"keepmum-{role}.service", "IPAccounting=yes")
        before = {role: _sent(role) for role in running}
        for second in range(int(WATCHED)):
            told("counting what the units send", second, WATCHED)
            time.sleep(1)
        for role in running:
            yield sent(role, _sent(role) - before[role])
    finally:
        for file in files:
            file.unlink(missing_ok=True)
        _run("systemctl", "daemon-reload")
    yield _counting_control()


def sent(role: str, size: int) -> Count:
    """What one unit sent; a kernel that does not count says so by a number that no card can carry."""
    if size < 0 or size > 1 << 62:
        return Count(f"{role}: bytes sent in {WATCHED:.0f} s", "this kernel does not count", role not in SILENT)
    told = f"{size} bytes" + ("" if role in SILENT else " (to the broker; see the wire)")
    return Count(f"{role}: bytes sent in {WATCHED:.0f} s", told, size == 0 or role not in SILENT)


def _sent(role: str) -> int:
    told = _show(role, "IPEgressBytes")
    return int(told) if told.isdigit() else -1


def _show(role: str, what: str) -> str:
    return _run("systemctl", "show", "--value", f"--property={what}", f"keepmum-{role}.service").strip()


def _counting_control() -> Count:
    send = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes(100), ('127.0.0.1', 9))"
    words = ["systemd-run", "--wait", "--collect", "--property=IPAccounting=yes", "/usr/bin/python3", "-c", send]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    found = re.search(r"sent: (\S+)", done.stderr)
    told = found[1] if found else "not counted"
    return Count("a unit that sends 100 bytes", told, bool(found) and told != "0B", control=True)


# ---- exposure


def _exposures(roles: Collection[str]) -> Iterator[Count]:
    for role in roles:
        score = exposure(_run("systemd-analyze", "security", "--no-pager", f"keepmum-{role}.service", may_fail=True))
        yield Count(f"{role}: exposure, at most {EXPOSURE[role]}", f"{score}", score <= EXPOSURE[role])
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.service"
        bare.write_text("[Service]\nExecStart=/bin/true\n")
        score = exposure(_run("systemd-analyze", "security", "--no-pager", "--offline=yes", str(bare), may_fail=True))
    yield Count("a unit without any wall: exposure", f"{score}", score > 9, control=True)


def exposure(untrusted: str) -> float:
    """The score in systemd-analyze's last line; 10, the worst, if it did not say any."""
    found = re.search(r"exposure level for \S+: ([\d.]+)", untrusted)
    return float(found[1]) if found else 10.0


def _run(*words: str, may_fail: bool = False) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=not may_fail, timeout=180)
    return done.stdout
