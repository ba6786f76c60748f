"""`keepmum reset`, invariant I24: afterwards nothing of the household is there but its ledger."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from consents_desk import CARD, settings
from reset_home import CANARY, NOW, Home

from keepmum import ledger
from keepmum.consent import Mode
from keepmum.errors import LedgerError, StateError
from keepmum.ledger import What
from keepmum.listener import latch
from keepmum.listener.alone import Alone
from keepmum.listener.consents.agreements import Agreements
from keepmum.listener.reset import reset
from keepmum.privacy import Owner

Command = Callable[..., Any]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


# ---- I24


def test_i24_a_factory_reset_destroys_the_identity_the_receipts_and_what_waits(command: Command, home: Home) -> None:
    """Nothing is left but the ledger's rows and checkpoints, and in no byte of them the secret or what was private."""
    secret, number = home.secret, home.consent.id
    ran = command("reset", "--yes")
    assert (ran.code, ran.err) == (0, "")
    left = home.files()
    assert {name.split("/")[1] for name in left} == {"ledger"}
    everything = b"".join(left.values())
    assert secret not in everything
    assert bytes.fromhex(secret.decode()) not in everything
    assert CANARY not in everything
    assert number.encode() not in everything


def test_i24_the_ledger_stays_and_its_last_row_says_so(command: Command, home: Home) -> None:
    """The chain still holds, and the reset itself is signed by the identity that it ended."""
    command("reset", "--yes")
    rows = list(ledger.read(home.state / "ledger"))
    assert [row.what for row in rows] == [What.MUTE, What.RESET]
    assert rows[-1].facts["files"] == 11
    assert not ledger.verify(home.state / "ledger").problem
    notes = [path.read_text() for path in (home.state / "ledger" / "checkpoints").glob("*.txt")]
    assert any(note.splitlines()[1] == "2" for note in notes)


def test_i24_the_next_start_is_muted_and_local_and_somebody_else(command: Command, home: Home) -> None:
    """As if nobody had ever set it up; the old consent counts nowhere, even if its file comes back."""
    old = (home.state / "receipts" / f"{home.consent.id}.json").read_bytes()
    command("reset", "--yes")
    state = latch.read(home.state / "privacy.json", 0.0)
    assert (state.mutes, state.mode, state.consents) == (frozenset({Owner.BUTTON}), Mode.LOCAL, ())
    papers = Agreements.open(settings(home.folder), CARD)
    assert papers.identity is not None
    assert papers.identity.device_key != home.identity.device_key
    (home.state / "receipts" / f"{home.consent.id}.json").write_bytes(old)
    assert papers.book.valid((home.consent,), NOW) == frozenset()


def test_i24_the_ledger_goes_too_if_that_is_wanted(command: Command, home: Home) -> None:
    """Then no file is left at all; the old form of the ledger included."""
    (home.state / "ledger.jsonl").write_bytes(CANARY)
    assert command("reset", "--yes", "--ledger-too").code == 0
    assert home.files() == {}


def test_the_bytes_of_the_secret_are_overwritten_and_not_only_unlinked(home: Home) -> None:
    """Whoever still has the file open, or its blocks, reads zeros."""
    with (home.state / "identity.json").open("rb") as opened:
        reset(settings(home.folder).folders, NOW, ledger_too=False)
        old = opened.read()
    assert (len(old) > 100, set(old)) == (True, {0})


# ---- who may, and when


def test_a_running_listener_is_not_reset(command: Command, home: Home) -> None:
    """It would write everything down again; nothing is touched."""
    before = home.files()
    running = Alone(home.state)
    try:
        ran = command("reset", "--yes")
    finally:
        running.close()
    assert (ran.code, home.files()) == (1, before)
    assert "another listener has" in ran.err
    assert "stop it first" in ran.err


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_without_a_yes_nothing_happens(
    command: Command, home: Home, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """A no, nothing, or nobody there; what would be destroyed is told before."""
    before = home.files()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(answer.encode())))
    ran = command("reset")
    assert (ran.code, home.files()) == (1, before)
    assert "its identity, and with it the keys that demand deletions" in ran.out
    assert "The ledger stays" in ran.out
    assert "Nobody else has a recording of you, as far as the ledger tells." in ran.out


