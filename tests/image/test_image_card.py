"""A card gets a bundle of which every byte was looked at, and files for its first start; or an error, and no change."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import card as cards
import pytest
import user_data
import yaml
from choices import Choices
from progress import Progress
from small_bundles import Members, meddled, named
from target import Target
from trouble import InstallError

from keepmum.boards.profile import Boot

CHOICES = Choices("none", Boot())


def write(to: Path, file: Path, said: Choices = CHOICES, address: str | None = None, network: str | None = None) -> str:
    """Write a card; return what was shown."""
    shown = io.StringIO()
    cards.write(to, said, file, address=address, network=network, progress=Progress(shown))
    return shown.getvalue()


def refused(to: Path, file: Path) -> str:
    """What is said about it; asserts that nothing on the card has changed."""
    before = {path: path.read_bytes() for path in to.rglob("*")} if to.is_dir() else {}
    with pytest.raises(InstallError) as caught:
        write(to, file)
    assert ({path: path.read_bytes() for path in to.rglob("*")} if to.is_dir() else {}) == before
    return f"{caught.value.what}; {caught.value.hint}"


def test_a_card_gets_its_bundle_and_its_first_start(card: Path, small: Path) -> None:
    """The bundle as it is, its hash in user-data, and nothing else but what was there."""
    before = {path.name for path in card.iterdir()}
    shown = write(card, small)
    assert {path.name for path in card.iterdir()} == before | {"keepmum.bundle", "user-data"}
    assert (card / "keepmum.bundle").read_bytes() == small.read_bytes()
    files = {file["path"]: file["content"] for file in yaml.safe_load((card / "user-data").read_text())["write_files"]}
    assert files[f"{user_data.HERE}/sha256"].strip() == cards.digest(small)
    assert "bundle" in shown


def test_a_card_that_fetches_gets_no_bundle(card: Path, small: Path) -> None:
    """But the address, and the hash of what has to come from there."""
    write(card, small, address="https://pear.example/keepmum.bundle")
    assert not (card / "keepmum.bundle").exists()
    assert "https://pear.example/keepmum.bundle" in (card / "user-data").read_text()


def test_a_password_and_a_wifi_are_files_of_their_own(card: Path, small: Path) -> None:
    """The one is deleted after the first start; the other is read by cloud-init."""
    write(
        card, small, Choices("none", Boot(), broker="pear", user="anna", password="s3: cret"), network="network: {}\n"
    )
    assert (card / "keepmum-broker-password").read_text() == "s3: cret\n"
    assert (card / "network-config").read_text() == "network: {}\n"
    assert "s3: cret" not in (card / "user-data").read_text()


def test_twice_is_as_once(card: Path, small: Path) -> None:
    """Whoever forgot something runs it again."""
    write(card, small)
    once = {path.name: path.read_bytes() for path in card.iterdir()}
    write(card, small)
    assert {path.name: path.read_bytes() for path in card.iterdir()} == once


def test_an_empty_folder_will_do(tmp_path: Path, small: Path) -> None:
    """For an imager that takes the files from there; and the same folder again."""
    (tmp_path / "files").mkdir()
    write(tmp_path / "files", small)
    write(tmp_path / "files", small)
    assert {path.name for path in (tmp_path / "files").iterdir()} == {"keepmum.bundle", "user-data"}


def test_another_folder_is_not_written_to(tmp_path: Path, small: Path) -> None:
    """A slip in the path must not litter a home."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home/letter.txt").write_text("Dear")
    assert "no boot partition" in refused(tmp_path / "home", small)
    assert "no folder" in refused(tmp_path / "gone", small)


def test_a_system_without_cloud_init_is_named(card: Path, small: Path) -> None:
    """Raspberry Pi OS before Trixie would start as if nothing had been written."""
    (card / "meta-data").unlink()
    assert "Trixie" in refused(card, small)


def test_a_bundle_for_another_system_is_refused(card: Path, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With both names."""
    monkeypatch.setattr(cards, "FOR", Target("trixie", "x86_64"))
    assert "trixie on aarch64, and a card needs one for trixie on x86_64" in refused(card, small)


def test_a_bundle_with_a_flipped_byte_is_refused_here(card: Path, small: Path) -> None:
    """And not on the first start, where nobody would read why."""
    content = small.read_bytes()
    at = content.index(b"a package\n")
    small.write_bytes(content[:at] + b"A" + content[at + 1 :])
    assert "is not what was put into the bundle" in refused(card, small)


def test_a_bundle_that_would_write_elsewhere_is_refused(card: Path, small: Path) -> None:
    """Though its manifest and all its files are right."""

    def more(members: Members) -> Members:
        return [*members, named("../../etc/passwd", b"root::0:0\n")]

    assert "etc/passwd" in refused(card, meddled(small, more))


def test_a_bundle_that_is_missing_or_cut_short_is_refused(card: Path, small: Path) -> None:
    """Each with its name."""
    assert str(card / "gone") in refused(card, card / "gone")
    small.write_bytes(small.read_bytes()[:3000])
    assert str(small) in refused(card, small)


def test_a_full_card_says_how_much_is_missing(card: Path, small: Path) -> None:
    """And keeps what was on it."""
    words = ["mount", "-t", "tmpfs", "-o", "size=64k", "keepmum-test", str(card)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        (card / "config.txt").touch()
        (card / "user-data").write_text("#cloud-config\nhostname: kitchen\n")
        assert "MB are needed" in refused(card, small)
    finally:
        subprocess.run(["umount", str(card)], check=True)


def test_a_user_data_that_is_no_text_is_left_alone(card: Path, small: Path) -> None:
    """It may be somebody's, packed in another way that cloud-init knows."""
    (card / "user-data").write_bytes(b"\x1f\x8b\x08\xff\xfe")
    assert "cannot be read" in refused(card, small)
