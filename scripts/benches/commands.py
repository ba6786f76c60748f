"""How often a spoken command is understood: synthetic voices, and people ordering coffee.

Synthetic: every line of commands.tsv is spoken by espeak-ng in several voices. The bundled model was trained with
espeak-ng too (other sentences, about fifty of its voices), so these figures are the best case.

People: `--labels FILE` is data/label/label.json of Picovoice/speech-to-intent-benchmark (Apache-2.0), which says
what is ordered in each recording; 62 of its recordings are in tests/audio/command, `--recordings` names a folder
with more. The bundled model never heard these people; the sentences were tuned on the 62.

A command counts as right only if the intent and every slot are right. Each is heard as the speaker hears it behind a
wake phrase: in blocks, until the speaker finds that it is over. Where somebody took long to begin, that is left out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
from _espeak import speak
from _figures import machine, percentage
from rich.progress import track

from keepmum import shipped
from keepmum.forge.evaluation import ending, sounds
from keepmum.listener.sentences.understand import Intent, Understanding
from keepmum.listener.speech.model import open_model
from keepmum.listener.speech.model_folder import vocabulary
from keepmum.listener.speech.transcribe import Transcriber
from keepmum.settings import SpeechSettings
from keepmum.sound import BLOCK_BYTES, RATE, SAMPLE_BYTES

HERE = Path(__file__).parent
RECORDINGS = HERE.parents[1] / "tests" / "audio" / "command"
VOICES = ("en-gb", "en-gb-x-rp", "en-gb-scotland", "en-us", "en-us+f3", "en-gb+m3", "en-us+m5", "en-gb+f4")

_LITTLE = {"a little bit of": "a little", "a bit of": "a little"}
_AMOUNTS = {"a lot of": "a lot", "lots of": "a lot", "some": "some", **_LITTLE}
_SHOTS = {"single shot": 1, "double shot": 2, "triple shot": 3}


@dataclass(frozen=True)
class Spoken:
    """One command that was spoken, and what should be understood."""

    name: str
    pcm: bytes
    meant: Intent


@dataclass
class Score:
    """What became of the commands."""

    right: int = 0
    other: int = 0
    """Understood as something else: worse than not understood."""
    nothing: int = 0
    cut: int = 0
    """Was held for over before the voice was."""
    ends: list[float] = field(default_factory=list)
    """Seconds from the voice's end until it was found."""
    waits: list[float] = field(default_factory=list)
    """Seconds of computing from there to the intent."""
    paces: list[float] = field(default_factory=list)
    """Seconds of computing for each second of sound."""
    errors: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Put another score's commands with these."""
        self.right += other.right
        self.other += other.other
        self.nothing += other.nothing
        self.cut += other.cut
        self.ends += other.ends
        self.waits += other.waits
        self.paces += other.paces

    @property
    def all(self) -> int:
        """How many there were."""
        return self.right + self.other + self.nothing


class Ears:
    """The bundled model with the run-time grammar of the shipped sentences, and what decides that a command is over."""

    def __init__(self) -> None:
        speech = SpeechSettings()
        began = time.perf_counter()
        self.understanding = Understanding.load(
            shipped.folder() / "sentences" / "en.yaml", None, (), vocabulary(speech.model), ("alexa",)
        )
        self.loaded = time.perf_counter() - began
        self.phrases = len(self.understanding.phrases)
        self._transcriber = Transcriber(
            open_model(speech.model), self.understanding.phrases, speech, self.understanding.outlook
        )

    def listen(self, spoken: Spoken, score: Score) -> None:
        """Hear one command in blocks, as from a microphone, and add what was understood to the score."""
        begins, ends = sounds.voice_in(np.frombuffer(spoken.pcm, "<i2").astype(np.float32))
        began = time.perf_counter()
        self._transcriber.begin()
        at = max(0, round((begins - ending.REACTION) * RATE)) * SAMPLE_BYTES
        heard = at
        while heard < len(spoken.pcm) and not self._transcriber.hear(spoken.pcm[heard : heard + BLOCK_BYTES]).ended:
            heard += BLOCK_BYTES
        ended = time.perf_counter()
        text = self._transcriber.finish().text
        found = self.understanding.parse_or_listen_again(text, lambda phrases: self._transcriber.again(phrases).text)
        score.waits.append(time.perf_counter() - ended)
        score.ends.append((heard + BLOCK_BYTES) / SAMPLE_BYTES / RATE - ends)
        score.paces.append((time.perf_counter() - began) / ((heard - at + BLOCK_BYTES) / SAMPLE_BYTES / RATE))
        self._transcriber.wipe()
        score.cut += score.ends[-1] <= -ending.EARLY
        score.right += found == spoken.meant
        score.nothing += found is None
        score.other += found is not None and found != spoken.meant
        if found != spoken.meant:
            got = f"{found.name} {dict(found.slots)}" if found else "nothing"
            score.errors.append(f"{spoken.name}: heard {text.strip()!r}, understood {got}")


