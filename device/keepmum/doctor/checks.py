"""The table of all checks, in the order in which they are shown. A check is one function and one line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from keepmum.doctor import agreements, board, broker, computer, lights, power, processes, sound, speech, wall
from keepmum.doctor.case import Case
from keepmum.doctor.finding import Finding, Verdict, plain, problem
from keepmum.errors import KeepmumError

Look = Callable[[Case], Finding]

GROUPS: dict[str, dict[str, Look]] = {
    "machine": {
        "computer": computer.computer,
        "memory": computer.memory,
        "temperature": computer.warmth,
        "user": computer.user,
        "folders": computer.folders,
        "kept state": computer.kept,
        "identity": agreements.identity,
        "receipts": agreements.papers,
        "listener": computer.listener,
    },
    "board": {
        "configuration": board.configuration,
        "connected": board.connected,
        "i2c": board.i2c,
        "profile": board.profile,
        "overlay": board.overlay,
        "other overlays": board.other_overlays,
        "parameters": board.parameters,
        "codec": board.codec,
    },
    "sound": {
        "microphone": sound.microphone,
        "held by": sound.held,
        "mixer": sound.mixer,
        "loudspeaker": sound.loudspeaker,
        "portaudio": sound.portaudio,
    },
    "button and lights": {
        "chip": lights.chip,
        "pin library": lights.library,
        "pins": lights.pins,
        "lamps": lights.lamps,
        "lamps' colours": lights.gamma,
        "usb board": lights.usb_board,
    },
    "speech": {
        "model": speech.model,
        "wake phrases": speech.phrases,
        "voice": speech.voice,
    },
    "broker": {
        "broker": broker.broker,
        "recipient": broker.recipient,
    },
    "wall": {
        "units": wall.units,
        "laid over them": wall.overrides,
        "up to date": wall.told_to_systemd,
        "processes": processes.locked,
        "open ports": processes.ports,
        "memory limits": processes.limits,
        "swap": processes.swap,
        "core files": processes.cores,
    },
    "clock and power": {
        "clock": power.clock,
        "power": power.power,
    },
}


@dataclass(frozen=True)
class Result:
    """What one check said."""

    group: str
    check: str
    finding: Finding


def results(case: Case) -> Iterator[Result]:
    """Every check in the order of the table, each as soon as it is done. A check that fails is a problem itself."""
    for group, checks in GROUPS.items():
        for name, look in checks.items():
            yield Result(group, name, _looked(look, case))


def is_well(all_of_them: list[Result]) -> bool:
    """Whether no check found a problem."""
    return all(result.finding.verdict is not Verdict.PROBLEM for result in all_of_them)


def _looked(look: Look, case: Case) -> Finding:
    try:
        return look(case)
    except KeepmumError as error:
        return problem(plain(error.what), error.hint or "see the lines above")
    except (OSError, ValueError) as error:
        # What a machine shows may be anything; the other lines are wanted all the same.
        return problem(f"it cannot be looked at: {plain(str(error))}", "ask again as root; tell keepmum's maintainers")
