"""Finds a USB device by its numbers, in the list that the kernel keeps in /sys."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from keepmum.errors import UsbError, UsbGone

DEVICES = Path("/sys/bus/usb/devices")
NODES = Path("/dev/bus/usb")


class Wanted(NamedTuple):
    """A device by what its descriptor says; `serial` only where there are two."""

    vendor: int
    product: int
    serial: str | None = None

    def __str__(self) -> str:
        return f"{self.vendor:04x}:{self.product:04x}" + (f"/{self.serial}" if self.serial else "")


def find_node(wanted: Wanted, devices: Path = DEVICES, nodes: Path = NODES) -> Path:
    """The file in /dev that speaks for the device.

    Raises UsbGone if there is none such now, UsbError if there are two or this machine has no USB.
    """
    try:
        folders = sorted(devices.iterdir())
    except OSError as error:
        hint = "a container must be given /sys and /dev/bus/usb"
        raise UsbError(f"this machine shows no USB devices: {error.strerror}", hint) from error
    fits = [folder for folder in folders if _fits(folder, wanted)]
    if not fits:
        raise UsbGone(f"there is no USB device {wanted}", "plug it in; `lsusb` lists what is there")
    if len(fits) > 1:
        serials = ", ".join(_read(folder, "serial") or "none" for folder in fits)
        hint = f"unplug all but one, or name the serial; they have: {serials}"
        raise UsbError(f"there are {len(fits)} USB devices {wanted}", hint)
    return _node(fits[0], nodes)


def _fits(folder: Path, wanted: Wanted) -> bool:
    numbers = (f"{wanted.vendor:04x}", f"{wanted.product:04x}")
    if (_read(folder, "idVendor"), _read(folder, "idProduct")) != numbers:
        return False
    return wanted.serial is None or _read(folder, "serial") == wanted.serial


def _node(folder: Path, nodes: Path) -> Path:
    try:
        bus, device = int(_read(folder, "busnum")), int(_read(folder, "devnum"))
    except ValueError as error:
        raise UsbGone(f"the USB device {folder.name} went away while it was looked for", "try again") from error
    return nodes / f"{bus:03d}" / f"{device:03d}"


def _read(folder: Path, name: str) -> str:
    """What the device says of itself; nothing if it is an interface, a device without it, or gone meanwhile."""
    try:
        return (folder / name).read_text("utf-8", "replace").strip()
    except OSError:
        return ""
