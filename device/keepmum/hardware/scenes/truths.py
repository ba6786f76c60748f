"""Reads `expect`: what must be true, out of a closed list of truths; a slip of the pen must not check nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from keepmum.hardware import Colour, Motion
from keepmum.hardware.scenes.scene import Expect
from keepmum.hardware.scenes.words import Line, facts, first, is_fact, number, one_of, write

COLOURS = tuple(colour.name.lower() for colour in Colour)
MOTIONS = tuple(motion.value for motion in Motion)

_RING = "expect ring COLOUR [MOTION] [within=SECONDS], or expect ring never COLOUR [for=SECONDS]"
_FRAMES = "expect frames none [within=SECONDS] [for=SECONDS], or expect frames some [within=SECONDS]"
_MUTED = "expect muted by=OWNER [within=SECONDS]"
_ROW = "expect row KIND [key=value …] [within=SECONDS]"
_SENT = "expect sent bytes=NUMBER"
_KIND = re.compile(r"[a-z][a-z0-9_]{0,31}")
_TIMES = ("within", "for")


@dataclass
class _Said:
    """The words of one truth, with the times taken out."""

    words: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)


def expect(line: Line, untrusted_rest: list[str]) -> Expect:
    """The truth of one line; raises Mistake."""
    truth = one_of(first(untrusted_rest, f"expect {'|'.join(_TRUTHS)} …"), tuple(_TRUTHS), "truth")
    said = _cut(untrusted_rest[1:])
    _TRUTHS[truth](said)
    return Expect(
        line=line.number,
        source=line.source,
        truth=truth,
        words=tuple(said.words),
        facts=tuple(said.facts.items()),
        within=said.times.get("within"),
        lasts=said.times.get("for"),
    )


def _cut(untrusted_rest: list[str]) -> _Said:
    said = _Said()
    while untrusted_rest and not is_fact(untrusted_rest[0]):
        said.words.append(untrusted_rest.pop(0))
    for key, value in facts(untrusted_rest):
        if key in _TIMES:
            said.times[key] = number(value, f"{key} is a number of seconds", 0, 3_600)
        else:
            said.facts[key] = value
    return said


def _ring(said: _Said) -> None:
    never = said.words[:1] == ["never"]
    untrusted_look = said.words[1:] if never else said.words
    if not 1 <= len(untrusted_look) <= 2 or said.facts or (never and "within" in said.times):
        write(_RING)
    if not never and "for" in said.times:
        write(_RING)
    one_of(untrusted_look[0], COLOURS, "colour")
    if len(untrusted_look) == 2:
        one_of(untrusted_look[1], MOTIONS, "motion")


def _frames(said: _Said) -> None:
    if len(said.words) != 1 or said.facts or (said.words == ["some"] and "for" in said.times):
        write(_FRAMES)
    one_of(said.words[0], ("none", "some"), "number of frames")


def _muted(said: _Said) -> None:
    # The names of owners are the privacy core's, which drivers do not know: a bench checks them.
    if said.words or list(said.facts) != ["by"] or "for" in said.times:
        write(_MUTED)


def _row(said: _Said) -> None:
    if len(said.words) != 1 or not _KIND.fullmatch(said.words[0]) or "for" in said.times:
        write(_ROW)


def _sent(said: _Said) -> None:
    if said.words or list(said.facts) != ["bytes"] or said.times:
        write(_SENT)
    number(said.facts["bytes"], "bytes are a number", 0, 2**40)


_TRUTHS: dict[str, Callable[[_Said], None]] = {
    "ring": _ring,
    "frames": _frames,
    "muted": _muted,
    "row": _row,
    "sent": _sent,
}
