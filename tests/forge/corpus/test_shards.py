"""Prepared utterances: what was written is read, and what was cut short is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

from keepmum.errors import CorpusError
from keepmum.forge.corpus import shards
from keepmum.forge.corpus.shards import Utterance


def utterances(count: int) -> list[Utterance]:
    """Some utterances of different lengths."""
    chance = np.random.default_rng(3)
    return [
        Utterance(
            chance.standard_normal((5 + number, 40)).astype(np.float16),
            np.array([0, number, 0], np.int16),
            number,
            2 * number,
            f"source {number}",
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [0, 1, 4])
def test_a_shard_gives_back_what_was_put_into_it(tmp_path: Path, count: int) -> None:
    """Frames, phones, known silence and source of every utterance, in their order."""
    path = tmp_path / "000.npz"
    shards.write(path, utterances(count))
    for mine, theirs in zip(utterances(count), shards.read(path), strict=True):
        assert np.array_equal(mine.frames, theirs.frames)
        assert np.array_equal(mine.phones, theirs.phones)
        assert (mine.lead, mine.trail, mine.source) == (theirs.lead, theirs.trail, theirs.source)
        assert (theirs.frames.dtype, theirs.phones.dtype) == (np.float16, np.int16)


def test_the_same_utterances_make_the_same_bytes(tmp_path: Path) -> None:
    """No date and no chance goes into a shard."""
    shards.write(tmp_path / "a.npz", utterances(3))
    shards.write(tmp_path / "b.npz", utterances(3))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_shard_that_was_cut_short_is_told(tmp_path: Path, share: float) -> None:
    """Wherever it ends, it is an error that says what to do, and never fewer utterances."""
    path = tmp_path / "000.npz"
    shards.write(path, utterances(4))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(CorpusError, match=r"000\.npz") as told:
        shards.read(path)
    assert "delete it" in told.value.hint


def test_what_is_no_shard_is_told(tmp_path: Path) -> None:
    """A missing file, a text, another archive, and counts that do not fit."""
    path = tmp_path / "000.npz"
    with pytest.raises(CorpusError, match="cannot be read"):
        shards.read(path)
    path.write_text("hello")
    with pytest.raises(CorpusError, match="cannot be read"):
        shards.read(path)
    np.savez(path, frames=np.zeros(3))
    with pytest.raises(CorpusError, match="no shard"):
        shards.read(path)
    shards.write(path, utterances(2))
    with np.load(path) as archive:
        parts = dict(archive)
    np.savez(path, **{**parts, "frame_counts": parts["frame_counts"] + 1})
    with pytest.raises(CorpusError, match="more or less than it counts"):
        shards.read(path)


def test_a_shard_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """Where there is no such folder, it is an error, not a traceback."""
    with pytest.raises(CorpusError, match="cannot be written"):
        shards.write(tmp_path / "nowhere" / "000.npz", utterances(1))
