"""Small files: what is written is read again, and what cannot be read is an error, never a guess."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from keepmum import kept
from keepmum.errors import StateError


def test_what_was_written_is_read_again_and_only_the_owner_may_read_it(tmp_path: Path) -> None:
    """A kept file has exactly the bytes it was given, mode 0600, and no temporary file beside it."""
    kept.write(tmp_path / "latch", b"muted")
    kept.write(tmp_path / "latch", b"open")
    assert kept.read(tmp_path / "latch") == b"open"
    assert stat.S_IMODE((tmp_path / "latch").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["latch"]


def test_a_leftover_of_a_crash_is_overwritten_and_loses_its_mode(tmp_path: Path) -> None:
    """Whatever a crash left under the temporary name, the file that takes its place is private."""
    (tmp_path / ".latch.new").write_bytes(b"half of something longer")
    (tmp_path / ".latch.new").chmod(0o666)
    kept.write(tmp_path / "latch", b"muted")
    assert kept.read(tmp_path / "latch") == b"muted"
    assert stat.S_IMODE((tmp_path / "latch").stat().st_mode) == 0o600


def test_a_file_that_is_not_there_is_nothing(tmp_path: Path) -> None:
    """Absence is not an error: nobody has set anything yet."""
    assert kept.read(tmp_path / "latch") is None


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """The limit holds to the byte, so that a damaged file cannot fill the memory."""
    kept.write(tmp_path / "memory", bytes(10))
    assert kept.read(tmp_path / "memory", largest=10) == bytes(10)
    with pytest.raises(StateError, match="larger than 9 bytes"):
        kept.read(tmp_path / "memory", largest=9)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder in the place of a file is an error that says which, and an OSError for those who only know that."""
    with pytest.raises(StateError, match=r"cannot be read: Is a directory\n  hint: see who owns it"):
        kept.read(tmp_path)
    assert issubclass(StateError, OSError)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Nothing is made up: a missing state folder is one clear error."""
    with pytest.raises(StateError, match="cannot be written: No such file or directory"):
        kept.write(tmp_path / "nowhere" / "latch", b"muted")


def test_a_symbolic_link_is_never_written_through(tmp_path: Path) -> None:
    """A link under the temporary name cannot make the speaker overwrite another file."""
    (tmp_path / "victim").write_bytes(b"precious")
    (tmp_path / ".latch.new").symlink_to(tmp_path / "victim")
    with pytest.raises(StateError, match="cannot be written"):
        kept.write(tmp_path / "latch", b"muted")
    assert (tmp_path / "victim").read_bytes() == b"precious"
