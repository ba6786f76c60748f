"""The fakes for button, ring and loudspeaker: they obey the room's time and remember what happened to them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from keepmum.errors import ButtonError, RingError, SpeakerError
from keepmum.hardware import Colour, Look, Motion
from keepmum.hardware.button_scripted import ScriptedButton
from keepmum.hardware.ring_recorder import RecorderRing
from keepmum.hardware.ring_terminal import TerminalRing
from keepmum.hardware.scenes.room import Room
from keepmum.hardware.scenes.scene import Scene
from keepmum.hardware.speaker_wav import WavSpeaker

Load = Callable[[str], Scene]
Life = Any
RED = Look(Colour.RED, Motion.STILL, "muted: the microphone is closed")
BLUE = Look(Colour.BLUE, Motion.SPIN, "listening")
BEEP = np.full(8_000, 1_000, "<i2").tobytes()


class Hand:
    """A clock that shows what it was set to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def wall(self) -> float:
        return self.seconds

    def wait(self, selector: Any, seconds: float, *, pending: bool) -> list[Any]:
        self.seconds += seconds
        return []


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


# ---- button


def test_scripted_button(scene: Load, life: Life) -> None:
    """The scene's presses arrive at the watcher, and the level agrees with them while they do."""
    room = Room(scene("press\npause 1\nhold 3"), True, life.monotonic)
    button = ScriptedButton(room)
    told: list[tuple[float, bool, bool]] = []
    button.watch(lambda down: told.append((room.now(), down, button.is_down())))
    while not room.over:
        room.wait(life, 0.7, pending=False)
    assert told == [(0.0, True, True), (0.1, False, False), (1.1, True, True), (4.1, False, False)]
    assert button.history == [(at, down) for at, down, _ in told]


def test_scripted_button_unwatched(scene: Load, life: Life) -> None:
    """A press that nobody watches is remembered all the same, and the level can be read."""
    room = Room(scene("hold 3"), True, life.monotonic)
    button = ScriptedButton(room)
    room.wait(life, 1.0, pending=False)
    assert (button.is_down(), button.history) == (True, [(0.0, True)])


def test_scripted_button_closed(scene: Load, life: Life) -> None:
    """A closed button tells nothing more and cannot be read."""
    room = Room(scene("press"), True, life.monotonic)
    button = ScriptedButton(room)
    told: list[bool] = []
    button.watch(told.append)
    button.close()
    room.wait(life, 1.0, pending=False)
    assert told == []
    with pytest.raises(ButtonError, match="closed"):
        button.is_down()
    with pytest.raises(ButtonError, match="closed"):
        button.watch(told.append)


# ---- ring


def test_recorder_ring() -> None:
    """The recorder remembers every look with its time, and is dark before the first and after the end."""
    clock = Hand()
    ring = RecorderRing(clock)
    assert ring.look is None
    ring.show(RED)
    clock.seconds = 2.5
    ring.show(BLUE)
    assert (ring.look, ring.history) == (BLUE, [(0.0, RED), (2.5, BLUE)])
    ring.close()
    assert ring.look is None
    with pytest.raises(RingError, match="closed"):
        ring.show(RED)


def test_terminal_ring_colours() -> None:
    """On a terminal the lamps have the look's own colour, and the meaning stands beside them in words."""
    screen = Screen()
    TerminalRing(screen, {}).show(RED)
    assert screen.getvalue() == "\x1b[38;2;255;0;0m●●●●●●●●●●●●\x1b[0m  red, still: muted: the microphone is closed\n"


@pytest.mark.parametrize(("screen", "environ"), [(Screen(), {"NO_COLOR": "1"}), (io.StringIO(), {})])
def test_terminal_ring_without_colour(screen: io.StringIO, environ: dict[str, str]) -> None:
    """Who asks for no colour, or reads a file, gets none, and still the same words."""
    TerminalRing(screen, environ).show(BLUE)
    assert screen.getvalue() == "●●●○○○○○○○○○  blue, spin: listening\n"


