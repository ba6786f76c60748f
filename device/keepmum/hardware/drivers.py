"""Opens the hardware that the owner named, and imports no driver that was not named."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keepmum.clock import Clock, RealClock
from keepmum.errors import ConfigError
from keepmum.hardware import Button, Compass, MicPower, Microphone, Ring, Speaker, Witness
from keepmum.hardware.array.mixdown import Mixdown
from keepmum.hardware.scenes.mishaps import follow
from keepmum.hardware.scenes.room import Room
from keepmum.hardware.scenes.scene import Scene
from keepmum.hardware.voice_espeak import Espeak
from keepmum.settings_hardware import (
    ButtonSettings,
    HardwareSettings,
    MicPowerSettings,
    RingSettings,
    SpeakerSettings,
)

if TYPE_CHECKING:
    from keepmum.hardware.lamps import Strip
    from keepmum.hardware.usb.usb4mic import Usb4Mic
    from keepmum.hardware.usb.xvf3800 import Xvf3800


@dataclass(frozen=True)
class Hardware:
    """One of each role, and the clock that they live by."""

    clock: Clock
    room: Room | None
    """The room that the scene plays in; None where everything is real."""
    microphone: Microphone
    ring: Ring
    button: Button
    speaker: Speaker
    voice: Espeak
    mic_power: MicPower | None
    """The switch in the microphones' supply, if there is one."""
    witnesses: tuple[Witness, ...]
    """Who else can see whether the microphone is closed."""
    compass: Compass | None

    def close(self) -> None:
        """Let go of everything, the microphone first."""
        self.microphone.close()
        if self.mic_power is not None:
            self.mic_power.close()
        self.speaker.close()
        self.button.close()
        self.ring.close()


def open_hardware(settings: HardwareSettings, voice: str) -> Hardware:
    """The drivers by name; nothing listens yet. `voice` is one of espeak-ng's.

    Raises ConfigError for a missing scene, SceneError for a wrong one, and the HardwareError of a role that
    cannot be had.
    """
    room = _room(settings)
    clock: Clock = room or RealClock()
    boards = _Boards()
    mixdown = Mixdown(settings.microphone, settings.array)
    microphone = _microphone(settings, room, mixdown)
    hardware = Hardware(
        clock=clock,
        room=room,
        voice=Espeak(voice),
        microphone=microphone,
        speaker=_speaker(settings.speaker, clock),
        ring=_ring(settings.ring, clock, boards),
        button=_button(settings.button, room),
        mic_power=_mic_power(settings.mic_power, clock, boards),
        witnesses=_witnesses(settings, microphone),
        compass=_compass(settings, mixdown, boards),
    )
    if room is not None:
        follow(room, hardware)
    return hardware


class _Boards:
    """The boards behind USB, each opened once for all the roles that it has."""

    @functools.cached_property
    def xvf3800(self) -> Xvf3800:
        from keepmum.hardware.usb.xvf3800 import open_xvf3800

        return open_xvf3800()

    @functools.cached_property
    def usb4mic(self) -> Usb4Mic:
        from keepmum.hardware.usb.usb4mic import open_usb4mic

        return open_usb4mic()


def open_ring(settings: RingSettings) -> Ring:
    """The ring alone, for whoever sets it while no listener runs. Raises RingError."""
    return _ring(settings, RealClock(), _Boards())


def open_mic_power(settings: MicPowerSettings) -> MicPower | None:
    """The microphones' switch alone, off by being opened; None where there is none. Raises MicPowerError."""
    return _mic_power(settings, RealClock(), _Boards())


def _room(settings: HardwareSettings) -> Room | None:
    drivers = {"microphone": (settings.microphone.driver, "wav"), "button": (settings.button.driver, "scripted")}
    living = [f"hardware.{role}" for role, (driver, fake) in drivers.items() if driver == fake]
    if settings.fast and settings.microphone.driver != "wav":
        raise ConfigError("hardware.fast is on, but a real microphone keeps its own pace", "turn it off")
    if settings.scene is None and living:
        raise ConfigError(f"{' and '.join(living)} live in a scene, but hardware.scene is not set", "name a scene file")
    if settings.scene is None:
        return None
    if not living:
        raise ConfigError("hardware.scene is set, but nothing lives in it", "set hardware.microphone.driver: wav")
    return Room(Scene.load(settings.scene), settings.fast)


