"""Turns one line of a scene into its step: one function per step, in a table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from keepmum.hardware.loudness import factor, scale
from keepmum.hardware.scenes import recording
from keepmum.hardware.scenes.faults import HOWS, fault
from keepmum.hardware.scenes.scene import Await, Mains, Mqtt, Noise, Pause, Play, Push, Say, Step, Switch, Title
from keepmum.hardware.scenes.truths import expect
from keepmum.hardware.scenes.words import (
    Line,
    Mistake,
    did_you_mean,
    facts,
    first,
    is_fact,
    number,
    one_of,
    only,
    options,
    write,
)
from keepmum.hardware.voice_espeak import Espeak

HEADERS = ("clock", "speaker")
"""What stands before the first step; `text.py` reads it."""
BOUNCE_HERTZ = 1_000
"""How fast contacts open and close in a `bounce`."""
_KIND = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_TOPIC = re.compile(r"[A-Za-z0-9_./-]{1,120}")
_VOICE = "en-us"


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
        raise Mistake(f"there is no step {word!r}{did_you_mean(word, [*_STEPS, *HEADERS])}")
    return reader(line, untrusted_rest, sounds)


def _title(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    if not untrusted_rest:
        write('title "what follows"')
    return Title(line=line.number, source=line.source, text=" ".join(untrusted_rest))


def _play(line: Line, untrusted_rest: list[str], sounds: Sounds) -> Step:
    name, said = first(untrusted_rest, "play FILE [gain=dB]"), options(untrusted_rest[1:], ("gain",))
    pcm = sounds.recording(name, _gain(said))
    return Play(line=line.number, source=line.source, pcm=pcm, file=sounds.folder / name)


def _say(line: Line, untrusted_rest: list[str], sounds: Sounds) -> Step:
    text = first(untrusted_rest, 'say "words" [voice=V] [speed=N] [gain=dB]')
    said = options(untrusted_rest[1:], ("voice", "speed", "gain"))
    speed = int(number(said.get("speed", "160"), "a speed is a number of words a minute", 80, 450))
    pcm = sounds.speech(text, said.get("voice", _VOICE), speed, _gain(said))
    return Say(line=line.number, source=line.source, pcm=pcm, text=text)


def _pause(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    length = number(only(untrusted_rest, "pause SECONDS"), "a pause is a number of seconds", 0, 86_400)
    return Pause(line=line.number, source=line.source, length=length)


def _noise(line: Line, untrusted_rest: list[str], sounds: Sounds) -> Step:
    name = first(untrusted_rest, "noise FILE [gain=dB], or noise off")
    said = options(untrusted_rest[1:], ("gain",))
    pcm = b"" if name == "off" else sounds.recording(name, _gain(said))
    return Noise(line=line.number, source=line.source, pcm=pcm)


def _press(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    if untrusted_rest:
        raise Mistake("'press' stands alone; 'hold SECONDS' is longer")
    return Push(line=line.number, source=line.source)


def _hold(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    length = number(only(untrusted_rest, "hold SECONDS"), "a hold is a number of seconds", 0.001, 600)
    return Push(line=line.number, source=line.source, length=length)


def _pulse(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    usage = "pulse SECONDS [times=N] [gap=SECONDS]"
    length = number(first(untrusted_rest, usage), "a pulse is a number of seconds", 0.0001, 60)
    said = options(untrusted_rest[1:], ("times", "gap"))
    times = int(number(said.get("times", "1"), "how often is a number", 1, 10_000))
    gap = number(said.get("gap", "0.05"), "a gap is a number of seconds", 0.0001, 60)
    return Push(line=line.number, source=line.source, length=length, times=times, gap=gap)


def _bounce(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    lasts = number(only(untrusted_rest, "bounce SECONDS"), "a bounce is a number of seconds", 0.001, 10)
    half = 0.5 / BOUNCE_HERTZ
    return Push(line=line.number, source=line.source, length=half, times=round(lasts * BOUNCE_HERTZ), gap=half)


def _switch(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    side = one_of(only(untrusted_rest, "switch mute|listen"), ("mute", "listen"), "side of a switch")
    return Switch(line=line.number, source=line.source, down=side == "mute")


def _fault(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    return fault(line, untrusted_rest)


def _mains(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    how = one_of(only(untrusted_rest, "mains off|on"), ("off", "on"), "state of the mains")
    return Mains(line=line.number, source=line.source, how=how)


def _alone(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    if untrusted_rest:
        raise Mistake(f"{line.untrusted_words[0]!r} stands alone")
    return Mains(line=line.number, source=line.source, how=line.untrusted_words[0])


def _mqtt(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    usage = 'mqtt TOPIC "payload"'
    if len(untrusted_rest) != 2 or not _TOPIC.fullmatch(untrusted_rest[0]):
        write(usage)
    return Mqtt(line=line.number, source=line.source, topic=untrusted_rest[0], payload=untrusted_rest[1])


def _await(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    kind, untrusted_facts = _kind(untrusted_rest, "await KIND [TIMES] [key=value …]"), untrusted_rest[1:]
    times = 1
    if untrusted_facts and not is_fact(untrusted_facts[0]):
        times = int(number(untrusted_facts.pop(0), "how often is a number", 1, 1_000))
    return Await(line=line.number, source=line.source, kind=kind, times=times, facts=facts(untrusted_facts))


def _expect(line: Line, untrusted_rest: list[str], _: Sounds) -> Step:
    return expect(line, untrusted_rest)


_STEPS: dict[str, Callable[[Line, list[str], Sounds], Step]] = {
    "title": _title,
    "play": _play,
    "say": _say,
    "pause": _pause,
    "noise": _noise,
    "press": _press,
    "hold": _hold,
    "pulse": _pulse,
    "bounce": _bounce,
    "switch": _switch,
    **dict.fromkeys(HOWS, _fault),
    "mains": _mains,
    "kill": _alone,
    "tear": _alone,
    "mqtt": _mqtt,
    "await": _await,
    "expect": _expect,
}


def _kind(untrusted_rest: list[str], usage: str) -> str:
    kind = first(untrusted_rest, usage)
    if not _KIND.fullmatch(kind):
        write(usage)
    return kind


def _gain(found: dict[str, str]) -> float:
    return number(found.get("gain", "0"), "a gain is a number of dB", -80, 20)
