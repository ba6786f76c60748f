"""Opens all that agreeing rests on: who this device is, what can be agreed to, and the receipts of what was."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keepmum import shipped
from keepmum.consent import Consent
from keepmum.errors import ConfigError, ReceiptError, SealError, StateError
from keepmum.listener.consents.identity import Identity
from keepmum.listener.consents.notice import Notices
from keepmum.listener.consents.offered import microphone_name, offered
from keepmum.listener.consents.receipts import Receipts
from keepmum.listener.deeds import Book
from keepmum.seal import Card
from keepmum.settings import RecipientSettings, Settings
from keepmum.terms import Terms

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Agreements:
    """What the listener needs of it. Without an identity nothing can be agreed to, and everything else works."""

    identity: Identity | None
    microphone: str
    """Which one it is, as in `Terms`."""
    notices: Notices
    offered: frozenset[Terms]
    book: Book

    @classmethod
    def open(cls, settings: Settings, card: Card | None) -> Agreements:
        """Read the files; what is wrong with them is logged, and leaves less that can be agreed to."""
        identity = _identity(settings)
        notices = Notices.load(shipped.folder() / "notices", settings.speech.language)
        name = microphone_name(settings.hardware)
        book = None if identity is None else _receipts(settings, identity, notices)
        if identity is None or book is None:
            return cls(identity, "", notices, frozenset(), _Nobody())
        terms = offered(settings, card, identity, name, notices)
        return cls(identity, identity.microphone(name), notices, terms, book)

    @property
    def signer(self) -> Ed25519PrivateKey | None:
        """The key that signs the ledger's checkpoints."""
        return self.identity.signing_key if self.identity else None

    def secret(self, parcel: str) -> bytes:
        """What recalls a parcel, 32 bytes; raises SealError without an identity."""
        if self.identity is None:
            raise SealError("this speaker does not know who it is", "`keepmum reset` begins anew")
        return self.identity.secret(parcel)


def _identity(settings: Settings) -> Identity | None:
    try:
        return Identity.open(settings.folders.identity)
    except StateError as error:
        log.error("%s", error)
        return None


def _receipts(settings: Settings, identity: Identity, notices: Notices) -> Receipts | None:
    try:
        return Receipts(settings.folders.receipts, identity.signing_key, notices)
    except StateError as error:
        log.error("%s", error)
        return None


class _Nobody:
    """Stands for the receipts of a speaker that can sign nothing."""

    def sign(self, consent: Consent, event: str, at: float) -> None:
        """Raises ReceiptError, always."""
        raise ReceiptError(f"{event} at {at:.0f} cannot be signed for {consent.id}", "`keepmum reset` begins anew")

    def valid(self, _consents: tuple[Consent, ...], _wall: float) -> frozenset[str]:
        """None is."""
        return frozenset()

    def since(self) -> float | None:
        """Nobody knows: somebody may have agreed before the identity was lost."""
        return 0.0

    def close_others(self, _consents: tuple[Consent, ...], _at: float) -> None:
        """There are none."""


def read_card(settings: RecipientSettings) -> Card | None:
    """The recipient's card. One that cannot be read is an error: the owner meant somebody."""
    if settings.card is None:
        return None
    try:
        return Card.parse(settings.card.read_text())
    except (OSError, UnicodeDecodeError, SealError) as error:
        raise ConfigError(f"recipient.card: {settings.card}: {error}", "ask the recipient for a new one") from error
