"""A scene laid out in time: what happens at which nanosecond, and what is heard in which sample."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keepmum.hardware.loudness import saturate
from keepmum.hardware.scenes.scene import Noise, Push, Scene, Sound, Step, Switch
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
        self.end = 0
        self._sounds: list[_Heard] = []
        self._loops: list[tuple[int, bytes]] = []
        self._noises: list[_Heard] = []
        moments: list[Begin | Edge] = []
        for step in scene.steps:
            moments += self.lay(step, self.end)
        self.moments = tuple(sorted(moments, key=lambda moment: moment.at))

    def lay(self, step: Step, at: int) -> list[Begin | Edge]:
        """Let one more step begin at a nanosecond; what then happens, and what is heard from then on."""
        laid: list[Begin | Edge] = []
        _lay(step, at, laid, self._loops)
        if isinstance(step, Sound):
            first = at // SAMPLE
            samples = np.frombuffer(step.pcm, dtype="<i2")
            self._sounds.append(_Heard(first, first + len(samples), samples))
            self._sounds.sort(key=lambda heard: heard.first)
            for inner in step.during:
                _lay(inner.step, at + nanoseconds(inner.at), laid, self._loops)
        self.end = max(self.end, at + _length(step))
        self._noises = _repeated(sorted(self._loops, key=lambda noise: noise[0]), self.end // SAMPLE)
        return sorted(laid, key=lambda moment: moment.at)

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
        for one in range(step.times):
            down = at + one * nanoseconds(step.length + step.gap)
            moments += [Edge(down, True), Edge(down + nanoseconds(step.length), False)]
    if isinstance(step, Switch):
        moments.append(Edge(at, step.down))
    if isinstance(step, Noise):
        noises.append((at // SAMPLE, step.pcm))


def _repeated(noises: list[tuple[int, bytes]], end: int) -> list[_Heard]:
    ends = [*(first for first, _ in noises[1:]), end][: len(noises)]
    return [
        _Heard(first, stop, np.frombuffer(pcm, dtype="<i2"))
        for (first, pcm), stop in zip(noises, ends, strict=True)
        if pcm
    ]
