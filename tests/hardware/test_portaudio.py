"""Devices that come and go, before a recorded PortAudio that lists them once, and a kernel that is a folder."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from keepmum.errors import CardError, MicrophoneError, SpeakerError
from keepmum.hardware.alsa.cards import Places
from keepmum.hardware.array.mixdown import Mixdown
from keepmum.hardware.microphone_sounddevice import SounddeviceMicrophone
from keepmum.hardware.portaudio import PortAudio, PortAudioError
from keepmum.hardware.speaker_sounddevice import SounddeviceSpeaker
from keepmum.settings_hardware import ArraySettings, MicrophoneSettings, SpeakerSettings
from keepmum.sound import BLOCK


class Stream:
    """One stream on one card; opening it fails where the card is busy or gone."""

    active = True
    read_available = BLOCK
    write_available = 1_600

    def __init__(self, library: Library, device: int, **options: Any) -> None:
        self.library = library
        self.card = library.listed[device][0]
        self.calls = ["open"]
        self.options = options
        if self.card not in library.plugged or self.card in library.busy:
            raise PortAudioError("Device unavailable", -9985)
        library.streams.append(self)

    def start(self) -> None:
        self.calls.append("start")

    def abort(self) -> None:
        self.calls.append("abort")

    def write(self, piece: bytes) -> None:
        pass

    def close(self) -> None:
        assert self in self.library.streams, "this stream was torn down by PortAudio's end"
        self.calls.append("close")
        self.library.streams.remove(self)


class Library:
    """sounddevice, for cards that are plugged in and out. A restart lists them, and tears open streams down."""

    def __init__(self, *cards: int) -> None:
        self.plugged = dict.fromkeys(cards, (2, 2))
        self.busy: set[int] = set()
        self.streams: list[Stream] = []
        self.restarts = 0
        self.comes_back = True
        self._initialized = 0
        self.default = self
        self.device = {"input": 0, "output": 0}
        self._initialize()

    def _initialize(self) -> None:
        if not self.comes_back:
            raise PortAudioError("Error initializing PortAudio")
        self._initialized += 1
        self.listed = [(card, ways) for card, ways in sorted(self.plugged.items()) if card not in self.busy]

    def _terminate(self) -> None:
        assert self._initialized
        self._initialized -= 1
        self.streams.clear()
        self.restarts += 1

    def query_devices(self) -> list[dict[str, Any]]:
        if not self._initialized:
            raise PortAudioError("PortAudio not initialized", -10000)
        return [
            {
                "name": f"USB Audio: - (plughw:{card},0)",
                "index": index,
                "max_input_channels": 128 * bool(inputs),
                "max_output_channels": 128 * bool(outputs),
            }
            for index, (card, (inputs, outputs)) in enumerate(self.listed)
        ]

    def stream(self, device: int, **options: Any) -> Stream:
        return Stream(self, device, **options)


class Machine:
    """A machine with a library, a kernel, and whatever is made on it."""

    def __init__(self, folder: Path) -> None:
        self.places = Places(folder / "asound", folder / "sound", folder / "dev")
        for place in (self.places.proc, self.places.sys):
            place.mkdir()
        (self.places.proc / "cards").write_text("")
        self.library = Library()
        self.portaudio = PortAudio(self.library, patience=0.05)
        self.prepared: list[str] = []

    def plug(self, number: int, name: str) -> None:
        card = self.places.proc / f"card{number}"
        for way in "cp":
            (card / f"pcm0{way}" / "sub0").mkdir(parents=True)
            (card / f"pcm0{way}" / "sub0" / "status").write_text("closed\n")
        (card / "id").write_text(name)
        self.library.plugged[number] = (2, 2)

    def unplug(self, number: int) -> None:
        (self.places.proc / f"card{number}").rename(self.places.sys.parent / f"gone{number}-{self.library.restarts}")
        del self.library.plugged[number]

    def occupy(self, number: int, owner: int, channels: int = 2) -> None:
        sub = self.places.proc / f"card{number}" / "pcm0c" / "sub0"
        (sub / "status").write_text(f"state: RUNNING\nowner_pid   : {owner}\n")
        (sub / "hw_params").write_text(f"channels: {channels}\n")

    def microphone(self, prepare: Any = None, **settings: Any) -> SounddeviceMicrophone:
        wanted = MicrophoneSettings(**(settings or {"card": "Array"}))
        return SounddeviceMicrophone(
            wanted,
            Mixdown(wanted, ArraySettings()),
            self.library.stream,
            prepare=prepare or (lambda: self.prepared.append("now")),
            portaudio=self.portaudio,
            places=self.places,
        )

    def speaker(self, **settings: Any) -> SounddeviceSpeaker:
        wanted = SpeakerSettings(**(settings or {"card": "Array"}))
        return SounddeviceSpeaker(wanted, self.library.stream, portaudio=self.portaudio, places=self.places)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with one card that is not the microphone, listed when PortAudio started."""
    made = Machine(tmp_path)
    made.plug(0, "Headphones")
    made.portaudio.look_again()
    made.library.restarts = 0
    return made


