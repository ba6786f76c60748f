"""A real loudspeaker, through PortAudio: a thread of our own writes, never a callback.

A callback would need memory that is both writable and executable, which the hardened service forbids.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Condition, Thread
from typing import Any

from keepmum.errors import SpeakerError
from keepmum.hardware.device_names import choose, hint
from keepmum.hardware.loudness import scale
from keepmum.settings_hardware import SpeakerSettings
from keepmum.sound import RATE, SAMPLE_BYTES, seconds

try:
    import sounddevice
except OSError as error:
    raise SpeakerError("PortAudio is missing", "sudo apt install libportaudio2") from error

_log = logging.getLogger(__name__)

_SLICE_BYTES = RATE // 25 * SAMPLE_BYTES
"""40 ms: how soon a stop is noticed."""
_BUFFER_SECONDS = 0.1


class SounddeviceSpeaker:
    """Plays one sound at a time; the device is only open while it does."""

    def __init__(
        self, settings: SpeakerSettings, open_stream: Callable[..., Any] = sounddevice.RawOutputStream
    ) -> None:
        """Finds the device and asks whether it takes our format; raises SpeakerError."""
        try:
            devices, default = list(sounddevice.query_devices()), sounddevice.default.device[1]
            self._device = choose(devices, "output", settings.device, default=default, channels=1, error=SpeakerError)
            sounddevice.check_output_settings(self._device, 1, "int16", samplerate=RATE)
        except sounddevice.PortAudioError as error:
            raise _failure("the loudspeaker cannot be used", error) from error
        self._open_stream = open_stream
        self._changed = Condition()
        self._turn = 0
        """Counts plays and stops: the thread goes on with a sound only while it is still this sound's turn."""
        self._left = b""
        """What the thread has not written yet."""
        self._sounding = False
        self._closed = False
        self._failed: SpeakerError | None = None
        self._thread = Thread(target=self._work, name="speaker", daemon=True)
        self._thread.start()

    def play(self, pcm: bytes, volume: float) -> None:
        if len(pcm) % SAMPLE_BYTES or not 0 <= volume <= 1:
            raise SpeakerError(f"{len(pcm)} bytes at volume {volume}", "whole samples, volume from 0 to 1")
        scaled = scale(pcm, volume)
        with self._changed:
            if self._closed:
                raise SpeakerError("the loudspeaker is closed", "open the hardware again")
            failed, self._failed = self._failed, None
            if failed is not None:
                raise failed
            self._turn += 1
            self._left, self._sounding = scaled, bool(scaled)
            self._changed.notify_all()

    def remaining(self) -> float:
        with self._changed:
            return seconds(self._left) + _BUFFER_SECONDS if self._sounding else 0.0

    def stop(self) -> None:
        with self._changed:
            self._turn += 1
            self._left, self._sounding = b"", False
            self._changed.notify_all()

    def close(self) -> None:
        self.stop()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._left or self._closed)
                if self._closed:
                    return
                turn = self._turn
            try:
                self._sound(turn)
            except sounddevice.PortAudioError as error:
                self._give_up(turn, _failure("the loudspeaker failed", error))

    def _sound(self, turn: int) -> None:
        stream = self._open_stream(
            samplerate=RATE, device=self._device, channels=1, dtype="int16", latency=_BUFFER_SECONDS
        )
        try:
            stream.start()
            while piece := self._take(turn):
                stream.write(piece)
            if self._is_turn(turn):
                stream.stop()
            else:
                stream.abort()
        finally:
            stream.close()
        with self._changed:
            self._sounding = self._sounding and turn != self._turn

    def _take(self, turn: int) -> bytes:
        with self._changed:
            if turn != self._turn:
                return b""
            piece, self._left = self._left[:_SLICE_BYTES], self._left[_SLICE_BYTES:]
            return piece

    def _is_turn(self, turn: int) -> bool:
        with self._changed:
            return turn == self._turn

    def _give_up(self, turn: int, failure: SpeakerError) -> None:
        _log.warning("%s", failure)
        with self._changed:
            if turn == self._turn:
                self._left, self._sounding, self._failed = b"", False, failure


def _failure(what: str, error: sounddevice.PortAudioError) -> SpeakerError:
    code = error.args[1] if len(error.args) > 1 else 0
    return SpeakerError(f"{what}: {error.args[0]}", hint(code))
