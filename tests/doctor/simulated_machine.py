"""A machine that one YAML file describes: its files in a folder, and what its programs, pins and peers answer.

Nothing is patched. The doctor gets the same `Machine` as on a Pi, whose root is the folder.
"""

from __future__ import annotations

import copy
import os
import re
import shutil
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import keepmum
from keepmum.commands.doctor import owner
from keepmum.commands.wishes import Wishes
from keepmum.doctor import checks, report
from keepmum.doctor.case import Asked, Case, Owner
from keepmum.doctor.checks import Result
from keepmum.doctor.finding import Finding
from keepmum.doctor.machine import Answer, Devices, Machine
from keepmum.doctor.wall import PLACE
from keepmum.errors import BrokerError, HardwareError, ModelError, PeerError
from keepmum.hardware.pins import GET_CHIPINFO
from keepmum.messages import StatusReport
from keepmum.settings import BrokerSettings

MACHINES = Path(__file__).parent / "machines"
UNITS = Path(__file__).parents[2] / "systemd"
NAMES = ("pi5-2mic-v2", "pi4-2mic-v1", "laptop")
IN_PAGE = "pi4-2mic-v1"
PAGE = Path(keepmum.__file__).parent / "doctor" / "README.md"
WIDTH = 118

_OWNERS: dict[str, Owner] = {}
"""What each text of settings means: reading eleven profiles takes longer than looking at a machine."""
_RUNNING = "state: RUNNING\nowner_pid   : {}\n"
_CONTROL = "Simple mixer control '{}',0\n  Limits: 0 - 100\n  Front Left: {}\n  Front Right: {}\n"
_USED = 1


def described(name: str) -> dict[str, Any]:
    """What a machine's file says; the caller may change it."""
    loaded: dict[str, Any] = yaml.safe_load((MACHINES / f"{name}.yaml").read_text())
    return copy.deepcopy(loaded)


