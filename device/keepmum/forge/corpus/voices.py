"""Programs of Debian that speak: each takes a text, a voice and a manner, and gives sound."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import soundfile
import soxr

from keepmum.errors import CorpusError
from keepmum.forge.corpus.features import RATE
from keepmum.forge.corpus.recording import Samples

_WAIT = 60.0
"""Seconds for a sentence; every engine here speaks faster than a person."""
_UNLIKE_PEOPLE = re.compile("whisper|whisperf|Demonic|UniRobot|Storm|fast|announcer|RicishayMax.*|robosoft.+|klatt[56]")
"""espeak-ng's variants from which nothing about people can be learnt."""
_FESTIVAL_PACKAGES = {
    "kal_diphone": "festvox-kallpc16k",
    "ked_diphone": "festvox-kdlpc16k",
    "rab_diphone": "festvox-rablpc16k",
    "cmu_us_slt_arctic_hts": "festvox-us-slt-hts",
    "el_diphone": "festvox-ellpc11k",
}


class Manner(NamedTuple):
    """How something is said."""

    stretch: float
    """How long it takes, against the voice's own pace."""
    pitch: float
    """From 0 (as deep as the voice goes) to 1."""
    liveliness: float
    """How much the pitch moves, 0 to 1."""

    @classmethod
    def drawn(cls, dice: random.Random) -> Manner:
        """A manner by chance: from somebody in a hurry to somebody who dictates."""
        return cls(round(dice.uniform(0.78, 1.3), 2), round(dice.random(), 2), round(dice.random(), 2))


@dataclass(frozen=True)
class Line:
    """One sentence of the script."""

    text: str
    """As the program should read it."""
    voice: str
    manner: Manner


class Engine(Protocol):
    """A program that speaks."""

    def voices(self) -> tuple[str, ...]:
        """All that it has for its language, in a fixed order. Raises CorpusError that names the Debian package."""
        ...

    def say(self, lines: Sequence[Line]) -> list[Samples]:
        """The sound of each line. Raises CorpusError if the program fails or stays silent."""
        ...


def engine(program: str, language: str, accents: Sequence[str] = ()) -> Engine:
    """The driver of a program; `accents` are espeak-ng's voices, each as likely as it stands there often."""
    if program == "espeak-ng":
        return Espeak(language, accents)
    return Flite() if program == "flite" else Festival()


def package(program: str, missing: Sequence[str]) -> str:
    """The hint for voices that are not there: which of Debian's packages have them."""
    if program != "festival":
        return f"it has {', '.join(engine(program, 'en').voices())}"
    names = {_FESTIVAL_PACKAGES.get(voice, "festvox-…") for voice in missing}
    return f"install the Debian packages {' '.join(sorted(names))}"


class Espeak:
    """espeak-ng: a voice is a variant (a way to form sounds); the accent is drawn with the pitch."""

    def __init__(self, language: str, accents: Sequence[str] = ()) -> None:
        self._language, self._accents = language, tuple(accents)

    def voices(self) -> tuple[str, ...]:
        """The variants."""
        found = re.findall(r"!v/(\S+)(?: +\(.*)?\s*$", self._listed("variant"), re.MULTILINE)
        return tuple(sorted(name for name in set(found) if not _UNLIKE_PEOPLE.fullmatch(name)))

    def accents(self) -> tuple[str, ...]:
        """Its voices for the language, without those that need another program (mbrola)."""
        rows = [row.split() for row in self._listed(self._language).splitlines()[1:]]
        found = [
            row[1] for row in rows if len(row) > 4 and "mb/" not in row[4] and row[2] and "!v" not in " ".join(row)
        ]
        if not found:
            raise CorpusError(f"espeak-ng speaks no {self._language}", "espeak-ng --voices lists its languages")
        return tuple(found)

    def say(self, lines: Sequence[Line]) -> list[Samples]:
        """Each line by a process of its own, which takes about 10 ms."""
        accents = self._accents or self.accents()
        return [self._said(line, accents) for line in lines]

    def _said(self, line: Line, accents: Sequence[str]) -> Samples:
        accent = random.Random(f"{line.text}{line.manner}").choice(accents)
        words = ["espeak-ng", "-v", f"{accent}+{line.voice}", "-s", str(round(165 / line.manner.stretch))]
        words += ["-p", str(20 + round(60 * line.manner.pitch)), "--stdin"]
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            _run([*words, "-w", file.name], line.text)
            return _sound(Path(file.name), line)

    def _listed(self, kind: str) -> str:
        return _run(["espeak-ng", f"--voices={kind}"], "")


