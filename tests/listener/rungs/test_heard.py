"""With the real Vosk and real people: in what would leave, nothing of what was hidden can be found again (I17)."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from rungs_commands import Echo

from keepmum.clip import Word
from keepmum.hardware.voice_espeak import Espeak
from keepmum.listener.command import Command
from keepmum.listener.rungs.make import make
from keepmum.listener.rungs.redact import SURE
from keepmum.listener.rungs.span import spoken
from keepmum.listener.rungs.vocabulary import allowed
from keepmum.listener.sentences.understand import Understanding
from keepmum.listener.speech.model import Model, open_model
from keepmum.listener.speech.transcribe import Transcriber
from keepmum.settings import SpeechSettings
from keepmum.shipped import folder
from keepmum.sound import BLOCK_BYTES, RATE
from keepmum.terms import Rung

ORDERS = sorted((Path(__file__).parents[2] / "audio" / "command").iterdir())[:10]
SENTENCES = folder() / "sentences" / "en.yaml"
FOUND = 0.3
"""Correlation at any shift that two pieces of 0.1 s with nothing to do with each other stay below."""
ALIKE = 0.8
"""The same between two vowels of one person; a copy has 1."""


class Ears:
    """The bundled model: hears a sound as a command, word for word."""

    def __init__(self, model: Model) -> None:
        understanding = Understanding.load(SENTENCES, None, (), model.vocabulary)
        self._transcriber = Transcriber(model, understanding.phrases, SpeechSettings())
        self.vocabulary = allowed(SENTENCES, model.vocabulary)

    def listen(self, pcm: bytes) -> Command:
        """Everything of it, also what makes no sentence: the allow-list is on its own here."""
        self._transcriber.begin()
        for at in range(0, len(pcm), BLOCK_BYTES):
            self._transcriber.hear(pcm[at : at + BLOCK_BYTES])
        words = self._transcriber.finish().words
        self._transcriber.wipe()
        return Command(bytearray(pcm), "alexa", None, (0.0, len(pcm) / 2 / RATE), words)


@pytest.fixture(scope="module")
def ears() -> Ears:
    """One for all tests: a model takes a second to load."""
    return Ears(open_model(SpeechSettings().model))


def _found(part: npt.NDArray[np.float64], sound: npt.NDArray[np.float64]) -> float:
    """How well a part of the original can be found in a sound, wherever it may be: 1 is all of it."""
    size = 1 << (len(part) + len(sound)).bit_length()
    product = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(part, size)), size)[: len(sound)]
    energy = np.cumsum(np.pad(sound**2, (1, len(part))))
    window = np.sqrt(energy[len(part) :][: len(sound)] - energy[: len(sound)]) * np.linalg.norm(part)
    return float(np.max(np.abs(product) / np.maximum(window, 1.0)))


def _samples(pcm: bytes | bytearray) -> npt.NDArray[np.float64]:
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def _hidden(command: Command, vocabulary: frozenset[str]) -> list[Word]:
    """Words that may not be heard, and are long enough to be looked for."""
    out = [word for word in command.words if word.text not in vocabulary or word.confidence < SURE]
    return [word for word in out if word.end - word.start > 0.1]


@pytest.mark.parametrize("file", ORDERS, ids=lambda file: file.stem[:8])
def test_i17_hidden_words_of_people_cannot_be_found(ears: Ears, file: Path) -> None:
    """Where a word was that Vosk was not sure of there is noise, and it was not put elsewhere."""
    pcm, _ = soundfile.read(file, dtype="int16")
    command = ears.listen(pcm.tobytes())
    made = _samples(make(command, Rung.VOICE, ears.vocabulary, Echo(), Random(1)).pcm)
    original = _samples(command.sound)
    assert command.words
    begins = round(spoken(command)[0] * RATE)
    for word in _hidden(command, ears.vocabulary):
        part = original[round(word.start * RATE) : round(word.end * RATE)]
        there = made[round(word.start * RATE) - begins :][: len(part)]
        assert abs(np.corrcoef(part[: len(there)], there)[0, 1]) < FOUND / 2
        assert _found(part, made) < ALIKE


def test_kept_words_of_people_can_be_found(ears: Ears) -> None:
    """What is kept is there as it was: so the search would find what should not be there."""
    found = 0
    for file in ORDERS:
        pcm, _ = soundfile.read(file, dtype="int16")
        command = ears.listen(pcm.tobytes())
        made = make(command, Rung.VOICE, ears.vocabulary, Echo(), Random(1))
        for word in made.clip.words:
            begin = command.words[0].start + word.start
            middle = _samples(command.sound)[
                round((begin + 0.06) * RATE) : round((begin + word.end - word.start - 0.06) * RATE)
            ]
            if len(middle) > RATE // 10:
                assert _found(middle, _samples(made.pcm)) > 0.95
                found += 1
    assert found > 20


@pytest.mark.parametrize("private", ["doctor patel", "grandpa wilhelm", "chemotherapy", "wellington road"])
def test_i17_private_words_cannot_be_found(ears: Ears, private: str) -> None:
    """What somebody says beside a command is gone at any rung that has a voice, but what sounds like a command."""
    voice = Espeak("en-gb")
    said = _samples(voice.speak(private))
    loud = np.flatnonzero(np.abs(said) > 500)
    said = said[loud[0] : loud[-1]]
    room = np.random.default_rng(1).normal(0, 8, RATE)
    command = np.concatenate([room, said, _samples(voice.speak("turn on the kitchen light")), room])
    heard = ears.listen(command.astype("<i2").tobytes())
    hidden = {id(word) for word in _hidden(heard, ears.vocabulary)}
    kept = [word for word in heard.words if id(word) not in hidden]
    begins = [RATE + at for at in range(0, len(said) - RATE // 4, RATE // 4)]
    gone = [at for at in begins if not any(word.start < at / RATE + 0.25 and word.end > at / RATE for word in kept)]
    assert gone, "this one is there to be hidden"
    for rung in (Rung.VOICE, Rung.DISGUISED):
        made = make(heard, rung, ears.vocabulary, Echo(), Random(1))
        assert {word.text for word in made.clip.words} & {"kitchen", "light"}
        for at in gone:
            assert _found(_samples(heard.sound)[at : at + RATE // 4], _samples(made.pcm)) < ALIKE
