"""Speech of a few seconds, spoken on the spot, and a recipe so small that preparing it takes a moment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from keepmum.forge.recipe import Recipe

if TYPE_CHECKING:
    from keepmum.forge.corpus.recording import Samples

SENTENCES = ("turn the kitchen light on", "what time is it", "stop the light", "is it time")


RATE = 16_000


def spoken(text: str, voice: str) -> Samples:
    """A sentence by espeak-ng. The workshop is imported here, so that its tests can skip where it is not installed."""
    from keepmum.forge.corpus.voices import Line, Manner, engine

    return engine("espeak-ng", "en").say([Line(text, voice, Manner(1, 0.5, 0.5))])[0]


@pytest.fixture(scope="session")
def speech() -> Samples:
    """One spoken sentence."""
    return spoken(SENTENCES[0], "m3")


@pytest.fixture
def recipe() -> Recipe:
    """A dozen sentences by one program."""
    return Recipe.model_validate(
        {
            "id": "small",
            "about": "a dozen sentences, for a test",
            "language": "en",
            "wake_phrases": ["computer"],
            "rivals": ["commuter"],
            "words": {"also": ["turn", "the", "light", "on", "kitchen", "stop"]},
            "synthetic": {
                "engines": [{"program": "espeak-ng", "utterances": 12, "voices": ["m1", "f2"], "held_out": ["f5"]}],
                "held_out": 3,
                "copies": 2,
            },
            "recordings": {"copies": 2, "held_out": 0.25, "sources": {"home": {"title": "at home", "licence": "CC0"}}},
            "training": {"steps": 1},
        }
    )


@pytest.fixture
def folder_of(tmp_path: Path) -> Callable[[int], Path]:
    """Makes a folder with recordings of so many speakers, two of each, and their manifest."""

    def make(speakers: int) -> Path:
        folder = tmp_path / "recordings"
        folder.mkdir()
        lines = []
        for number in range(2 * speakers):
            text = SENTENCES[number % len(SENTENCES)]
            sound = spoken(text, f"m{1 + number % 5}")
            soundfile.write(folder / f"{number}.wav", sound, RATE)
            row = {"file": f"{number}.wav", "speaker": f"s{number // 2}", "seconds": len(sound) / RATE}
            lines.append(json.dumps({**row, "text": text, "source": "home"}))
        (folder / "manifest.jsonl").write_text("\n".join(lines))
        return folder

    return make


@pytest.fixture
def noises(tmp_path: Path) -> Path:
    """A folder with one recorded noise of ten seconds: its loudness says which part is which."""
    folder = tmp_path / "noises"
    folder.mkdir()
    sound = np.random.default_rng(1).standard_normal(10 * RATE) * 0.05
    soundfile.write(folder / "fan.wav", sound, RATE)
    return folder


def quiet(_what: str, _done: int, _whole: int) -> None:
    """A progress that nobody watches."""


@pytest.fixture
def unwatched() -> Callable[[str, int, int], None]:
    """A progress that nobody watches."""
    return quiet


def rows(manifest: Path) -> list[dict[str, Any]]:
    """The lines of a manifest."""
    return [json.loads(line) for line in manifest.read_text().splitlines()]
