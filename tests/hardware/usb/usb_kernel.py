"""The kernel's side of a USB device node, for tests: a list in /sys, a file in /dev, and the one ioctl."""

from __future__ import annotations

import ctypes
import errno
from pathlib import Path

from keepmum.hardware.usb.control import NodeControl
from keepmum.hardware.usb.nodes import Wanted, find_node
from keepmum.hardware.usb.simulated import SimulatedXvf3800


class ControlTransfer(ctypes.Structure):
    """struct usbdevfs_ctrltransfer, as linux/usbdevice_fs.h declares it."""

    _fields_ = (
        ("bRequestType", ctypes.c_uint8),
        ("bRequest", ctypes.c_uint8),
        ("wValue", ctypes.c_uint16),
        ("wIndex", ctypes.c_uint16),
        ("wLength", ctypes.c_uint16),
        ("timeout", ctypes.c_uint32),
        ("data", ctypes.c_void_p),
    )


class Kernel:
    """Lists devices under a folder and passes transfers on to a simulated board, as usbfs does."""

    def __init__(self, folder: Path, device: SimulatedXvf3800) -> None:
        self.devices, self.nodes = folder / "devices", folder / "bus"
        self.device = device
        self.asked: list[tuple[int, ControlTransfer]] = []
        self.error = 0
        """The number of an error that every transfer ends with, if any."""
        self._opened: dict[int, int] = {}
        self.devices.mkdir()
        self.interface("1-2:1.0")
        self.appear("1-1", vendor="1d6b", product="0002", number=200)

    def interface(self, name: str) -> None:
        """An interface's entry, which stands in the list as well and has no numbers."""
        (self.devices / name).mkdir()
        (self.devices / name / "bInterfaceClass").write_text("ff\n")

    def appear(
        self, name: str = "1-2", vendor: str = "2886", product: str = "001a", serial: str = "", number: int = 0
    ) -> None:
        """A device comes: it stands in the list, and has a node."""
        entry = self.devices / name
        entry.mkdir()
        number = number or self.device.address
        said = {"idVendor": vendor, "idProduct": product, "busnum": "1", "devnum": str(number)}
        for key, value in (said | ({"serial": serial} if serial else {})).items():
            (entry / key).write_text(f"{value}\n")
        node = self.nodes / "001" / f"{number:03d}"
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()

    def vanish(self, name: str = "1-2") -> None:
        """A device goes, and its node with it."""
        entry = self.devices / name
        (self.nodes / "001" / f"{int((entry / 'devnum').read_text()):03d}").unlink()
        for file in entry.iterdir():
            file.unlink()
        entry.rmdir()

    def find(self, wanted: Wanted) -> Path:
        """The node, as the driver finds it."""
        return find_node(wanted, self.devices, self.nodes)

    def ioctl(self, node: int, request: int, order: bytearray) -> int:
        """USBDEVFS_CONTROL: the count of bytes, or OSError."""
        asked = ControlTransfer.from_buffer_copy(order)
        self.asked.append((request, asked))
        if self.error:
            raise OSError(self.error, "planted")
        if request != 0xC000_5500 + (ctypes.sizeof(ControlTransfer) << 16):
            raise OSError(errno.ENOTTY, "no such ioctl")
        address = int(Path(f"/proc/self/fd/{node}").readlink().name.split(" ")[0])
        return self._transfer(address, asked)

    def _transfer(self, address: int, asked: ControlTransfer) -> int:
        where = (address, asked.bRequest, asked.wValue, asked.wIndex)
        if asked.bRequestType == 0x40:
            self.device.transfer(*where, ctypes.string_at(asked.data, asked.wLength))
            return int(asked.wLength)
        if asked.bRequestType != 0xC0:
            raise OSError(errno.EPIPE, "no request of the vendor")
        answer = self.device.transfer(*where, int(asked.wLength))
        ctypes.memmove(asked.data, answer, len(answer))
        return len(answer)

    def control(self, serial: str | None = None) -> NodeControl:
        """The control that the driver would use on a machine with this kernel."""
        return NodeControl(Wanted(0x2886, 0x001A, serial), self.find, self.ioctl)
