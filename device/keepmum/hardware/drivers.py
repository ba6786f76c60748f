"""Opens the hardware that the owner named, and imports no driver that was not named."""

from __future__ import annotations

from dataclasses import dataclass

from keepmum.clock import Clock, RealClock
from keepmum.errors import ConfigError
from keepmum.hardware import Button, Microphone, Ring, Speaker
from keepmum.hardware.scenes.room import Room
from keepmum.hardware.scenes.scene import Scene
from keepmum.hardware.voice_espeak import Espeak
from keepmum.settings import ButtonSettings, HardwareSettings, MicrophoneSettings, RingSettings, SpeakerSettings


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

    def close(self) -> None:
        """Let go of everything, the microphone first."""
        self.microphone.close()
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
    return Hardware(
        clock=clock,
        room=room,
        voice=Espeak(voice),
        microphone=_microphone(settings.microphone, room),
        speaker=_speaker(settings.speaker, clock),
        ring=_ring(settings.ring, clock),
        button=_button(settings.button, room),
    )


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


def _microphone(settings: MicrophoneSettings, room: Room | None) -> Microphone:
    if settings.driver == "wav":
        from keepmum.hardware.microphone_wav import WavMicrophone

        assert room is not None
        return WavMicrophone(room)
    from keepmum.hardware.microphone_sounddevice import SounddeviceMicrophone

    return SounddeviceMicrophone(settings)


def _ring(settings: RingSettings, clock: Clock) -> Ring:
    if settings.driver == "recorder":
        from keepmum.hardware.ring_recorder import RecorderRing

        return RecorderRing(clock)
    from keepmum.hardware.ring_terminal import TerminalRing

    return TerminalRing()


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
