"""The machine's sound card: what is played into one side of it is heard on the other, as `snd-aloop` does it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keepmum.errors import MicrophoneError
from keepmum.hardware.array.mixdown import Mixdown
from keepmum.hardware.microphone_sounddevice import SounddeviceMicrophone
from keepmum.listener.watch import STALL, Watch
from keepmum.settings_hardware import ArraySettings, MicrophoneSettings
from keepmum.sound import RATE

CARD = "Loopback"
EAR, MOUTH = f"hw:{CARD},0,0", f"hw:{CARD},1,0"
"""Where keepmum listens, and where the tests play."""
DRIVER = Path("/sys/bus/platform/drivers/snd_aloop")
COUNTED = 20_000


def microphone(channels: int = 1) -> SounddeviceMicrophone:
    """keepmum's microphone at the card."""
    settings = MicrophoneSettings(card=CARD, channels=channels)
    return SounddeviceMicrophone(settings, Mixdown(settings, ArraySettings()))


def block(opened: SounddeviceMicrophone, patience: float = 20.0) -> bytes:
    """The next block; fails if none comes."""
    until = time.monotonic() + patience
    while (wait := opened.ready_in()) > 0:
        assert time.monotonic() < until, "no sound comes"
        time.sleep(wait)
    return opened.read()


@contextmanager
def playing(folder: Path, rate: int = RATE, channels: int = 1) -> Iterator[None]:
    """Somebody plays numbers into the card, from 1 to 20,000 and again, each once in every channel."""
    sound = folder / "counting.raw"
    numbers = np.arange(60 * rate) % COUNTED + 1
    np.repeat(numbers, channels).astype("<i2").tofile(sound)
    words = f"aplay -q -D {MOUTH} -t raw -f S16_LE -r {rate} -c {channels} {sound}".split()
    with subprocess.Popen(words) as player:
        try:
            status = Path(f"/proc/asound/{CARD}/pcm1p/sub0/status")
            until = time.monotonic() + 20
            while status.read_text().strip() == "closed":
                assert time.monotonic() < until, "aplay does not play"
                time.sleep(0.01)
            yield
        finally:
            player.kill()


class Loop:
    """The card's plug. The kernel takes a card away at once, and waits until everybody has let go before it is gone."""

    def __init__(self) -> None:
        self._pulling: subprocess.Popen[bytes] | None = None

    def pull(self) -> float:
        """Take the card away; returns when."""
        now = time.monotonic()
        # A process of its own: nothing can end it while the kernel waits.
        self._pulling = subprocess.Popen(["busybox", "sh", "-c", f"echo snd_aloop.0 >{DRIVER}/unbind"])
        return now

    def put_back(self) -> None:
        """Bring it back, if it is away."""
        pulling, self._pulling = self._pulling, None
        if pulling is not None:
            pulling.wait(timeout=30)
            (DRIVER / "bind").write_text("snd_aloop.0")


class Noticed(NamedTuple):
    """How it came out that a microphone is gone."""

    at: float
    by: str


def until_noticed(opened: SounddeviceMicrophone) -> Noticed:
    """Listen as the listener does, until the driver or the watch says that there is no sound any more.

    Fails for a block of silence, and if nobody notices within two seconds.
    """
    watch, now = Watch(dead_after=0), time.monotonic()
    watch.opened(now)
    until = now + 2 * STALL
    while (now := time.monotonic()) < until:
        if watch.deaf(now):
            return Noticed(now, f"no block for {STALL:.0f} s, and no error")
        try:
            if (wait := opened.ready_in()) > 0:
                time.sleep(wait)
                continue
            heard = opened.read()
        except MicrophoneError as error:
            return Noticed(time.monotonic(), error.what)
        assert any(heard), "silence instead of an error"
        watch.block(heard, time.monotonic())
    raise AssertionError("nobody noticed")
