"""Locks itself as one of the processes does and tries every way out: `python ways.py LOCK`, prints one JSON object.

{context: {way: "open" or the name of the error}}, from five contexts: the main thread, a thread from before the lock,
one from behind it, a forked child and another program. All targets are made here before the lock, so nothing is
refused only because nobody is there. LOCK is one of LOCKS.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable

from keepmum import lockdown


def _forgets_threads() -> None:
    """The planted defect: the threads that are there already are left out."""
    lockdown.install(lockdown.this_machine(), lockdown.LISTENER, all_threads=False)


LOCKS: dict[str, Callable[[], object]] = {
    "nothing": lambda: None,
    "listener": lockdown.lock_listener,
    "uplink": lockdown.lock_uplink,
    "skills": lockdown.lock_skills,
    "panel": lockdown.lock_panel,
    "one thread": _forgets_threads,
}
CONTEXTS = ("main", "thread before", "thread after", "fork", "program")
_LIBC = ctypes.CDLL(None, use_errno=True)
_RING, _TAKE, _PTY_NUMBER = 425, 438, 0x80045430
_NEW_NETWORK = 0x40000000


class Targets:
    """Something at the end of every way: servers on loopback and in a folder, kept open by another process."""

    def __init__(self, told: dict[str, str]) -> None:
        self.tcp4, self.tcp6, self.udp4 = (int(told[name]) for name in ("tcp4", "tcp6", "udp4"))
        self.path, self.file = told["path"], told["file"]
        self.pty = int(told["pty"])


def _reach(family: int, kind: int, address: object, protocol: int = 0) -> None:
    with socket.socket(family, kind, protocol) as way:
        way.settimeout(5)
        way.connect(address)  # type: ignore[arg-type]


def _send(family: int, kind: int, address: tuple[object, ...], protocol: int = 0, what: bytes = bytes(60)) -> None:
    with socket.socket(family, kind, protocol) as way:
        way.sendto(what, address)


def _netlink() -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as way:
        way.bind((0, 0))


def _call(number: int, *arguments: object) -> None:
    answer = _LIBC.syscall(number, *arguments)
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    os.close(answer)


def _take_descriptor() -> None:
    process = os.pidfd_open(os.getppid())
    try:
        _call(_TAKE, process, 0, 0)
    finally:
        os.close(process)


def ways(to: Targets) -> dict[str, Callable[[], object]]:
    """Every way, by its name."""
    ping = b"\x08" + bytes(7)
    return {
        "TCP": lambda: _reach(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", to.tcp4)),
        "TCP over IPv6": lambda: _reach(socket.AF_INET6, socket.SOCK_STREAM, ("::1", to.tcp6)),
        "UDP": lambda: _send(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", to.udp4)),
        "raw IP": lambda: _send(socket.AF_INET, socket.SOCK_RAW, ("127.0.0.1", 0), socket.IPPROTO_ICMP, ping),
        "packets past IP": lambda: _send(socket.AF_PACKET, socket.SOCK_RAW, ("lo", 0)),
        "netlink": _netlink,
        "virtual machine's host": lambda: _reach(socket.AF_VSOCK, socket.SOCK_STREAM, (2, 1)),
        "a sound server or D-Bus": lambda: _reach(socket.AF_UNIX, socket.SOCK_STREAM, to.path),
        "io_uring": lambda: _call(_RING, 4, ctypes.create_string_buffer(120)),
        "another's descriptor": _take_descriptor,
        "another network": _unshare,
        "a program": lambda: subprocess.run(["/bin/true"], check=True),
        "a sound card (ioctl)": lambda: fcntl.ioctl(to.pty, _PTY_NUMBER, bytes(4)),
        "writing a file": lambda: os.close(os.open(to.file, os.O_WRONLY)),
    }


def _unshare() -> None:
    """In a child of its own: the way must not change what is tried behind it."""
    child = os.fork()
    if child == 0:
        os._exit(ctypes.get_errno() if _LIBC.unshare(_NEW_NETWORK) else 0)
    if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise OSError(code, os.strerror(code))


def attempts(to: Targets) -> dict[str, str]:
    """What became of every way, here."""
    found = {}
    for name, way in ways(to).items():
        try:
            way()
            found[name] = "open"
        except OSError as error:
            found[name] = errno.errorcode.get(error.errno or 0, str(error))
    return found


def _in_thread(to: Targets) -> dict[str, str]:
    found: list[dict[str, str]] = []
    thread = threading.Thread(target=lambda: found.append(attempts(to)))
    thread.start()
    thread.join()
    return found[0]


def _in_fork(to: Targets) -> dict[str, str]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(attempts(to)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    told: dict[str, str] = json.loads(os.read(reading, 65_536))
    return told


def _in_program(to: Targets, told: str) -> dict[str, str]:
    command = [sys.executable, __file__, "here", told]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, pass_fds=(to.pty,))
    found: dict[str, str] = json.loads(done.stdout)
    return found


def _contexts(lock: str, told: str) -> dict[str, dict[str, str]]:
    to, go, early = Targets(json.loads(told)), threading.Event(), list[dict[str, str]]()

    def wait() -> None:
        go.wait()
        early.append(attempts(to))

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    LOCKS[lock]()
    found = {"main": attempts(to)}
    go.set()
    thread.join()
    found |= {"thread before": early[0], "thread after": _in_thread(to), "fork": _in_fork(to)}
    # Where no program can be started, that is the last word about it.
    found["program"] = (
        _in_program(to, told) if found["main"]["a program"] == "open" else dict.fromkeys(found["main"], "none starts")
    )
    return found


def serve(lock: str) -> dict[str, dict[str, str]]:
    """Make the targets, and let a process of its own try them all under one lock."""
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0), backlog=64) as tcp4:
        udp4, unix, file = (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
            socket.socket(socket.AF_UNIX),
            f"{folder}/file",
        )
        udp4.bind(("127.0.0.1", 0))
        unix.bind(f"{folder}/socket")
        unix.listen(64)
        with open(file, "wb"), udp4, unix, _sixth() as tcp6:
            pty, terminal = os.openpty()
            ports = {"tcp4": tcp4.getsockname()[1], "tcp6": tcp6.getsockname()[1], "udp4": udp4.getsockname()[1]}
            told = json.dumps(ports | {"path": f"{folder}/socket", "file": file, "pty": pty})
            command = [sys.executable, __file__, lock, told]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True, pass_fds=(pty,), timeout=120)
            os.close(pty)
            os.close(terminal)
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


def _sixth() -> socket.socket:
    """Where there is no IPv6, a socket that only lends its port's number."""
    if socket.has_dualstack_ipv6():
        return socket.create_server(("::1", 0), family=socket.AF_INET6, backlog=64)
    return socket.create_server(("127.0.0.1", 0))


if __name__ == "__main__":
    if sys.argv[1] == "here":
        print(json.dumps(attempts(Targets(json.loads(sys.argv[2])))))
    else:
        print(json.dumps(_contexts(sys.argv[1], sys.argv[2])))
