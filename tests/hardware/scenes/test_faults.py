"""What goes wrong in a scene happens to the fakes that live in its room, which then fail as real parts do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keepmum.errors import MicrophoneError, RingError
from keepmum.hardware import Colour, Look, Motion
from keepmum.hardware.drivers import Hardware, open_hardware
from keepmum.hardware.mic_power_recorder import RecorderMicPower
from keepmum.hardware.microphone_wav import WavMicrophone
from keepmum.hardware.ring_recorder import RecorderRing
from keepmum.hardware.scenes.room import Room
from keepmum.hardware.scenes.scene import Push, Scene
from keepmum.settings_hardware import HardwareSettings
from keepmum.sound import BLOCK_BYTES, BLOCK_SECONDS

pytestmark = pytest.mark.usefixtures("counting")
RED = Look(Colour.RED, Motion.STILL, "muted")


class Speaker:
    """The fakes of a speaker and the room that they live in."""

    def __init__(self, hardware: Hardware, life: Any) -> None:
        self.parts = hardware
        self.life = life
        assert isinstance(hardware.room, Room)
        assert isinstance(hardware.microphone, WavMicrophone)
        assert isinstance(hardware.ring, RecorderRing)
        assert isinstance(hardware.mic_power, RecorderMicPower)
        self.room, self.microphone = hardware.room, hardware.microphone
        self.ring, self.power = hardware.ring, hardware.mic_power

    def wait(self, seconds: float) -> None:
        """Let time pass in the room."""
        until = self.room.now() + seconds
        while self.room.now() < until - 1e-9:
            self.room.wait(self.life, until - self.room.now(), pending=False)


@pytest.fixture
def live(tmp_path: Path, life: Any) -> Callable[[str], Speaker]:
    """A speaker in which a scene plays."""

    def begin(text: str) -> Speaker:
        (tmp_path / "scene.txt").write_text(text)
        said = {
            "scene": tmp_path / "scene.txt",
            "fast": True,
            "microphone": {"driver": "wav"},
            "mic_power": {"driver": "recorder"},
            "ring": {"driver": "recorder"},
            "button": {"driver": "scripted"},
            "speaker": {"driver": "wav", "file": tmp_path / "out.wav"},
        }
        return Speaker(open_hardware(HardwareSettings.model_validate(said), "en-gb"), life)

    return begin


def test_unplug_and_plug(live: Callable[[str], Speaker]) -> None:
    """A microphone that is taken away ends with an error, cannot be opened, and hears again when it is back."""
    speaker = live("noise counting.wav\npause 1\nunplug\npause 1\nplug\npause 1")
    speaker.microphone.open()
    speaker.wait(0.5)
    assert any(speaker.microphone.read())
    speaker.wait(0.6)
    with pytest.raises(MicrophoneError, match="taken away"):
        speaker.microphone.ready_in()
    speaker.microphone.close()
    with pytest.raises(MicrophoneError, match="there is no microphone"):
        speaker.microphone.open()
    speaker.wait(1)
    speaker.microphone.open()
    speaker.wait(BLOCK_SECONDS)
    assert any(speaker.microphone.read())


def test_deaf(live: Callable[[str], Speaker]) -> None:
    """A deaf microphone delivers zeros at the usual pace, or nothing; what it did not deliver never comes."""
    speaker = live("noise counting.wav\ndeaf zeros\npause 1\ndeaf stall\npause 1\ndeaf off\npause 1")
    speaker.microphone.open()
    speaker.wait(0.9)
    assert speaker.microphone.read() == bytes(BLOCK_BYTES)
    speaker.wait(0.2)
    assert speaker.microphone.ready_in() == pytest.approx(BLOCK_SECONDS)
    speaker.wait(0.85)
    assert speaker.microphone.ready_in() == pytest.approx(BLOCK_SECONDS)
    speaker.wait(BLOCK_SECONDS)
    assert any(speaker.microphone.read())
    assert speaker.microphone.ready_in() > 0


def test_a_ring_that_takes_no_data(live: Callable[[str], Speaker]) -> None:
    """Both ways to draw fail while it is broken, and it goes on showing what it showed."""
    speaker = live("pause 1\nring breaks\npause 1\nring mended\npause 1")
    speaker.ring.show(RED)
    speaker.wait(1.1)
    for draw in (lambda: speaker.ring.show(RED), lambda: speaker.ring.turn(1.1)):
        with pytest.raises(RingError, match="takes no data"):
            draw()
    assert speaker.ring.look == RED
    speaker.wait(1)
    speaker.ring.turn(2.1)


def test_a_switch_that_is_stuck(live: Callable[[str], Speaker]) -> None:
    """The microphones' switch stays as it is while it is stuck."""
    speaker = live("pause 1\nmic_power stuck\npause 1\nmic_power obeys\npause 1")
    speaker.power.on()
    speaker.wait(1.1)
    speaker.power.off()
    assert not speaker.power.is_off()
    speaker.wait(1)
    speaker.power.off()
    assert speaker.power.is_off()


