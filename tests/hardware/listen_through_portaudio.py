"""Runs beside the tests, in a process of its own, because PortAudio looks for devices once per process.

Each function prints one JSON value about the real PortAudio on a sound card that is only a file.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import sounddevice

from keepmum.errors import HardwareError
from keepmum.hardware.array.mixdown import Mixdown
from keepmum.hardware.microphone_sounddevice import SounddeviceMicrophone
from keepmum.lockdown import lock_listener
from keepmum.settings_hardware import ArraySettings, MicrophoneSettings
from keepmum.sound import BLOCK

Channel = Any


def made(settings: MicrophoneSettings, *more: Any) -> SounddeviceMicrophone:
    """A microphone with these settings."""
    return SounddeviceMicrophone(settings, Mixdown(settings, ArraySettings()), *more)


def listen(channels: int, channel: Channel, blocks: int = 3) -> list[int]:
    """The first samples that arrive."""
    settings = MicrophoneSettings(device=f"array{channels}", channels=channels, channel=channel)
    microphone = made(settings)
    microphone.open()
    assert microphone.ready_in() == 0
    heard = b"".join(microphone.read() for _ in range(blocks))
    microphone.close()
    microphone.close()
    return np.frombuffer(heard, "<i2").tolist()


def known_samples() -> Any:
    """One channel, every single channel of four, and the mean of each."""
    singles = [listen(4, channel) for channel in range(4)]
    return {"one": listen(1, 0), "singles": singles, "mean4": listen(4, "mean"), "mean8": listen(8, "mean")}


def again_from_the_start() -> Any:
    """Opening again delivers nothing that was not read before."""
    microphone = made(MicrophoneSettings(device="array1"))
    firsts = []
    for _ in range(2):
        microphone.open()
        firsts.append(np.frombuffer(microphone.read(), "<i2")[:3].tolist())
        microphone.close()
    return firsts


def buffer_seconds() -> Any:
    """How much sound PortAudio keeps for a reader that pauses."""
    streams: list[sounddevice.RawInputStream] = []

    def keep(**options: Any) -> sounddevice.RawInputStream:
        streams.append(sounddevice.RawInputStream(**options))
        return streams[0]

    microphone = made(MicrophoneSettings(device="array1"), keep)
    microphone.open()
    kept = streams[0].read_available / 16_000
    microphone.close()
    return [kept, streams[0].closed]


def failure(action: Any) -> list[str]:
    """The kind, text and hint of the error that an action raises."""
    try:
        action()
    except HardwareError as error:
        return [type(error).__name__, error.what, error.hint]
    return ["none", "", ""]


def failures() -> Any:
    """Everything that cannot be had."""

    def at_rate(rate: int) -> Any:
        return lambda **options: sounddevice.RawInputStream(**options | {"samplerate": rate})

    one = MicrophoneSettings(device="array1")
    opened = made(one)
    opened.open()
    return {
        "missing": failure(made(MicrophoneSettings(device="respeaker")).open),
        "ambiguous": failure(lambda: made(MicrophoneSettings(device="array"))),
        "channels": failure(lambda: made(MicrophoneSettings(device="mono", channels=2))),
        "rate": failure(made(one, at_rate(500_000_000)).open),
        "closed": failure(made(one).read),
        "twice": failure(opened.open),
    }


class Stream:
    """A stream in PortAudio's place, that delivers and fails as it is told."""

    def __init__(self, deliveries: list[tuple[int, bool]] | None = None, **options: Any) -> None:
        self.deliveries = deliveries or []
        self.options = options
        self.calls: list[str] = []

    active = True

    @property
    def read_available(self) -> int:
        if not self.deliveries:
            raise sounddevice.PortAudioError("Unanticipated host error", -9999)
        return self.deliveries[0][0]

    def read(self, count: int) -> tuple[bytes, bool]:
        return bytes(2 * count), self.deliveries.pop(0)[1]

    def start(self) -> None:
        self.calls.append("start")

    def abort(self) -> None:
        self.calls.append("abort")

    def close(self) -> None:
        self.calls.append("close")


def waiting_and_losing() -> Any:
    """What a reader is told about waiting, and what is counted and logged when sound is lost."""
    logged: list[str] = []
    watch = logging.Handler()
    watch.emit = lambda record: logged.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("keepmum").addHandler(watch)
    logging.getLogger("keepmum").setLevel(logging.INFO)
    losing = [False, True, True, False, False, True]
    stream = Stream([(available, False) for available in (0, 640, 1_279)] + [(BLOCK, lost) for lost in losing])
    microphone = made(MicrophoneSettings(device="array1"), lambda **_: stream)
    microphone.open()
    waits = []
    for _ in range(3):
        waits.append(microphone.ready_in())
        early = failure(microphone.read)
        stream.deliveries.pop(0)
    for _ in losing:
        microphone.read()
    gone = failure(microphone.ready_in)
    microphone.close()
    return {
        "waits": waits,
        "early": early,
        "overflows": microphone.overflows,
        "logged": logged,
        "gone": gone,
        "calls": stream.calls,
    }


def ended() -> Any:
    """A stream that PortAudio calls ended, though it still has something to read."""
    stream = Stream([(BLOCK, False)])
    microphone = made(MicrophoneSettings(device="array1"), lambda **_: stream)
    microphone.open()
    before = microphone.ready_in()
    stream.active = False
    return [before, failure(microphone.ready_in), failure(microphone.read)]


def plugged_in_later() -> Any:
    """A microphone that ALSA gets to know while we run, behind the lock: looked for in vain, then found."""
    config = Path(os.environ["ALSA_CONFIG_PATH"])
    microphone = made(MicrophoneSettings(device="later"))
    lock_listener()
    missing = failure(microphone.open)
    card = 'pcm.later { type file slave.pcm "null" file "/dev/null" infile "%s" format "raw" }\n'
    config.write_text(config.read_text() + card % (config.parent / "array1.raw"))
    microphone.open()
    heard = np.frombuffer(microphone.read(), "<i2")[:3].tolist()
    microphone.close()
    return [missing, heard]


def converts() -> Any:
    """Whether ALSA was told to convert before PortAudio was started, which happens when it is imported."""
    script = """
import os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "sounddevice":
            print(os.environ.get("PA_ALSA_PLUGHW"))
sys.meta_path.insert(0, Watch())
import keepmum.hardware.portaudio
"""
    unset = {name: value for name, value in os.environ.items() if name != "PA_ALSA_PLUGHW"}
    told = []
    for environment in (unset, unset | {"PA_ALSA_PLUGHW": "0"}):
        asked = [sys.executable, "-c", script]
        told.append(subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout.split())
    return told


def cannot_start() -> Any:
    """A stream that opens but does not start is closed again."""

    class Dead(Stream):
        def start(self) -> None:
            raise sounddevice.PortAudioError("Device unavailable", -9985)

    streams = [Dead(), Dead()]
    opened = iter(streams)
    microphone = made(MicrophoneSettings(device="array1"), lambda **_: next(opened))
    return [failure(microphone.open), [stream.calls for stream in streams], failure(microphone.ready_in)]


def main() -> None:
    """Run the function that the command line names."""
    found = globals()[sys.argv[1]]()
    Path(sys.argv[2]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
