"""Tries every route out of the process that it runs in, and says of each whether the kernel let it through.

    python3 -I routes.py [--table]       one line for each attempt, as JSON or for people

Run it where a process of keepmum would run: in its unit, as its user. It locks nothing itself. Each attempt is made
from the main thread, from a thread begun before `between()` (where a caller may lock), from one begun after it, and
from a fork, always in a child of its own: one that hangs or is killed is a result, too.

An attempt only shows that a wall holds if there was something behind it. So whoever calls puts things to be found,
under the name that --planted gives, into the places below, and runs this once outside the wall: there all are open.

It is one long file without imports of its own, since it is carried to where nothing else is: into units, into roots.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import fcntl
import glob
import itertools
import json
import mmap
import os
import platform
import resource
import select
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import threading
import warnings
from collections import deque
from collections.abc import Callable, Collection, Iterator

ANSWER, PATIENCE, AT_ONCE = 1.0, 10.0, 6
"""Seconds that somebody on the network has, and that an attempt may hang, even on a busy computer; attempts in flight,
few enough for the smallest budget of tasks."""
LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": "adjtimex 159 bpf 321 finit_module 313 fsopen 430 io_uring_enter 426 io_uring_setup 425 keyctl 250"
    " mincore 27 mount 165 open_by_handle_at 304 open_tree 428 perf_event_open 298 personality 135"
    " pidfd_getfd 438"
    " process_vm_readv 310 ptrace 101 reboot 169 shmget 29 swapon 167 syslog 103 unshare 272 userfaultfd 323",
    "aarch64": "adjtimex 171 bpf 280 finit_module 273 fsopen 430 io_uring_enter 426 io_uring_setup 425 keyctl 219"
    " mincore 232 mount 40 open_by_handle_at 265 open_tree 428 perf_event_open 241 personality 92"
    " pidfd_getfd 438"
    " process_vm_readv 270 ptrace 117 reboot 142 shmget 194 swapon 224 syslog 116 unshare 97 userfaultfd 282",
}
"""From the kernel's headers, for the two kinds of processor that keepmum is installed on."""
Attempt = Callable[[], object]
ROUTES: dict[str, tuple[Attempt, tuple[int, ...]]] = {}
"""What is tried, and the errors that only come once the kernel has let it through."""


class Closed(Exception):
    """A route that is closed without an error of the kernel's: a word for the result, and why."""


def route(name: str, attempt: Attempt, *passed: int) -> None:
    ROUTES[name] = attempt, passed


def checked(answer: int) -> int:
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def call(name: str, *words: object) -> int:
    numbers = NUMBERS[platform.machine()].split()
    number = int(numbers[numbers.index(name) + 1])
    return checked(LIBC.syscall(*(ctypes.c_long(word) if isinstance(word, int) else word for word in (number, *words))))


def held(nothing: bool, word: str) -> None:
    if nothing:
        raise Closed(word, "so says the kernel")


# ---- the network, and sockets that lead to somebody who has it


FAMILIES = (
    ("packet", 17, socket.SOCK_RAW), ("netlink", 16, socket.SOCK_RAW), ("vsock", 40, socket.SOCK_STREAM),
    ("bluetooth", 31, socket.SOCK_RAW), ("alg", 38, socket.SOCK_SEQPACKET), ("can", 29, socket.SOCK_RAW),
    ("xdp", 44, socket.SOCK_RAW), ("tipc", 30, socket.SOCK_STREAM),
)  # fmt: skip


def place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def reach(where: object, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM, protocol: int = 0) -> None:
    with socket.socket(family, kind, protocol) as way:
        way.settimeout(ANSWER)
        way.connect(where)  # type: ignore[arg-type]
        if family != socket.AF_UNIX and kind != socket.SOCK_STREAM:
            way.send(b"\x08\0keepmum looks for a way out")


def made(family: int, kind: int = socket.SOCK_RAW, protocol: int = 0) -> Attempt:
    return lambda: socket.socket(family, kind, protocol).close()


def serve(family: int, where: object) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.setblocking(False)
        door.bind(where)  # type: ignore[arg-type]
        door.listen(1)
        door.accept()


