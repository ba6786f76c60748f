"""A room in which the whole self-test is rehearsed: the fakes of the hardware, a scene, and what the run left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from simulated_machine import Simulated

from keepmum.doctor.selftest import run
from keepmum.doctor.selftest.outcome import Outcome
from keepmum.errors import MicPowerError
from keepmum.hardware.drivers import Hardware, open_hardware
from keepmum.hardware.mic_power_recorder import RecorderMicPower
from keepmum.hardware.microphone_wav import WavMicrophone
from keepmum.hardware.ring_recorder import RecorderRing
from keepmum.listener.look import LADDER
from keepmum.settings import BrokerSettings, Settings
from keepmum.settings_hardware import HardwareSettings
from keepmum.sound import RATE

LIGHTS = 0.8 * len(LADDER)
"""Seconds; the recording begins then, and the hold about three seconds later."""
HELD = f"noise hum.wav\npause {LIGHTS + 5}\nhold 1\npause 1\n"
Change = Callable[[Hardware], Hardware]


class Tried:
    """One run of the self-test, and what it left."""

    def __init__(self) -> None:
        self.ended: dict[str, Outcome] = {}
        self.told: list[str] = []
        self.order: list[str] = []
        """`open`, `lock`, and what the broker was asked."""
        self.hardware: Hardware | None = None

    def __getitem__(self, part: str) -> Outcome:
        return self.ended[part]

    @property
    def looks(self) -> list[Any]:
        """What the ring showed."""
        assert self.hardware is not None
        assert isinstance(self.hardware.ring, RecorderRing)
        return [look for _, look in self.hardware.ring.history]

    @property
    def heard(self) -> list[tuple[float, str]]:
        """What was done with the microphone."""
        assert self.hardware is not None
        assert isinstance(self.hardware.microphone, WavMicrophone)
        return self.hardware.microphone.history


def same(hardware: Hardware) -> Hardware:
    return hardware


class Rehearsal:
    """Runs the self-test as fast as it can."""

    def __init__(self, folder: Path, built: Callable[..., Simulated]) -> None:
        self._folder = folder
        self._built = built

    def __call__(
        self,
        scene: str = HELD,
        change: Change = same,
        sound: np.ndarray | None = None,
        broker: bool = False,
        without: tuple[str, ...] = (),
        said: Callable[[dict[str, Any]], object] = lambda words: None,
        **hardware: dict[str, Any],
    ) -> Tried:
        hum = np.full(RATE, 1_234, "<i2") if sound is None else sound
        soundfile.write(self._folder / "hum.wav", hum, RATE, subtype="PCM_16")
        (self._folder / "scene.txt").write_text(scene)
        settings = _settings(self._folder, hardware)
        left = Tried()

        def open_all() -> Hardware:
            left.order.append("open")
            left.hardware = change(open_hardware(settings.hardware, "en-gb"))
            return left.hardware

        simulated = self._built(change=said)

        def knock(asked: BrokerSettings) -> str:
            left.order.append("knock")
            return simulated.machine().knock(asked)

        machine = replace(simulated.machine(), knock=knock)
        for outcome in run.outcomes(
            settings,
            machine,
            open_all,
            tell=left.told.append,
            lock=lambda: left.order.append(f"lock, {len(left.heard)} times heard"),
            asks_broker=broker,
            without=without,
        ):
            left.ended[outcome.part] = outcome
        return left


def _settings(folder: Path, more: dict[str, dict[str, Any]]) -> Settings:
    parts: dict[str, Any] = {
        "scene": folder / "scene.txt",
        "fast": True,
        "microphone": {"driver": "wav"},
        "ring": {"driver": "recorder"},
        "button": {"driver": "scripted"},
        "speaker": {"driver": "wav", "file": folder / "replies.wav"},
        "mic_power": {"driver": "recorder"},
    }
    for part, keys in more.items():
        parts[part] |= keys
    return Settings(hardware=HardwareSettings(**parts), broker=BrokerSettings(host="broker.home"))


def power_of(hardware: Hardware) -> RecorderMicPower:
    assert isinstance(hardware.mic_power, RecorderMicPower)
    return hardware.mic_power


class Jammed:
    """A power switch that cannot be switched on."""

    def on(self) -> None:
        raise MicPowerError("the supply cannot be switched", "look at its pin")

    def off(self) -> None:
        """It is off."""

    def is_off(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is held."""


class Forgetful(Jammed):
    """A switch that is off for the first look only."""

    def __init__(self) -> None:
        self._looks = 0

    def on(self) -> None:
        self._looks = 0

    def is_off(self) -> bool:
        self._looks += 1
        return self._looks == 1
