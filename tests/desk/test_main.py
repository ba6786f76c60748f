"""`keepmum collect`: its words, one by one, and the whole as a process."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import pytest

from keepmum import seal
from keepmum.card import Card, Keys
from keepmum.clip import Clip, new_id, pack
from keepmum.desk import __main__ as desk
from keepmum.desk.store import Store
from keepmum.errors import ConfigError, OutboxError, SealError

PCM = b"\1\2" * 16_000


def stored(store: Store, keys: Keys) -> str:
    """A clip of one second in the store; its id."""
    clip = Clip(new_id(), PCM, "alexa")
    store.keep(clip.id, seal.seal(keys.card, seal.About(clip.id, "research", "1"), pack(clip)), 1_700_000_000.0)
    return clip.id


def test_new_keys_and_their_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Keys are made once, for their owner alone, and the card printed from them is the household's copy."""
    file = tmp_path / "desk.keys"
    words = ["--new-keys", str(file), "--name", "Speech lab", "--contact", "lab@example.org"]
    assert desk.main(words) == 0
    fingerprint = capsys.readouterr().out.split()[-1]
    assert file.stat().st_mode & 0o777 == 0o600
    assert desk.main(["--keys", str(file), "--card"]) == 0
    card = Card.parse(capsys.readouterr().out)
    assert (card.name, card.fingerprint) == ("Speech lab", fingerprint)
    with pytest.raises(SealError, match="there already"):
        desk.main(words)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    """Keys without a name, and a card without keys, are clear errors."""
    with pytest.raises(ConfigError, match="--name"):
        desk.main(["--new-keys", str(tmp_path / "k")])
    with pytest.raises(ConfigError, match="no keys"):
        desk.main(["--card"])


def test_the_list_shows_clips_refusals_and_alarms(
    store: Store, keys: Keys, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line each, without opening anything."""
    words = ["--store", str(tmp_path / "clips.db"), "--list"]
    assert desk.main(words) == 0
    assert capsys.readouterr().out == "nothing came yet\n"
    name = stored(store, keys)
    store.refuse("b" * 32, hashlib.sha256(b"").hexdigest(), 7, "it does not open", 1_700_000_001.0)
    store.keep(name, b"other", 1_700_000_002.0)
    assert desk.main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[2] for line in lines] == ["stored", "refused", "alarm"]
    assert "it does not open" in lines[1]


def test_export_writes_one_wav_for_its_owner(
    store: Store, keys: Keys, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sound is what was sealed; an existing file is not replaced, and other keys open nothing."""
    name = stored(store, keys)
    keys.save(tmp_path / "k")
    Keys.generate("Stranger", "s@example.org").save(tmp_path / "stranger")
    wav = tmp_path / "clip.wav"
    words = ["--store", str(tmp_path / "clips.db"), "--export", name, str(wav), "--keys"]
    with pytest.raises(SealError):
        desk.main([*words, str(tmp_path / "stranger")])
    assert not wav.exists()
    assert desk.main([*words, str(tmp_path / "k")]) == 0
    assert "1.0 s after 'alexa'" in capsys.readouterr().out
    assert wav.stat().st_mode & 0o777 == 0o600
    with wave.open(str(wav)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 16_000)
        assert sound.readframes(16_000) == PCM
    with pytest.raises(OutboxError, match="cannot be written"):
        desk.main([*words, str(tmp_path / "k")])


def test_the_process_collects_and_ends_on_sigterm(mosquitto: Any, keys: Keys, tmp_path: Path) -> None:
    """The real process subscribes, says so, and leaves in peace."""
    keys.save(tmp_path / "k")
    (tmp_path / "desk.yaml").write_text(f"broker: {{host: 127.0.0.1, port: {mosquitto.port}}}\n")
    words = ["--config", str(tmp_path / "desk.yaml"), "--keys", str(tmp_path / "k"), "--store", str(tmp_path / "db")]
    command = [sys.executable, "-m", "keepmum.desk", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "collector: collecting below keepmum\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_an_expected_error_is_two_plain_lines(tmp_path: Path) -> None:
    """No traceback for a missing key file."""
    command = [sys.executable, "-m", "keepmum.desk", "--keys", str(tmp_path / "none"), "--card"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("collector: error: there are no keys at")
    assert len(ended.stderr.splitlines()) == 2
