"""kill -9 in every state: muted stays muted, by the same owners; what was open comes back as it was."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from killed_speaker import FINGER, STATES, UNSAVED, UNSEEN

from keepmum.listener.ear import Ear
from keepmum.privacy import Owner

KILLS = 12
PATIENCE = 120.0
"""Seconds after which a speaker that says nothing has fallen over."""


class Zygote:
    """The program that forks speakers, and the one that lives."""

    def __init__(self) -> None:
        program = Path(__file__).parent / "killed_speaker.py"
        self._program = subprocess.Popen(
            [sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self._alive = 0

    def start(self, folder: Path, state: str = "") -> dict[str, Any]:
        """A speaker in this folder, and what it said when it was in the state."""
        assert self._program.stdin
        self._program.stdin.write(f"{folder} {state}\n".encode())
        told = self.hear()
        self._alive = int(told["process"])
        return told

    def hear(self) -> dict[str, Any]:
        """One more line from the speaker."""
        assert self._program.stdout
        assert select.select([self._program.stdout], [], [], PATIENCE)[0], "the speaker says nothing"
        line = self._program.stdout.readline()
        assert line, "the speaker fell over"
        return dict(json.loads(line))

    def left(self) -> dict[str, Any] | None:
        """A line that it said before it was gone, if there is one more."""
        assert self._program.stdout
        ready, _, _ = select.select([self._program.stdout], [], [], 0)
        return self.hear() if ready else None

    def kill(self) -> None:
        """SIGKILL, now; when this returns it is gone."""
        gone = os.pidfd_open(self._alive)
        try:
            os.kill(self._alive, signal.SIGKILL)
            select.select([gone], [], [])
        finally:
            os.close(gone)
            self._alive = 0

    def close(self) -> None:
        if self._alive:
            self.kill()
        assert self._program.stdin
        assert self._program.stdout
        self._program.stdin.close()
        self._program.wait()
        self._program.stdout.close()


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """One program for all states."""
    one = Zygote()
    yield one
    one.close()


@pytest.mark.parametrize("state", STATES)
def test_a_kill_in_every_state_leaves_nobody_louder(zygote: Zygote, tmp_path: Path, state: str) -> None:
    """The same owners, for as long as they said, the same mode and consents; a fault is found out again."""
    before = zygote.start(tmp_path, state)
    zygote.kill()
    after = zygote.start(tmp_path)
    zygote.kill()
    assert after["owners"] == [owner for owner in before["owners"] if owner != "fault"]
    assert (after["mode"], after["consents"]) == (before["mode"], before["consents"])
    assert after["left"].keys() == before["left"].keys()
    assert all(after["left"][owner] >= left for owner, left in before["left"].items())
    muted = bool(after["owners"])
    assert (after["open"], after["ear"]) == ((False, "muted") if muted else (True, "waiting"))
    assert after["ring"] == ("muted: the microphone is closed" if muted else "waiting for the wake word")


def test_every_owner_is_killed_once(zygote: Zygote, tmp_path: Path) -> None:
    """The states above hold the microphone closed by everybody who can, and leave it open in more than one way."""
    reached = {}
    for number, state in enumerate(STATES):
        (folder := tmp_path / str(number)).mkdir()
        reached[state] = zygote.start(folder, state)
        zygote.kill()
    assert {owner for told in reached.values() for owner in told["owners"]} == set(Owner)
    assert {tuple(told["owners"]) for told in reached.values()} >= {(), *((owner,) for owner in Owner)}
    assert {told["ear"] for told in reached.values() if told["open"]} == set(Ear) - {Ear.MUTED, Ear.FAULT}
    assert [(state, told["mode"]) for state, told in reached.items() if told["consents"]] == [("agreed", "ASK")]


def test_a_press_that_nobody_has_seen_is_found_by_the_finger(zygote: Zygote, tmp_path: Path) -> None:
    """The microphone was closed by the press itself; whoever still presses at the next start has it closed again."""
    before = zygote.start(tmp_path, UNSEEN)
    zygote.kill()
    assert (before["owners"], before["open"]) == ([], False)
    after = zygote.start(tmp_path, FINGER)
    zygote.kill()
    assert (after["owners"], after["open"]) == (["button"], False)


def test_a_planted_keeper_that_writes_nothing_down_is_caught(zygote: Zygote, tmp_path: Path) -> None:
    """The comparison above would say so: the next speaker listens."""
    before = zygote.start(tmp_path, UNSAVED)
    zygote.kill()
    after = zygote.start(tmp_path)
    zygote.kill()
    assert (before["owners"], after["owners"], after["open"]) == (["voice"], [], True)


def test_a_kill_at_any_moment_loses_no_mute_that_was_done(zygote: Zygote, tmp_path: Path) -> None:
    """Muting and opening without an end, killed after so many reports: whoever had muted by then still has."""
    chance = random.Random(5)
    for number in range(KILLS):
        (folder := tmp_path / str(number)).mkdir()
        told = zygote.start(folder, "churn")
        for _ in range(chance.randint(0, 20)):
            told = zygote.hear()
        zygote.kill()
        while (more := zygote.left()) is not None:
            told = more
        after = zygote.start(folder)
        zygote.kill()
        assert set(told["done"]) <= set(after["owners"])
        assert after["open"] is not bool(after["owners"])
