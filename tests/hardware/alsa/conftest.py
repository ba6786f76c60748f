"""Sound cards as the kernel shows them, in a folder: what /proc/asound and /sys/class/sound say about each."""

from __future__ import annotations

from pathlib import Path

import pytest

RUNNING = """state: RUNNING
owner_pid   : {owner}
trigger_time: 1023.188000000
tstamp      : 1024.300000000
delay       : 320
avail       : 320
avail_max   : 640
-----
hw_ptr      : 17792
appl_ptr    : 17472
"""
HW_PARAMS = """access: MMAP_INTERLEAVED
format: S16_LE
subformat: STD
channels: {channels}
rate: 48000 (48000/1)
period_size: 960
buffer_size: 9600
"""


class Kernel:
    """/proc/asound and /sys/class/sound of a machine whose cards come and go."""

    def __init__(self, folder: Path) -> None:
        self.proc = folder / "asound"
        self.sys = folder / "sound"
        self._usb = folder / "usb"
        self._heads: dict[int, str] = {}
        self.proc.mkdir()
        self.sys.mkdir()
        self._list()

    def plug(self, number: int, name: str, ways: str = "c", usb: str = "", serial: str = "", long: str = "") -> None:
        """A card; `ways` has a `c` for each way in and a `p` for each way out."""
        card = self.proc / f"card{number}"
        card.mkdir()
        (card / "id").write_text(f"{name}\n")
        for device, way in enumerate(ways):
            sub = card / f"pcm{device}{way}" / "sub0"
            sub.mkdir(parents=True)
            self._write(sub, "closed\n", "closed\n")
        device = self._usb / f"1-{number}"
        (device / "1-1:1.0").mkdir(parents=True)
        (self.sys / f"card{number}").mkdir()
        (self.sys / f"card{number}" / "device").symlink_to(device / "1-1:1.0")
        if usb:
            (card / "usbid").write_text(f"{usb}\n")
        if serial:
            (device / "serial").write_text(f"{serial}\n")
        self._heads[number] = f"{number:2} [{name:<15}]: USB-Audio - {name}\n{'':22}{long or name + ' at usb-1'}\n"
        self._list()

    def unplug(self, number: int) -> None:
        """Pull the card out: its files go with it."""
        for folder in (self.proc / f"card{number}", self.sys / f"card{number}", self._usb / f"1-{number}"):
            for path in sorted(folder.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
            folder.rmdir()
        del self._heads[number]
        self._list()

    def open(self, number: int, way: str = "pcm0c", owner: int = 1234, channels: int = 2) -> None:
        """Somebody opens a way into or out of a card."""
        sub = self.proc / f"card{number}" / way / "sub0"
        self._write(sub, RUNNING.format(owner=owner), HW_PARAMS.format(channels=channels))

    def close(self, number: int, way: str = "pcm0c") -> None:
        """And closes it."""
        self._write(self.proc / f"card{number}" / way / "sub0", "closed\n", "closed\n")

    @staticmethod
    def _write(sub: Path, status: str, hw_params: str) -> None:
        (sub / "status").write_text(status)
        (sub / "hw_params").write_text(hw_params)

    def _list(self) -> None:
        listed = "".join(self._heads[number] for number in sorted(self._heads)) or "--- no soundcards ---\n"
        (self.proc / "cards").write_text(listed)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    """A machine with two cards: the Pi's own output, and an array behind USB."""
    found = Kernel(tmp_path)
    found.plug(0, "Headphones", "p", long="bcm2835 Headphones")
    found.plug(1, "Array", "pc", usb="2886:001a", serial="1010A", long="Seeed reSpeaker XVF3800 at usb-xhci-1")
    return found
