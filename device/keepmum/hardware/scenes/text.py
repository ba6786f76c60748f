"""Reads scene files: one step per line, and every mistake of a file reported at once."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from keepmum.errors import KeepmumError, SceneError
from keepmum.hardware.scenes.scene import During, Mains, Mqtt, Pause, Push, Scene, Sound, Step
from keepmum.hardware.scenes.steps import Sounds, step
from keepmum.hardware.scenes.words import Line, Mistake, number, write

_KEY = re.compile(r"[a-z_]+(\.[a-z_]+)+")


def read(path: Path) -> Scene:
    """The scene in a file; raises SceneError with every mistake at once."""
    try:
        untrusted_text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SceneError(
            f"the scene {path} cannot be read: {error.strerror}", "give the path of a text file"
        ) from error
    except UnicodeDecodeError as error:
        raise SceneError(f"the scene {path} is no UTF-8 text", "save it as UTF-8") from error
    return _Reader(path, Sounds(path.parent)).read(untrusted_text)


@dataclass
class _Reader:
    path: Path
    sounds: Sounds
    steps: list[Step] = field(default_factory=list)
    clock: float | None = None
    speaker: dict[str, str] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    above_is_wrong: bool = False
    """The last line that was not indented; what is indented below it is then not complained about."""

    def read(self, untrusted_text: str) -> Scene:
        for count, untrusted_line in enumerate(untrusted_text.splitlines(), start=1):
            self._take(count, untrusted_line)
        if not self.mistakes and not self.steps:
            self.mistakes.append(f"{self.path.name}: there is no step in it")
        if self.mistakes:
            raise SceneError(
                "\n".join(self.mistakes), "device/keepmum/hardware/scenes/README.md shows what a scene may say"
            )
        return Scene(self.path, tuple(self.steps), self.clock, tuple(self.speaker.items()))

    def _take(self, count: int, untrusted_line: str) -> None:
        indented = untrusted_line[:1].isspace()
        try:
            line = Line(count, untrusted_line.strip(), _cut(untrusted_line))
            if not line.untrusted_words:
                return
            if indented:
                self._take_inner(line)
            elif line.untrusted_words[0] == "clock":
                self.clock = self._clock(line)
            elif line.untrusted_words[0] == "speaker":
                self.speaker.update(self._speaker(line))
            else:
                self.steps.append(step(line, self.sounds))
            self.above_is_wrong = indented and self.above_is_wrong
        except (Mistake, KeepmumError) as error:
            what = f"{error.what} ({error.hint})" if isinstance(error, KeepmumError) else str(error)
            self.mistakes.append(f"{self.path.name}:{count}: {what}")
            self.above_is_wrong = not indented or self.above_is_wrong

    def _take_inner(self, line: Line) -> None:
        at = number(line.untrusted_words[0], "an indented line begins with seconds into the sound above", 0, 3_600)
        inner = step(replace(line, untrusted_words=line.untrusted_words[1:]), self.sounds)
        if isinstance(inner, Sound | Pause | Mains | Mqtt):
            raise Mistake(f"{line.untrusted_words[1]!r} cannot happen during a sound")
        if self.above_is_wrong:
            return
        above = self.steps[-1] if self.steps else None
        if not isinstance(above, Sound):
            raise Mistake("this line is indented, but no sound stands above it")
        if at > above.sounding:
            raise Mistake(f"{at:g} s is after the end of the sound above, which lasts {above.sounding:.2f} s")
        if isinstance(inner, Push) and any(_overlap(at, inner, one) for one in above.during):
            raise Mistake("the button is down already at that time")
        during = sorted((*above.during, During(at=at, step=inner)), key=lambda one: one.at)
        self.steps[-1] = replace(above, during=tuple(during))

    def _clock(self, line: Line) -> float:
        if self.steps or self.clock is not None:
            raise Mistake("'clock' is the time at the beginning: write it once, before the first step")
        try:
            moment = datetime.strptime(" ".join(line.untrusted_words[1:]), "%Y-%m-%d %H:%M:%S")
        except ValueError:
            raise Mistake("a clock looks like 'clock 2026-03-01 18:59:00'") from None
        return moment.replace(tzinfo=UTC).timestamp()

    def _speaker(self, line: Line) -> dict[str, str]:
        """What the settings are called, and whether they may have such values, `config.py` knows."""
        if self.steps:
            raise Mistake("'speaker' is how it is set up: write it before the first step")
        said = dict(word.partition("=")[::2] for word in line.untrusted_words[1:])
        if not said or not all(_KEY.fullmatch(key) and value for key, value in said.items()):
            write("speaker SETTING=VALUE …, with dots: speaker wake.storm=3")
        if twice := said.keys() & self.speaker.keys():
            raise Mistake(f"{min(twice)!r} stands there twice")
        return said


def _cut(untrusted_line: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(untrusted_line, comments=True))
    except ValueError:
        raise Mistake("a quotation mark is not closed") from None


def _overlap(at: float, push: Push, other: During) -> bool:
    return isinstance(other.step, Push) and at < other.at + other.step.seconds and other.at < at + push.seconds
