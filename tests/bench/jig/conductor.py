"""Plays a scenario on a jig, step by step, and judges what must be true after each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from jig.roles import Jig
from jig.verdicts import Judge, Timing

from keepmum.hardware.scenes.scene import (
    Expect,
    Fault,
    Mains,
    Mqtt,
    Noise,
    Pause,
    Push,
    Scene,
    Sound,
    Step,
    Switch,
    Title,
)

_Role = TypeVar("_Role")


def there(role: _Role | None) -> _Role:
    """A role that `needs.lacking` has found to be there."""
    assert role is not None, "this scenario should have been skipped"
    return role


@dataclass
class Outcome:
    """What came of a scenario."""

    failures: list[str] = field(default_factory=list)
    """One line for each truth that was none, with file and line."""
    timings: list[Timing] = field(default_factory=list)


class Conductor:
    """Plays one scenario, once. `told` hears each step in the words of its file, as it begins."""

    def __init__(self, jig: Jig, scene: Scene, told: Callable[[str], None] = lambda _line: None) -> None:
        self._jig = jig
        self._scene = scene
        self._told = told
        self._judge = Judge(jig)
        self._outcome = Outcome()

    def play(self) -> Outcome:
        """Every step; a truth that is none does not end the scenario. Raises RigError."""
        for step in self._scene.steps:
            self._do(step)
        return self._outcome

    def _do(self, step: Step) -> None:
        self._told(step.source)
        if isinstance(step, Expect):
            self._expect(step)
            return
        self._judge.began(step)
        match step:
            case Title():
                pass
            case Pause(length=length):
                self._jig.beat.pause(length)
            case Sound():
                self._sound(step)
            case Noise():
                there(self._jig.mouth).noise(step)
            case Push(times=1, length=length):
                there(self._jig.hand).push(length)
            case Push(times=times, length=length, gap=gap):
                there(self._jig.hand).pulse(length, times, gap)
            case Switch(down=down):
                there(self._jig.hand).switch(down=down)
            case _:
                self._touch(step)

    def _touch(self, step: Step) -> None:
        match step:
            case Fault(part="unplug"):
                there(self._jig.plug).out()
            case Fault(part="plug"):
                there(self._jig.plug).back()
            case Fault():
                there(self._jig.faults).do(step)
            case Mains(how="tear"):
                there(self._jig.faults).tear()
            case Mains(how=how):
                mains = there(self._jig.mains)
                {"off": mains.off, "on": mains.on, "kill": mains.kill}[how]()
            case Mqtt(topic=topic, payload=payload):
                there(self._jig.wire).publish(topic, payload)
            case _:
                raise AssertionError(f"nobody plays {step}")

    def _sound(self, sound: Sound) -> None:
        """Begin it, do meanwhile what is written below it, and wait for its end."""
        beat = self._jig.beat
        begun = beat.now()
        there(self._jig.mouth).play(sound)
        for inner in sound.during:
            beat.pause(max(0.0, begun + inner.at - beat.now()))
            self._do(inner.step)
        beat.pause(max(0.0, begun + sound.sounding - beat.now()))

    def _expect(self, step: Expect) -> None:
        verdict = self._judge.judge(step)
        if verdict.wrong:
            self._outcome.failures.append(f"{self._scene.path.name}:{step.line}: {step.source!r}: {verdict.wrong}")
        if verdict.timing is not None:
            self._outcome.timings.append(verdict.timing)
