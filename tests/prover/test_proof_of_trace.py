"""The trace's proof, run for real: a listener that keeps quiet, and one that writes what it hears."""

from __future__ import annotations

import household_talk
import needs
import prove_trace
import pytest

MISSING = needs.missing(prove_trace.PROGRAMS, root=True)
real = pytest.mark.skipif(bool(MISSING), reason=f"not run: {MISSING}")


def test_the_noise_of_a_run_lies_under_the_whole_scene(tmp_path: object) -> None:
    """It begins before everything else, and no other noise takes its place."""
    scene = "speaker broker.host=null\nhold 1\nnoise kitchen.flac gain=-40\nplay a.flac\n"
    told = prove_trace.unique(scene, tmp_path / "n.wav")  # type: ignore[operator]
    assert told.splitlines() == ["speaker broker.host=null", f"noise {tmp_path}/n.wav", "hold 1", "play a.flac"]


@real
@pytest.mark.slow
def test_a_listener_that_keeps_what_it_hears_is_found() -> None:
    """The planted leak stands in what it wrote and in the file that was left."""
    found = prove_trace.search(household_talk.OPEN, 5, lambda _: None, leak="keeps_what_it_hears")
    assert not found.silent
    assert any(place.startswith("heard.raw") for place in found.found)
    assert "a file that was left, 16 bit" in found.found


@real
@pytest.mark.slow
def test_the_listener_writes_no_sound() -> None:
    """Listening, with every buffer seen whole, and no socket of the internet."""
    found = prove_trace.search(household_talk.OPEN, 5, lambda _: None)
    assert found.silent, (found.found, found.unseen, found.internet)
    assert found.size > 1_000
    assert found.windows > 100_000
