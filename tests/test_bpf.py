"""The filter programs of all three machines, run in an interpreter, since a Pi's cannot run here."""

from __future__ import annotations

import itertools
import os
import socket
import struct
from errno import EAFNOSUPPORT, EPERM

import pytest

from keepmum import lockdown
from keepmum.bpf import ALLOW, ERRNO, KILL, MACHINES, Instruction, Machine, Rule, assemble
from keepmum.errors import LockdownError
from keepmum.syscalls import NUMBERS


def verdict(program: list[Instruction], audit: int, number: int, *arguments: int) -> int:
    """What the kernel would answer: an interpreter for the five instructions that we use."""
    given = struct.pack("=IIQ6Q", number, audit, 0, *arguments, *[0] * (6 - len(arguments)))
    accumulator = place = 0
    while True:
        code, yes, no, value = program[place]
        place += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", given, value)
        elif code == 0x54:
            accumulator &= value
        elif code in (0x15, 0x35):
            place += yes if (accumulator == value if code == 0x15 else accumulator >= value) else no
        else:
            assert code == 0x06, code
            return value


NO, NO_FAMILY = ERRNO | EPERM, ERRNO | EAFNOSUPPORT
RULES = {"listener": lockdown.LISTENER, "uplink": lockdown.UPLINK, "skills": lockdown.SKILLS, "panel": lockdown.PANEL}
EVERYWHERE = list(itertools.product(MACHINES, RULES))

KNOWN = {
    # from the kernel's headers: x86_64, aarch64, armv7l
    "socket": (41, 198, 281),
    "socketpair": (53, 199, 288),
    "bind": (49, 200, 282),
    "sendto": (44, 206, 290),
    "sendmsg": (46, 211, 296),
    "sendmmsg": (307, 269, 374),
    "connect": (42, 203, 283),
    "listen": (50, 201, 284),
    "accept": (43, 202, 285),
    "accept4": (288, 242, 366),
    "execve": (59, 221, 11),
    "execveat": (322, 281, 387),
    "ptrace": (101, 117, 26),
    "io_uring_setup": (425, 425, 425),
    "pidfd_getfd": (438, 438, 438),
    "open": (2, None, 5),
    "openat": (257, 56, 322),
    "openat2": (437, 437, 437),
    "creat": (85, None, 8),
    "unlinkat": (263, 35, 328),
    "ioctl": (16, 29, 54),
}
FREE = {
    # what any process needs: read, write, recvmsg, sendmsg, sendto, close, mmap (mmap2), futex, clone, exit_group
    "x86_64": (0, 1, 47, 46, 44, 3, 9, 202, 56, 231),
    "aarch64": (63, 64, 212, 211, 206, 57, 222, 98, 220, 94),
    "armv7l": (3, 4, 297, 296, 290, 6, 192, 240, 120, 248),
}
WHOLLY = {
    "listener": {"socket", "socketpair", "connect", "ptrace", "io_uring_setup", "pidfd_getfd"},
    "uplink": {"listen", "accept", "accept4", "execve", "execveat", "openat2", "creat", "unlinkat"}
    | {"ptrace", "io_uring_setup", "pidfd_getfd"},
    "skills": {"socket", "socketpair", "connect", "listen", "accept", "accept4", "execve", "execveat", "openat2"}
    | {"creat", "unlinkat", "ptrace", "io_uring_setup", "pidfd_getfd"},
    "panel": {"socket", "connect", "bind", "execve", "execveat", "openat2", "creat", "unlinkat"}
    | {"ptrace", "io_uring_setup", "pidfd_getfd"},
}
PARTLY = {"listener": set(), "uplink": {"socket", "socketpair", "open", "openat", "ioctl"}}
PARTLY["skills"] = {"open", "openat", "ioctl"}
SENDING = {"sendto": 3, "sendmsg": 2, "sendmmsg": 3}
"""Where these calls have their flags."""
PARTLY["panel"] = {"socketpair", "open", "openat", "ioctl", *SENDING}
SOME_ARGUMENTS = [(0, 0, 0), (1, 1, 0), (2, 1, 6), (2**32 - 1,) * 3, (2**64 - 1,) * 6]


def test_the_numbers_are_the_kernels() -> None:
    """A second hand wrote down the numbers that matter most, for all three machines."""
    assert {call: NUMBERS[call] for call in KNOWN} == KNOWN


