"""Cuts a command out of the sound it was heard in: nothing from before it or behind it can leave."""

from __future__ import annotations

import math
from collections.abc import Sequence

from keepmum.clip import Word
from keepmum.listener.command import Command, Span
from keepmum.sound import RATE, SAMPLE_BYTES, seconds

NOTHING: Span = (0.0, 0.0)


def spoken(command: Command) -> Span:
    """From the first word's beginning to the last word's end, and never outside the command; seconds."""
    if not command.words:
        return NOTHING
    first = min(word.start for word in command.words)
    last = max(word.end for word in command.words)
    return _within((first, last), command.span)


def phrase(command: Command) -> Span:
    """Where the wake phrase was found, without what came before it; nothing if nobody looked for it."""
    return _within(command.phrase_span or NOTHING, (0.0, command.span[0]))


def _within(wanted: Span, limits: Span) -> Span:
    start, end = max(limits[0], wanted[0]), min(limits[1], wanted[1])
    return (start, end) if start < end else NOTHING


def cut(sound: bytearray, span: Span) -> bytearray:
    """A copy of the samples that lie wholly in the span; the copy is its taker's to overwrite."""
    first, last = math.ceil(span[0] * RATE), math.floor(min(span[1], seconds(sound)) * RATE)
    with memoryview(sound) as view, view[first * SAMPLE_BYTES : max(first, last) * SAMPLE_BYTES] as part:
        return bytearray(part)


def moved(words: Sequence[Word], span: Span) -> tuple[Word, ...]:
    """The words with times from the beginning of the span, held within it."""
    length = span[1] - span[0]

    def held(time: float) -> float:
        return min(max(time - span[0], 0.0), length)

    return tuple(Word(word.text, held(word.start), held(word.end), word.confidence) for word in words)
