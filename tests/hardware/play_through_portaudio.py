"""Runs beside the tests, in a process of its own, because PortAudio looks for devices once per process.

Each function writes one JSON value about the loudspeaker's driver.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import numpy as np
import sounddevice

from keepmum.errors import SpeakerError
from keepmum.hardware.speaker_sounddevice import SounddeviceSpeaker
from keepmum.settings_hardware import SpeakerSettings

PATIENCE = 10.0
SETTINGS = SpeakerSettings(device="out")
SLICE = 640


def tone(level: int, seconds: float) -> bytes:
    """A sound that is one level all through."""
    return np.full(round(seconds * 16_000), level, "<i2").tobytes()


class Stream:
    """A stream in PortAudio's place: it takes a slice whenever the test lets it, and tells the test."""

    write_available = 1_600

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.written: list[int] = []
        self.allowed = Semaphore(0)
        self.wrote = Semaphore(0)
        self.closed = Event()

    def start(self) -> None:
        self.calls.append("start")

    def write(self, piece: bytes) -> None:
        self.written.append(int(np.frombuffer(piece, "<i2")[0]))
        self.wrote.release()
        assert self.allowed.acquire(timeout=PATIENCE)

    def stop(self) -> None:
        self.calls.append("stop")

    def abort(self) -> None:
        self.calls.append("abort")

    def close(self) -> None:
        self.calls.append("close")
        self.closed.set()

    def let(self, slices: int) -> None:
        """Let so many slices through, each after it was handed over."""
        for _ in range(slices):
            assert self.wrote.acquire(timeout=PATIENCE)
            self.allowed.release()


def through_a_real_stream() -> Any:
    """What PortAudio hands to the sound card."""
    done = Event()

    class Told(sounddevice.RawOutputStream):  # type: ignore[misc]
        def close(self, *arguments: Any, **options: Any) -> None:
            super().close(*arguments, **options)
            done.set()

    speaker = SounddeviceSpeaker(SETTINGS, Told)
    sound = (np.arange(8_000) % 5_000 + 1).astype("<i2")
    speaker.play(sound.tobytes(), 0.5)
    assert done.wait(PATIENCE)
    speaker.close()
    return True


def replaced_and_stopped() -> Any:
    """A second sound cuts the first one off; a stop cuts off the second."""
    streams = [Stream(), Stream()]
    opened = iter(streams)
    speaker = SounddeviceSpeaker(SETTINGS, lambda **_: next(opened))
    quiet = speaker.remaining()
    speaker.play(tone(1, 1.0), 1.0)
    first = speaker.remaining()
    streams[0].let(2)
    assert streams[0].wrote.acquire(timeout=PATIENCE)
    speaker.play(tone(2, 1.0), 1.0)
    streams[0].allowed.release()
    assert streams[0].closed.wait(PATIENCE)
    streams[1].let(5)
    assert streams[1].wrote.acquire(timeout=PATIENCE)
    second = speaker.remaining()
    speaker.stop()
    stopped = speaker.remaining()
    streams[1].allowed.release()
    assert streams[1].closed.wait(PATIENCE)
    speaker.close()
    return {
        "remaining": [quiet, first, second, stopped],
        "written": [stream.written for stream in streams],
        "calls": [stream.calls for stream in streams],
    }


def to_the_end() -> Any:
    """A sound that nobody interrupts is drained, not aborted."""
    stream = Stream()
    speaker = SounddeviceSpeaker(SETTINGS, lambda **_: stream)
    speaker.play(tone(7, 0.1), 1.0)
    stream.let(7)
    assert stream.closed.wait(PATIENCE)
    speaker.close()
    return [stream.calls, stream.written, speaker.remaining()]


def failing() -> Any:
    """A device that fails once: what is heard of it, and what comes after."""
    streams = iter([None, None, Stream()])
    failed = Event()

    def open_stream(**_: Any) -> Stream:
        stream = next(streams)
        if stream is None:
            failed.set()
            raise sounddevice.PortAudioError("Device unavailable", -9985)
        return stream

    speaker = SounddeviceSpeaker(SETTINGS, open_stream)
    speaker.play(tone(1, 0.04), 1.0)
    assert failed.wait(PATIENCE)
    while speaker.remaining() > 0:
        pass
    told = []
    for _ in range(2):
        try:
            speaker.play(tone(1, 0.04), 1.0)
            told.append("plays")
        except SpeakerError as error:
            told.append(f"{error.what} | {error.hint}")
    speaker.stop()
    return told


def refused() -> Any:
    """What cannot be played, and by whom."""
    told = []
    speaker = SounddeviceSpeaker(SETTINGS, lambda **_: Stream())
    for pcm, volume in ((b"\0", 1.0), (tone(1, 0.1), 2.0), (tone(1, 0.1), -1.0)):
        told.append(_error(lambda pcm=pcm, volume=volume: speaker.play(pcm, volume)))
    speaker.play(b"", 1.0)
    told.append(str(speaker.remaining()))
    speaker.close()
    speaker.close()
    told.append(_error(lambda: speaker.play(tone(1, 0.1), 1.0)))
    missing = SounddeviceSpeaker(SpeakerSettings(device="none"))
    missing.play(tone(1, 0.1), 1.0)
    while missing.remaining() > 0:
        pass
    told.append(_error(lambda: missing.play(tone(1, 0.1), 1.0)))
    missing.close()
    return told


def takes_nothing() -> Any:
    """A device that is open and has no room."""
    stream = Stream()
    stream.write_available = 0
    speaker = SounddeviceSpeaker(SETTINGS, lambda **_: stream, looks=3)
    speaker.play(tone(1, 0.1), 1.0)
    assert stream.closed.wait(PATIENCE)
    while speaker.remaining() > 0:
        pass
    told = _error(lambda: speaker.play(tone(1, 0.1), 1.0))
    speaker.close()
    return [told, stream.calls]


def _error(action: Any) -> str:
    try:
        action()
    except SpeakerError as error:
        return error.what
    return "nothing"


def main() -> None:
    """Run the function that the command line names."""
    Path(sys.argv[2]).write_text(json.dumps(globals()[sys.argv[1]]()))


if __name__ == "__main__":
    main()
