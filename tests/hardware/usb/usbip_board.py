"""Plugs a simulated board into a real kernel: vhci_hcd, the kernel's own USB/IP client, takes it for one on a cable.

Documentation/usb/usbip_protocol.rst says what goes over the socket. No network: both ends are in this process.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

from keepmum.hardware.usb.simulated import Fault, SimulatedXvf3800

VHCI = Path("/sys/devices/platform/vhci_hcd.0")

_HEAD = struct.Struct(">IIIII")
_SUBMIT = struct.Struct(">IiIIi8s")
_ANSWERED = struct.Struct(">iiiii8x")
_SETUP = struct.Struct("<BBHHH")
_CMD_SUBMIT, _CMD_UNLINK, _RET_SUBMIT, _RET_UNLINK = 1, 2, 3, 4
_PORT, _HIGH_SPEED, _FREE = 0, 3, 4
_STALL, _GONE = -32, -104


class PluggedBoard:
    """A cable between the kernel and a simulated board, which says nothing at all while its fault is a timeout."""

    def __init__(self, device: SimulatedXvf3800, serial: str = "KM0001") -> None:
        """Nothing is plugged in yet."""
        self.device = device
        self._serial = serial
        self._cable: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def plug(self) -> None:
        """Put the cable in; returns when the kernel has begun to look at the device."""
        wait_for(lambda: _port_state() == _FREE)
        ours, kernels = socket.socketpair()
        with kernels:
            (VHCI / "attach").write_text(f"{_PORT} {kernels.fileno()} {1 << 16 | 1} {_HIGH_SPEED}")
        self._cable = ours
        self._thread = threading.Thread(target=self._serve, args=(ours,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Pull the cable; returns when the kernel has noticed."""
        if self._cable is not None and self._thread is not None:
            self._cable.shutdown(socket.SHUT_RDWR)
            self._thread.join()
            self._cable.close()
            self._cable = None
            wait_for(lambda: _port_state() == _FREE)

    def _serve(self, cable: socket.socket) -> None:
        while head := _whole(cable, _HEAD.size):
            command, number, _, reads, _ = _HEAD.unpack(head)
            _, length, _, _, _, setup = _SUBMIT.unpack(_whole(cable, _SUBMIT.size))
            if command == _CMD_UNLINK:
                cable.sendall(_HEAD.pack(_RET_UNLINK, number, 0, 0, 0) + _ANSWERED.pack(_GONE, 0, 0, 0, 0))
                continue
            sent = b"" if reads else _whole(cable, length)
            if self.device.fault is Fault.TIMEOUT and setup[0] & 0x60 == 0x40:
                continue
            status, answer = self._answer(setup, sent)
            count = len(answer) if reads else len(sent)
            answered = _ANSWERED.pack(status, count, 0, 0, 0)
            cable.sendall(_HEAD.pack(_RET_SUBMIT, number, 0, 0, 0) + answered + answer)

    def _answer(self, setup: bytes, sent: bytes) -> tuple[int, bytes]:
        kind, request, value, index, length = _SETUP.unpack(setup)
        if kind & 0x60 == 0x40:
            try:
                data = length if kind & 0x80 else sent
                return 0, self.device.transfer(self.device.address, request, value, index, data)
            except OSError as error:
                return -(error.errno or 5), b""
        if (kind, request) == (0x80, 6):
            described = self._descriptor(value >> 8, value & 255)
            return (0, described[:length]) if described else (_STALL, b"")
        return (0, b"") if not kind & 0x80 else (0, bytes(length))

    def _descriptor(self, kind: int, number: int) -> bytes:
        match kind, number:
            case 1, 0:
                return struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0, 0, 0, 64, 0x2886, 0x001A, 0x0210, 0, 0, 1, 1)
            case 2, 0:
                interface = struct.pack("<BBBBBBBBB", 9, 4, 0, 0, 0, 255, 255, 255, 0)
                return struct.pack("<BBHBBBBB", 9, 2, 9 + len(interface), 1, 1, 0, 0x80, 50) + interface
            case 3, 0:
                return struct.pack("<BBH", 4, 3, 0x0409)
            case 3, 1:
                words = self._serial.encode("utf-16-le")
                return bytes((2 + len(words), 3)) + words
            case _:
                return b""


def possible() -> bool:
    """Whether this kernel can be given a board, by us."""
    return os.access(VHCI / "attach", os.W_OK)


def wait_for(true: Callable[[], bool]) -> None:
    """Let the kernel work until something is so, but not for ever."""
    never = threading.Event()
    for _ in range(5_000):
        if true():
            return
        never.wait(0.002)
    raise AssertionError("what was waited for never came")


def _port_state() -> int:
    for line in (VHCI / "status").read_text().splitlines():
        words = line.split()
        if words[:2] == ["hs", f"{_PORT:04d}"]:
            return int(words[2])
    return -1


def _whole(cable: socket.socket, length: int) -> bytes:
    """So many bytes; none when the cable was pulled."""
    got = b""
    while len(got) < length:
        more = cable.recv(length - len(got))
        if not more:
            return b""
        got += more
    return got
