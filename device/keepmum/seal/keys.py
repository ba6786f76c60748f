"""The recipient's private keys: one to sign with, and one for each purpose and week, destroyed when its time is up."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from dataclasses import replace as changed
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from keepmum.disk import REAL, Disk
from keepmum.errors import SealError
from keepmum.seal import form, keyfile, recipient
from keepmum.seal.card import Card
from keepmum.seal.epoch import ends, epoch_of
from keepmum.seal.recipient import MOST_WEEKS, EpochKey, Recipient
from keepmum.terms import DAY, Purpose

WEEKS = 14
"""Weeks ahead for which there are keys: a consent lasts 90 days, and the first week may be nearly over."""

_NAMES = ("keepmum_keys", *recipient.TEXTS, *recipient.NUMBERS, "purposes", "signing_key", "epochs", "sha256")
_WHOLE = "take it from your backup, or make new keys with `keepmum collect --new-keys FILE`"


@dataclass(frozen=True)
class Keys(Recipient):
    """The private half, which never leaves the recipient."""

    purposes: tuple[Purpose, ...]
    """What keys are made for."""
    signing_key: bytes = field(repr=False)
    """Ed25519, 32 bytes."""
    epochs: tuple[EpochKey, ...] = field(repr=False)

    @classmethod
    def generate(  # noqa: PLR0917
        cls,
        name: str,
        contact: str,
        storage: str,
        jurisdiction: str,
        people: int,
        retention_days: int,
        reviews: int,
        purposes: Collection[str],
        wall: float,
        weeks: int = WEEKS,
    ) -> Keys:
        """Fresh random keys for the week of Unix time `wall` and those after it, `weeks` in all.

        The texts and numbers are what a household reads on the card. Raises SealError that names all that cannot be.
        """
        texts = (name, contact, storage, jurisdiction)
        numbers = (people, retention_days, reviews)
        told: dict[str, Any] = dict(zip((*recipient.TEXTS, *recipient.NUMBERS), (*texts, *numbers), strict=True))
        problems = recipient.wrong(told) + [why for each in purposes if (why := recipient.no_purpose(each))]
        problems += [] if purposes else ["keys for no purpose at all"]
        form.refuse(problems, "a household must be able to read whom it trusts, and what for")
        signing = Ed25519PrivateKey.generate().private_bytes_raw()
        chosen = tuple(sorted({Purpose(each) for each in purposes}))
        return cls(**told, purposes=chosen, signing_key=signing, epochs=()).extended(wall, weeks)

    @cached_property
    def card(self) -> Card:
        """The public half, signed."""
        signer = Ed25519PrivateKey.from_private_bytes(self.signing_key)
        public = tuple(changed(each, key=_public(each.key)) for each in self.epochs)
        told = recipient.facts(self)
        return Card(**told, signing_key=signer.public_key().public_bytes_raw(), epochs=public, signature=b"").signed_by(
            signer
        )

    def extended(self, wall: float, weeks: int = WEEKS) -> Keys:
        """These keys, and fresh ones for what is missing of the `weeks` that begin with that of Unix time `wall`."""
        if not 1 <= weeks <= MOST_WEEKS:
            raise SealError(f"keys for {weeks} weeks cannot be made", f"from 1 to {MOST_WEEKS} weeks")
        have = {each.epoch for each in self.epochs}
        first = epoch_of(wall)
        missing = [week for week in range(first, first + weeks) if week not in have]
        fresh = tuple(key for week in missing for key in _week(week, self.purposes))
        return changed(self, epochs=tuple(sorted((*self.epochs, *fresh), key=lambda each: (each.epoch, each.purpose))))

    def destroy_ended(self, wall: float) -> Keys:
        """These keys without those whose week ended more than `retention_days` before Unix time `wall`.

        What was sealed in those weeks can then be opened by nobody, wherever copies of it are. The file has to follow
        (`replace`); in memory the old bytes are free, but Python does not overwrite them.
        """
        kept = tuple(each for each in self.epochs if wall < ends(each.epoch) + self.retention_days * DAY)
        return self if len(kept) == len(self.epochs) else changed(self, epochs=kept)

    def save(self, path: Path) -> None:
        """Write the keys, mode 0600. Raises SealError rather than replace a file."""
        keyfile.create(path, self._text())

    def replace(self, path: Path, disk: Disk = REAL) -> None:
        """Write these in the place of the same recipient's earlier keys, all at once, and overwrite the old bytes.

        Raises SealError, also if that would lose a key that is younger than one that stays.
        """
        before = Keys.load(path)
        if before.signing_key != self.signing_key:
            raise SealError(f"{path} has the keys of somebody else", "keys are never replaced: choose another name")
        lost = [each.epoch for each in before.epochs if each not in self.epochs]
        if lost and self.epochs and max(lost) >= min(each.epoch for each in self.epochs):
            raise SealError(f"{path} has keys that would be lost", "it was changed meanwhile: load it again")
        keyfile.replace(path, self._text(), disk)

    @classmethod
    def load(cls, path: Path) -> Keys:
        """The keys in a file; raises SealError if they cannot be used, or if others on the machine can read them."""
        told = form.read(keyfile.read(path), "keys")
        problems = form.strangers(told, _NAMES) + recipient.wrong(told)
        signing = form.key_in(told, "signing_key", problems)
        epochs = recipient.epochs_in(told, problems)
        purposes = _purposes(told.get("purposes", []), problems)
        form.refuse(problems, _WHOLE)
        keys = cls(**recipient.facts_in(told), purposes=purposes, signing_key=signing, epochs=epochs)
        if told["sha256"] != keys._sha256():
            raise SealError(f"{path} is damaged: it has not the sum that it claims", _WHOLE)
        return keys

    def _told(self) -> dict[str, Any]:
        keys = {"signing_key": form.written(self.signing_key), "epochs": recipient.listed(self.epochs)}
        return {"keepmum_keys": form.VERSION, **recipient.facts(self), "purposes": list(self.purposes), **keys}

    def _sha256(self) -> str:
        return hashlib.sha256(form.canonical(self._told())).hexdigest()

    def _text(self) -> str:
        return form.laid_out(self._told() | {"sha256": self._sha256()})


def _week(epoch: int, purposes: tuple[Purpose, ...]) -> list[EpochKey]:
    key_id = secrets.token_hex(8)
    return [EpochKey(each, epoch, key_id, X25519PrivateKey.generate().private_bytes_raw()) for each in purposes]


def _public(key: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()


def _purposes(told: object, problems: list[str]) -> tuple[Purpose, ...]:
    if not isinstance(told, list):
        problems.append("'purposes' is no list")
        return ()
    wrong = [why for each in told if (why := recipient.no_purpose(each))]
    problems += wrong
    return () if wrong else tuple(Purpose(each) for each in told)
