"""The stage for pi-gen has the files that pi-gen looks for, in good bash, with the answers and the bundle in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import small_bundles
import stage
from choices import Choices
from target import Target
from trouble import InstallError

from keepmum.boards.profile import Boot

IMAGER = Path(stage.__file__).parent
SCRIPTS = (
    *sorted((IMAGER / stage.NAME).rglob("*.sh")),
    IMAGER / "keepmum-first-boot",
    IMAGER / stage.NAME / "EXPORT_IMAGE",
)


def test_the_stage_is_as_pi_gen_wants_it(tmp_path: Path, small: Path) -> None:
    """A begin that can run, an image of its own, scripts numbered in their order, and the two files that they need."""
    made = stage.write(tmp_path / "gen", Choices("laptop", Boot(), wake="hey computer"), small)
    found = {str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()}
    assert found == {
        *("EXPORT_IMAGE", "prerun.sh", "00-install/00-run.sh", "00-install/01-run-chroot.sh"),
        *("00-install/files/keepmum.bundle", "00-install/files/words"),
    }
    assert os.access(made / "prerun.sh", os.X_OK)
    assert os.access(made / "00-install/00-run.sh", os.X_OK)
    words = ["--board", "laptop", "--broker", "none", "--wake", "hey computer"]
    assert (made / "00-install/files/words").read_text().splitlines() == words


def test_all_of_it_is_good_bash() -> None:
    """shellcheck has nothing to say, but that pi-gen gives a variable and a function from outside."""
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed: apt-get install shellcheck")
    words = ["shellcheck", "--shell=bash", "--exclude=SC2034,SC2154", *map(str, SCRIPTS)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_pi_gens_own_steps_put_the_files_into_the_image(tmp_path: Path, small: Path) -> None:
    """The script outside the image, run as pi-gen runs it: from its folder, with the image's root in ROOTFS_DIR."""
    made = stage.write(tmp_path / "gen", Choices("none", Boot()), small)
    root = tmp_path / "root"
    (root / "var/lib").mkdir(parents=True)
    environ = {"PATH": os.environ["PATH"], "ROOTFS_DIR": str(root)}
    subprocess.run(["./00-run.sh"], cwd=made / "00-install", env=environ, check=True)
    there = root / "var/lib/keepmum-stage"
    assert {path.name for path in there.iterdir()} == {"keepmum.bundle", "words"}
    assert there.stat().st_mode & 0o777 == 0o700


def test_a_password_is_not_put_into_an_image(tmp_path: Path, small: Path) -> None:
    """Every card of it would have the same one."""
    with pytest.raises(InstallError, match="password"):
        stage.write(tmp_path, Choices("none", Boot(), broker="pear", user="anna", password="secret"), small)
    assert not (tmp_path / stage.NAME).exists()


def test_a_stage_that_is_there_is_not_overwritten(tmp_path: Path, small: Path) -> None:
    """It may have been changed by hand."""
    stage.write(tmp_path / "gen", Choices("none", Boot()), small)
    with pytest.raises(InstallError, match="is there already"):
        stage.write(tmp_path / "gen", Choices("none", Boot()), small)


def test_a_bundle_for_another_computer_is_refused(tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pi-gen makes images for the Pi alone."""
    monkeypatch.setattr(small_bundles, "Target", lambda *_: Target("trixie", "x86_64"))
    (tmp_path / "pc").mkdir()
    with pytest.raises(InstallError, match="not for a Raspberry Pi"):
        stage.write(tmp_path / "gen", Choices("none", Boot()), small_bundles.whole(tmp_path / "pc"))