@pytest.mark.parametrize(("name", "lock"), EVERYWHERE)
def test_each_machine_refuses_what_the_lock_names_and_allows_the_rest(name: str, lock: str) -> None:
    """Every call number, whatever its arguments; what is neither named nor partly named is allowed."""
    machine, rules = MACHINES[name], RULES[lock]
    program = assemble(machine, rules)
    wholly = {NUMBERS[rule.call][machine.column] for rule in rules if not rule.values}
    partly = {NUMBERS[rule.call][machine.column] for rule in rules if rule.values}
    for number in set(range(600)) - partly:
        for arguments in SOME_ARGUMENTS:
            answer = verdict(program, machine.audit, number, *arguments)
            assert answer == (NO if number in wholly else ALLOW), (number, arguments)
    assert {KNOWN[call][machine.column] for call in WHOLLY[lock]} - {None} <= wholly
    assert {KNOWN[call][machine.column] for call in PARTLY[lock]} == partly
    sending = {KNOWN[call][machine.column] for call in SENDING}
    assert not (wholly | (partly - sending)) & set(FREE[name])


@pytest.mark.parametrize(("name", "lock"), EVERYWHERE)
def test_a_call_in_a_foreign_abi_ends_the_process(name: str, lock: str) -> None:
    """i386 on x86_64, x32, 32-bit ARM on aarch64: other numbers for the same calls would walk round the rules."""
    machine = MACHINES[name]
    program = assemble(machine, RULES[lock])
    for audit in {0x40000003, 0xC000003E, 0xC00000B7, 0x40000028, 0} - {machine.audit}:
        assert {verdict(program, audit, number) for number in range(600)} == {KILL}
    if machine.foreign_from is not None:
        assert {verdict(program, machine.audit, 0x40000000 + number) for number in range(600)} == {KILL}


FAMILIES = {0: "unspecified", 1: "unix", 2: "inet", 10: "inet6", 16: "netlink", 17: "packet", 31: "bluetooth"}
KINDS = {1: "stream", 2: "datagram", 3: "raw", 4: "rdm", 5: "packets", 6: "dccp", 10: "packet"}
CLOEXEC, NONBLOCK = 0o2000000, 0o4000


@pytest.mark.parametrize("name", MACHINES)
def test_the_uplink_may_make_exactly_these_sockets(name: str) -> None:
    """TCP and UDP over IPv4 and IPv6, and our own kind of Unix socket; flags and high bits change nothing."""
    machine = MACHINES[name]
    program, number = assemble(machine, lockdown.UPLINK), NUMBERS["socket"][machine.column]
    assert number
    allowed = set()
    for family, kind, protocol in itertools.product([*FAMILIES, 40, 2**31], KINDS, [0, 1, 6, 17, 132, 136, 262]):
        answers = {
            verdict(program, machine.audit, number, family | high, kind | flags, protocol)
            for flags in (0, CLOEXEC, NONBLOCK, CLOEXEC | NONBLOCK)
            for high in (0, 1 << 40)
        }
        assert len(answers) == 1
        if answers == {ALLOW}:
            allowed.add((FAMILIES[family], KINDS[kind], protocol))
        elif family not in (1, 2, 10):
            assert answers == {NO_FAMILY}
    internet = set(itertools.product(["inet", "inet6"], ["stream", "datagram"], [0, 6, 17]))
    assert allowed == internet | set(itertools.product(["unix"], ["packets"], [0, 6, 17]))


@pytest.mark.parametrize(("name", "lock"), list(itertools.product(MACHINES, ["uplink", "panel"])))
def test_a_pair_is_of_unix_stream_sockets(name: str, lock: str) -> None:
    """Half of a datagram pair could send to every path on the machine."""
    machine = MACHINES[name]
    program, pair = assemble(machine, RULES[lock]), NUMBERS["socketpair"][machine.column]
    assert pair
    allowed = {
        (family, kind)
        for family, kind in itertools.product(range(46), KINDS)
        if verdict(program, machine.audit, pair, family, kind | CLOEXEC | NONBLOCK) == ALLOW
    }
    assert allowed == {(socket.AF_UNIX, socket.SOCK_STREAM)}


@pytest.mark.parametrize("name", MACHINES)
def test_the_panel_sends_only_where_it_is_connected(name: str) -> None:
    """MSG_FASTOPEN, in any company, would connect a listening socket that was shut down; other flags are free."""
    machine = MACHINES[name]
    program = assemble(machine, lockdown.PANEL)
    for call, place in SENDING.items():
        number = NUMBERS[call][machine.column]
        assert number
        for flags in (0, socket.MSG_NOSIGNAL, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL, 2**31 - 1 - 0x20000000):
            assert verdict(program, machine.audit, number, *[1] * place, flags) == ALLOW
            assert verdict(program, machine.audit, number, *[1] * place, flags | 0x20000000) == NO