@dataclass
class Simulated:
    """A described machine, built into a folder."""

    words: dict[str, Any]
    folder: Path
    ran: list[str] = field(default_factory=list)
    """Every program that was started."""
    probed: list[int] = field(default_factory=list)
    """Every I2C address that was read."""
    knocked: list[str] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    listed: int = 0
    """How often PortAudio was asked for its devices."""

    def __post_init__(self) -> None:
        self.root = self.folder / "root"
        self.root.mkdir()
        if self.words.get("units") == "shipped":
            for unit in UNITS.iterdir():
                self._write(f"{PLACE}/{unit.name}", unit.read_text())
                self._write(f"/opt/keepmum/current/systemd/{unit.name}", unit.read_text())
        for path, text in self.words.get("files", {}).items():
            self._write(path, text)
        for path in self.words.get("folders", ()):
            self._at(path).mkdir(parents=True, exist_ok=True)
        for path, old, new in self.words.get("rewritten", ()):
            text = self._at(path).read_text()
            assert old in text, f"{path} has no {old}"
            self._write(path, text.replace(old, new))
        for path in self.words.get("removed", ()):
            gone = self._at(path)
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
        self._sound()
        for name in self.words.get("chips", {}):
            self._write(f"/dev/{name}", "")
        for number, numbers in enumerate(self.words.get("usb", ()), 1):
            vendor, product = numbers.split(":")
            for name, value in {"idVendor": vendor, "idProduct": product, "busnum": "1", "devnum": str(number)}.items():
                self._write(f"/sys/bus/usb/devices/1-{number}/{name}", f"{value}\n")
            self._write(f"/dev/bus/usb/001/{number:03d}", "")

    def machine(self) -> Machine:
        """As the doctor gets it."""
        said = self.words
        return Machine(
            root=self.root,
            now=said["now"].timestamp(),
            run=self._run,
            access=lambda path, _mode: "/" + str(path.relative_to(self.root)) not in said.get("denied", ()),
            ioctl=self._ioctl,
            i2c=self._i2c,
            python=tuple(said["python"]),
            bits=said.get("bits", 64),
            version=said.get("libraries", {}).get,
            devices=self._devices,
            words=self._words,
            listener=self._listener,
            resolve=self._resolve,
            knock=self._knock,
        )

    def owner(self) -> Owner:
        """What the owner's file says, read as `keepmum doctor` reads it."""
        text = self.words.get("settings") or ""
        if text not in _OWNERS:
            file = self.folder / "keepmum.yaml"
            file.write_text(text)
            _OWNERS[text] = owner(Wishes(file))
        return _OWNERS[text]

    def case(self, *, i2c: bool = False, broker: bool = False) -> Case:
        """One visit."""
        return Case(self.machine(), self.owner(), Asked(i2c=i2c, broker=broker))

    def results(self, **asked: bool) -> list[Result]:
        """Every check."""
        return list(checks.results(self.case(**asked)))

    def finding(self, check: str, **asked: bool) -> Finding:
        """What one check says."""
        case = self.case(**asked)
        (look,) = [group[check] for group in checks.GROUPS.values() if check in group]
        return look(case)

    # ---- files

    def _at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def _write(self, path: str, text: str) -> None:
        file = self._at(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def _sound(self) -> None:
        heads = []
        for card in self.words.get("cards", ()):
            number, name = card["number"], card["id"]
            heads.append(f"{number:2} [{name:<15}]: simulated - {name}\n{'':22}{name}\n")
            self._write(f"/proc/asound/card{number}/id", f"{name}\n")
            if "usb" in card:
                self._write(f"/proc/asound/card{number}/usbid", f"{card['usb']}\n")
                self._at(f"/sys/class/sound/card{number}/device").mkdir(parents=True)
            if "channels" in card:
                stream = f"Playback:\n  Channels: 6\nCapture:\n  Channels: {card['channels']}\n"
                self._write(f"/proc/asound/card{number}/stream0", stream)
            for way in card["ways"]:
                status = _RUNNING.format(card["owner"]) if way == "c" and "owner" in card else "closed\n"
                self._write(f"/proc/asound/card{number}/pcm0{way}/sub0/status", status)
                self._write(f"/proc/asound/card{number}/pcm0{way}/sub0/hw_params", "closed\n")
                if not card.get("without_nodes"):
                    self._write(f"/dev/snd/pcmC{number}D0{way}", "")
        if heads:
            self._write("/proc/asound/cards", "".join(heads))

    # ---- what is no file

    def _run(self, words: Sequence[str]) -> Answer | None:
        line = " ".join(words)
        self.ran.append(line)
        if words[0] == "amixer":
            return self._amixer(int(words[2]))
        answer = self.words.get("programs", {}).get(line)
        if isinstance(answer, str):
            return 0, answer, ""
        return None if answer is None else (answer["status"], answer.get("out", ""), answer.get("err", ""))

    def _amixer(self, card: int) -> Answer | None:
        if "mixer" not in self.words:
            return None
        controls = self.words["mixer"].get(card, {})
        return 0, "".join(_CONTROL.format(name, stands, stands) for name, stands in controls.items()), ""

    def _ioctl(self, opened: int, request: int, question: bytes) -> bytes:
        chip = self.words["chips"][Path(os.readlink(f"/proc/self/fd/{opened}")).name]
        if request == GET_CHIPINFO:
            return struct.pack("=32s32sI", b"gpiochip", chip["label"].encode(), chip.get("count", 54))
        offset = struct.unpack_from("=I", question, 64)[0]
        holder = chip.get("lines", {}).get(offset, "")
        return struct.pack("=32s32sIIQ", b"", holder.encode(), offset, 0, _USED if holder else 0) + bytes(176)

    def _i2c(self, bus: Path, address: int) -> bool:
        bus.stat()
        self.probed.append(address)
        return f"{address:#04x}" in self.words.get("i2c", ())

    def _devices(self, way: str) -> Devices:
        self.listed += 1
        if "devices" not in self.words:
            raise HardwareError("PortAudio is missing", "sudo apt install libportaudio2")
        devices = [
            {"name": name, "index": index, "max_input_channels": channels, "max_output_channels": 2}
            for index, (name, channels) in enumerate(self.words["devices"].items())
        ]
        return devices, next((one["index"] for one in devices if one[f"max_{way}_channels"]), -1)

    def _words(self, model: Path) -> frozenset[str]:
        if "vocabulary" not in self.words:
            raise ModelError(f"there is no speech model in {model.name}", "set speech.model to a Vosk model's folder")
        return frozenset(self.words["vocabulary"].split())

    def _listener(self, run: Path) -> StatusReport:
        if "listener" not in self.words:
            raise PeerError(f"the listener does not answer at {run}", "start `keepmum run listener` first")
        return StatusReport(**self.words["listener"])

    def _resolve(self, host: str) -> tuple[str, ...]:
        self.resolved.append(host)
        if host not in self.words.get("addresses", {}):
            raise BrokerError(f"broker.host {host!r} has no address", "is the network there?")
        return tuple(self.words["addresses"][host])

    def _knock(self, settings: BrokerSettings) -> str:
        self.knocked.append(settings.name)
        if why := self.words.get("broker_refuses"):
            raise BrokerError(why, "see broker: in your settings, and the broker's log")
        return f"{settings.name} answers without TLS"


def shown(name: str) -> str:
    """What the doctor says about a machine, as it lies beside the machine's description."""
    with tempfile.TemporaryDirectory() as folder:
        return report.text(Simulated(described(name), Path(folder)).results(), WIDTH)


def page(before: str) -> str:
    """The doctor's page with the report in it as it is now."""
    block = f"```text\n{shown(IN_PAGE)}```"
    return re.sub(r"```text\n.*?```", lambda _: block, before, count=1, flags=re.DOTALL)


def write() -> None:
    """Write the reports that lie in the project, after a check or a machine was changed; look at the difference."""
    for name in NAMES:
        (MACHINES / f"{name}.txt").write_text(shown(name))
    PAGE.write_text(page(PAGE.read_text()))


if __name__ == "__main__":
    write()
