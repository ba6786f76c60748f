"""Turns one line of a scene into its step: one function per step, in a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from keepmum.hardware.loudness import factor, scale
from keepmum.hardware.scenes import recording
from keepmum.hardware.scenes.scene import Await, Expect, Noise, Pause, Play, Push, Say, Step, Title
from keepmum.hardware.voice_espeak import Espeak

_FACT = re.compile(r"[a-z][a-z0-9_]*=")
_KIND = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_VOICE = "en-us"


class Mistake(Exception):
    """What is wrong with one line; whoever reads the file adds where."""


@dataclass(frozen=True)
class Line:
    """One line, cut into words, which come from a file and are checked by the reader of their step."""

    number: int
    source: str
    untrusted_words: tuple[str, ...]


@dataclass
class Sounds:
    """The sounds of one scene; each stands in memory once, however often the scene repeats it."""

    folder: Path
    _known: dict[tuple[object, ...], bytes] = field(default_factory=dict)
    _voices: dict[tuple[str, int], Espeak] = field(default_factory=dict)

    def recording(self, name: str, gain: float) -> bytes:
        """A file beside the scene, made louder by `gain` dB; raises SceneError."""
        key = ("recording", name, gain)
        if key not in self._known:
            self._known[key] = scale(recording.load(self.folder / name), factor(gain))
        return self._known[key]

    def speech(self, text: str, voice: str, speed: int, gain: float) -> bytes:
        """A sentence; raises SpeakerError."""
        key = ("speech", text, voice, speed, gain)
        if key not in self._known:
            if (voice, speed) not in self._voices:
                self._voices[voice, speed] = Espeak(voice, speed)
            self._known[key] = scale(self._voices[voice, speed].speak(text), factor(gain))
        return self._known[key]


def step(line: Line, sounds: Sounds) -> Step:
    """The step that a line describes; raises Mistake, or the error of the sound in it."""
    word, *untrusted_rest = line.untrusted_words or ("",)
    reader = _STEPS.get(word)
    if reader is None:
        raise Mistake(f"there is no step {word!r}{_did_you_mean(word, [*_STEPS, 'clock'])}")
    return reader(line, untrusted_rest, sounds)


def _title(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    if not untrusted_rest:
        _write('title "what follows"')
    return Title(line=line.number, source=line.source, text=" ".join(untrusted_rest))


def _play(line: Line, untrusted_rest: list[str], sounds: Sounds) -> Step:
    name, options = _first(untrusted_rest, "play FILE [gain=dB]"), _options(untrusted_rest[1:], ("gain",))
    pcm = sounds.recording(name, _gain(options))
    return Play(line=line.number, source=line.source, pcm=pcm, file=sounds.folder / name)


def _say(line: Line, untrusted_rest: list[str], sounds: Sounds) -> Step:
    text = _first(untrusted_rest, 'say "words" [voice=V] [speed=N] [gain=dB]')
    options = _options(untrusted_rest[1:], ("voice", "speed", "gain"))
    speed = int(number(options.get("speed", "160"), "a speed is a number of words a minute", 80, 450))
    pcm = sounds.speech(text, options.get("voice", _VOICE), speed, _gain(options))
    return Say(line=line.number, source=line.source, pcm=pcm, text=text)


def _pause(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    length = number(_only(untrusted_rest, "pause SECONDS"), "a pause is a number of seconds", 0, 86_400)
    return Pause(line=line.number, source=line.source, length=length)


def _noise(line: Line, untrusted_rest: list[str], sounds: Sounds) -> Step:
    name, options = (
        _first(untrusted_rest, "noise FILE [gain=dB], or noise off"),
        _options(untrusted_rest[1:], ("gain",)),
    )
    pcm = b"" if name == "off" else sounds.recording(name, _gain(options))
    return Noise(line=line.number, source=line.source, pcm=pcm)


def _press(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    if untrusted_rest:
        raise Mistake("'press' stands alone; 'hold SECONDS' is longer")
    return Push(line=line.number, source=line.source)


def _hold(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    length = number(_only(untrusted_rest, "hold SECONDS"), "a hold is a number of seconds", 0.001, 600)
    return Push(line=line.number, source=line.source, length=length)


def _await(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    kind, untrusted_facts = _kind(untrusted_rest, "await KIND [TIMES] [key=value …]"), untrusted_rest[1:]
    times = 1
    if untrusted_facts and not _FACT.match(untrusted_facts[0]):
        times = int(number(untrusted_facts.pop(0), "how often is a number", 1, 1_000))
    return Await(line=line.number, source=line.source, kind=kind, times=times, facts=_facts(untrusted_facts))


def _expect(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    kind = _kind(untrusted_rest, "expect KIND [key=value …]")
    return Expect(line=line.number, source=line.source, kind=kind, facts=_facts(untrusted_rest[1:]))


_STEPS: dict[str, Callable[[Line, list[str], Sounds], Step]] = {
    "title": _title,
    "play": _play,
    "say": _say,
    "pause": _pause,
    "noise": _noise,
    "press": _press,
    "hold": _hold,
    "await": _await,
    "expect": _expect,
}


# ---- words


def number(untrusted_word: str, what: str, lowest: float, highest: float) -> float:
    """The number in a word, if it lies between two limits; raises Mistake with `what` it should have been."""
    try:
        found = float(untrusted_word)
    except ValueError:
        raise Mistake(f"{what}, not {untrusted_word!r}") from None
    if not lowest <= found <= highest:
        raise Mistake(f"{what} from {lowest:g} to {highest:g}, not {untrusted_word}")
    return found


def _first(untrusted_rest: list[str], usage: str) -> str:
    if not untrusted_rest or not untrusted_rest[0].strip():
        _write(usage)
    return untrusted_rest[0]


def _only(untrusted_rest: list[str], usage: str) -> str:
    if len(untrusted_rest) != 1:
        _write(usage)
    return untrusted_rest[0]


def _kind(untrusted_rest: list[str], usage: str) -> str:
    kind = _first(untrusted_rest, usage)
    if not _KIND.fullmatch(kind):
        _write(usage)
    return kind


def _write(usage: str) -> NoReturn:
    raise Mistake(f"write it as: {usage}")


def _facts(untrusted_rest: list[str]) -> tuple[tuple[str, str], ...]:
    pairs: dict[str, str] = {}
    for untrusted_word in untrusted_rest:
        if not _FACT.match(untrusted_word):
            raise Mistake(f"{untrusted_word!r} is no key=value")
        key, _, value = untrusted_word.partition("=")
        if key in pairs:
            raise Mistake(f"{key!r} stands there twice")
        pairs[key] = value
    return tuple(pairs.items())


def _options(untrusted_rest: list[str], known: tuple[str, ...]) -> dict[str, str]:
    options = dict(_facts(untrusted_rest))
    for key in options:
        if key not in known:
            raise Mistake(f"there is no option {key!r} here{_did_you_mean(key, known)}")
    return options


def _gain(options: dict[str, str]) -> float:
    return number(options.get("gain", "0"), "a gain is a number of dB", -80, 20)


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"
