"""`keepmum panel on` opens the page to the local network and says where; `off` closes it. Only root may do either."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepmum import cli
from keepmum.commands import panel
from keepmum.commands.panel import Switch, addresses, output_of, turned
from keepmum.errors import WallError
from keepmum.panel import door

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"


class Programs:
    """What was run, and what each prints."""

    def __init__(self, says: str = "") -> None:
        self.ran: list[list[str]] = []
        self.says = says

    def __call__(self, command: list[str]) -> str:
        self.ran.append(command)
        return self.says


def test_on_opens_the_socket_and_says_where() -> None:
    """The name with .local, and every private address; not the internet's, and none that nobody can type."""
    programs = Programs("192.168.0.7 8.8.8.8 fd00::7 10.8.0.1 nonsense\n")
    told = turned(Switch.ON, programs, "kitchen", root=True)
    assert programs.ran == [["systemctl", "enable", "--now", "keepmum-panel.socket"], ["hostname", "-I"]]
    assert [line.strip() for line in told.splitlines()[1:]] == [
        "http://kitchen.local:8321/",
        "http://192.168.0.7:8321/",
        "http://10.8.0.1:8321/",
    ]


def test_off_closes_the_socket_and_ends_the_page() -> None:
    """Also one that somebody is looking at."""
    programs = Programs()
    assert "nothing listens" in turned(Switch.OFF, programs, "kitchen", root=True)
    assert programs.ran == [
        ["systemctl", "disable", "--now", "keepmum-panel.socket"],
        ["systemctl", "stop", "keepmum-panel.service"],
    ]


@pytest.mark.parametrize("switch", Switch)
def test_only_root_may(switch: Switch) -> None:
    """Nothing is run, and the hint is the whole command."""
    programs = Programs()
    with pytest.raises(WallError) as refused:
        turned(switch, programs, "kitchen", root=False)
    assert refused.value.hint == f"sudo keepmum panel {switch.value}"
    assert programs.ran == []


def test_a_full_name_is_cut_to_what_mdns_knows() -> None:
    """`kitchen.home` answers as `kitchen.local`."""
    assert list(addresses(Programs(), "kitchen.home")) == ["  http://kitchen.local:8321/"]


@pytest.mark.parametrize(
    ("command", "told"),
    [(["/nowhere/systemctl"], "cannot be run"), (["sh", "-c", "echo no such unit >&2; exit 5"], "no such unit")],
)
def test_what_systemd_refuses_is_told(command: list[str], told: str) -> None:
    """In its own first line, with what to do."""
    with pytest.raises(WallError, match=told) as refused:
        output_of(command)
    assert refused.value.hint


def test_the_output_of_a_program_is_its_output() -> None:
    """Nothing is added."""
    assert output_of(["echo", "hello"]) == "hello\n"


def test_command_page_and_unit_name_the_same_port() -> None:
    """Three places, one number; and the unit's name for the socket is the one that the page looks for."""
    unit = (SYSTEMD / "keepmum-panel.socket").read_text()
    assert re.findall(r"^ListenStream=(?:.*:)?(\d+)$", unit, re.M) == [str(panel._PORT)] == [str(door.PORT)]
    assert re.findall(r"^FileDescriptorName=(.+)$", unit, re.M) == [door.NAME]


def test_the_command_is_there() -> None:
    """With an example that can be copied."""
    said = CliRunner().invoke(cli.app, ["panel", "--help"])
    assert said.exit_code == 0
    assert "sudo keepmum panel on" in said.output
