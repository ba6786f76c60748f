"""Every route out of every process, tried in its unit on a booted Debian: what is open stands in a table, with why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from boot_routes import Probes, table
from boot_shop import Shop
from boot_speaker import Speaker
from boot_units import ROLES, Line, promises, service, unknown

HERE = Path(__file__).parent
EXPECTED = yaml.safe_load((HERE / "routes.yaml").read_text())
SECOND = yaml.safe_load((HERE / "second_locks.yaml").read_text())
PLACES = "main,before,after,fork"


@pytest.fixture(scope="module")
def probes(speaker: Speaker) -> Probes:
    """Something is behind every wall; the speaker runs, for its doors and its state."""
    speaker.up()
    probes = Probes(speaker.computer)
    probes.plant()
    return probes


@pytest.fixture(scope="module")
def units(speaker: Speaker) -> dict[str, list[Line]]:
    """The lines of each role's unit as they were installed, with what `keepmum units` laid over them."""
    read = {}
    for role in ROLES:
        path = speaker.computer.path(f"/usr/local/lib/systemd/system/keepmum-{role}.service")
        over = speaker.computer.path(f"/etc/systemd/system/keepmum-{role}.service.d/50-keepmum.conf")
        read[role] = service(path.read_text(), over.read_text() if over.exists() else "")
    return read


def test_outside_the_walls_every_route_is_open(probes: Probes, shop: Shop) -> None:
    """For root outside, all that a unit is to refuse goes through, but what this kernel or a container has not got."""
    closed = {name: result for name, result in table(probes.outside()).items() if result != "open"}
    assert closed.keys() <= EXPECTED["not here"].keys(), closed


@pytest.mark.parametrize("role", ROLES)
def test_only_what_is_listed_is_open(
    role: str, probes: Probes, units: dict[str, list[Line]], tell: Callable[[str], None]
) -> None:
    """From every kind of thread and from a fork, each route is open or refused in the way that the table says."""
    (attempts,) = probes.attempts(role, units[role], places=PLACES)
    assert len(attempts) == 4 * len(EXPECTED["routes"]), "the unit's copy did not run to its end"
    column = list(ROLES).index(role)
    wanted = {name: str(row[column]).split("|") for name, row in EXPECTED["routes"].items()}
    wrong = [f"{one['route']} from {one['where']}: {one['result']} ({one['detail']}), not {wanted[one['route']]}"
             for one in attempts if one["result"] not in wanted[one["route"]]]  # fmt: skip
    opened = sorted({one["route"] for one in attempts if one["result"] == "open"})
    meant = [name for name in opened if "open" in wanted[name]]
    tell(f"{len(attempts)} attempts, {len(opened) - len(meant)} unexpected open; open on purpose: {', '.join(meant)}")
    assert wrong == []


def test_whatever_is_open_has_its_reason() -> None:
    """Each route that is open somewhere is explained, and nothing else is."""
    opened = {name for name, row in EXPECTED["routes"].items() if any("open" in str(cell).split("|") for cell in row)}
    assert opened == EXPECTED["why open"].keys()


@pytest.mark.parametrize("role", ROLES)
def test_every_line_says_what_it_is_for(role: str, units: dict[str, list[Line]]) -> None:
    """A new kind of line in a unit is looked at before it counts as something that promises nothing."""
    assert unknown(units[role]) == set()


@pytest.mark.parametrize("role", ROLES)
def test_every_promise_is_missed_when_it_is_gone(
    role: str, probes: Probes, units: dict[str, list[Line]], shop: Shop, tell: Callable[[str], None]
) -> None:
    """Without any one promising line of the unit some route ends differently; or a second lock holds it, as listed."""
    lines = promises(units[role])
    whole, *rest = probes.attempts(role, units[role], [(), *((line,) for line in lines)])
    assert whole, "the unit's copy did not start"
    told, unseen = [], []
    for line, attempts in zip(lines, rest, strict=True):
        said = changed(table(whole), table(attempts))
        told.append(f"{str(line)[:70]:70}  {'; '.join(said[:3]) or '(a second lock)'}{' …' if said[3:] else ''}")
        unseen += [] if said else [str(line)]
    tell("\n".join(told))
    assert sorted(unseen) == sorted(str(line) for line in lines if lock_of(line, role, shop.suite))


@pytest.mark.parametrize("role", ROLES)
def test_second_locks_are_missed_with_the_first(
    role: str, probes: Probes, units: dict[str, list[Line]], shop: Shop, tell: Callable[[str], None]
) -> None:
    """A line that nobody misses alone is missed once the lines that hold the same are gone as well."""
    cases = [(line, lock["held by"]) for line in promises(units[role])
             if (lock := lock_of(line, role, shop.suite)) and lock["held by"]]  # fmt: skip
    copies: list[list[Line]] = []
    for line, keys in cases:
        others = [one for one in units[role] if one != line and str(one).startswith(tuple(keys))]
        copies += [others, [*others, line]]
    found = probes.attempts(role, units[role], copies)
    told, unseen = [], []
    for (line, _), first, both in zip(cases, found[::2], found[1::2], strict=True):
        said = changed(table(first), table(both)) if first else []
        told.append(f"{str(line)[:70]:70}  {'; '.join(said[:3]) or 'NOT MISSED'}")
        unseen += [] if said else [str(line)]
    tell("\n".join(told))
    assert unseen == []


def changed(whole: dict[str, str], without: dict[str, str]) -> list[str]:
    """Routes that end otherwise; the computer may just have been busy where one of the two is a timeout."""
    if not without:
        return ["it does not start"]
    pairs = {name: (result, without.get(name, "-")) for name, result in whole.items()}
    return [
        f"{name}: {one} -> {other}"
        for name, (one, other) in pairs.items()
        if one != other and ("timeout" not in (one, other) or "open" in (one, other))
    ]


def lock_of(line: Line, role: str, suite: str) -> dict[str, list[str]] | None:
    """What second_locks.yaml says about a line of this role in this Debian."""
    for lock in SECOND:
        if str(line).startswith(lock["line"]) and role in lock["roles"] and suite in lock.get("debian", [suite]):
            return dict(lock)
    return None
