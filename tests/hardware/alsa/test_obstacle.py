"""Why a card that is there cannot be opened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keepmum.hardware.alsa.obstacle import obstacle
from keepmum.hardware.alsa.substreams import substreams


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    """The device files of card 1."""
    folder = tmp_path / "snd"
    folder.mkdir()
    for name in ("controlC1", "pcmC1D0p", "pcmC1D1c", "pcmC11D0c"):
        (folder / name).touch()
    return folder


def test_nothing_in_the_way(kernel: Any, dev: Path) -> None:
    """A free card has no obstacle, whoever uses its other direction."""
    kernel.open(1, "pcm0p", owner=77)
    assert obstacle(1, "c", kernel.proc, dev) == ""


def test_who_has_it(kernel: Any, dev: Path) -> None:
    """A busy card names the process, and how to learn more about it."""
    kernel.open(1, "pcm1c", owner=77)
    assert "another program has it: end it (process 77; `ps -p 77`" in obstacle(1, "c", kernel.proc, dev)


def test_no_device_file(kernel: Any, dev: Path) -> None:
    """A card without its device file says so."""
    (dev / "pcmC1D1c").unlink()
    assert "has udev made" in obstacle(1, "c", kernel.proc, dev)


def test_nobody_can_tell(kernel: Any, tmp_path: Path) -> None:
    """Without /dev/snd there is nothing to say, and no error."""
    assert obstacle(1, "c", kernel.proc, tmp_path / "none") == ""


ASK = """
import os
from pathlib import Path
from keepmum.hardware.alsa.obstacle import obstacle
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
print(obstacle(1, "c", Path("asound"), Path("snd")))
"""


def test_not_in_the_group(kernel: Any, dev: Path, tmp_path: Path) -> None:
    """A user who may not open the device is sent to the group audio."""
    (dev / "pcmC1D1c").chmod(0)
    tmp_path.chmod(0o755)
    asked = [sys.executable, "-c", ASK]
    told = subprocess.run(asked, check=True, timeout=60, cwd=tmp_path, capture_output=True, text=True).stdout
    assert "may not open snd/pcmC1D1c" in told
    assert "usermod -aG audio" in told


def test_channels_and_owner_of_an_open_way(kernel: Any) -> None:
    """The kernel tells how many channels the card itself delivers, and who reads them."""
    kernel.open(1, "pcm1c", owner=77, channels=6)
    (one,) = substreams(1, "c", kernel.proc)
    assert (one.closed, one.owner, one.channels) == (False, 77, 6)
    assert substreams(9, "c", kernel.proc) == ()
