"""Runs in a booted machine, as root, and puts something to be found behind every wall that a unit promises.

    python3 -I boot_planted.py NAME PORT

Modes are wide open on purpose: where a file's mode alone would refuse, nobody would see that a unit's line is missing.
It says "planted" on one line once all is there, and serves until it is ended.
"""

import contextlib
import ctypes
import grp
import os
import selectors
import socket
import stat
import sys
from pathlib import Path

NAME, PORT = sys.argv[1], int(sys.argv[2])
PLACES = {
    "folders": "/etc /usr /usr/lib /usr/local /usr/local/lib /opt /opt/keepmum /var /var/log /var/lib /var/tmp /home"
    " /srv /media /mnt /tmp /dev/shm /run /usr/lib/modules /var/lib/keepmum",
    "closed to others": "/etc/keepmum/secrets /run/keepmum/outbox /run/credentials /root /boot",
}
FUSE, NULL, LOG, LOOP = (10, 229), (1, 3), (1, 11), (7, 0)
NODES = {
    "snd/pcmC0D0c": (NULL, "audio"), "gpiochip0": (NULL, "gpio"), "spidev0.0": (NULL, "spi"), "i2c-1": (FUSE, ""),
    "hidraw0": (FUSE, ""), "bus/usb/001/001": (FUSE, ""), "input/event0": (FUSE, ""), "video0": (FUSE, ""),
    "tty0": (FUSE, ""), "sda": (LOOP, ""), "mmcblk0": (LOOP, ""), "mem": (FUSE, ""), "kmsg": (LOG, ""),
    "fuse": (FUSE, ""), "vhost-vsock": (FUSE, ""), "net/tun": ((10, 200), ""), "uinput": (FUSE, ""), NAME: (FUSE, ""),
}  # fmt: skip
"""Numbers that this kernel has drivers for. What the listener may use is a device that no unit refuses, for a group."""
THIRTY_TWO = bytes.fromhex(
    "7f454c46010101000000000000000000020003000100000054800408340000000000000000000000340020000100000000000000"
    "0100000000000000008004080080040" "85b0000005b000000050000000010000031c04031dbcd80"
)  # fmt: skip
"""A program of 32 bits that calls exit(0) by int 0x80."""


def node(name: str, numbers: tuple[int, int], group: str) -> None:
    path = Path("/dev") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.mknod(path, stat.S_IFBLK if numbers == LOOP else stat.S_IFCHR, os.makedev(*numbers))
    os.chown(path, 0, grp.getgrnam(group).gr_gid if group else 0)
    path.chmod(0o660 if group else 0o666)


def served(family: int, where: object) -> socket.socket:
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if isinstance(where, str) and where.startswith("/"):
        Path(where).parent.mkdir(parents=True, exist_ok=True)
        Path(where).unlink(missing_ok=True)
    door.bind(where)  # type: ignore[arg-type]
    if isinstance(where, str) and where.startswith("/"):
        Path(where).chmod(0o666)
    door.listen(64)
    return door


def main() -> None:
    for folder in " ".join(PLACES.values()).split():
        inner = Path(folder) / NAME
        inner.mkdir(parents=True, exist_ok=True)
        inner.chmod(0o1777)
        (inner / "found").write_text("found\n")
        if folder in PLACES["closed to others"]:
            inner.parent.chmod(0o755)
    program = Path(f"/usr/lib/{NAME}/thirty-two")
    program.write_bytes(THIRTY_TWO)
    program.chmod(0o755)
    for name, (numbers, group) in NODES.items():
        node(name, numbers, group)
    ctypes.CDLL(None).shmget(0x6B6D, 4096, 0o1666)
    doors = selectors.DefaultSelector()
    for path in (f"/run/{NAME}/door", f"/opt/{NAME}/door", "/run/systemd/resolve/io.systemd.Resolve", f"\0{NAME}"):
        doors.register(served(socket.AF_UNIX, path), selectors.EVENT_READ)
    doors.register(served(socket.AF_INET, ("0.0.0.0", PORT)), selectors.EVENT_READ)
    doors.register(served(socket.AF_INET6, ("::1", PORT)), selectors.EVENT_READ)
    print("planted", flush=True)
    while True:
        for key, _ in doors.select():
            key.fileobj.accept()[0].close()  # type: ignore[union-attr]


main()
