"""Who `scripts/bench model` compares: speech models under Vosk, and pocketsphinx, each in a process of its own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np

from keepmum.errors import KeepmumError
from keepmum.forge.evaluation import loaded
from keepmum.forge.evaluation.phrases import Ear
from keepmum.listener.speech import model_folder
from keepmum.sound import RATE

PHRASES = ("alexa", "computer", "jarvis")

Hear = Callable[[bytes], str]
"""16-bit samples to the phrase that was said in them; empty if it was none."""


class Unmeasurable(Exception):
    """Why somebody cannot take part, in one line."""


@dataclass(frozen=True)
class Known:
    """What can be told without hearing anything."""

    size: int
    """Bytes on the disk."""
    words: int
    phrases: tuple[str, ...]
    """Those of PHRASES that it can hear."""


@dataclass(frozen=True)
class Load:
    """One start in a fresh process."""

    seconds: float
    """Until the first sound could be heard; the files were in the system's memory already, except for the first."""
    resident: float
    """MiB that the process grew by, with the library, until a second of sound was heard."""
    known: Known


@dataclass(frozen=True)
class Heard:
    """One recording."""

    phrase: str
    cpu: float
    """Seconds of the processor."""
    wall: float
    """Seconds of the clock."""


class Contestant(Hashable, Protocol):
    """Somebody who finds phrases in sound; it travels to another process."""

    @property
    def name(self) -> str:
        """What its rows are called."""
        ...

    def known(self) -> Known:
        """What it is. Raises Unmeasurable or KeepmumError."""
        ...

    def open(self) -> Hear:
        """Load everything. Raises Unmeasurable or KeepmumError."""
        ...


@dataclass(frozen=True)
class Vosk:
    """A model's folder, heard as the speaker hears it: one grammar of the phrases, their rivals and `[unk]`."""

    name: str
    folder: Path
    rivals: tuple[str, ...]

    def known(self) -> Known:
        """Raises ModelError if the folder holds no whole model."""
        words = model_folder.vocabulary(self.folder)
        return Known(size(self.folder), len(words), tuple(phrase for phrase in PHRASES if phrase in words))

    def open(self) -> Hear:
        """Raises ModelError if the folder holds no whole model."""
        model = loaded.model(self.folder)
        return Ear(self.folder, tuple(phrase for phrase in PHRASES if model.knows(phrase)), self.rivals).accepted


@dataclass(frozen=True)
class Absent:
    """A model that could be measured, if it were here."""

    name: str
    why: str

    def known(self) -> Known:
        """Raises Unmeasurable."""
        raise Unmeasurable(self.why)

    def open(self) -> Hear:
        """Raises Unmeasurable."""
        raise Unmeasurable(self.why)


@dataclass(frozen=True)
class Sphinx:
    """pocketsphinx in keyphrase mode, with the English model and dictionary that lie in its wheel."""

    threshold: float
    """A lower one hears more, and takes more for a phrase. Its documentation recommends 1e-50 to 1e-5, by trial."""

    @property
    def name(self) -> str:
        """With the threshold: nothing else can be chosen."""
        return f"pocketsphinx, {self.threshold:.0e}"

    def known(self) -> Known:
        """Its acoustic model and dictionary; keyphrases need no language model. Raises Unmeasurable."""
        folder = _sphinx_model()
        dictionary = folder / "cmudict-en-us.dict"
        spelled = {line.split()[0].partition("(")[0] for line in dictionary.read_text("utf-8").splitlines() if line}
        return Known(size(folder / "en-us") + size(dictionary), len(spelled), PHRASES)

    def open(self) -> Hear:
        """Raises Unmeasurable."""
        _sphinx_model()
        import pocketsphinx

        with tempfile.NamedTemporaryFile("w") as file:
            file.writelines(f"{phrase} /{self.threshold:g}/\n" for phrase in PHRASES)
            file.flush()
            decoder = pocketsphinx.Decoder(kws=file.name, lm=None, loglevel="FATAL")

        def hear(sound: bytes) -> str:
            decoder.start_utt()
            # The whole utterance at once: its loudness is then taken from all of it, which is best for it.
            decoder.process_raw(sound, full_utt=True)
            decoder.end_utt()
            found = max(decoder.seg() or (), key=lambda segment: segment.prob, default=None)
            return found.word.strip() if found else ""

        return hear


def _sphinx_model() -> Path:
    try:
        import pocketsphinx
    except ImportError as error:
        raise Unmeasurable("not installed: KEEPMUM_FORGE=1 scripts/setup, or pip install pocketsphinx") from error
    folder = Path(pocketsphinx.get_model_path("en-us"))
    if not (folder / "cmudict-en-us.dict").is_file():
        raise Unmeasurable(f"its English model is not in {folder}")
    return folder


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())


# ---- what runs in another process


def load(contestant: Contestant) -> Load | str:
    """Load it and hear a second of noise, in a process that has done neither; the reason if that cannot be."""
    try:
        before, began = _resident(), time.perf_counter()
        hear = contestant.open()
        took = time.perf_counter() - began
        hear(np.random.default_rng(1).normal(0, 50, RATE).astype("<i2").tobytes())
        return Load(took, _resident() - before, contestant.known())
    except KeepmumError as error:
        return error.what
    except Unmeasurable as error:
        return str(error)


def answer(contestant: Contestant, sound: bytes) -> Heard:
    """What it hears in this sound; it stays loaded for the next one."""
    hear = _opened(contestant)
    cpu, wall = time.process_time(), time.perf_counter()
    phrase = hear(sound)
    return Heard(phrase, time.process_time() - cpu, time.perf_counter() - wall)


@cache
def _opened(contestant: Contestant) -> Hear:
    return contestant.open()


def _resident() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
