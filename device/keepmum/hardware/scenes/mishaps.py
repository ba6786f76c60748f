"""Does to the fakes that live in a room what a scene says goes wrong with them."""

from __future__ import annotations

from typing import Any

from keepmum.hardware.scenes.room import Room
from keepmum.hardware.scenes.scene import Fault, Step


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
