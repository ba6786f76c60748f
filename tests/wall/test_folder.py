"""Files are ours whole or not at all: written at once, readable by all, removed without a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepmum.errors import WallError
from keepmum.wall.dropin import MARK
from keepmum.wall.folder import Folder
from keepmum.wall.plan import EVERY, PLACE, TIMER, UPLINK, Change


def put(folder: Folder, name: str, text: str | None) -> None:
    folder.change([Change(name, None, text)])


def test_what_was_written_is_found_and_can_be_read_by_all(tmp_path: Path) -> None:
    """With the folders that are missing, and without a half file beside it."""
    folder = Folder(tmp_path)
    put(folder, UPLINK, f"{MARK}\n")
    there = tmp_path / PLACE.lstrip("/") / UPLINK
    assert (there.read_text(), there.stat().st_mode & 0o777) == (f"{MARK}\n", 0o644)
    assert [path.name for path in there.parent.iterdir()] == [there.name]
    assert folder.found() == dict.fromkeys(EVERY) | {UPLINK: f"{MARK}\n"}


def test_what_is_removed_leaves_no_empty_folder(tmp_path: Path) -> None:
    """But another's drop-in beside it stays."""
    folder = Folder(tmp_path)
    put(folder, UPLINK, MARK)
    put(folder, UPLINK, None)
    place = tmp_path / PLACE.lstrip("/")
    assert list(place.iterdir()) == []
    put(folder, UPLINK, MARK)
    (place / UPLINK).with_name("mine.conf").write_text("[Unit]\n")
    put(folder, UPLINK, None)
    assert [path.name for path in (place / UPLINK).parent.iterdir()] == ["mine.conf"]


@pytest.mark.parametrize("target", ["/dev/null", "elsewhere"])
def test_a_link_is_somebody_elses(tmp_path: Path, target: str) -> None:
    """systemctl mask makes one; following it would write somewhere else."""
    there = tmp_path / PLACE.lstrip("/") / TIMER
    there.parent.mkdir(parents=True)
    there.symlink_to(target)
    with pytest.raises(WallError, match="is a link") as caught:
        Folder(tmp_path).found()
    assert "unmask" in caught.value.hint


def test_a_folder_of_that_name_is_an_error_and_not_a_crash(tmp_path: Path) -> None:
    """With its name."""
    (tmp_path / PLACE.lstrip("/") / TIMER).mkdir(parents=True)
    with pytest.raises(WallError, match=TIMER):
        Folder(tmp_path).found()


def test_what_is_no_text_is_not_ours(tmp_path: Path) -> None:
    """It is found, as something that does not begin as ours do."""
    there = tmp_path / PLACE.lstrip("/") / TIMER
    there.parent.mkdir(parents=True)
    there.write_bytes(b"\xff\xfe\x00" * 10)
    found = Folder(tmp_path).found()[TIMER]
    assert found is not None
    assert not found.startswith(MARK)


def test_a_place_that_cannot_be_written_is_an_error_with_its_name(tmp_path: Path) -> None:
    """A file stands where the folder should."""
    (tmp_path / "etc").write_text("")
    with pytest.raises(WallError, match=UPLINK):
        put(Folder(tmp_path), UPLINK, MARK)
