"""A clip closed so that only the collector opens it, and the collector's signed word that it arrived.

Sealing is HPKE (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305) to the key on the collector's card. What stands
outside a seal is only what the two ends need to speak about it; it is bound to the seal and cannot be altered.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from keepmum.card import Card, Keys
from keepmum.errors import SealError

__all__ = ["About", "Card", "Keys", "about_of", "check_receipt", "open_seal", "seal", "sign_receipt"]

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_SEAL = b"keepmum-seal 1\n"
_RECEIPT = b"keepmum-receipt 1\n"
_LONGEST_RECEIPT = 1_000
_LATEST = 2**53
_CANONICAL: dict[str, Any] = {"sort_keys": True, "separators": (",", ":"), "allow_nan": False}
_ID = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[0-9a-z_-]{1,64}")


@dataclass(frozen=True)
class About:
    """What stands outside the seal, for everybody on the way to read; nothing in it is personal."""

    parcel: str
    """32 random hexadecimal digits."""
    purpose: str
    consent: str
    """The number of the consent that covers it."""


def seal(card: Card, about: About, plaintext: bytes) -> bytes:
    """`plaintext` closed for the card's owner; raises SealError if `about` cannot stand outside."""
    head = _head(about)
    try:
        key = X25519PublicKey.from_public_bytes(card.sealing_key)
        return head + _SUITE.encrypt(plaintext, key, info=head)
    except ValueError:
        raise SealError(f"nothing can be sealed to the card of {card.name!r}", "ask the collector for a card") from None


def about_of(untrusted_bytes: bytes) -> About:
    """What a seal says outside, without opening it: not proved until it is opened. Raises SealError."""
    return _split(untrusted_bytes)[0]


def open_seal(keys: Keys, untrusted_bytes: bytes) -> tuple[About, bytes]:
    """What a seal says outside, now proved, and what is inside; raises SealError for any other bytes or keys."""
    about, closed = _split(untrusted_bytes)
    try:
        key = X25519PrivateKey.from_private_bytes(keys.sealing_key)
        return about, _SUITE.decrypt(closed, key, info=_head(about))
    except (InvalidTag, ValueError):
        raise SealError(
            "this was sealed to other keys, or was altered", "compare the fingerprints of the cards"
        ) from None


def sign_receipt(keys: Keys, parcel: str, sha256: str, at: float) -> str:
    """The collector's word that it has stored a parcel. `sha256` is that of the sealed bytes, `at` Unix time."""
    told = _receipt(parcel, sha256, at)
    signature = Ed25519PrivateKey.from_private_bytes(keys.signing_key).sign(_RECEIPT + told)
    return json.dumps({**json.loads(told), "signature": base64.b64encode(signature).decode()}, **_CANONICAL)


def check_receipt(card: Card, untrusted_receipt: str, parcel: str, sha256: str) -> None:
    """Raises SealError unless the card's owner signed this very receipt for this parcel with these sealed bytes."""
    try:
        said = json.loads(untrusted_receipt[: _LONGEST_RECEIPT + 1])
        signature = base64.b64decode(said["signature"], validate=True)
        told = _receipt(said["parcel"], said["sha256"], said["at"])
        whole = {**json.loads(told), "signature": base64.b64encode(signature).decode()}
        if json.dumps(whole, **_CANONICAL) != untrusted_receipt:
            raise SealError("it is not written as a collector writes it")
        Ed25519PublicKey.from_public_bytes(card.signing_key).verify(signature, _RECEIPT + told)
    except (ValueError, KeyError, TypeError, RecursionError, InvalidSignature):
        raise SealError(
            f"the receipt for {parcel} is not from {card.name!r}", "the parcel stays in the outbox"
        ) from None
    if (said["parcel"], said["sha256"]) != (parcel, sha256):
        raise SealError(f"the receipt is for another parcel than {parcel}", "the parcel stays in the outbox")


def _head(about: About) -> bytes:
    if not _ID.fullmatch(about.parcel) or not _WORD.fullmatch(about.purpose) or not _WORD.fullmatch(about.consent):
        raise SealError(f"{about} cannot stand outside a seal", "ids and purposes are short words in small letters")
    return _SEAL + json.dumps(asdict(about), **_CANONICAL).encode() + b"\n"


def _split(untrusted_bytes: bytes) -> tuple[About, bytes]:
    """What is outside and what is inside; there is one way only to write the outside."""
    line, _, closed = untrusted_bytes.removeprefix(_SEAL).partition(b"\n")
    try:
        about = About(**json.loads(line))
        canonical = untrusted_bytes.startswith(_head(about))
    except (ValueError, TypeError, RecursionError):
        canonical = False
    if not canonical:
        raise SealError("this is not a sealed parcel", "the sender may run another version of keepmum")
    return about, closed


def _receipt(parcel: str, sha256: str, at: float) -> bytes:
    if not _ID.fullmatch(parcel) or not _SHA256.fullmatch(sha256) or not abs(at) <= _LATEST:
        raise SealError(f"no receipt can be written for {parcel!r}", "it needs an id, a SHA-256 and Unix time")
    return json.dumps({"parcel": parcel, "sha256": sha256, "at": at}, **_CANONICAL).encode()
