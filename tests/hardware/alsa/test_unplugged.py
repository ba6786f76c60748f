"""A microphone that is pulled out and put back, with the real PortAudio on a real sound server without hardware."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Child = Callable[[str], Any]
ALSA = Path("/usr/share/alsa/alsa.conf")
PLUGIN = "libasound_module_pcm_pipewire.so"
NEEDED = {
    "pipewire": shutil.which("pipewire") and shutil.which("pw-cli") and shutil.which("pw-link"),
    "pipewire-alsa": any(Path("/usr/lib").glob(f"*/alsa-lib/{PLUGIN}")),
    "libasound2-data": ALSA.exists(),
}
MISSING = [package for package, there in NEEDED.items() if not there]
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"no sound server to unplug from: apt install --no-install-recommends {' '.join(MISSING)}"
)
OTHERS = ("DBUS_SESSION_BUS_ADDRESS", "PIPEWIRE_REMOTE", "PIPEWIRE_PROPS", "PULSE_SERVER", "JACK_NO_START_SERVER")


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    """Runs one function of the script beside this file with a runtime folder of its own, and returns what it found."""
    # A socket's path may have 107 characters, and pytest's folders are long.
    with tempfile.TemporaryDirectory(prefix="km", dir="/tmp") as folder:
        (Path(folder) / "asound.conf").write_text(f"<{ALSA}>\npcm.pipes {{ type pipewire }}\n")
        mine = dict.fromkeys(("XDG_RUNTIME_DIR", "PIPEWIRE_RUNTIME_DIR", "HOME"), folder)
        mine |= {"ALSA_CONFIG_PATH": f"{folder}/asound.conf", "PA_ALSA_PLUGHW": "1"}
        theirs = {name: value for name, value in os.environ.items() if name not in OTHERS}

        def run(function: str) -> Any:
            script = Path(__file__).with_name("unplug_in_pipewire.py")
            done = subprocess.run(
                [sys.executable, script, function, tmp_path / "found.json"],
                env=theirs | mine,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return json.loads((tmp_path / "found.json").read_text())

        yield run


def test_a_source_that_is_destroyed(child: Child) -> None:
    """The stream goes on with exact zeros and no error: one second of them, and the watch calls it deaf.

    Put back and opened again, it hears.
    """
    blocks, cause = child("source_destroyed")
    assert cause == "nothing but zeros"
    assert blocks == 13


def test_a_source_that_stalls(child: Child) -> None:
    """A stream that nobody drives any more delivers nothing, without an error; the watch sees that."""
    assert child("source_stalled") == "no sound"


def test_a_server_that_is_killed(child: Child) -> None:
    """The next question after its death is an error; once it is back the microphone is found and hears again."""
    found = child("server_killed")
    assert "'pipes' stopped" in found["stopped"]
    assert found["noticed"] < 1.0, "sooner than the watch would have noticed"
    assert "pipes" not in found["listed"], "looked for again in vain"
    assert found["away"]


def test_a_loudspeaker_whose_server_is_killed(child: Child) -> None:
    """A sound that nobody takes ends by itself, and the next one says what happened."""
    played, told = child("loudspeaker_killed")
    assert played
    assert "the loudspeaker failed" in told


def test_the_last_word_is_heard(child: Child) -> None:
    """The end of a sound reaches the room, although PortAudio drops what it holds when a stream ends."""
    assert child("last_sound") == pytest.approx(800, abs=16)
