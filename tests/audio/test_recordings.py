"""The recordings that other tests stand on are all there, readable and described."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import soundfile

HERE = Path(__file__).parent
ROWS = [json.loads(line) for line in (HERE / "manifest.jsonl").read_text().splitlines()]


def test_the_manifest_names_every_recording_and_nothing_else() -> None:
    """A file without a line, or a line without a file, would make a count wrong."""
    found = {str(path.relative_to(HERE)) for path in HERE.rglob("*") if path.suffix in {".flac", ".opus"}}
    assert found == {row["file"] for row in ROWS}
    assert len(ROWS) == len(found)


@pytest.mark.parametrize("kind", ["wake", "speech", "command", "sound", "noise"])
def test_every_recording_decodes_to_mono_at_16_kilohertz(kind: str) -> None:
    """soundfile reads each file to its end, in the one format of keepmum, at the length that the manifest gives."""
    rows = [row for row in ROWS if row["kind"] == kind]
    wrong = []
    for row in rows:
        pcm, rate = soundfile.read(HERE / row["file"], dtype="int16")
        if rate != 16_000 or pcm.ndim != 1 or abs(len(pcm) / rate - row["seconds"]) > 0.01 or not pcm.any():
            wrong.append(row["file"])
    assert rows
    assert wrong == []


def test_every_wake_recording_says_which_phrase_it_is() -> None:
    """Only then can misses be counted per phrase."""
    assert {row["phrase"] for row in ROWS if row["kind"] == "wake"} == {"alexa", "computer", "jarvis"}


def test_the_recordings_stay_small_enough_for_a_clone() -> None:
    """25 MB is what a first clone may carry for them."""
    assert sum((HERE / row["file"]).stat().st_size for row in ROWS) < 25_000_000
