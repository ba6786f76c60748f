"""Sees whether keepmum runs, and waits until it does and stays so."""

from __future__ import annotations

import re

from machine import Machine
from trouble import InstallError

NEEDED = ("keepmum-listener.service", "keepmum-skills.service")
"""What has to run for it to be well. The uplink runs only where there is a broker, and not in quiet hours."""

_PATIENCE = 90
_STEADY = 6
"""Seconds: how long it may take to become ready on a slow Pi, and for how long it must then stay so."""
_GIVES_UP = 3
"""Starts after which it is clear that something does not begin to run by waiting."""
_RUNS = "active running"


def runs(machine: Machine) -> bool:
    """Whether all that is needed runs at this moment."""
    return all(state.startswith(_RUNS) for state in _states(machine).values())


def is_down(machine: Machine) -> bool:
    """Whether something that is needed neither runs nor is about to."""
    return any(not state.startswith("active") for state in _states(machine).values())


def wait(machine: Machine) -> None:
    """Wait until what is needed is ready and stays so; raises InstallError with its last words if it does not."""
    steady, before, states = 0, dict[str, str](), dict[str, str]()
    for _ in range(_PATIENCE):
        states = _states(machine)
        steady_state = all(state.startswith(_RUNS) for state in states.values())
        steady = steady + 1 if steady_state and states == before else 0
        before = states
        machine.progress.at(steady / _STEADY, "waiting until it is ready, and stays so")
        if steady >= _STEADY:
            return
        if max(map(_starts, states.values())) >= _GIVES_UP:
            break
        machine.pause(1.0)
    raise _trouble(machine, states)


def _trouble(machine: Machine, states: dict[str, str]) -> InstallError:
    bad = max(states, key=lambda unit: (not states[unit].startswith(_RUNS), _starts(states[unit])))
    said = machine.run("journalctl", "--unit", bad, "--lines=8", "--output=cat", "--no-pager").said.splitlines()[-8:]
    what = f"{bad} is {' '.join(states[bad].split()[:2])}, started again {_starts(states[bad])} times"
    return InstallError("\n  ".join([what, *said]), "`sudo keepmum doctor` says what is missing")


def _starts(state: str) -> int:
    last = state.rsplit(maxsplit=1)[-1]
    return int(last) if last.isdigit() else 0


def _states(machine: Machine) -> dict[str, str]:
    """`active running 0` for each that is needed: what it does, and how often it was started again."""
    keys = ("ActiveState", "SubState", "NRestarts")
    shown = machine.run("systemctl", "show", f"--property={','.join(keys)}", *NEEDED).said
    tables = [dict(re.findall(r"^(\w+)=(.*)$", block, re.M)) for block in shown.split("\n\n")]
    told = [" ".join(table.get(key) or "unknown" for key in keys) for table in tables]
    return dict(zip(NEEDED, [*told, *["unknown"] * len(NEEDED)], strict=False))
