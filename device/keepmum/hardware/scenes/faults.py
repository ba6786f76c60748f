"""Reads the lines of a scene that say what goes wrong."""

from __future__ import annotations

from keepmum.hardware.scenes.scene import Fault
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
