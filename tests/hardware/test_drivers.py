"""Opening the hardware that the settings name, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keepmum.clock import RealClock
from keepmum.errors import ConfigError, SceneError, SpeakerError
from keepmum.hardware.button_scripted import ScriptedButton
from keepmum.hardware.drivers import Hardware, open_hardware
from keepmum.hardware.microphone_wav import WavMicrophone
from keepmum.hardware.ring_recorder import RecorderRing
from keepmum.hardware.ring_terminal import TerminalRing
from keepmum.hardware.speaker_wav import WavSpeaker
from keepmum.settings_hardware import HardwareSettings

FAKES = {"microphone": {"driver": "wav"}, "ring": {"driver": "recorder"}, "button": {"driver": "scripted"}}


def settings(folder: Path, **changed: Any) -> HardwareSettings:
    """A speaker without hardware, in a room."""
    (folder / "scene.txt").write_text("press\npause 1\n")
    speaker = {"driver": "wav", "file": folder / "out.wav"}
    return HardwareSettings.model_validate(
        {**FAKES, "speaker": speaker, "scene": folder / "scene.txt", "fast": True, **changed}
    )


def test_a_room(tmp_path: Path) -> None:
    """With a scene, every role lives in one room and by its clock."""
    hardware = open_hardware(settings(tmp_path), "en-gb")
    assert isinstance(hardware.microphone, WavMicrophone)
    assert isinstance(hardware.ring, RecorderRing)
    assert isinstance(hardware.button, ScriptedButton)
    assert isinstance(hardware.speaker, WavSpeaker)
    assert hardware.clock is hardware.room
    assert np.frombuffer(hardware.voice.speak("hello"), "<i2").any()
    hardware.close()
    assert (tmp_path / "out.wav").exists()


def test_terminal_ring(tmp_path: Path) -> None:
    """The ring can be the terminal while the rest is a scene."""
    hardware = open_hardware(settings(tmp_path, ring={"driver": "terminal"}), "en-gb")
    assert isinstance(hardware.ring, TerminalRing)
    hardware.close()


def test_no_scene(tmp_path: Path) -> None:
    """Roles that live in a scene need one; the error names them all."""
    alone = settings(tmp_path, scene=None, fast=False, microphone={"driver": "sounddevice"})
    with pytest.raises(ConfigError, match=r"^hardware\.button live in a scene"):
        open_hardware(alone, "en-gb")
    with pytest.raises(ConfigError, match=r"^hardware\.microphone and hardware\.button live in a scene"):
        open_hardware(settings(tmp_path, scene=None, fast=False), "en-gb")


def test_scene_without_anybody(tmp_path: Path) -> None:
    """A scene that no role lives in is a mistake, and so is a real microphone that should hurry."""
    real = {"microphone": {"driver": "sounddevice"}, "button": {"driver": "keyboard"}}
    with pytest.raises(ConfigError, match="nothing lives in it"):
        open_hardware(settings(tmp_path, fast=False, **real), "en-gb")
    with pytest.raises(ConfigError, match=r"hardware\.fast is on"):
        open_hardware(settings(tmp_path, microphone={"driver": "sounddevice"}), "en-gb")


def test_wrong_scene(tmp_path: Path) -> None:
    """A scene with a mistake, or an unknown voice, stops everything before it starts."""
    wrong = settings(tmp_path)
    (tmp_path / "scene.txt").write_text("pres\n")
    with pytest.raises(SceneError, match="did you mean 'press'"):
        open_hardware(wrong, "en-gb")
    with pytest.raises(SpeakerError, match="no voice"):
        open_hardware(settings(tmp_path), "en-zz")


PROBE = """
import json, sys
from pathlib import Path
from keepmum.hardware.drivers import open_hardware
from keepmum.settings_hardware import HardwareSettings
settings = HardwareSettings.model_validate_json(Path(sys.argv[1]).read_text())
open_hardware(settings, "en-gb").close()
libraries = {"sounddevice", "gpiozero", "lgpio", "termios", "keepmum.hardware.ring_terminal"}
print(json.dumps(sorted(libraries & set(sys.modules))))
"""


def test_only_what_is_named_is_imported(tmp_path: Path) -> None:
    """A driver that nobody named is not imported, nor its library, so the project runs on any computer."""
    (tmp_path / "settings.json").write_text(settings(tmp_path).model_dump_json())
    command = [sys.executable, "-c", PROBE, tmp_path / "settings.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_closing_begins_with_the_microphone() -> None:
    """Whatever else closes, the microphone closes first."""
    closed: list[str] = []

    class Part:
        def __init__(self, name: str) -> None:
            self.close = lambda: closed.append(name)

    parts: dict[str, Any] = {name: Part(name) for name in ("ring", "button", "speaker", "microphone", "mic_power")}
    Hardware(clock=RealClock(), room=None, voice=None, witnesses=(), compass=None, **parts).close()  # type: ignore[arg-type]
    assert closed[:2] == ["microphone", "mic_power"]
    assert sorted(closed) == ["button", "mic_power", "microphone", "ring", "speaker"]