def inherited_socket() -> str:
    for fd in map(int, os.listdir("/proc/self/fd")):
        try:
            with socket.socket(fileno=os.dup(fd)) as held:
                if held.family in {socket.AF_INET, socket.AF_INET6}:
                    return f"descriptor {fd}"
        except OSError:
            continue  # no socket, or the descriptor of the listing itself
    raise Closed("none", "no descriptor is a socket of the internet")


def io_uring_socket() -> None:
    """IORING_OP_SOCKET makes a socket without socket(2), where a filter on socket(2) cannot see it."""
    layout = ctypes.create_string_buffer(120)  # struct io_uring_params
    ring = call("io_uring_setup", 4, layout)
    offsets = struct.unpack_from(
        "9I", layout, 40
    )  # struct io_sqring_offsets: head, tail, mask, entries, flags, dropped, array
    answers = struct.unpack_from(
        "9I", layout, 80
    )  # struct io_cqring_offsets: head, tail, mask, entries, overflow, cqes
    queue, entries = mmap.mmap(ring, 4096), mmap.mmap(ring, 4096, offset=0x10000000)
    struct.pack_into("BBHiQQII", entries, 0, 45, 0, 0, socket.AF_INET, socket.SOCK_STREAM, 0, 0, 0)
    struct.pack_into("I", queue, offsets[6], 0)
    struct.pack_into("I", queue, offsets[1], 1)
    call("io_uring_enter", ring, 1, 1, 1, 0, 0)
    (made,) = struct.unpack_from("i", queue, answers[5] + 8)
    if made < 0:
        raise OSError(-made, os.strerror(-made))


def resolver() -> str:
    with open("/etc/resolv.conf") as lines:
        return next((line.split()[1] for line in lines if line.startswith("nameserver")), "127.0.0.53")


def network(asked: argparse.Namespace) -> None:
    name, elsewhere, broker = asked.planted, place(asked.elsewhere), place(asked.broker)
    route("tcp4", lambda: reach(elsewhere))
    route("tcp6", lambda: reach(("::1", elsewhere[1]), socket.AF_INET6))
    route("mptcp", lambda: reach(elsewhere, protocol=262))
    route("udp4", lambda: reach(elsewhere, kind=socket.SOCK_DGRAM))
    route("udp6", lambda: reach(("::1", elsewhere[1]), socket.AF_INET6, socket.SOCK_DGRAM))
    route("broker", lambda: reach(broker))
    route("dns", lambda: reach((resolver(), 53), kind=socket.SOCK_DGRAM))
    route("raw", lambda: reach(("127.0.0.1", 0), kind=socket.SOCK_RAW, protocol=socket.IPPROTO_ICMP))
    route("ping", lambda: reach(("127.0.0.1", 0), kind=socket.SOCK_DGRAM, protocol=socket.IPPROTO_ICMP))
    for family, number, kind in FAMILIES:
        route(family, made(number, kind, 1 if family in {"bluetooth", "can"} else 0))
    route("io_uring", lambda: call("io_uring_setup", 4, ctypes.create_string_buffer(120)))
    route("io_uring socket", io_uring_socket)
    route("inherited socket", inherited_socket)
    route("serve tcp", lambda: serve(socket.AF_INET, ("127.0.0.1", 0)), errno.EAGAIN)
    route("serve unix", lambda: serve(socket.AF_UNIX, f"\0{name}-{os.getpid()}"), errno.EAGAIN)
    unix = {"planted in /run": f"/run/{name}/door", "planted in /opt": f"/opt/{name}/door", "abstract": f"\0{name}"}
    unix |= {"D-Bus": "/run/dbus/system_bus_socket", "journal": "/run/systemd/journal/stdout"}
    unix |= {"systemd": "/run/systemd/private", "resolver": "/run/systemd/resolve/io.systemd.Resolve"}
    for title, path in unix.items():
        route(f"unix: {title}", lambda path=path: reach(path, socket.AF_UNIX))  # type: ignore[misc]
    for role in ("uplink", "skills", "panel"):
        path = f"/run/keepmum/{role}.sock"
        route(f"door: {role}", lambda path=path: reach(path, socket.AF_UNIX, socket.SOCK_SEQPACKET))  # type: ignore[misc]


# ---- devices, files, programs

