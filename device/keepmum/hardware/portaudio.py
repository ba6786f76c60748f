"""The one place that knows PortAudio as a whole: a process has it once, and microphone and loudspeaker share it.

It looks for devices once, when it starts. Whoever was plugged in later is found by ending and starting it again, which
takes every open stream with it; so that is done here alone, and only while no stream of ours is open. It is also not
made for two threads that open and close at the same time, so they take turns.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from keepmum.errors import HardwareError

# A card delivers at the rates that it was built for, most USB ones only at 44.1 and 48 kHz, and PortAudio refuses ours
# then. With this word it opens `plughw` instead of `hw` and ALSA converts. It reads the word when it starts, so it must
# be there before the import, which starts it.
os.environ.setdefault("PA_ALSA_PLUGHW", "1")
try:
    import sounddevice
    from sounddevice import PortAudioError
except OSError as error:
    raise HardwareError("PortAudio is missing", "sudo apt install libportaudio2") from error

log = logging.getLogger(__name__)

__all__ = ["PORTAUDIO", "Devices", "InputStream", "OutputStream", "PortAudio", "PortAudioError", "code"]

InputStream = sounddevice.RawInputStream
OutputStream = sounddevice.RawOutputStream

_PATIENCE = 2.0
"""Seconds until a turn is given up: a device that hangs must not take the others with it."""

Devices = list[dict[str, Any]]
Find = Callable[[Devices, int], int]
"""Chooses among the devices, given the index of the default one."""


class PortAudio:
    """PortAudio itself, behind `library`, which has sounddevice's functions."""

    def __init__(self, library: Any = sounddevice, patience: float = _PATIENCE) -> None:
        self._library = library
        self._patience = patience
        self._turn = threading.Lock()
        self._streams: list[Any] = []
        self._ended: list[Any] = []
        """Streams that were stopped while somebody else had the turn; whoever has it next closes them."""
        self._wanted = False

    def devices(self, way: Literal["input", "output"]) -> tuple[Devices, int]:
        """Every device that it knows, and the index of the default one (-1 for none). Raises PortAudioError."""
        with self._taking_turns():
            return self._listed(way)

    def start(self, way: Literal["input", "output"], make: Callable[..., Any], find: Find, **options: Any) -> Any:
        """A stream that runs, on the device that `find` chooses. Raises PortAudioError, and what `find` raises."""
        with self._taking_turns():
            # An index is good until somebody looks again, so it is looked up and used in one turn.
            stream = make(device=find(*self._listed(way)), **options)
            try:
                stream.start()
            except PortAudioError:
                stream.close()
                raise
            self._streams.append(stream)
            return stream

    def end(self, stream: Any) -> None:
        """Stop a stream at once, dropping what it holds, and close it. Safe from any thread; never raises."""
        # This needs no turn: a mute does not wait for a loudspeaker that is just being opened.
        stream.abort()
        self._ended.append(stream)
        try:
            with self._taking_turns():
                pass
        except PortAudioError:
            log.error("a sound device was stopped but could not be closed yet: another one hangs")

    def look_again(self) -> bool:
        """List the devices afresh. False if a stream is open: then the next one to start finds them listed afresh.

        Raises PortAudioError if PortAudio does not come back; then every call raises until this one works.
        """
        with self._taking_turns():
            self._wanted = True
            return self._look()

    def look_if_wanted(self) -> None:
        """List the devices afresh if somebody had to go without. Raises PortAudioError."""
        with self._taking_turns():
            self._look()

    def _look(self) -> bool:
        if self._streams:
            return False
        if self._wanted:
            # It may have ended and not come back the last time.
            if self._library._initialized:
                self._library._terminate()
            self._library._initialize()
            self._wanted = False
        return True

    def _listed(self, way: str) -> tuple[Devices, int]:
        untrusted = [dict(one) for one in self._library.query_devices()]
        # Owners write names as every other program shows them.
        named = [one | {"name": re.sub(r"\(plughw:(\d+,\d+)\)$", r"(hw:\1)", str(one["name"]))} for one in untrusted]
        return named, int(self._library.default.device[way])

    @contextmanager
    def _taking_turns(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._patience):
            raise PortAudioError("another sound device is being opened, and hangs")
        try:
            self._close_ended()
            yield
        finally:
            self._turn.release()

    def _close_ended(self) -> None:
        while self._ended:
            stream = self._ended.pop()
            stream.close()
            if stream in self._streams:
                self._streams.remove(stream)


PORTAUDIO = PortAudio()


def code(error: PortAudioError) -> int:
    """PortAudio's own number for what went wrong; 0 where it has none."""
    return int(error.args[1]) if len(error.args) > 1 else 0