def test_a_yes_is_enough(command: Command, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the folder is free again afterwards."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"y\n")))
    ran = command("reset")
    assert (ran.code, "The next start is muted and local." in ran.out) == (0, True)
    Alone(home.state).close()


def test_what_others_still_have_is_told_before(command: Command, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a reset nobody can demand it back, so somebody may want to do that first."""
    import time

    now = time.time()
    facts: dict[str, str | float] = {"purpose": "research", "consent": "c" * 32, "state": "given", "retention": 9e6}
    home.ledger.add(What.CONSENT, now, facts)
    home.ledger.add(What.RELEASE, now, {"parcel": "d" * 32, "kind": "clip", "purpose": "research", "consent": "c" * 32})
    home.ledger.add(What.HANDOVER, now, {"parcel": "d" * 32})
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"n\n")))
    assert "Others may still have 1 of your recordings." in command("reset").out


def test_a_folder_that_is_not_there_is_not_made(command: Command, tmp_path: Path) -> None:
    """A slip in folders.state is no success."""
    ran = command("reset", "--yes")
    assert ran.code == 1
    assert "see folders.state in your settings" in ran.err
    assert not (tmp_path / "state").exists()


# ---- what is damaged or in the way


@pytest.mark.parametrize("name", ["identity.json", "privacy.json"])
def test_a_damaged_file_is_what_a_reset_is_for(command: Command, home: Home, name: str) -> None:
    """It goes with the rest, and the next start can agree to something again."""
    (home.state / name).write_bytes(b"\xff")
    assert command("reset", "--yes").code == 0
    assert Agreements.open(settings(home.folder), CARD).offered


def test_a_damaged_ledger_stops_nothing_but_its_own_last_row(command: Command, home: Home) -> None:
    """Everything else is destroyed, then it is told, with the way out."""
    segment = next((home.state / "ledger").glob("0*.jsonl"))
    segment.write_bytes(b'{"n":0}\n' + segment.read_bytes())
    ran = command("reset", "--yes")
    assert ran.code == 1
    assert "everything else is destroyed, but the ledger cannot tell" in ran.err
    assert {name.split("/")[1] for name in home.files()} == {"ledger"}
    assert command("reset", "--yes", "--ledger-too").code == 0
    assert home.files() == {}


def test_what_keepmum_did_not_write_is_left_and_named(command: Command, home: Home) -> None:
    """Somebody's own file in the folder is theirs."""
    (home.state / "notes.txt").write_text("mine")
    ran = command("reset", "--yes")
    assert f"left alone, because keepmum did not write it: {home.state / 'notes.txt'}" in ran.out
    assert (home.state / "notes.txt").read_text() == "mine"


def test_a_link_is_removed_and_what_it_leads_to_is_not_touched(home: Home, tmp_path: Path) -> None:
    """Nobody's file elsewhere is overwritten through a link in the folder."""
    (tmp_path / "precious").write_text("precious")
    (home.state / "skills" / "link.json").symlink_to(tmp_path / "precious")
    (home.state / "skills" / "folder").symlink_to(tmp_path)
    reset(settings(home.folder).folders, NOW, ledger_too=False)
    assert (tmp_path / "precious").read_text() == "precious"
    assert list((home.state / "skills").iterdir()) == []


def test_it_can_be_done_twice(home: Home) -> None:
    """A second one finds nothing, and says so in the ledger."""
    folders = settings(home.folder).folders
    reset(folders, NOW, ledger_too=False)
    assert reset(folders, NOW + 1, ledger_too=False).files == 1  # the empty private part that the ledger began anew
    assert [row.what for row in ledger.read(folders.ledger)] == [What.MUTE, What.RESET, What.RESET]


def test_what_cannot_be_destroyed_is_told_after_all_the_rest_is(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """And there is no row that says that it was done."""
    unlink = Path.unlink

    def stuck(path: Path, missing_ok: bool = False) -> None:
        if path.name == "lists.json":
            raise OSError(1, "Operation not permitted", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", stuck)
    with pytest.raises(StateError, match=r"lists.json: Operation not permitted"):
        reset(settings(home.folder).folders, NOW, ledger_too=False)
    left = {name for name in home.files() if not name.startswith("state/ledger/")}
    assert left == {"state/skills/lists.json"}
    assert [row.what for row in ledger.read(home.state / "ledger")] == [What.MUTE]


class Stopped(BaseException):
    """The power is gone."""


@pytest.mark.parametrize("stop", range(11))
def test_wherever_it_is_stopped_nothing_is_agreed_to_afterwards(home: Home, stop: int) -> None:
    """Cut before each file: the speaker does not know who it is, or is new; no consent counts in either case."""
    unlink, gone = Path.unlink, 0

    def counted(path: Path, missing_ok: bool = False) -> None:
        nonlocal gone
        if gone == stop:
            raise Stopped
        gone += 1
        unlink(path, missing_ok)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "unlink", counted)
        with pytest.raises(Stopped):
            reset(settings(home.folder).folders, NOW, ledger_too=False)
    papers = Agreements.open(settings(home.folder), CARD)
    state = latch.read(home.state / "privacy.json", 0.0)
    assert papers.book.valid(state.consents, NOW) == frozenset()
    assert papers.identity is None or papers.identity.device_key != home.identity.device_key
    assert papers.identity is None or not state.consents


@pytest.fixture
def somebodys() -> Iterator[Path]:
    """A folder that another user of this machine can reach: those of pytest are root's alone."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another user")
def test_root_leaves_nothing_that_the_speaker_could_not_open(somebodys: Path) -> None:
    """What is written anew belongs to whoever owns the folder, or the next start could not write its ledger."""
    home = Home(somebodys)
    for path in (somebodys, *somebodys.rglob("*")):
        os.chown(path, 12_345, 12_345)
    words = [f"--set=folders.{name}={somebodys / name}" for name in ("run", "state", "outbox")]
    code = "from keepmum.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, *words, "reset"], input="y\n", capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert [row.what for row in ledger.read(home.state / "ledger")] == [What.MUTE, What.RESET]
    assert {path.stat().st_uid for path in home.state.rglob("*")} == {12_345}


def test_a_ledger_that_does_not_take_the_row_is_an_error(home: Home) -> None:
    """What happened is not told as done when nobody wrote it down."""
    (home.state / "ledger" / "checkpoints").write_text("no folder")
    with pytest.raises(LedgerError, match="the ledger cannot tell"):
        reset(settings(home.folder).folders, NOW, ledger_too=False)