DEVICES = {
    "sound": "/dev/snd/*", "gpio": "/dev/gpiochip*", "spi": "/dev/spidev*", "i2c": "/dev/i2c-*", "hid": "/dev/hidraw*",
    "usb": "/dev/bus/usb/*/*", "keys": "/dev/input/event*", "camera": "/dev/video*", "terminal": "/dev/tty[0-9S]*",
    "disk": "/dev/[svn][dv][am]*", "card": "/dev/mmcblk*", "memory": "/dev/mem", "kernel log": "/dev/kmsg",
    "fuse": "/dev/fuse", "vhost": "/dev/vhost-*", "tunnel": "/dev/net/tun", "uinput": "/dev/uinput",
}  # fmt: skip
PLACES = {
    "shared": "/tmp /var/tmp /dev/shm /run",  # noqa: S108 - they are looked at because everybody can write there
    "written": "/etc /usr /usr/lib /usr/local /opt /opt/keepmum /var /var/log /var/lib /home /srv /boot",
    "read": "/etc/keepmum/secrets /etc/shadow /root /home /boot /srv /media /mnt /var/log /var/lib/keepmum"
    " /usr/lib/modules /run/keepmum/outbox /run/credentials /proc/cpuinfo /proc/kallsyms /proc/1/environ /sys/class",
}
SHARED, WRITTEN, READ = (words.split() for words in PLACES.values())


def device(pattern: str) -> str:
    """Opens the first node of a kind that lets itself be opened; a driver with nothing to offer was reached, too."""
    failed = OSError(errno.ENOENT, "no such node")
    for node, way in itertools.product(sorted(glob.glob(pattern)), (os.O_RDWR, os.O_RDONLY)):
        try:
            os.close(os.open(node, way | os.O_NONBLOCK | os.O_NOCTTY))
        except OSError as error:
            if error.errno not in {errno.ENXIO, errno.ENODEV, errno.EBUSY, errno.EIO}:
                failed = error
                continue
        return node
    raise failed


def in_scratch(asked: argparse.Namespace, attempt: Callable[[str], object]) -> Attempt:
    """Tried with a new file in every folder where this process may write at all; says which was the first to let it."""

    def tried() -> str:
        failed = OSError(errno.EROFS, "nowhere to write")
        places: list[str] = [asked.state, tempfile.gettempdir(), "/run/keepmum/outbox", *SHARED]
        for place in places:
            if not place or not os.access(place, os.W_OK):
                continue
            folder = tempfile.mkdtemp(prefix="keepmum-route-", dir=place)
            try:
                attempt(f"{folder}/new")
            except OSError as error:
                failed = error
                continue
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return place
        raise failed

    return tried


def write(folder: str) -> None:
    """Makes a file. A place that is mounted read-only says so, whatever its own mode would have said first."""
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise OSError(errno.EROFS, "read-only file system")
    path = f"{folder}/keepmum-route-{os.getpid()}-{threading.get_ident()}"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    os.unlink(path)


def read(path: str) -> None:
    if not os.path.isdir(path):
        with open(path, "rb") as file:
            file.read(1)
    elif not os.listdir(path):
        raise Closed("empty", "nothing to be seen in it")


def mounted_writable(path: str) -> None:
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        raise OSError(errno.EROFS, "read-only file system")


def run(*words: str) -> None:
    ended = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode
    if ended:
        raise Closed(f"ended {ended}", "it was begun, and did not do its work")


def copied(path: str) -> None:
    shutil.copy("/bin/true", path)
    run(path)


def memory_file() -> None:
    fd = os.memfd_create("keepmum-route")
    with open("/bin/true", "rb") as program:
        os.write(fd, program.read())
    os.set_inheritable(fd, True)
    run(f"/proc/{os.getpid()}/fd/{fd}")


def own_node(path: str) -> None:
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    os.close(os.open(path, os.O_RDWR))


def shared(path: str) -> Attempt:
    return lambda: os.stat(path)


