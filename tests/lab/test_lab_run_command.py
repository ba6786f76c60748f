"""`keepmum lab corpus` and `keepmum lab run`, as a researcher types them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepmum import cli
from keepmum.lab.corpus.speech import speak_household
from keepmum.lab.run import open_run


def lab(*words: str) -> tuple[int, str]:
    """Exit code and everything that is said."""
    found = CliRunner().invoke(cli.app, ["lab", *words], env={"COLUMNS": "120"})
    if isinstance(found.exception, Exception) and not isinstance(found.exception, SystemExit):
        return 1, str(found.exception)
    return found.exit_code, found.output


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty seconds at breakfast."""
    return speak_household(tmp_path_factory.mktemp("home") / "home", seed=4, minutes=0.67)


def test_a_corpus_is_described(home: Path) -> None:
    """How much it is, whose voices, and its sum."""
    code, told = lab("corpus", str(home), "--jobs", "1")
    assert code == 0
    assert "home: 1 recordings in 1 groups, 0.01 hours" in told
    assert "voices spoken by programs" in told


def test_what_is_wrong_with_a_corpus_is_told(tmp_path: Path) -> None:
    """All of it, and where to read on."""
    (tmp_path / "a.wav").write_text("no sound")
    (tmp_path / "b.wav").write_text("nor here")
    code, told = lab("corpus", str(tmp_path), "--jobs", "1")
    assert code == 1
    assert "2 problems in this corpus" in told
    assert "device/keepmum/lab/README.md" in told


def test_a_run_is_made_and_goes_on(home: Path, tmp_path: Path) -> None:
    """The phrase in any letters; what came of it in one line; a second time nothing is done again."""
    words = ("run", str(home), "--out", str(tmp_path / "run"), "--phrase", "Alexa", "--jobs", "1", "--seed", "2")
    code, told = lab(*words)
    assert code == 0, told
    assert "clips" in told
    assert "keepmum lab replay" in told
    facts = open_run(tmp_path / "run").facts
    assert (facts.phrase, facts.seed, facts.date) == ("alexa", 2, "")
    code, told = lab(*words)
    assert code == 0
    assert "1 of 1 pieces were there already" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--date", "tomorrow"), "--date"),
        (("--model", "/nowhere"), "there is no speech model in /nowhere"),
        (("--phrase", "xylophagous"), "xylophagous"),
        (("--dask", "tcp://127.0.0.1:9"), "no Dask scheduler answers at tcp://127.0.0.1:9"),
        (("--trigger", "7"), "--trigger"),
    ],
)
def test_a_wrong_option_is_told_and_makes_nothing(
    home: Path, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    """One clear line, and no run that looks like one."""
    if "--dask" in words:
        pytest.importorskip("distributed", reason="the extra `lab` is not installed: no Dask")
    code, said = lab("run", str(home), "--out", str(tmp_path / "run"), "--jobs", "1", *words)
    assert code != 0
    assert told in said
    assert not (tmp_path / "run" / "marks.jsonl").exists()


def test_without_dask_the_cluster_is_refused_with_its_remedy(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And everything else of the lab works."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, told = lab("run", str(home), "--out", str(tmp_path / "run"), "--dask", "tcp://127.0.0.1:9")
    assert code == 1
    assert "dask is not installed" in told
    assert "pip install 'keepmum[lab]'" in told
