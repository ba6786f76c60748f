"""From recordings and programs to shards: the same bytes every time, and nothing in them that must not train."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("kaldi_native_fbank", reason="the extra `forge` is not installed")

from keepmum.errors import CorpusError
from keepmum.forge.corpus import manifest, preparing, shards
from keepmum.forge.corpus.dictionary import Dictionary
from keepmum.forge.recipe import Recipe

Progress = Callable[[str, int, int], None]
FolderOf = Callable[[int], Path]


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten utterances a shard, so that a dozen sentences fill several."""
    monkeypatch.setattr(preparing, "SHARD", 10)


@pytest.fixture
def prepare(recipe: Recipe, folder_of: FolderOf, noises: Path, unwatched: Progress) -> Callable[..., dict[str, Any]]:
    """Prepares the small recipe with four speakers' recordings in a work folder."""
    recordings = folder_of(4)

    def run(work: Path, jobs: int = 1, progress: Progress = unwatched, **others: Any) -> dict[str, Any]:
        settled: dict[str, Any] = {"recordings": [recordings], "noises": noises, **others}
        return preparing.prepare(recipe, work, jobs=jobs, progress=progress, **settled)

    return run


def contents(work: Path) -> dict[str, bytes]:
    """Everything in `prepared`, by name."""
    return {path.name: path.read_bytes() for path in sorted((work / "prepared").iterdir())}


