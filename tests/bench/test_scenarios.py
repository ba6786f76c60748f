"""Every promise of tests/scenarios, on the bench that was named, or on a simulated one."""

from __future__ import annotations

from pathlib import Path

import pytest
from jig.benches import Bench
from jig.conductor import Conductor

from keepmum.hardware.scenes.scene import Scene


def test_the_bench_itself_works(bench: Bench) -> None:
    """Every part of the bench answers; if one does not, nothing can be said about the speaker: the rest is skipped."""
    assert bench.broken == ""


def test_scenario(scenario: Scene, bench: Bench, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """What the scenario expects is true of the speaker on the bench; its times are in the report."""
    if bench.broken:
        pytest.skip(f"the bench is broken: {bench.broken}")
    if lacking := bench.lacking(scenario):
        pytest.skip(lacking)
    with bench.playing(scenario, tmp_path) as jig:
        begun = jig.beat.now()
        outcome = Conductor(jig, scenario, lambda line: print(f"{jig.beat.now() - begun:9.3f}  {line}")).play()
    # What record_property does, which refuses the newer kind of JUnit file although it writes it well.
    request.node.user_properties.append(("bench", bench.name))
    for timing in outcome.timings:
        request.node.user_properties.append((f"{timing.name}_ms", round(timing.seconds * 1000, 1)))
        bench.took(scenario, timing)
    assert outcome.failures == []
