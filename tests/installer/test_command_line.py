"""The installer as people start it: what they type, what they read, and how it ends."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from pretend_speaker import ROOT, UBUNTU, Desk, tree


def command(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The installer as people start it, under the Python that runs the tests."""
    environment = {"PATH": "/usr/bin:/bin", **more}
    return subprocess.run(
        [sys.executable, "-I", "-B", str(ROOT / "scripts/installer"), *words],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--keep-state",), "--keep-state goes with --uninstall"),
        (("--broker-user", "x"), "--broker-user goes with --broker HOST"),
        (("--bundle", "x", "--check"), "--bundle goes alone"),
        (("--for", "trixie-aarch64"), "--for goes with --bundle"),
        (("--pear",), "unrecognized arguments: --pear"),
    ],
)
def test_a_wrong_use_ends_with_two(words: tuple[str, ...], said: str) -> None:
    """One line that says what goes with what."""
    done = command(*words)
    assert done.returncode == 2
    assert said in done.stderr


def test_an_error_is_two_lines_and_ends_with_one(desk: Desk) -> None:
    """What, and what to do; no traceback."""
    (desk.root / "etc/os-release").write_text(UBUNTU)
    done = command("--root", str(desk.root), "--yes")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "install: error: this is Ubuntu 24.04 LTS",
        "install: hint: keepmum is made for Debian 12 and 13, and Raspberry Pi OS of the same",
    ]


def test_without_sudo_it_says_so() -> None:
    """Somebody who is not root is told to use it; a look needs none."""
    if os.geteuid() != 0:
        done = command("--yes")
    else:
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-I", "-B"]
        done = subprocess.run(
            [*words, "-c", _AS_SOMEBODY, str(ROOT / "scripts/installer")], capture_output=True, text=True, check=False
        )
    assert "this needs root's rights" in done.stderr
    assert "run it with sudo" in done.stderr


_AS_SOMEBODY = """
import sys
sys.path.insert(0, sys.argv[1])
import machine, preflight, trouble
try:
    preflight.rights(machine.Machine())
except trouble.InstallError as error:
    print(error.told(), file=sys.stderr)
"""


@pytest.mark.parametrize("during", ["apt-get install", "python3 -I", "systemctl stop", "systemctl start"])
def test_a_signal_ends_it_after_the_program_that_runs(desk: Desk, during: str) -> None:
    """SIGTERM lets apt or pip come to an end; the exit status says which signal, and the same again completes it."""
    (desk.root / "etc/os-release").write_text(_this_python())
    (desk.root / "pretend/signal").write_text(during)
    words = ("--root", str(desk.root), "--yes")
    done = command(*words, HTTPS_PROXY="none")
    assert done.returncode == 128 + 15, done.stderr
    assert "the same command again goes on from here" in done.stderr
    done = command(*words, HTTPS_PROXY="none")
    assert done.returncode == 0, done.stderr
    assert "install: installed: " in done.stdout


def _this_python() -> str:
    """A system that comes with the Python of these tests; skips where no Debian does."""
    known = {"3.11": "12", "3.13": "13"}
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if here not in known:
        pytest.skip(f"no Debian that keepmum knows comes with Python {here}")
    return f'PRETTY_NAME="Debian"\nID=debian\nVERSION_ID="{known[here]}"\n'


def test_uninstalling_without_a_terminal_wants_a_word(desk: Desk) -> None:
    """Consents and ledger are not deleted by a script that did not say so."""
    desk.installs("--yes")
    before = tree(desk.root)
    done = command("--root", str(desk.root), "--uninstall")
    assert done.returncode == 1
    assert "--keep-state" in done.stderr
    assert tree(desk.root) == before
    done = command("--root", str(desk.root), "--uninstall", "--yes")
    assert done.returncode == 0, done.stderr
    assert not (desk.root / "opt/keepmum").exists()


def test_somebody_at_a_terminal_is_asked_three_things(desk: Desk) -> None:
    """The questions stand on a real terminal with their defaults; a slip is told, an empty line takes the default."""
    (desk.root / "etc/os-release").write_text(_this_python())
    ours, theirs = pty.openpty()
    words = [sys.executable, "-I", "-B", str(ROOT / "scripts/installer"), "--root", str(desk.root)]
    environment = {"PATH": "/usr/bin:/bin", "HTTPS_PROXY": "none"}
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as installer:
        os.close(theirs)
        os.write(ours, b"respeaker-2mic-v9\nrespeaker-2mic-v2\n\nnone\n")
        screen = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    assert installer.returncode == 0, screen
    assert "The board [respeaker-lite-usb]: " in screen
    assert "did you mean respeaker-2mic-v2?" in screen
    assert '  board: "respeaker-2mic-v2"\n' in desk.text("etc/keepmum/keepmum.yaml")
    assert '  phrases: ["alexa"]\n' in desk.text("etc/keepmum/keepmum.yaml")
    assert "[####" in screen


def _read(terminal: int) -> bytes:
    """What is on it; nothing once the other end is closed, which Linux tells as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def test_the_entry_starts_the_installer_of_its_own_checkout() -> None:
    """`scripts/install --help` works from anywhere, and shows the examples."""
    done = subprocess.run(
        [str(ROOT / "scripts/install"), "--help"], capture_output=True, text=True, check=False, cwd=Path("/")
    )
    assert done.returncode == 0, done.stderr
    assert "sudo scripts/install --uninstall" in done.stdout
