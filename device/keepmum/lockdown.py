"""Each process closes, in its first lines, the routes that it does not need; the kernel then refuses them.

A seccomp filter, set for every thread at once and inherited by every child, needs no privilege and no library. On
a Pi it stands behind the systemd unit; on a laptop it is the whole wall. There is no way back, and no half: if the
kernel does not take the lock, LockdownError is raised and the process must not go on.

What a filter cannot see is a path. Reading a file that is also a device (an old /dev/dsp), and Unix sockets that
were connected before, stay for the unit's PrivateDevices= and for what starts the process.
"""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import struct
from collections.abc import Collection, Iterable, Mapping
from errno import EAFNOSUPPORT

from keepmum import inherited_sockets
from keepmum.bpf import MACHINES, Machine, Rule, assemble
from keepmum.errors import LockdownError
from keepmum.syscalls import NUMBERS

_LIBC = ctypes.CDLL(None, use_errno=True)
_SET_DUMPABLE, _SET_NO_NEW_PRIVS = 4, 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_WORD = 0xFFFFFFFF
_FAST_OPEN = 0x20000000
"""MSG_FASTOPEN, which Python does not name."""


def _refused(calls: str) -> tuple[Rule, ...]:
    return tuple(Rule(call) for call in calls.split())


_NEVER = _refused(
    "io_uring_setup io_uring_enter io_uring_register"
    " ptrace process_vm_readv process_vm_writev pidfd_getfd"
    " bpf perf_event_open userfaultfd open_by_handle_at add_key request_key keyctl"
    " init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff iopl ioperm"
    " mount umount2 pivot_root chroot move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick"
    " mount_setattr setns unshare"
)
"""What no process of a speaker has any business with, and what leads round the other rules."""

_NO_NEW_SOCKET = _refused("socket socketpair connect")
_NO_SERVER = _refused("listen accept accept4")
_NO_PROGRAM = _refused("execve execveat")

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_NO_WRITING = (
    Rule("open", argument=1, mask=_WRITING, values=(0,)),
    Rule("openat", argument=2, mask=_WRITING, values=(0,)),
    *_refused(
        "openat2 creat truncate truncate64 unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir link linkat"
        " symlink symlinkat mknod mknodat chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat"
        " chown32 fchown32 lchown32 setxattr lsetxattr fsetxattr setxattrat"
        " removexattr lremovexattr fremovexattr removexattrat file_setattr"
        " utime utimes futimesat utimensat utimensat_time64"
    ),
)
"""openat2 keeps its flags in memory, where a filter cannot look."""

_FIONBIO, _FIONREAD, _FIOCLEX, _FIONCLEX = 0x5421, 0x541B, 0x5451, 0x5450
_TCGETS, _TCGETS2, _TIOCGWINSZ = 0x5401, 0x802C542A, 0x5413
_NO_DEVICE = (
    Rule("ioctl", argument=1, values=(_FIONBIO, _FIONREAD, _FIOCLEX, _FIONCLEX, _TCGETS, _TCGETS2, _TIOCGWINSZ)),
)
"""Without ioctl no ALSA stream can be set up, no GPIO line asked for and no SPI device driven."""

_TYPE = _WORD & ~(socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
_INTERNET_TYPES = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
_PAIR_ONLY = (
    Rule("socketpair", EAFNOSUPPORT, argument=0, values=(socket.AF_UNIX,)),
    Rule("socketpair", argument=1, mask=_TYPE, values=(socket.SOCK_STREAM,)),
)
"""A wake-up for a loop. Half a pair of datagram sockets could send to any path (sendto needs no connect)."""

_BROKER_ONLY = (
    Rule("socket", EAFNOSUPPORT, argument=0, values=(socket.AF_INET, socket.AF_INET6, socket.AF_UNIX)),
    Rule("socket", argument=1, mask=_TYPE, values=_INTERNET_TYPES, given=(0, socket.AF_INET)),
    Rule("socket", argument=1, mask=_TYPE, values=_INTERNET_TYPES, given=(0, socket.AF_INET6)),
    Rule("socket", argument=1, mask=_TYPE, values=(socket.SOCK_SEQPACKET,), given=(0, socket.AF_UNIX)),
    Rule("socket", argument=2, values=(0, socket.IPPROTO_TCP, socket.IPPROTO_UDP)),
    *_PAIR_ONLY,
)
"""TCP, UDP for name servers, and our own kind of Unix socket. The sound servers of a desktop, which would be a
microphone, and D-Bus listen on stream sockets, so those are closed."""

_NO_CONNECTING_BY_SENDING = tuple(
    Rule(call, argument=place, mask=_FAST_OPEN, values=(0,))
    for call, place in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3))
)
"""A listening socket that is shut down is an idle one, and TCP Fast Open connects that without `connect`."""

