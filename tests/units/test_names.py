"""Every user, socket, folder and program that a unit names is there, under the name that the software uses."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from keepmum import cli
from keepmum.messages import TABLE
from keepmum.settings import FolderSettings

sys.path.insert(0, str(Path(__file__).parent))

from unit_files import DOORS, FOLDER, ROLES, SERVICES, UNITS, settings, values

DEBIANS = {"audio", "plugdev"}
"""Groups that every Debian has (base-passwd)."""
DEBIANS_UNITS = {
    "multi-user.target", "network.target", "sound.target", "time-set.target",
    "modprobe@snd.service", "modprobe@spidev.service", "modprobe@ws2812_pio_rp1.service",
}  # fmt: skip
SYSUSERS = (FOLDER / "keepmum.sysusers").read_text()
TMPFILES = (FOLDER / "keepmum.tmpfiles").read_text()


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


def one(path: Path, key: str) -> str:
    """The only value that a unit gives to a key."""
    (found,) = (setting.value for setting in settings(path.read_text()) if setting.key == key)
    return found


def test_each_process_has_a_user_of_its_own() -> None:
    """Process, unit, user and group have one name."""
    users = [row[1] for row in rows(SYSUSERS) if row[0] == "u"]
    assert users == [f"keepmum-{role}" for role in ROLES]
    assert [(one(path, "User"), one(path, "Group")) for path in SERVICES] == [(user, user) for user in users]


def test_every_group_is_made_or_is_debians() -> None:
    """A group that nobody makes would stop a service or a door from starting."""
    made = {row[1] for row in rows(SYSUSERS)}
    asked = {group for path in SERVICES for group in values(path.read_text(), "SupplementaryGroups")}
    asked |= {one(door, "SocketGroup") for door in DOORS} | {row[4] for row in rows(TMPFILES)} - {"root"}
    assert asked - made - DEBIANS == set()


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd-sysusers is not installed here")
def test_systemd_makes_the_users_without_a_complaint(tmp_path: Path) -> None:
    """None of them can log in."""
    (tmp_path / "etc").mkdir()
    command = ["systemd-sysusers", f"--root={tmp_path}", str(FOLDER / "keepmum.sysusers")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert [line for line in done.stderr.splitlines() if not line.startswith("Creating ")] == []
    shells = {line.split(":")[0]: line.split(":")[-1] for line in (tmp_path / "etc/passwd").read_text().splitlines()}
    assert set(shells) == {f"keepmum-{role}" for role in ROLES}
    assert {Path(shell).name for shell in shells.values()} == {"nologin"}


@pytest.mark.skipif(shutil.which("systemd-tmpfiles") is None, reason="systemd-tmpfiles is not installed here")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give folders away")
def test_systemd_makes_the_folders_without_a_complaint(tmp_path: Path) -> None:
    """The doors' folder is everybody's to enter, the outbox the listener's alone."""
    (tmp_path / "etc").mkdir()
    for tool, *words in (("sysusers",), ("tmpfiles", "--create")):
        command = [f"systemd-{tool}", *words, f"--root={tmp_path}", str(FOLDER / f"keepmum.{tool}")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    run, outbox = tmp_path / "run/keepmum", tmp_path / "run/keepmum/outbox"
    assert [path.stat().st_mode & 0o777 for path in (run, outbox)] == [0o755, 0o700]
    listener = next(line for line in (tmp_path / "etc/passwd").read_text().splitlines() if "listener" in line)
    assert [path.stat().st_uid for path in (run, outbox)] == [0, int(listener.split(":")[2])]


def test_there_is_a_door_for_each_role_and_no_other() -> None:
    """The table of messages, the sockets and what the listener waits for agree."""
    doors = {door.name for door in DOORS}
    assert set(TABLE) == set(ROLES) - {"listener"}
    assert {unit.name for unit in UNITS if unit.name.endswith("-door.socket")} == doors
    assert set(values(SERVICES[0].read_text(), "Requires")) == doors


@pytest.mark.parametrize("role", ROLES[1:])
def test_a_door_stands_where_its_role_looks_for_it(role: str) -> None:
    """Path, name, group and service: the path is the role."""
    door = FOLDER / f"keepmum-{role}-door.socket"
    assert one(door, "ListenSequentialPacket") == f"{FolderSettings().run}/{role}.sock"
    assert one(door, "FileDescriptorName") == role
    assert one(door, "SocketGroup") == f"keepmum-{role}"
    assert (one(door, "SocketUser"), one(door, "SocketMode")) == ("root", "0660")
    assert one(door, "Service") == SERVICES[0].name


def test_no_unit_but_the_page_listens_on_the_network() -> None:
    """And the page is not enabled with the rest: somebody has to ask for it."""
    streams = {unit.name for unit in UNITS for each in settings(unit.read_text()) if each.key == "ListenStream"}
    assert streams == {"keepmum-panel.socket"}
    assert "any" in values((FOLDER / "keepmum-panel.socket").read_text(), "IPAddressDeny")
    asking = {unit.name for unit in UNITS if "keepmum-panel.socket" in values(unit.read_text(), "Wants")}
    asking |= {unit.name for unit in UNITS if "keepmum-panel.socket" in values(unit.read_text(), "Requires")}
    assert asking == {"keepmum-panel.service"}


def test_every_unit_that_is_named_is_there() -> None:
    """Ours, or one of Debian's."""
    keys = ("Requires", "Wants", "After", "PartOf", "Conflicts", "Service", "WantedBy")
    named = {word for unit in UNITS for key in keys for word in values(unit.read_text(), key)}
    assert named - {unit.name for unit in UNITS} - DEBIANS_UNITS == set()


def test_the_folders_are_those_of_the_settings() -> None:
    """What the software uses when the owner says nothing is what the unit gives it."""
    listener = SERVICES[0].read_text()
    made = {row[1] for row in rows(TMPFILES)}
    assert {str(FolderSettings().run), str(FolderSettings().outbox)} == made
    assert values(listener, "BindPaths") == values(listener, "ReadWritePaths") == [str(FolderSettings().outbox)]
    assert [f"/var/lib/{name}" for name in values(listener, "StateDirectory")] == [str(FolderSettings().state)]
    moment = values(listener, "Environment")[0].removeprefix("TMPDIR=")
    assert any(each.startswith(f"{moment}:") for each in values(listener, "TemporaryFileSystem"))


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_every_program_that_is_run_is_there(path: Path) -> None:
    """Python from the release in use, a module of keepmum, and words that the command knows."""
    for each in settings(path.read_text()):
        if not each.key.startswith("Exec") or each.key.endswith("Paths"):
            continue
        python, *flags, module, config, file = each.value.removeprefix("-").split()[:7]
        assert (python, flags) == ("/opt/keepmum/current/bin/python3", ["-I", "-B", "-m"])
        assert importlib.util.find_spec(module) is not None
        assert (config, file) == ("--config", "/etc/keepmum/keepmum.yaml")
        assert _is_known(each.value.split()[7:])


def _is_known(words: list[str]) -> bool:
    """Whether these are a command of `keepmum` and options that it has."""
    if not words:
        return True
    command = typer.main.get_command(cli.app).commands.get(words[0])  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts} if command else set()
    return command is not None and set(words[1:]) <= options