def synthetic(voices: tuple[str, ...]) -> dict[str, list[Spoken]]:
    """commands.tsv in each voice."""
    rows = [line.split("\t") for line in (HERE / "commands.tsv").read_text("utf-8").splitlines()]
    with ThreadPoolExecutor(2) as pool:
        sounds = {voice: pool.map(partial(_say, voice), [text for text, _, _ in rows]) for voice in voices}
    return {
        voice: [
            Spoken(text, pcm, Intent(name, json.loads(slots)))
            for (text, name, slots), pcm in zip(rows, sounds[voice], strict=True)
        ]
        for voice in voices
    }


def _say(voice: str, text: str) -> bytes:
    """One sentence by espeak-ng, with a room around it: no microphone ever delivers pure zeros."""
    sound = speak(voice, text)
    return _in_a_room(sound, text)


def _in_a_room(sound: np.ndarray, name: str) -> bytes:
    """With a room's own faint noise, half a second of it before and two behind."""
    room = np.random.default_rng(len(name)).normal(0, 15, RATE // 2 + len(sound) + 2 * RATE)
    room[RATE // 2 : RATE // 2 + len(sound)] += sound
    return np.clip(room, -32768, 32767).astype("<i2").tobytes()


def people(labels: Path, recordings: Path) -> Iterator[Spoken]:
    """Every recording in the folder that the label file knows."""
    known = {Path(name).stem: label for name, label in json.loads(labels.read_text("utf-8")).items()}
    for file in sorted(recordings.iterdir()):
        if file.stem in known:
            sound, rate = soundfile.read(file, dtype="int16")
            if rate == RATE and sound.ndim == 1:
                yield Spoken(
                    file.stem, _in_a_room(sound, file.stem), Intent("coffee.order", _order(known[file.stem]["slots"]))
                )


def _order(label: dict[str, str]) -> dict[str, str | int | float]:
    """The label's slots as ours."""
    order: dict[str, str | int | float] = {}
    for slot, words in ((slot, words.strip()) for slot, words in label.items()):
        match slot:
            case "numberOfShots":
                order["shots"] = _SHOTS[words]
            case "roast":
                order["roast"] = words.removesuffix(" roast")
            case "coffeeDrink" | "size":
                order[slot.removeprefix("coffee").lower()] = words
            case _:
                kind = slot.removesuffix("Amount")
                amount = next((amount for amount in _AMOUNTS if words.startswith(f"{amount} ")), "")
                order[kind] = words.removeprefix(amount).strip()
                if amount:
                    order[f"{kind}_amount"] = _AMOUNTS[amount]
    return order


def report(title: str, score: Score) -> None:
    """Four lines about one group of commands."""
    print(f"\n{title}: {score.all} commands")
    for what, count in (("right", score.right), ("not understood", score.nothing), ("something else", score.other)):
        print(f"  {what:<15} {percentage(count, score.all)}")
    print(f"  {'ended too early':<15} {percentage(score.cut, score.all)}")
    print(f"  from the voice's end until it is found: {_middle_and_tail(score.ends)}")
    print(f"  computing from there to the intent: {_middle_and_tail(score.waits)}")
    print(f"  computing per second of sound: {statistics.mean(score.paces):.3f} s")


def _middle_and_tail(lengths: list[float]) -> str:
    milliseconds = sorted(1000 * each for each in lengths)
    tail = milliseconds[int(0.95 * (len(milliseconds) - 1))]
    return f"median {statistics.median(milliseconds):.0f} ms, p95 {tail:.0f} ms"


def main(argv: list[str]) -> int:
    """Measure and print; 0 even if little is understood."""
    parser = argparse.ArgumentParser(prog="bench commands", description=__doc__.partition("\n")[0])
    parser.add_argument("--labels", type=Path, help="label.json of Picovoice/speech-to-intent-benchmark")
    parser.add_argument("--recordings", type=Path, default=RECORDINGS, help="16 kHz recordings named as in the labels")
    parser.add_argument("--skip", type=Path, help="leave out recordings that this folder has too")
    parser.add_argument("--voices", nargs="*", default=VOICES, help="of espeak-ng; none leaves them out")
    parser.add_argument("--errors", action="store_true", help="print what was misunderstood")
    chosen = parser.parse_args(argv)
    ears = Ears()
    print(f"{machine()}\nsentences loaded in {ears.loaded:.2f} s, {ears.phrases} phrases in the grammar")
    groups = {f"espeak-ng {voice}": spoken for voice, spoken in synthetic(tuple(chosen.voices)).items()}
    if chosen.labels:
        left_out = {file.stem for file in chosen.skip.iterdir()} if chosen.skip else set()
        spoken = [one for one in people(chosen.labels, chosen.recordings) if one.name not in left_out]
        groups["people ordering coffee"] = spoken
    synthesised = Score()
    for title, spoken in groups.items():
        score = Score()
        for one in track(spoken, title, transient=True):
            ears.listen(one, score)
        report(title, score)
        if title.startswith("espeak"):
            synthesised.add(score)
        if chosen.errors:
            print("\n".join(f"    {error}" for error in score.errors))
    if synthesised.all:
        report("all synthetic voices", synthesised)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
