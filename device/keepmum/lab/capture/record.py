"""The two files of a tap: a pcap for programs that read captures, and a CSV for those that guess from sizes."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, TextIO

from keepmum.errors import LabError
from keepmum.lab.capture.segments import Conversation

PCAP, CSV = "tap.pcap", "tap.csv"
HEADINGS = "time,size,direction"
"""As in VCFingerprinting: seconds since the beginning, bytes of the packet with its headers, 1 out or -1 in."""
_ETHERNET = 1
_SNAP = 65_535


class Record:
    """What a tap writes. Every line is on its way to the disk before the bytes it tells of go on.

    The CSV has a line for each packet that carried something. Acknowledgements stand in the pcap alone: nobody saw any.
    """

    def __init__(self, folder: Path) -> None:
        """Raises LabError if the folder cannot be written, or has a capture already."""
        self.outward = self.inward = 0
        """Bytes of content so far."""
        self._began: float | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._pcap: BinaryIO = (folder / PCAP).open("xb")
            self._csv: TextIO = (folder / CSV).open("x")
        except FileExistsError as error:
            raise LabError(f"{folder} holds a capture already", "name another folder: --out") from error
        except OSError as error:
            raise LabError(f"{folder} cannot be written: {error.strerror}", "name another folder: --out") from error
        self._pcap.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _SNAP, _ETHERNET))
        self._csv.write(f"{HEADINGS}\n")

    def opened(self, at: float, conversation: Conversation) -> None:
        """A connection; `at` is Unix time."""
        self._packets(at, conversation.opened())

    def said(self, at: float, conversation: Conversation, outward: bool, content: bytes) -> None:
        """Bytes on a connection. Raises OSError if the disk takes no more: then they must not go on."""
        frames = list(conversation.said(outward, content))
        self._packets(at, [*frames, conversation.acknowledged(outward)])
        direction = 1 if outward else -1
        since = at - (self._began or at)
        self._csv.writelines(f"{since:.6f},{len(frame)},{direction}\n" for frame in frames)
        self._csv.flush()
        if outward:
            self.outward += len(content)
        else:
            self.inward += len(content)

    def ended(self, at: float, conversation: Conversation, outward: bool) -> None:
        """One end says no more."""
        self._packets(at, conversation.ended(outward))

    def refused(self, at: float, conversation: Conversation) -> None:
        """A connection broke off, or came to nothing."""
        self._packets(at, [conversation.refused()])

    def close(self) -> None:
        """Nothing more comes."""
        self._pcap.close()
        self._csv.close()

    def _packets(self, at: float, frames: Iterable[bytes]) -> None:
        self._began = at if self._began is None else self._began
        seconds, millionths = divmod(round(at * 1_000_000), 1_000_000)
        for frame in frames:
            self._pcap.write(struct.pack("<IIII", seconds, millionths, len(frame), len(frame)) + frame)
        self._pcap.flush()
