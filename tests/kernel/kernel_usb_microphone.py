"""A reSpeaker XVF3800 on a cable that can be pulled: its sound (USB Audio 1.0) and its control, for a real kernel.

vhci_hcd, the kernel's own USB/IP client, takes it for a board, and snd-usb-audio makes a sound card of it. Only the
board is simulated: one millisecond of sound per packet, in real time. Sources: USB Device Class Definition for Audio
Devices 1.0, sections 4.3 to 4.6; Documentation/usb/usbip_protocol.rst for what goes over the cable.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import time
from itertools import count, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "hardware/usb"))

from usbip_board import PluggedBoard

CHANNELS, RATE = 2, 16_000
FRAMES = RATE // 1000
_MILLISECOND = FRAMES * CHANNELS * 2
_HEAD, _SUBMIT, _ANSWERED = struct.Struct(">IIIII"), struct.Struct(">IiIIi8s"), struct.Struct(">iiiii8x")
_PACKET = struct.Struct(">IIII")
_SOUND = 1
"""The endpoint."""


def _described() -> bytes:
    """A configuration of two interfaces: what the microphone is, and its stream."""
    terminals = [
        struct.pack("<BBBBHBBHBB", 12, 0x24, 2, 1, 0x0201, 0, CHANNELS, 3, 0, 0),
        struct.pack("<BBBBHBBB", 9, 0x24, 3, 2, 0x0101, 0, 1, 0),
    ]
    head = struct.pack("<BBBHHBB", 9, 0x24, 1, 0x0100, 9 + sum(map(len, terminals)), 1, 1)
    stream = [
        struct.pack("<9B", 9, 4, 1, 0, 0, 1, 2, 0, 0),
        struct.pack("<9B", 9, 4, 1, 1, 1, 1, 2, 0, 0),
        struct.pack("<BBBBBH", 7, 0x24, 1, 2, 1, 1),
        struct.pack("<8B", 11, 0x24, 2, 1, CHANNELS, 2, 16, 1) + RATE.to_bytes(3, "little"),
        struct.pack("<BBBBHBBB", 9, 5, 0x80 | _SOUND, 0x0D, _MILLISECOND, 4, 0, 0),
        struct.pack("<BBBBBH", 7, 0x25, 1, 0, 0, 0),
    ]
    body = b"".join([struct.pack("<9B", 9, 4, 0, 0, 0, 1, 1, 0, 0), head, *terminals, *stream])
    return struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 2, 1, 0, 0x80, 50) + body


class PluggedMicrophone(PluggedBoard):
    """The board with its sound: the first channel counts from 1 to 20,000, the second is silent."""

    def _descriptor(self, kind: int, number: int) -> bytes:
        return _described() if (kind, number) == (2, 0) else super()._descriptor(kind, number)

    def _serve(self, cable: socket.socket) -> None:
        with contextlib.suppress(BrokenPipeError):  # the cable was pulled in the middle of a word
            self._answer_all(cable)

    def _answer_all(self, cable: socket.socket) -> None:
        numbers, due = (one % 20_000 + 1 for one in count()), 0.0
        while head := _whole(cable, _HEAD.size):
            command, number, _, reads, endpoint = _HEAD.unpack(head)
            _, length, _, packets, _, setup = _SUBMIT.unpack(_whole(cable, _SUBMIT.size))
            if command == 2:
                # What it wants back was answered already: this board does one thing after the other.
                cable.sendall(_HEAD.pack(4, number, 0, 0, 0) + _ANSWERED.pack(0, 0, 0, 0, 0))
            elif endpoint == _SOUND:
                asked = _whole(cable, _PACKET.size * packets)
                due = max(due, time.monotonic()) + packets / 1000
                time.sleep(max(0.0, due - time.monotonic()))
                frames = islice(numbers, packets * FRAMES)
                sound = b"".join(struct.pack("<hh", frame, 0) for frame in frames)
                answered = _ANSWERED.pack(0, len(sound), 0, packets, 0)
                cable.sendall(_HEAD.pack(3, number, 0, 0, 0) + answered + sound + _filled(asked))
            else:
                sent = b"" if reads else _whole(cable, length)
                status, answer = self._answer(setup, sent)
                answered = _ANSWERED.pack(status, len(answer) if reads else len(sent), 0, 0, 0)
                cable.sendall(_HEAD.pack(3, number, 0, 0, 0) + answered + answer)


def _filled(asked: bytes) -> bytes:
    """The same packets, each with its millisecond in it."""
    offsets = (_PACKET.unpack_from(asked, at)[0] for at in range(0, len(asked), _PACKET.size))
    return b"".join(_PACKET.pack(offset, _MILLISECOND, _MILLISECOND, 0) for offset in offsets)


def _whole(cable: socket.socket, length: int) -> bytes:
    """So many bytes; none when the cable was pulled."""
    got = b""
    while len(got) < length:
        more = cable.recv(length - len(got))
        if not more:
            return b""
        got += more
    return got
