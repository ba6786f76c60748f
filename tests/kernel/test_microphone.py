"""The microphone on a real sound card of a real kernel: PortAudio, ALSA, /dev/snd and /proc/asound."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from kernel_hand import Hand
from kernel_sound import CARD, COUNTED, EAR, MOUTH, Loop, block, microphone, playing

from keepmum.errors import MicrophoneError
from keepmum.hardware.alsa.witness import AlsaWitness
from keepmum.hardware.microphone_sounddevice import SounddeviceMicrophone
from keepmum.listener.watch import STALL
from keepmum.sound import BLOCK_BYTES, BLOCK_SECONDS

Figure = Callable[[str], None]
Start = Callable[[str], "subprocess.Popen[str]"]
STATUS = Path(f"/proc/asound/{CARD}/pcm0c/sub0/status")
pytestmark = pytest.mark.usefixtures("outside")


@contextmanager
def listening(channels: int = 1) -> Iterator[SounddeviceMicrophone]:
    """An open microphone of ours, closed at the end whatever happened."""
    ours = microphone(channels)
    ours.open()
    try:
        yield ours
    finally:
        ours.close()


@pytest.fixture
def recorder() -> Iterator[subprocess.Popen[bytes]]:
    """Another program that records from the card, which has two ways in; the first counts."""
    words = ["arecord", "-q", "-t", "raw", "-f", "S16_LE", "-r", "16000", "/dev/null", "-D"]
    processes = [subprocess.Popen([*words, way]) for way in (EAR, MOUTH)]
    while any(Path(f"/proc/asound/{CARD}/pcm{n}c/sub0/status").read_text().strip() == "closed" for n in (0, 1)):
        assert {process.poll() for process in processes} == {None}
    yield processes[0]
    for process in processes:
        process.kill()
        process.wait()


def heard(opened: SounddeviceMicrophone, blocks: int) -> np.ndarray:
    """So many blocks in one piece."""
    return np.frombuffer(b"".join(block(opened) for _ in range(blocks)), "<i2").astype(int)


def test_sample_for_sample(tmp_path: Path) -> None:
    """Three seconds of numbers arrive in order, and none is missing or twice."""
    with playing(tmp_path), listening() as ours:
        found = heard(ours, 40)
        assert ours.overflows == 0
    sounding = found[np.argmax(found > 0) :]
    assert len(sounding) > 35 * BLOCK_BYTES // 2
    assert set(np.diff(sounding)) <= {1, 1 - COUNTED}


def test_eight_channels(tmp_path: Path) -> None:
    """An array's eight channels are opened, and the chosen one arrives sample for sample."""
    with playing(tmp_path, channels=8), listening(channels=8) as ours:
        found = heard(ours, 20)
    assert set(np.diff(found[np.argmax(found > 0) :])) <= {1, 1 - COUNTED}


def test_a_card_with_another_rate(tmp_path: Path) -> None:
    """A card that runs at 48 kHz is heard at 16: ALSA converts, because keepmum asks it to."""
    with playing(tmp_path, rate=48_000), listening() as ours:
        found = heard(ours, 40)
    steps = np.diff(found[np.argmax(found > 0) + 1_000 :])
    assert np.median(steps) == 3


def test_a_muted_microphone_has_no_past(tmp_path: Path) -> None:
    """After closing and opening, the first block is of now: what was played in between is not in it."""
    with playing(tmp_path), listening() as ours:
        before = heard(ours, 10)[-1]
        ours.close()
        time.sleep(0.5)
        ours.open()
        after = heard(ours, 5)
    first = after[np.argmax(after > 0)]
    assert (first - before) % COUNTED > 0.4 * 16_000


def test_the_kernel_sees_who_listens(recorder: subprocess.Popen[bytes]) -> None:
    """While another program records, the witness objects and names its process; when it is gone, no longer."""
    assert AlsaWitness(CARD).objection() == f"the card {CARD} is open in process {recorder.pid}"
    recorder.kill()
    recorder.wait()
    assert str(recorder.pid) not in AlsaWitness(CARD).objection()


def test_the_witness_sees_ours() -> None:
    """Closed, open, closed: the witness says so each time, at once."""
    witness = AlsaWitness(CARD)
    assert witness.objection() == ""
    with listening():
        assert witness.objection().startswith(f"the card {CARD} is open")
    assert witness.objection() == ""


def test_taken_by_another_program(recorder: subprocess.Popen[bytes]) -> None:
    """A card that somebody else records from is one clear error that says who; it opens once he has gone."""
    ours = microphone()
    try:
        with pytest.raises(MicrophoneError, match="cannot be opened") as refused:
            ours.open()
        assert str(recorder.pid) in str(refused.value)
        recorder.kill()
        recorder.wait()
        ours.open()
    finally:
        ours.close()


def test_killed_while_it_listens(child: Start) -> None:
    """kill -9 closes the microphone: the kernel sees to it."""
    ears = child("capture_until_killed")
    assert STATUS.read_text().strip() != "closed"
    ears.process.kill()
    ears.process.wait()
    assert STATUS.read_text().strip() == "closed"


def test_behind_the_lock(child: Start, tmp_path: Path) -> None:
    """Behind the listener's lock the card is opened, heard and opened again, and no socket can be made."""
    with playing(tmp_path):
        found = child("listen_behind_the_lock").found()
    assert found["blocks"] == [BLOCK_BYTES] * 5
    assert found["loud"]
    assert "is open" in found["during"]
    assert found["after"] == ""
    assert found["socket"] == "EPERM"
    assert found["again"] == BLOCK_BYTES


@pytest.fixture
def plug() -> Iterator[Loop]:
    """The card's plug, put back in the end."""
    plug = Loop()
    yield plug
    plug.put_back()


@pytest.mark.parametrize("how", ["until_pulled", "until_pulled_with_sound_waiting"])
def test_pulled_out(child: Start, tmp_path: Path, plug: Loop, figure: Figure, how: str) -> None:
    """A card that goes while it is heard is noticed as fast as the watch can, and never heard as silence."""
    with playing(tmp_path):
        ears = child(how)
        began = plug.pull()
        at, by = ears.found()
    figure(f"noticed after {at - began:.2f} s: {by}")
    assert at - began < STALL + 1.0
    assert AlsaWitness(CARD).objection() == ""


def test_blocks_come_in_time(outside: Hand, figure: Figure) -> None:
    """Fifty blocks take as long as fifty blocks last."""
    with listening() as ours:
        heard(ours, 5)
        began = time.monotonic()
        heard(ours, 50)
        took = time.monotonic() - began
    figure(f"50 blocks of 80 ms took {took:.2f} s")
    assert took == pytest.approx(50 * BLOCK_SECONDS, rel=0.1)
