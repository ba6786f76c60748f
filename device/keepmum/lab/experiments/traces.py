"""What somebody on the line sees of a spoken command: packets with times and sizes, as each kind of speaker sends it.

keepmum's sizes are made by its own code: packed, padded, sealed and cut as the speaker and its uplink do it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random

import numpy as np

from keepmum.clip import Clip, Word, pack
from keepmum.errors import LabError
from keepmum.lab.capture.outgoing import Sent
from keepmum.lab.capture.segments import HEADERS, LARGEST
from keepmum.lab.corpus.audio import heard
from keepmum.lab.corpus.speaking import Line, Spoken, speak
from keepmum.seal.envelope import OVERHEAD
from keepmum.seal.padding import SOUND_BUCKET, padded
from keepmum.sound import RATE
from keepmum.terms import Rung
from keepmum.uplink import chunks

FRAME = 0.1
"""Seconds of sound in each packet of a speaker that sends while somebody speaks."""
BIT_RATE = 16_000
"""Bits a second on average of its coder, which spends more on loud moments; assumed."""
_LEAST = 0.3
"""Part of the average that silence costs."""
_ANSWERED = 0.03
"""Seconds until a part is acknowledged and the next one leaves; assumed."""
_TOPIC = "keepmum/clips/" + "0" * 32
_MQTT = 18
"""Bytes around topic and payload: fixed header, lengths, packet number, expiry."""
_NIGHT = (3.0, 5.0)
"""Hours of the shipped window in which all clips of a day leave."""
_VOICES = ("en-us+Annie", "en+m3", "en-us+m7", "en+f5")

_SHAPES = (
    ("turn {} the light in the {}", ("on", "off"), ("kitchen", "bedroom", "living room", "hall", "garden", "office")),
    ("set a timer for {} {}", ("two", "five", "ten", "fifteen", "twenty", "forty five"), ("minutes", "seconds")),
    ("add {} to the {} list", ("milk", "bread", "a dozen eggs", "butter", "washing powder"), ("shopping", "birthday")),
    ("what is the weather {} {}", ("today", "tomorrow", "on sunday"), ("in london", "in san francisco", "here")),
    ("play {} {}", ("some jazz", "the news", "my favourite songs", "rain sounds"), ("quietly", "everywhere", "now")),
    ("{} the {}", ("open", "close", "lock"), ("blinds", "garage door", "windows upstairs", "front door")),
    ("remind me to {} {}", ("call the bank", "feed the cat", "pay"), ("tonight", "at noon", "next week", "at six")),
    ("how do you say {} in {}", ("hello", "good night", "where is the station"), ("spanish", "french", "japanese")),
    ("{} volume {}", ("set the", "turn the"), ("up", "down", "to three", "to seven", "all the way up")),
    ("tell me {} {}", ("a joke", "a story", "a riddle"), ("about cats", "for children", "please")),
)
COMMANDS = tuple(shape.format(*words) for shape, *lists in _SHAPES for words in product(*lists))
"""More than a hundred things that people say to speakers."""


@dataclass(frozen=True)
class Trace:
    """One command on the line."""

    command: int
    hour: float
    """Of the day, at which it was seen."""
    sent: tuple[Sent, ...]

    @property
    def bytes(self) -> int:
        """All of it."""
        return sum(each.size for each in self.sent)


@dataclass(frozen=True)
class Said:
    """One command as somebody said it."""

    command: int
    hour: float
    """Each command has its own time of the day, more or less; assumed."""
    spoken: Spoken


def said(commands: int, each: int, seed: int) -> list[Said]:
    """So many commands, each said so often, by several voices in their own pace and pitch. Raises LabError."""
    if commands > len(COMMANDS):
        raise LabError(f"there are {len(COMMANDS)} commands, not {commands}", f"--commands {len(COMMANDS)} at most")
    dice = Random(f"traces {seed}")
    chosen = dice.sample(COMMANDS, commands)
    habits = [dice.uniform(6.0, 23.0) for _ in chosen]
    which = [number for number in range(commands) for _ in range(each)]
    lines = [
        Line(f"alexa, {chosen[number]}", dice.choice(_VOICES), dice.randint(150, 180), dice.randint(35, 65))
        for number in which
    ]
    return [
        Said(number, dice.gauss(habits[number], 1.5) % 24, one) for number, one in zip(which, speak(lines), strict=True)
    ]


def live(one: Said, dice: Random) -> Trace:
    """A speaker that sends while somebody speaks, coded by loudness, as those of the studies do."""
    sound = one.spoken.sound
    frames = np.array_split(sound, max(1, round(len(sound) / RATE / FRAME)))
    loud = np.array([float(np.sqrt(np.mean(frame**2))) for frame in frames])
    share = _LEAST + (1 - _LEAST) * loud / max(float(loud.mean()), 1e-6)
    sizes = [round(BIT_RATE / 8 * FRAME * part * dice.uniform(0.95, 1.05)) + HEADERS for part in share]
    return Trace(one.command, one.hour, tuple(Sent(at * FRAME, size) for at, size in enumerate(sizes)))


def sealed(one: Said, dice: Random) -> Trace:
    """keepmum without its padding: a build that does not exist, to see what padding is worth."""
    return _as_parts(one, one.hour, len(_packed(one)) + OVERHEAD, dice)


def filled(one: Said, dice: Random) -> Trace:
    """keepmum as it seals, sent at once."""
    return _as_parts(one, one.hour, sealed_size(one), dice)


def batched(one: Said, dice: Random) -> Trace:
    """keepmum as it ships: sealed, and sent with all others at a random moment of the night."""
    return _as_parts(one, dice.uniform(*_NIGHT), sealed_size(one), dice)


SPEAKERS: Mapping[str, Callable[[Said, Random], Trace]] = {
    "sent while spoken (control)": live,
    "sealed, not padded": sealed,
    "sealed and padded": filled,
    "sealed, padded, at night": batched,
}


def sealed_size(one: Said) -> int:
    """Bytes of keepmum's sealed clip."""
    return len(padded(_packed(one), SOUND_BUCKET)) + OVERHEAD


def parts(size: int) -> list[int]:
    """Bytes of each MQTT packet in which a parcel of that size leaves."""
    content = bytes(size)
    cut = chunks.cut("0" * 32, hashlib.sha256(content).hexdigest(), content, chunks.PART)
    return [len(part) + len(_TOPIC) + _MQTT for part in cut]


def _as_parts(one: Said, hour: float, size: int, dice: Random) -> Trace:
    at, sent = 0.0, list[Sent]()
    for part in parts(size):
        sizes = [LARGEST] * (part // LARGEST) + ([part % LARGEST] if part % LARGEST else [])
        sent += [Sent(at, each + HEADERS) for each in sizes]
        at += _ANSWERED * dice.uniform(0.5, 2.0)
    return Trace(one.command, hour, tuple(sent))


def _packed(one: Said) -> bytes:
    words = tuple(Word(each.text, each.begins, each.ends, 1.0) for each in one.spoken.words)
    return pack(Clip("0" * 32, Rung.VOICE, "0" * 16, "alexa", words=words, pcm=heard(one.spoken.sound), language="en"))


def totals(traces: Sequence[Trace]) -> float:
    """Bytes on the line of one command, on average."""
    return sum(trace.bytes for trace in traces) / len(traces)
