"""Which line of somebody's own could make a hole in the wall."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepmum.wall.promises import ROLES, differences, holes, lines

UNITS = Path(__file__).parents[2] / "systemd"

LOOSENS = [
    "PrivateNetwork=no",
    "PrivateNetwork=",
    "NoNewPrivileges=0",
    "IPAddressAllow=any",
    "IPAddressDeny=",
    "DeviceAllow=char-alsa rw",
    "DevicePolicy=auto",
    "User=root",
    "SupplementaryGroups=audio",
    "CapabilityBoundingSet=CAP_NET_RAW",
    "CapabilityBoundingSet=~CAP_SYS_ADMIN",
    "SystemCallFilter=",
    "SystemCallFilter=connect",
    "RestrictAddressFamilies=AF_INET",
    "ReadWritePaths=/",
    "BindPaths=/run/dbus",
    "Environment=LD_PRELOAD=/tmp/a.so",
    "ExecStart=/bin/sh",
    "ExecStartPre=+/bin/sh",
    "LimitCORE=infinity",
    "ProtectSystem=full",
    "SocketMode=0666",
    "ANewOption=1",
]
TIGHTENS = [
    "Nice=-10",
    "PrivateTmp=yes",
    "ProtectHome=true",
    "SystemCallFilter=~connect",
    "InaccessiblePaths=/home",
    "IPAddressDeny=any",
    "MemoryMax=300M",
    "TimeoutStopSec=1",
    "CapabilityBoundingSet=",
    "LimitCORE=0",
]


@pytest.mark.parametrize("line", LOOSENS)
def test_a_line_that_gives_more_is_a_hole(line: str) -> None:
    """And so is one that nobody here knows."""
    assert [str(each) for each in holes(f"[Service]\n{line}\n")] == [line]


@pytest.mark.parametrize("line", TIGHTENS)
def test_a_line_that_takes_away_is_none(line: str) -> None:
    """Owners may be stricter, and may choose the pace."""
    assert holes(f"[Service]\n{line}\n") == []


def test_when_something_runs_is_no_hole_but_whose_network_it_shares_is() -> None:
    """Of the sections that say when, two lines matter."""
    assert holes("[Unit]\nAfter=mine.service\nDescription=mine\n[Install]\nWantedBy=x.target\n") == []
    assert [line.number for line in holes("[Unit]\n\nJoinsNamespaceOf=mine.service\n")] == [3]


def test_units_are_read_as_systemd_reads_them() -> None:
    """Comments, continued lines and spaces; the number is that of the line on which a setting begins."""
    text = "[Service]\n# User=root\nExecStart=/bin/a \\\n  ; not this\n  b\n User = x \n"
    assert [(line.number, str(line)) for line in lines(text)] == [(3, "ExecStart=/bin/a b"), (6, "User=x")]


@pytest.mark.parametrize("role", ROLES)
def test_a_copy_of_a_unit_has_no_difference(role: str) -> None:
    """What ships is no hole in itself."""
    text = (UNITS / f"keepmum-{role}.service").read_text()
    assert differences(text, text) == ([], [])


def test_each_promise_that_a_copy_lacks_is_named() -> None:
    """Taking any line of the sandbox out of a unit is seen; its pace and its comments are not looked at."""
    text = (UNITS / "keepmum-uplink.service").read_text()
    for line in lines(text):
        if line.section == "Service" and line.key not in {"Nice", "Type"} and text.count(f"\n{line}\n") == 1:
            lost = {str(each) for each in differences(text, text.replace(f"\n{line}\n", "\n"))[1]}
            assert lost <= {str(line)}
    assert [str(each) for each in differences(text, text.replace("IPAddressDeny=any\n", ""))[1]] == [
        "IPAddressDeny=any"
    ]
