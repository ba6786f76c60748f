"""`keepmum doctor` looks and changes nothing; `keepmum selftest` lights, listens and speaks, and asks first."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from keepmum import config
from keepmum.boards.shelf import Shelf
from keepmum.commands.wishes import Wishes, settings, wishes
from keepmum.errors import ConfigError, RingError
from keepmum.settings import Settings

if TYPE_CHECKING:
    from keepmum.doctor.case import Case, Owner
    from keepmum.doctor.checks import Result
    from keepmum.doctor.machine import Machine
    from keepmum.doctor.selftest.outcome import Outcome

app = typer.Typer()

_COLOURS = {"problem": typer.colors.RED, "note": typer.colors.YELLOW, "ok": typer.colors.GREEN}


@app.command(epilog="Examples:  keepmum doctor  ·  keepmum doctor --broker  ·  keepmum doctor --i2c --json")
def doctor(
    context: typer.Context,
    i2c: Annotated[
        bool, typer.Option("--i2c", help="Also read a byte from each known chip on the header's I2C bus.")
    ] = False,
    broker: Annotated[
        bool, typer.Option("--broker", help="Also connect to the broker, as the uplink would; publish nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON, for scripts.")] = False,
) -> None:
    """Look at this machine and say what is well, what is not, and what to do next.

    It only looks. The exit status is 1 if there is a problem, and 0 otherwise.
    """
    # Late, so that the other commands start without what the listener needs.
    from keepmum.doctor import checks, report
    from keepmum.doctor.case import Asked, Case
    from keepmum.doctor.machine import here

    case = Case(here(), owner(wishes(context)), Asked(i2c=i2c, broker=broker))
    found = list(checks.results(case)) if as_json else _shown(case)
    if as_json:
        typer.echo(report.as_json(found))
    raise typer.Exit(0 if checks.is_well(found) else 1)


def _shown(case: Case) -> list[Result]:
    """Each line as soon as it is known."""
    from keepmum.doctor import checks, report

    width = shutil.get_terminal_size((118, 24)).columns
    found: list[Result] = []
    for result in checks.results(case):
        if not found or found[-1].group != result.group:
            typer.echo(report.heading(result.group) if found else result.group)
        found.append(result)
        for line in report.lines(result, width):
            typer.echo(_coloured(line))
    typer.echo(report.total(found))
    return found


def _coloured(line: str) -> str:
    verdict = next((word for word in _COLOURS if line.startswith(f"  {word} ")), None)
    if verdict is None:
        return line
    return f"  {typer.style(verdict, fg=_COLOURS[verdict])}{line[2 + len(verdict) :]}"


def owner(said: Wishes) -> Owner:
    """What the owner's files say. What is wrong with them is a finding, and the shipped settings take their place."""
    from keepmum.doctor.case import Owner

    boards, trouble = Shelf().boards(), None
    try:
        boards = config.shelf(said.file).boards()
        wanted = config.load(said.file, said.overrides)
        changed = sum(entry.changed for entry in config.explain(said.file, said.overrides))
    except ConfigError as error:
        wanted, changed, trouble = Settings(), 0, error
    return Owner(wanted, tuple(boards), changed, trouble)


@app.command(
    epilog="Examples:  keepmum selftest  ·  keepmum selftest --yes --skip hold --json  ·  keepmum selftest --broker"
)
def selftest(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    broker: Annotated[
        bool, typer.Option("--broker", help="Also connect to the broker, as the uplink would; publish nothing.")
    ] = False,
    skip: Annotated[
        list[str] | None, typer.Option("--skip", metavar="PART", help="Leave a part out; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON, for scripts; needs --yes.")] = False,
) -> None:
    """Try the lights, the microphone, mute and its proof, the button and the loudspeaker, one after the other.

    It makes light and sound and listens for a few seconds; what it hears is measured in memory and dropped. The
    listener must not run meanwhile. The exit status is 1 if a part fails.
    """
    from keepmum.doctor.machine import here
    from keepmum.doctor.selftest import run
    from keepmum.doctor.selftest.outcome import ORDER

    if unknown := [part for part in skip or () if part not in ORDER[2:]]:
        raise typer.BadParameter(f"{', '.join(unknown)}: the parts are {', '.join(ORDER[2:])}")
    if as_json and not yes:
        raise typer.BadParameter("--json cannot ask; add --yes")
    wanted, machine = settings(context), here()
    run.refuse_while_it_runs(machine, wanted)
    if not yes:
        typer.confirm(
            "It will light the lamps, listen for a few seconds and speak. Nothing is kept. Go on?", abort=True
        )
    found = _tried(wanted, machine, skip or (), broker, as_json)
    if as_json:
        typer.echo(run.as_json(found))
    raise typer.Exit(1 if run.failures(found) else 0)


def _tried(wanted: Settings, machine: Machine, skip: Sequence[str], broker: bool, quiet: bool) -> list[Outcome]:
    """Each line as soon as it is known; what a person is asked to do goes to the error stream."""
    from keepmum import lockdown
    from keepmum.doctor.selftest import run
    from keepmum.hardware.drivers import open_hardware, open_ring
    from keepmum.listener.look import UNKNOWN

    def tell(line: str) -> None:
        typer.echo(f"  {line}", err=True)

    found: list[Outcome] = []
    for outcome in run.outcomes(
        wanted,
        machine,
        lambda: open_hardware(wanted.hardware, wanted.speech.voice),
        tell=tell,
        lock=lockdown.lock_listener,
        asks_broker=broker,
        without=skip,
    ):
        found.append(outcome)
        if not quiet:
            typer.echo("\n".join(run.lines(outcome)))
    with suppress(RingError):
        # As after every end of the listener: a ring that stays dark could be a broken one.
        open_ring(wanted.hardware.ring).show(UNKNOWN)
    return found
