"""The commands that talk to the running speaker. Each asks for news or for more quiet; there is no word for less."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from keepmum.commands.owners import closed_by
from keepmum.commands.wishes import settings
from keepmum.errors import PeerError
from keepmum.messages import Done, Message, Refused, Say, Seen, Status, StatusReport, Tighten, Want, Watch
from keepmum.settings import Settings
from keepmum.wire import Line, connect

app = typer.Typer()

_PATIENCE = 15.0
"""Seconds for an answer: a skill may take some."""


@app.command(epilog="Examples:  keepmum status  ·  keepmum status --json")
def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON, for scripts.")] = False,
) -> None:
    """Say how the speaker is: microphone, light, mode, consents, what waits to leave."""
    report = _ask(settings(context), Status())
    if not isinstance(report, StatusReport):
        raise PeerError("the listener answered something else than its status", "are both of the same version?")
    if as_json:
        typer.echo(report.model_dump_json(exclude={"type"}))
        return
    table = Table.grid(padding=(0, 3))
    for name, value in report.model_dump(exclude={"type"}).items():
        table.add_row(name, closed_by(report.mutes) if name == "mutes" else _shown(value))
    Console(highlight=False, markup=False, emoji=False).print(table)


@app.command(epilog="Example:  keepmum mute")
def mute(context: typer.Context) -> None:
    """Close the microphone. Only a hand on the speaker's button opens it again."""
    _tighten(context, "mute")


@app.command(epilog="Example:  keepmum guest")
def guest(context: typer.Context) -> None:
    """Close the microphone for twelve hours. Holding the button for three seconds ends it before."""
    _tighten(context, "guest")


@app.command(epilog="Example:  keepmum local")
def local(context: typer.Context) -> None:
    """Let nothing that was heard leave the house. Only a hand on the button allows it again."""
    _tighten(context, "local")


@app.command(epilog="Example:  keepmum withdraw")
def withdraw(context: typer.Context) -> None:
    """Withdraw every consent, empty the outbox, and ask for everything that ever left to be destroyed."""
    _tighten(context, "withdraw")


class Part(StrEnum):
    """How much is to be forgotten."""

    LAST = "last"
    TODAY = "today"
    ALL = "all"


_FORGETS: dict[Part, Want] = {Part.LAST: "forget_last", Part.TODAY: "forget_today", Part.ALL: "forget"}


@app.command(epilog="Examples:  keepmum forget last  ·  keepmum forget today  ·  keepmum forget all")
def forget(
    context: typer.Context,
    part: Annotated[Part, typer.Argument(help="What was said last, what was said today, or everything ever.")],
) -> None:
    """Delete what was said, here at once, and ask whoever has got it to destroy it."""
    _tighten(context, _FORGETS[part])


@app.command()
def unmute() -> None:
    """Not possible from here, on purpose: it says why."""
    raise PeerError(
        "no command can open the microphone", "hold the button on the speaker for a second: it takes a hand in the room"
    )


@app.command(epilog='Examples:  keepmum say "set a timer for ten minutes"  ·  keepmum say "what did you send today"')
def say(
    context: typer.Context, text: Annotated[str, typer.Argument(help="The sentence, as you would say it.")]
) -> None:
    """Give the speaker a sentence as if it had heard it after its wake word, and print the answer.

    It needs `keepmum run listener` and `keepmum run skills`, and no microphone.
    """
    if not 0 < len(text) <= 500:
        raise typer.BadParameter("a sentence has 1 to 500 letters")
    _print_done(_ask(settings(context), Say(text=text)))


@app.command(epilog="Examples:  keepmum watch  ·  keepmum watch --json")
def watch(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON each, for scripts.")] = False,
) -> None:
    """Print what happens in the speaker, as it happens, until Ctrl-C.

    Words that were heard appear only if `panel.show_words` is true in the configuration.
    """
    line = connect(settings(context).folders.run, "panel")
    try:
        line.send(Watch())
        while received := line.receive():
            _print_seen(received[0], as_json=as_json)
    except KeyboardInterrupt:
        return
    finally:
        line.close()


def _print_seen(message: Message, *, as_json: bool) -> None:
    if isinstance(message, Refused):
        raise PeerError(message.why, message.hint)
    if not isinstance(message, Seen):
        return
    facts = "  ".join(f"{name}={_shown(value)}" for name, value in message.facts.items())
    clock = time.strftime("%H:%M:%S", time.localtime(message.at))
    typer.echo(message.model_dump_json(exclude={"type"}) if as_json else f"{clock}  {message.kind:<16}  {facts}")


def _tighten(context: typer.Context, want: Want) -> None:
    _print_done(_ask(settings(context), Tighten(want=want)))


def _print_done(answer: Message) -> None:
    typer.echo(answer.text or "Done." if isinstance(answer, Done) else "Done.")


def _ask(settings: Settings, question: Message) -> Message:
    """One question, one answer. Raises PeerError if there is none, or if it is a refusal."""
    line = connect(settings.folders.run, "panel", _PATIENCE)
    try:
        line.send(question)
        return _answer(line)
    finally:
        line.close()


def _answer(line: Line) -> Message:
    received = line.receive()
    if received is None:
        raise PeerError(f"the listener did not answer within {_PATIENCE:g} seconds", "see its log")
    if isinstance(received[0], Refused):
        raise PeerError(received[0].why, received[0].hint)
    return received[0]


def _shown(value: object) -> str:
    """A value on one line; what a terminal would obey is escaped."""
    text = ", ".join(str(item) for item in value) or "none" if isinstance(value, list) else str(value)
    return text if text.isprintable() else repr(text)
