"""The XVF3800's mute pin as the microphones' switch: a pin of its firmware, and never to be called a power cut."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from keepmum.errors import MicPowerError, UsbError
from keepmum.hardware.usb.xvf3800 import Xvf3800

_log = logging.getLogger(__name__)


class Xvf3800MicPower:
    """Off is muted. Off to begin with."""

    def __init__(self, board: Xvf3800) -> None:
        """Mutes at once. Raises MicPowerError if the board does not take it."""
        self._board = board
        self.off()

    def on(self) -> None:
        with _as_ours():
            self._board.mute(False)

    def off(self) -> None:
        with _as_ours():
            self._board.mute(True)

    def is_off(self) -> bool:
        with _as_ours():
            return self._board.is_muted()

    def close(self) -> None:
        """Leave them muted and let go; a board that does not listen any more is only told to the log."""
        try:
            self._board.mute(True)
        except UsbError as error:
            _log.warning("the XVF3800 could not be left muted: %s", error.what)
        self._board.close()


@contextmanager
def _as_ours() -> Iterator[None]:
    try:
        yield
    except UsbError as error:
        raise MicPowerError(error.what, error.hint) from error