class Flite:
    """flite: small unit and statistical voices, all of them American or Scottish English."""

    def voices(self) -> tuple[str, ...]:
        """The voices for whole sentences; `awb_time` knows the time alone, and `kal` hears 8,000 samples a second."""
        found = _run(["flite", "-lv"], "").partition(":")[2].split()
        return tuple(sorted(set(found) - {"awb_time", "kal"}))

    def say(self, lines: Sequence[Line]) -> list[Samples]:
        """Each line by a process of its own, which takes about 50 ms."""
        return [self._said(line) for line in lines]

    @staticmethod
    def _said(line: Line) -> Samples:
        settings = {
            "duration_stretch": line.manner.stretch,
            "int_f0_target_mean": round(85 + 135 * line.manner.pitch),
            "int_f0_target_stddev": round(8 + 27 * line.manner.liveliness),
        }
        chosen = [word for name, value in settings.items() for word in ("--setf", f"{name}={value}")]
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            _run(["flite", "-voice", line.voice, *chosen, "-t", line.text, "-o", file.name], "")
            return _sound(Path(file.name), line)


class Festival:
    """festival: it starts slowly, so that one process speaks many lines."""

    def voices(self) -> tuple[str, ...]:
        """Every voice that is installed, of any language: a recipe that wants some of them names them."""
        listed = _run(["festival", "-b", '(mapcar (lambda (v) (format t "%s\\n" v)) (voice.list))'], "")
        return tuple(sorted(listed.split()))

    def say(self, lines: Sequence[Line]) -> list[Samples]:
        """All lines by one process. Raises CorpusError for a voice that is not installed, and names its package."""
        missing = sorted({line.voice for line in lines} - set(self.voices()))
        if missing:
            raise CorpusError(f"festival has no voice {', '.join(missing)}", package("festival", missing))
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / f"{number}.wav" for number in range(len(lines))]
            script = Path(folder) / "script.scm"
            script.write_text("\n".join(map(_scheme, lines, files)), "utf-8")
            _run(["festival", "-b", str(script)], "")
            return [_sound(file, line) for file, line in zip(files, lines, strict=True)]


def _scheme(line: Line, file: Path) -> str:
    """What festival is told for one line; a text here holds letters, spaces, commas and apostrophes alone."""
    text = re.sub(r"[^\w ,']", " ", line.text)
    mean, spread = round(90 + 100 * line.manner.pitch), round(8 + 22 * line.manner.liveliness)
    tune = f"(target_f0_mean {mean}) (target_f0_std {spread}) (model_f0_mean 170) (model_f0_std 34)"
    return (
        f"(voice_{line.voice}) (Parameter.set 'Duration_Stretch {line.manner.stretch}) (set! int_lr_params '({tune}))\n"
        f'(utt.save.wave (utt.synth (Utterance Text "{text}")) "{file}" \'riff)'
    )


def _run(words: Sequence[str], text: str) -> str:
    if not shutil.which(words[0]):
        raise CorpusError(f"{words[0]} is not installed", f"install the Debian package {words[0]}")
    try:
        done = subprocess.run(words, input=text.encode(), capture_output=True, timeout=_WAIT, check=True)
    except subprocess.TimeoutExpired as error:
        raise CorpusError(f"{words[0]} did not come to an end in {_WAIT:.0f} s", f"it had {text!r:.60}") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise CorpusError(f"{words[0]} failed: {said[-1] if said else error.returncode}") from error
    return done.stdout.decode(errors="replace")


def _sound(path: Path, line: Line) -> Samples:
    """What the program wrote, at half of full scale."""
    try:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise CorpusError(f"{line.voice} gave no sound for {line.text!r}") from error
    loudest = float(np.abs(sound).max(initial=0.0))
    if loudest == 0.0:
        raise CorpusError(f"{line.voice} stayed silent for {line.text!r}")
    samples = sound.mean(axis=1, dtype=np.float32) * np.float32(0.5 / loudest)
    return samples if rate == RATE else np.asarray(soxr.resample(samples, rate, RATE), np.float32)
