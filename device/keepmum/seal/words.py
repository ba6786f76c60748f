"""The recipient's signed words: that it has stored a parcel, and that it has destroyed one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from keepmum.errors import SealError
from keepmum.seal import form
from keepmum.seal.card import Card
from keepmum.seal.keys import Keys

_STORED = b"keepmum-stored 2\n"
_DELETED = b"keepmum-deleted 2\n"
_LONGEST = 1_000
_LATEST = 2**53
_MOST_PLAYS = 1_000_000
_ID = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Destroyed:
    """What the recipient says that it did about a demand to delete."""

    held: bool
    """Whether it had the clip."""
    plays: int
    """How often somebody listened to it before."""
    at: float
    """Unix time."""


def sign_stored(keys: Keys, parcel: str, sha256: str, at: float) -> str:
    """The word that a parcel is stored. `sha256` is that of the sealed bytes in hexadecimal, `at` Unix time."""
    return _signed(keys, _STORED, _stored(parcel, sha256, at))


def check_stored(card: Card, untrusted: str, parcel: str, sha256: str) -> None:
    """Raises SealError unless the card's owner signed that it stored this parcel with these sealed bytes."""
    said = _heard(card, _STORED, untrusted, f"the receipt for {parcel}")
    if said != _stored(said.get("parcel"), said.get("sha256"), said.get("at")):
        raise SealError(f"the receipt for {parcel} is not one", "the parcel stays in the outbox")
    if (said["parcel"], said["sha256"]) != (parcel, sha256):
        raise SealError(f"the receipt is for another parcel than {parcel}", "the parcel stays in the outbox")


def sign_deleted(keys: Keys, deletion: str, held: bool, plays: int, at: float) -> str:
    """The word that a demand was done. `deletion` is the SHA-256 of its secret, `plays` how often it was heard."""
    return _signed(keys, _DELETED, _deleted(deletion, held, plays, at))


def check_deleted(card: Card, untrusted: str, deletion: str) -> Destroyed:
    """What the card's owner signed about this demand; raises SealError if it signed nothing about it."""
    said = _heard(card, _DELETED, untrusted, f"the answer to the demand {deletion}")
    if said != _deleted(said.get("deletion"), said.get("held"), said.get("plays"), said.get("at")):
        raise SealError(f"the answer to the demand {deletion} is not one", "the demand stands")
    if said["deletion"] != deletion:
        raise SealError(f"the answer is to another demand than {deletion}", "the demand stands")
    return Destroyed(said["held"], said["plays"], float(said["at"]))


def _stored(parcel: Any, sha256: Any, at: Any) -> dict[str, Any]:
    if not _is(_ID, parcel) or not _is(_SHA256, sha256) or not _moment(at):
        raise SealError(f"no receipt can be written for {parcel!r}", "it needs an id, a SHA-256 and Unix time")
    return {"parcel": parcel, "sha256": sha256, "at": at}


def _deleted(deletion: Any, held: Any, plays: Any, at: Any) -> dict[str, Any]:
    counted = type(held) is bool and type(plays) is int and 0 <= plays <= _MOST_PLAYS
    if not _is(_SHA256, deletion) or not counted or not _moment(at):
        raise SealError(f"no answer can be written to {deletion!r}", "it needs a SHA-256, a count and Unix time")
    return {"deletion": deletion, "held": held, "plays": plays, "at": at}


def _is(pattern: re.Pattern[str], text: Any) -> bool:
    return isinstance(text, str) and pattern.fullmatch(text) is not None


def _moment(at: Any) -> bool:
    return type(at) in (int, float) and 0 <= at <= _LATEST


def _signed(keys: Keys, kind: bytes, told: dict[str, Any]) -> str:
    signature = Ed25519PrivateKey.from_private_bytes(keys.signing_key).sign(kind + form.canonical(told))
    return form.canonical(told | {"signature": form.written(signature)}).decode()


def _heard(card: Card, kind: bytes, untrusted: str, what: str) -> dict[str, Any]:
    """What was signed as this kind of word, in the only way to write it."""
    try:
        said = json.loads(untrusted[: _LONGEST + 1])
        if form.canonical(said).decode() != untrusted:
            raise ValueError(untrusted)
        problems: list[str] = []
        signature = form.key_in(said, "signature", problems, size=form.SIGNATURE_BYTES)
        form.refuse(problems, "")
        told = {name: value for name, value in said.items() if name != "signature"}
        Ed25519PublicKey.from_public_bytes(card.signing_key).verify(signature, kind + form.canonical(told))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InvalidSignature):
        raise SealError(f"{what} is not from {card.name!r}", "what it answers stays open") from None
    return told
