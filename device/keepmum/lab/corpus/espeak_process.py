"""A process that speaks lines with espeak-ng's own library and tells at which sample each word begins.

The `espeak-ng` command does not tell that. And the library cannot be started twice in one process, nor forget what it
said before, so whoever wants the same bytes each time gives it a process and the same lines in the same order.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any, BinaryIO

LIBRARY = "libespeak-ng.so.1"
NO_LIBRARY, NO_VOICE = 3, 4
"""How it ends if the library is not there, or does not know a voice."""

_SYNCHRONOUS = 2
_UTF8 = 1
_LIST_END, _WORD = 0, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
"""Of `espeak_PARAMETER`."""


class _Event(ctypes.Structure):
    """`espeak_EVENT` of espeak-ng's speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Speech:
    """The library, opened once."""

    def __init__(self) -> None:
        """Raises OSError if it is not there."""
        self._library: Any = ctypes.CDLL(LIBRARY)
        self._pcm = bytearray()
        self._words: list[tuple[int, int]] = []
        self._callback = _Callback(self._take)
        self.rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, 0))
        self._library.espeak_SetSynthCallback(self._callback)

    def say(self, line: dict[str, Any]) -> tuple[bytes, list[tuple[int, int]]]:
        """16-bit samples, and for each word where it stands in the text (from 0) and its first sample.

        Raises LookupError for a voice that is not there.
        """
        self._pcm.clear()
        self._words = []
        if self._library.espeak_SetVoiceByName(line["voice"].encode()):
            raise LookupError(line["voice"])
        for parameter, value in ((_RATE, line["speed"]), (_PITCH, line["pitch"]), (_RANGE, line["liveliness"])):
            self._library.espeak_SetParameter(parameter, value, 0)
        text = line["text"].encode()
        self._library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8, None, None)
        return bytes(self._pcm), self._words

    def _take(self, wav: Any, count: int, events: Any) -> int:
        if wav and count > 0:
            self._pcm += ctypes.string_at(wav, count * 2)
        place = 0
        while events[place].type != _LIST_END:
            # Around a comma it sometimes tells of a word that stands nowhere, or, late, of the comma itself.
            at = events[place].text_position - 1
            if events[place].type == _WORD and at > (self._words[-1][0] if self._words else -1):
                self._words.append((at, events[place].sample))
            place += 1
        return 0


def main(asked: BinaryIO, told: BinaryIO) -> int:
    """Speak each JSON line that comes in; tell its words in a JSON line, and its samples behind that."""
    try:
        speech = Speech()
    except OSError:
        return NO_LIBRARY
    for line in asked:
        try:
            pcm, words = speech.say(json.loads(line))
        except LookupError:
            return NO_VOICE
        told.write(json.dumps({"rate": speech.rate, "bytes": len(pcm), "words": words}).encode() + b"\n" + pcm)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer, sys.stdout.buffer))
