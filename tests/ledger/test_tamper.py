"""Whoever has the whole ledger in their hands cannot change it unseen: a witness remembers.

Each change is planted in a copy of the folder, and must be found by `scripts/verify-ledger`, which shares no code with
keepmum, and has nothing but the rows, the witnessed checkpoint and two keys.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from ledger_books import MOMENT, SIGNER, all_lines, grow, opened

from keepmum.ledger import GENESIS, verify, witnessed
from keepmum.ledger.checkpoint import key_of
from keepmum.ledger.row import chain
from keepmum.ledger.segments import firsts, path_of
from keepmum.ledger.witness import Witness

SCRIPT = Path(__file__).parents[2] / "scripts/verify-ledger"
ROWS = 11
SIGNED = 10


class House(NamedTuple):
    """A ledger of eleven rows in three files, of which a witness has seen ten."""

    book: Path
    checkpoint: Path
    speaker: str
    witness: str


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Made once; every test changes a copy."""
    folder = tmp_path_factory.mktemp("witnessed")
    ledger = opened(folder / "ledger")
    grow(ledger, SIGNED)
    ledger.checkpoint(MOMENT)
    witness = Witness(folder / "w.json")
    witness.trust(str(key_of(SIGNER)))
    note = witness.cosign(witnessed.request(folder / "ledger", None), MOMENT)
    (folder / "signed").write_text(note)
    grow(ledger, ROWS - SIGNED)
    return House(folder / "ledger", folder / "signed", str(key_of(SIGNER)), str(witness.key))


@pytest.fixture
def house(untouched: House, tmp_path: Path) -> House:
    """A copy to be changed."""
    return untouched._replace(book=shutil.copytree(untouched.book, tmp_path / "copy"))


def examined(house: House) -> tuple[int, str]:
    """Exit code and words of the independent verifier."""
    words = [sys.executable, "-I", SCRIPT, house.book, "--checkpoint", house.checkpoint]
    words += ["--key", house.speaker, "--witness", house.witness]
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def rewrite(book: Path, lines: list[bytes]) -> None:
    """Put these lines in the place of all rows, in files as they were."""
    for first in firsts(book):
        path_of(book, first).unlink()
    for first in range(0, len(lines), 4):
        path_of(book, first).write_bytes(b"".join(lines[first : first + 4]))


def edit(book: Path) -> None:
    lines = all_lines(book)
    lines[5] = lines[5].replace(b'"reason":"muted"', b'"reason":"nothing"')
    rewrite(book, lines)


def delete(book: Path) -> None:
    lines = all_lines(book)
    rewrite(book, lines[:5] + lines[6:])


def swap(book: Path) -> None:
    lines = all_lines(book)
    lines[5], lines[6] = lines[6], lines[5]
    rewrite(book, lines)


def truncate(book: Path) -> None:
    rewrite(book, all_lines(book)[: SIGNED - 1])


def write_anew(book: Path) -> None:
    """Every row again, one of them with another reason: a chain that holds from its first line to its last."""
    prev, fresh = GENESIS, []
    for n, line in enumerate(all_lines(book)):
        said = json.loads(line)
        facts = {**said["facts"], "reason": "nothing"} if n == 5 else said["facts"]
        row = chain(n, said["at"], said["what"], facts, prev, commitment=said.get("private", ""))
        fresh.append(row.line())
        prev = row.hash
    rewrite(book, fresh)


def drop_a_file(book: Path) -> None:
    path_of(book, 4).unlink()


TAMPERINGS: list[tuple[Callable[[Path], None], str]] = [
    (edit, "row 5 does not follow"),
    (delete, "row 5 does not follow"),
    (swap, "row 5 does not follow"),
    (truncate, "9 rows are here, and keepmum/"),
    (write_anew, "the first 10 rows are not those that were signed"),
    (drop_a_file, "should begin with row 4"),
]


def test_an_untouched_ledger_passes(house: House) -> None:
    """All rows hold, and the witness has seen all but the last."""
    assert examined(house) == (0, "11 rows hold; the first 10 are those that were signed\n")


@pytest.mark.parametrize(("tamper", "told"), TAMPERINGS, ids=[tamper.__name__ for tamper, _ in TAMPERINGS])
def test_every_tampering_is_found_against_a_witnessed_checkpoint(
    house: House, tamper: Callable[[Path], None], told: str
) -> None:
    """By the independent verifier, in one line that says what is wrong; and by our own, which knows the checkpoints."""
    tamper(house.book)
    code, said = examined(house)
    assert code == 1
    assert told in said
    assert verify(house.book).problem is not None


def test_the_chain_alone_would_not_have_found_what_the_checkpoint_finds(house: House) -> None:
    """The control: with the speaker's own checkpoints gone too, a cut and a rewritten ledger look whole."""
    for tamper in (truncate, write_anew):
        shutil.rmtree(house.book / "checkpoints", ignore_errors=True)
        tamper(house.book)
        assert verify(house.book).problem is None
        assert examined(house)[0] == 1


def test_a_checkpoint_that_was_made_to_fit_has_no_signatures_that_do(house: House, tmp_path: Path) -> None:
    """Whoever changes the size in the note, or brings another's keys, is told so."""
    fitting = tmp_path / "fitting"
    fitting.write_text(house.checkpoint.read_text().replace("\n10\n", "\n9\n"))
    assert examined(house._replace(checkpoint=fitting)) == (
        1,
        "the speaker's signature under the checkpoint is wrong\n",
    )
    other = str(Witness(tmp_path / "other.json").key)
    assert examined(house._replace(witness=other)) == (1, "the witness has not signed the checkpoint\n")
    assert examined(house._replace(speaker=other)) == (1, "the speaker has not signed the checkpoint\n")


def test_rows_after_the_checkpoint_are_held_by_the_chain(house: House) -> None:
    """What came later is not witnessed yet, and still cannot be edited in place."""
    lines = all_lines(house.book)
    rewrite(house.book, [*lines[:-1], lines[-1].replace(b"muted", b"other")])
    assert examined(house) == (1, "row 10 does not follow from the rows before it\n")


def test_a_key_that_is_no_text_any_more_is_found_and_not_tripped_over(house: House) -> None:
    """A worn card flipped its first bit: that is a finding like any other."""
    (key,) = (house.book / "checkpoints").glob("*.key")
    key.write_bytes(bytes([key.read_bytes()[0] | 0x80]) + key.read_bytes()[1:])
    assert str(key) in str(verify(house.book).problem)


def test_the_verifier_is_short_and_shares_nothing_with_keepmum() -> None:
    """At most 80 lines, Python's own library and `cryptography`."""
    text = SCRIPT.read_text()
    tree = ast.parse(text)
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert len(text.splitlines()) <= 80
    assert {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) == {"cryptography"}
