"""The listener as a whole, before it hears anything: what could not be put together leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from keepmum.errors import LedgerError, PeerError, StateError
from keepmum.listener.assembly import Listener
from keepmum.settings import FolderSettings, Settings
from keepmum.settings_hardware import (
    ButtonSettings,
    HardwareSettings,
    MicrophoneSettings,
    RingSettings,
    SpeakerSettings,
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A speaker in a silent room, whose files are all in one folder."""
    (tmp_path / "scene.txt").write_text("pause 1\n")
    hardware = HardwareSettings(
        microphone=MicrophoneSettings(driver="wav"),
        ring=RingSettings(driver="recorder"),
        button=ButtonSettings(driver="scripted"),
        speaker=SpeakerSettings(driver="wav", file=tmp_path / "replies.wav"),
        scene=tmp_path / "scene.txt",
        fast=True,
    )
    folders = FolderSettings(run=tmp_path / "run", state=tmp_path / "state", outbox=tmp_path / "outbox")
    return Settings(hardware=hardware, folders=folders)


@pytest.fixture
def listener(settings: Settings) -> Iterator[Listener]:
    """A whole listener that has not started."""
    one = Listener(settings)
    yield one
    one.close()


def test_one_that_never_started_can_be_closed(settings: Settings) -> None:
    """The lock comes between: when the kernel refuses it, that error is reported, and the doors are taken away."""
    Listener(settings).close()
    assert list(settings.folders.run.iterdir()) == []
    Listener(settings).close()


def _second_door(settings: Settings, there: Path) -> Settings:
    folders = settings.folders.model_copy(update={"state": there / "other", "outbox": there / "other-outbox"})
    return settings.model_copy(update={"folders": folders})


@pytest.mark.parametrize("change", ["same folders", "same doors"])
def test_a_second_listener_does_not_start(settings: Settings, listener: Listener, tmp_path: Path, change: str) -> None:
    """Neither with the first one's state, whose mutes it would write over, nor behind the first one's doors."""
    wanted = settings if change == "same folders" else _second_door(settings, tmp_path)
    before = {file: file.read_bytes() for file in settings.folders.state.rglob("*") if file.is_file()}
    with pytest.raises(StateError if change == "same folders" else PeerError, match="another listener"):
        Listener(wanted)
    assert {file: file.read_bytes() for file in settings.folders.state.rglob("*") if file.is_file()} == before
    assert {file.name for file in settings.folders.run.iterdir()} == {"uplink.sock", "skills.sock", "panel.sock"}
    listener.start()
    listener.turn()


def test_what_could_not_be_put_together_lets_go_of_the_hardware(settings: Settings) -> None:
    """A ledger that does not chain stops the start; no file, device or terminal stays open behind the error."""
    settings.folders.state.mkdir()
    settings.folders.ledger.mkdir()
    (settings.folders.ledger / "000000000000.jsonl").write_bytes(b"nonsense\n")
    with pytest.raises(LedgerError) as caught:
        Listener(settings)
    # While the error is held, with all that its frames hold, nothing is closed by chance.
    assert [file for file in _open_files() if "replies.wav" in file or str(settings.folders.state) in file] == []
    assert "line 1" in caught.value.what


def _open_files() -> list[str]:
    return [os.readlink(file) for file in Path("/proc/self/fd").iterdir() if file.is_symlink()]
