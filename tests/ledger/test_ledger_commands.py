"""`keepmum ledger` and `keepmum witness`: what a household, a sceptic and a script can ask."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ledger_books import MOMENT, SIGNER, all_lines
from typer.testing import CliRunner

from keepmum import cli
from keepmum.commands.book.story import sentence
from keepmum.commands.book.which import moment
from keepmum.errors import LedgerError
from keepmum.ledger import GENESIS, Ledger, What
from keepmum.ledger.row import chain

CLIP, OTHER, LOST = "3f2a" + "0" * 28, "3f2b" + "0" * 28, "9c" * 16
CONSENT = "c0" * 16

Ask = Callable[..., str]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """An evening: a consent, a clip that left and came back destroyed, one that was never confirmed, a refusal."""
    ledger = Ledger(tmp_path / "state", MOMENT, signer=SIGNER)
    agreed = {"purpose": "research", "rung": "text", "consent": CONSENT}
    ledger.add(What.CONSENT, MOMENT, {**agreed, "state": "given", "to": "ab12", "retention": 86_400.0})
    for n, parcel in enumerate((CLIP, OTHER)):
        facts = {"parcel": parcel, "kind": "clip", "to": "ab12", "bytes": 4_096, **agreed}
        ledger.add(What.RELEASE, MOMENT + 60 + n, facts, {"seconds": 3.2})
        ledger.add(What.HANDOVER, MOMENT + 120 + n, {"parcel": parcel})
    ledger.add(What.DELIVERED, MOMENT + 130, {"parcel": CLIP})
    ledger.add(What.REFUSAL, MOMENT + 140, {"kind": "clip", "purpose": "research", "reason": "muted"})
    ledger.add(What.CONSENT, MOMENT + 150, {**agreed, "state": "withdrawn", "by": "voice"})
    for state in ("demanded", "sent", "confirmed"):
        plays = {"plays": 2} if state == "confirmed" else {}
        ledger.add(What.DELETION, MOMENT + 160, {"parcel": CLIP, "state": state, **plays})
    ledger.checkpoint(MOMENT + 170)
    ledger.add(What.QUESTION, MOMENT + 180, {"parcel": LOST, "state": "waiting"})
    return tmp_path / "state"


@pytest.fixture
def ask(book: Path) -> Ask:
    """One of the ledger's commands, about that evening."""

    def run(*words: str, code: int = 0, stdin: str = "") -> str:
        done = CliRunner().invoke(cli.app, ["ledger", *words, "--file", str(book)], input=stdin)
        if isinstance(done.exception, LedgerError):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.stdout

    return run


def test_why_tells_the_story_of_a_parcel(ask: Ask) -> None:
    """From the consent to its end, in plain words and in the household's clock; four digits are enough."""
    told = ask("why", "3f2a").splitlines()
    assert told[0] == f"parcel {CLIP}"
    assert told[1].strip().startswith(time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(MOMENT)))
    wanted = [
        "Somebody in the room agreed to research, redacted text (c0c0c0c0).",
        "It may leave: 4096 bytes, a clip of 3.2 s, as redacted text, for research, to ab12, "
        "under the consent c0c0c0c0.",
        "It was handed to the uplink: from here on it may be outside.",
        "Its arrival was confirmed.",
        "The consent was withdrawn for research, redacted text (c0c0c0c0): by a spoken wish.",
        "The household wanted it destroyed.",
        "The demand to destroy it was sent.",
        "The recipient signed that it is destroyed; it had been listened to 2 times.",
    ]
    assert [line.split("  ")[2] for line in told[1:-1]] == wanted
    assert told[-1] == "So now: destroyed; the recipient has signed that."


@pytest.mark.parametrize(
    ("parcel", "now"),
    [
        (OTHER, "perhaps outside: it was handed over, and nobody has confirmed that it arrived"),
        (LOST, "waiting here for"),
    ],
)
def test_why_says_where_it_is_as_far_as_anybody_knows(ask: Ask, parcel: str, now: str) -> None:
    """What is not known is said to be so."""
    assert f"So now: {now}" in ask("why", parcel)
    assert json.loads(ask("why", parcel, "--json"))["now"].startswith(now)


