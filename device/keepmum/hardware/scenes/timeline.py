"""A scene laid out in time: what happens at which nanosecond, and what is heard in which sample."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keepmum.hardware.loudness import saturate
from keepmum.hardware.scenes.scene import Noise, Push, Scene, Sound, Step
from keepmum.sound import RATE, SAMPLE_BYTES

SECOND = 1_000_000_000
SAMPLE = SECOND // RATE
"""Nanoseconds in one sample: 62,500 exactly, so that no time is ever rounded."""


def nanoseconds(seconds: float) -> int:
    """Seconds as whole nanoseconds."""
    return round(seconds * SECOND)


@dataclass(frozen=True)
class Begin:
    """A step begins."""

    at: int
    step: Step


@dataclass(frozen=True)
class Edge:
    """The button goes down or comes up."""

    at: int
    down: bool


@dataclass(frozen=True)
class _Heard:
    """Sound that begins at sample `first`, repeated until sample `end`."""

    first: int
    end: int
    samples: npt.NDArray[np.int16]

    def add_to(self, mixed: npt.NDArray[np.int32], first: int) -> None:
        begin, end = max(first, self.first), min(first + len(mixed), self.end)
        if begin < end:
            places = np.arange(begin - self.first, end - self.first) % len(self.samples)
            mixed[begin - first : end - first] += self.samples[places]


class Timeline:
    """Everything that a scene does, in order; `end` is the nanosecond at which its last step ends."""

    def __init__(self, scene: Scene) -> None:
        moments: list[Begin | Edge] = []
        sounds: list[_Heard] = []
        noises: list[tuple[int, bytes]] = []
        at = 0
        for step in scene.steps:
            _lay(step, at, moments, noises)
            if isinstance(step, Sound):
                first = at // SAMPLE
                samples = np.frombuffer(step.pcm, dtype="<i2")
                sounds.append(_Heard(first, first + len(samples), samples))
                for inner in step.during:
                    _lay(inner.step, at + nanoseconds(inner.at), moments, noises)
            at += _length(step)
        self.end = at
        self.moments = tuple(sorted(moments, key=lambda moment: moment.at))
        self._sounds = sounds
        self._noises = _repeated(sorted(noises, key=lambda noise: noise[0]), at // SAMPLE)

    def heard(self, first: int, count: int) -> bytes:
        """`count` samples of the room from sample `first` on: sounds and noise added, silence where there is none."""
        mixed = np.zeros(count, dtype=np.int32)
        for row in (self._sounds, self._noises):
            for one in row[max(0, bisect_right(row, first, key=lambda heard: heard.first) - 1) :]:
                if one.first >= first + count:
                    break
                one.add_to(mixed, first)
        return saturate(mixed).tobytes()


def _length(step: Step) -> int:
    # Added up in nanoseconds: a rounding error could let the next press begin before this one has ended.
    if isinstance(step, Sound):
        inner_ends = [nanoseconds(inner.at) + _length(inner.step) for inner in step.during]
        return max([len(step.pcm) // SAMPLE_BYTES * SAMPLE, *inner_ends])
    return nanoseconds(step.seconds)


def _lay(step: Step, at: int, moments: list[Begin | Edge], noises: list[tuple[int, bytes]]) -> None:
    moments.append(Begin(at, step))
    if isinstance(step, Push):
        moments += [Edge(at, True), Edge(at + nanoseconds(step.length), False)]
    if isinstance(step, Noise):
        noises.append((at // SAMPLE, step.pcm))


def _repeated(noises: list[tuple[int, bytes]], end: int) -> list[_Heard]:
    ends = [*(first for first, _ in noises[1:]), end][: len(noises)]
    return [
        _Heard(first, stop, np.frombuffer(pcm, dtype="<i2"))
        for (first, pcm), stop in zip(noises, ends, strict=True)
        if pcm
    ]
