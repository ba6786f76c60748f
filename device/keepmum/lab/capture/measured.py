"""A folder of captures as figures of the devices in them, in the same rows as those of the policies.

Folders are named as in Mon(IoT)r: `country/device/activity/date.seconds.pcap`. Files of VCFingerprinting
(`time,size,direction`) and captures that lie otherwise are read as well; what the path does not tell is left open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from keepmum.errors import LabError
from keepmum.lab.capture import outgoing, sizes
from keepmum.lab.capture.bursts import Upload, idle, per_second, uploads
from keepmum.lab.capture.outgoing import Trace
from keepmum.lab.evaluate.row import Row
from keepmum.lab.intervals import garwood

PACKETS, SIZES = {".pcap", ".pcapng", ".cap"}, {".csv"}
IDLE = "idle"
"""The activity in which, in Mon(IoT)r, nobody does anything: it tells what the device sends by itself."""
SIMULATED = "simulated"
"""The country that `keepmum lab export` gives to captures that nobody took."""
HOUR = 3600.0
_SECONDS = re.compile(r"\.([0-9]{1,6})(?:s(?:\.[0-9]+)?)?$")
_LONGEST = 7 * 86_400.0


class Named(NamedTuple):
    """What a path tells about a capture."""

    device: str
    """`country/device`, or the folder's name."""
    activity: str
    seconds: float | None
    """How long was captured, where the name says it: an idle device may send nothing until the end."""


@dataclass(frozen=True)
class Captured:
    """One capture, as far as it is looked at."""

    path: Path
    named: Named
    trace: Trace
    """Its `seconds` are those of the name, if there are any."""

    @property
    def bins(self) -> list[int]:
        """Bytes sent in each second."""
        return per_second(self.trace.sent, self.trace.seconds)


@dataclass(frozen=True)
class Device:
    """One device, over all its captures."""

    name: str
    captures: tuple[Captured, ...]

    @property
    def idle_rate(self) -> float:
        """Bytes a second when nothing happens: of its idle captures, or of the quiet seconds of all."""
        quiet = [each for each in self.captures if each.named.activity == IDLE] or self.captures
        return min(idle(each.bins) for each in quiet)

    def uploads(self) -> dict[Path, list[Upload]]:
        """The bursts of each capture."""
        rate = self.idle_rate
        return {each.path: uploads(each.bins, rate) for each in self.captures}

    def rows(self) -> Iterator[Row]:
        """Figures of everything captured, and of each activity where there are several."""
        found = self.uploads()
        activities = sorted({each.named.activity for each in self.captures})
        yield from _rows(self.name, self.captures, found, self.idle_rate)
        for activity in activities if len(activities) > 1 else ():
            some = [each for each in self.captures if each.named.activity == activity]
            yield from _rows(f"{self.name}, {activity}", some, found, self.idle_rate)


def measured(folder: Path, device: str = "") -> list[Row]:
    """Figures of every device in a folder; `device` is its MAC or IP address if it cannot be guessed.

    Metrics: `clips_per_h` (uploads), `upload_s_per_h` (how long they took on the wire), `wire_bytes_per_h`,
    `idle_bytes_per_h`. Raises LabError that names every file that cannot be read, each with its reason.
    """
    return [row for each in devices(folder, device) for row in each.rows()]


def devices(folder: Path, device: str = "") -> list[Device]:
    """The same captures, device by device. Raises LabError as `measured` does."""
    read = [_captured(folder, path, device) for path in _files(folder)]
    wrong = [each for each in read if isinstance(each, LabError)]
    if wrong:
        told = "\n".join(error.what for error in wrong)
        raise LabError(told, wrong[0].hint if len(wrong) == 1 else "capture these again, or leave them out")
    captures = [each for each in read if isinstance(each, Captured)]
    names = sorted({each.named.device for each in captures})
    return [Device(name, tuple(each for each in captures if each.named.device == name)) for name in names]


def named(folder: Path, path: Path) -> Named:
    """What a path below a folder tells."""
    parts = path.relative_to(folder).parts
    seconds = _SECONDS.search(path.stem)
    length = float(seconds[1]) if seconds and len(parts) >= 3 else None
    if length is not None and not 0 < length <= _LONGEST:
        length = None
    if len(parts) >= 3:
        place = "/".join(parts[-4:-2]) if len(parts) >= 4 else f"{folder.resolve().name}/{parts[-3]}"
        return Named(place, parts[-2], length)
    device = parts[0] if len(parts) == 2 else folder.resolve().name
    return Named(device, re.sub(r"[-_ .]*[0-9]*$", "", path.stem) or path.stem, None)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise LabError(f"there is no folder {folder}", "name the folder in which the captures are")
    known = PACKETS | SIZES
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in known and path.is_file())
    # A tap writes both; they are one capture.
    twice = {path.with_suffix(".csv") for path in found if path.suffix.lower() in PACKETS}
    kept = [path for path in found if path not in twice]
    if not kept:
        raise LabError(f"there is no capture below {folder}", f"captures end in {', '.join(sorted(known))}")
    return kept


def _captured(folder: Path, path: Path, device: str) -> Captured | LabError:
    said = named(folder, path)
    try:
        read = outgoing.trace(path, device) if path.suffix.lower() in PACKETS else sizes.trace(path)
    except LabError as error:
        return error
    seconds = max(read.seconds, said.seconds or 0.0)
    return Captured(path, said, Trace(seconds, read.sent, read.received))


def _rows(name: str, captures: Sequence[Captured], found: dict[Path, list[Upload]], idle_rate: float) -> Iterator[Row]:
    bursts = [upload for each in captures for upload in found[each.path]]
    hours = sum(len(each.bins) for each in captures) / HOUR
    low, high = garwood(len(bursts))
    seconds = sum(upload.seconds for upload in bursts)
    sent = sum(each.size for one in captures for each in one.trace.sent)
    kind = SIMULATED if name.startswith(f"{SIMULATED}/") else "measured"
    yield Row(name, "clips_per_h", len(bursts) / hours, low / hours, high / hours, len(bursts), "1/h", kind)
    for metric, value, unit in (
        ("upload_s_per_h", seconds / hours, "s/h"),
        ("wire_bytes_per_h", sent / hours, "B/h"),
        ("idle_bytes_per_h", idle_rate * HOUR, "B/h"),
    ):
        yield Row(name, metric, value, None, None, len(bursts), unit, kind)


def per_device(rows: Iterable[Row]) -> dict[str, dict[str, Row]]:
    """Rows by name and metric."""
    table: dict[str, dict[str, Row]] = {}
    for row in rows:
        table.setdefault(row.policy, {})[row.metric] = row
    return table
