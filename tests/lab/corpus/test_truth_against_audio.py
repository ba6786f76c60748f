"""Truth that cannot be true of its recording is refused: figures made with it would be nobody's."""

from __future__ import annotations

from pathlib import Path

import pytest
from _recordings import record, silence

from keepmum.errors import LabError
from keepmum.lab import marks
from keepmum.lab.corpus.reading import open_corpus
from keepmum.lab.marks import Truth, TruthKind


def complaints(folder: Path, *truths: Truth) -> str:
    """What is said about a corpus of ten seconds with these truths, or nothing."""
    if not (folder / "a.wav").exists():
        record(folder / "a.wav", 10.0)
    marks.write(folder / "a.truth.jsonl", truths)
    try:
        open_corpus(folder)
    except LabError as error:
        return str(error)
    return ""


def one(kind: TruthKind, begins: float, ends: float, speaker: str = "anna", what: str = "") -> Truth:
    """A truth of that recording."""
    return Truth(recording="a.wav", begins=begins, ends=ends, kind=kind, speaker=speaker, what=what)


def test_truth_that_fits_is_taken(tmp_path: Path) -> None:
    """Two people may talk at once, and neighbouring words may touch."""
    assert (
        complaints(
            tmp_path,
            one(TruthKind.SPEECH, 0.0, 10.0),
            one(TruthKind.SPEECH, 2.0, 5.0, "ben"),
            one(TruthKind.WORD, 1.0, 1.52, what="hello"),
            one(TruthKind.WORD, 1.5, 2.0, what="there"),
            one(TruthKind.WORD, 1.2, 2.0, "ben", "what"),
        )
        == ""
    )


def test_truth_beyond_the_end_is_refused(tmp_path: Path) -> None:
    """By more than a tenth of a second, which aligners and coders round."""
    assert complaints(tmp_path, one(TruthKind.SPEECH, 5.0, 10.05)) == ""
    told = complaints(tmp_path, one(TruthKind.SPEECH, 5.0, 12.0))
    assert "a.wav: speech of anna ends at 12 s, and the recording at 10 s" in told


def test_one_mouth_says_one_word_at_a_time(tmp_path: Path) -> None:
    """Words of one speaker that overlap were not said so; nor were two commands."""
    told = complaints(
        tmp_path, one(TruthKind.WORD, 1.0, 2.0, what="hello"), one(TruthKind.WORD, 1.5, 2.5, what="there")
    )
    assert "“there” of anna begins at 1.5 s, “hello” of anna ends at 2 s" in told
    told = complaints(tmp_path, one(TruthKind.COMMAND, 1.0, 4.0), one(TruthKind.COMMAND, 2.0, 5.0))
    assert "command of anna begins at 2 s" in told


def test_speech_where_nothing_sounds_is_refused(tmp_path: Path) -> None:
    """Then the truth is another recording's, or shifted against this one."""
    silence(tmp_path / "a.wav", 10.0)
    told = complaints(tmp_path, one(TruthKind.SPEECH, 1.0, 4.0))
    assert "speech of anna from 1 to 4 s, where the recording is silent" in told


def test_more_words_than_anybody_can_say_are_refused(tmp_path: Path) -> None:
    """Forty words in a second belong to a longer recording."""
    words = [one(TruthKind.WORD, 1 + place * 0.025, 1.02 + place * 0.025, what="word") for place in range(40)]
    assert "40 words of anna in 1.0 s, which nobody can say" in complaints(tmp_path, *words)


def test_a_list_that_is_wrong_about_its_recordings_is_refused(tmp_path: Path) -> None:
    """Another length, or another sum: somebody put another file there."""
    record(tmp_path / "a.wav", 10.0)
    rows = '{"file": "a.wav", "seconds": 4.0}', f'{{"file": "a.wav", "sha256": "{"0" * 64}"}}'
    for row, told in zip(rows, ("lasts 10.0 s, not 4.0 s as its list says", "not 000000000000… as"), strict=True):
        (tmp_path / "manifest.jsonl").write_text(row + "\n")
        with pytest.raises(LabError, match=told):
            open_corpus(tmp_path)


def test_mistakes_of_every_recording_are_told_together(tmp_path: Path) -> None:
    """Broken sound and broken truth, of as many recordings as there are."""
    record(tmp_path / "b.wav", rate=8_000)
    told = complaints(tmp_path, one(TruthKind.SPEECH, 5.0, 12.0))
    assert "2 problems in this corpus" in told
    assert "a.wav: speech" in told
    assert "b.wav: has 8000 samples" in told
