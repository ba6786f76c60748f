"""`keepmum ledger why`: the story of one parcel, or of one row, in plain words."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from keepmum import ledger
from keepmum.commands.book.export import record
from keepmum.commands.book.story import sentence
from keepmum.commands.book.which import AsJson, File, book, clock
from keepmum.errors import LedgerError
from keepmum.ledger import Row, What, witnessed

app = typer.Typer()

_ROW = re.compile(r"[0-9]{1,12}")
_PARCEL = re.compile(r"[0-9a-f]{4,32}")


@app.command(epilog="Examples:  keepmum ledger why 3f2a  ·  keepmum ledger why 41  ·  keepmum ledger why 41 --json")
def why(
    context: typer.Context,
    about: Annotated[str, typer.Argument(metavar="PARCEL|N", help="A parcel (four digits are enough), or a line.")],
    as_json: AsJson = False,
    file: File = None,
) -> None:
    """Tell what happened to one parcel and why, or what one line says.

    A number of up to twelve digits means a line, anything longer or with a letter a parcel.
    """
    path = book(context, file)
    if _ROW.fullmatch(about):
        _one_row(path, int(about), as_json)
    elif _PARCEL.fullmatch(about):
        _one_parcel(path, about, as_json)
    else:
        raise typer.BadParameter(f"{about!r} is neither a line's number nor a parcel; `keepmum ledger show` has both")


@dataclass
class _Story:
    """One parcel's rows, and those of the consent that it left under."""

    parcel: str
    rows: list[Row] = field(default_factory=list)

    @property
    def consent(self) -> str:
        """The consent's number, or nothing."""
        return next((str(row.facts.get("consent", "")) for row in self.rows if row.what == What.RELEASE), "")

    def with_consent(self, consents: list[Row]) -> list[Row]:
        """All of it in order: how it was agreed to, what happened, and what became of the consent."""
        mine = [row for row in consents if self.consent and row.facts.get("consent") == self.consent]
        return sorted([*mine, *self.rows], key=lambda row: row.n)


def _one_parcel(path: Path, start: str, as_json: bool) -> None:
    stories: dict[str, _Story] = {}
    consents: list[Row] = []
    for row in ledger.read(path):
        parcel = str(row.facts.get("parcel", ""))
        if row.what == What.CONSENT:
            consents.append(row)
        elif parcel.startswith(start) and parcel:
            stories.setdefault(parcel, _Story(parcel)).rows.append(row)
    story = _only(stories, start)
    rows = story.with_consent(consents)
    if as_json:
        typer.echo(json.dumps({"parcel": story.parcel, "now": _now(story), "rows": [record(row) for row in rows]}))
        return
    typer.echo(f"parcel {story.parcel}")
    for row in rows:
        typer.echo(f"  {clock(row.at)}  {sentence(row)}  (line {row.n})")
    typer.echo(f"So now: {_now(story)}.")


def _only(stories: dict[str, _Story], start: str) -> _Story:
    if not stories:
        raise LedgerError(f"no line of the ledger speaks of a parcel {start}", "`keepmum ledger show` lists them")
    if len(stories) > 1:
        some = ", ".join(sorted(stories)[:4])
        raise LedgerError(f"{len(stories)} parcels begin with {start}: {some}", "give some digits more")
    return next(iter(stories.values()))


def _now(story: _Story) -> str:
    """Where it is, as far as this speaker can know."""
    told = {row.what for row in story.rows}
    deletion = next((row.facts.get("state") for row in reversed(story.rows) if row.what == What.DELETION), None)
    if deletion == "confirmed":
        return "destroyed; the recipient has signed that"
    if deletion is not None:
        return "wanted back, and nobody has confirmed that it is destroyed"
    if What.DELIVERED in told:
        return "with the recipient"
    if What.HANDOVER in told:
        return "perhaps outside: it was handed over, and nobody has confirmed that it arrived"
    if told & {What.DROPPED, What.REFUSAL}:
        return "erased; it never left"
    return "waiting here to leave" if What.RELEASE in told else "waiting here for an answer"


def _one_row(path: Path, n: int, as_json: bool) -> None:
    row = next((row for row in ledger.read(path) if row.n == n), None)
    if row is None:
        raise LedgerError(f"the ledger has no line {n}", "the first is line 0; `keepmum ledger show` has the last")
    proof = witnessed.proof_of(path, n) if path.is_dir() else None
    if as_json:
        checkpoint: dict[str, object] = {"line": row.line().decode().rstrip("\n"), "checkpoint": None, "proof": None}
        if proof:
            hashes = [base64.b64encode(each).decode() for each in proof[1]]
            checkpoint |= {"checkpoint": str(proof[0].note), "proof": hashes}
        typer.echo(json.dumps({**record(row), "shown": checkpoint}))
        return
    typer.echo(f"line {n}, {clock(row.at)}: {sentence(row)}")
    for name, fact in {**row.facts, **(row.private or {})}.items():
        typer.echo(f"  {name}: {fact}")
    if row.commitment and row.private is None:
        typer.echo("  private facts stood beside it; they were erased, and this line shows that without naming them")
    covered = f"the checkpoint of the first {proof[0].size} lines covers it" if proof else "no checkpoint covers it yet"
    typer.echo(f"  {covered}")
