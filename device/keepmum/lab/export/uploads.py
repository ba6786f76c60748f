"""What a passive observer would see of the simulated uploads: when, how many bytes, in which direction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keepmum.lab.evaluate.replays import Replay
from keepmum.lab.event import Kind
from keepmum.lab.plan import BYTES_A_SECOND

SEGMENT = 1_448
"""Bytes of a TCP segment on Ethernet, with time stamps."""
ANSWER = 120
"""Bytes of an answer; assumed."""
OUT, IN = 1, -1
"""Directions, as VCFingerprinting writes them."""


@dataclass(frozen=True)
class Packet:
    """One packet of a simulated upload."""

    at: float
    """Seconds since the upload begins."""
    size: int
    """Bytes of what it carries."""
    direction: int


@dataclass(frozen=True)
class Upload:
    """Everything that left because of one event."""

    number: int
    """Of the event in the timeline."""
    at: float
    """Seconds since the timeline begins."""
    what: str
    """`wake` or `false_wake`."""
    seconds: float
    packets: tuple[Packet, ...]


def uploads(replay: Replay) -> Iterator[Upload]:
    """The clips that left, as traffic: sound is sent as fast as it is spoken, text at the end, then comes an answer."""
    for number, decision in enumerate(replay.decisions):
        if decision.flows and decision.event.kind is not Kind.DAY:
            text = round(sum(flow.bytes for flow in decision.flows if not flow.is_sound))
            packets = tuple(_packets(decision.sound, text))
            event = decision.event
            yield Upload(number, event.at, event.kind.value, decision.sound, packets)


def _packets(seconds: float, text: int) -> Iterator[Packet]:
    sent, whole = 0, round(seconds * BYTES_A_SECOND)
    while sent < whole:
        size = min(SEGMENT, whole - sent)
        sent += size
        yield Packet(sent / BYTES_A_SECOND, size, OUT)
    while text > 0:
        yield Packet(seconds, min(SEGMENT, text), OUT)
        text -= SEGMENT
    yield Packet(seconds + 0.05, ANSWER, IN)