def error_of(microphone: SounddeviceMicrophone) -> MicrophoneError:
    """The error that opening raises."""
    with pytest.raises(MicrophoneError) as caught:
        microphone.open()
    return caught.value


# ---- the microphone by its card


def test_no_microphone_is_a_state(machine: Machine) -> None:
    """It can be made without its card, says so when it is opened, and opens once the card is there."""
    microphone = machine.microphone()
    assert "no sound card is 'Array'" in error_of(microphone).what
    assert machine.library.restarts == 0, "a card that the kernel does not have cannot be found by looking again"
    machine.plug(1, "Array")
    microphone.open()
    assert machine.library.streams[0].card == 1
    assert machine.library.restarts == 1


def test_another_number(machine: Machine) -> None:
    """Pulled out and put back under another number, it is found by its name, and nothing else is opened instead."""
    machine.plug(1, "Array")
    microphone = machine.microphone()
    microphone.open()
    microphone.close()
    machine.unplug(1)
    machine.plug(1, "Webcam")
    machine.plug(2, "Array")
    microphone.open()
    assert [stream.card for stream in machine.library.streams] == [2]


def test_no_needless_look(machine: Machine) -> None:
    """Whoever is in the list and can be opened is opened without looking again, however often."""
    machine.plug(1, "Array")
    machine.portaudio.look_again()
    before = machine.library.restarts
    microphone = machine.microphone()
    for _ in range(3):
        microphone.open()
        microphone.close()
    assert machine.library.restarts == before
    assert machine.library.streams == []


def test_the_card_is_made_ready_each_time(machine: Machine) -> None:
    """A card that was put back has forgotten its mixer: it is set when the driver is made and at every opening."""
    machine.plug(1, "Array")
    machine.portaudio.look_again()
    microphone = machine.microphone()
    for opening in (2, 3):
        microphone.open()
        microphone.close()
        assert len(machine.prepared) == opening


def test_wrong_settings_are_told_at_once(machine: Machine) -> None:
    """Nonsense for the mixer stops the driver from being made; a mixer that is not there yet does not."""

    def nonsense() -> None:
        raise MicrophoneError("no control 'PGB'")

    def nothing_there() -> None:
        raise CardError("no sound card is 'Array'")

    with pytest.raises(MicrophoneError, match="PGB"):
        machine.microphone(nonsense)
    assert "no sound card" in error_of(machine.microphone(nothing_there)).what


def test_somebody_else_has_it(machine: Machine) -> None:
    """A busy card, which PortAudio does not even list, is an error that names the process."""
    machine.plug(1, "Array")
    machine.library.busy.add(1)
    machine.occupy(1, 4321)
    machine.places.dev.mkdir()
    (machine.places.dev / "pcmC1D0c").touch()
    microphone = machine.microphone()
    told = error_of(microphone)
    assert told.what == "the sound card Array cannot be opened"
    assert "process 4321" in told.hint
    machine.library.busy.clear()
    microphone.open()
    assert machine.library.streams


