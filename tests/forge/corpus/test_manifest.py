"""Folders of transcribed recordings: all mistakes at once, and voices that never train."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

from keepmum.errors import CorpusError
from keepmum.forge.corpus import manifest
from keepmum.forge.corpus.manifest import Recording

GOOD = {"file": "a.wav", "speaker": "7", "seconds": 1.5, "text": "good morning", "source": "home"}


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    """By line: not JSON, no braces, a missing file, a missing key, a key that does not exist, values that cannot be."""
    (tmp_path / "a.wav").write_bytes(b"sound")
    lines = [
        json.dumps(GOOD),
        "{",
        "[]",
        json.dumps({**GOOD, "file": "b.wav"}),
        json.dumps({key: value for key, value in GOOD.items() if key != "text"}),
        json.dumps({**GOOD, "speakr": "8"}),
        json.dumps({**GOOD, "seconds": -1}),
        json.dumps({**GOOD, "seconds": True, "text": "  "}),
        json.dumps({**GOOD, "file": "../a.wav"}),
        json.dumps(GOOD),
    ]
    (tmp_path / "manifest.jsonl").write_text("\n".join(lines))
    with pytest.raises(CorpusError) as told:
        manifest.read(tmp_path)
    for line, problem in [
        (2, "not JSON"),
        (3, "not one recording"),
        (4, "b.wav is missing"),
        (5, "text: is missing"),
        (6, "did you mean speaker?"),
        (7, "seconds: -1 cannot be"),
        (8, "text: is empty"),
        (9, "outside of the folder"),
        (10, "stands twice"),
    ]:
        assert any(f":{line}: " in row and problem in row for row in told.value.what.splitlines()), (line, problem)
    assert "9 problems" in told.value.what


def test_a_folder_without_recordings_is_told(tmp_path: Path) -> None:
    """No manifest, and an empty one."""
    with pytest.raises(CorpusError, match="cannot be read"):
        manifest.read(tmp_path)
    (tmp_path / "manifest.jsonl").write_text("\n")
    with pytest.raises(CorpusError, match="names no recording"):
        manifest.read(tmp_path)


def test_of_many_mistakes_the_first_are_shown(tmp_path: Path) -> None:
    """A manifest of another kind does not fill the screen."""
    (tmp_path / "manifest.jsonl").write_text("{}\n" * 500)
    with pytest.raises(CorpusError, match="and 480 more") as told:
        manifest.read(tmp_path)
    assert len(told.value.what.splitlines()) < 25


def people(source: str, count: int) -> list[Recording]:
    """Recordings of so many speakers."""
    return [Recording(Path(f"{source}{number}.wav"), str(number), 1.0, "hello", source) for number in range(count)]


def test_of_every_source_some_speakers_never_train() -> None:
    """By a hash of their names: a share of each source, rounded up, whatever the order of the manifest."""
    everybody = [*people("home", 22), *people("school", 122)]
    kept = manifest.held_out(everybody, 0.04)
    assert kept == manifest.held_out(reversed(everybody), 0.04)
    assert sorted(source for source, _ in kept) == ["home", *["school"] * 5]
    assert manifest.held_out(everybody, 0) == frozenset()


def test_words_are_what_is_said() -> None:
    """Small letters, apostrophes kept, punctuation dropped; digits stay, so that no dictionary knows them."""
    assert manifest.words("Don’t — STOP, o'clock: 20 re-runs!") == ["don't", "stop", "o'clock", "20", "re", "runs"]
