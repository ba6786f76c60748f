"""Builds the jig that a bench.yaml describes; a driver that was not named is not imported."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

from jig.beat import RealBeat
from jig.bench_file import Bench
from jig.human import UNABLE, HumanEye, HumanHand, HumanMains, HumanMeter, HumanPlug, Person
from jig.programs import AplayMouth, CommandBook, CommandMains, CommandPlug, Order
from jig.roles import Eye, Hand, Jig, Mains, Meter, Plug, RigError, Wire


def build(bench: Bench, answers: TextIO | None = None, questions: TextIO | None = None) -> Jig:
    """Every role that has a driver. Raises RigError for one that cannot be had, after closing the others."""
    beat = RealBeat()
    person = Person(answers or sys.stdin, questions or sys.stderr)
    jig = Jig(
        name=bench.name,
        beat=beat,
        unable=UNABLE if bench.hand.driver == "human" else frozenset(),
        closed_within=bench.speaker.closed_within,
        settings={key: _written(value) for key, value in bench.speaker.settings.items()},
    )
    try:
        jig.hand = _hand(bench, beat, person)
        jig.eye = _eye(bench, beat, person)
        jig.meter = _meter(bench, beat, person)
        jig.mouth = AplayMouth(bench.mouth.device) if bench.mouth.driver == "aplay" else None
        jig.wire = _wire(bench, beat)
        jig.mains = _mains(bench, beat, person)
        jig.plug = _plug(bench, beat, person)
        jig.book = CommandBook(Order(bench.book.ledger)) if bench.book.ledger else None
    except RigError:
        jig.close()
        raise
    return jig


def _hand(bench: Bench, beat: RealBeat, person: Person) -> Hand | None:
    if bench.hand.driver == "gpiozero" and bench.hand.pin is not None:
        from jig.pins import PinHand

        return PinHand(bench.hand.pin, beat, active_high=bench.hand.active_high)
    return HumanHand(person, beat) if bench.hand.driver == "human" else None


def _eye(bench: Bench, beat: RealBeat, person: Person) -> Eye | None:
    if bench.eye.driver == "tcs34725":
        from jig.colour_sensor import ColourEye, KernelBus

        try:
            return ColourEye(KernelBus(bench.eye.bus), beat, dark=bench.eye.dark)
        except OSError as error:
            raise RigError(f"/dev/i2c-{bench.eye.bus}: {error.strerror}", "dtparam=i2c_arm=on, group i2c") from error
    return HumanEye(person, beat) if bench.eye.driver == "human" else None


def _meter(bench: Bench, beat: RealBeat, person: Person) -> Meter | None:
    if bench.meter.driver == "gpiozero" and bench.meter.pin is not None:
        from jig.pins import PinMeter

        return PinMeter(bench.meter.pin, beat, on_high=bench.meter.on_high)
    return HumanMeter(person, beat) if bench.meter.driver == "human" else None


def _wire(bench: Bench, beat: RealBeat) -> Wire | None:
    wire = bench.wire
    if wire.driver != "capture" or wire.speaker is None or wire.bench is None:
        return None
    from jig.capture import CaptureWire

    login: list[str] = ["-u", wire.username] if wire.username else []
    if wire.password_file is not None:
        login += ["-P", _first_line(wire.password_file)]
    return CaptureWire(speaker=wire.speaker, bench=wire.bench, interface=wire.interface, login=login, beat=beat)


def _mains(bench: Bench, beat: RealBeat, person: Person) -> Mains | None:
    mains = bench.mains
    if mains.cut and mains.restore and mains.kill and mains.up and mains.driver == "commands":
        off, on, kill, up = (Order(line) for line in (mains.cut, mains.restore, mains.kill, mains.up))
        return CommandMains(off=off, on=on, kill=kill, up=up, up_seconds=bench.speaker.up_seconds, beat=beat)
    return HumanMains(person, beat) if mains.driver == "human" else None


def _plug(bench: Bench, beat: RealBeat, person: Person) -> Plug | None:
    if bench.plug.driver == "commands" and bench.plug.out and bench.plug.back:
        return CommandPlug(out=Order(bench.plug.out), back=Order(bench.plug.back))
    return HumanPlug(person, beat) if bench.plug.driver == "human" else None


def _first_line(file: Path) -> str:
    try:
        return file.read_text().partition("\n")[0]
    except OSError as error:
        raise RigError(f"{file} cannot be read: {error.strerror}", "wire.password_file") from error


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
