"""Bytes and sounds that may stand nowhere: any part of a file, any millisecond of a recording, in any writing."""

from __future__ import annotations

import base64
import re
from binascii import unhexlify
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from keepmum.desk.scan import PIECE, canaries
from keepmum.errors import LabError
from keepmum.lab.corpus.audio import Samples

WINDOW = 16
"""Bytes of sound that must not be found: half a millisecond of it."""
LOUD = 200
"""Of 32,768. Near silence the same samples stand in any file of zeros; windows that stay below are not sought."""
_LETTERS = {
    "base64": re.compile(rb"[A-Za-z0-9+/_-]{32,}"),
    "hexadecimal": re.compile(rb"(?:[0-9a-fA-F]{2}){24,}"),
}
_LONGEST_IN_LETTERS = 4_096

Numbers = NDArray[np.uint64]

FORMS: Mapping[str, Callable[[NDArray[np.int16]], bytes]] = {
    "16 bit": lambda sound: sound.astype("<i2").tobytes(),
    "16 bit, other byte first": lambda sound: sound.astype(">i2").tobytes(),
    "float, 1 is full": lambda sound: (sound / np.float32(32_768)).astype("<f4").tobytes(),
    "float, 32,768 is full": lambda sound: sound.astype("<f4").tobytes(),
}
"""As a card delivers it, and as engines take it."""


class Bytes:
    """Pieces of 24 bytes of something, its beginning and end among them; raw, hexadecimal and base64."""

    longest = 4 * PIECE

    def __init__(self, name: str, content: bytes) -> None:
        """Raises LabError for less than 24 bytes."""
        if len(content) < PIECE:
            raise LabError(f"{name}: {len(content)} bytes are no canary", f"{PIECE} are the least")
        self._name, self._content = name, content
        self._forms = {written: _pieces(content, written) for written in ("raw", "hexadecimal", "base64")}

    def found_in(self, content: bytes) -> Iterator[tuple[str, int]]:
        """Each way in which a piece is written."""
        for written, forms in self._forms.items():
            places = [at for form in forms if (at := content.find(form)) >= 0]
            if places:
                yield f"{self._name}, {written}", min(places)

    def planted(self) -> Iterator[bytes]:
        """The whole, written in each way."""
        yield self._content
        yield self._content.hex().encode()
        yield base64.b64encode(b"x" + self._content)


class Sound:
    """Any 16 bytes of a recording, at any place, in the forms in which programs hold sound."""

    longest = _LONGEST_IN_LETTERS

    def __init__(self, name: str, samples: Samples) -> None:
        """Raises LabError for a recording that is too quiet to be told from zeros."""
        self._name = name
        self._sound = np.clip(np.rint(samples * 32_768), -32_768, 32_767).astype(np.int16)
        self._windows = {form: _windows(self._sound, write(self._sound)) for form, write in FORMS.items()}
        if not len(self._windows["16 bit"]):
            raise LabError(f"{name}: nothing in it is loud enough to be told from silence", "name another recording")

    def found_in(self, content: bytes) -> Iterator[tuple[str, int]]:
        """Each form in which some of it stands there, plain or in letters."""
        for form, windows in self._windows.items():
            if (at := _holds(content, windows)) >= 0:
                yield f"{self._name}, {form}", at
        for letters, plain, at in _in_letters(content):
            for form, windows in self._windows.items():
                if _holds(plain, windows) >= 0:
                    yield f"{self._name}, {form}, in {letters}", at

    def planted(self) -> Iterator[bytes]:
        """64 samples from its loudest place in every form, plain and in letters."""
        loudest = int(np.abs(self._sound.astype(np.int32)).argmax())
        part = self._sound[max(0, loudest - 32) : loudest + 32]
        for write in FORMS.values():
            yield from (write(part), b" " + base64.b64encode(write(part)), b" " + write(part).hex().encode())


def _pieces(content: bytes, written: str) -> tuple[bytes, ...]:
    found = canaries(content)
    if written == "raw":
        return found
    if written == "hexadecimal":
        return tuple(form for piece in found for form in (piece.hex().encode(), piece.hex().upper().encode()))
    cuts = [piece[skipped : skipped + (PIECE - skipped) // 3 * 3] for piece in found for skipped in range(3)]
    return tuple(write(cut) for cut in cuts for write in (base64.b64encode, base64.urlsafe_b64encode))


def _windows(sound: NDArray[np.int16], written: bytes) -> Numbers:
    """[windows, 2]: every whole window as two numbers, sorted by the first; quiet ones are left out."""
    whole = np.frombuffer(written, np.uint8)
    width = len(whole) // max(1, len(sound))
    starts = np.arange(0, len(whole) - WINDOW + 1, WINDOW)
    if not len(starts):
        return np.zeros((0, 2), np.uint64)
    within = np.lib.stride_tricks.sliding_window_view(sound.astype(np.int32), WINDOW // width)[starts // width]
    starts = starts[np.abs(within).max(axis=1) > LOUD]
    both: Numbers = np.lib.stride_tricks.sliding_window_view(whole, WINDOW)[starts].copy().view("<u8")
    return both[np.lexsort((both[:, 1], both[:, 0]))]


def _holds(content: bytes, windows: Numbers) -> int:
    """Where one of the windows stands in the content, at any byte; -1 if none does."""
    first = windows[:, 0]
    for offset in range(8):
        usable = (len(content) - offset) // 8 * 8
        if usable < WINDOW or not len(windows):
            continue
        numbers = np.frombuffer(content[offset : offset + usable], "<u8")
        places = np.searchsorted(first, numbers[:-1])
        for hit in np.flatnonzero(first[np.minimum(places, len(first) - 1)] == numbers[:-1]):
            last = np.searchsorted(first, numbers[hit], "right")
            if numbers[hit + 1] in windows[places[hit] : last, 1]:
                return int(offset + 8 * hit)
    return -1


def _in_letters(content: bytes) -> Iterator[tuple[str, bytes, int]]:
    for found in _LETTERS["base64"].finditer(content):
        run = found[0].translate(bytes.maketrans(b"-_", b"+/"))
        for phase in range(4):  # nobody knows where a group of four began
            usable = (len(run) - phase) // 4 * 4
            yield "base64", base64.b64decode(run[phase : phase + usable]), found.start()
    for found in _LETTERS["hexadecimal"].finditer(content):
        yield "hexadecimal", unhexlify(found[0]), found.start()