@pytest.mark.parametrize(("name", "lock"), list(itertools.product(MACHINES, ["uplink", "skills", "panel"])))
def test_a_file_can_only_be_opened_for_reading(name: str, lock: str) -> None:
    """Any flag that writes, creates or empties is refused, in any company, for open and openat."""
    machine = MACHINES[name]
    program = assemble(machine, RULES[lock])
    harmless = [0, os.O_CLOEXEC, os.O_NOFOLLOW | os.O_DIRECTORY, os.O_NONBLOCK | os.O_CLOEXEC]
    harmful = [os.O_WRONLY, os.O_RDWR, 3, os.O_CREAT, os.O_TRUNC, os.O_CREAT | os.O_EXCL, os.O_TMPFILE | os.O_RDWR]
    for call, before in (("open", (7,)), ("openat", (2**64 - 100, 7))):
        number = NUMBERS[call][machine.column]
        if number is None:
            continue
        for flags in harmless:
            assert verdict(program, machine.audit, number, *before, flags) == ALLOW
            for writing in harmful:
                assert verdict(program, machine.audit, number, *before, flags | writing) == NO


@pytest.mark.parametrize(("name", "lock"), list(itertools.product(MACHINES, ["uplink", "skills", "panel"])))
def test_only_seven_harmless_ioctls_are_left(name: str, lock: str) -> None:
    """Blocking or not, bytes to read, close on exec, is it a terminal, how wide: no sound card, pin or bus."""
    machine = MACHINES[name]
    program, number = assemble(machine, RULES[lock]), NUMBERS["ioctl"][machine.column]
    assert number
    left = {0x5421, 0x541B, 0x5451, 0x5450, 0x5401, 0x802C542A, 0x5413}
    alsa, gpio, spi, usb = 0x4140, 0xB401, 0x6B00, 0x5500
    requests = left | {base | low for base in (alsa & 0xFF00, gpio & 0xFF00, spi, usb, 0x5400) for low in range(256)}
    requests |= {request | 0xC0400000 for request in requests}
    for request in requests:
        expected = ALLOW if request in left else NO
        assert verdict(program, machine.audit, number, 3, request) == expected, hex(request)
        assert verdict(program, machine.audit, number, 3, request | 1 << 32) == expected


def test_the_program_is_small_enough_for_the_kernel() -> None:
    """The kernel takes 4,096 instructions and jumps of at most 255."""
    for name, lock in EVERYWHERE:
        program = assemble(MACHINES[name], RULES[lock])
        assert len(program) <= 4096
        assert all(place + 1 + max(i.yes, i.no) < len(program) for place, i in enumerate(program[:-1]))
        assert max(max(i.yes, i.no) for i in program) <= 255


def test_a_rule_for_a_call_that_does_not_exist_is_a_mistake() -> None:
    """A misspelt name does not silently leave the call open."""
    with pytest.raises(KeyError):
        assemble(Machine(0, 0), [Rule("sockett")])


@pytest.mark.parametrize(
    ("name", "bits", "machine"),
    [
        ("x86_64", 64, "x86_64"),
        ("aarch64", 64, "aarch64"),
        ("aarch64", 32, "armv7l"),
        ("armv7l", 32, "armv7l"),
        ("armv6l", 32, "armv7l"),
        ("armv8l", 32, "armv7l"),
    ],
)
def test_the_machine_is_told_by_its_name_and_its_pointers(name: str, bits: int, machine: str) -> None:
    """A 32-bit system on a 64-bit Pi kernel is an armv7l whatever the kernel calls itself."""
    assert lockdown.machine_of(name, bits) is MACHINES[machine]


@pytest.mark.parametrize(("name", "bits"), [("x86_64", 32), ("i686", 32), ("riscv64", 64), ("armv7l", 64), ("", 64)])
def test_an_unknown_machine_gets_no_lock_and_so_no_speaker(name: str, bits: int) -> None:
    """Where the numbers of the system calls are not known, nothing is started."""
    with pytest.raises(LockdownError, match=f"{bits}-bit '{name}'"):
        lockdown.machine_of(name, bits)
