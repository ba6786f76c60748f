"""Run a command inside an arm64 root on a computer that is none, without changing anything on that computer.

`python3 arm64_inside.py ROOT COMMAND…`, as root. Since Linux 6.7 a user namespace has a binfmt_misc of its own: qemu is
registered in there, for this command and its children alone, and is gone with them.
"""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
from pathlib import Path

QEMU = Path("/usr/bin/qemu-aarch64-static")
BINFMT = Path("/proc/sys/fs/binfmt_misc")

_ELF_ARM64 = rb"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
_COMPARED = rb"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
_NEW_MOUNTS, _NEW_USERS = 0x20000, 0x10000000
_DEVICES = ("null", "zero", "full", "random", "urandom")
_LIBC = ctypes.CDLL(None, use_errno=True)


def _apart(flags: int) -> None:
    if _LIBC.unshare(flags):
        sys.exit(f"arm64: no namespace of our own: {os.strerror(ctypes.get_errno())}")


def _as_ourselves(process: int) -> None:
    for kind in ("uid_map", "gid_map"):
        Path(f"/proc/{process}/{kind}").write_text("0 0 4294967295")


def _enter_users() -> None:
    """A user namespace in which every number means what it means outside; its map is written by our parent."""
    (hear_parent, tell_child), (hear_child, tell_parent) = os.pipe(), os.pipe()
    child = os.fork()
    if child:
        os.read(hear_child, 1)
        _as_ourselves(child)
        os.write(tell_child, b".")
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    _apart(_NEW_USERS | _NEW_MOUNTS)
    os.write(tell_parent, b".")
    os.read(hear_parent, 1)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def _register() -> None:
    _mount("-t", "binfmt_misc", "binfmt_misc", str(BINFMT))
    rule = b":".join([b"", b"keepmum-arm64", b"M", b"", _ELF_ARM64, _COMPARED, str(QEMU).encode(), b"OCF"])
    (BINFMT / "register").write_bytes(rule)


def _furnish(root: Path) -> None:
    _mount("--make-rprivate", "/")
    _mount("--rbind", "/proc", str(root / "proc"))
    for name in _DEVICES:
        (root / "dev" / name).touch()
        _mount("--bind", f"/dev/{name}", str(root / "dev" / name))


def main(root: Path, command: list[str]) -> None:
    """Does not return."""
    if platform.machine() == "aarch64" or (BINFMT / "qemu-aarch64").exists():
        _apart(_NEW_MOUNTS)
    else:
        _enter_users()
        _register()
    _furnish(root)
    os.chroot(root)
    os.chdir("/")
    # `container=lxc` is how debootstrap's second stage is told that it may make no device nodes.
    environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "container": "lxc"}
    os.execvpe(command[0], command, environ)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
