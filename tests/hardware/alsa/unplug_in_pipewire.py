"""Runs beside the tests, in a process of its own: a private PipeWire whose microphone is pulled out and put back.

Each function writes one JSON value about our drivers, through the real PortAudio and ALSA, on a real sound server
without any hardware. Nothing here is timed by sleeping: a server in another process is asked again and again until it
has done what it was told, with a deadline.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from keepmum.errors import MicrophoneError
from keepmum.hardware.array.mixdown import Mixdown
from keepmum.hardware.microphone_sounddevice import SounddeviceMicrophone
from keepmum.hardware.portaudio import PORTAUDIO
from keepmum.hardware.speaker_sounddevice import SounddeviceSpeaker
from keepmum.listener.watch import Watch
from keepmum.settings_hardware import ArraySettings, MicrophoneSettings, SpeakerSettings

PATIENCE = 20.0
FOLDER = Path(os.environ["XDG_RUNTIME_DIR"])
CONFIG = """
context.properties = { core.daemon = true  core.name = pipewire-0  support.dbus = false
  default.clock.rate = 16000  default.clock.allowed-rates = [ 16000 ]  default.clock.quantum = 256 }
context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert  support.* = support/libspa-support }
context.modules = [
  { name = libpipewire-module-protocol-native } { name = libpipewire-module-metadata }
  { name = libpipewire-module-spa-node-factory } { name = libpipewire-module-client-node }
  { name = libpipewire-module-access } { name = libpipewire-module-adapter }
  { name = libpipewire-module-link-factory } { name = libpipewire-module-session-manager } ]
context.objects = [ { factory = spa-node-factory args = { factory.name = support.node.driver
  node.name = Dummy-Driver  node.group = pipewire.dummy  priority.driver = 20000 } } ]
"""
SOURCE = """{ factory.name = support.null-audio-sink  node.name = room  media.class = Audio/Source/Virtual
  object.linger = true  audio.position = [ MONO ]  audio.rate = 16000
  adapter.auto-port-config = { mode = dsp  monitor = true } }"""
PORTS = "adapter.auto-port-config = { mode = dsp }"
"""Nobody manages sessions here, so streams give themselves ports and we link them."""


def until(done: Callable[[], Any]) -> Any:
    """What `done` returns, once that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := done()):
        assert time.monotonic() < deadline, "the sound server does not do what it was told"
        time.sleep(0.01)
    return found


class Server:
    """A PipeWire of our own, with one source: `room`."""

    def __init__(self) -> None:
        (FOLDER / "pipewire.conf").write_text(CONFIG)
        self._process = subprocess.Popen(["pipewire", "-c", FOLDER / "pipewire.conf"])
        until(lambda: self.tell("pw-cli", "info", "0"))
        self.plug()

    def tell(self, *command: str) -> str:
        """What a command of PipeWire's answers; nothing if it fails."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        return "" if done.returncode else done.stdout or "done"

    def plug(self) -> None:
        """The source is there."""
        self.tell("pw-cli", "create-node", "adapter", SOURCE)
        until(lambda: "room:capture_MONO" in self.tell("pw-link", "-o"))

    def unplug(self) -> None:
        """The source is gone."""
        self.tell("pw-cli", "destroy", "room")
        until(lambda: "room:capture_MONO" not in self.tell("pw-link", "-o"))

    def link(self, output: str, to: str) -> None:
        """Connect two ports, once they are there."""
        until(lambda: self.tell("pw-link", output, to))

    def kill(self) -> None:
        """The whole server is gone, without a word."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End it, if it still runs."""
        if self._process.poll() is None:
            self.kill()


@contextmanager
def running() -> Iterator[Server]:
    """A server that is ended whatever happens."""
    server = Server()
    try:
        yield server
    finally:
        server.close()


def microphone(*, driven: bool = True) -> SounddeviceMicrophone:
    """Our driver. A stream that is `driven` goes on without its source, as a desktop's sessions let it."""
    os.environ["PIPEWIRE_PROPS"] = f"{{ {PORTS} node.always-process = {str(driven).lower()} }}"
    settings = MicrophoneSettings(device="pipes")
    return SounddeviceMicrophone(settings, Mixdown(settings, ArraySettings()))


def block_of(ears: SounddeviceMicrophone) -> bytes:
    """The next block."""
    until(lambda: ears.ready_in() == 0)
    return ears.read()


