"""A process that locks itself and then tries every route, in every kind of thread and child; test_lockdown.py reads it.

    python lockdown_probe.py LOCK      prints {context: {route: "open" or the name of the error}}

LOCK is one of LOCKS. What a route leads to (servers on loopback, Unix sockets, a file) stands in PROBE_TARGETS.
"""

from __future__ import annotations

import contextlib
import ctypes
import encodings.idna  # noqa: F401  getaddrinfo loads it late, when another user may not read Python's folder
import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

from keepmum import lockdown

TARGETS = json.loads(os.environ["PROBE_TARGETS"])
LOCKS: dict[str, Callable[[], object]] = {
    "nothing": lambda: None,
    "listener": lockdown.lock_listener,
    "uplink": lockdown.lock_uplink,
    "skills": lockdown.lock_skills,
    "panel": lambda: lockdown.lock_panel({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}),
    "planted panel": lambda: lockdown.install(
        lockdown.this_machine(), [rule for rule in lockdown.PANEL if not rule.call.startswith("send")]
    ),
    "planted listener": lambda: lockdown.install(lockdown.this_machine(), lockdown.LISTENER, all_threads=False),
    "planted uplink": lambda: lockdown.install(lockdown.this_machine(), lockdown.UPLINK, all_threads=False),
}
MPTCP, TIOCGPTN, OPENAT2, FAST_OPEN = 262, 0x80045430, 437, 0x20000000
LIBC = ctypes.CDLL(None, use_errno=True)


def reach(family: int, kind: int, address: object, protocol: int = 0) -> None:
    with socket.socket(family, kind, protocol) as way:
        way.settimeout(3)
        way.connect(address)


def send(family: int, kind: int, protocol: int, address: tuple[object, ...], what: bytes) -> None:
    with socket.socket(family, kind, protocol) as way:
        way.sendto(what, address)


def link() -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as way:
        way.bind((0, 0))


def call(number: int, *arguments: object) -> None:
    answer = LIBC.syscall(number, *arguments)
    if answer < 0:
        raise OSError(ctypes.get_errno(), "syscall")
    os.close(answer)


def pair() -> None:
    for end in socket.socketpair():
        end.close()


