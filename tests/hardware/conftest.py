"""What the hardware tests share: sounds on disk, scenes, and a real time that only moves when it is told to."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from selectors import EVENT_READ, SelectorKey

import numpy as np
import pytest
import soundfile

from keepmum.hardware.scenes.scene import Scene
from keepmum.sound import RATE


class Life:
    """The real clock and a selector, in one: selecting lets exactly that much real time pass."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.selected: list[float] = []
        self.ready_at: list[float] = []
        """Real times at which a file becomes ready, earliest first; each is reported once."""

    def monotonic(self) -> float:
        return self.seconds

    def select(self, timeout: float) -> list[tuple[SelectorKey, int]]:
        self.selected.append(timeout)
        if self.ready_at and self.ready_at[0] <= self.seconds + timeout:
            self.seconds = max(self.seconds, self.ready_at.pop(0))
            return [(SelectorKey(0, 0, EVENT_READ, None), EVENT_READ)]
        self.seconds += timeout
        return []


@pytest.fixture
def life() -> Life:
    """A real time that stands still unless somebody waits for it."""
    return Life()


@pytest.fixture
def counting(tmp_path: Path) -> np.ndarray:
    """Two seconds of sound in `counting.wav`, in which every sample says its own number, from 1 on."""
    samples = (np.arange(2 * RATE) % 30_000 + 1).astype("<i2")
    soundfile.write(tmp_path / "counting.wav", samples, RATE)
    return samples


@pytest.fixture
def scene(tmp_path: Path) -> Callable[[str], Scene]:
    """Reads a scene from its text; sound files are found in the test's folder."""

    def load(text: str) -> Scene:
        path = tmp_path / "scene.txt"
        path.write_text(text)
        return Scene.load(path)

    return load


@pytest.fixture
def pipe() -> object:
    """Both ends of a pipe, closed after the test."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)
