"""The first start installs the very bundle that was meant, once, and takes away all that it needed for that."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import os
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/imager/keepmum-first-boot"
INSTALLER = """\
#!/usr/bin/env bash
printf '%s\\n' "$@" >"$(dirname "$FIRST_BOOT_OWN")/installed"
echo "install: at work"
[[ ! -e $FIRST_BOOT_BOOT/overlay ]] || echo "dtoverlay=pear" >>"$FIRST_BOOT_BOOT/config.txt"
[[ ! -e $FIRST_BOOT_BOOT/broken ]] || { echo "install: error: no room" >&2; exit 1; }
"""
SYSTEMCTL = """\
#!/usr/bin/env bash
echo "$*" >>"$(dirname "$FIRST_BOOT_OWN")/systemctl"
"""


@dataclass
class Pi:
    """A computer's files, as far as the script sees them."""

    at: Path

    def start(self) -> subprocess.CompletedProcess[str]:
        """Run the script as its unit does."""
        environ = {
            "PATH": f"{self.at / 'bin'}:{os.environ['PATH']}",
            "FIRST_BOOT_HERE": str(self.at / "here"),
            "FIRST_BOOT_BOOT": str(self.at / "boot"),
            "FIRST_BOOT_OWN": str(self.at / "own"),
            "FIRST_BOOT_UNIT": str(self.at / "unit"),
            "FIRST_BOOT_WORK": str(self.at / "work"),
            "FIRST_BOOT_RETRIES": "0",
        }
        words = ["bash", str(SCRIPT)]
        return subprocess.run(words, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def told(self, name: str) -> list[str]:
        """What was said to a program, line by line; empty if it was never started."""
        file = self.at / name
        return file.read_text().splitlines() if file.exists() else []

    @property
    def is_clean(self) -> bool:
        """Whether nothing of the first start is left."""
        left = [*self.at.glob("work/*"), *self.at.glob("boot/keepmum*")]
        return not left and not any((self.at / name).exists() for name in ("here", "own", "unit"))


def bundle(to: Path) -> str:
    """A bundle with an installer that only writes down how it was called; returns its hash."""
    with tarfile.open(to, "w") as archive:
        member = tarfile.TarInfo("source/scripts/install")
        member.size, member.mode = len(INSTALLER), 0o755
        archive.addfile(member, io.BytesIO(INSTALLER.encode()))
    return hashlib.sha256(to.read_bytes()).hexdigest()


@pytest.fixture
def pi(tmp_path: Path) -> Pi:
    """One on its first start, with a bundle on the card."""
    for name in ("here", "boot", "work", "bin"):
        (tmp_path / name).mkdir()
    for name, text in {"own": "", "unit": "", "boot/config.txt": "a=b\n", "boot/cmdline.txt": "quiet\n"}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "bin/systemctl").write_text(SYSTEMCTL)
    (tmp_path / "bin/systemctl").chmod(0o755)
    (tmp_path / "here/sha256").write_text(bundle(tmp_path / "boot/keepmum.bundle") + "\n")
    (tmp_path / "here/words").write_text("--board\nnone\n--broker-user\no'hara $(id) *\n")
    return Pi(tmp_path)


def test_it_installs_with_the_answers_and_goes_away(pi: Pi) -> None:
    """Each answer is one argument, whatever is in it; then answers, bundle, password, unit and script are gone."""
    (pi.at / "boot/keepmum-broker-password").write_text("secret\n")
    done = pi.start()
    assert done.returncode == 0, done.stderr
    words = [
        "--from",
        str(pi.at / "boot/keepmum.bundle"),
        "--yes",
        "--board",
        "none",
        "--broker-user",
        "o'hara $(id) *",
    ]
    assert pi.told("installed") == words
    assert pi.is_clean
    assert pi.told("systemctl") == ["--quiet disable keepmum-first-boot.service", "daemon-reload"]
    assert "muted until somebody holds its button" in done.stdout


def test_it_starts_again_if_the_board_needs_that(pi: Pi) -> None:
    """An overlay in config.txt counts from the next start on."""
    (pi.at / "boot/overlay").touch()
    pi.start()
    assert pi.told("systemctl")[-1] == "--no-block reboot"


def test_an_installation_that_fails_is_tried_again(pi: Pi) -> None:
    """All stays, and what it said lies on the card; the second start succeeds, and takes that away."""
    (pi.at / "boot/broken").touch()
    assert pi.start().returncode != 0
    assert (pi.at / "boot/keepmum-first-boot.txt").read_text().splitlines()[-1] == "install: error: no room"
    assert (pi.at / "here/words").exists()
    assert not pi.told("systemctl")
    (pi.at / "boot/broken").unlink()
    assert pi.start().returncode == 0
    assert pi.is_clean


@pytest.mark.parametrize("how", ["flipped", "cut", "missing", "empty"])
def test_another_bundle_than_the_one_that_was_meant_is_not_opened(pi: Pi, how: str) -> None:
    """Nothing of it runs, and the card says what to do."""
    file = pi.at / "boot/keepmum.bundle"
    content = file.read_bytes()
    {
        "flipped": lambda: file.write_bytes(content[:600] + bytes([content[600] ^ 1]) + content[601:]),
        "cut": lambda: file.write_bytes(content[:5000]),
        "missing": file.unlink,
        "empty": lambda: file.write_bytes(b""),
    }[how]()
    assert pi.start().returncode != 0
    assert not pi.told("installed")
    assert "error" in (pi.at / "boot/keepmum-first-boot.txt").read_text()
    assert (pi.at / "here/words").exists()
    assert not list((pi.at / "work").iterdir())


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A web server that does not talk."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a web server on this computer, and its folder is `web`."""
    (tmp_path / "web").mkdir()
    handler = functools.partial(Quiet, directory=str(tmp_path / "web"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()
        thread.join()


def test_a_bundle_can_be_fetched(pi: Pi, server: str) -> None:
    """Then none lies on the card, before or after."""
    (pi.at / "boot/keepmum.bundle").rename(pi.at / "web/pear & plum.bundle")
    (pi.at / "here/address").write_text(f"{server}/pear%20&%20plum.bundle\n")
    done = pi.start()
    assert done.returncode == 0, done.stdout + done.stderr
    assert pi.told("installed")[2] == "--yes"
    assert pi.is_clean


def test_what_is_fetched_must_be_what_was_meant(pi: Pi, server: str) -> None:
    """Whoever answers at that address cannot choose what runs."""
    (pi.at / "boot/keepmum.bundle").unlink()
    (pi.at / "web/pear.bundle").write_bytes(b"another")
    (pi.at / "here/address").write_text(f"{server}/pear.bundle\n")
    assert pi.start().returncode != 0
    assert not pi.told("installed")


def test_an_address_that_has_nothing_is_an_error(pi: Pi, server: str) -> None:
    """And the next try begins anew."""
    (pi.at / "here/address").write_text(f"{server}/gone\n")
    assert pi.start().returncode != 0
    assert "404" in (pi.at / "boot/keepmum-first-boot.txt").read_text()
    assert not pi.told("installed")
    assert not list((pi.at / "work").iterdir())
