"""What goes wrong in a scene: reads the lines that say so, and does it to the fakes that live in the room."""

from __future__ import annotations

from typing import Any

from keepmum.hardware.scenes.room import Room
from keepmum.hardware.scenes.scene import Fault, Step
from keepmum.hardware.scenes.words import Line, first, one_of, only, write

HOWS: dict[str, tuple[str, ...]] = {
    "unplug": (),
    "plug": (),
    "deaf": ("stall", "zeros", "off"),
    "ring": ("breaks", "mended"),
    "witness": ("objects", "content"),
    "mic_power": ("stuck", "obeys"),
}
"""The parts that can fail, by the word of their line, and what each can do."""


def fault(line: Line, untrusted_rest: list[str]) -> Fault:
    """The fault of one line; raises Mistake."""
    part, hows = line.untrusted_words[0], HOWS[line.untrusted_words[0]]
    usage = f"{part} {'|'.join(hows)}".strip() + (' ["what it says"]' if part == "witness" else "")
    words = ""
    if not hows:
        if untrusted_rest:
            write(usage)
        how = part
    elif part == "witness" and untrusted_rest[:1] == ["objects"] and len(untrusted_rest) == 2:
        how, words = untrusted_rest[0], first(untrusted_rest[1:], usage)
    else:
        how = one_of(only(untrusted_rest, usage), hows, f"state of {part}")
    return Fault(line=line.number, source=line.source, part=part, how=how, words=words)


def follow(room: Room, hardware: Any) -> None:
    """Do to the fakes among these parts what the scene's faults say; a real part obeys nobody."""
    room.on_step(lambda step: _happen(step, hardware))


def _happen(step: Step, hardware: Any) -> None:
    if not isinstance(step, Fault):
        return
    if step.part in ("unplug", "plug"):
        _set(hardware.microphone, "away", step.how == "unplug")
    elif step.part == "deaf":
        _set(hardware.microphone, "deaf", "" if step.how == "off" else step.how)
    elif step.part == "ring":
        _set(hardware.ring, "broken", step.how == "breaks")
    elif step.part == "mic_power":
        _set(hardware.mic_power, "stuck", step.how == "stuck")
    else:
        claim = (step.words or "something else is listening") if step.how == "objects" else ""
        for witness in hardware.witnesses:
            _set(witness, "claim", claim)


def _set(part: object, what: str, value: object) -> None:
    if hasattr(part, what):
        setattr(part, what, value)