def _microphone(settings: HardwareSettings, room: Room | None, mixdown: Mixdown) -> Microphone:
    if settings.microphone.driver == "wav":
        from keepmum.hardware.microphone_wav import WavMicrophone

        assert room is not None
        return WavMicrophone(room)
    from keepmum.hardware.alsa.mixer import set_controls
    from keepmum.hardware.microphone_sounddevice import SounddeviceMicrophone

    if not settings.mixer:
        return SounddeviceMicrophone(settings.microphone, mixdown)
    prepare = functools.partial(set_controls, settings.microphone.card, settings.mixer)
    return SounddeviceMicrophone(settings.microphone, mixdown, prepare=prepare)


def _witnesses(settings: HardwareSettings, microphone: Microphone) -> tuple[Witness, ...]:
    if settings.microphone.driver == "wav":
        from keepmum.hardware.microphone_wav import RoomWitness, WavMicrophone

        assert isinstance(microphone, WavMicrophone)
        return (RoomWitness(microphone),)
    if settings.microphone.card is None:
        return ()
    from keepmum.hardware.alsa.witness import AlsaWitness

    return (AlsaWitness(settings.microphone.card),)


def _mic_power(settings: MicPowerSettings, clock: Clock, boards: _Boards) -> MicPower | None:
    if settings.driver == "gpio":
        from keepmum.hardware.mic_power_gpio import GpioMicPower

        return GpioMicPower(settings)
    if settings.driver == "xvf3800":
        from keepmum.hardware.usb.mic_power import Xvf3800MicPower

        return Xvf3800MicPower(boards.xvf3800)
    if settings.driver == "recorder":
        from keepmum.hardware.mic_power_recorder import RecorderMicPower

        return RecorderMicPower(clock)
    return None


def _compass(settings: HardwareSettings, mixdown: Mixdown, boards: _Boards) -> Compass | None:
    match settings.array.compass:
        case "phat":
            return mixdown
        case "xvf3800":
            return boards.xvf3800
        case "usb4mic":
            return boards.usb4mic
        case _:
            return None


def _ring(settings: RingSettings, clock: Clock, boards: _Boards) -> Ring:
    if settings.driver == "recorder":
        from keepmum.hardware.ring_recorder import RecorderRing

        return RecorderRing(clock)
    if settings.driver == "terminal":
        from keepmum.hardware.ring_terminal import TerminalRing

        return TerminalRing()
    from keepmum.hardware.lamps.ring import LampRing

    return LampRing(_strip(settings, boards), settings)


def _strip(settings: RingSettings, boards: _Boards) -> Strip:
    if settings.driver == "xvf3800":
        from keepmum.hardware.usb.strips import Xvf3800Strip

        return Xvf3800Strip(boards.xvf3800)
    if settings.driver == "usb4mic":
        from keepmum.hardware.usb.strips import Usb4MicStrip

        return Usb4MicStrip(boards.usb4mic)
    if settings.driver == "ws2812":
        from keepmum.hardware.lamps.strip_ws2812 import Ws2812Strip

        return Ws2812Strip(settings)
    if settings.data_pin is not None:
        from keepmum.hardware.lamps.strip_pins import PinStrip

        return PinStrip(settings)
    from keepmum.hardware.lamps.strip_spi import SpiStrip

    return SpiStrip(settings)


def _button(settings: ButtonSettings, room: Room | None) -> Button:
    if settings.driver == "scripted":
        from keepmum.hardware.button_scripted import ScriptedButton

        assert room is not None
        return ScriptedButton(room)
    if settings.driver == "gpio":
        from keepmum.hardware.button_gpio import GpioButton

        return GpioButton(settings)
    from keepmum.hardware.button_keyboard import KeyboardButton

    return KeyboardButton()


def _speaker(settings: SpeakerSettings, clock: Clock) -> Speaker:
    if settings.driver == "wav":
        from keepmum.hardware.speaker_wav import WavSpeaker

        return WavSpeaker(settings.file, clock)
    from keepmum.hardware.speaker_sounddevice import SounddeviceSpeaker

    return SounddeviceSpeaker(settings)
