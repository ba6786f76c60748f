"""The short form of a receipt: few enough letters for a QR code, and signed, so that it can be checked on its own."""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from keepmum.errors import ReceiptError

_LONGEST = 600
_MARK = "KEEPMUM1"
_SIZES = (16, 32, 32, 32, 64)
"""Bytes of record number, notice, body, device key and signature."""
_FORM = re.compile(
    r"KEEPMUM1:(?P<purpose>[A-Z][A-Z-]{0,39}):(?P<rung>[A-Z]{1,20}):(?P<state>[A-Z][A-Z-]{0,19})"
    r":(?P<at>[0-9]{1,12}\.[0-9]{1,9}):(?P<until>-|[0-9]{1,12}\.[0-9]{1,9}):(?P<rest>[A-Z2-7]{282})"
)


@dataclass(frozen=True)
class Slip:
    """What the device signs of a receipt. Whatever is not here stands in the body, which `body` is the hash of."""

    record_id: str
    """32 hexadecimal digits."""
    purpose: str
    rung: str
    state: str
    """The newest event's."""
    at: float
    """Unix time of that event."""
    until: float | None
    """Unix time at which it ends, for an event that gives."""
    notice: str
    """SHA-256 of the notice, 64 hexadecimal digits."""
    body: str
    """SHA-256 of everything in the receipt but the signature, 64 hexadecimal digits."""

    def signed(self, key: Ed25519PrivateKey) -> str:
        """The device's signature, 128 hexadecimal digits."""
        return key.sign(self._message()).hex()

    def holds(self, device_key: str, signature: str) -> bool:
        """Whether the signature is that device's, over exactly this."""
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(device_key)).verify(
                bytes.fromhex(signature), self._message()
            )
        except (InvalidSignature, ValueError):
            return False
        return True

    def text(self, device_key: str, signature: str) -> str:
        """The slip with key and signature, in the letters that a QR code packs best."""
        raw = bytes.fromhex(self.record_id + self.notice + self.body + device_key + signature)
        rest = base64.b32encode(raw).decode().rstrip("=")
        return ":".join((_MARK, *(word.upper() for word in self._words()), rest))

    def _words(self) -> tuple[str, str, str, str, str]:
        return self.purpose, self.rung, self.state, _moment(self.at), "-" if self.until is None else _moment(self.until)

    def _message(self) -> bytes:
        lines = ("keepmum receipt 1", self.record_id, *self._words(), self.notice, self.body)
        return "\n".join(lines).encode()


@dataclass(frozen=True)
class SignedSlip:
    """A slip as it was read from a code, whoever made it."""

    slip: Slip
    device_key: str
    signature: str


def parse(untrusted_text: str) -> SignedSlip:
    """What a QR code says; raises ReceiptError if it is no slip. Whether it is genuine, `Slip.holds` says."""
    text = untrusted_text.strip() if len(untrusted_text) <= _LONGEST else ""
    form = _FORM.fullmatch(text)
    try:
        raw = base64.b32decode(form["rest"] + "=" * (-len(form["rest"]) % 8)) if form else b""
    except binascii.Error:
        raw = b""
    if form is None or len(raw) != sum(_SIZES):
        raise ReceiptError("this is not the text of a receipt's QR code", f"it begins with {_MARK}: and is one line")
    ends = [sum(_SIZES[: n + 1]) for n in range(len(_SIZES))]
    parts = [raw[end - size : end].hex() for end, size in zip(ends, _SIZES, strict=True)]
    until = None if form["until"] == "-" else float(form["until"])
    slip = Slip(
        parts[0],
        form["purpose"].lower(),
        form["rung"].lower(),
        form["state"].lower(),
        float(form["at"]),
        until,
        parts[1],
        parts[2],
    )
    read = SignedSlip(slip, parts[3], parts[4])
    if slip.text(read.device_key, read.signature) != text:
        raise ReceiptError("this is a receipt's QR code, written in a second way", "read the code again")
    return read


def _moment(at: float) -> str:
    """A Unix time with a dot and no exponent, one way only; raises ReceiptError for what is none."""
    if not math.isfinite(at) or not 0 <= at < 1e12:
        raise ReceiptError(f"{at} is no moment at which anybody can have agreed", "set the clock")
    text = f"{at:.9f}".rstrip("0")
    return text + "0" if text.endswith(".") else text