def test_a_witness_that_objects(live: Callable[[str], Speaker]) -> None:
    """A witness says what it was told to say, until it is content."""
    speaker = live('witness objects "the card runs"\npause 1\nwitness objects\npause 1\nwitness content\npause 1')
    (witness,) = speaker.parts.witnesses
    speaker.wait(0.1)
    assert witness.objection() == "the card runs"
    speaker.wait(1)
    assert witness.objection()
    speaker.wait(1)
    assert witness.objection() == ""


def test_faults_of_parts_that_are_not_there(tmp_path: Path, life: Any, scene: Callable[[str], Scene]) -> None:
    """A scene may break a part that this speaker has not, or that is real: nothing happens."""
    path = scene("mic_power stuck\nring breaks\nplay counting.wav").path
    said = {"microphone": {"driver": "wav"}, "button": {"driver": "scripted"}, "ring": {"driver": "terminal"}}
    speaker = {"driver": "wav", "file": tmp_path / "out.wav"}
    hardware = open_hardware(HardwareSettings.model_validate({**said, "speaker": speaker, "scene": path}), "en-gb")
    assert hardware.room is not None
    hardware.room.wait(life, 0.5, pending=False)
    hardware.ring.show(RED)
    assert hardware.mic_power is None


def test_pulses_are_edges(scene: Callable[[str], Scene], life: Any) -> None:
    """Each pulse is one low of its length, and a switch is one edge that stays."""
    room = Room(scene("pulse 0.008 times=2 gap=0.05\npause 1\nswitch mute\npause 1"), True, life.monotonic)
    edges: list[tuple[float, bool]] = []
    room.on_edge(lambda down: edges.append((room.now(), down)))
    while not room.over:
        room.wait(life, 0.3, pending=False)
    assert edges == [
        (0.0, True),
        (0.008, False),
        (pytest.approx(0.058), True),
        (pytest.approx(0.066), False),
        (pytest.approx(1.066), True),
    ]
    assert room.button_is_down


def test_a_scene_that_is_made_up_while_it_plays(scene: Callable[[str], Scene], life: Any) -> None:
    """A step can begin at any moment after the scene's own, and is seen, heard and felt like the others."""
    room = Room(scene("pause 1"), True, life.monotonic)
    edges: list[float] = []
    room.on_edge(lambda down: edges.append(room.now()))
    while not room.over:
        room.wait(life, 0.3, pending=False)
    (play,) = scene("play counting.wav").steps
    room.begin(play)
    room.begin(Push(line=0, source="press"), after=0.5)
    assert not room.over
    assert any(room.heard(16_000, 100))
    while not room.over:
        room.wait(life, 0.3, pending=False)
    assert edges == [1.5, pytest.approx(1.6)]
    assert room.now() == 3.0
