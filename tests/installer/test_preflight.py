"""What cannot become a speaker is refused before anything is changed, with one clear error."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest
from pretend_speaker import UBUNTU, Desk, tree
from trouble import InstallError

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
