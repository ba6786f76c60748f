"""A real microphone, through PortAudio: blocking reads, never a callback.

A callback would need memory that is both writable and executable, which the hardened service forbids. So nobody calls
us when a stream ends either (PortAudio's `finished_callback` is one more callback): whoever asks for sound finds out.
That there is no microphone is a state and no reason not to start: `open` looks for it each time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from keepmum.errors import CardError, MicrophoneError
from keepmum.hardware.alsa.cards import KERNEL, Places, cards, find
from keepmum.hardware.alsa.substreams import substreams
from keepmum.hardware.array.mixdown import Mixdown
from keepmum.hardware.device_names import card_of, choose, fitting, hint, of_card
from keepmum.hardware.portaudio import PORTAUDIO, Devices, InputStream, PortAudio, PortAudioError, code
from keepmum.settings_hardware import MicrophoneSettings
from keepmum.sound import BLOCK, RATE

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
        open_stream: Callable[..., Any] = InputStream,
        *,
        prepare: Callable[[], None] = lambda: None,
        portaudio: PortAudio = PORTAUDIO,
        places: Places = KERNEL,
    ) -> None:
        """Opens nothing, and does not mind if there is no microphone yet; raises MicrophoneError for wrong settings.

        `prepare` makes the card ready (its mixer), now and before each opening: a card that was pulled out and put
        back has forgotten everything. It raises CardError if there is no card, MicrophoneError if it is told nonsense.
        """
        self.overflows = 0
        self._losing = False
        self._settings = settings
        self._mixdown = mixdown
        self._open_stream = open_stream
        self._prepare = prepare
        self._portaudio = portaudio
        self._places = places
        self._name = settings.card or settings.device or "default"
        self._card: int | None = None
        self._stream: Any = None
        self._check()

    def open(self) -> None:
        if self._stream is not None:
            raise MicrophoneError("the microphone is open already", "close it first")
        try:
            self._portaudio.look_if_wanted()
            self._stream = self._started_sooner_or_later()
        except CardError as error:
            raise MicrophoneError(error.what, error.hint) from error
        except PortAudioError as error:
            raise self._failure("cannot be opened", error) from error

    def ready_in(self) -> float:
        stream = self._opened()
        try:
            # A stream of ALSA's that dies stays "active" and fails here; on other systems it is the other way round.
            missing = BLOCK - int(stream.read_available)
            if not stream.active:
                raise PortAudioError("its stream has ended")
        except PortAudioError as error:
            raise self._failure("stopped", error) from error
        return 0.0 if missing <= 0 else max(_SHORTEST_WAIT, missing / RATE)

    def read(self) -> bytes:
        if self.ready_in() > 0:
            raise MicrophoneError("there is no whole block to read yet", "ask ready_in() first")
        try:
            untrusted_block, overflowed = self._opened().read(BLOCK)
        except PortAudioError as error:
            raise self._failure("stopped", error) from error
        self._count(bool(overflowed))
        return self._mixdown.mono(bytes(untrusted_block))

    def close(self) -> None:
        stream, self._stream = self._stream, None
        self._mixdown.wipe()
        if stream is not None:
            self._portaudio.end(stream)

    # ---- opening

    def _check(self) -> None:
        """Say now what is wrong with the settings of a microphone that is there."""
        try:
            self._prepare()
            devices, default = self._portaudio.devices("input")
            if self._settings.card is not None:
                find(self._settings.card, cards(self._places.proc, self._places.sys))
            elif fitting(devices, "input", self._settings.device, default):
                self._choose(devices, default)
            else:
                _log.warning("there is no microphone %r yet", self._name)
        except (CardError, PortAudioError) as error:
            _log.warning("there is no microphone %r yet: %s", self._name, error)

    def _started_sooner_or_later(self) -> Any:
        try:
            return self._started()
        except (MicrophoneError, PortAudioError):
            # Perhaps it was plugged in, or moved to another number, after PortAudio had looked for devices.
            if not self._portaudio.look_again():
                raise
            return self._started()

    def _started(self) -> Any:
        self._prepare()
        stream = self._portaudio.start(
            "input",
            self._open_stream,
            self._choose,
            samplerate=RATE,
            blocksize=_STEP,
            channels=self._settings.channels,
            dtype="int16",
            latency=_BUFFER_SECONDS,
        )
        try:
            self._check_channels()
        except MicrophoneError:
            self._portaudio.end(stream)
            raise
        return stream

    def _choose(self, devices: Devices, default: int) -> int:
        if self._settings.card is None:
            wanted, channels = self._settings.device, self._settings.channels
            found = choose(devices, "input", wanted, default=default, channels=channels, error=MicrophoneError)
            self._name = next(str(one["name"]) for one in devices if one["index"] == found)
            self._card = card_of(self._name)
            return found
        card = find(self._settings.card, cards(self._places.proc, self._places.sys))
        self._card = card.number
        index = of_card(devices, "input", card.number)
        if index is None:
            reason = "cannot be opened" if card.capture else "has no microphone"
            raise MicrophoneError(f"the sound card {card} {reason}", hint(0, "input", card.number, self._places))
        return index

    def _check_channels(self) -> None:
        """ALSA makes up channels that a card does not have, and they are silent; the kernel knows."""
        try:
            ways_in = substreams(self._card, "c", self._places.proc) if self._card is not None else ()
        except OSError:
            return  # No proof of silence: the watch for digital zeros has the last word.
        has = max((one.channels for one in ways_in if one.channels is not None), default=None)
        if has is not None and has < self._settings.channels:
            raise MicrophoneError(
                f"the microphone {self._name!r} has {has} channels, not {self._settings.channels}",
                "correct `channels`",
            )

    # ---- reading

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

    def _failure(self, what: str, error: PortAudioError) -> MicrophoneError:
        told = hint(code(error), "input", self._card, self._places)
        return MicrophoneError(f"the microphone {self._name!r} {what}: {error.args[0]}", told)