def test_why_tells_one_line(ask: Ask) -> None:
    """With its facts, its private ones, and whether a checkpoint covers it."""
    told = ask("why", "1")
    assert told.startswith("line 1, 20")
    assert "  seconds: 3.2\n" in told
    assert told.endswith("  the checkpoint of the first 11 lines covers it\n")
    assert ask("why", "11").endswith("  no checkpoint covers it yet\n")


def test_why_says_that_private_facts_were_erased(ask: Ask, book: Path) -> None:
    """The line shows that there were some."""
    Ledger(book, signer=SIGNER).forget_private(MOMENT + 999)
    assert "they were erased" in ask("why", "1")
    assert "(private facts erased)" in ask("show")
    assert "4096 bytes, a clip, as redacted text" in ask("why", CLIP)


def test_one_line_can_be_proved_without_the_others(ask: Ask) -> None:
    """As JSON it comes with the checkpoint and the path in the tree, checked here with nothing but SHA-256."""
    import base64
    import hashlib

    shown = json.loads(ask("why", "1", "--json"))["shown"]
    size, wanted = shown["checkpoint"].split("\n")[1:3]
    proof = [base64.b64decode(step) for step in shown["proof"]]
    mine = hashlib.sha256(b"\0" + shown["line"].encode()).digest()
    mine = hashlib.sha256(b"\1" + proof[0] + mine).digest()
    for step in proof[1:]:
        mine = hashlib.sha256(b"\1" + mine + step).digest()
    assert (size, base64.b64encode(mine).decode()) == ("11", wanted)


def test_why_refuses_what_it_cannot_find(ask: Ask) -> None:
    """No such parcel, more than one, no such line, no parcel at all."""
    for about, message in (
        ("abcd", "no line of the ledger speaks of"),
        ("3f2", "is neither"),
        ("99", "has no line 99"),
    ):
        if message == "is neither":
            ask("why", about, code=2)
            continue
        with pytest.raises(LedgerError, match=message):
            ask("why", about)


def test_two_parcels_that_begin_alike_are_named(book: Path, ask: Ask) -> None:
    """Some digits more decide."""
    Ledger(book, signer=SIGNER).add(What.QUESTION, MOMENT, {"parcel": CLIP[:-1] + "1", "state": "waiting"})
    with pytest.raises(LedgerError, match="2 parcels begin with 3f2a0"):
        ask("why", "3f2a0")


def test_show_can_be_narrowed(ask: Ask) -> None:
    """By time, by kind and by number; kinds that there are not are named."""
    assert len(ask("show").splitlines()) == 12
    assert [line.split()[3] for line in ask("show", "--what", "consent").splitlines()] == ["consent"] * 2
    assert len(ask("show", "--what", "consent", "--what", "refusal", "--last", "2").splitlines()) == 2
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(MOMENT + 120))
    assert 0 < len(ask("show", "--since", since).splitlines()) < 12
    assert ask("show", "--since", "2100-01-01") == ""
    ask("show", "--what", "gossip", code=2)
    ask("show", "--since", "whenever", code=2)


def test_since_is_read_in_the_clock_of_the_household() -> None:
    """A day, a time of today, so long ago."""
    now = time.mktime((2026, 11, 22, 18, 30, 0, 0, 0, -1))
    midnight = time.mktime((2026, 11, 22, 0, 0, 0, 0, 0, -1))
    assert moment("today", now) == moment("2026-11-22", now) == midnight
    assert moment("18:30", now) == moment("2026-11-22 18:30", now) == now
    assert (moment("2h", now), moment("3d", now), moment("5m", now)) == (now - 7_200, now - 259_200, now - 300)
    assert moment(None, now) is None


