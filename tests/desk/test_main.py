"""`keepmum collect`: its words, one by one, and the whole as a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from desk_clips import ABOUT, NOISE, Sealed, Sender, keys_for

from keepmum.desk import __main__ as desk
from keepmum.desk.reception import Reception
from keepmum.desk.scan import canaries, scan
from keepmum.desk.store import Store
from keepmum.errors import ConfigError, OutboxError, SealError
from keepmum.seal import WEEK, Card, Keys, check_deleted, epoch_of

NEW = [word for name, value in ABOUT.items() for word in (f"--{name.replace('_', '-')}", str(value))]
NEW += ["--purposes", "asr-improvement,research"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Keys for this very week: the words take no other clock than the computer's."""
    keys_for(time.time()).save(tmp_path / "desk.keys")
    return tmp_path / "desk.keys"


@pytest.fixture
def clip(file: Path, tmp_path: Path) -> Sealed:
    """A clip in the store `clips.db`."""
    keys, store = Keys.load(file), Store(tmp_path / "clips.db")
    one = Sealed(keys.card, wall=time.time())
    reception = Reception(keys, store)
    assert [reception.part(one.parcel, part, 1.0, time.time()) for part in one.parts()][-1]
    store.close()
    return one


@pytest.fixture
def words(file: Path, tmp_path: Path) -> list[str]:
    """The keys and the store."""
    return ["--keys", str(file), "--store", str(tmp_path / "clips.db")]


def test_new_keys_and_their_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Keys are made once, for their owner alone; the card printed from them says everything that was given."""
    file = tmp_path / "desk.keys"
    assert desk.main(["--new-keys", str(file), *NEW, "--weeks", "3"]) == 0
    fingerprint = capsys.readouterr().out.split()[-1]
    assert file.stat().st_mode & 0o777 == 0o600
    assert desk.main(["--keys", str(file), "--card"]) == 0
    card = Card.parse(capsys.readouterr().out)
    assert {name: getattr(card, name) for name in ABOUT} == ABOUT
    assert (card.fingerprint, card.purposes) == (fingerprint, {"asr-improvement", "research"})
    assert len(card.epochs) == 6
    with pytest.raises(SealError, match="there already"):
        desk.main(["--new-keys", str(file), *NEW])


def test_what_is_missing_is_said_all_at_once(tmp_path: Path) -> None:
    """Keys without what the household must read, and a card without keys, are clear errors."""
    with pytest.raises(ConfigError, match="--storage, --jurisdiction, --people, --retention-days, --reviews, --purp"):
        desk.main(["--new-keys", str(tmp_path / "k"), "--name", "x", "--contact", "y"])
    for word in ("--card", "--extend"):
        with pytest.raises(ConfigError, match="no keys given"):
            desk.main([word])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--people", "0"], "people"),
        (["--retention-days", "9999"], "retention_days"),
        (["--reviews", "99"], "reviews"),
        (["--purposes", "reserach"], "did you mean 'research'"),
        (["--purposes", "commands"], "stays in the household"),
        (["--purposes", ","], "no purpose"),
        (["--weeks", "99"], "99 weeks"),
        (["--name", ""], "name"),
    ],
)
def test_what_no_household_could_agree_to_is_refused(tmp_path: Path, wrong: list[str], said: str) -> None:
    """One clear error, and no file."""
    with pytest.raises(SealError, match=said):
        desk.main(["--new-keys", str(tmp_path / "k"), *NEW, *wrong])
    assert list(tmp_path.iterdir()) == []


def test_extend_makes_fresh_weeks_for_the_same_recipient(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The fingerprint stays, so consents stay; nothing that there was is lost; asked again, nothing changes."""
    file = tmp_path / "desk.keys"
    earlier = keys_for(time.time() - 10 * WEEK)
    earlier.save(file)
    for fresh in (10, 0):
        assert desk.main(["--keys", str(file), "--extend"]) == 0
        assert f"keys for {fresh} weeks more" in capsys.readouterr().out
    extended = Keys.load(file)
    assert extended.card.fingerprint == earlier.card.fingerprint
    assert set(earlier.epochs) < set(extended.epochs)
    assert max(key.epoch for key in extended.epochs) == epoch_of(time.time()) + 13


