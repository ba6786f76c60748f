"""`keepmum demo` as a newcomer starts it: real processes, a real broker, and a count of the test's own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

Play = Callable[..., Any]

HEADER = 60
"""Bytes that every part of a clip carries before its content."""

QUIET = """\
title "The scene begins."
await peer role=skills
await broker online=yes
hold 1
"""


@pytest.fixture(scope="module")
def household(play: Play) -> Any:
    """The household minute, played once."""
    demo = play("--fast")
    demo.end()
    return demo


def rows(folder: Path) -> list[dict[str, Any]]:
    """The ledger's lines, read without any of keepmum's code."""
    return [json.loads(line) for line in (folder / "state" / "ledger" / "000000000000.jsonl").read_text().splitlines()]


def test_the_household_minute_ends_well(household: Any) -> None:
    """Exit status 0, and the last lines say that the two counts agree."""
    assert household.process.returncode == 0, household.printed
    assert "The ledger and mosquitto agree, byte for byte." in household.printed
    assert "DIFFERENT" not in household.printed
    assert household.printed.count("equal") == 7


def test_what_left_is_what_mosquitto_saw_counted_by_hand(household: Any) -> None:
    """The ledger's bytes and mosquitto_sub's, added up here without the demo's own code: something left, and no more.

    Clips are equal one by one, home actions and demands to destroy in bytes, and so are the answers in number.
    """
    released = {row["facts"]["parcel"]: row["facts"] for row in rows(household.folder) if row["what"] == "release"}
    handed = {row["facts"]["parcel"] for row in rows(household.folder) if row["what"] == "handover"}
    ours = Counter({parcel: released[parcel]["bytes"] for parcel in handed})
    theirs: Counter[str] = Counter()
    deletions = Counter(row["facts"]["state"] for row in rows(household.folder) if row["what"] == "deletion")
    ours += {"demands": 32 * deletions["sent"], "answers": deletions["confirmed"]}
    for topic, size in (line.split() for line in (household.folder / "witness.txt").read_text().splitlines()):
        if topic.startswith("keepmum/clips/"):
            theirs[topic.rpartition("/")[2]] += int(size) - HEADER
        elif topic.startswith("keepmum/deletions/"):
            theirs["demands"] += int(size)
        elif topic.startswith("keepmum/deleted/"):
            theirs["answers"] += 1
        elif not topic.startswith(("house/", "keepmum/receipts/")):
            theirs["actions"] += int(size)
    for parcel in [parcel for parcel in handed if released[parcel]["kind"] == "action"]:
        ours["actions"] += ours.pop(parcel)
    assert ours == theirs
    assert len(theirs) == 5
    assert ours["actions"] > 0
    assert ours["demands"] == 2 * 32


def test_every_way_of_keeping_mum_occurs(household: Any) -> None:
    """Refused in local mode, for want of a consent, by the room; left under a consent; called back, and destroyed."""
    what = Counter(row["what"] for row in rows(household.folder))
    why = Counter(row["facts"]["reason"] for row in rows(household.folder) if row["what"] == "refusal")
    states = Counter(row["facts"]["state"] for row in rows(household.folder) if row["what"] == "consent")
    assert why["local_mode"] >= 3
    assert why["no_consent"] >= 1
    assert why["declined"] == 1
    assert states["given"] == 2 == states["withdrawn"]
    assert what["mute"] >= 3
    assert what["delivered"] == what["handover"] == what["release"] == 5


def facts(household: Any, what: str) -> list[dict[str, Any]]:
    """What the rows of one kind say, in their order."""
    return [row["facts"] for row in rows(household.folder) if row["what"] == what]


def test_a_hand_agrees_only_after_the_notice_was_heard_and_a_receipt_is_there(household: Any) -> None:
    """Each consent was proposed before, and its receipt says that it was given and withdrawn."""
    opened = [each["purpose"] for each in facts(household, "proposal") if each["state"] == "opened"]
    assert opened == ["commands", "asr-improvement"]
    receipts = [json.loads(path.read_text()) for path in (household.folder / "state" / "receipts").glob("*.json")]
    assert len(receipts) == 2
    assert all("withdrawn" in json.dumps(receipt) for receipt in receipts)


def test_three_clips_are_asked_about_and_two_are_approved(household: Any) -> None:
    """One by the button and one by a sentence; the third stays."""
    states = Counter(each["state"] for each in facts(household, "question"))
    assert states == {"waiting": 3, "played": 3, "approved": 2}
    assert "the room said no" in household.printed


def test_what_was_approved_leaves_together_in_the_window(household: Any) -> None:
    """Within a second, between 19:05 and 19:06, minutes after it was said."""
    clips = {each["parcel"] for each in facts(household, "release") if each["kind"] == "clip"}
    left = [
        row["at"] for row in rows(household.folder) if row["what"] == "handover" and row["facts"]["parcel"] in clips
    ]
    assert len(left) == 2
    assert max(left) - min(left) < 1
    assert all(5 * 60 <= at % 3_600 < 6 * 60 for at in left)


def test_what_left_is_called_back_and_its_destruction_signed(household: Any) -> None:
    """The newest by a sentence, the other when sharing ends; the collector's store has neither."""
    states = Counter(each["state"] for each in facts(household, "deletion"))
    assert states == {"demanded": 2, "sent": 2, "confirmed": 2}
    clips = [each["parcel"] for each in facts(household, "release") if each["kind"] == "clip"]
    store = sqlite3.connect(household.folder / "clips.db")
    kept = store.execute("SELECT id FROM clips").fetchall()
    gone = store.execute("SELECT id FROM gone").fetchall()
    store.close()
    assert kept == []
    assert {row[0] for row in gone} == set(clips)
    assert len(clips) == 2


