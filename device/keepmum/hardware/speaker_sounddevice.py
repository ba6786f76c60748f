"""A real loudspeaker, through PortAudio: a thread of our own writes, never a callback.

A callback would need memory that is both writable and executable, which the hardened service forbids. Everything that
may take time (looking for the device, opening it, waiting until it takes more) happens in that thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Condition, Thread
from typing import Any

from keepmum.errors import CardError, SpeakerError
from keepmum.hardware.alsa.cards import KERNEL, Card, Places, cards, find
from keepmum.hardware.device_names import card_of, choose, hint, of_card
from keepmum.hardware.loudness import scale
from keepmum.hardware.portaudio import PORTAUDIO, Devices, OutputStream, PortAudio, PortAudioError, code
from keepmum.settings_hardware import SpeakerSettings
from keepmum.sound import RATE, SAMPLE_BYTES, seconds

_log = logging.getLogger(__name__)

_SLICE = RATE // 25
"""Samples written at a time, 40 ms."""
_BUFFER_SECONDS = 0.1
_LOOK_SECONDS = 0.01
"""How long to wait until the device is asked again whether it takes more; a stop is noticed at once."""
_LOOKS = 300
"""How often in a row it may take nothing before it counts as broken."""


class SounddeviceSpeaker:
    """Plays one sound at a time; the device is only open while it does."""

    def __init__(
        self,
        settings: SpeakerSettings,
        open_stream: Callable[..., Any] = OutputStream,
        *,
        portaudio: PortAudio = PORTAUDIO,
        places: Places = KERNEL,
        looks: int = _LOOKS,
    ) -> None:
        """Opens nothing, and does not mind if there is no loudspeaker: `play` does."""
        self._settings = settings
        self._open_stream = open_stream
        self._portaudio = portaudio
        self._places = places
        self._looks = looks
        self._card: int | None = None
        self._changed = Condition()
        self._turn = 0
        """Counts plays and stops: the thread goes on with a sound only while it is still this sound's turn."""
        self._left = b""
        """What the thread has not written yet."""
        self._sounding = False
        self._closed = False
        self._failed: SpeakerError | None = None
        self._told = ""
        """The failure that is in the log already."""
        self._thread = Thread(target=self._work, name="speaker", daemon=True)
        self._thread.start()

    def play(self, pcm: bytes, volume: float) -> None:
        """What is seen only when the device is opened is an error of the next play."""
        if len(pcm) % SAMPLE_BYTES or not 0 <= volume <= 1:
            raise SpeakerError(f"{len(pcm)} bytes at volume {volume}", "whole samples, volume from 0 to 1")
        scaled = scale(pcm, volume)
        self._find_card()
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

    # ---- the thread

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._left or self._closed)
                if self._closed:
                    return
                turn = self._turn
            try:
                self._sound(turn)
                self._told = ""
            except PortAudioError as error:
                told = hint(code(error), "output", self._card, self._places)
                self._give_up(turn, SpeakerError(f"the loudspeaker failed: {error.args[0]}", told))
            except SpeakerError as error:
                self._give_up(turn, error)

    def _sound(self, turn: int) -> None:
        stream = self._started_sooner_or_later()
        try:
            holds = int(stream.write_available)
            while piece := self._take(turn):
                self._write(stream, piece, turn)
            # PortAudio drops what it still holds when a stream ends, on ALSA even if it is asked not to: silence
            # pushes the last word out.
            self._write(stream, bytes(SAMPLE_BYTES * (holds + _SLICE)), turn)
        finally:
            self._portaudio.end(stream)
        with self._changed:
            self._sounding = self._sounding and turn != self._turn

    def _write(self, stream: Any, piece: bytes, turn: int) -> None:
        """Write as soon as there is room: a write that waits inside PortAudio would wait for ever for a dead device."""
        for start in range(0, len(piece), _SLICE * SAMPLE_BYTES):
            part = piece[start : start + _SLICE * SAMPLE_BYTES]
            if self._has_room(stream, len(part) // SAMPLE_BYTES, turn):
                stream.write(part)

    def _has_room(self, stream: Any, samples: int, turn: int) -> bool:
        """Wait for room; False if the sound is stopped or replaced meanwhile."""
        for _ in range(self._looks):
            if not self._is_turn(turn):
                return False
            if stream.write_available >= samples:
                return True
            with self._changed:
                self._changed.wait_for(lambda: turn != self._turn, timeout=_LOOK_SECONDS)
        raise PortAudioError("it takes no more sound")

    def _take(self, turn: int) -> bytes:
        with self._changed:
            if turn != self._turn:
                return b""
            piece, self._left = self._left[: _SLICE * SAMPLE_BYTES], self._left[_SLICE * SAMPLE_BYTES :]
            return piece

    def _is_turn(self, turn: int) -> bool:
        with self._changed:
            return turn == self._turn

    def _give_up(self, turn: int, failure: SpeakerError) -> None:
        if str(failure) != self._told:
            _log.warning("%s", failure)
            self._told = str(failure)
        with self._changed:
            if turn == self._turn:
                self._left, self._sounding, self._failed = b"", False, failure

    # ---- the device

    def _started_sooner_or_later(self) -> Any:
        try:
            return self._started()
        except (SpeakerError, PortAudioError) as error:
            # Perhaps it was plugged in, or moved to another number, after PortAudio had looked for devices.
            if self._portaudio.look_again():
                return self._started()
            if isinstance(error, SpeakerError):
                error.hint += "; if it was plugged in just now, mute once: while a microphone is open nobody can look"
            raise

    def _started(self) -> Any:
        return self._portaudio.start(
            "output",
            self._open_stream,
            self._choose,
            samplerate=RATE,
            channels=1,
            dtype="int16",
            latency=_BUFFER_SECONDS,
        )

    def _find_card(self) -> Card | None:
        """The kernel answers at once whether the card is there; everything else is the thread's."""
        try:
            named = self._settings.card
            return find(named, cards(self._places.proc, self._places.sys)) if named is not None else None
        except CardError as error:
            raise SpeakerError(error.what, error.hint) from error

    def _choose(self, devices: Devices, default: int) -> int:
        card = self._find_card()
        if card is None:
            found = choose(devices, "output", self._settings.device, default=default, channels=1, error=SpeakerError)
            self._card = next(card_of(str(one["name"])) for one in devices if one["index"] == found)
            return found
        self._card = card.number
        index = of_card(devices, "output", card.number)
        if index is None:
            reason = "cannot be opened" if card.playback else "has no loudspeaker"
            raise SpeakerError(f"the sound card {card} {reason}", hint(0, "output", card.number, self._places))
        return index
