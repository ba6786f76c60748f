"""The pages say only what is there: links, files, commands and the trial speaker."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepmum import cli, config

ROOT = Path(__file__).resolve().parents[1]
SOFTWARE = ROOT / "device/keepmum"
AWAY = {"node_modules", "build", "dist", "site-packages"}
PAGES = sorted(
    page
    for page in ROOT.rglob("README.md")
    if not any(part.startswith(".") or part in AWAY for part in page.relative_to(ROOT).parts)
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MARKED = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w./-]+(?:\.(?:py|md|yaml|json|toml|tsv|txt|conf)|/)")
MADE_LATER = re.compile(
    r"^(state|outbox|evening|\.run)/|^(metrics\.json|report\.md)$|^(clips/|transcriptions/|audio/|validated\.tsv|test\.tsv)$"
)
"""What a running speaker or a run of the lab writes, and what other people's corpora have: in no folder of ours."""


def targets(page: Path) -> list[str]:
    """The relative links of a page."""
    return [link for link in LINK.findall(page.read_text()) if not re.match(r"[a-z]+:", link)]


def named_files(text: str) -> list[str]:
    """What stands in backticks and looks like a file or a folder."""
    return [word for mark in MARKED.findall(text) for word in mark.split() if FILE.fullmatch(word)]


def is_there(name: str, *near: Path) -> bool:
    return any((folder / name).exists() for folder in (*near, SOFTWARE, ROOT))


def anchors(page: Path) -> set[str]:
    """The headings of a page, as GitHub's links name them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def commands(text: str) -> list[list[str]]:
    """The words of every `keepmum …` line in a page's blocks, without comments."""
    lines = [line for block in re.findall(r"^```\n(.*?)^```", text, re.S | re.M) for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("keepmum ")]


def test_every_page_is_looked_at() -> None:
    """The list of pages is not empty by a slip, and holds the two that people begin with."""
    assert {ROOT / "README.md", SOFTWARE / "README.md"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """A relative link names a file or folder that exists, and a heading that its page has."""
    lost = []
    for link in targets(page):
        name, _, heading = link.partition("#")
        there = page.parent / name if name else page
        if not there.exists() or (heading and heading not in anchors(there)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_in_a_table_is_there(page: Path) -> None:
    """A name in a table stands beside the page, below device/keepmum or at the root."""
    rows = [line for line in page.read_text().splitlines() if line.startswith("|")]
    names = named_files("\n".join(rows))
    assert [name for name in names if not MADE_LATER.match(name) and not is_there(name, page.parent)] == []


def test_where_do_i_add_names_files_that_are_there() -> None:
    """Whoever follows an answer finds the file; only the name that they are to choose has a gap in it."""
    section = (SOFTWARE / "README.md").read_text().partition("### Where do I add")[2].partition("\n## ")[0]
    names = named_files(section)
    assert {"skills/shelf.py", "settings.py", "consent.py"} <= set(names)
    assert [name for name in names if not is_there(name)] == []


def test_the_way_of_a_sound_names_files_that_are_there() -> None:
    """Its names lead from device/keepmum to a file, or are one file's name there that is not in doubt."""
    section = (SOFTWARE / "README.md").read_text().partition("## The way of a sound")[2].partition("\n## ")[0]
    assert [name for name in named_files(section) if not is_there(name)] == []


@pytest.mark.parametrize("words", commands((ROOT / "README.md").read_text()), ids=" ".join)
def test_every_command_of_the_first_page_is_one(words: list[str]) -> None:
    """It is a word that `keepmum` knows, and each option in it stands in its help."""
    known = words[:2] if words[0] == "ledger" else words[:1]
    result = CliRunner().invoke(cli.app, [*known, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0
    assert [word for word in words if word.startswith("--") and word not in result.output] == []


def test_the_trial_speaker_is_a_fine_configuration() -> None:
    """What the first page tells people to copy is read without a mistake and writes beside itself only."""
    settings = config.load(ROOT / "config/trial/keepmum.yaml")
    here = ROOT / "config/trial"
    folders = settings.folders
    assert (folders.run, folders.state, folders.outbox) == (here / "run", here / "state", here / "outbox")
    assert settings.hardware.scene == here / "silence.txt"
    assert settings.hardware.scene.is_file()