_VISITORS_ONLY = (*_refused("socket connect bind"), *_PAIR_ONLY, *_NO_CONNECTING_BY_SENDING)
"""`listen` stays, because asyncio calls it once more on the socket that systemd had listen; without `socket` and
`bind` there is no other to call it on."""

LISTENER = (*_NEVER, *_NO_NEW_SOCKET)
UPLINK = (*_NEVER, *_BROKER_ONLY, *_NO_SERVER, *_NO_PROGRAM, *_NO_WRITING, *_NO_DEVICE)
SKILLS = (*_NEVER, *_NO_NEW_SOCKET, *_NO_SERVER, *_NO_PROGRAM, *_NO_WRITING, *_NO_DEVICE)
PANEL = (*_NEVER, *_VISITORS_ONLY, *_NO_PROGRAM, *_NO_WRITING, *_NO_DEVICE)


def lock_listener() -> None:
    """No thread and no child can make or connect a socket any more; doors that are open already go on accepting.

    Call it once the doors are open. Programs can still be started (the voice is one) and inherit the lock. A
    sound device must be a plain ALSA one (`hw:`, `plughw:`): sound servers and ALSA's sharing plug-ins are
    reached by a socket. Raises LockdownError.
    """
    _lock(LISTENER)


def lock_uplink() -> None:
    """Sockets towards the broker and the listener only: no server, no program, no writing of files, no device.

    Name resolution works without netlink. paho builds its wake-up pair from a listening TCP socket on loopback,
    which is refused: the file that imports it must set `paho.mqtt.client._socketpair_compat = socket.socketpair`
    before it makes a client. Load certificates and import what is needed before or after; reading is allowed.
    Raises LockdownError.
    """
    _lock(UPLINK)


def lock_skills() -> None:
    """No socket besides the line that is already connected, no program, no writing of files, no device.

    Raises LockdownError.
    """
    _lock(SKILLS)


def lock_panel(environ: Mapping[str, str] = os.environ, own: Collection[int] = ()) -> None:
    """Visitors may arrive on the listening TCP sockets that systemd passed ($LISTEN_FDS); nothing may go out.

    `own` are listening sockets that this process has made itself, where there is no systemd to do it.

    No socket, no connect, no program, no writing of files, no device. The line to the listener is connected
    before; asyncio may start before or after (its wake-up pair stays allowed). Any other internet socket is
    refused as everywhere. Raises LockdownError.
    """
    _lock(PANEL, {*inherited_sockets.handed_over(environ), *own})


def this_machine() -> Machine:
    """The machine that this process runs on; raises LockdownError if keepmum knows no lock for it."""
    return machine_of(platform.machine(), 8 * ctypes.sizeof(ctypes.c_void_p))


def machine_of(name: str, bits: int) -> Machine:
    """The machine that the kernel calls `name`, for a process whose pointers have so many bits.

    Raises LockdownError for any other than the three in `bpf.MACHINES`.
    """
    # 32-bit Raspberry Pi OS on a 64-bit kernel calls itself aarch64.
    own = "armv7l" if bits == 32 and name in {"aarch64", "armv6l", "armv8l"} else name
    if own not in MACHINES or bits != (32 if own == "armv7l" else 64):
        raise LockdownError(f"no lock is known for {bits}-bit {name!r}", f"keepmum runs on {', '.join(MACHINES)}")
    return MACHINES[own]


def install(machine: Machine, rules: Iterable[Rule], *, all_threads: bool = True) -> None:
    """Give the kernel the filter. Only a test that shows why leaves other threads out. Raises LockdownError."""
    program = assemble(machine, rules)
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    filtering = _Program(len(program), ctypes.addressof(buffer))
    _prctl(_SET_NO_NEW_PRIVS, 1)
    number, flags = NUMBERS["seccomp"][machine.column], _ALL_THREADS if all_threads else 0
    words = (ctypes.c_long(word) for word in (number or -1, _SET_MODE_FILTER, flags))
    answer = _LIBC.syscall(*words, ctypes.byref(filtering))
    if answer < 0:
        raise _refusal("seccomp")
    if answer > 0:
        raise LockdownError(f"thread {answer} did not take the lock", "no thread may have a filter of its own before")


def _lock(rules: tuple[Rule, ...], listening: Collection[int] = ()) -> None:
    install(this_machine(), rules)
    # Only now, when no new one can appear; and before the process hides its own /proc from itself.
    inherited_sockets.refuse_foreign(listening)
    _prctl(_SET_DUMPABLE, 0)


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, *(ctypes.c_ulong(word) for word in (value, 0, 0, 0))):
        raise _refusal(f"prctl {option}")


def _refusal(what: str) -> LockdownError:
    reason = os.strerror(ctypes.get_errno())
    return LockdownError(
        f"the kernel refused {what}: {reason}", "it needs CONFIG_SECCOMP_FILTER, as every Pi kernel has"
    )
