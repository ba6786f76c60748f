"""The recipient's public card: who may open clips, and one key for each purpose and week."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from keepmum.errors import SealError
from keepmum.seal import form, recipient
from keepmum.seal.epoch import ends, epoch_of
from keepmum.seal.recipient import EpochKey, Recipient
from keepmum.terms import Purpose

_SIGNED = b"keepmum-card 2\n"
_NAMED = b"keepmum-recipient 2\n"
_NAMES = ("keepmum_card", *recipient.TEXTS, *recipient.NUMBERS, "signing_key", "epochs", "fingerprint", "signature")
_FRESH = "ask the recipient for a fresh copy of its card"


@dataclass(frozen=True)
class Card(Recipient):
    """The public half: whom the household trusts with its clips, signed by its owner."""

    signing_key: bytes
    """Ed25519, 32 bytes: the owner's signed words are checked with it."""
    epochs: tuple[EpochKey, ...]
    signature: bytes
    """64 bytes over everything else."""

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that a consent names: the same on every card of this recipient, whatever the weeks."""
        told = form.canonical([self.name, self.contact, form.written(self.signing_key)])
        return hashlib.sha256(_NAMED + told).hexdigest()[:32]

    @property
    def purposes(self) -> frozenset[Purpose]:
        """What there are keys for."""
        return frozenset(each.purpose for each in self.epochs)

    def until(self, purpose: str) -> float:
        """Unix time at which the last key for a purpose ends; 0 if there is none."""
        return max((ends(each.epoch) for each in self.epochs if each.purpose == purpose), default=0.0)

    def epoch_key(self, purpose: str, wall: float) -> EpochKey:
        """The key for a purpose in the week of Unix time `wall`; raises SealError if there is none."""
        week = epoch_of(wall)
        for each in self.epochs:
            if (each.purpose, each.epoch) == (purpose, week):
                return each
        last = self.until(purpose)
        if not last:
            raise SealError(f"the card of {self.name!r} has no key for {str(purpose)!r}", _FRESH)
        if last > wall:
            raise SealError(f"the card of {self.name!r} has no key for the week of {_day(wall)}", "see the clock")
        raise SealError(f"the card of {self.name!r} ended on {_day(last)}", "ask the recipient for its next card")

    def to_json(self) -> str:
        """The card as text for a file, to be given to the household."""
        return form.laid_out(
            self._told() | {"fingerprint": self.fingerprint, "signature": form.written(self.signature)}
        )

    def signed_by(self, key: Ed25519PrivateKey) -> Card:
        """The same card with its owner's signature."""
        return replace(self, signature=key.sign(_SIGNED + form.canonical(self._told())))

    @classmethod
    def parse(cls, untrusted_text: str) -> Card:
        """The card in a text; raises SealError that names everything that is wrong with it."""
        told = form.read(untrusted_text, "card")
        problems = form.strangers(told, _NAMES) + recipient.wrong(told)
        signing = form.key_in(told, "signing_key", problems)
        signature = form.key_in(told, "signature", problems, size=form.SIGNATURE_BYTES)
        epochs = recipient.epochs_in(told, problems)
        problems += ["'epochs' has no key"] if told.get("epochs") == [] else []
        form.refuse(problems + _weak(signing, epochs), _FRESH)
        card = cls(**recipient.facts_in(told), signing_key=signing, epochs=epochs, signature=signature)
        card._prove(told["fingerprint"])
        return card

    def _told(self) -> dict[str, Any]:
        keys = {"signing_key": form.written(self.signing_key), "epochs": recipient.listed(self.epochs)}
        return {"keepmum_card": form.VERSION, **recipient.facts(self), **keys}

    def _prove(self, claimed: object) -> None:
        if claimed != self.fingerprint:
            raise SealError("the card does not have the fingerprint it claims", _FRESH)
        try:
            key = Ed25519PublicKey.from_public_bytes(self.signing_key)
            key.verify(self.signature, _SIGNED + form.canonical(self._told()))
        except (InvalidSignature, ValueError):
            raise SealError("the card is not signed by its owner, or was altered", _FRESH) from None


def _weak(signing: bytes, epochs: tuple[EpochKey, ...]) -> list[str]:
    """Keys that anybody could open or sign with, and second ways to write a key."""
    problems = [
        f"epochs[{place}]: 'key' {why}" for place, each in enumerate(epochs) if (why := form.weak_seal(each.key))
    ]
    signer = form.weak_signer(signing) if len(signing) == form.KEY_BYTES else ""
    return problems + ([f"'signing_key' {signer}"] if signer else [])


def _day(wall: float) -> str:
    return datetime.fromtimestamp(wall, UTC).strftime("%d %B %Y")
