"""What redaction hides and what it leaves, what a disguise is worth, and what each rung costs.

Private words are put between, before and behind commands (`_private_talk.py`), so that it is known where they are.
Everything is heard by the listener's own ears. A private word is masked if at least 80 % of it is noise.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

import _private_talk
import _voiceprints
import numpy as np
from _figures import machine, percentage
from rich.progress import track

from keepmum import shipped
from keepmum.clip import Word
from keepmum.consent import MOST_BLEEPED
from keepmum.hardware.voice_espeak import Espeak
from keepmum.listener.command import Command
from keepmum.listener.ear import Ear, Happening
from keepmum.listener.hearing import Hearing
from keepmum.listener.news import News
from keepmum.listener.preroll import PreRoll
from keepmum.listener.rungs.make import make
from keepmum.listener.rungs.redact import redact
from keepmum.listener.rungs.span import spoken
from keepmum.listener.rungs.vocabulary import allowed
from keepmum.listener.sentences.understand import Understanding
from keepmum.listener.speech.model import open_model
from keepmum.listener.speech.transcribe import Transcriber
from keepmum.listener.wake.cascade import Candidate
from keepmum.settings import SpeechSettings
from keepmum.sound import BLOCK_BYTES, RATE
from keepmum.terms import Rung

MARGINS = (0.0, 0.05, 0.1)
MASKED = 0.8
VARIANTS = (
    *("f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "klatt", "klatt2", "klatt3"),
    *("Andy", "Annie", "Alicia", "Alex", "Andrea", "Gene", "Linda", "Lee", "Jacky", "Mario", "Michael", "Pablo"),
    *("Quincy", "Steph", "Zac", "anika", "victor", "travis"),
)


class _Engine:
    def hear(self, _block: bytes) -> Candidate | None:
        return Candidate("alexa", 0.9, 0.9, 1.0)

    def wipe(self) -> None:
        """Nothing is held."""


class Ears(Hearing):
    """The listener's hearing, awake at once; it also remembers the words before the sentence had its say."""

    raw: tuple[Word, ...] = ()

    def _accounted_for(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        self.raw = words
        return super()._accounted_for(words)

    def listen(self, pcm: bytes) -> tuple[Command, tuple[Word, ...]]:
        """The command as it is handed over, and every word as Vosk heard it."""
        self.forget()
        self.raw = ()
        self.hear(Ear.WAITING, bytes(BLOCK_BYTES))
        if self.confirm() is not Happening.CONFIRMED:
            raise RuntimeError("it does not wake")
        for at in range(0, len(pcm) - BLOCK_BYTES + 1, BLOCK_BYTES):
            if self.hear(Ear.HEARING, pcm[at : at + BLOCK_BYTES]) is not None:
                break
        return self.take_clip(), self.raw


def ears() -> tuple[Ears, frozenset[str]]:
    """The bundled model with the shipped sentences, and what may stay audible."""
    speech = SpeechSettings()
    model, sentences = open_model(speech.model), shipped.folder() / "sentences" / "en.yaml"
    understanding = Understanding.load(sentences, None, (), model.vocabulary, ("alexa",))
    hearing = Ears(
        wake=_Engine(),
        confirmers=None,
        transcriber=Transcriber(model, understanding.phrases, speech, understanding.outlook),
        understanding=understanding,
        preroll=PreRoll(),
        news=News(show_words=False),
    )
    return hearing, allowed(sentences, model.vocabulary)


@dataclass
class Score:
    """What became of the words of some clips under one rule."""

    clips: int = 0
    leave: int = 0
    """Clips of which no more than 40 % is bleeped."""
    words: int = 0
    masked: int = 0
    leave_words: int = 0
    leave_heard: int = 0
    """Private words in clips that leave, and those of them that were not masked."""
    time: dict[bool, float] = field(default_factory=lambda: {False: 0.0, True: 0.0})
    heard: dict[bool, float] = field(default_factory=lambda: {False: 0.0, True: 0.0})
    """Seconds of harmless and of private speech, and of each what stays audible."""

    def add(
        self,
        talk: _private_talk.Talk,
        command: Command,
        words: Sequence[Word],
        vocabulary: frozenset[str],
        margin: float,
    ) -> None:
        """Redact one command and look what is left of each part."""
        where = spoken(Command(command.sound, "", None, command.span, tuple(words)))
        first, count = round(where[0] * RATE), round((where[1] - where[0]) * RATE)
        shifted = [Word(w.text, w.start - where[0], w.end - where[0], w.confidence) for w in words]
        redaction = redact(shifted, count, vocabulary, margin)
        audible = np.zeros(len(talk.pcm) // 2 + RATE, dtype=bool)
        audible[first : first + count] = redaction.audible
        leaves = redaction.bleeped <= MOST_BLEEPED
        self.clips += 1
        self.leave += leaves
        for part in talk.parts:
            self._part(part, audible, leaves)

    def _part(self, part: _private_talk.Part, audible: np.ndarray, leaves: bool) -> None:
        share = float(audible[round(part.start * RATE) : round(part.end * RATE)].mean())
        self.time[part.private] += part.end - part.start
        self.heard[part.private] += share * (part.end - part.start)
        if part.private:
            self.words += 1
            self.masked += share <= 1 - MASKED
            self.leave_words += leaves
            self.leave_heard += leaves and share > 1 - MASKED

    def line(self) -> str:
        """The figures in one line."""
        kept = f"{100 * self.heard[False] / max(self.time[False], 1e-9):5.1f} %"
        hidden = 100 * (1 - self.heard[True] / self.time[True]) if self.time[True] else 100.0
        private = f"masked {percentage(self.masked, self.words)}, of the time {hidden:5.1f} %; " if self.words else ""
        heard = f", private words audible in these {self.leave_heard} of {self.leave_words}" if self.words else ""
        return f"{private}harmless speech kept {kept}; would leave {self.leave} of {self.clips}{heard}"


def masks(talks: Iterable[_private_talk.Talk]) -> None:
    """Print what the allow-list alone does and what it does together with the sentence, group by group."""
    hearing, vocabulary = ears()
    scores: dict[tuple[str, str, float], Score] = {}
    for talk in track(list(talks), "hearing", transient=True):
        command, raw = hearing.listen(talk.pcm)
        # The pre-roll was empty: the command's times count from the beginning of what was played.
        rules = {"allow-list alone": raw, "and the sentence": command.words}
        for rule, words in rules.items():
            for margin in MARGINS:
                score = scores.setdefault((talk.group, rule, margin), Score())
                score.add(talk, command, words, vocabulary, margin)
    for (group, rule, margin), score in sorted(scores.items()):
        print(f"{group}: {rule}, margin {1000 * margin:3.0f} ms\n    {score.line()}")


def disguises() -> None:
    """Print the equal error rates of two attackers for each way to change a voice; 50 % would be safe."""
    ways = {
        "the voice itself": _voiceprints.unchanged,
        "McAdams, fixed 0.8": _voiceprints.fixed,
        "McAdams, by chance": _voiceprints.moved,
        "pitch, by chance": _voiceprints.pitched,
        "the disguise: both": _voiceprints.disguised,
    }
    groups = {
        "espeak-ng": _private_talk.synthetic_speakers(VARIANTS, 10),
        "LibriSpeech": _private_talk.readers(),
    }
    for name, speakers in groups.items():
        utterances = sum(map(len, speakers.values()))
        print(
            f"\n{name}: {len(speakers)} speakers, {utterances} utterances; equal error rate, ignorant / semi-informed"
        )
        for way, change in track(ways.items(), name, transient=True):
            ignorant, informed = _voiceprints.ours(speakers, change)
            print(f"  {way:<20} {ignorant:5.1f} % / {informed:5.1f} %")


def costs() -> None:
    """Print the time that each rung takes for a command of five seconds."""
    samples = np.random.default_rng(1).normal(0, 3_000, 6 * RATE).astype("<i2")
    texts = ("turn", "on", "the", "margaret", "light", "in", "the", "kitchen", "please", "now")
    words = tuple(Word(text, 1 + at / 2, 1.5 + at / 2, 1.0) for at, text in enumerate(texts))
    command = Command(bytearray(samples.tobytes()), "alexa", (0.2, 1.0), (1.0, 6.0), words)
    vocabulary, voice = frozenset(texts) - {"margaret"}, Espeak("en-us")
    print("\ntime for a command of 5 s, median of 9")
    for rung in (Rung.TEXT, Rung.RESPOKEN, Rung.DISGUISED, Rung.VOICE):
        taken = []
        for seed in range(9):
            began = time.perf_counter()
            make(command, rung, vocabulary, voice, Random(seed))
            taken.append(time.perf_counter() - began)
        middle = sorted(taken)[4]
        print(f"  {rung.name.lower():<10} {1000 * middle:6.1f} ms, {middle / 5:.4f} s a second")


def main(argv: list[str]) -> int:
    """Measure and print; 0 whatever comes out."""
    parser = argparse.ArgumentParser(prog="bench redact", description=__doc__.partition("\n")[0])
    parser.add_argument("--voices", nargs="*", default=_private_talk.VOICES, help="of espeak-ng, for the commands")
    parser.add_argument("--only", choices=("masks", "disguises", "costs"), help="leave the others out")
    chosen = parser.parse_args(argv)
    print(machine())
    if chosen.only in {None, "masks"}:
        voices = tuple(chosen.voices)
        masks([*_private_talk.synthetic(voices), *_private_talk.plain(voices[:2]), *_private_talk.people()])
    if chosen.only in {None, "disguises"}:
        disguises()
    if chosen.only in {None, "costs"}:
        costs()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
