"""Apt sees the packages of a bundle through its index, without any network, and no others."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts/installer"))  # it is no package: it runs from its folder

import debs
from target import Target
from trouble import InstallError

pytestmark = pytest.mark.skipif(
    not (shutil.which("apt-get") and shutil.which("dpkg-deb")), reason="apt and dpkg are Debian's"
)


def package(into: Path, name: str, more: str = "") -> Path:
    """A package with nothing in it."""
    tree = into / f"tree-{name}"
    (tree / "DEBIAN").mkdir(parents=True)
    about = f"Package: {name}\nVersion: 1:2.0\nArchitecture: all\nMaintainer: nobody\nDescription: a test\n{more}"
    (tree / "DEBIAN/control").write_text(about)
    file = into / f"{name}_1%3a2.0_all.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", str(tree), str(file)], check=True, capture_output=True)
    shutil.rmtree(tree)
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An opened bundle with two packages, of which one needs the other."""
    (tmp_path / "debs").mkdir()
    package(tmp_path / "debs", "keepmum-pear", "Depends: keepmum-plum (>= 1:1.0)\n")
    package(tmp_path / "debs", "keepmum-plum")
    debs.write_index(tmp_path / "debs")
    tmp_path.chmod(0o755)
    return tmp_path


def asked(folder: Path, *words: str) -> str:
    """What apt says, its whole state in a folder of the test."""
    (folder / "status").touch()
    ours = [f"-o=Dir::State::Status={folder / 'status'}", "-o=APT::Sandbox::User=root", "-o=Debug::NoLocking=true"]
    command = [words[0], *debs.options(folder), *ours, *words[1:]]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_apt_installs_what_a_package_needs_from_the_bundle(folder: Path) -> None:
    """Naming one package brings the other, as it would from a mirror."""
    asked(folder, "apt-get", "update")
    said = asked(folder, "apt-get", "install", "--simulate", "keepmum-pear")
    assert "Inst keepmum-plum" in said
    assert "Inst keepmum-pear" in said


def test_apt_sees_nothing_else(folder: Path) -> None:
    """The system's own sources would ask the network, and hang where there is none."""
    asked(folder, "apt-get", "update")
    assert asked(folder, "apt-cache", "pkgnames").split() == ["keepmum-pear", "keepmum-plum"]


def download(folder: Path) -> str:
    """Let apt take a package, which it checks against the index, into a cache of the test."""
    (folder / "cache/archives/partial").mkdir(parents=True)
    cache = f"-o=Dir::Cache={folder / 'cache'}"
    return asked(folder, "apt-get", "install", "--download-only", "-y", cache, "keepmum-plum")


def test_a_package_with_an_epoch_in_its_name_is_found(folder: Path) -> None:
    """Debian writes the colon of `1:2.0` as %3a, which apt could take for an escape."""
    asked(folder, "apt-get", "update")
    assert "Download complete" in download(folder)


def test_a_package_that_changed_after_the_index_is_not_installed(folder: Path) -> None:
    """Apt compares it with the hash in the index, too."""
    asked(folder, "apt-get", "update")
    file = folder / "debs/keepmum-plum_1%3a2.0_all.deb"
    file.write_bytes(b"?" * file.stat().st_size)
    with pytest.raises(subprocess.CalledProcessError) as caught:
        download(folder)
    assert "mismatch" in caught.value.stderr


def test_what_is_no_package_is_named(tmp_path: Path) -> None:
    """Because apt would only skip it."""
    (tmp_path / "pear_1_all.deb").write_bytes(b"no package")
    with pytest.raises(InstallError, match=r"pear_1_all\.deb is no package"):
        debs.write_index(tmp_path)


def test_packages_come_from_signed_archives_of_that_debian() -> None:
    """Each line names the keys that it is checked with, and the codename that was asked for."""
    if not debs.KEYS.exists():
        pytest.skip("debian-archive-keyring is not installed")
    lines = debs.sources(Target("trixie", "x86_64")).splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"deb [signed-by={debs.KEYS}] http") and "trixie" in line for line in lines)
