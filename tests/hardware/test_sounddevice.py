"""Microphone and loudspeaker through the real PortAudio and ALSA, on sound cards that are files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Child = Callable[[str, str], Any]
HERE = Path(__file__).parent
ALSA = Path("/usr/share/alsa/alsa.conf")
CARD = 'pcm.{name} {{ type file slave.pcm "null" file "{output}" infile "{input}" format "raw" }}\n'
pytestmark = pytest.mark.skipif(not ALSA.exists(), reason=f"{ALSA} is missing: apt install libasound2-data")


def recorded(channels: int) -> np.ndarray:
    """What the array of so many channels hears: every channel has its own slope, the last ones at full scale."""
    steps = np.arange(16_000)[:, None] % 1_000
    heard = steps * (np.arange(channels) + 1)[None, :]
    heard[:, channels // 2 :] = 32_767 - heard[:, channels // 2 :]
    return heard.astype("<i2")


@pytest.fixture
def child(tmp_path: Path) -> Child:
    """Runs one function of a script beside this file on sound cards that are files, and returns what it found."""
    cards = [f"<{ALSA}>\n"]
    for channels in (1, 4, 8):
        recorded(channels).tofile(tmp_path / f"array{channels}.raw")
        names = {"name": f"array{channels}", "input": tmp_path / f"array{channels}.raw", "output": "/dev/null"}
        cards.append(CARD.format(**names))
    cards.append(CARD.format(name="out", input="/dev/zero", output=tmp_path / "out.raw"))
    cards.append('pcm.mono { type multi slaves.a { pcm "null" channels 1 } bindings.0 { slave a channel 0 } }\n')
    (tmp_path / "asound.conf").write_text("".join(cards))

    def run(script: str, function: str) -> Any:
        done = subprocess.run(
            [sys.executable, HERE / script, function, tmp_path / "found.json"],
            env=os.environ | {"ALSA_CONFIG_PATH": str(tmp_path / "asound.conf")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads((tmp_path / "found.json").read_text())

    return run


# ---- microphone


def test_known_samples(child: Child) -> None:
    """What the card records arrives sample for sample, from the channel that was named or as the mean of all."""
    found = child("listen_through_portaudio.py", "known_samples")
    count = 3 * 1_280
    assert found["one"] == recorded(1)[:count, 0].tolist()
    assert found["singles"] == [recorded(4)[:count, channel].tolist() for channel in range(4)]
    for channels in (4, 8):
        mean = np.rint(recorded(channels)[:count].astype(float).mean(axis=1)).astype(int).tolist()
        assert found[f"mean{channels}"] == mean


def test_closing_drops(child: Child) -> None:
    """After closing, nothing of what was left unread is delivered."""
    assert child("listen_through_portaudio.py", "again_from_the_start") == [[32767, 32766, 32765]] * 2


def test_patience(child: Child) -> None:
    """PortAudio keeps at least half a second for a reader that is busy, and closing gives it back."""
    kept, closed = child("listen_through_portaudio.py", "buffer_seconds")
    assert kept >= 0.5
    assert closed


def test_failures(child: Child) -> None:
    """What cannot be had is one clear error with what to do about it."""
    found = child("listen_through_portaudio.py", "failures")
    assert {kind for kind, _, _ in found.values()} == {"MicrophoneError"}
    assert "no sound input is called 'respeaker'" in found["missing"][1]
    assert "'array1'" in found["missing"][2]
    assert "more than one sound input is called 'array'" in found["ambiguous"][1]
    assert "'array1', 'array4', 'array8'" in found["ambiguous"][2]
    assert "'mono' has 1 input channels, not 2" in found["channels"][1]
    assert "Invalid sample rate" in found["rate"][1]
    assert "PA_ALSA_PLUGHW=0" in found["rate"][2]
    assert "closed" in found["closed"][1]
    assert "open already" in found["twice"][1]


def test_waiting_and_losing(child: Child) -> None:
    """A reader is told how long a block will take, at least 5 ms; lost sound is counted, and logged once per change."""
    found = child("listen_through_portaudio.py", "waiting_and_losing")
    assert found["waits"] == [0.08, 0.04, 0.005]
    assert "no whole block" in found["early"][1]
    assert found["overflows"] == 3
    assert [line.split(": ")[1].split(",")[0] for line in found["logged"]] == [
        "sound is being lost",
        "no more sound is lost",
        "sound is being lost",
    ]
    assert "stopped: Unanticipated host error" in found["gone"][1]
    assert found["calls"] == ["start", "abort", "close"]


def test_cannot_start(child: Child) -> None:
    """A microphone that another program has is tried twice, then an error, and nothing stays open."""
    (kind, what, hint), calls, after = child("listen_through_portaudio.py", "cannot_start")
    assert (kind, calls) == ("MicrophoneError", [["close"]] * 2)
    assert "cannot be opened: Device unavailable" in what
    assert "fuser" in hint
    assert "closed" in after[1]


def test_ended(child: Child) -> None:
    """A stream that has ended is an error for whoever asks for sound: nobody calls us back."""
    before, asked, read = child("listen_through_portaudio.py", "ended")
    assert before == 0
    assert [kind for kind, _, _ in (asked, read)] == ["MicrophoneError"] * 2
    assert "stopped: its stream has ended" in asked[1]


def test_plugged_in_later(child: Child) -> None:
    """A microphone that is not there is no reason not to start, and once it is plugged in it opens, lock or no lock."""
    (kind, what, _), heard = child("listen_through_portaudio.py", "plugged_in_later")
    assert (kind, what) == ("MicrophoneError", "no sound input is called 'later'")
    assert heard == recorded(1)[:3, 0].tolist()


def test_alsa_converts(child: Child) -> None:
    """ALSA is told to convert rates before PortAudio starts, unless the owner said otherwise."""
    assert child("listen_through_portaudio.py", "converts") == [["1"], ["0"]]


# ---- loudspeaker


def test_sound_comes_out(child: Child, tmp_path: Path) -> None:
    """What is played reaches the card sample for sample, at its volume."""
    assert child("play_through_portaudio.py", "through_a_real_stream")
    heard = np.fromfile(tmp_path / "out.raw", "<i2")
    sound = np.rint((np.arange(8_000) % 5_000 + 1) * 0.5).astype(int)
    assert (heard[: len(sound)] == sound).all()
    assert not heard[len(sound) :].any()


def test_replaced_and_stopped(child: Child) -> None:
    """A new sound replaces the one that plays, a stop ends it, both before the next slice of 40 ms."""
    found = child("play_through_portaudio.py", "replaced_and_stopped")
    assert found["written"] == [[1] * 3, [2] * 6]
    assert found["calls"] == [["start", "abort", "close"]] * 2
    quiet, first, second, stopped = found["remaining"]
    assert (quiet, stopped) == (0, 0)
    assert 1.0 <= first <= 1.1
    assert second == pytest.approx(1.0 - 6 * 0.04 + 0.1)


def test_to_the_end(child: Child) -> None:
    """A sound that nobody interrupts is played to its end, pushed out by as much silence as the device holds."""
    calls, written, remaining = child("play_through_portaudio.py", "to_the_end")
    assert (calls, written, remaining) == (["start", "abort", "close"], [7, 7, 7, 0, 0, 0, 0], 0.0)


def test_a_failing_loudspeaker(child: Child) -> None:
    """A loudspeaker that fails says so at the next sound, once, and the one after that is tried again."""
    failed, after = child("play_through_portaudio.py", "failing")
    assert "the loudspeaker failed: Device unavailable" in failed
    assert "fuser" in failed
    assert after == "plays"


def test_refused(child: Child) -> None:
    """Half a sample, an impossible volume, a closed loudspeaker and an unknown device are refused; silence is not."""
    half, loud, negative, silence, closed, unknown = child("play_through_portaudio.py", "refused")
    assert all("at volume" in what for what in (half, loud, negative))
    assert silence == "0.0"
    assert "closed" in closed
    assert unknown == "no sound output is called 'none'"


def test_it_takes_no_more(child: Child) -> None:
    """A device that takes nothing for long enough is given up and let go of."""
    assert child("play_through_portaudio.py", "takes_nothing") == [
        "the loudspeaker failed: it takes no more sound",
        ["start", "abort", "close"],
    ]
