"""A scene: what is said, played and pressed in a room, as an owner can read and write it in a text file.

The page of this folder shows the format; `text.py` reads it, `room.py` plays it, a bench checks what must be true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from keepmum.sound import seconds

PRESS_SECONDS = 0.1
"""How long `press` keeps the button down."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of a scene. `source` is the line as it was written, `line` its number."""

    line: int
    source: str

    @property
    def seconds(self) -> float:
        """How long the step lasts; the next one begins when it has ended."""
        return 0.0


@dataclass(frozen=True, kw_only=True)
class Title(Step):
    """Words for whoever watches."""

    text: str


@dataclass(frozen=True, kw_only=True)
class During:
    """A step that happens `at` seconds into the sound above it."""

    at: float
    step: Step


@dataclass(frozen=True, kw_only=True)
class Sound(Step):
    """Something to be heard, and what happens meanwhile. It ends when all of that has ended."""

    pcm: bytes = field(repr=False)
    during: tuple[During, ...] = ()

    @property
    def sounding(self) -> float:
        """How long the sound itself lasts, in seconds."""
        return seconds(self.pcm)

    @property
    def seconds(self) -> float:
        return max([self.sounding, *(inner.at + inner.step.seconds for inner in self.during)])


@dataclass(frozen=True, kw_only=True)
class Play(Sound):
    """A recording."""

    file: Path


@dataclass(frozen=True, kw_only=True)
class Say(Sound):
    """A sentence in a synthetic voice."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Pause(Step):
    """Nothing happens."""

    length: float

    @property
    def seconds(self) -> float:
        return self.length


@dataclass(frozen=True, kw_only=True)
class Noise(Step):
    """A background that repeats until the next one; empty for `noise off`."""

    pcm: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Push(Step):
    """The button goes down for `length` seconds and comes up again, `times` times with `gap` seconds between."""

    length: float = PRESS_SECONDS
    times: int = 1
    gap: float = 0.0

    @property
    def seconds(self) -> float:
        return self.times * self.length + (self.times - 1) * self.gap


@dataclass(frozen=True, kw_only=True)
class Switch(Step):
    """The button's line goes to one side and stays there: a switch, or a button that is stuck."""

    down: bool


@dataclass(frozen=True, kw_only=True)
class Fault(Step):
    """A part of the speaker changes: `part` is the word of the line, `how` what it does from now on."""

    part: str
    how: str
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Mains(Step):
    """Something that a room cannot do to the speaker that lives in it, only a bench: `kill`, `off`, `on`, `tear`."""

    how: str


@dataclass(frozen=True, kw_only=True)
class Mqtt(Step):
    """Somebody in the house publishes something; for a bench, which has a broker."""

    topic: str
    payload: str


@dataclass(frozen=True, kw_only=True)
class Report(Step):
    """Something that the listener reports: its kind, and those facts that matter."""

    kind: str
    facts: tuple[tuple[str, str], ...] = ()

    def met_by(self, kind: str, facts: Mapping[str, object]) -> bool:
        """Whether a report is of this kind and says all these facts; truths are written `yes` and `no`."""
        return kind == self.kind and all(key in facts and _written(facts[key]) == value for key, value in self.facts)


@dataclass(frozen=True, kw_only=True)
class Await(Report):
    """Time stands still until the listener has reported this `times` times."""

    times: int = 1


@dataclass(frozen=True, kw_only=True)
class Expect(Step):
    """What must be true now; a bench looks at it, and the room does not.

    Times count from the beginning of the step above: `within` is when it must have become true, and `lasts` how many
    seconds it must then stay so, in seconds. None of both means that nothing was said.
    """

    truth: str
    words: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    within: float | None = None
    lasts: float | None = None


def _written(fact: object) -> str:
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return f"{fact:g}" if isinstance(fact, float) else str(fact)


@dataclass(frozen=True)
class Scene:
    """A whole scene, with every sound in memory, so that nothing can fail once it plays."""

    path: Path
    steps: tuple[Step, ...]
    clock: float | None = None
    """Unix time at the beginning; None leaves it to the real clock."""
    speaker: tuple[tuple[str, str], ...] = ()
    """How the speaker has to be set up: dotted settings and their values. The room does not look at it."""

    @property
    def seconds(self) -> float:
        """How long the scene lasts in room time; awaits take none."""
        return sum(step.seconds for step in self.steps)

    @staticmethod
    def load(path: Path) -> Scene:
        """Read a scene file and all sounds in it; raises SceneError with every mistake at once, by file and line."""
        from keepmum.hardware.scenes.text import read

        return read(path)
