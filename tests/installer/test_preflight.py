"""What cannot become a speaker is refused before anything is changed, with one clear error."""

from __future__ import annotations

import os
import pty
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pretend_speaker import ROOT, Desk, tree
from trouble import InstallError

UBUNTU = 'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n'
ELEVEN = 'PRETTY_NAME="Raspbian GNU/Linux 11 (bullseye)"\nID=raspbian\nVERSION_ID="11"\n'
TESTING = 'PRETTY_NAME="Debian GNU/Linux forky/sid"\nID=debian\n'


def refused(desk: Desk, *words: str) -> InstallError:
    """The error; asserts that nothing was changed."""
    before = tree(desk.root)
    with pytest.raises(InstallError) as caught:
        desk.installs(*words)
    assert tree(desk.root) == before
    assert "\n" not in caught.value.what
    return caught.value


@pytest.mark.parametrize("system", [UBUNTU, ELEVEN, TESTING, ""])
def test_other_systems_are_refused_by_name(desk: Desk, system: str) -> None:
    """Ubuntu, an older or a newer Debian, and one that says nothing of itself."""
    (desk.root / "etc/os-release").write_text(system)
    error = refused(desk, "--yes")
    assert error.what.startswith("this is " + (system.split('"')[1] if system else "a system without"))
    assert "Debian 12 and 13" in error.hint


def test_a_userland_of_32_bits_is_refused_though_its_kernel_has_64(desk: Desk) -> None:
    """As Raspberry Pi OS (32-bit) has it on a Pi 4: the reason is named."""
    (desk.root / "pretend/architecture").write_text("armhf\n")
    error = refused(desk, "--yes")
    assert "its programs are armhf, though its kernel is one of 64 bits" in error.what
    assert "(64-bit)" in error.hint


def test_another_python_than_debians_is_refused(desk: Desk) -> None:
    """The wheels are pinned for the Python that the system came with."""
    (desk.root / "etc/os-release").write_text('PRETTY_NAME="Debian 13"\nID=debian\nVERSION_ID="13"\n')
    assert "Python 3.11, and trixie comes with 3.13" in refused(desk, "--yes").what


def test_a_wrong_board_is_refused_before_anything_is_fetched(desk: Desk) -> None:
    """With the name that was meant."""
    assert refused(desk, "--board", "respeaker-2mic-v3").hint == "did you mean respeaker-2mic-v2?"


def test_no_network_is_one_clear_error(desk: Desk) -> None:
    """It says what cannot be reached, and that there is a way without."""
    desk.reached = "No route to host"
    error = refused(desk, "--yes")
    assert error.what == "pypi.org cannot be reached: No route to host"
    assert "--bundle" in error.hint


def test_a_network_is_not_needed_for_what_is_there(desk: Desk) -> None:
    """The same again, and a repair, work offline."""
    desk.installs("--yes")
    desk.reached = "No route to host"
    (desk.root / "usr/local/bin/keepmum").unlink()
    desk.installs("--yes")
    assert (desk.root / "usr/local/bin/keepmum").is_symlink()


def test_the_index_of_this_system_is_asked(desk: Desk) -> None:
    """A household with an index of its own needs no other."""
    asked: list[tuple[str, int]] = []
    machine = desk.machine()
    machine.reached = lambda host, port: asked.append((host, port))
    (desk.root / "etc/pip.conf").write_text("[global]\nindex-url = http://index.lan:3141/root\n")
    import preflight

    preflight.network(machine)
    assert asked == [("index.lan", 3141)]


def test_a_port_that_nobody_has_is_not_reached() -> None:
    """The real look: a port of this computer that is open, and one that is closed again."""
    from machine import reached

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert reached("127.0.0.1", port) is None
    assert reached("127.0.0.1", port) == "Connection refused"


def test_a_full_disk_is_refused_with_what_is_missing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is written: how much is free, and how much is needed."""
    import preflight

    monkeypatch.setitem(preflight.NEEDED, "/opt", 10**12)
    error = refused(desk, "--yes")
    assert "MB free, and up to 1000000000" in error.what
    assert "make room" in error.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_disk_that_fills_up_meanwhile_leaves_what_a_second_run_completes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a real file system of 60 KB: the error names the file, and with room the same command succeeds."""
    import preflight

    monkeypatch.setattr(preflight, "NEEDED", {})
    opt = desk.root / "opt"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60k", "tmpfs", str(opt)], check=True)
    try:
        with pytest.raises(InstallError, match=r"the disk is full|cannot be") as caught:
            desk.installs("--yes")
        assert caught.value.hint
        assert not (opt / "keepmum/current").exists()
        subprocess.run(["mount", "-o", "remount,size=10m", str(opt)], check=True)
        desk.installs("--yes")
        assert (opt / "keepmum/current").exists()
    finally:
        subprocess.run(["umount", str(opt)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk read-only")
def test_a_read_only_boot_partition_is_refused(pi: Desk) -> None:
    """Before anything is changed, with the command that helps."""
    boot = str(pi.root / "boot/firmware")
    subprocess.run(["mount", "--bind", boot, boot], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", boot], check=True)
        error = refused(pi, "--yes")
        assert "mounted read-only" in error.what
        assert "remount,rw" in error.hint
    finally:
        subprocess.run(["umount", boot], check=True)


def test_two_at_once_are_one_too_many(desk: Desk) -> None:
    """The second one is told, and changes nothing."""
    import install

    machine = desk.machine()
    with (
        install.alone(machine),
        pytest.raises(InstallError, match="another scripts/install runs"),
        install.alone(machine),
    ):
        pass


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


def test_a_debian_without_pip_is_one_clear_error(desk: Desk) -> None:
    """It comes with python3-venv; somebody has taken it away."""
    (desk.root / "usr/share/python-wheels/pip-23.0.1-py3-none-any.whl").unlink()
    with pytest.raises(InstallError, match="pip is not on this machine") as caught:
        desk.installs("--yes")
    assert "apt-get install" in caught.value.hint
    assert list((desk.root / "opt/keepmum/releases").iterdir()) == []


def test_packages_that_no_source_has_are_named(desk: Desk) -> None:
    """With the network's own words if that is the reason, and without if it is the sources."""
    (desk.root / "pretend/offered").write_text("")
    with pytest.raises(InstallError, match=r"apt does not know espeak-ng, libportaudio2, python3-venv$") as caught:
        desk.installs("--yes")
    assert "sources" in caught.value.hint
    (desk.root / "pretend/offline").touch()
    with pytest.raises(InstallError, match="E: Failed to fetch") as caught:
        desk.installs("--yes")
    assert "--bundle" in caught.value.hint


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
