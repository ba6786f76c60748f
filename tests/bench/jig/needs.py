"""What a scenario asks of a bench: read off its steps, so that no scenario can forget to say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jig.roles import Jig

from keepmum.errors import SceneError
from keepmum.hardware.scenes.scene import (
    Await,
    Expect,
    Fault,
    Mains,
    Mqtt,
    Noise,
    Push,
    Scene,
    Sound,
    Step,
    Switch,
)
from keepmum.ledger.row import What
from keepmum.privacy import Owner

FEATURES = {
    "button": "presses and holds the button",
    "pulses": "drives the button's line for milliseconds",
    "eye": "sees the light",
    "meter": "sees whether the microphone captures",
    "mouth": "plays sounds to the speaker",
    "wire": "counts the bytes that leave, and speaks on the broker",
    "mains": "cuts the power, and kills the listener",
    "plug": "takes the microphone away",
    "book": "reads the speaker's ledger",
    "faults": "breaks parts that only a fake lets break",
    "clock": "sets the speaker's clock",
}
"""What a bench may have, in words; each is a mark, too: `pytest tests/bench -m meter`."""

_ROLE = {"button": "hand"}
_TRUTHS = {"ring": "eye", "frames": "meter", "muted": "book", "row": "book", "sent": "wire"}


def features(scene: Scene) -> tuple[str, ...]:
    """Every feature that a scenario needs, in the order of FEATURES."""
    needed = {feature for step in _all(scene.steps) for feature in _of(step)}
    if scene.clock is not None:
        needed.add("clock")
    return tuple(feature for feature in FEATURES if feature in needed)


def lacking(scene: Scene, jig: Jig) -> str:
    """Why this jig cannot play a scenario; nothing if it can."""
    there = {name for name in FEATURES if _ROLE.get(name, name) in jig.parts or name == "pulses"}
    if jig.settings is None:
        there.add("clock")
    gone = [name for name in features(scene) if name not in there - jig.unable]
    if gone:
        return f"the {jig.name} jig has no {', '.join(gone)}"
    other = [
        f"{key}={value}" for key, value in scene.speaker if jig.settings is not None and jig.settings.get(key) != value
    ]
    return f"this speaker is not set up with {' '.join(other)}" if other else ""


def check(scene: Scene) -> Scene:
    """The scene itself; raises SceneError if it waits for, or expects, what no bench can see."""
    wrong = [f"{scene.path.name}:{step.line}: {what}" for step in _all(scene.steps) for what in _misnamed(step)]
    if wrong:
        raise SceneError("\n".join(wrong), "privacy/state.py names the owners, ledger/row.py the rows")
    return scene


def _misnamed(step: Step) -> Iterator[str]:
    if isinstance(step, Await):
        yield "a bench stands outside and cannot await a report; write `pause`, or `expect` with a time"
    if not isinstance(step, Expect):
        return
    owner = dict(step.facts).get("by")
    if step.truth == "muted" and owner not in set(Owner):
        yield f"nobody is called {owner!r}; there are {', '.join(Owner)}"
    if step.truth == "row" and step.words[0] not in set(What):
        yield f"there is no row {step.words[0]!r}; there are {', '.join(What)}"


def _all(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step, Sound):
            yield from (inner.step for inner in step.during)


def _of(step: Step) -> tuple[str, ...]:
    match step:
        case Push(times=times):
            return ("button",) if times == 1 else ("button", "pulses")
        case Switch():
            return ("button",)
        case Fault(part="unplug" | "plug"):
            return ("plug",)
        case Fault() | Mains(how="tear"):
            return ("faults",)
        case Mains():
            return ("mains",)
        case Mqtt():
            return ("wire",)
        case Sound() | Noise():
            return ("mouth",)
        case Expect(truth=truth):
            return (_TRUTHS[truth],)
        case _:
            return ()
