"""The rings of the boards behind USB, as strips of lamps."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from keepmum.errors import RingError, UsbError
from keepmum.hardware.lamps import Rgb
from keepmum.hardware.usb.usb4mic import Usb4Mic
from keepmum.hardware.usb.xvf3800 import Xvf3800

_log = logging.getLogger(__name__)

_DARK: Rgb = (0, 0, 0)


class _Board(Protocol):
    def lamps(self, colours: Sequence[Rgb]) -> None: ...

    def close(self) -> None: ...


class _BoardStrip:
    def __init__(self, board: _Board, count: int) -> None:
        self._board = board
        self._count = count

    def write(self, lamps: Sequence[Rgb]) -> None:
        """Show these colours, the first lamp first."""
        try:
            self._board.lamps(lamps)
        except UsbError as error:
            raise RingError(error.what, error.hint) from error

    def close(self) -> None:
        """Go dark and let go of the board; a board that does not listen any more is only told to the log."""
        try:
            self._board.lamps([_DARK] * self._count)
        except UsbError as error:
            _log.warning("the ring could not be put out: %s", error.what)
        self._board.close()


class Xvf3800Strip(_BoardStrip):
    """The twelve lamps of an XVF3800."""

    def __init__(self, board: Xvf3800) -> None:
        super().__init__(board, 12)


class Usb4MicStrip(_BoardStrip):
    """The twelve lamps of a USB Mic Array v2.0."""

    def __init__(self, board: Usb4Mic) -> None:
        super().__init__(board, 12)
