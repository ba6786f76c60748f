"""The skills' memory survives a restart, and whatever happens to its files, the listener starts."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from keepmum.errors import StateError
from keepmum.listener.peers.memory import Memory, Remembered


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files are."""
    return tmp_path / "state" / "skills"


def test_what_was_kept_comes_back(folder: Path) -> None:
    """Text and time of each skill, in private files."""
    memory = Memory(folder)
    memory.keep("timers", "tea \N{HOT BEVERAGE}", 5.5)
    memory.keep("shopping", "milk", None)
    again = Memory(folder)
    assert again.of("timers") == Remembered(memory="tea \N{HOT BEVERAGE}", due=5.5)
    assert again.of("shopping") == Remembered(memory="milk")
    assert again.of("nobody") == Remembered()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_none_leaves_what_was_there(folder: Path) -> None:
    """Memory and time are kept one by one; a time before the beginning is none."""
    memory = Memory(folder)
    memory.keep("timers", "tea", 5.0)
    memory.keep("timers", None, 6.0)
    memory.keep("timers", "eggs", None)
    assert memory.of("timers") == Remembered(memory="eggs", due=6.0)
    memory.keep("timers", None, -1.0)
    assert Memory(folder).of("timers").due == 0.0


def test_nothing_is_written_for_nothing_new(folder: Path) -> None:
    """A card that is written at every question wears out."""
    memory = Memory(folder)
    memory.keep("clock", None, None)
    assert list(folder.iterdir()) == []
    memory.keep("timers", "tea", 5.0)
    before = (folder / "timers.json").stat().st_ino
    memory.keep("timers", "tea", 5.0)
    assert (folder / "timers.json").stat().st_ino == before


def test_who_is_due(folder: Path) -> None:
    """At its time and after it, not before; what has no time is never due."""
    memory = Memory(folder)
    assert memory.due(1e12) is None
    memory.keep("shopping", "milk", None)
    memory.keep("timers", "tea", 5.0)
    memory.keep("coffee", "beans", 3.0)
    assert [memory.due(wall) for wall in (2.9, 3.0, 9.0)] == [None, "coffee", "coffee"]
    memory.keep("coffee", None, 0.0)
    assert [memory.due(wall) for wall in (4.9, 5.0)] == [None, "timers"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"memory":5,"due":0.0}',
        b'{"memory":"x","due":"soon"}',
        b'{"memory":"x","due":-1.0}',
        b'{"memory":"x","due":0.0,"more":1}',
        json.dumps({"memory": "x" * 32_001, "due": 0.0}).encode(),
        b" " * 70_000,
    ],
)
def test_a_damaged_memory_is_none_and_harms_no_other(
    folder: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """That skill starts afresh, the others remember, and it can be written again."""
    Memory(folder).keep("shopping", "milk", None)
    (folder / "timers.json").write_bytes(content)
    memory = Memory(folder)
    assert (memory.of("timers"), memory.of("shopping").memory) == (Remembered(), "milk")
    assert "timers.json cannot be read; the skill starts without a memory" in caplog.text
    memory.keep("timers", "tea", 5.0)
    assert Memory(folder).of("timers").memory == "tea"


def test_what_the_disk_does_not_take_is_known_until_the_next_start(folder: Path) -> None:
    """The error names the file; the memory in RAM is the new one, on disk the old."""
    memory = Memory(folder)
    memory.keep("timers", "tea", 5.0)
    kept = (folder / "timers.json").read_bytes()
    (folder / ".timers.json.new").mkdir()
    with pytest.raises(StateError, match=r"timers\.json cannot be written"):
        memory.keep("timers", "", 0.0)
    assert memory.of("timers") == Remembered()
    assert (folder / "timers.json").read_bytes() == kept


def test_a_folder_that_cannot_be_is_one_clear_error(tmp_path: Path) -> None:
    """Something else has its name."""
    (tmp_path / "skills").write_text("a file")
    with pytest.raises(StateError, match=r"skills cannot be used: File exists\n  hint: move away what is there"):
        Memory(tmp_path / "skills")
