"""The machine's sound card: what is played into one side of it is heard on the other, as `snd-aloop` does it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from keepmum.hardware.array.mixdown import Mixdown
from keepmum.hardware.microphone_sounddevice import SounddeviceMicrophone
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


class Unplugged:
    """Takes the card away as the kernel does when a plug is pulled; the kernel waits until everybody has let go."""

    def __init__(self) -> None:
        self.at = time.monotonic()
        # A process of its own: nothing can end it while the kernel waits.
        self._pulling = subprocess.Popen(["busybox", "sh", "-c", f"echo snd_aloop.0 >{DRIVER}/unbind"])

    def plug_in(self) -> None:
        """Bring it back."""
        self._pulling.wait(timeout=30)
        (DRIVER / "bind").write_text("snd_aloop.0")
