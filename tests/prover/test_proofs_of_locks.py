"""The lock's and the ring's proofs: run for real, and shown a lock that is not one."""

from __future__ import annotations

from collections.abc import Callable

import prove_lock
import prove_ring
import pytest
import uring
import ways

Found = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def tried() -> Callable[[str], Found]:
    """What came of every way under a lock; each lock once."""
    known: dict[str, Found] = {}

    def under(lock: str) -> Found:
        if lock not in known:
            known[lock] = ways.serve(lock)
        return known[lock]

    return under


@pytest.mark.parametrize("role", prove_lock.CLOSED)
def test_a_locked_process_has_no_way_out(tried: Callable[[str], Found], role: str) -> None:
    """From any of its places; and has what it is there for."""
    found = tried(role)
    assert prove_lock.leaks(found, prove_lock.CLOSED[role]) == []
    assert {found["main"][way] for way in prove_lock.NEEDED[role]} <= {"open"}


def test_without_a_lock_the_ways_are_open(tried: Callable[[str], Found]) -> None:
    """In all five places."""
    found = tried("nothing")
    assert set(found) == set(ways.CONTEXTS)
    assert {found[where][way] for where in found for way in prove_lock.ANYBODYS} == {"open"}


def test_a_lock_that_forgets_a_thread_is_found(tried: Callable[[str], Found]) -> None:
    """The planted defect shows in that thread alone."""
    found = prove_lock.leaks(tried("one thread"), prove_lock.CLOSED["listener"])
    assert ("thread before", "TCP", "open") in found
    assert {where for where, _, _ in found} == {"thread before"}


def made_up(**changed: Found) -> dict[str, Found]:
    """What a good machine would report."""
    names = ("TCP", "UDP", *prove_lock.OUT, "TCP over IPv6", *prove_lock.HEARING)
    everything: dict[str, Found] = {"nothing": {where: dict.fromkeys(names, "open") for where in ways.CONTEXTS}}
    for role, closed in prove_lock.CLOSED.items():
        everything[role] = {w: {way: "EPERM" if way in closed else "open" for way in names} for w in ways.CONTEXTS}
    half = {where: dict(results) for where, results in everything["listener"].items()}
    half["thread before"] = dict.fromkeys(names, "open")
    return {**everything, "one thread": half, **changed}


def test_good_results_hold() -> None:
    """Every lock, and both controls."""
    assert all(count.holds for count in prove_lock.counts(made_up()))
    assert sum(count.control for count in prove_lock.counts(made_up())) == 2


@pytest.mark.parametrize(
    ("lock", "where", "way", "result", "line"),
    [
        ("skills", "fork", "UDP", "open", "locked as skills"),
        ("listener", "thread after", "netlink", "ECONNREFUSED", "locked as listener"),
        ("uplink", "main", "TCP", "EPERM", "locked as uplink"),
        ("nothing", "program", "TCP", "EPERM", "no lock"),
        ("one thread", "main", "TCP", "open", "a listener's lock"),
    ],
)
def test_one_result_that_is_not_as_it_should_be_shows(lock: str, where: str, way: str, result: str, line: str) -> None:
    """One way out of one place, a way that a process needs, and controls that are not what they are for."""
    found = made_up()
    found[lock][where][way] = result
    assert [count.what.startswith(line) for count in prove_lock.counts(found) if not count.holds] == [True]


def test_places_that_are_not_there_are_not_counted() -> None:
    """A process that cannot start a program has four places, not five."""
    found = made_up()
    found["skills"]["program"] = dict.fromkeys(found["skills"]["main"], prove_lock.NO_PROGRAM)
    told = next(count for count in prove_lock.counts(found) if "skills" in count.what)
    assert told.holds
    assert "from 4 places" in told.what
    assert told.found == "0 of 56 open"


def test_the_table_has_a_line_for_every_way() -> None:
    """What a place does otherwise than the others stands beside it."""
    found = made_up()
    found["skills"]["fork"]["UDP"] = "open"
    lines = prove_lock.table(found)
    assert len(lines) == 1 + len(found["nothing"]["main"])
    assert next(line for line in lines if line.startswith("UDP")).split()[1:] == [
        "open",
        "EPERM",
        "open",
        "EPERM/open",
        "EPERM",
    ]


# ---- io_uring


@pytest.mark.parametrize("role", prove_ring.ROLES)
def test_a_locked_process_gets_no_ring(role: str) -> None:
    """The kernel refuses it one before there is anything to ask."""
    assert prove_ring.attempt(role)["io_uring_setup"] in prove_ring.REFUSED


def test_a_ring_reaches_what_a_lock_on_sockets_forbids() -> None:
    """The planted defect: a filter that knows socket() and connect() alone is passed by."""
    if prove_ring.attempt("nothing")["io_uring_setup"] != "open":
        pytest.skip("this kernel refuses io_uring to everybody")
    found = prove_ring.attempt("sockets")
    assert found == {
        "socket()": "EPERM", "io_uring_setup": "open", "IORING_OP_SOCKET": "open", "IORING_OP_CONNECT": "open",
    }  # fmt: skip


def test_a_kernel_without_io_uring_is_said_to_be_one() -> None:
    """Then no control can be given, and none is missed; but a lock that lets it through is wrong all the same."""
    shut = {"socket()": "open", "io_uring_setup": "EPERM"}
    found = {lock: dict(shut) for lock in uring.LOCKS}
    assert all(count.holds for count in prove_ring.counts(found))
    assert any("refuses io_uring to everybody" in count.what for count in prove_ring.counts(found))
    found["skills"]["io_uring_setup"] = "open"
    assert not all(count.holds for count in prove_ring.counts(found))


def test_a_ring_that_did_not_get_out_without_a_lock_is_a_blind_control() -> None:
    """If the attempt itself does not work, its being refused says nothing."""
    shut = {"socket()": "EPERM", "io_uring_setup": "EPERM"}
    found = {lock: dict(shut) for lock in uring.LOCKS} | {"nothing": {"socket()": "open", "io_uring_setup": "ENOMEM"}}
    assert [count.holds for count in prove_ring.counts(found) if count.control] == [False, False]