@contextmanager
def talking(server: Server, sound: bytes) -> Iterator[SounddeviceSpeaker]:
    """Our loudspeaker plays into the room; it does not begin before it is linked."""
    os.environ["PIPEWIRE_PROPS"] = f"{{ {PORTS} }}"
    speaker = SounddeviceSpeaker(SpeakerSettings(device="pipes"))
    speaker.play(sound, 1.0)
    server.link("ALSA Playback:output_MONO", "room:input_MONO")
    try:
        yield speaker
    finally:
        speaker.close()


def heard(ears: SounddeviceMicrophone, server: Server) -> None:
    """Wait until sound from the room arrives."""
    server.link("room:capture_MONO", "ALSA Capture:input_MONO")
    tone = np.full(16_000 * 10, 8_000, "<i2").tobytes()
    with talking(server, tone):
        until(lambda: any(block_of(ears)))


def source_destroyed() -> Any:
    """The source goes while its stream runs on: what arrives, and what the listener's watch makes of it."""
    with running() as server:
        ears = microphone()
        ears.open()
        heard(ears, server)
        server.unplug()
        watch = Watch(dead_after=1.0)
        watch.opened(0.0)
        blocks = 0
        until(lambda: not any(block_of(ears)))
        while not watch.deaf(0.08 * blocks):
            blocks += 1
            watch.block(block_of(ears), 0.08 * blocks)
        cause = watch.deaf(0.08 * blocks)
        ears.close()
        server.plug()
        ears.open()
        heard(ears, server)
        ears.close()
        return [blocks, cause.value if cause else None]


def source_stalled() -> Any:
    """The source goes, and takes with it what drives the stream: no block comes, and no error."""
    with running() as server:
        ears = microphone(driven=False)
        ears.open()
        heard(ears, server)
        server.unplug()
        watch = Watch(dead_after=0)
        watch.opened(time.monotonic())
        while (cause := watch.deaf(time.monotonic())) is None:
            if ears.ready_in() == 0:
                watch.block(ears.read(), time.monotonic())
            time.sleep(0.01)
        ears.close()
        return cause.value


def failure(action: Callable[[], Any]) -> str:
    """The error of a microphone that an action raises."""
    try:
        action()
    except MicrophoneError as error:
        return error.what
    return ""


def server_killed() -> Any:
    """The server dies under an open stream, stays away, and comes back."""
    with running() as server:
        ears = microphone()
        ears.open()
        heard(ears, server)
        server.kill()
        killed = time.monotonic()
        stopped = until(lambda: failure(ears.ready_in))
        noticed = time.monotonic() - killed
        ears.close()
        away = failure(ears.open)
        listed = [one["name"] for one in PORTAUDIO.devices("input")[0]]
    os.environ["PIPEWIRE_PROPS"] = f"{{ {PORTS} node.always-process = true }}"
    with running() as server:
        ears.open()
        heard(ears, server)
        ears.close()
        return {"stopped": stopped, "noticed": noticed, "away": away, "listed": listed}


def loudspeaker_killed() -> Any:
    """The server dies while a loudspeaker plays: whether it ends by itself, and what the next play says."""
    with running() as server, talking(server, bytes(2 * 16_000 * 60)) as speaker:
        before = speaker.remaining()
        server.kill()
        until(lambda: speaker.remaining() == 0)
        try:
            speaker.play(b"\0\0", 1.0)
        except OSError as error:
            return [before > 0, str(error)]
        return [before > 0, ""]


def last_sound() -> Any:
    """How much of the end of a sound reaches the room, in samples: 800 were played at the very end."""
    with running() as server:
        ears = microphone()
        ears.open()
        server.link("room:capture_MONO", "ALSA Capture:input_MONO")
        sound = np.concatenate([np.full(8_000, 8_000), np.full(800, -8_000)]).astype("<i2").tobytes()
        got = b""
        with talking(server, sound) as speaker:
            while speaker.remaining():
                got += block_of(ears)
        got += b"".join(block_of(ears) for _ in range(3))
        ears.close()
        return int((np.frombuffer(got, "<i2") < -4_000).sum())


def main() -> None:
    """Run the function that the command line names."""
    Path(sys.argv[2]).write_text(json.dumps(globals()[sys.argv[1]]()))


if __name__ == "__main__":
    main()
