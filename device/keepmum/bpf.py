"""Turns a list of refusals into the small program that the kernel runs before every system call.

Pure: rules in, instructions out, for any of the three machines on any of them. The programs are therefore
tested for the Pi without one.
"""

from __future__ import annotations

from collections.abc import Iterable
from errno import EPERM
from typing import NamedTuple

from keepmum.syscalls import NUMBERS

ALLOW = 0x7FFF0000
KILL = 0x80000000
"""The whole process, because a call in a foreign ABI is nobody's mistake."""
ERRNO = 0x00050000
"""Add the error number that the caller shall see."""

_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_CALL_AT, _AUDIT_AT, _ARGUMENTS_AT = 0, 4, 16
"""Where struct seccomp_data keeps the call's number, its ABI and its six 64-bit arguments."""


class Instruction(NamedTuple):
    """One struct sock_filter: skip `yes` or `no` instructions after a comparison with `value`."""

    code: int
    yes: int
    no: int
    value: int


class Machine(NamedTuple):
    """One kind of processor: its column in `syscalls.NUMBERS` and the ABI that its programs speak."""

    column: int
    audit: int
    foreign_from: int | None = None
    """Call numbers from here on belong to another ABI with the same `audit` (x32)."""


MACHINES = {
    "x86_64": Machine(0, 0xC000003E, 0x40000000),
    "aarch64": Machine(1, 0xC00000B7),
    "armv7l": Machine(2, 0x40000028),
}


class Rule(NamedTuple):
    """A system call refused with `error`, unless one of its arguments, masked, is one of `values`.

    Only the lower 32 bits of an argument are looked at: use it for arguments that the kernel takes as an int.
    """

    call: str
    error: int = EPERM
    argument: int = 0
    mask: int = 0xFFFFFFFF
    values: tuple[int, ...] = ()
    given: tuple[int, int] | None = None
    """The rule holds only for calls in which this argument has this value."""


def assemble(machine: Machine, rules: Iterable[Rule]) -> list[Instruction]:
    """The program that applies every rule and allows the rest; a rule for a call that the machine lacks is void."""
    program = [_load(_AUDIT_AT), Instruction(_EQUAL, 1, 0, machine.audit), _return(KILL)]
    if machine.foreign_from is not None:
        program += [_load(_CALL_AT), Instruction(_AT_LEAST, 0, 1, machine.foreign_from), _return(KILL)]
    for rule in rules:
        number = NUMBERS[rule.call][machine.column]
        if number is not None:
            program += _block(rule, number)
    return [*program, _return(ALLOW)]


def _block(rule: Rule, number: int) -> list[Instruction]:
    """The instructions of one rule: fall through to the next block where it does not apply or is content."""
    conditions = [(_CALL_AT, number)]
    if rule.given is not None:
        conditions.append((_argument_at(rule.given[0]), rule.given[1]))
    test = _content(rule) if rule.values else []
    tail = [*test, _return(ERRNO | rule.error)]
    head: list[Instruction] = []
    for offset, value in reversed(conditions):
        head = [_load(offset), Instruction(_EQUAL, 0, len(head) + len(tail), value), *head]
    return head + tail


def _content(rule: Rule) -> list[Instruction]:
    """Jump over the refusal that follows if the argument is one of the values."""
    count = len(rule.values)
    load = [_load(_argument_at(rule.argument)), Instruction(_AND, 0, 0, rule.mask)]
    return load + [Instruction(_EQUAL, count - place, 0, value) for place, value in enumerate(rule.values)]


def _load(offset: int) -> Instruction:
    return Instruction(_LOAD, 0, 0, offset)


def _return(verdict: int) -> Instruction:
    return Instruction(_RETURN, 0, 0, verdict)


def _argument_at(place: int) -> int:
    """The offset of an argument's lower half; all three machines are little-endian."""
    return _ARGUMENTS_AT + 8 * place
