"""Searches bytes for sound: any 16 bytes of what was played, at any place, in the forms in which a program holds it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from keepmum.hardware.scenes.scene import Scene
from keepmum.hardware.scenes.timeline import SECOND, Timeline
from keepmum.sound import RATE

WINDOW = 16
"""Bytes of sound that must not be found anywhere."""
LOUD = 200
"""Near silence the same samples stand in any file of zeros: windows that stay below this are left out."""

Samples = npt.NDArray[np.int16]
Windows = npt.NDArray[np.uint64]

FORMS: dict[str, Callable[[Samples], npt.NDArray[np.generic]]] = {
    "16 bit": lambda samples: samples.astype("<i2"),
    "16 bit, other byte first": lambda samples: samples.astype(">i2"),
    "float, 1 is full": lambda samples: (samples / np.float32(32_768)).astype("<f4"),
    "float, 32,768 is full": lambda samples: samples.astype("<f4"),
}
"""As the card delivers it, as the engines take it."""

_BASE64, _HEX = re.compile(rb"[A-Za-z0-9+/]{32,}"), re.compile(rb"(?:[0-9a-f]{2}){24,}|(?:[0-9A-F]{2}){24,}")


def played(scene: Path) -> Samples:
    """Everything that is to be heard in a scene, 16,000 samples a second."""
    timeline = Timeline(Scene.load(scene))
    count = timeline.end * RATE // SECOND
    minutes = (timeline.heard(first, min(60 * RATE, count - first)) for first in range(0, count, 60 * RATE))
    return np.frombuffer(b"".join(minutes), "<i2")


def windows(samples: Samples, form: str = "16 bit", hop: int = WINDOW) -> Windows:
    """The windows of some sound in one form, as two numbers of 64 bits each, sorted; one every `hop` bytes.

    With a hop of 16 each run of 31 bytes holds a whole window. Raises KeyError for a form that is not in FORMS.
    """
    whole = np.frombuffer(FORMS[form](samples).tobytes(), np.uint8)
    width = len(whole) // max(1, len(samples))
    starts = np.arange(0, len(whole) - WINDOW + 1, hop)
    # A window begins with a whole sample, in every form that is here.
    within = np.lib.stride_tricks.sliding_window_view(samples, WINDOW // width)[starts // width]
    starts = starts[np.abs(within.astype(np.int32)).max(axis=1) > LOUD]
    both = np.lib.stride_tricks.sliding_window_view(whole, WINDOW)[starts].copy().view("<u8")
    ordered: Windows = both[np.lexsort((both[:, 1], both[:, 0]))]
    return ordered


def holds(content: bytes, sounds: Windows) -> bool:
    """Whether one of the windows stands in the content, at any byte."""
    if not len(sounds):
        return False
    for offset in range(8):
        usable = (len(content) - offset) // 8 * 8
        if usable < WINDOW:
            continue
        numbers = np.frombuffer(content[offset : offset + usable], "<u8")
        places = np.searchsorted(sounds[:, 0], numbers[:-1])
        hits = np.flatnonzero(sounds[np.minimum(places, len(sounds) - 1), 0] == numbers[:-1])
        begun = sounds[np.isin(sounds[:, 0], numbers[hits])]
        if np.isin(_whole(np.stack((numbers[hits], numbers[hits + 1]), axis=1)), _whole(begun)).any():
            return True
    return False


def _whole(pairs: Windows) -> npt.NDArray[np.bytes_]:
    """Sixteen bytes as one value; numpy leaves out zeros at the end of such values, which changes no comparison."""
    return np.ascontiguousarray(pairs).view(f"S{WINDOW}").ravel()


class Ear:
    """Knows the windows of some sound in every form."""

    def __init__(self, samples: Samples) -> None:
        self._sounds = {form: windows(samples, form) for form in FORMS}

    @property
    def count(self) -> int:
        """How many windows are looked for."""
        return sum(map(len, self._sounds.values()))

    def found_in(self, content: bytes) -> set[str]:
        """In which forms some of the sound stands in the content, plain or written in letters."""
        found = {form for form, sounds in self._sounds.items() if holds(content, sounds)}
        for letters, plain in _in_letters(content):
            found |= {f"{form}, in {letters}" for form, sounds in self._sounds.items() if holds(plain, sounds)}
        return found


def _in_letters(content: bytes) -> Iterator[tuple[str, bytes]]:
    for run in _BASE64.findall(content):
        # Where a group of four began nobody knows.
        for phase in range(4):
            usable = (len(run) - phase) // 4 * 4
            yield "base64", base64.b64decode(run[phase : phase + usable])
    for run in _HEX.findall(content):
        yield "hexadecimal", binascii.unhexlify(run)