def test_terminal_ring_draws_changes_only() -> None:
    """The same look twice is one line; closing shows that it is dark, once."""
    screen = io.StringIO()
    ring = TerminalRing(screen, {})
    for look in (RED, RED, BLUE):
        ring.show(look)
    ring.close()
    ring.close()
    assert [line.split("  ")[1] for line in screen.getvalue().splitlines()] == [
        "red, still: muted: the microphone is closed",
        "blue, spin: listening",
        "dark",
    ]


@pytest.mark.parametrize("motion", list(Motion))
@pytest.mark.parametrize("colour", list(Colour))
def test_terminal_ring_has_twelve_lamps(colour: Colour, motion: Motion) -> None:
    """Every look is twelve lamps, and none of them is lit in a dark one."""
    screen = io.StringIO()
    TerminalRing(screen, {}).show(Look(colour, motion, ""))
    lamps = screen.getvalue().split("  ")[0]
    assert len(lamps) == 12
    assert ("●" in lamps) == (colour is not Colour.OFF)


def test_terminal_ring_gone() -> None:
    """A terminal that has gone is an error, not a light that nobody sees."""
    screen = io.StringIO()
    ring = TerminalRing(screen, {})
    screen.close()
    with pytest.raises(RingError, match="cannot be drawn"):
        ring.show(RED)


# ---- loudspeaker


def test_wav_speaker(tmp_path: Path) -> None:
    """The file holds each sound at its volume, with silence of the true length between them, at most a second."""
    clock = Hand()
    speaker = WavSpeaker(tmp_path / "out.wav", clock)
    clock.seconds = 0.25
    speaker.play(BEEP, 1.0)
    assert speaker.remaining() == 0.5
    clock.seconds = 1.0
    assert speaker.remaining() == 0.0
    speaker.play(BEEP, 0.5)
    clock.seconds = 100.0
    speaker.play(BEEP, 0.1)
    clock.seconds = 101.0
    speaker.close()
    heard, rate = soundfile.read(tmp_path / "out.wav", dtype="int16")
    expected = [(4_000, 0), (8_000, 1_000), (4_000, 0), (8_000, 500), (16_000, 0), (8_000, 100)]
    assert rate == 16_000
    assert heard.tolist() == [level for count, level in expected for _ in range(count)]
    assert [(one.at, one.volume, one.heard) for one in speaker.history] == [
        (0.25, 1.0, 0.5),
        (1.0, 0.5, 0.5),
        (100.0, 0.1, 0.5),
    ]


def test_wav_speaker_cut_off(tmp_path: Path) -> None:
    """A sound that is stopped, or replaced, ends there; the file holds what was heard of it and no more."""
    clock = Hand()
    speaker = WavSpeaker(tmp_path / "out.wav", clock)
    speaker.play(BEEP, 1.0)
    clock.seconds = 0.125
    speaker.play(BEEP, 0.5)
    clock.seconds = 0.25
    speaker.stop()
    speaker.stop()
    assert speaker.remaining() == 0
    clock.seconds = 0.5
    speaker.close()
    heard = soundfile.read(tmp_path / "out.wav", dtype="int16")[0]
    assert heard.tolist() == [1_000] * 2_000 + [500] * 2_000
    assert [one.heard for one in speaker.history] == [0.125, 0.125]


def test_wav_speaker_survives(tmp_path: Path) -> None:
    """What has ended can be read from the file while the speaker still runs."""
    clock = Hand()
    speaker = WavSpeaker(tmp_path / "out.wav", clock)
    speaker.play(BEEP, 1.0)
    clock.seconds = 1
    speaker.stop()
    assert soundfile.info(tmp_path / "out.wav").frames == 8_000
    speaker.close()


def test_wav_speaker_refuses(tmp_path: Path) -> None:
    """A folder that is not there, half a sample, a volume above one and a closed loudspeaker are errors."""
    with pytest.raises(SpeakerError, match="cannot be written"):
        WavSpeaker(tmp_path / "none" / "out.wav", Hand())
    speaker = WavSpeaker(tmp_path / "out.wav", Hand())
    for pcm, volume in ((b"\0", 1.0), (BEEP, 1.01), (BEEP, -0.1), (BEEP, float("nan"))):
        with pytest.raises(SpeakerError, match="at volume"):
            speaker.play(pcm, volume)
    speaker.close()
    speaker.close()
    with pytest.raises(SpeakerError, match="closed"):
        speaker.play(BEEP, 1.0)
