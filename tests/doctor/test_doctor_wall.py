"""The doctor at the wall: what it calls well, what it asks nobody, and whom it takes for one of ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from doctor_changes import Words, both, put, settings
from doctor_defects_wall import BROKER, MINE, NO_UNITS, listens, status
from simulated_machine import Simulated

from keepmum.commands import units
from keepmum.doctor.finding import Verdict
from keepmum.doctor.processes import ours
from keepmum.wall.plan import PLACE, UPLINK

Built = Callable[..., Simulated]
NAMED = {"broker.home": ["192.168.1.7"]}
ASKED = settings(BROKER.format("broker.home"))


def named(words: Words) -> None:
    """A house whose broker has a name, which one name server knows."""
    ASKED(words)
    words["addresses"] = dict(NAMED)
    words["files"]["/etc/resolv.conf"] = "nameserver 192.168.1.1\n"


def written(machine: Simulated) -> Simulated:
    """The machine after `keepmum units`."""
    units.run(machine.owner().settings, machine.root, only_look=False, ask=lambda host: tuple(NAMED.get(host, [host])))
    return machine


def test_after_keepmum_units_all_is_as_the_settings_want_it(built: Built) -> None:
    """The doctor compares by the same texts that were written."""
    finding = written(built(change=named)).finding("up to date")
    assert finding.verdict is Verdict.OK
    assert "the uplink may reach 192.168.1.7" in finding.found


def test_a_name_is_looked_up_only_when_asked(built: Built) -> None:
    """A line in the report is no reason to ask a name server for the broker."""
    machine = written(built(change=named))
    assert "--broker asks" in machine.finding("up to date").found
    assert machine.resolved == []
    assert machine.finding("up to date", broker=True).verdict is Verdict.OK
    assert machine.resolved == ["broker.home"]


def test_a_broker_that_has_moved_is_seen_when_asked(built: Built) -> None:
    """Its name has another address than the one that systemd lets through."""
    machine = written(built(change=named))
    machine.words["addresses"] = {"broker.home": ["192.168.1.8"]}
    finding = machine.finding("up to date", broker=True)
    assert (finding.verdict, UPLINK in finding.found) == (Verdict.PROBLEM, True)


def test_another_name_server_makes_the_drop_in_stale(built: Built) -> None:
    """Nobody could be asked for the name any more."""
    machine = written(built(change=named))
    (machine.root / "etc/resolv.conf").write_text("nameserver 192.168.1.2\n")
    assert machine.finding("up to date").verdict is Verdict.PROBLEM


def test_a_password_that_only_root_can_see_is_no_finding(built: Built) -> None:
    """What was handed over last counts for everybody else."""
    secret = "/etc/keepmum/secrets/broker-password"
    mine = settings(f"broker:\n  host: 192.168.1.7\n  username: a\n  password_file: {secret}\n")
    machine = written(built(change=both(mine, put(secret, "pineapple\n"))))
    assert "LoadCredential" in (machine.root / PLACE.lstrip("/") / UPLINK).read_text()
    (machine.root / secret.lstrip("/")).unlink()
    assert machine.finding("up to date").verdict is Verdict.PROBLEM
    machine.words["denied"] = ["/etc/keepmum/secrets"]
    assert machine.finding("up to date").verdict is Verdict.OK


def test_what_is_laid_over_the_units_and_loosens_nothing_is_well(built: Built) -> None:
    """It is named all the same."""
    finding = built(change=put(MINE, "[Service]\nNice=-10\nInaccessiblePaths=/opt/other\n")).finding("laid over them")
    assert (finding.verdict, MINE in finding.found) == (Verdict.OK, True)


def test_the_panel_may_listen_if_it_was_asked_for(built: Built) -> None:
    """And only on its own port."""
    wanted = put("/etc/systemd/system/keepmum.target.wants/keepmum-panel.socket", "")
    finding = built(change=both(listens(8321, 0), wanted)).finding("open ports")
    assert (finding.verdict, "8321" in finding.found) == (Verdict.OK, True)


def test_others_may_listen(built: Built) -> None:
    """A web server of the household's is not keepmum's matter."""
    assert built(change=listens(80, 33)).finding("open ports").verdict is Verdict.OK


def test_a_unit_that_may_use_no_swap_is_well(built: Built) -> None:
    """Where the kernel counts memory the unit's own limit is enough."""
    limit = put("/sys/fs/cgroup/system.slice/keepmum-listener.service/memory.swap.max", "0\n")
    finding = built(change=both(limit, status(812, VmLck="0 kB"))).finding("swap")
    assert (finding.verdict, "may use none of it" in finding.found) == (Verdict.OK, True)


def test_without_units_one_user_for_all_is_well(built: Built) -> None:
    """A laptop has no users for them; the locks are looked at all the same."""
    change = both(NO_UNITS, status(812, Uid="1000\t1000"), status(814, Uid="1000\t1000"))
    finding = built(change=change).finding("processes")
    assert (finding.verdict, "as one user" in finding.found) == (Verdict.OK, True)


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("/opt/keepmum/current/bin/python3 -I -B -m keepmum.uplink --config k.yaml", "uplink"),
        ("/home/a/.venv/bin/python /home/a/.venv/bin/keepmum --config k.yaml run listener", "listener"),
        ("python3 -m keepmum.desk", ""),
        ("vim keepmum.listener", ""),
        ("python3 -m pytest tests/listener", ""),
        ("grep -r run listener", ""),
        ("", ""),
    ],
)
def test_ours_are_found_by_how_they_were_started(built: Built, words: str, role: str) -> None:
    """By a unit or by hand; an editor with such a file is none."""

    def only(said: Words) -> None:
        for path in [path for path in said["files"] if path.startswith("/proc/8")]:
            del said["files"][path]
        said["files"]["/proc/900/cmdline"] = words.replace(" ", "\0") + "\0"

    found = ours(built(change=only).case())
    assert [process.role for process in found] == ([role] if role else [])


def test_looking_at_the_wall_needs_no_file_of_this_computer(built: Built, tmp_path: Path) -> None:
    """An empty machine is no error, and nothing about it is called well that cannot be seen."""
    machine = built("laptop", lambda words: words.update(files={}, folders=[], denied=[]))
    found = {result.check: result.finding for result in machine.results() if result.group == "wall"}
    told = {check for check, finding in found.items() if finding.verdict is Verdict.NOTE}
    assert told == {"units", "processes", "open ports", "swap"}
