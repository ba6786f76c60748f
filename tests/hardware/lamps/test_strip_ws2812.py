"""WS2812 lamps behind the kernel's device: a pipe, a terminal line and /dev/full stand for it, and each can fail."""

from __future__ import annotations

import errno
import logging
import os
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from keepmum.errors import RingError
from keepmum.hardware.lamps.strip_ws2812 import Ws2812Strip, encode
from keepmum.settings_hardware import RingSettings

COLOURS = [(79, 43, 0), (0, 0, 0), (1, 2, 3)]
DARK = bytes(12)


class Leds(NamedTuple):
    """A pipe at a path, and the end at which the kernel would read."""

    path: Path
    reads: int

    def told(self) -> bytes:
        """What has been written since the last time."""
        try:
            return os.read(self.reads, 4096)
        except BlockingIOError:
            return b""


@pytest.fixture
def leds(tmp_path: Path) -> Iterator[Leds]:
    """A pipe that somebody reads."""
    path = tmp_path / "leds0"
    os.mkfifo(path)
    reads = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield Leds(path, reads)
    os.close(reads)


def ring(path: Path, **more: Any) -> RingSettings:
    """Three lamps behind this device."""
    return RingSettings(driver="ws2812", lamps=3, path=path, **more)


def write_often(strip: Ws2812Strip, colours: list[tuple[int, int, int]]) -> None:
    """More pictures than a pipe or a terminal line can hold for somebody who does not read."""
    for _ in range(20_000):
        strip.write(colours)


def test_encode() -> None:
    """Four bytes for each lamp: red, green, blue, and a white lamp that stays off."""
    assert encode(COLOURS).hex(" ") == "4f 2b 00 00 00 00 00 00 01 02 03 00"


def test_colours(leds: Leds) -> None:
    """Each picture is one write of all lamps; making the strip writes nothing."""
    strip = Ws2812Strip(ring(leds.path))
    assert leds.told() == b""
    strip.write(COLOURS)
    assert leds.told() == encode(COLOURS)
    strip.write(COLOURS[::-1])
    assert leds.told() == encode(COLOURS[::-1])


def test_character_device() -> None:
    """A real character device takes the same bytes."""
    kernel, line = os.openpty()
    tty.setraw(line)
    Ws2812Strip(ring(Path(os.ttyname(line)))).write(COLOURS)
    assert os.read(kernel, 4096) == encode(COLOURS)
    os.close(kernel)
    os.close(line)


def test_no_device(tmp_path: Path) -> None:
    """Without the overlay there is no device: the hint is the line for this ring, with the driver's gamma off."""
    with pytest.raises(RingError, match="leds0 is not there") as caught:
        Ws2812Strip(ring(tmp_path / "leds0"))
    assert "dtoverlay=ws2812-pio,gpio=PIN,num_leds=3,brightness=0" in caught.value.hint
    assert not (tmp_path / "leds0").exists()


def test_plain_file(tmp_path: Path) -> None:
    """What `echo >/dev/leds0` leaves behind where there is no device is not taken for a ring, nor written to."""
    path = tmp_path / "leds0"
    path.write_bytes(b"")
    with pytest.raises(RingError, match="is a file, not a device") as caught:
        Ws2812Strip(ring(path))
    assert "remove it" in caught.value.hint
    assert path.read_bytes() == b""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody without the right")
def test_no_right(leds: Leds, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device belongs to root until a udev rule says otherwise: the hint is that rule."""
    leds.path.chmod(0o600)
    leds.path.parent.chmod(0o755)
    monkeypatch.chdir(leds.path.parent)
    os.seteuid(65_534)
    try:
        with pytest.raises(RingError, match="leds0 may not be opened") as caught:
            Ws2812Strip(ring(Path("leds0")))
    finally:
        os.seteuid(0)
    assert 'KERNEL=="leds0", SUBSYSTEM=="ws2812-pio-rp1", GROUP="gpio"' in caught.value.hint


def test_too_many_lamps() -> None:
    """A device with fewer lamps than the settings say refuses the picture; /dev/full does it with the same error."""
    strip = Ws2812Strip(ring(Path("/dev/full")))
    with pytest.raises(RingError, match="/dev/full has fewer than 3 lamps") as caught:
        strip.write(COLOURS)
    assert "num_leds=3" in caught.value.hint


def test_stops_taking_data(leds: Leds) -> None:
    """A pipe that is full is an error at once, not a listener that hangs; when it is read, the strip works again."""
    strip = Ws2812Strip(ring(leds.path))
    with pytest.raises(RingError, match="takes no more data"):
        write_often(strip, COLOURS)
    while leds.told():
        pass
    strip.write(COLOURS)
    assert leds.told() == encode(COLOURS)


def test_half_a_picture() -> None:
    """A device that takes only a part of a picture has not shown it."""
    kernel, line = os.openpty()
    tty.setraw(line)
    strip = Ws2812Strip(RingSettings(driver="ws2812", lamps=61, path=Path(os.ttyname(line))))
    with pytest.raises(RingError, match=r"took \d+ of 244 bytes") as caught:
        write_often(strip, [(1, 2, 3)] * 61)
    assert caught.value.hint
    os.close(kernel)
    os.close(line)


def test_unplugged_and_back(leds: Leds, tmp_path: Path) -> None:
    """A device that goes away is an error, and one that comes back under its name is used again."""
    strip = Ws2812Strip(ring(leds.path))
    leds.path.rename(tmp_path / "gone")
    with pytest.raises(RingError, match="is not there"):
        strip.write(COLOURS)
    (tmp_path / "gone").rename(leds.path)
    strip.write(COLOURS)
    assert leds.told() == encode(COLOURS)


def test_nobody_reads(tmp_path: Path) -> None:
    """A pipe without a reader is an error at once."""
    os.mkfifo(tmp_path / "leds0")
    with pytest.raises(RingError, match=f"cannot be opened: {os.strerror(errno.ENXIO)}"):
        Ws2812Strip(ring(tmp_path / "leds0"))


def test_dark_on_close(leds: Leds) -> None:
    """Closing shows darkness; a second time does nothing; a closed strip takes no picture."""
    strip = Ws2812Strip(ring(leds.path))
    strip.write(COLOURS)
    assert leds.told() == encode(COLOURS)
    strip.close()
    strip.close()
    assert leds.told() == DARK
    with pytest.raises(RingError, match="closed"):
        strip.write(COLOURS)


def test_close_of_a_device_that_is_gone(leds: Leds, caplog: pytest.LogCaptureFixture) -> None:
    """Closing after the device went away is no error, and the log says that the colour stayed."""
    strip = Ws2812Strip(ring(leds.path))
    leds.path.unlink()
    with caplog.at_level(logging.WARNING):
        strip.close()
    assert "keeps its last colour" in caplog.text


def test_power(leds: Leds, pins: Any) -> None:
    """A power pin is high as long as the strip is open."""
    strip = Ws2812Strip(ring(leds.path, power_pin=5), pins)
    strip.write(COLOURS)
    assert pins.edges == [("GPIO5", True)]
    strip.close()
    assert pins.edges == [("GPIO5", True), ("GPIO5", False)]
