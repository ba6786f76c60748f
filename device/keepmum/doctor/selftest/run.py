"""Goes through the parts of the self-test in order, and lets go of everything at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from keepmum.doctor.machine import Machine
from keepmum.doctor.selftest.hold import hold
from keepmum.doctor.selftest.outcome import ORDER, Name, Outcome, failed, passed, skipped
from keepmum.doctor.selftest.parts import lights, loudspeaker, mute, recording
from keepmum.doctor.selftest.stage import Stage
from keepmum.errors import BrokerError, ConfigError, KeepmumError, PeerError
from keepmum.hardware.drivers import Hardware
from keepmum.settings import Settings

SCHEMA = 1
"""Raised when a key goes or changes its meaning."""

Tell = Callable[[str], None]

_PARTS: dict[Name, Callable[[Stage], Outcome]] = {
    "lights": lights,
    "recording": recording,
    "mute": mute,
    "hold": hold,
    "loudspeaker": loudspeaker,
}


def refuse_while_it_runs(machine: Machine, settings: Settings) -> None:
    """Raise PeerError if a listener has the hardware."""
    try:
        machine.listener(settings.folders.run)
    except PeerError:
        return
    what = "the listener runs, and has the microphone, the button and the light"
    raise PeerError(what, "stop it first; `keepmum doctor` and `keepmum status` can look while it runs")


def outcomes(
    settings: Settings,
    machine: Machine,
    open_all: Callable[[], Hardware],
    *,
    tell: Tell,
    lock: Callable[[], None],
    asks_broker: bool = False,
    without: Collection[str] = (),
) -> Iterator[Outcome]:
    """Each part as soon as it has ended. `lock` is called between opening the hardware and hearing anything."""
    yield _broker(settings, machine) if asks_broker else skipped("broker", "not asked: --broker")
    try:
        hardware = open_all()
    except KeepmumError as error:
        yield failed("hardware", error.what, error.hint)
        yield from (skipped(part, "the hardware cannot be had") for part in _PARTS)
        return
    stage = Stage.of(settings.hardware, hardware, tell)
    try:
        lock()
        yield passed("hardware", "all drivers were opened")
        for name, part in _PARTS.items():
            yield skipped(name, "as you wished") if name in without else part(stage)
    finally:
        stage.capture.close()
        hardware.close()


def _broker(settings: Settings, machine: Machine) -> Outcome:
    if settings.broker.host is None:
        return skipped("broker", "none is named")
    try:
        return passed("broker", f"{machine.knock(settings.broker)}; nothing was published")
    except (BrokerError, ConfigError) as error:
        return failed("broker", error.what, error.hint)


def lines(outcome: Outcome) -> Iterator[str]:
    """One part, for people."""
    begin = f"{outcome.ended:<7}  {outcome.part:<11}  "
    yield f"{begin}{outcome.found}"
    if outcome.hint:
        yield f"{'→ ':>{len(begin)}}{outcome.hint}"


def as_json(ended: Sequence[Outcome]) -> str:
    """One line of JSON: every part, in the order of the test."""
    parts = [vars(outcome) for outcome in sorted(ended, key=lambda outcome: ORDER.index(outcome.part))]
    return json.dumps({"schema": SCHEMA, "failed": failures(ended), "parts": parts}, ensure_ascii=False)


def failures(ended: Iterable[Outcome]) -> int:
    """How many parts failed."""
    return sum(outcome.ended == "fail" for outcome in ended)