@pytest.mark.parametrize("word", ["--list", "--report", "--destroy-ended", "--export"])
def test_looking_makes_no_store(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """Without a store there is one clear error, and the working folder stays as it was."""
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    more = ["0" * 32, "x.wav", "--for", "research"] if word == "--export" else []
    with pytest.raises(OutboxError, match=r"there is no store at clips\.db"):
        desk.main(["--keys", str(file), word, *more])
    assert sorted(tmp_path.iterdir()) == before


def test_the_list_is_empty_at_first(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says so."""
    Store(tmp_path / "clips.db").close()
    assert desk.main([*words, "--list"]) == 0
    assert capsys.readouterr().out == "nothing came yet\n"


def test_list_export_and_report(
    words: list[str], clip: Sealed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What came is listed, listened to as often as was agreed, and counted."""
    for number in range(2):
        assert desk.main([*words, "--export", clip.parcel, str(tmp_path / f"{number}.wav"), "--for", "research"]) == 0
    assert "2.5 s of voice" in capsys.readouterr().out
    with wave.open(str(tmp_path / "1.wav")) as sound:
        assert sound.readframes(100_000) == NOISE
    with pytest.raises(OutboxError, match="no more was agreed"):
        desk.main([*words, "--export", clip.parcel, str(tmp_path / "3.wav"), "--for", "research"])
    with pytest.raises(ConfigError, match="--for"):
        desk.main([*words, "--export", clip.parcel, str(tmp_path / "3.wav")])
    assert desk.main([*words, "--list"]) == 0
    assert f"stored   {clip.parcel}" in capsys.readouterr().out
    assert desk.main([*words, "--report", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["clips"], told["plays"]) == ({"received": 1, "kept": 1}, 2)
    assert desk.main([*words, "--report"]) == 0
    assert "plays            2" in capsys.readouterr().out


def test_destroy_ended_says_what_went(
    file: Path, words: list[str], clip: Sealed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing today; what this week's clips were sealed with, when it is over."""
    assert desk.main([*words, "--destroy-ended"]) == 0
    assert capsys.readouterr().out == "over their time, and destroyed: clips 0, keys 0\n"
    over = time.time() + 38 * 86_400
    monkeypatch.setattr(desk._CLOCK, "wall", lambda: over)
    assert desk.main([*words, "--destroy-ended"]) == 0
    assert capsys.readouterr().out == "over their time, and destroyed: clips 1, keys 2\n"
    assert min(key.epoch for key in Keys.load(file).epochs) > epoch_of(clip.wall)


def test_two_things_at_once_are_a_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    """And a word that does not exist is not guessed from its beginning."""
    for wrong in (["--list", "--report"], ["--exp", "a", "b"], ["--people", "many"]):
        with pytest.raises(SystemExit) as ended:
            desk.main(wrong)
        assert ended.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_the_help_names_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    """And an example of how to begin."""
    with pytest.raises(SystemExit):
        desk.main(["--help"])
    told = capsys.readouterr().out
    named = ("--new-keys", "--card", "--extend", "--list", "--export", "--destroy-ended", "--report", "--json", "--for")
    assert all(word in told for word in (*named, *NEW[::2]))
    assert "Begin with:" in told


def test_the_process_collects_deletes_and_ends_on_sigterm(
    mosquitto: Any, file: Path, words: list[str], clip: Sealed, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    """The real process says that it collects, answers a demand, sweeps with its key file, and leaves in peace."""
    (tmp_path / "desk.yaml").write_text(f"broker: {{host: 127.0.0.1, port: {mosquitto.port}}}\n")
    command = [sys.executable, "-m", "keepmum.desk", "--config", str(tmp_path / "desk.yaml"), *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "collector: collecting below keepmum\n"
        sender = Sender(mosquitto.port)
        wait_until(lambda: sender.ready, sender.turn)
        sender.demand(clip)
        wait_until(lambda: bool(sender.answers), sender.turn)
        sender.link.leave()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    [(topic, answer)] = sender.answers
    assert topic == f"keepmum/deleted/{clip.deletion}"
    card = Keys.load(file).card
    assert check_deleted(card, answer, clip.deletion).held
    assert scan([tmp_path], canaries(clip.bytes)) == []


def test_an_expected_error_is_two_plain_lines(tmp_path: Path) -> None:
    """No traceback for a missing key file, a store that is none, or a broker that is not named."""
    (tmp_path / "letter").write_text("dear")
    wrong = (
        ["--keys", str(tmp_path / "none"), "--card"],
        ["--store", str(tmp_path / "letter"), "--list"],
        ["--store", str(tmp_path / "none"), "--report"],
    )
    for words in wrong:
        command = [sys.executable, "-m", "keepmum.desk", *words]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, cwd=tmp_path)
        assert ended.returncode == 1
        assert [line.split(": ")[:2] for line in ended.stderr.splitlines()] == [
            ["collector", "error"],
            ["collector", "hint"],
        ]
    assert os.listdir(tmp_path) == ["letter"]
