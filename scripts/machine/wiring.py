"""Describes the board to the kernel: qemu's own, what a Pi's firmware would add, and an SPI bus for the ring."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from trouble import MachineError

ADDED = """
/ {
    system { linux,revision = <0xc03111>; };
    lamps {
        compatible = "spi-gpio";
        sck-gpios = <&{/pl061@9030000} 5 0>;
        mosi-gpios = <&{/pl061@9030000} 4 0>;
        num-chipselects = <0>;
        #address-cells = <1>;
        #size-cells = <0>;
        ring@0 { compatible = "rohm,dh2228fv"; reg = <0>; spi-max-frequency = <2000000>; };
    };
};
"""
"""The revision is a Pi 4B's: gpiozero asks for it. The kernel knows spidev by this name of another part."""


def describe(machine: Sequence[str], out: Path) -> None:
    """Write the device tree of this machine (`-machine … -cpu …`, as for qemu). Raises MachineError."""
    kind, *rest = machine
    own = out.with_suffix(".own")
    _run(["qemu-system-aarch64", "-machine", f"{kind},dumpdtb={own}", *rest])
    text = _run(["dtc", "-q", "-I", "dtb", "-O", "dts", own])
    _run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", out, "-"], text + ADDED)


def _run(command: list[str | Path], words: str = "") -> str:
    done = subprocess.run(command, input=words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MachineError(f"{command[0]} failed: {done.stderr.strip()}", "is it qemu 7 or newer?")
    return done.stdout
