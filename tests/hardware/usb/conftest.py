"""What the tests of the boards behind USB share: boards that are simulated, and the pauses that drivers asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from keepmum.hardware.usb.simulated import SimulatedUsb4Mic, SimulatedXvf3800
from keepmum.hardware.usb.usb4mic import Usb4Mic
from keepmum.hardware.usb.xvf3800 import Xvf3800

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file, so `usb_kernel` is found by folder


@pytest.fixture
def pauses() -> list[float]:
    """Seconds that the driver asked to wait; nobody waits."""
    return []


@pytest.fixture
def device() -> SimulatedXvf3800:
    """An XVF3800, just plugged in."""
    return SimulatedXvf3800()


@pytest.fixture
def board(device: SimulatedXvf3800, pauses: list[float]) -> Xvf3800:
    """The driver that speaks to `device`."""
    return Xvf3800(device, tries=5, wait=pauses.append)


@pytest.fixture
def array_device() -> SimulatedUsb4Mic:
    """A USB Mic Array v2.0, just plugged in."""
    return SimulatedUsb4Mic()


@pytest.fixture
def array_board(array_device: SimulatedUsb4Mic) -> Usb4Mic:
    """The driver that speaks to `array_device`."""
    return Usb4Mic(array_device)
