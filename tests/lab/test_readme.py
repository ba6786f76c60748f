"""The page of the lab: every command in it runs, in its order, on a corpus of three minutes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from typer.testing import CliRunner

import keepmum.lab
from keepmum import cli, shipped

PAGE = Path(keepmum.lab.__file__).parent / "README.md"
SMALLER = {
    "demo": ["--minutes", "3", "--jobs", "1"],
    "run": ["--jobs", "1"],
    "corpus": ["--jobs", "1"],
    "review": ["--homes", "20"],
    "mute": ["--cycles", "2"],
    "tv": ["--minutes", "1", "--jobs", "1"],
    "wake": ["--jobs", "1"],
    "consent": ["--cycles", "1"],
    "deletion": ["--cycles", "1"],
    "faults": ["--only", "disk"],
    "oracle": ["--clips", "4"],
    "identifiers": ["--clips", "1"],
    "fingerprint": ["--commands", "12", "--traces", "8"],
    "probe": ["--probes", "4"],
    "bystander": ["--commands", "2", "--jobs", "1"],
    "all": ["--only", "probe"],
}
"""What is added to a command so that a test can wait for it."""
NOT_RUN = {"pip"}
ENDS_WITH = {"locate": 1}
"""Exit codes that are no 0: a clip of the corpus is found to be one."""
HOUSEHOLD = "keepmum-lab-demo/household"
MADE_BEFORE = {"other-run": "run", "recordings": HOUSEHOLD, "tapped": "run/plots", "backup": "run"}
"""Folders that the page takes for granted, and of what they are a copy here."""
WRITTEN_BEFORE = {"letter.txt": b"Dear Anna, nobody but you shall read this.\n" * 9, "core.1234": bytes(4000)}
CUT_BEFORE = {"clip.wav": (60.0, 63.0), "command.wav": (20.0, 22.0)}
"""Files that are parts of the household's first recording, from one second to another."""
HERE = {"/var/lib/mosquitto": "run/pieces", "1884": "0"}
"""What a machine that runs the tests may lack, or has taken."""
CLUSTER = "tcp://10.0.0.5:8786"


def commands() -> Iterator[list[str]]:
    """Every command of the page's shell blocks, without its comment."""
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.S | re.M):
        for line in block.replace("\\\n", " ").splitlines():
            if words := shlex.split(line, comments=True):
                yield words


@pytest.fixture
def a_researchers_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a policy of his own, and in it."""
    mine = tmp_path / "my-policies"
    mine.mkdir()
    text = (shipped.folder() / "policies" / "local-only.yaml").read_text()
    (mine / "mine.yaml").write_text(text.replace("id: local-only", "id: mine"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_of_the_page_runs(a_researchers_folder: Path) -> None:
    """One after the other, as a researcher would type them; what they say to have written is there."""
    ran = []
    for program, *typed in commands():
        if program in NOT_RUN:
            continue
        _made_before(a_researchers_folder, typed)
        words = [HERE.get(word, word) for word in typed]
        if program == "sh":
            told = subprocess.run([program, *words], env=_environment(), capture_output=True, text=True, check=False)
            assert (told.returncode, told.stdout.splitlines()[-1]) == (0, "metrics.csv: OK"), told
            continue
        assert (program, words[0]) == ("keepmum", "lab"), words
        ran.append(words[1])
        if words[1] == "tap":
            _until_ctrl_c(words)
        elif CLUSTER in words:
            _on_a_cluster(words)
        else:
            _invoked([*words, *SMALLER.get(words[1], [])])
    assert {"demo", "policies", "golden", "corpus", "run", "replay", "report"} <= set(ran)
    assert {"sweep", "compare", "export", "review", "locate", "oracle", "capture", "search", "tap"} <= set(ran)
    assert (a_researchers_folder / "keepmum-lab-demo" / "run" / "report.html").is_file()
    assert (a_researchers_folder / "run" / "report.html").is_file()
    assert list((a_researchers_folder / "run" / "plots").glob("tornado-*.svg"))
    assert list((a_researchers_folder / "captures").rglob("*.pcap"))
    assert (a_researchers_folder / "again" / "report.html").is_file()
    alone, shared = (a_researchers_folder / name / "marks.jsonl" for name in ("run", "shared-run"))
    assert alone.read_bytes() == shared.read_bytes()
    assert (a_researchers_folder / "tapped" / "tap.csv").is_file()
    assert (a_researchers_folder / "run" / "measured" / "captures.csv").is_file()


def test_every_file_that_the_page_names_is_there() -> None:
    """In the table of files, and in the links to the repository."""
    table = PAGE.read_text("utf-8").partition("## The files")[2]
    names = re.findall(r"`([a-z_]+(?:\.py|/))`", table)
    assert len(names) > 10
    assert [name for name in names if not (PAGE.parent / name).exists()] == []


def test_the_page_leads_from_install_to_a_figure() -> None:
    """In that order."""
    titles = re.findall(r"^## (.*)$", PAGE.read_text("utf-8"), re.M)
    order = ["A report in half a minute", "Your own corpus", "What would have left", "A figure for a paper"]
    assert [title for title in titles if title in order] == order
    assert titles.index("A figure for a paper") < titles.index("A policy of your own")


def _environment() -> dict[str, str]:
    """In which the command is found."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def _made_before(folder: Path, words: list[str]) -> None:
    """A corpus out of the demo's, copies that stand for other folders, and a few files."""
    for name, source in MADE_BEFORE.items():
        if name in words and not (folder / name).exists():
            shutil.copytree(folder / source, folder / name)
    for name, content in WRITTEN_BEFORE.items():
        if name in words:
            (folder / name).write_bytes(content)
    for name, (begin, end) in CUT_BEFORE.items():
        if name in words:
            recording = sorted((folder / HOUSEHOLD).rglob("*.flac"))[0]
            rate = soundfile.info(recording).samplerate
            sound, _ = soundfile.read(recording, start=int(begin * rate), stop=int(end * rate), dtype="int16")
            soundfile.write(folder / name, sound, rate)


def _invoked(words: list[str]) -> None:
    result = CliRunner().invoke(cli.app, words, env={"COLUMNS": "150"})
    assert result.exit_code == ENDS_WITH.get(words[1], 0), (words, result.output, result.exception)


def _until_ctrl_c(words: list[str]) -> None:
    """A command that ends when it is told to."""
    command = [sys.executable, "-m", "keepmum.cli", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert "listening at" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        told = running.stderr.read()
    assert running.returncode == 0, told


def _on_a_cluster(words: list[str]) -> None:
    """With the address of one that is there."""
    distributed = pytest.importorskip("distributed", reason="the extra `lab` is not installed: no Dask")
    quiet = {"dashboard_address": None, "host": "127.0.0.1", "protocol": "tcp", "processes": False}
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, **quiet) as cluster:
        _invoked([cluster.scheduler_address if word == CLUSTER else word for word in words])