def files(asked: argparse.Namespace) -> None:
    name = asked.planted
    for kind, pattern in DEVICES.items():
        route(f"device: {kind}", lambda pattern=pattern: device(pattern))  # type: ignore[misc]
    route("device: planted", lambda: device(f"/dev/{name}"))
    route("device: made", in_scratch(asked, own_node))
    for folder in WRITTEN + SHARED:
        inner = f"{folder}/{name}"
        route(f"write {folder}", lambda a=inner, b=folder: write(a if os.path.isdir(a) else b))  # type: ignore[misc]
    for folder in ("/sys", "/sys/fs/cgroup", "/proc/sys", "/proc/sys/net", "/proc/irq"):
        route(f"write {folder}", lambda folder=folder: mounted_writable(folder))  # type: ignore[misc]
    route("write own state", lambda: write(asked.state))
    for path in READ:
        route(f"read {path}", lambda path=path: read(path))  # type: ignore[misc]
    for folder in SHARED:
        route(f"see {folder}", shared(f"{folder}/{name}"))
    route("run sh", lambda: run("/bin/sh", "-c", "exit 0"))
    route("run a copy", in_scratch(asked, copied))
    route("state for others", lambda: held(not os.stat(asked.state).st_mode & 0o077, "private"))
    route("run from memory", memory_file)
    route("run 32 bit", lambda: run(f"/usr/lib/{name}/thirty-two"))
    route("setuid file", lambda: os.fchmod(os.memfd_create("keepmum-route"), 0o4700))
    route("change owner", lambda: os.fchown(os.memfd_create("keepmum-route"), os.getuid(), -1))
    route("file for others", lambda: held(os.umask(0) & 0o077 == 0o077, "private"))


# ---- memory, other processes, the kernel


def page(file: int, protection: int) -> int:
    flags = mmap.MAP_PRIVATE | (mmap.MAP_ANONYMOUS if file < 0 else 0)
    LIBC.mmap.restype = ctypes.c_void_p
    where = LIBC.mmap(None, ctypes.c_size_t(4096), protection, flags, file, ctypes.c_long(0))
    return int(where) if where not in {None, ctypes.c_void_p(-1).value} else checked(-1)


def becomes_code() -> None:
    where = page(-1, mmap.PROT_READ | mmap.PROT_WRITE)
    ctypes.memset(where, 0xC3, 4096)
    checked(LIBC.mprotect(ctypes.c_void_p(where), ctypes.c_size_t(4096), mmap.PROT_READ | mmap.PROT_EXEC))


def memory_of(process: int) -> None:
    own = ctypes.create_string_buffer(8)
    vector = ctypes.create_string_buffer(struct.pack("PN", ctypes.addressof(own), 8))
    call("process_vm_readv", process, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0)


def descriptor_of(process: int) -> None:
    os.close(call("pidfd_getfd", os.pidfd_open(process), 0, 0))


def typed_into_terminal() -> None:
    _, terminal = os.openpty()
    os.setsid()
    fcntl.ioctl(terminal, 0x540E, 0)  # TIOCSCTTY
    fcntl.ioctl(terminal, 0x5412, b"x")  # TIOCSTI


def handle() -> None:
    packed = ctypes.create_string_buffer(struct.pack("Ii8s", 8, 1, bytes(8)))  # struct file_handle
    call("open_by_handle_at", os.open("/", os.O_RDONLY), ctypes.byref(packed), 0)


def shares(kind: str, outside: dict[str, str]) -> None:
    if kind not in outside:
        raise Closed("untried", "nobody said which one the machine has (--namespaces)")
    if os.readlink(f"/proc/self/ns/{kind}") != outside[kind]:
        raise Closed("own", "a namespace of its own")


def status(field: str) -> int:
    with open("/proc/self/status") as lines:
        return int(next(line.split()[1] for line in lines if line.startswith(f"{field}:")), 16)


