"""Runs beside the tests, in a process of its own, because there is no way back out of the listener's lock.

With a folder it prints one JSON object about a board that was opened before the lock and started again behind it.
Without, it does the same with a real kernel's board, a line for each line that it is sent.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from usb_kernel import Kernel

from keepmum.errors import MicPowerError, UsbError
from keepmum.hardware.usb.control import NodeControl
from keepmum.hardware.usb.mic_power import Xvf3800MicPower
from keepmum.hardware.usb.nodes import Wanted
from keepmum.hardware.usb.simulated import SimulatedXvf3800
from keepmum.hardware.usb.xvf3800 import open_xvf3800
from keepmum.lockdown import lock_listener


def refusal(action: object) -> str:
    """The words of the error that an action ends with."""
    try:
        action()  # type: ignore[operator]
    except (UsbError, OSError) as error:
        return str(error).splitlines()[0]
    return ""


def real() -> None:
    """Mute the board that this computer has, lock, and say how it is whenever a line comes."""
    power = Xvf3800MicPower(open_xvf3800())
    lock_listener()
    print("locked", flush=True)
    for _ in sys.stdin:
        try:
            print("off" if power.is_off() else "not off", flush=True)
        except MicPowerError as error:
            print(error.what, flush=True)


def simulated(folder: Path) -> None:
    """Mute, lock, start the board again, and look."""
    kernel = Kernel(folder, SimulatedXvf3800())
    kernel.appear()
    board = open_xvf3800(kernel.control())
    power = Xvf3800MicPower(board)
    lock_listener()
    told = {"off": power.is_off()}
    kernel.vanish()
    kernel.device.plug()
    kernel.appear()
    told["gone"] = refusal(power.is_off)
    told["off again"] = power.is_off()
    # The kernel's own ioctl, on a file that is no USB device: the lock lets it pass, and the kernel knows no such call.
    real = NodeControl(Wanted(0x2886, 0x001A), kernel.find)
    told["ioctl"] = refusal(lambda: real.write(0, 1, 20, b"\x1e\x01"))
    print(json.dumps(told))


if __name__ == "__main__":
    simulated(Path(sys.argv[1])) if sys.argv[1:] else real()