def send_from_pair() -> None:
    """Half of a pair of datagram sockets sends to any path, without a connect."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, other:
        one.sendto(b"x", socket.MSG_DONTWAIT, TARGETS["datagram"])


def turned_round() -> socket.socket:
    """A listening socket that was shut down, so that it could connect: an own one, or what systemd passed."""
    try:
        way = socket.create_server(("127.0.0.1", 0))
    except OSError:
        if "listening" not in TARGETS:
            raise
        way = socket.socket(fileno=os.dup(LISTENING))
        if way.family != socket.AF_INET:
            raise
    with contextlib.suppress(OSError):  # another context has done it
        way.shutdown(socket.SHUT_RD)
    return way


def connect_by_sending() -> None:
    with turned_round() as way:
        way.sendto(b"x", FAST_OPEN, ("127.0.0.1", TARGETS["tcp4"]))


def serve() -> None:
    with socket.create_server(("127.0.0.1", 0)):
        pass


def write(flags: int) -> None:
    os.close(os.open(TARGETS["file"], flags, 0o600))


def create() -> None:
    path = f"{TARGETS['folder']}/{os.getpid()}-{threading.get_ident()}"
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT, 0o600))
    os.unlink(path)


def rename() -> None:
    source = f"{TARGETS['folder']}/old"
    os.rename(source, source)


def folder() -> None:
    path = f"{TARGETS['folder']}/new"
    os.mkdir(path)
    os.rmdir(path)


def run() -> None:
    subprocess.run(["/bin/true"], check=True)


PTY, _TERMINAL = os.openpty()
LISTENING = 3
if "listening" in TARGETS:
    os.dup2(TARGETS["listening"], LISTENING)
    os.close(TARGETS["listening"])
UNCONNECTED = socket.socket(fileno=TARGETS["unconnected"])
DOOR = socket.socket(fileno=TARGETS["door"])


def accept() -> None:
    """Accept on a door that was opened before the lock; the test has queued enough knocks."""
    DOOR.settimeout(3)
    DOOR.accept()[0].close()


def libc(name: str, *arguments: object) -> None:
    if getattr(LIBC, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def take_descriptor() -> None:
    process = os.pidfd_open(os.getppid())
    try:
        call(438, process, 0, 0)
    finally:
        os.close(process)


ROUTES: dict[str, Callable[[], object]] = {
    "tcp4": lambda: reach(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", TARGETS["tcp4"])),
    "tcp6": lambda: reach(socket.AF_INET6, socket.SOCK_STREAM, ("::1", TARGETS["tcp6"])),
    "udp4": lambda: send(socket.AF_INET, socket.SOCK_DGRAM, 0, ("127.0.0.1", TARGETS["udp4"]), b"x"),
    "udp6": lambda: send(socket.AF_INET6, socket.SOCK_DGRAM, 0, ("::1", TARGETS["udp4"]), b"x"),
    "mptcp": lambda: reach(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", TARGETS["tcp4"]), MPTCP),
    "raw": lambda: send(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP, ("127.0.0.1", 0), b"\x08" + bytes(7)),
    "ping": lambda: reach(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0), socket.IPPROTO_ICMP),
    "packet": lambda: send(socket.AF_PACKET, socket.SOCK_RAW, 0, ("lo", 0), bytes(60)),
    "netlink": link,
    "vsock": lambda: reach(socket.AF_VSOCK, socket.SOCK_STREAM, (2, 1)),
    "unix stream": lambda: reach(socket.AF_UNIX, socket.SOCK_STREAM, TARGETS["stream"]),
    "unix abstract": lambda: reach(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + TARGETS["abstract"]),
    "unix datagram": lambda: reach(socket.AF_UNIX, socket.SOCK_DGRAM, TARGETS["datagram"]),
    "unix packets": lambda: reach(socket.AF_UNIX, socket.SOCK_SEQPACKET, TARGETS["packets"]),
    "inherited unix socket": lambda: UNCONNECTED.connect(TARGETS["datagram"]),
    "socket pair": pair,
    "datagram pair": send_from_pair,
    "listening socket turned round": connect_by_sending,
    "io_uring": lambda: call(425, 4, ctypes.create_string_buffer(120)),
    "resolve localhost": lambda: socket.getaddrinfo("localhost", 80),
    "resolve literal": lambda: socket.getaddrinfo("127.0.0.1", 80),
    "serve": serve,
    "accept": accept,
    "run a program": run,
    "open device": lambda: fcntl.ioctl(PTY, TIOCGPTN, bytes(4)),
    "read a file": lambda: write(os.O_RDONLY),
    "write a file": lambda: write(os.O_WRONLY),
    "read and write a file": lambda: write(os.O_RDWR),
    "empty a file": lambda: write(os.O_RDONLY | os.O_TRUNC),
    "create a file": create,
    "openat2": lambda: call(OPENAT2, -100, TARGETS["file"].encode(), ctypes.create_string_buffer(24), 24),
    "rename": rename,
    "make a folder": folder,
    "change a mode": lambda: os.chmod(TARGETS["file"], 0o600),
    "new namespace": lambda: libc("unshare", 0),
    "read another's memory": lambda: libc("process_vm_readv", os.getpid(), None, 0, None, 0, 0),
    "trace another": lambda: libc("ptrace", 0x4208, os.getpid(), None, None),
    "take another's descriptor": take_descriptor,
}


def outcome(route: Callable[[], object]) -> str:
    try:
        route()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "open"


def all_routes() -> dict[str, str]:
    return {name: outcome(route) for name, route in ROUTES.items()}


def in_thread() -> dict[str, str]:
    found: list[dict[str, str]] = []
    thread = threading.Thread(target=lambda: found.append(all_routes()))
    thread.start()
    thread.join()
    return found[0]


def in_fork() -> dict[str, str]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(all_routes()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    return json.loads(os.read(reading, 1_000_000))


def in_program() -> dict[str, str]:
    command = [sys.executable, __file__, "nothing", "here"]
    handed = (TARGETS["door"], TARGETS["unconnected"])
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, pass_fds=handed)
    return json.loads(done.stdout)["main thread"]


def status() -> dict[str, str]:
    """What the kernel says about every thread, and about the process as a whole."""
    said: dict[str, set[str]] = {"NoNewPrivs": set(), "Seccomp": set()}
    for thread in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{thread}/status") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if name in said:
                    said[name].add(value.strip())
    return {name: ",".join(sorted(values)) for name, values in said.items()} | {"dumpable": str(LIBC.prctl(3))}


def main(lock: str, contexts: bool) -> None:
    go, early = threading.Event(), []
    if not contexts:
        print(json.dumps({"main thread": all_routes()}))
        return
    thread = threading.Thread(target=lambda: (go.wait(), early.append(all_routes())), daemon=True)
    thread.start()
    if "user" in TARGETS:
        os.setgroups([])
        os.setgid(TARGETS["user"])
        os.setuid(TARGETS["user"])
        LIBC.prctl(4, 1)  # as after a program's start: changing the user has hidden /proc/self
    LOCKS[lock]()
    kernel = status()
    report = {"main thread": all_routes()}
    go.set()
    thread.join()
    report |= {"thread from before": early[0], "new thread": in_thread(), "fork": in_fork()}
    if report["main thread"]["run a program"] == "open" and "user" not in TARGETS:
        report["program"] = in_program()
    print(json.dumps(report | {"kernel": kernel}))


if __name__ == "__main__":
    main(sys.argv[1], contexts=sys.argv[2:] != ["here"])
