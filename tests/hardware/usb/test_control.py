"""Control transfers through the kernel's node: the one ioctl, the search for the device, and everything refused."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from usb_kernel import Kernel

from keepmum.errors import UsbError, UsbGone
from keepmum.hardware.usb.control import NodeControl
from keepmum.hardware.usb.nodes import Wanted, find_node
from keepmum.hardware.usb.simulated import Fault, SimulatedXvf3800
from keepmum.hardware.usb.xvf3800 import Xvf3800, open_xvf3800

WANTED = Wanted(0x2886, 0x001A)
RAINBOW = [(number, 100 + number, 200 + number) for number in range(12)]


@pytest.fixture
def kernel(tmp_path: Path, device: SimulatedXvf3800) -> Kernel:
    """A machine with a hub, and an XVF3800 that is plugged in."""
    kernel = Kernel(tmp_path, device)
    kernel.appear()
    return kernel


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's right to open everything; anybody else has none to begin with."""
    if os.geteuid() == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if os.getuid() == 0:
            os.seteuid(0)


def replug(kernel: Kernel) -> None:
    """The board starts again: on the bus it is a new device."""
    kernel.vanish()
    kernel.device.plug()
    kernel.appear()


# ---- what is asked


def test_write(kernel: Kernel) -> None:
    """A write is a vendor request to the device, with a timeout of a quarter of a second."""
    kernel.control().write(0, 1, 20, b"\x1e\x01")
    ((_, asked),) = kernel.asked
    assert (asked.bRequestType, asked.bRequest, asked.wValue, asked.wIndex, asked.wLength) == (0x40, 0, 1, 20, 2)
    assert asked.timeout == 250
    assert kernel.device.muted


def test_read(kernel: Kernel) -> None:
    """A read is one too, and its answer comes back whole."""
    assert kernel.control().read(0, 0x80, 48, 4) == b"\x00\x02\x01\x00"
    ((_, asked),) = kernel.asked
    assert (asked.bRequestType, asked.wValue, asked.wIndex, asked.wLength) == (0xC0, 0x80, 48, 4)


def test_a_whole_board(kernel: Kernel) -> None:
    """The driver works through the node: version, lamps, mute and its read-back."""
    board = open_xvf3800(kernel.control())
    board.lamps(RAINBOW)
    board.mute(True)
    assert board.is_muted()
    assert kernel.device.lamps == RAINBOW


# ---- what is refused


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EPIPE, "refused the request"),
        (errno.ETIMEDOUT, "did not answer within 250 ms"),
        (errno.EPROTO, "answered with a broken packet"),
        (errno.EILSEQ, "answered with a broken packet"),
        (errno.EOVERFLOW, "failed: planted"),
    ],
)
def test_failed_transfers(kernel: Kernel, number: int, told: str) -> None:
    """The kernel's numbers become words with a hint; the node stays open for the next try."""
    control = kernel.control()
    kernel.error = number
    with pytest.raises(UsbError, match=told) as refused:
        control.write(0, 1, 20, b"\x1e\x01")
    assert not isinstance(refused.value, UsbGone)
    assert refused.value.hint
    kernel.error = 0
    control.write(0, 1, 20, b"\x1e\x01")
    assert kernel.device.muted


@pytest.mark.parametrize("number", [errno.ENODEV, errno.ESHUTDOWN])
def test_gone_in_a_transfer(kernel: Kernel, number: int) -> None:
    """A device that went away is gone, and its node is let go of."""
    control = kernel.control()
    before = len(os.listdir("/proc/self/fd"))
    control.node()
    kernel.error = number
    with pytest.raises(UsbGone, match="2886:001a is gone"):
        control.read(0, 0x80, 48, 4)
    assert len(os.listdir("/proc/self/fd")) == before


def test_short_answer(kernel: Kernel) -> None:
    """An answer that lacks a byte is not taken."""
    kernel.device.fault = Fault.SHORT
    with pytest.raises(UsbError, match="answered 3 bytes instead of 4"):
        kernel.control().read(0, 0x80, 48, 4)


def test_no_device(kernel: Kernel) -> None:
    """No such device is an error with its numbers."""
    kernel.vanish()
    with pytest.raises(UsbGone, match="there is no USB device 2886:001a") as refused:
        kernel.control().node()
    assert "lsusb" in refused.value.hint


def test_two_devices(kernel: Kernel) -> None:
    """Of two boards nobody picks one; the hint has their serials, and with a serial there is no question."""
    kernel.appear("1-3", serial="B0815", number=77)
    with pytest.raises(UsbError, match="there are 2 USB devices 2886:001a") as refused:
        kernel.control().node()
    assert "none, B0815" in refused.value.hint
    assert kernel.find(Wanted(0x2886, 0x001A, "B0815")).name == "077"
    with pytest.raises(UsbGone, match="2886:001a/B"):
        kernel.find(Wanted(0x2886, 0x001A, "B"))


def test_no_usb(tmp_path: Path) -> None:
    """A machine or container without USB says so."""
    with pytest.raises(UsbError, match="shows no USB devices") as refused:
        find_node(WANTED, tmp_path / "none")
    assert not isinstance(refused.value, UsbGone)


@pytest.mark.parametrize("number", ["", "many"])
def test_a_device_that_goes_while_it_is_looked_for(kernel: Kernel, number: str) -> None:
    """What stops having a number meanwhile is gone, not a crash."""
    (kernel.devices / "1-2" / "devnum").write_text(number)
    with pytest.raises(UsbGone, match="1-2 went away"):
        kernel.control().node()


def test_a_node_that_goes_before_it_is_opened(kernel: Kernel) -> None:
    """A device that is listed and has no node any more is gone."""
    (kernel.nodes / "001" / "001").unlink()
    with pytest.raises(UsbGone, match="went away"):
        kernel.control().node()


def test_no_permission(kernel: Kernel) -> None:
    """Without permission the hint is the udev rule to write."""
    node = kernel.find(WANTED)
    node.chmod(0)
    with as_nobody(), pytest.raises(UsbError, match="may not be opened") as refused:
        NodeControl(WANTED, lambda _: node).node()
    assert not isinstance(refused.value, UsbGone)
    assert 'ATTR{idVendor}=="2886", ATTR{idProduct}=="001a"' in refused.value.hint


def test_a_node_that_is_no_node(kernel: Kernel) -> None:
    """What cannot be opened for another reason is an error with the path."""
    (kernel.nodes / "001" / "001").unlink()
    (kernel.nodes / "001" / "001").mkdir()
    with pytest.raises(UsbError, match="001/001 cannot be opened: Is a directory"):
        kernel.control().node()


# ---- gone and back


def test_back_under_another_address(kernel: Kernel) -> None:
    """A board that started again has another node; the call after the error finds it and mutes it again."""
    board = Xvf3800(kernel.control())
    board.mute(True)
    replug(kernel)
    with pytest.raises(UsbGone):
        board.is_muted()
    assert not kernel.device.muted
    assert board.is_muted()
    assert kernel.device.muted


def test_closing(kernel: Kernel) -> None:
    """Closing twice is allowed and leaves no descriptor; the next transfer opens again."""
    before = len(os.listdir("/proc/self/fd"))
    control = kernel.control()
    control.close()
    control.read(0, 0x80, 48, 4)
    control.close()
    control.close()
    assert len(os.listdir("/proc/self/fd")) == before
    assert control.read(0, 0x80, 48, 4)[0] == 0
    control.close()