def test_export_is_for_programs(ask: Ask, book: Path) -> None:
    """One JSON object a line, with the facts apart; as CSV one column for each fact."""
    rows = [json.loads(line) for line in ask("export").splitlines()]
    assert [row["n"] for row in rows] == list(range(12))
    assert (rows[1]["facts"]["bytes"], rows[1]["private"], rows[0]["private"]) == (4_096, {"seconds": 3.2}, None)
    assert [row["hash"] for row in rows] == [json.loads(line)["hash"] for line in all_lines(book)]
    table = list(csv.DictReader(io.StringIO(ask("export", "--format", "csv"))))
    assert [row["what"] for row in table] == [row["what"] for row in rows]
    assert (table[1]["seconds"], table[1]["parcel"], table[0]["parcel"]) == ("3.2", CLIP, "")
    assert [row["n"] for row in map(json.loads, ask("export", "--what", "refusal").splitlines())] == [6]


def test_a_spreadsheet_gets_no_formula(tmp_path: Path) -> None:
    """What somebody else wrote as a reason is a text in every cell."""
    Ledger(tmp_path / "x").add(What.DROPPED, MOMENT, {"reason": "=cmd()"})
    done = CliRunner().invoke(cli.app, ["ledger", "export", "--format", "csv", "--file", str(tmp_path / "x")])
    assert "'=cmd()" in done.stdout


def test_verify_tells_what_it_looked_at(ask: Ask) -> None:
    """Chain, checkpoints and private parts."""
    told = ask("verify")
    assert told.startswith("the chain holds: 12 lines, head ")
    assert "1 checkpoints hold" in told
    assert "private facts of 2 lines are what they were" in told
    assert json.loads(ask("verify", "--json"))["checkpoints"] == 1


def test_a_witness_at_the_end_of_a_pipe(book: Path, tmp_path: Path) -> None:
    """The real commands, joined by text alone: key there, checkpoint there and back, and the next one needs nothing."""

    def keepmum(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "keepmum.cli", *words]
        return subprocess.run(program, input=stdin, capture_output=True, text=True, check=False)

    here = ("--file", str(book))
    there = ("witness", "--store", str(tmp_path / "w.json"))
    speaker = keepmum("ledger", "checkpoint", "--key", *here).stdout
    assert keepmum(*there, "--trust", speaker).returncode == 0
    witness = keepmum(*there, "--key").stdout
    signed = keepmum(*there, stdin=keepmum("ledger", "checkpoint", *here).stdout).stdout
    added = keepmum("ledger", "checkpoint", "--add", "-", "--from", witness, *here, stdin=signed)
    assert "vouches for the first 11 lines" in added.stdout
    Ledger(book, signer=SIGNER).checkpoint(MOMENT + 999)
    again = keepmum("ledger", "checkpoint", *here).stdout
    assert again.startswith("old 11\n")
    (tmp_path / "signed").write_text(keepmum(*there, stdin=again).stdout)
    added = keepmum("ledger", "checkpoint", "--add", str(tmp_path / "signed"), *here)
    assert "vouches for the first 12 lines" in added.stdout
    about = json.loads(keepmum("ledger", "checkpoint", "--json", *here).stdout)
    assert (about["size"], about["witnesses"][0]["size"]) == (12, 12)
    refused = keepmum(*there, stdin=signed)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "its newest rows were cut off" in refused.stderr


def test_a_single_file_has_no_checkpoints(tmp_path: Path) -> None:
    """One plain error."""
    (tmp_path / "copy.jsonl").touch()
    done = CliRunner().invoke(cli.app, ["ledger", "checkpoint", "--file", str(tmp_path / "copy.jsonl")])
    assert isinstance(done.exception, LedgerError)


@pytest.mark.parametrize("what", What)
def test_every_kind_of_row_has_a_sentence(what: What) -> None:
    """Also when a fact is missing that it should have; a kind of a later version is shown as it stands."""
    told = sentence(chain(0, MOMENT, what, {}, GENESIS))
    assert told.endswith(".")
    assert not told.startswith(f"{what}:")
    assert sentence(chain(0, MOMENT, "later", {"a": 1}, GENESIS)) == "later: a 1"
