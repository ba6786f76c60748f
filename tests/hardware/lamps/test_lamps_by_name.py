"""A ring of lamps as the listener has it: opened by the settings' names, and drawn behind the lock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from keepmum.errors import RingError
from keepmum.hardware.drivers import open_hardware
from keepmum.hardware.lamps.strip_ws2812 import encode
from keepmum.settings_hardware import HardwareSettings

BEHIND_THE_LOCK = """
import sys
from pathlib import Path
from keepmum import lockdown
from keepmum.hardware import Colour, Look, Motion
from keepmum.hardware.drivers import open_hardware
from keepmum.settings_hardware import HardwareSettings
hardware = open_hardware(HardwareSettings.model_validate_json(sys.argv[1]), "en-gb")
lockdown.lock_listener()
hardware.ring.show(Look(Colour.RED, Motion.STILL, "muted"))
hardware.ring.turn(1.0)
hardware.close()
"""


def house(folder: Path, **ring: object) -> HardwareSettings:
    """A speaker without hardware, except for its ring."""
    (folder / "scene.txt").write_text("pause 1\n")
    return HardwareSettings.model_validate(
        {
            "microphone": {"driver": "wav"},
            "button": {"driver": "scripted"},
            "speaker": {"driver": "wav", "file": folder / "out.wav"},
            "ring": ring,
            "scene": folder / "scene.txt",
        }
    )


def test_behind_the_lock(tmp_path: Path) -> None:
    """A listener that has locked itself still draws: dark at first, red while muted, dark when it ends."""
    os.mkfifo(tmp_path / "leds0")
    reads = os.open(tmp_path / "leds0", os.O_RDONLY | os.O_NONBLOCK)
    settings = house(tmp_path, driver="ws2812", lamps=3, path=tmp_path / "leds0")
    command = [sys.executable, "-c", BEHIND_THE_LOCK, settings.model_dump_json()]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    dark, red = encode([(0, 0, 0)] * 3), encode([(79, 0, 0)] * 3)
    assert os.read(reads, 4096) == dark + red + dark
    os.close(reads)


def test_a_ring_that_cannot_be_had(tmp_path: Path) -> None:
    """A ring that is not there ends the start with its own error; no terminal takes its place."""
    with pytest.raises(RingError, match="leds0 is not there"):
        open_hardware(house(tmp_path, driver="ws2812", path=tmp_path / "leds0"), "en-gb")
