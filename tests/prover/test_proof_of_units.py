"""The units' proof: what a copy of a unit keeps, which routes must be closed, and what the scores may be."""

from __future__ import annotations

from pathlib import Path

import needs
import prove_units
import pytest

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
UNIT = """\
# /usr/local/lib/systemd/system/keepmum-x.service
[Unit]
Description=x
[Service]
Type=notify
ExecStart=/opt/keepmum/current/bin/python3 -m keepmum.x
ExecStopPost=-/bin/true
WatchdogSec=20
Restart=always
TimeoutStopSec=15
LoadCredential=broker-password:/etc/x
User=keepmum-x
PrivateNetwork=yes
SystemCallFilter=@system-service \\
  seccomp
# ExecPaths=/comment
ExecPaths=-/opt/keepmum
[Install]
WantedBy=keepmum.target
# /etc/systemd/system/keepmum-x.service.d/50-keepmum.conf
[Service]
IPAddressAllow=10.0.0.5
"""


def test_a_copy_keeps_every_wall_and_nothing_of_the_work() -> None:
    """Also walls of drop-ins, and those that are written over two lines."""
    lines = prove_units.copy(UNIT, "/usr/bin/python3 routes.py", Path("/run/said")).splitlines()
    walls = [
        "User=keepmum-x",
        "PrivateNetwork=yes",
        "SystemCallFilter=@system-service    seccomp",
        "IPAddressAllow=10.0.0.5",
    ]
    assert all(wall in lines for wall in walls)
    assert [line for line in lines if line.startswith("Exec")] == [
        "ExecPaths=-/opt/keepmum",
        "ExecStart=/usr/bin/python3 routes.py",
    ]
    assert not any(
        line.startswith(("Watchdog", "Restart", "LoadCredential", "WantedBy", "Description")) for line in lines
    )
    assert "Type=oneshot" in lines


@pytest.mark.parametrize("role", prove_units.EXPOSURE)
def test_a_copy_of_each_shipped_unit_keeps_its_walls(role: str) -> None:
    """Every line that restricts something is in the copy, word for word."""
    unit = SYSTEMD / f"keepmum-{role}.service"
    copied = prove_units.copy(unit.read_text(), "/bin/true", Path("/run/x")).splitlines()
    starts = ("Private", "Protect", "Restrict", "SystemCall", "IPAddress", "Device", "NoExec", "Capab", "User", "Inacc")
    walls = [line for line in unit.read_text().splitlines() if line.startswith(starts)]
    assert len(walls) > 10
    assert set(walls) <= set(copied)


@pytest.mark.parametrize(
    ("role", "route", "closed"),
    [
        ("listener", "tcp4", True),
        ("listener", "unix: D-Bus", True),
        ("listener", "device: sound", False),
        ("uplink", "device: sound", True),
        ("uplink", "tcp4", True),
        ("uplink", "broker", False),
        ("uplink", "unix: abstract", False),
        ("skills", "unix: abstract", True),
        ("skills", "device: gpio", True),
        ("panel", "netlink", True),
        ("panel", "read /proc/cpuinfo", False),
    ],
)
def test_which_routes_must_be_closed(role: str, route: str, closed: bool) -> None:
    """Networks for all, but for the uplink's broker; devices for all but the listener."""
    assert prove_units.closed(role, route) is closed


def attempts(**changed: str) -> prove_units.Attempts:
    results = dict.fromkeys(sorted(prove_units.NETWORK), "EPERM") | {"device: sound": "ENOENT"} | changed
    return [{"route": route, "where": "main", "result": result} for route, result in results.items()]


def test_one_open_route_breaks_a_unit() -> None:
    """It is named; and a unit in which nothing could be tried has shown nothing."""
    assert prove_units.routes_of("skills", attempts()).holds
    found = prove_units.routes_of("skills", attempts(udp4="open"))
    assert (found.holds, found.found) == (False, "1 of 23 open: udp4 (main)")
    assert not prove_units.routes_of("skills", []).holds
    assert prove_units.routes_of("listener", attempts(**{"device: sound": "open"})).holds


def test_routes_that_are_closed_to_everybody_are_no_control() -> None:
    """Root must have got out."""
    assert not prove_units.outside_control(attempts()).holds
    everything = dict.fromkeys(prove_units.NETWORK, "open")
    assert prove_units.outside_control(attempts(**everything)).holds


@pytest.mark.parametrize(
    ("role", "size", "holds"),
    [("listener", 0, True), ("listener", 1, False), ("skills", -1, False), ("uplink", 900, True)],
)
def test_a_byte_of_a_silent_unit_breaks_it(role: str, size: int, holds: bool) -> None:
    """Only the uplink may send; a kernel that did not count has shown nothing."""
    assert prove_units.sent(role, size).holds is holds


def test_a_score_is_read_and_a_missing_one_is_the_worst() -> None:
    """The last line of systemd-analyze, in either of its forms."""
    assert prove_units.exposure("→ Overall exposure level for keepmum-listener.service: 0.4 SAFE 😀\n") == 0.4
    assert prove_units.exposure("Unit not found") == 10.0


def test_where_no_systemd_runs_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """And where to run it instead."""
    monkeypatch.setattr(needs, "systemd_runs", lambda: False)
    finding = prove_units.prove(lambda *_: None)
    assert "no systemd here" in finding.missing
    assert "on a Pi" in finding.missing
