"""A real microphone, through PortAudio: blocking reads, never a callback.

A callback would need memory that is both writable and executable, which the hardened service forbids.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from keepmum.errors import MicrophoneError
from keepmum.hardware.array.mixdown import Mixdown
from keepmum.hardware.device_names import choose, hint
from keepmum.settings_hardware import MicrophoneSettings
from keepmum.sound import BLOCK, RATE

try:
    import sounddevice
except OSError as error:
    raise MicrophoneError("PortAudio is missing", "sudo apt install libportaudio2") from error

_log = logging.getLogger(__name__)

_BUFFER_SECONDS = 0.6
"""What PortAudio keeps for us while the listener is busy with a word; it keeps a little more than it is asked for."""
_STEP = BLOCK // 4
"""Samples that the driver delivers at a time: a block is then at most 20 ms late."""
_SHORTEST_WAIT = 0.005


class SounddeviceMicrophone:
    """One block at a time, mixed or picked from 1–8 channels. `overflows` counts the blocks that lost sound."""

    def __init__(
        self,
        settings: MicrophoneSettings,
        mixdown: Mixdown,
        open_stream: Callable[..., Any] = sounddevice.RawInputStream,
    ) -> None:
        """Finds the device without opening it; raises MicrophoneError."""
        devices, default = _devices(), sounddevice.default.device[0]
        self.overflows = 0
        self._losing = False
        self._settings = settings
        self._mixdown = mixdown
        self._device = choose(
            devices, "input", settings.device, default=default, channels=settings.channels, error=MicrophoneError
        )
        self._name = str(devices[self._device]["name"])
        self._open_stream = open_stream
        self._stream: Any = None

    def open(self) -> None:
        if self._stream is not None:
            raise MicrophoneError("the microphone is open already", "close it first")
        try:
            self._stream = self._open_stream(
                samplerate=RATE,
                blocksize=_STEP,
                device=self._device,
                channels=self._settings.channels,
                dtype="int16",
                latency=_BUFFER_SECONDS,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            self.close()
            raise self._failure("cannot be opened", error) from error

    def ready_in(self) -> float:
        try:
            missing = BLOCK - int(self._opened().read_available)
        except sounddevice.PortAudioError as error:
            raise self._failure("stopped", error) from error
        return 0.0 if missing <= 0 else max(_SHORTEST_WAIT, missing / RATE)

    def read(self) -> bytes:
        if self.ready_in() > 0:
            raise MicrophoneError("there is no whole block to read yet", "ask ready_in() first")
        try:
            untrusted_block, overflowed = self._opened().read(BLOCK)
        except sounddevice.PortAudioError as error:
            raise self._failure("stopped", error) from error
        self._count(bool(overflowed))
        return self._mixdown.mono(bytes(untrusted_block))

    def close(self) -> None:
        stream, self._stream = self._stream, None
        self._mixdown.wipe()
        if stream is None:
            return
        try:
            # abort() drops what was not read; stop() would keep it for whoever reads next.
            stream.abort()
        finally:
            stream.close()

    def _opened(self) -> Any:
        if self._stream is None:
            raise MicrophoneError("the microphone is closed", "open it first")
        return self._stream

    def _count(self, overflowed: bool) -> None:
        self.overflows += overflowed
        if overflowed and not self._losing:
            _log.warning("%s: sound is being lost, the listener reads too slowly", self._name)
        if self._losing and not overflowed:
            _log.info("%s: no more sound is lost, %d blocks were cut so far", self._name, self.overflows)
        self._losing = overflowed

    def _failure(self, what: str, error: sounddevice.PortAudioError) -> MicrophoneError:
        code = error.args[1] if len(error.args) > 1 else 0
        return MicrophoneError(f"the microphone {self._name!r} {what}: {error.args[0]}", hint(code))


def _devices() -> list[dict[str, Any]]:
    try:
        return list(sounddevice.query_devices())
    except sounddevice.PortAudioError as error:
        raise MicrophoneError(f"PortAudio lists no devices: {error.args[0]}", "try `python -m sounddevice`") from error
