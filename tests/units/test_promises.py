"""The units say word for word what keepmum promises, and nothing that takes it back."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from unit_files import ROLES, SERVICES, UNITS, promises, settings

TABLE = promises()
EACH = [(role, promise.line) for promise in TABLE for role in ROLES if role in promise.roles]
FREE = {"Description"}
"""Words for people."""
MANY = {
    "After", "BindPaths", "BindReadOnlyPaths", "DeviceAllow", "ExecPaths", "ExecStopPost", "InaccessiblePaths",
    "SystemCallFilter", "TemporaryFileSystem",
}  # fmt: skip
"""Lines with these keys add to each other; of any other the last would count, silently."""
EMPTY = {"CapabilityBoundingSet", "AmbientCapabilities"}
"""Where nothing means none; elsewhere it takes back what was said before."""


def text(role: str) -> str:
    return SERVICES[ROLES.index(role)].read_text()


def missing(role: str, unit: str) -> list[str]:
    """What the table says of this role and its unit does not."""
    said = {str(setting) for setting in settings(unit)}
    return [promise.line for promise in TABLE if role in promise.roles and promise.line not in said]


def unknown(role: str, unit: str) -> list[str]:
    """What the unit says and the table does not say of this role."""
    known = {promise.line for promise in TABLE if role in promise.roles}
    return [str(each) for each in settings(unit) if each.key not in FREE and str(each) not in known]


def contradictions(unit: str) -> list[str]:
    """Lines of which systemd would silently use another, or take back what it has."""
    all_lines = list(settings(unit))
    faults = [f"{line} stands there twice" for line, times in Counter(map(str, all_lines)).items() if times > 1]
    keys = Counter((each.section, each.key) for each in all_lines if each.key not in MANY)
    faults += [f"{key} is said {times} times" for (_, key), times in keys.items() if times > 1]
    faults += [f"{each.key}= takes back" for each in all_lines if not each.value and each.key not in EMPTY]
    calls = [each.value for each in all_lines if each.key == "SystemCallFilter"]
    faults += [f"SystemCallFilter={call} after a refusal" for call in calls[1:] if not call.startswith("~")]
    return faults


@pytest.mark.parametrize("role", ROLES)
def test_a_unit_says_every_line_of_the_table_and_no_other(role: str) -> None:
    """The score of systemd-analyze is nearly blind to single lines: these are compared word for word."""
    assert missing(role, text(role)) == []
    assert unknown(role, text(role)) == []


@pytest.mark.parametrize(("role", "line"), EACH, ids=[f"{role}-{line}"[:60] for role, line in EACH])
def test_taking_any_line_out_is_noticed(role: str, line: str) -> None:
    """Each in turn, and also if it is only made a comment."""
    for instead in ("", f"# {line}\n"):
        assert missing(role, text(role).replace(f"\n{line}\n", f"\n{instead}", 1)) == [line]


@pytest.mark.parametrize("line", ["IPAddressAllow=any", "DeviceAllow=char-misc rw", "SystemCallFilter=connect"])
@pytest.mark.parametrize("role", ROLES)
def test_a_line_too_many_is_noticed(role: str, line: str) -> None:
    """A hole is a line that nobody has written a reason for."""
    assert unknown(role, text(role).replace("[Service]\n", f"[Service]\n{line}\n")) == [line]


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_no_line_takes_another_back(unit: Path) -> None:
    """In every unit, sockets and targets too."""
    assert contradictions(unit.read_text()) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("PrivateNetwork=no", "PrivateNetwork is said 2 times"),
        ("PrivateNetwork=yes", "PrivateNetwork=yes stands there twice"),
        ("InaccessiblePaths=", "InaccessiblePaths= takes back"),
        ("SystemCallFilter=connect", "SystemCallFilter=connect after a refusal"),
    ],
)
def test_a_contradiction_is_noticed(line: str, fault: str) -> None:
    """systemd says nothing about any of these."""
    assert fault in contradictions(text("listener").replace("\n[Install]", f"{line}\n\n[Install]"))


def test_every_reason_is_given_and_every_line_once() -> None:
    """The table is for people: no two lines of it speak of the same thing."""
    assert [promise for promise in TABLE if not promise.why.strip()] == []
    twice = [line for line, times in Counter((role, line) for role, line in EACH).items() if times > 1]
    assert twice == []
