"""Vendor control transfers to a USB device through the kernel's own node: open and ioctl, no library, no socket.

libusb listens on a netlink socket, which the listener's lock refuses before and after (README.md has the trace).
Only the default pipe is used, so the sound driver keeps the device's interfaces.
"""

from __future__ import annotations

import errno
import os
import struct
from array import array
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path
from typing import Protocol

from keepmum.errors import UsbError, UsbGone
from keepmum.hardware.usb.nodes import Wanted, find_node

TIMEOUT_MS = 250
"""The longest that one transfer may take. A board that works answers within a few milliseconds; the vendor's own
programs wait 100 seconds, in which nobody could mute."""

_OUT, _IN = 0x40, 0xC0
"""bmRequestType: vendor, device, and the direction (USB 2.0, table 9-2)."""
_TRANSFER = struct.Struct("@BBHHHIP")
"""struct usbdevfs_ctrltransfer of linux/usbdevice_fs.h: type, request, value, index, length, milliseconds, address."""
_USBDEVFS_CONTROL = 3 << 30 | _TRANSFER.size << 16 | ord("U") << 8

_AWAY = {errno.ENODEV, errno.ESHUTDOWN, errno.ENOENT, errno.ENXIO}
_REASONS = {
    errno.EPIPE: ("refused the request (stall)", "its firmware may be older than the request; update it"),
    errno.ETIMEDOUT: (f"did not answer within {TIMEOUT_MS} ms", "unplug it and plug it in again"),
    errno.EPROTO: ("answered with a broken packet", "look at the cable and the power supply"),
    errno.EILSEQ: ("answered with a broken packet", "look at the cable and the power supply"),
}

Ioctl = Callable[[int, int, bytearray], int]


class Control(Protocol):
    """A device's default pipe. Raises UsbError, and UsbGone where the device is away.

    After UsbGone, and after `close`, the next transfer looks for the device again: it may be back under another
    address, and has forgotten everything.
    """

    def write(self, request: int, value: int, index: int, data: bytes) -> None:
        """One vendor request to the device."""
        ...

    def read(self, request: int, value: int, index: int, length: int) -> bytes:
        """One vendor request that is answered; a shorter answer than `length` bytes is an error."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


def open_control(vendor: int, product: int, serial: str | None = None) -> Control:
    """The one device with these numbers. Raises UsbError without it, with two of them, or without permission."""
    control = NodeControl(Wanted(vendor, product, serial))
    control.node()
    return control


class NodeControl:
    """A device's default pipe, through its node. Works behind the listener's lock, and opens again there."""

    def __init__(self, wanted: Wanted, find: Callable[[Wanted], Path] = find_node, transfer: Ioctl = ioctl) -> None:
        """`find` and `transfer` are the kernel's unless others are given. Nothing is opened yet."""
        self._wanted = wanted
        self._find = find
        self._transfer = transfer
        self._node: int | None = None

    def node(self) -> int:
        """The open node's descriptor. Raises UsbError or UsbGone."""
        if self._node is None:
            path = self._find(self._wanted)
            try:
                self._node = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            except OSError as error:
                raise _not_opened(self._wanted, path, error) from error
        return self._node

    def write(self, request: int, value: int, index: int, data: bytes) -> None:
        self._control(_OUT, request, value, index, array("B", data))

    def read(self, request: int, value: int, index: int, length: int) -> bytes:
        untrusted_answer = array("B", bytes(length))
        count = self._control(_IN, request, value, index, untrusted_answer)
        return whole(self._wanted, untrusted_answer.tobytes()[:count], length)

    def close(self) -> None:
        if self._node is not None:
            os.close(self._node)
            self._node = None

    def _control(self, kind: int, request: int, value: int, index: int, data: array[int]) -> int:
        node = self.node()
        address, length = data.buffer_info()
        order = bytearray(_TRANSFER.pack(kind, request, value, index, length, TIMEOUT_MS, address))
        try:
            return self._transfer(node, _USBDEVFS_CONTROL, order)
        except OSError as error:
            refusal = refused(self._wanted, error)
            if isinstance(refusal, UsbGone):
                self.close()
            raise refusal from error


def refused(wanted: Wanted, error: OSError) -> UsbError:
    """What the kernel's answer to a transfer means."""
    if error.errno in _AWAY:
        return UsbGone(f"the USB device {wanted} is gone", "plug it in again")
    reason, hint = _REASONS.get(error.errno or 0, (f"failed: {error.strerror}", "unplug it and plug it in again"))
    return UsbError(f"the USB device {wanted} {reason}", hint)


def whole(wanted: Wanted, untrusted_answer: bytes, length: int) -> bytes:
    """The answer, if it has `length` bytes; raises UsbError for a shorter one."""
    if len(untrusted_answer) != length:
        what = f"the USB device {wanted} answered {len(untrusted_answer)} bytes instead of {length}"
        raise UsbError(what, "its firmware may be of another kind; update it")
    return untrusted_answer


def _not_opened(wanted: Wanted, path: Path, error: OSError) -> UsbError:
    if error.errno in _AWAY:
        return UsbGone(f"the USB device {wanted} went away", "plug it in again")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return UsbError(f"the USB device {wanted} may not be opened ({path})", _udev_rule(wanted))
    return UsbError(f"{path} cannot be opened: {error.strerror}", "`lsusb` lists what is there")


def _udev_rule(wanted: Wanted) -> str:
    rule = (
        f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{wanted.vendor:04x}", ATTR{{idProduct}}=="{wanted.product:04x}",'
        ' GROUP="plugdev", MODE="0660"'
    )
    return f"put `{rule}` into /etc/udev/rules.d/60-keepmum.rules, be in that group, and plug the device in again"
