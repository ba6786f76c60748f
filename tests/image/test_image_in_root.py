"""The stage's script, run in a Debian as pi-gen runs it, makes an image that begins as a speaker; without any network.

With the Debians of tests/boot, so on this computer's own kind of processor. Only where KEEPMUM_BOOT says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "boot"))  # it is no package

import boot_root

_WHY = "it installs keepmum in two Debians as root, for some minutes: sudo scripts/test --boot"
_REASON = boot_root.wanting() if os.environ.get("KEEPMUM_BOOT") else _WHY
pytestmark = [pytest.mark.boot, pytest.mark.skipif(bool(_REASON), reason=_REASON)]

SCRIPT = Path(__file__).parents[2] / "scripts/imager/stage-keepmum/00-install/01-run-chroot.sh"
WORDS = "--board\nrespeaker-2mic-v2\n--broker\nnone\n--wake\nhey computer\n"
FILES = {
    "boot/firmware/config.txt": "dtparam=audio=on\n\n[pi5]\ndtparam=pciex1\n",
    "boot/firmware/cmdline.txt": "console=tty1 root=PARTUUID=1 rootwait\n",
    "var/lib/keepmum-stage/words": WORDS,
}

ON_CHROOT = """
set -e
mount --make-rprivate /
mount -t proc proc "$1/proc"
mount -t sysfs sysfs "$1/sys"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/run"
mount -t tmpfs tmpfs "$1/tmp"
exec chroot "$1" bash -e
"""
"""As `on_chroot` in pi-gen's scripts/common."""


class Image:
    """A Debian that has been through the stage."""

    def __init__(self, suite: str, at: Path) -> None:
        self.suite, self.root = suite, at / "root"
        for name in ("root", "written", "work"):
            (at / name).mkdir()
        layers = f"lowerdir={boot_root.root(suite)},upperdir={at / 'written'},workdir={at / 'work'}"
        subprocess.run(["mount", "-t", "overlay", "-o", layers, "keepmum-test", str(self.root)], check=True)
        for name, text in FILES.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)
        content = boot_root.bundle(suite).read_bytes()
        (self.root / "var/lib/keepmum-stage/keepmum.bundle").write_bytes(content)
        words = ["unshare", "--net", "--mount", "bash", "-c", ON_CHROOT, "on_chroot", str(self.root)]
        self.done = subprocess.run(
            words, input=SCRIPT.read_text(), capture_output=True, text=True, check=False, timeout=1200
        )

    def text(self, name: str) -> str:
        """A file of it."""
        return (self.root / name).read_text()


@pytest.fixture(scope="module", params=boot_root.SUITES)
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Debian 12, and Debian 13."""
    at = tmp_path_factory.mktemp(request.param)
    try:
        made = Image(request.param, at)
        yield made
    finally:
        subprocess.run(["umount", str(at / "root")], check=False)


def test_the_stage_succeeds_without_a_network(image: Image) -> None:
    """With the bundle alone."""
    assert image.done.returncode == 0, image.done.stdout[-3000:] + image.done.stderr[-2000:]
    assert "installed:" in image.done.stdout


def test_keepmum_begins_with_the_first_start(image: Image) -> None:
    """A release is in use, and its target is wanted by the system."""
    assert (image.root / "opt/keepmum/current/bin/keepmum").is_file()
    assert (image.root / "etc/systemd/system/multi-user.target.wants/keepmum.target").is_symlink()


def test_the_answers_are_in_force(image: Image) -> None:
    """The board in config.txt, in a block of its own, and the owner's settings."""
    config = image.text("boot/firmware/config.txt")
    assert config.startswith(FILES["boot/firmware/config.txt"])
    assert "[all]\ndtparam=i2c_arm=on\n" in config
    assert '"hey computer"' in image.text("etc/keepmum/keepmum.yaml")


def test_nothing_is_agreed_to_and_nothing_listens_on_the_network(image: Image) -> None:
    """There is no state yet, so that the speaker begins muted; and the page in a browser is not enabled."""
    assert not (image.root / "var/lib/keepmum/privacy.json").exists()
    assert not list((image.root / "etc/systemd/system").rglob("keepmum-panel.socket"))


def test_the_stage_leaves_nothing_of_its_own(image: Image) -> None:
    """Neither the bundle, nor what it was unpacked to."""
    assert not (image.root / "var/lib/keepmum-stage").exists()
    assert not list((image.root / "var/tmp").glob("keepmum*"))