def kernel(asked: argparse.Namespace) -> None:
    both, beside = mmap.PROT_WRITE | mmap.PROT_EXEC, asked.beside
    route("memory: write and run", lambda: page(-1, both))
    route("memory: written, then run", becomes_code)
    route("memory: file of memory run", lambda: page(os.memfd_create("keepmum-route"), mmap.PROT_READ | mmap.PROT_EXEC))
    for kind, flag in {"user": 0x10000000, "net": 0x40000000, "mnt": 0x20000, "pid": 0x20000000}.items():
        route(f"new {kind} namespace", lambda flag=flag: call("unshare", flag))  # type: ignore[misc]
    for kind in ("net", "ipc", "mnt", "uts", "user"):
        route(f"machine's {kind} namespace", lambda kind=kind: shares(kind, asked.namespaces))  # type: ignore[misc]
    for who, pid in {"init": 1, "another": beside}.items():
        route(f"see {who}", lambda pid=pid: os.stat(f"/proc/{pid}"))  # type: ignore[misc]
        route(f"signal {who}", lambda pid=pid: os.kill(pid, 0))  # type: ignore[misc]
        route(f"trace {who}", lambda pid=pid: call("ptrace", 0x4206, pid, 0, 0))  # type: ignore[misc]
        route(f"memory of {who}", lambda pid=pid: memory_of(pid), errno.EFAULT)  # type: ignore[misc]
        route(f"descriptor of {who}", lambda pid=pid: descriptor_of(pid), errno.EBADF)  # type: ignore[misc]
    route("shared segment", lambda: call("shmget", 0x6B6D, 0, 0))
    route("bpf", lambda: call("bpf", 0, ctypes.create_string_buffer(struct.pack("4I", 2, 4, 4, 1), 128), 128))
    counter = struct.pack("IIQ", 1, 112, 0)
    route("perf", lambda: call("perf_event_open", ctypes.create_string_buffer(counter, 112), 0, -1, -1, 0))
    route("keyring", lambda: call("keyctl", 0, -3, 1))
    route("userfaultfd", lambda: call("userfaultfd", 1))
    route("module", lambda: call("finit_module", -1, b"", 0), errno.EBADF)
    route("mount", lambda: call("mount", b"none", b"/", b"keepmum", 0, None), errno.ENODEV)
    route("open tree", lambda: call("open_tree", -100, b"/", 1))
    route("new file system", lambda: call("fsopen", b"tmpfs", 0))
    route("file by handle", handle, errno.ESTALE)
    route("chroot", lambda: os.chroot("/"))
    route("swap", lambda: call("swapon", b"", 0), errno.ENOENT)
    route("reboot", lambda: call("reboot", 0, 0, 0, None), errno.EINVAL)
    route("clock", lambda: call("adjtimex", ctypes.create_string_buffer(struct.pack("Iq", 0x8001, 0), 208)))
    route("host name", lambda: socket.sethostname(socket.gethostname()))
    route("kernel messages", lambda: call("syslog", 10, None, 0))
    route("personality", lambda: call("personality", 0x0040000))
    route("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
    route("choose processor", lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)))
    route("type into terminal", typed_into_terminal)
    route("become another", lambda: os.setuid(65534))
    route("join a group", lambda: os.setgroups([0]))
    route("be root", lambda: held(os.getuid() != 0, "no"))
    route("capabilities", lambda: held(not status("CapBnd") | status("CapAmb") | status("CapEff"), "none"))
    route("gain by a program", lambda: held(status("NoNewPrivs") == 1, "no"))
    route("root gains", lambda: held(bool(LIBC.prctl(27, 0, 0, 0, 0) & 1), "no"))  # PR_GET_SECUREBITS, SECBIT_NOROOT
    route("unlisted call", lambda: call("mincore", page(-1, mmap.PROT_READ), 4096, ctypes.create_string_buffer(16)))
    route("much memory", lambda: held(resource.getrlimit(resource.RLIMIT_DATA)[1] != resource.RLIM_INFINITY, "limited"))
    route("many files", lambda: held(resource.getrlimit(resource.RLIMIT_NOFILE)[1] <= 4096, "limited"))
    route("dump memory", lambda: held(resource.getrlimit(resource.RLIMIT_CORE)[1] == 0, "no"))


# ---- the attempts


def outcome(attempt: Attempt, passed: tuple[int, ...]) -> tuple[str, str]:
    try:
        said = attempt()
    except Closed as closed:
        return str(closed.args[0]), str(closed.args[1])
    except OSError as error:
        number = error.errno or 0
        word = "timeout" if isinstance(error, TimeoutError) else errno.errorcode.get(number, str(error))
        return "open" if number in passed else word, error.strerror or str(error)
    except Exception as error:  # noqa: BLE001 - whatever else goes wrong in an attempt must not end the others
        return f"failed {type(error).__name__}", str(error)
    return "open", said if isinstance(said, str) else ""


