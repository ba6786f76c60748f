"""Speakers with a planted defect do not pass: each is caught by the scenario that promises what it breaks."""

from __future__ import annotations

from pathlib import Path

import pytest
from jig import needs
from jig.benches import SimulatedBench
from jig.conductor import Conductor
from jig.defects import DEFECTS

from keepmum.hardware.scenes.scene import Scene

SCENARIOS = Path(__file__).parents[1] / "scenarios"


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_caught(defect: str, tmp_path: Path) -> None:
    """The scenario fails, and says in which line."""
    _, name = DEFECTS[defect]
    scene = needs.check(Scene.load(SCENARIOS / f"{name}.txt"))
    with SimulatedBench(defect).playing(scene, tmp_path) as jig:
        failures = Conductor(jig, scene).play().failures
    assert failures
    assert all(failure.startswith(f"{name}.txt:") for failure in failures)
