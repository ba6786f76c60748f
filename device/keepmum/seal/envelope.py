"""A clip closed so that only the recipient's key for its purpose and week opens it.

Two layers: HPKE (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305) closes a small header with the clip's own key; that
key closes the content. Whoever destroys the header, or the key that opens it, has destroyed every copy of the clip.
"""

from __future__ import annotations

import re
import secrets
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from keepmum.errors import SealError
from keepmum.seal.card import Card
from keepmum.seal.epoch import LAST
from keepmum.seal.keys import Keys
from keepmum.seal.padding import SOUND_BUCKET, is_size, padded, unpadded
from keepmum.seal.recipient import EpochKey
from keepmum.terms import Purpose

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_FORMAT = b"keepmum-seal 2\n"
_LABEL = struct.Struct(f">{len(_FORMAT)}s16sI8s32s")
_HEADER = struct.Struct(">32s16s16sI40s")
"""Content key, consent, parcel, epoch, purpose: of one length, so that the purpose does not show in it."""
_WRAPPED = 32 + _HEADER.size + 16
_NONCE = bytes(12)
"""Each content key closes one content only."""
_ID = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NOT_A_SEAL = ("this is not a sealed parcel", "the sender may run another version of keepmum")
_CLOSED = ("this was sealed to other keys, or was altered", "compare the fingerprints of the cards")

OVERHEAD = _LABEL.size + _WRAPPED + 16
"""Bytes of a seal besides the padded content."""


@dataclass(frozen=True)
class Label:
    """What stands outside the seal, for everybody on the way to read; nothing in it is about anybody."""

    parcel: str
    """32 random hexadecimal digits."""
    epoch: int
    """The week in which it was sealed."""
    key_id: str
    """Which card's keys for that week open it."""
    deletion: str
    """SHA-256 of the secret that proves a demand to delete it, 64 hexadecimal digits."""


@dataclass(frozen=True)
class Opened:
    """What was proved by opening."""

    label: Label
    consent: str
    """The number of the consent that covers it."""
    purpose: Purpose


def seal(  # noqa: PLR0917
    card: Card,
    parcel: str,
    purpose: str,
    consent: str,
    secret_hash: str,
    plaintext: bytes,
    wall: float,
    bucket: int = SOUND_BUCKET,
) -> bytes:
    """`plaintext` padded to `bucket` and closed for the card's owner, with the key of the week of Unix time `wall`.

    Raises SealError if the card has no such key, or if something cannot be sealed.
    """
    epoch_key = card.epoch_key(purpose, wall)
    label = _written(Label(parcel, epoch_key.epoch, epoch_key.key_id, secret_hash))
    content_key = _fresh_key()
    bound = _bound(consent, parcel, epoch_key)
    try:
        key = X25519PublicKey.from_public_bytes(epoch_key.key)
        wrapped = _SUITE.encrypt(content_key + bound, key, info=_info(label))
    except ValueError:
        raise SealError(f"nothing can be sealed to the card of {card.name!r}", "ask the recipient for a card") from None
    return label + wrapped + ChaCha20Poly1305(content_key).encrypt(_NONCE, padded(plaintext, bucket), bound)


def label_of(untrusted: bytes) -> Label:
    """What a seal says outside, without opening it: not proved until it is opened. Raises SealError."""
    if not is_size(len(untrusted) - OVERHEAD) or not untrusted.startswith(_FORMAT):
        raise SealError(*_NOT_A_SEAL)
    _, parcel, epoch, key_id, deletion = _LABEL.unpack_from(untrusted)
    if epoch > LAST:
        raise SealError(*_NOT_A_SEAL)
    return Label(parcel.hex(), epoch, key_id.hex(), deletion.hex())


def open_seal(keys: Keys, untrusted: bytes) -> tuple[Opened, bytes]:
    """What is proved about a seal, and what is inside; raises SealError for any other bytes or keys."""
    label = label_of(untrusted)
    week = [each for each in keys.epochs if (each.epoch, each.key_id) == (label.epoch, label.key_id)]
    if not week:
        raise SealError(
            f"there is no key here for what was sealed in week {label.epoch}",
            "the key was destroyed when its time was over, or it was sealed to other keys",
        )
    content_key, consent, epoch_key = _unwrapped(untrusted, label, week)
    try:
        bound = _bound(consent, label.parcel, epoch_key)
        content = ChaCha20Poly1305(content_key).decrypt(_NONCE, untrusted[_LABEL.size + _WRAPPED :], bound)
    except InvalidTag:
        raise SealError(*_CLOSED) from None
    return Opened(label, consent, epoch_key.purpose), unpadded(content)


def _unwrapped(untrusted: bytes, label: Label, week: list[EpochKey]) -> tuple[bytes, str, EpochKey]:
    """The content key, the consent, and the key that opened the header: no label says for which purpose it is."""
    info = _info(untrusted[: _LABEL.size])
    wrapped = untrusted[_LABEL.size : _LABEL.size + _WRAPPED]
    for each in week:
        try:
            header = _SUITE.decrypt(wrapped, X25519PrivateKey.from_private_bytes(each.key), info=info)
        except (InvalidTag, ValueError):
            continue
        content_key, consent = header[:32], header[32:48].hex()
        if header != content_key + _bound(consent, label.parcel, each):
            raise SealError("the header of this seal is for something else", "the sender is not to be trusted")
        return content_key, consent, each
    raise SealError(*_CLOSED)


def _fresh_key() -> bytes:
    return secrets.token_bytes(32)


def _info(label: bytes) -> bytes:
    """What HPKE binds the header to: everything that stands outside."""
    return label


def _written(label: Label) -> bytes:
    if not _ID.fullmatch(label.parcel) or not _SHA256.fullmatch(label.deletion):
        raise SealError(f"{label} cannot stand outside a seal", "a parcel's id has 32 hexadecimal digits, a hash 64")
    ids = (bytes.fromhex(label.parcel), label.epoch, bytes.fromhex(label.key_id), bytes.fromhex(label.deletion))
    return _LABEL.pack(_FORMAT, *ids)


def _bound(consent: str, parcel: str, epoch_key: EpochKey) -> bytes:
    """What the content is bound to: consent, parcel, week and purpose."""
    if not _ID.fullmatch(consent):
        raise SealError(f"{consent!r} is not the number of a consent", "it has 32 hexadecimal digits")
    purpose = epoch_key.purpose.encode()
    return _HEADER.pack(b"", bytes.fromhex(consent), bytes.fromhex(parcel), epoch_key.epoch, purpose)[32:]