def test_channels_that_are_made_up(machine: Machine) -> None:
    """ALSA delivers as many channels as one likes, the missing ones silent: the kernel's number counts."""
    machine.plug(1, "Array")
    machine.occupy(1, 1, channels=2)
    told = error_of(machine.microphone(card="Array", channels=4, channel=3))
    assert told.what == "the microphone 'Array' has 2 channels, not 4"
    assert machine.library.streams == []
    machine.microphone(card="Array", channels=2).open()


def test_a_name_as_other_programs_show_it(machine: Machine) -> None:
    """Though ALSA converts for us, the device is called `hw:` as everywhere else."""
    machine.microphone(device="USB Audio: - (hw:0,0)").open()
    assert machine.library.streams[0].card == 0


# ---- looking again


def test_never_under_an_open_stream(machine: Machine) -> None:
    """While a loudspeaker plays nobody looks, the microphone's error stands, and the next attempt looks."""
    playing = machine.portaudio.start("output", machine.library.stream, lambda devices, default: 0)
    microphone = machine.microphone()
    machine.plug(1, "Array")
    assert "cannot be opened" in error_of(microphone).what
    assert machine.library.restarts == 0
    assert playing in machine.library.streams
    machine.portaudio.end(playing)
    microphone.open()
    assert [stream.card for stream in machine.library.streams] == [1]


def test_a_loudspeaker_that_had_to_wait(machine: Machine) -> None:
    """A loudspeaker plugged in while the microphone is open is found as soon as that is opened anew."""
    machine.plug(1, "Array")
    microphone = machine.microphone()
    microphone.open()
    machine.plug(2, "Box")
    speaker = machine.speaker(card="Box")
    speaker.play(b"\0\0", 1.0)
    while speaker.remaining():
        pass
    with pytest.raises(SpeakerError, match="Box cannot be opened") as caught:
        speaker.play(b"\0\0", 1.0)
    assert "mute once" in caught.value.hint
    microphone.close()
    before = machine.library.restarts
    microphone.open()
    assert machine.library.restarts == before + 1
    speaker.play(b"\0\0", 1.0)
    while speaker.remaining():
        pass
    speaker.play(b"\0\0", 1.0)
    speaker.close()
    microphone.close()
    assert machine.library.streams == []


def test_it_does_not_come_back(machine: Machine) -> None:
    """A PortAudio that ends and does not start again is an error each time, and is started when it can be."""
    machine.plug(1, "Array")
    machine.library.comes_back = False
    microphone = machine.microphone()
    for _ in range(2):
        assert "cannot be opened: " in error_of(microphone).what
    machine.library.comes_back = True
    microphone.open()
    assert machine.library._initialized == 1
    assert machine.library.streams[0].card == 1


# ---- taking turns


def test_a_mute_does_not_wait(machine: Machine) -> None:
    """While another device hangs in its opening, a microphone stops at once; it is closed by whoever comes next."""
    machine.plug(1, "Array")
    microphone = machine.microphone()
    microphone.open()
    (stream,) = machine.library.streams
    hangs, goes_on = threading.Event(), threading.Event()

    def hang(**_: Any) -> Any:
        hangs.set()
        assert goes_on.wait(10)
        raise PortAudioError("Device unavailable", -9985)

    def open_in_vain() -> None:
        with pytest.raises(PortAudioError):
            machine.portaudio.start("output", hang, lambda devices, default: 0)

    other = threading.Thread(target=open_in_vain)
    other.start()
    assert hangs.wait(10)
    microphone.close()
    assert stream.calls == ["open", "start", "abort"]
    assert "hangs" in error_of(microphone).what
    goes_on.set()
    other.join()
    microphone.open()
    assert stream.calls[-1] == "close"


# ---- the loudspeaker by its card


def test_no_loudspeaker_is_no_reason_not_to_start(machine: Machine) -> None:
    """A loudspeaker whose card is not there is an error of each play, and plays once it is there."""
    speaker = machine.speaker()
    for _ in range(2):
        with pytest.raises(SpeakerError, match="no sound card is 'Array'"):
            speaker.play(b"\0\0", 1.0)
    machine.plug(1, "Array")
    speaker.play(b"\0\0" * 100, 1.0)
    while speaker.remaining():
        pass
    speaker.play(b"\0\0", 1.0)
    speaker.close()
    assert machine.library.restarts == 1
