"""Each liar is caught, by what the household can check or by a look at the desk's disk; the honest desk by nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from desk_clips import WALL, Sealed, keys_for

from keepmum.desk import liars
from keepmum.desk.liars import LIARS
from keepmum.desk.reception import Reception
from keepmum.desk.scan import canaries, scan
from keepmum.desk.store import Store
from keepmum.errors import SealError
from keepmum.seal import Keys, check_deleted, check_stored


def caught(kind: type[Reception], keys: Keys, store: Store) -> set[str]:
    """What two clips and two demands show about a desk: everything that a household and a look at the disk can see."""
    desk = kind(keys, store)
    clips = [Sealed(keys.card) for _ in range(2)]
    shown = {what for clip in clips for what in _receipt(desk, keys, clip)}
    shown |= {what for clip in clips for what in _answer(desk, keys, clip)}
    if any(scan([store.path.parent], canaries(clip.bytes)) for clip in clips):
        shown.add("the disk")
    return shown


def _receipt(desk: Reception, keys: Keys, clip: Sealed) -> list[str]:
    receipt = [desk.part(clip.parcel, part, 1.0, WALL) for part in clip.parts()][-1]
    if receipt is None:
        return ["no receipt"]
    try:
        check_stored(keys.card, receipt, clip.parcel, clip.sha256)
    except SealError:
        return ["the receipt"]
    return []


def _answer(desk: Reception, keys: Keys, clip: Sealed) -> list[str]:
    """A household has the desk's own signed word that it stored the clip."""
    answer = desk.demand(clip.deletion, clip.secret, WALL)
    if answer is None:
        return ["no answer"]
    try:
        told = check_deleted(keys.card, answer, clip.deletion)
    except SealError:
        return ["the answer"]
    return [] if told.held else ["denied what it signed for"]


def test_the_honest_desk_shows_nothing(keys: Keys, store: Store) -> None:
    """The negative control: what catches liars does not accuse who does as it says."""
    assert caught(Reception, keys, store) == set()


@pytest.mark.parametrize(
    ("kind", "by"),
    [
        ("hoarder", {"the disk"}),
        ("copier", {"the disk"}),
        ("denier", {"denied what it signed for", "the disk"}),
        ("swapper", {"the receipt", "the answer"}),
        ("replayer", {"the receipt", "the answer"}),
        ("forger", {"the receipt", "the answer"}),
        ("silent", {"no answer", "the disk"}),
    ],
)
def test_each_liar_is_caught_and_by_what(keys: Keys, store: Store, kind: str, by: set[str]) -> None:
    """The positive controls. Who says "deleted" and keeps a copy is found on its disk and nowhere else."""
    assert caught(LIARS[kind], keys, store) == by


def test_no_liar_is_untried() -> None:
    """Whoever adds one says above how it is caught."""
    [mark] = test_each_liar_is_caught_and_by_what.pytestmark  # type: ignore[attr-defined]
    assert {kind for kind, _ in mark.args[1]} == LIARS.keys()


def test_a_liar_as_a_process_says_that_it_lies(mosquitto: Any, tmp_path: Path) -> None:
    """For researchers: it warns, runs, and ends in peace."""
    keys_for(time.time()).save(tmp_path / "k")
    (tmp_path / "desk.yaml").write_text(f"broker: {{host: 127.0.0.1, port: {mosquitto.port}}}\n")
    words = ["forger", str(tmp_path / "desk.yaml"), str(tmp_path / "k"), str(tmp_path / "db")]
    command = [sys.executable, "-m", "keepmum.desk.liars", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("this collector LIES on purpose (forger): Signs with another key")
        assert process.stderr.readline() == "liar: collecting below keepmum\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_an_unknown_lie_is_a_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    """The kinds are listed."""
    assert liars.main(["honest"]) == 2
    assert "hoarder|copier" in capsys.readouterr().err
