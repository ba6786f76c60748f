"""A run is the same bytes whoever made it: alone, with others, on a cluster, at one go or after every kind of stop."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from keepmum.errors import LabError
from keepmum.lab import provenance
from keepmum.lab.corpus.speech import SCENES, speak_household
from keepmum.lab.marks import MarkKind
from keepmum.lab.pipeline import pieces as cutting
from keepmum.lab.pipeline.cluster import Cluster
from keepmum.lab.pipeline.crew import TRIES, Crew, quietly
from keepmum.lab.pipeline.tuning import Tuning
from keepmum.lab.run import open_run, read_facts, write_facts
from keepmum.lab.running import make_run

sys.path.insert(0, str(Path(__file__).parent))

from _dying import Dies, DiesOnce, fails

LONGEST = 17.6
USUAL = Tuning()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four scenes of 36 seconds, cut into eight pieces."""
    busy = tuple(scene._replace(orders=8) for scene in SCENES)
    return speak_household(tmp_path_factory.mktemp("home") / "home", seed=3, minutes=2.4, length=36, scenes=busy)


def _set(patch: pytest.MonkeyPatch) -> None:
    """Small pieces, so that two minutes are work for several; and a source that nobody changes meanwhile."""
    patch.setattr(cutting, "LONGEST", LONGEST)
    patch.setattr(provenance, "commit", lambda: "c" * 40)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """For every test."""
    _set(monkeypatch)


