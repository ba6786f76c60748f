"""Waking by the speech model alone, on real recordings: when it looks, and what a last look finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from keepmum.forge.evaluation import sounds
from keepmum.listener.preroll import PreRoll
from keepmum.listener.speech.model import Model, open_model
from keepmum.listener.wake.grammar import GrammarStage
from keepmum.settings import SpeechSettings
from keepmum.sound import BLOCK, BLOCK_BYTES, RATE

JARVIS = Path(__file__).parents[2] / "audio" / "wake" / "jarvis"
SOFT_ENDS = (
    "3ff88ea2-d331-48af-916d-cbf0d047afa6.flac",
    "49453cb2-7a15-40ad-be53-47cfc0bb4a25.flac",
    "a1d9737b-b041-47de-b8da-2a570da6897f.flac",
)


class Watched(PreRoll):
    """Counts how often somebody looks at the last seconds."""

    looks = 0

    def last(self, seconds: float) -> bytes:
        self.looks += 1
        return super().last(seconds)


@pytest.fixture(scope="module")
def model() -> Model:
    """The bundled speech model."""
    return open_model(SpeechSettings().model)


def _looks(stage: GrammarStage, preroll: Watched, sound: bytes) -> int:
    """How often it looks while it hears this."""
    before = preroll.looks
    for at in range(0, len(sound), BLOCK_BYTES):
        preroll.push(sound[at : at + BLOCK_BYTES])
        assert stage.hear(sound[at : at + BLOCK_BYTES]) is None
    return preroll.looks - before


def _noise(blocks: int, loudness: int) -> bytes:
    return np.random.default_rng(1).integers(-loudness, loudness + 1, blocks * BLOCK).astype("<i2").tobytes()


def test_it_looks_while_somebody_speaks_and_twice_behind(model: Model) -> None:
    """Never in a quiet room; every 0.4 s of a voice; when it falls silent, when it stays so, and not again."""
    preroll = Watched()
    stage = GrammarStage(model, ["jarvis"], preroll)
    room, voice = _noise(25, 20), _noise(16, 3000)
    assert _looks(stage, preroll, room) == 0
    assert _looks(stage, preroll, voice) == 4
    assert _looks(stage, preroll, room[:BLOCK_BYTES]) == 1
    assert _looks(stage, preroll, room) == 1
    assert _looks(stage, preroll, room) == 0


def test_forgetting_forgets_that_a_look_was_to_come(model: Model) -> None:
    """A press of mute in the middle of a word leaves nothing to look at."""
    preroll = Watched()
    stage = GrammarStage(model, ["jarvis"], preroll)
    _looks(stage, preroll, _noise(25, 20) + _noise(3, 3000))
    stage.wipe()
    preroll.wipe()
    assert _looks(stage, preroll, _noise(25, 20)) == 0


@pytest.mark.parametrize("file", SOFT_ENDS)
def test_a_phrase_that_ends_softly_is_found_by_the_last_look(model: Model, file: str) -> None:
    """Its last sound is below what counts as a voice, so it falls silent before it is over."""
    preroll = PreRoll()
    stage = GrammarStage(model, ["jarvis"], preroll)
    sound = sounds.heard(sounds.read(JARVIS / file), f"wake/jarvis/{file}", None)
    assert len(sound) > 3 * RATE
    found = []
    for at in range(0, len(sound), BLOCK_BYTES):
        preroll.push(sound[at : at + BLOCK_BYTES])
        found.append(stage.hear(sound[at : at + BLOCK_BYTES]))
    assert [one[0] for one in found if one] == ["jarvis"]