def test_every_copy_lands_in_a_shard_with_its_phones(prepare: Callable[..., Any], tmp_path: Path) -> None:
    """Three of four speakers twice, twelve sentences twice, some silences; phones that are of the language."""
    account = prepare(tmp_path / "work")
    utterances = [each for path in sorted((tmp_path / "work/prepared").glob("*.npz")) for each in shards.read(path)]
    spoken = [each for each in utterances if each.source != "noise"]
    assert account["utterances"] == len(utterances)
    assert sorted({each.source for each in spoken}) == ["espeak-ng", "home"]
    assert len([each for each in spoken if each.source == "home"]) == 2 * 6
    assert len(spoken) == 2 * 6 + 2 * 12
    for each in spoken:
        answers = -(-len(each.frames) // 3)
        assert each.phones[0] == each.phones[-1] == 0
        assert 1 <= each.phones.max() <= 39
        assert each.lead + each.trail < answers
        assert (each.phones > 0).sum() < answers
    for silence in (each for each in utterances if each.source == "noise"):
        assert list(silence.phones) == [0]
        assert silence.lead == -(-len(silence.frames) // 3)


def test_the_account_says_what_was_made_of_what(prepare: Callable[..., Any], tmp_path: Path) -> None:
    """Hours, voices and licences by source, and who was held out; it stands in prepared.json, too."""
    account = prepare(tmp_path / "work")
    home = account["sources"]["home"]
    assert (home["licence"], home["title"], home["recordings"], home["speakers"]) == ("CC0", "at home", 6, 3)
    assert home["prepared"] == 12
    assert account["sources"]["espeak-ng"]["licence"].startswith("GPL")
    assert len(account["held_out_speakers"]) == 1
    assert 0 < account["hours"] < 0.1
    assert json.loads((tmp_path / "work/prepared/prepared.json").read_text()) == account


def test_neither_the_number_of_processes_nor_a_stop_changes_a_byte(prepare: Callable[..., Any], tmp_path: Path) -> None:
    """One process, two, and one that was stopped in the middle and begun again."""

    def stop(what: str, done: int, _whole: int) -> None:
        if what == "preparing features" and done == 2:
            raise Stopped

    prepare(tmp_path / "one")
    prepare(tmp_path / "two", jobs=2)
    with pytest.raises(Stopped):
        prepare(tmp_path / "stopped", progress=stop)
    assert not (tmp_path / "stopped/prepared/prepared.json").exists()
    first = (tmp_path / "stopped/prepared/000.npz").stat().st_mtime_ns
    prepare(tmp_path / "stopped")
    assert (tmp_path / "stopped/prepared/000.npz").stat().st_mtime_ns == first
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(tmp_path / "stopped")
    assert len(contents(tmp_path / "one")) == 2 * 4 + 2


def test_files_that_are_not_what_they_say_are_left_out_and_counted(
    prepare: Callable[..., Any], folder_of: FolderOf, tmp_path: Path
) -> None:
    """Each with its reason; the others train."""
    bad = tmp_path / "bad"
    shutil.copytree(tmp_path / "recordings", bad)
    rows = [json.loads(line) for line in (bad / "manifest.jsonl").read_text().splitlines()]
    (bad / "0.wav").write_bytes(b"")
    (bad / "1.wav").write_text("no sound")
    (bad / "2.wav").write_bytes((bad / "2.wav").read_bytes()[:9000])
    rows[3]["text"] = "ωψφ time 17"
    rows[4]["seconds"] = 20.0
    rows[5]["text"] = "dnes je venku velmi krásné počasí"
    for row in rows:
        row |= {"source": "bad", "speaker": "1" + row["file"]}
    (bad / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    account = prepare(tmp_path / "work", recordings=[tmp_path / "recordings", bad])
    left_out = "\n".join(account["skipped_files"])
    kept = {voice.removeprefix("bad/1") for voice in account["held_out_speakers"] if voice.startswith("bad/")}
    expected = {f"{number}.wav" for number in range(6)} - kept
    assert {line.partition(":")[0] for line in account["skipped_files"]} == expected
    assert sum(account["skipped"].values()) == len(expected)
    assert "without a pronunciation" in left_out or "3.wav" in kept
    assert account["unknown_words"]["17"] == 1
    assert account["sources"]["bad"]["recordings"] == 8 - len(expected | kept)


def test_a_held_out_voice_in_the_training_speech_is_caught(prepare: Callable[..., Any], tmp_path: Path) -> None:
    """Planted: the held-out program's voice stands in the manifest of what trains."""
    prepare(tmp_path / "work")
    programs = manifest.read(tmp_path / "work/synthetic") + manifest.read(tmp_path / "work/held-out")
    with pytest.raises(CorpusError, match="espeak-ng/f5"):
        preparing.refuse_held_out(programs, {("espeak-ng", "f5")})


def test_held_out_speakers_are_in_no_shard(recipe: Recipe, folder_of: FolderOf) -> None:
    """Of four speakers one is kept, and no recording of that one is chosen."""
    people = manifest.read(folder_of(4))
    chosen = preparing.choose(recipe, people, [], Dictionary(recipe))
    assert len(chosen.held_out) == 1
    assert len(chosen.people) == 6
    assert not {one.voice for one in chosen.people} & chosen.held_out


def test_recordings_that_judge_are_left_out(prepare: Callable[..., Any], tmp_path: Path) -> None:
    """And counted, with the reason."""
    judging = tmp_path / "judging"
    judging.mkdir()
    whole = prepare(tmp_path / "whole")
    shutil.copy(tmp_path / "recordings/1.wav", judging / "other name.wav")
    account = prepare(tmp_path / "work", evaluation=[judging])
    assert account["skipped"] == {**whole["skipped"], "will judge the model": 1}
    assert account["sources"]["home"]["recordings"] == whole["sources"]["home"]["recordings"] - 1


def test_other_recordings_or_another_recipe_do_not_go_on_in_the_same_folder(
    prepare: Callable[..., Any], recipe: Recipe, tmp_path: Path, unwatched: Progress
) -> None:
    """Half of one corpus and half of another would be neither."""
    prepare(tmp_path / "work")
    with pytest.raises(CorpusError, match="other recordings"):
        prepare(tmp_path / "work", recordings=[])
    other = recipe.model_copy(update={"rivals": ("commute",)})
    with pytest.raises(CorpusError, match="rivals differ"):
        preparing.prepare(other, tmp_path / "work", recordings=[], noises=None, jobs=1, progress=unwatched)


def test_a_folder_can_say_where_its_recordings_come_from(prepare: Callable[..., Any], tmp_path: Path) -> None:
    """SOURCES.yaml beside the manifest wins over the recipe; a wrong one is told by line."""
    file = tmp_path / "recordings" / "SOURCES.yaml"
    file.write_text("sources:\n  home: {title: Home, licence: CC BY 4.0, attribution: us}\n")
    assert prepare(tmp_path / "work")["sources"]["home"]["licence"] == "CC BY 4.0"
    file.write_text("sources:\n  home: {title: Home, license: CC BY 4.0}\n")
    with pytest.raises(ValueError, match="licen"):
        prepare(tmp_path / "work")


def test_a_shards_account_that_was_cut_short_is_told(prepare: Callable[..., Any], tmp_path: Path) -> None:
    """With what to do: the shard is made again."""
    prepare(tmp_path / "work")
    (tmp_path / "work/prepared/001.json").write_text("{")
    with pytest.raises(CorpusError, match=r"001\.json cannot be read") as told:
        prepare(tmp_path / "work")
    assert "made again" in told.value.hint