@pytest.fixture(scope="module")
def whole(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that one process made without a stop."""
    with pytest.MonkeyPatch.context() as patch:
        _set(patch)
        folder = tmp_path_factory.mktemp("whole") / "run"
        made = make_run(home, folder, USUAL, Crew(), date="2026-11-22")
    assert (made.pieces, made.resumed) == (8, 0)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass
class Stopped:
    """Workers whom somebody stops after some pieces, as a hand on the keyboard does."""

    after: int
    progress: Callable[[str, int, int], None] = field(default=quietly)

    def each(self, what: str, do: Callable[[Any], Any], pieces: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """As many as it takes, then no more; from the last to the first, as no crew would promise not to."""
        for count, place in enumerate(reversed(range(len(pieces)))):
            if what == "listening" and count == self.after:
                raise KeyboardInterrupt
            yield place, do(pieces[place])


def test_a_run_is_opened_and_tells_what_happened(whole: Path, home: Path) -> None:
    """Everything that is needed to judge policies, and to make it again."""
    run = open_run(whole)
    assert {MarkKind.CANDIDATE, MarkKind.CONFIRMED, MarkKind.COMMAND, MarkKind.SPEECH, MarkKind.MUTE} <= {
        mark.kind for mark in run.marks
    }
    assert len(run.recordings) == 4
    assert run.seconds == pytest.approx(144.0)
    assert run.facts.sound == "spoken by programs"
    assert run.facts.command == "keepmum lab run home --out RUN --date 2026-11-22"
    assert len(run.facts.model_sha256) == len(run.facts.corpus_sha256) == 64
    assert str(home.parent) not in (whole / "run.yaml").read_text()
    begins = [(mark.recording, mark.begins) for mark in run.marks]
    assert begins == sorted(begins)


def test_two_processes_make_the_same_run(whole: Path, home: Path, tmp_path: Path) -> None:
    """Byte for byte, whoever took which piece."""
    make_run(home, tmp_path / "run", USUAL, Crew(2), date="2026-11-22")
    assert contents(tmp_path / "run") == contents(whole)


@pytest.mark.parametrize("longest", [24.0, 300.0])
def test_where_a_recording_is_cut_changes_nothing(
    whole: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, longest: float
) -> None:
    """What a cut parts is one again: a mute of five seconds, cut at its half, is one mute."""
    monkeypatch.setattr(cutting, "LONGEST", longest)
    make_run(home, tmp_path / "run", USUAL, Crew(), date="2026-11-22")
    assert (tmp_path / "run" / "marks.jsonl").read_bytes() == (whole / "marks.jsonl").read_bytes()
    (mute,) = [mark for mark in open_run(tmp_path / "run").marks if mark.kind is MarkKind.MUTE]
    assert mute.begins < 24.0 < mute.ends


@pytest.mark.parametrize("count", [1, 4])
def test_a_cluster_makes_the_same_run(whole: Path, home: Path, tmp_path: Path, count: int) -> None:
    """With one worker and with four, by the address alone; and nothing of it stays behind."""
    distributed = pytest.importorskip("distributed", reason="the extra `lab` is not installed: no Dask")
    before = threading.active_count()
    with distributed.LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=False,
        dashboard_address=None,
        host="127.0.0.1",
        protocol="tcp",
    ) as cluster:
        make_run(home, tmp_path / "run", USUAL, Cluster(cluster.scheduler_address), date="2026-11-22")
    assert contents(tmp_path / "run") == contents(whole)
    assert threading.active_count() < before + 12


def test_a_stopped_run_goes_on(whole: Path, home: Path, tmp_path: Path) -> None:
    """What was finished stays, whatever its order was, and the end is the same."""
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        make_run(home, folder, USUAL, Stopped(3), date="2026-11-22")
    with pytest.raises(LabError, match="has not come to its end"):
        open_run(folder)
    made = make_run(home, folder, USUAL, Crew(), date="2026-11-22")
    assert (made.pieces, made.resumed) == (8, 3)
    assert contents(folder) == contents(whole)
    assert make_run(home, folder, USUAL, Crew(), date="2026-11-22").resumed == 8


def test_a_full_disk_is_told_in_one_line_and_costs_one_piece(whole: Path, home: Path, tmp_path: Path) -> None:
    """Nothing half written counts; with room again, the same command goes on."""
    folder = tmp_path / "run"
    pieces = folder / "pieces"
    with pytest.raises(KeyboardInterrupt):
        make_run(home, folder, USUAL, Stopped(0), date="2026-11-22")
    (pieces / ".00005.jsonl.unfinished").symlink_to("/dev/full")
    with pytest.raises(LabError, match="the disk is full") as told:
        make_run(home, folder, USUAL, Crew(), date="2026-11-22")
    assert "give the same command again" in told.value.hint
    assert sorted(path.name for path in pieces.glob("*.jsonl")) == [f"{place:05}.jsonl" for place in range(5)]
    (pieces / ".00005.jsonl.unfinished").unlink()
    assert make_run(home, folder, USUAL, Crew(), date="2026-11-22").resumed == 5
    assert contents(folder) == contents(whole)


def test_another_run_is_not_written_over(whole: Path, home: Path, tmp_path: Path) -> None:
    """Other settings, another version of keepmum, another format, or a folder with somebody's thesis in it."""
    folder = Path(shutil.copytree(whole, tmp_path / "run"))
    with pytest.raises(LabError, match="holds another run: seed, second, command differ"):
        make_run(home, folder, Tuning(second=0.1, seed=4), Crew(), date="2026-11-22")
    write_facts(folder, read_facts(folder).model_copy(update={"keepmum": "0.0.9"}))
    with pytest.raises(LabError, match="holds another run: keepmum differ"):
        make_run(home, folder, USUAL, Crew(), date="2026-11-22")
    (folder / "run.yaml").write_text('format: "run/0"\n')
    with pytest.raises(LabError, match="its format is 'run/0'"):
        make_run(home, folder, USUAL, Crew(), date="2026-11-22")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("do not lose this")
    with pytest.raises(LabError, match="is not empty, and holds no run"):
        make_run(home, tmp_path / "other", USUAL, Crew())


def test_a_corpus_that_changed_meanwhile_is_not_mixed_in(home: Path, tmp_path: Path) -> None:
    """A truth corrected between two halves of a run would make a run of nothing."""
    mine = Path(shutil.copytree(home, tmp_path / "home"))
    with pytest.raises(KeyboardInterrupt):
        make_run(mine, tmp_path / "run", USUAL, Stopped(1))
    truth = next(iter(sorted(mine.rglob("*.truth.jsonl"))))
    truth.write_text(truth.read_text().replace("anna", "emma"))
    with pytest.raises(LabError, match="holds another run: corpus_sha256 differ"):
        make_run(mine, tmp_path / "run", USUAL, Crew())


# ---- crews whose processes die


def test_a_dead_process_costs_nothing(tmp_path: Path) -> None:
    """Its pieces are given again, and every piece is done once."""
    found = dict(Crew(2).each("squaring", DiesOnce(tmp_path / "died"), range(8)))
    assert (tmp_path / "died").exists()
    assert found == {piece: piece * piece for piece in range(8)}


def test_a_piece_that_kills_every_process_is_given_up(tmp_path: Path) -> None:
    """With one clear error, after what could be done was done."""
    with pytest.raises(LabError, match=f"a process was ended {TRIES} times in a row at piece 3 while counting") as told:
        list(Crew(2).each("counting", Dies(tmp_path), range(6)))
    assert "give the same command again" in told.value.hint
    assert {path.name for path in tmp_path.iterdir()} == {"0", "1", "2", "4", "5"}


def test_what_a_piece_raises_ends_the_work() -> None:
    """By processes as without; it is no death."""
    for jobs in (1, 2):
        with pytest.raises(LabError, match="piece 3 is broken"):
            list(Crew(jobs).each("counting", fails, range(6)))


def test_workers_of_a_cluster_may_die_as_well(tmp_path: Path) -> None:
    """Once costs nothing; a piece that ends every worker is told, and the others were done."""
    distributed = pytest.importorskip("distributed", reason="the extra `lab` is not installed: no Dask")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        host="127.0.0.1",
        protocol="tcp",
        silence_logs=50,
    ) as started:
        cluster = Cluster(started.scheduler_address, patience=60.0)
        found = dict(cluster.each("squaring", DiesOnce(tmp_path / "died"), range(8)))
        with pytest.raises(LabError, match=r"workers died .* while counting, all at the same piece"):
            list(cluster.each("counting", Dies(tmp_path), range(6)))
    assert (tmp_path / "died").exists()
    assert found == {piece: piece * piece for piece in range(8)}


def test_a_scheduler_that_does_not_answer_is_told() -> None:
    """With the address, and how one is started."""
    pytest.importorskip("distributed", reason="the extra `lab` is not installed: no Dask")
    with pytest.raises(LabError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9") as told:
        list(Cluster("tcp://127.0.0.1:9", patience=0.5).each("nothing", fails, [1]))
    assert "dask scheduler" in told.value.hint


def test_a_cluster_without_workers_is_told() -> None:
    """Nobody waits for ever."""
    distributed = pytest.importorskip("distributed", reason="the extra `lab` is not installed: no Dask")
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address=None, host="127.0.0.1", protocol="tcp"
        ) as cluster,
        pytest.raises(LabError, match="the cluster has no worker"),
    ):
        list(Cluster(cluster.scheduler_address, patience=0.5).each("nothing", fails, [1]))