def test_the_account_fits_80_columns(household: Any) -> None:
    """Nothing that it prints is wider than the narrowest terminal."""
    assert max(map(len, household.printed.splitlines())) <= 80


def test_nothing_that_it_started_is_left(household: Any) -> None:
    """No process, no socket, no outbox; and no temporary folder beside the one that was asked for."""
    assert household.pids() == {}
    assert [folder for folder in household.folders() if folder.exists()] == []
    assert os.listdir(household.folder.parent) == [household.folder.name]


def test_its_records_are_kept_where_they_were_asked_for(household: Any) -> None:
    """What a sceptic wants to look at, each with something in it."""
    for name in ("witness.txt", "replies.wav", "listener.log", "state/ledger/000000000000.jsonl", "clips.db"):
        assert (household.folder / name).stat().st_size > 0, name
    assert str(household.folder) in "".join(household.printed.split("\n"))


def test_a_folder_that_is_not_empty_is_refused(household: Any) -> None:
    """An older ledger would be counted with the new one's."""
    again = [*household.process.args]
    done = subprocess.run(again, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert "hint: name a folder that is empty" in done.stderr


def test_a_scene_whose_await_is_never_met_fails(play: Play, tmp_path: Path) -> None:
    """The scene plays to its end, the counts agree, and the exit status says all the same that it went wrong."""
    scene = tmp_path / "scene.txt"
    scene.write_text(QUIET + "await delivered parcel_kind=clip\npause 1\n")
    demo = play("--fast", "--scene", str(scene))
    assert demo.end() == 1
    assert "1 of the things that the scene waited for did not happen" in demo.printed
    assert "The ledger and mosquitto agree" in demo.printed
    assert demo.pids() == {}


def test_a_scene_that_cannot_be_read_is_reported_before_the_stage_is_set(play: Play, tmp_path: Path) -> None:
    """By file and line; nothing was started."""
    scene = tmp_path / "scene.txt"
    scene.write_text("say something else\nsing\n")
    demo = play("--fast", "--scene", str(scene))
    assert demo.end() == 1
    assert "keepmum: error: scene.txt:1" in demo.printed
    assert "scene.txt:2" in demo.printed
    assert "Traceback" not in demo.printed
    assert not demo.folder.exists()


def test_a_scene_may_say_how_the_speaker_is_set_up(play: Play, tmp_path: Path) -> None:
    """What it says reaches the speaker's settings, and a setting that is none is reported with the listener's words."""
    scene = tmp_path / "scene.txt"
    scene.write_text("speaker sharing.quota=3 wake.phrase=x\nsay hello\n")
    demo = play("--fast", "--scene", str(scene))
    assert demo.end() == 1
    assert "keepmum: error: listener ended with" in demo.printed
    assert yaml.safe_load((demo.folder / "keepmum.yaml").read_text())["sharing"] == {"release": "at once", "quota": 3}
    assert demo.pids() == {}


@pytest.mark.parametrize("name", ["listener", "demo.recipient"])
def test_a_process_that_dies_is_reported_at_once(play: Play, tmp_path: Path, name: str) -> None:
    """Its name, how it ended, and where its log is; nothing else goes on playing."""
    scene = tmp_path / "scene.txt"
    scene.write_text(QUIET + 'title "Now."\npause 300\n')
    demo = play("--scene", str(scene))
    demo.until("— Now.")
    (pid,) = demo.pids(f"keepmum.{name}")
    os.kill(pid, signal.SIGKILL)
    assert demo.end() == 1
    assert f"keepmum: error: {'collector' if name == 'demo.recipient' else name} ended with -9" in demo.printed
    assert "Traceback" not in demo.printed
    assert gone(demo.pids(), demo.folders())


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP])
def test_ended_from_outside_it_takes_everything_with_it(play: Play, tmp_path: Path, end: signal.Signals) -> None:
    """A `kill`, or a window that is closed, is no reason to leave a broker and a microphone behind."""
    scene = tmp_path / "scene.txt"
    scene.write_text(QUIET + 'title "Now."\npause 300\n')
    demo = play("--scene", str(scene))
    demo.until("— Now.")
    assert len(demo.pids()) == 6
    demo.process.send_signal(end)
    assert demo.end() == 128 + end
    assert gone(demo.pids(), demo.folders())


def test_ctrl_c_ends_it_with_the_account_so_far(play: Play, tmp_path: Path) -> None:
    """The listener closes its microphone at once, as the whole terminal gets the signal; the count is shown."""
    scene = tmp_path / "scene.txt"
    scene.write_text(QUIET + 'title "Now."\npause 300\n')
    demo = play("--scene", str(scene))
    demo.until("— Now.")
    (listener,) = demo.pids("keepmum.listener")
    for pid in (demo.process.pid, listener):
        os.kill(pid, signal.SIGINT)
    assert demo.end() == 0, demo.printed
    assert "broken off" in demo.printed
    assert "The ledger and mosquitto agree" in demo.printed
    assert gone(demo.pids(), demo.folders())


def gone(pids: dict[int, str], folders: Iterable[Path]) -> bool:
    """Whether nothing is left of a run."""
    return not pids and not any(folder.exists() for folder in folders)