def begun(attempt: Attempt, passed: tuple[int, ...]) -> tuple[int, int]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(outcome(attempt, passed)).encode())
        os._exit(0)
    os.close(writing)
    return child, reading


def ended(child: int, reading: int) -> tuple[str, str]:
    if not select.select([reading], [], [], PATIENCE)[0]:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        return "timeout", f"nothing within {PATIENCE:g} s"
    said = os.read(reading, 65536)
    os.close(reading)
    _, how = os.waitpid(child, 0)
    if not said:
        name = signal.Signals(os.WTERMSIG(how)).name if os.WIFSIGNALED(how) else str(how)
        return f"killed {name}", "the kernel ended the process that tried"
    result, detail = json.loads(said)
    return result, detail


def tried(where: str) -> Iterator[dict[str, str]]:
    """Every route from here, in order; some are under way at once, since a few have to be waited for."""
    waiting: deque[tuple[str, int, int]] = deque()
    for name in itertools.chain(ROUTES, [None] * AT_ONCE):
        if len(waiting) == AT_ONCE or (name is None and waiting):
            done, child, reading = waiting.popleft()
            result, detail = ended(child, reading)
            yield {"route": done, "where": where, "result": result, "detail": detail}
        if name is not None:
            waiting.append((name, *begun(*ROUTES[name])))


def from_fork() -> list[dict[str, str]]:
    with os.fdopen(os.memfd_create("keepmum-routes"), "w+") as paper:
        child = os.fork()
        if child == 0:
            json.dump(list(tried("fork")), paper)
            paper.flush()
            os._exit(0)
        os.waitpid(child, 0)
        paper.seek(0)
        found: list[dict[str, str]] = json.load(paper)
    return found


def survey(
    asked: argparse.Namespace,
    places: Collection[str] = ("main", "before", "after", "fork"),
    between: Callable[[], object] = lambda: None,
) -> list[dict[str, str]]:
    """Every attempt from these places, as `{"route", "where", "result", "detail"}`; `between` may lock the process.

    A result is `open`, the name of the error that the kernel gave, `timeout`, `killed SIGSYS` (or another signal), or a
    word of the route's own for closed, like `own` for a namespace or `empty` for a folder.
    """
    network(asked)
    files(asked)
    kernel(asked)
    found: dict[str, list[dict[str, str]]] = {}
    go = threading.Event()
    early = threading.Thread(target=lambda: (go.wait(), found.update(before=list(tried("before")))))
    if "before" in places:
        early.start()
    between()
    go.set()
    if "before" in places:
        early.join()
    if "main" in places:
        found["main"] = list(tried("main"))
    if "after" in places:
        late = threading.Thread(target=lambda: found.update(after=list(tried("after"))))
        late.start()
        late.join()
    if "fork" in places:
        found["fork"] = from_fork()
    return [attempt for where in places for attempt in found[where]]


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="lines of JSON, which it prints in any case")
    parser.add_argument("--table", action="store_true", help="a table for people instead")
    parser.add_argument("--places", default="main,before,after,fork", help="where from, out of these four")
    parser.add_argument("--planted", default="keepmum-planted", metavar="NAME", help="what was put into each place")
    parser.add_argument(
        "--elsewhere", default="127.0.0.1:9", metavar="HOST:PORT", help="a server that must not be reached"
    )
    parser.add_argument("--broker", default="127.0.0.1:1883", metavar="HOST:PORT", help="the one that may be")
    parser.add_argument("--beside", type=int, default=1, metavar="PID", help="a process of another role")
    parser.add_argument(
        "--state", default=os.environ.get("STATE_DIRECTORY", ""), metavar="FOLDER", help="its own state"
    )
    parser.add_argument("--namespaces", type=json.loads, default={}, metavar="JSON", help="/proc/1/ns of the machine")
    return parser


def main() -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of a fork beside threads, which is meant
    asked = arguments().parse_args()
    for attempt in survey(asked, asked.places.split(",")):
        if asked.table:
            print("{route:32} {where:8} {result:18} {detail}".format(**attempt))
        else:
            print(json.dumps(attempt))


if __name__ == "__main__":
    main()
