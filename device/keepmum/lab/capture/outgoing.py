"""What the device itself sent in a capture: which of the ends is the device, and its bytes second by second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from keepmum.errors import LabError
from keepmum.lab.capture.packets import Ip, Packet, packets


class Sent(NamedTuple):
    """One packet that left the device."""

    at: float
    """Seconds since the capture began."""
    size: int


@dataclass(frozen=True)
class Trace:
    """One capture, seen from the device."""

    seconds: float
    """From its first packet to its last."""
    sent: tuple[Sent, ...]
    received: int = 0
    """Bytes that came."""


@dataclass
class _Votes:
    """Which end could be the device: whoever has a local address and talks to one that is not; else whoever calls."""

    local: Counter[str] = field(default_factory=Counter)
    callers: Counter[str] = field(default_factory=Counter)
    senders: Counter[str] = field(default_factory=Counter)

    def heard(self, packet: Packet) -> None:
        source, target = _ends(packet)
        if packet.source is None or packet.target is None or not _is_for_one(packet.target):
            return
        self.senders[source] += 1
        if packet.calls:
            self.callers[source] += 1
        if packet.source.is_private != packet.target.is_private:
            self.local[source if packet.source.is_private else target] += 1

    @property
    def elected(self) -> str | None:
        for votes in (self.local, self.callers, self.senders):
            if votes:
                return max(sorted(votes), key=lambda each: votes[each])
        return None


def trace(path: Path, device: str = "") -> Trace:
    """One capture. `device` is its MAC or IP address; without it, the end that is local and talks to others.

    Packets to everybody (broadcast, multicast) are not counted: no maker gets them. Raises LabError for a file that
    cannot be read whole, or in which nobody says anything.
    """
    votes, first, last = _Votes(), None, 0.0
    for packet in packets(path):
        votes.heard(packet)
        first = packet.at if first is None else min(first, packet.at)
        last = max(last, packet.at)
    chosen = device.lower() or votes.elected
    if first is None or chosen is None:
        raise LabError(f"{path}: holds no IP packet", "capture where the device's own packets go by")
    sent, received = _of_device(packets(path), chosen, first)
    if device and not sent and not received:
        raise LabError(f"{path}: {device} says nothing in it", "name the device's MAC or IP address: --device")
    return Trace(last - first, tuple(sorted(sent)), received)


def _of_device(all_packets: Iterable[Packet], device: str, first: float) -> tuple[list[Sent], int]:
    sent, received = [], 0
    for packet in all_packets:
        if packet.source is None or packet.target is None or not _is_for_one(packet.target):
            continue
        from_whom, to_whom = {str(packet.source), _ends(packet)[0]}, {str(packet.target), _ends(packet)[1]}
        if device in from_whom:
            sent.append(Sent(packet.at - first, packet.size))
        elif device in to_whom:
            received += packet.size
    return sent, received


def _ends(packet: Packet) -> tuple[str, str]:
    return packet.macs or (str(packet.source), str(packet.target))


def _is_for_one(target: Ip) -> bool:
    return not target.is_multicast and str(target) != "255.255.255.255"
