"""The XVF3800's driver through a real kernel's USB: its list, its node, its ioctl, its timeout and its hot-plugging.

Only the board at the end of the cable is simulated. Needs root and the module vhci_hcd (`sudo modprobe vhci-hcd`).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from usbip_board import PluggedBoard, possible, wait_for

from keepmum.errors import UsbError, UsbGone
from keepmum.hardware.usb.control import open_control
from keepmum.hardware.usb.nodes import Wanted, find_node
from keepmum.hardware.usb.simulated import Fault, SimulatedXvf3800
from keepmum.hardware.usb.xvf3800 import Xvf3800, open_xvf3800

pytestmark = pytest.mark.skipif(not possible(), reason="this kernel has no vhci_hcd for us: sudo modprobe vhci-hcd")

RAINBOW = [(number, 100 + number, 200 + number) for number in range(12)]


def is_listed() -> bool:
    """Whether the kernel has a node for the board."""
    try:
        return find_node(Wanted(0x2886, 0x001A)).exists()
    except UsbError:
        return False


@pytest.fixture
def cable(device: SimulatedXvf3800) -> Iterator[PluggedBoard]:
    """The board, plugged into this computer."""
    cable = PluggedBoard(device)
    cable.plug()
    wait_for(is_listed)
    yield cable
    cable.unplug()


@pytest.fixture
def real(cable: PluggedBoard) -> Iterator[Xvf3800]:
    """The driver, as it is opened on a speaker."""
    board = open_xvf3800()
    yield board
    board.close()


def test_everything(real: Xvf3800, device: SimulatedXvf3800) -> None:
    """Version, lamps, mute, read-back and direction arrive at the board and come back."""
    device.direction = (300, True)
    device.busy = 3
    assert real.version() == (2, 1, 0)
    real.lamps(RAINBOW)
    assert device.lamps == RAINBOW
    real.mute(True)
    assert device.muted
    assert real.is_muted()
    device.press_mute_button()
    assert not real.is_muted()
    assert real.bearing() == 300.0


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.STALL, "refused the request"),
        (Fault.TIMEOUT, "did not answer within 250 ms"),
        (Fault.SHORT, "answered 5 bytes instead of 6"),
        (Fault.STATUS, "with status 3"),
    ],
)
def test_faults(real: Xvf3800, device: SimulatedXvf3800, fault: Fault, told: str) -> None:
    """What a board can have arrives as the same words as from the simulated kernel, and passes."""
    device.fault = fault
    with pytest.raises(UsbError, match=told):
        real.is_muted()
    device.fault = None
    assert not real.is_muted()


def test_unplugged_and_back(real: Xvf3800, device: SimulatedXvf3800, cable: PluggedBoard) -> None:
    """The node of a board that was unplugged is dead, the next call finds the new one, and mutes it again."""
    real.mute(True)
    before = find_node(Wanted(0x2886, 0x001A))
    cable.unplug()
    device.plug()
    for _ in range(2):
        with pytest.raises(UsbGone):
            real.is_muted()
    cable.plug()
    wait_for(is_listed)
    assert find_node(Wanted(0x2886, 0x001A)) != before
    assert not device.muted
    assert real.is_muted()
    assert device.muted


def test_behind_the_lock(cable: PluggedBoard, device: SimulatedXvf3800) -> None:
    """A locked listener finds a board that was plugged in again, and mutes it again."""
    words = [sys.executable, str(Path(__file__).parent / "locked_board.py")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as locked:
        assert locked.stdin is not None
        assert locked.stdout is not None
        told = [locked.stdout.readline()]
        cable.unplug()
        device.plug()
        cable.plug()
        wait_for(is_listed)
        assert not device.muted
        for _ in range(2):
            print(file=locked.stdin, flush=True)
            told.append(locked.stdout.readline())
    assert told == ["locked\n", "the USB device 2886:001a is gone\n", "off\n"]
    assert device.muted


def test_serial(cable: PluggedBoard) -> None:
    """The serial that the board tells the kernel is the one to name it by."""
    open_control(0x2886, 0x001A, "KM0001").close()
    with pytest.raises(UsbGone, match="2886:001a/KM0002"):
        open_control(0x2886, 0x001A, "KM0002")
