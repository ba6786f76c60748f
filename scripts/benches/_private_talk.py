"""Commands with private talk in them, put together from parts, so that it is known where each private word is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from keepmum.sound import RATE

AUDIO = Path(__file__).parents[2] / "tests" / "audio"
COMMANDS = Path(__file__).parent / "commands.tsv"
VOICES = ("en-gb", "en-us+f3", "en-gb-scotland", "en-us+m5")
HALVES = (
    ("set a timer for", "twenty minutes"),
    ("turn on the", "kitchen light"),
    ("add", "to the shopping list"),
    ("remind me in", "half an hour"),
    ("turn the", "bedroom lamp off please"),
    ("what's the", "weather tomorrow"),
    ("can you", "turn the volume down"),
    ("make me a", "large coffee with milk"),
)
WHOLE = (
    "turn on the kitchen light",
    "what time is it",
    "stop the pasta timer",
    "turn the bedroom lamp off",
    "make it louder please",
    "cancel my alarm",
)
PRIVATE = (
    "margaret henderson",
    "doctor patel",
    "my sister jessica",
    "grandpa wilhelm",
    "baker street",
    "fourteen wellington road",
    "church lane",
    "oh seven seven nine two four three",
    "four eight one five one six",
    "my diabetes",
    "chemotherapy",
    "her antidepressants",
    "the pregnancy test",
    "i lost my job",
    "we are getting divorced",
    "pin code nine three seven one",
)
_PIECE = 4_800
"""Samples (0.3 s) that count as a word where nobody knows the words of a recording."""

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """Where a private word or a piece of a command is; seconds from the beginning of the sound."""

    start: float
    end: float
    private: bool


@dataclass(frozen=True)
class Talk:
    """A sound and what is in it."""

    group: str
    name: str
    pcm: bytes
    parts: tuple[Part, ...]


def synthetic(voices: tuple[str, ...]) -> Iterator[Talk]:
    """Private words in the middle of a command, before one and behind one; every word by espeak-ng for itself."""
    chance = np.random.default_rng(1)
    for nth, voice in enumerate(voices):
        for index, private in enumerate(PRIVATE):
            words = [(_say(voice, word), True) for word in private.split()]
            before, behind = (_say(voice, half) for half in HALVES[(index + 3 * nth) % len(HALVES)])
            whole = _say(voice, WHOLE[(index + nth) % len(WHOLE)])
            yield _talk("private words inside", private, [(before, False), *words, (behind, False)], chance)
            yield _talk("private words before", private, [*words, (whole, False)], chance)
            yield _talk("private words behind", private, [(whole, False), *words], chance)


def plain(voices: tuple[str, ...]) -> Iterator[Talk]:
    """commands.tsv, without anything private."""
    chance = np.random.default_rng(2)
    for voice in voices:
        for line in COMMANDS.read_text("utf-8").splitlines():
            text = line.partition("\t")[0]
            yield _talk("commands alone", text, [(_say(voice, text), False)], chance)


def people() -> Iterator[Talk]:
    """Orders of coffee by people, alone, and with some of LibriSpeech in their quietest place, before or behind."""
    chance = np.random.default_rng(3)
    orders = sorted((AUDIO / "command").iterdir())
    readers = sorted((AUDIO / "speech" / "librispeech").iterdir())
    for index, file in enumerate(orders):
        order, read = _recording(file), _recording(readers[index % len(readers)])
        begin = int(chance.integers(0, max(1, len(read) - 2 * RATE)))
        stretch = read[begin : begin + int(chance.uniform(0.6, 1.8) * RATE)]
        stretch = stretch * (order.std() / max(stretch.std(), 1.0))
        words = [(stretch[at : at + _PIECE], True) for at in range(0, len(stretch) - _PIECE // 2, _PIECE)]
        middle = _quietest(order)
        ways = ([(order[:middle], False), *words, (order[middle:], False)], [*words, (order, False)])
        yield _talk("people, private inside or around", file.stem, (*ways, [(order, False), *words])[index % 3], chance)
        yield _talk("people alone", file.stem, [(order, False)], chance)


def _talk(group: str, name: str, parts: list[tuple[Samples, bool]], chance: np.random.Generator) -> Talk:
    sounds, found, at = [np.zeros(RATE // 2)], [], RATE // 2
    for samples, private in parts:
        found.append(Part(at / RATE, (at + len(samples)) / RATE, private))
        sounds.append(samples)
        at += len(samples)
    sound = np.concatenate([*sounds, np.zeros(4 * RATE)])
    pcm = np.clip(np.rint(sound + chance.normal(0, 8, len(sound))), -32_768, 32_767).astype("<i2").tobytes()
    return Talk(group, name, pcm, tuple(found))


@cache
def _say(voice: str, text: str) -> Samples:
    wav = subprocess.run(["espeak-ng", "-v", voice, "--stdout", text], check=True, capture_output=True).stdout
    samples = np.frombuffer(wav[44:], "<i2").astype(np.float64)
    return _voiced(soxr.resample(samples, int.from_bytes(wav[24:28], "little"), RATE) * 0.5)


def _recording(file: Path) -> Samples:
    samples, _ = soundfile.read(file, dtype="int16")
    return _voiced(samples.astype(np.float64))


def _voiced(samples: Samples) -> Samples:
    """Without the silence around it."""
    loudness = _loudness(samples, 160)
    loud = np.flatnonzero(loudness > max(60.0, 0.3 * loudness.mean()))
    return samples[loud[0] : loud[-1] + 1]


def _quietest(samples: Samples) -> int:
    """A place in the middle of a sound where a pause is."""
    first, last = int(0.3 * len(samples)), int(0.7 * len(samples))
    return first + int(np.argmin(_loudness(samples, 1_600)[first:last]))


def _loudness(samples: Samples, width: int) -> Samples:
    smooth: Samples = np.convolve(np.abs(samples), np.ones(width) / width, "same")
    return smooth


def readers() -> dict[str, list[Samples]]:
    """Utterances of 2.5 s of each LibriSpeech reader of whom there are at least four."""
    found: dict[str, list[Samples]] = {}
    for entry in map(json.loads, (AUDIO / "manifest.jsonl").read_text("utf-8").splitlines()):
        if entry["file"].startswith("speech/librispeech/"):
            samples, length = _recording(AUDIO / entry["file"]), int(2.5 * RATE)
            mine = found.setdefault(Path(entry["file"]).name.partition("-")[0], [])
            mine += [samples[at : at + length] for at in range(0, len(samples) - length, length)]
    return {name: utterances for name, utterances in found.items() if len(utterances) >= 4}


def synthetic_speakers(variants: tuple[str, ...], count: int) -> dict[str, list[Samples]]:
    """The first commands that are long enough, in many voices of espeak-ng."""
    texts = [line.partition("\t")[0] for line in COMMANDS.read_text("utf-8").splitlines()]
    texts = [text for text in texts if len(text) > 24][:count]
    return {variant: [_say(f"en-us+{variant}", text) for text in texts] for variant in variants}
