"""A household that nobody lives in, spoken by programs on the spot: a corpus for whoever has none, and for every test.

What is true about it is known exactly, because it was put together: who speaks when, which words, what was meant for
the speaker, and when somebody muted it. Voices of programs are no people's: figures from it are about the lab.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import soundfile

from keepmum.errors import LabError
from keepmum.lab import marks
from keepmum.lab.corpus import about, folder, talk
from keepmum.lab.corpus.mixing import Placed, lasts, mixed
from keepmum.lab.corpus.speaking import Line, Spoken, speak
from keepmum.lab.corpus.talk import Talk
from keepmum.lab.corpus.written import in_order
from keepmum.lab.marks import Mark, MarkKind, Truth, TruthKind
from keepmum.sound import RATE

LENGTH = 300.0
"""Seconds of one scene."""

PEOPLE = {"anna": ("en-us+Annie", 52), "ben": ("en+m3", 45), "carl": ("en-us+m7", 40), "dora": ("en+f5", 60)}
"""Who lives there: a voice of espeak-ng, by the name of its file, and a pitch."""

TELEVISION = {"anchor": ("en-gb-x-rp+f2", 50), "actor": ("en-us+Mario", 40), "guest": ("en-us-nyc", 55)}
"""Who speaks on television; to a truth all of them are the television."""

NEAR, ACROSS_THE_ROOM, SET = 0.5, 0.25, 0.2
"""Of espeak-ng's loudness: somebody who speaks to the speaker, people among each other, the television."""

_ANSWER = 2.5
"""Seconds that people wait after an order, for an answer."""


class Scene(NamedTuple):
    """One kind of hour in the house."""

    name: str
    people: tuple[str, ...]
    television: bool
    orders: int
    """In five minutes."""
    muted: bool = False
    """Whether somebody mutes the speaker for a while."""


SCENES = (
    Scene("breakfast", ("anna", "ben"), False, 5),
    Scene("news", (), True, 1),
    Scene("dinner", ("anna", "ben", "carl", "dora"), False, 3),
    Scene("evening", ("carl", "dora"), True, 4, muted=True),
)
NEWS = (Scene("news", (), True, 0),)
"""Nobody speaks but the television: whatever wakes there is false."""


def speak_household(
    place: Path,
    seed: int = 1,
    minutes: float = 20.0,
    phrase: str = "alexa",
    *,
    scenes: tuple[Scene, ...] = SCENES,
    length: float = LENGTH,
) -> Path:
    """Write the corpus into a folder, scene after scene, and give the folder; the same seed gives the same bytes.

    A scene lasts `length` seconds, the last one what is left.

    Raises LabError if there is no espeak-ng, or the folder holds something else.
    """
    if place.exists() and any(place.iterdir()):
        raise LabError(f"{place} is not empty", "name a new folder")
    place.mkdir(parents=True, exist_ok=True)
    note = "Spoken by programs and put together by keepmum; it is nobody's household and free for any use."
    (place / about.FILE).write_text(f"layout: folder\nvoices: spoken by programs\nnote: {note}\n")
    left, number = minutes * 60, 0
    while left > 1.0:
        scene = scenes[number % len(scenes)]
        script = list(_script(scene, min(length, left), Talk(Random(f"{seed} {number}")), phrase))
        name = f"{number:03}-{scene.name}/{scene.name}.flac"
        _write_scene(place / name, name, script, min(length, left), seed + number)
        if scene.muted:
            _mute((place / name).with_suffix(folder.HAPPENINGS), name, min(length, left))
        left, number = left - length, number + 1
    return place


def _write_scene(path: Path, name: str, script: list[Placed], seconds: float, seed: int) -> None:
    spoken = speak([one.line for one in script]) if script else []
    path.parent.mkdir(parents=True)
    sound = mixed(script, spoken, seconds, seed)
    soundfile.write(path, sound, RATE, format="FLAC", subtype="PCM_16")
    truths = (truth for pair in zip(script, spoken, strict=True) for truth in _truths(*pair, name))
    marks.write(path.with_suffix(".truth.jsonl"), in_order(truths))


def _mute(path: Path, name: str, seconds: float) -> None:
    """Somebody presses the button for a while."""
    begins, ends = round(seconds * 0.6, 3), round(seconds * 0.75, 3)
    marks.write(path, [Mark(recording=name, begins=begins, ends=ends, kind=MarkKind.MUTE, what="button")])


def _script(scene: Scene, seconds: float, said: Talk, phrase: str) -> Iterator[Placed]:
    """Who says what, and when it begins. How long a line lasts is guessed from its words; nobody interrupts himself."""
    count = max(1, round(scene.orders * seconds / LENGTH)) if scene.orders else 0
    orders = _moments(count, seconds, said)
    if scene.television:
        yield from _television(seconds, said)
    at = said.between(1.0, 3.0)
    while at < seconds - 12.0:
        if orders and at >= orders[0]:
            orders.pop(0)
            who = _someone(scene.people or ("anna",), said)
            text, intent = said.order()
            line = _line(f"{phrase}, {text}", PEOPLE[who])
            yield Placed(at, line, who, NEAR, TruthKind.COMMAND, meant=intent)
            at += lasts(line) + _ANSWER
        elif scene.people:
            who = _someone(scene.people, said)
            text, private = said.next(talk.CONVERSATION)
            line = _line(text, PEOPLE[who])
            yield Placed(at, line, who, ACROSS_THE_ROOM, TruthKind.SPEECH, private)
            at += lasts(line) + said.between(0.3, 6.0)
        else:
            at += 1.0


def _television(seconds: float, said: Talk) -> Iterator[Placed]:
    at = said.between(0.2, 1.0)
    while at < seconds - 10.0:
        who = _someone(tuple(TELEVISION), said)
        text, _ = said.next(talk.TELEVISION)
        line = _line(text, TELEVISION[who])
        yield Placed(at, line, "television", SET, TruthKind.MEDIA)
        at += lasts(line) + said.between(0.2, 0.8)


def _moments(count: int, seconds: float, said: Talk) -> list[float]:
    """Spread over the scene, none of them at its very end."""
    each = (seconds - 13.0) / max(count, 1)
    return [each * place + said.between(0.0, 0.7) * each for place in range(count)]


def _someone(people: tuple[str, ...], said: Talk) -> str:
    return said.one(tuple((name, "") for name in people))[0]


def _line(text: str, voice: tuple[str, int]) -> Line:
    return Line(text, voice[0], pitch=voice[1])


def _truths(placed: Placed, one: Spoken, name: str) -> Iterator[Truth]:
    at = round(placed.at * RATE) / RATE
    begins, ends = round(at, 4), round(at + one.seconds, 4)
    kinds = [placed.kind, *([TruthKind.SPEECH] if placed.kind is TruthKind.COMMAND else [])]
    for kind in kinds:
        what = placed.meant if kind is TruthKind.COMMAND else ""
        yield Truth(recording=name, begins=begins, ends=ends, kind=kind, speaker=placed.speaker, what=what)
    for place, word in enumerate(one.words):
        yield Truth(
            recording=name,
            begins=round(at + word.begins, 4),
            ends=round(at + word.ends, 4),
            kind=TruthKind.WORD,
            speaker=placed.speaker,
            what=word.text,
            private=place in placed.private,
        )
