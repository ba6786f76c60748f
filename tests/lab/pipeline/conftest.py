"""What the tests of the lab's ears share: a household of two minutes and a half, spoken once."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepmum.lab.corpus.speech import SCENES, speak_household


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of four scenes of 36 seconds, with commands, a television and a press on mute."""
    folder = tmp_path_factory.mktemp("spoken") / "household"
    busy = tuple(scene._replace(orders=8) for scene in SCENES)
    return speak_household(folder, seed=3, minutes=2.4, length=36, scenes=busy)
