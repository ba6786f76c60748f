"""`keepmum consents`: the household's own papers about what it agreed to, and whether they hold."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from keepmum import kept
from keepmum.commands.wishes import settings
from keepmum.errors import ReceiptError, StateError

if TYPE_CHECKING:
    from keepmum.listener.consents.receipt import Receipt
    from keepmum.listener.consents.receipts import Found
    from keepmum.settings import FolderSettings

app = typer.Typer(invoke_without_command=True)

_WHERE = "`keepmum consents` lists all"
AsJson = Annotated[bool, typer.Option("--json", help="JSON, for scripts.")]


class Page(StrEnum):
    """How a receipt is printed."""

    TEXT = "text"
    HTML = "html"


@app.callback(epilog="Examples:  keepmum consents  ·  keepmum consents show 3f2a  ·  keepmum consents verify")
def consents(context: typer.Context, as_json: AsJson = False) -> None:
    """List every consent that was ever asked for, and say which of them count now."""
    if context.invoked_subcommand is not None:
        return
    folders = settings(context).folders
    verdicts = _Verdicts(folders)
    every = [(each, verdicts(each.receipt) if each.receipt is not None else each.problem) for each in _found(folders)]
    if as_json:
        for each, verdict in every:
            typer.echo(json.dumps({"id": each.path.stem, "counts": verdict == _YES, "why": verdict}))
    elif every:
        Console(highlight=False, markup=False, emoji=False).print(_table(every))
    else:
        typer.echo("Nobody was ever asked for a consent.")


@app.command(
    epilog="Examples:  keepmum consents show 3f2a  ·  keepmum consents show 3f2a --qr  ·  "
    "keepmum consents show 3f2a --print html >receipt.html"
)
def show(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="ID", help="The consent's number, or how it begins.")],
    as_json: AsJson = False,
    qr: Annotated[bool, typer.Option("--qr", help="A QR code; `keepmum consents verify --qr-text` checks it.")] = False,
    page: Annotated[Page | None, typer.Option("--print", help="A page to print.")] = None,
) -> None:
    """Show one receipt: what was told, what was agreed to, and what became of it."""
    from keepmum.commands import receipt_page

    folders = settings(context).folders
    receipt = _one(_found(folders), number)
    verdict = _Verdicts(folders)(receipt)
    if as_json:
        typer.echo(receipt.to_bytes().decode(), nl=False)
    elif qr:
        typer.echo(f"{receipt_page.code(receipt)}\n{receipt.qr_text}")
    elif page is Page.HTML:
        typer.echo(receipt_page.page(receipt, verdict))
    else:
        typer.echo(receipt_page.text(receipt, verdict))


@app.command(
    epilog="Examples:  keepmum consents verify  ·  keepmum consents verify --file copy.json --key 51ff…  ·  "
    "keepmum consents verify --qr-text KEEPMUM1:…"
)
def verify(
    context: typer.Context,
    file: Annotated[Path | None, typer.Option("--file", help="A receipt that lies elsewhere.")] = None,
    qr_text: Annotated[str | None, typer.Option("--qr-text", help="What a receipt's QR code says.")] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="The device key, from a printed receipt.  [default: this speaker's]")
    ] = None,
) -> None:
    """Check signatures: all receipts of this speaker, a copy, or a QR code. Exit code 1 if one does not hold."""
    folders = settings(context).folders
    if key is None and not (folders.receipts.exists() or file or qr_text):
        raise ReceiptError(f"there are no receipts at {folders.receipts}", "see folders.state in your settings")
    device = _device_key(folders) if key is None else key.strip().lower()
    if qr_text is not None:
        typer.echo(_checked_slip(qr_text, device))
    elif file is not None:
        typer.echo(_checked_file(file, device))
    else:
        typer.echo(_checked_all(_found(folders), device))


_YES = "yes"


class _Verdicts:
    """Whether a receipt counts now, with the code that the listener asks."""

    def __init__(self, folders: FolderSettings) -> None:
        from keepmum.listener import latch

        self._folders = folders
        self._state = latch.read(folders.state / "privacy.json", 0.0)
        try:
            self._key, self._flaw = _device_key(folders), ""
        except (ReceiptError, StateError) as error:
            self._key, self._flaw = "", error.what

    def __call__(self, receipt: Receipt) -> str:
        from keepmum.listener.consents.receipts import objection

        wall = max(self._state.wall, time.time())
        consent = next((each for each in self._state.consents if each.id == receipt.record_id), None)
        if self._flaw:
            return f"no: {self._flaw}"
        if consent is None:
            return f"no: {receipt.newest.event_state}"
        problem = objection(self._folders.receipts, self._key, consent, wall)
        return f"no: {problem}" if problem else _YES if wall < consent.ends else "no: its time is over"


def _device_key(folders: FolderSettings) -> str:
    from keepmum.listener.consents.identity import Identity

    identity = Identity.read(folders.identity)
    if identity is None:
        raise ReceiptError(
            f"there is no identity at {folders.identity} to check with", "give --key, or see folders.state"
        )
    return identity.device_key


def _found(folders: FolderSettings) -> list[Found]:
    from keepmum.listener.consents.receipts import found

    return sorted(found(folders.receipts), key=lambda each: each.at)


def _one(every: Iterable[Found], number: str) -> Receipt:
    fitting = [each for each in every if number and each.path.stem.startswith(number.lower())]
    if len(fitting) != 1:
        why = f"{len(fitting)} receipts begin with {number!r}" if fitting else f"no receipt begins with {number!r}"
        raise ReceiptError(why, _WHERE)
    if fitting[0].receipt is None:
        raise ReceiptError(fitting[0].problem, _WHERE)
    return fitting[0].receipt


def _table(every: Iterable[tuple[Found, str]]) -> Table:
    from keepmum.commands.receipt_page import summary

    table = Table(box=None, pad_edge=False)
    for title in ("id", "what for", "rung", "to", "state", "since", "until", "counts now"):
        table.add_column(title)
    for each, verdict in every:
        cells = summary(each.receipt) if each.receipt is not None else (each.path.stem[:8], *[""] * 6)
        table.add_row(*cells, verdict)
    return table


def _checked_slip(untrusted_text: str, device: str) -> str:
    from keepmum.listener.consents.slip import parse

    read = parse(untrusted_text)
    if read.device_key != device:
        raise ReceiptError(f"it names the device key {read.device_key}, not {device}", "another speaker's; see --key")
    if not read.slip.holds(device, read.signature):
        raise ReceiptError("its signature does not hold: it was changed", "read the code again")
    slip = read.slip
    return (
        f"it holds: receipt {slip.record_id}, {slip.purpose} as {slip.rung}, {slip.state}{_span(slip.at, slip.until)}"
    )


def _checked_file(file: Path, device: str) -> str:
    from keepmum.listener.consents import receipt, receipts

    untrusted = kept.read(file, receipt.LARGEST)
    if untrusted is None:
        raise ReceiptError(f"there is no receipt at {file}", _WHERE)
    read = receipts.read(file, untrusted)
    problem = receipts.forged(read, device)
    if problem:
        raise ReceiptError(f"{file} {problem}", "see --key")
    newest = read.newest
    return f"it holds: receipt {read.record_id}, {newest.event_state}{_span(newest.at, newest.until)}"


def _checked_all(every: list[Found], device: str) -> str:
    problems = list(_problems(every, device))
    if problems:
        raise ReceiptError(
            "\n  ".join([f"{len(problems)} of {len(every)} receipts do not hold", *problems]),
            "what they stood for does not count; ask for it again",
        )
    return f"{len(every)} receipts hold, signed by {device}"


def _problems(every: list[Found], device: str) -> Iterator[str]:
    from keepmum.listener.consents.receipts import forged

    for each in every:
        problem = each.problem if each.receipt is None else forged(each.receipt, device)
        if problem:
            yield problem if each.receipt is None else f"{each.path} {problem}"


def _span(at: float, until: float | None) -> str:
    from keepmum.commands.receipt_page import moment

    return f" {moment(at)}" + (f", until {moment(until)}" if until is not None else "")
