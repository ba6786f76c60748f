"""Reads what somebody said over MQTT 5 out of the bytes of a connection, with nobody's library."""

from __future__ import annotations

from dataclasses import dataclass

from frames import CaptureError

_NAMES = {
    1: "CONNECT",
    3: "PUBLISH",
    4: "PUBACK",
    8: "SUBSCRIBE",
    10: "UNSUBSCRIBE",
    12: "PINGREQ",
    14: "DISCONNECT",
    15: "AUTH",
}
"""What a client may say (MQTT 5, section 2.1.2)."""


@dataclass(frozen=True)
class Packet:
    """One control packet of a client."""

    at: float
    """When its first byte crossed the wire, Unix time in seconds."""
    kind: str
    size: int
    """All its bytes."""
    topic: str = ""
    payload: int = 0
    """Of a PUBLISH: bytes of what it carries."""


def packets(stream: list[tuple[float, bytes]]) -> list[Packet]:
    """What was said on one connection; raises CaptureError for what is no MQTT, or breaks off."""
    said, found, at = b"".join(part for _, part in stream), [], 0
    while at < len(said):
        length, body = _varying(said, at + 1)
        if body + length > len(said) or said[at] >> 4 not in _NAMES:
            raise CaptureError(f"byte {at} of a connection begins no packet of MQTT", "look at it with tshark")
        found.append(_packet(_when(stream, at), said[at], said[at : body + length], body - at))
        at = body + length
    return found


def _packet(at: float, first: int, whole: bytes, body: int) -> Packet:
    kind = _NAMES[first >> 4]
    if kind != "PUBLISH":
        return Packet(at, kind, len(whole))
    length = int.from_bytes(whole[body : body + 2], "big")
    topic = whole[body + 2 : body + 2 + length]
    properties, behind = _varying(whole, body + 2 + length + (2 if first & 6 else 0))
    return Packet(at, kind, len(whole), topic.decode(), len(whole) - behind - properties)


def _when(stream: list[tuple[float, bytes]], byte: int) -> float:
    for at, part in stream:
        if byte < len(part):
            return at
        byte -= len(part)
    raise CaptureError("there is no such byte", "")


def _varying(said: bytes, at: int) -> tuple[int, int]:
    """A number of one to four bytes, and where it ends."""
    value = 0
    for count in range(4):
        if at + count >= len(said):
            break
        value |= (said[at + count] & 0x7F) << 7 * count
        if said[at + count] < 0x80:
            return value, at + count + 1
    raise CaptureError("a length is not one of MQTT", "look at the connection with tshark")
