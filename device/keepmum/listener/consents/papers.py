"""Opens everything about consents at the start of the listener; without an identity nothing can be agreed to."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from keepmum import shipped
from keepmum.disk import REAL, Disk
from keepmum.errors import ReceiptError, StateError
from keepmum.listener.consents.identity import Identity
from keepmum.listener.consents.notice import Notices
from keepmum.listener.consents.offered import microphone_name, offered
from keepmum.listener.consents.receipts import Receipts
from keepmum.terms import Consent, Terms

if TYPE_CHECKING:
    from keepmum.seal import Card
    from keepmum.settings import Settings

log = logging.getLogger(__name__)


class Papers:
    """Identity, notices, offer and receipts of one run. To be opened before the lock."""

    def __init__(
        self, settings: Settings, card: Card | None, disk: Disk = REAL, notices_folder: Path | None = None
    ) -> None:
        """Never raises for a damaged file: the speaker works on, agrees to nothing, and the log says what to do."""
        folders = settings.folders
        folder = notices_folder or shipped.folder() / "notices"
        self.notices = Notices.load(folder, settings.speech.language)
        self.identity, self._receipts = self._opened(folders.identity, folders.receipts, disk)
        """The identity is None if it cannot be used."""
        name = microphone_name(settings.hardware)
        self.microphone = self.identity.microphone(name) if self.identity is not None else ""
        """What every flow from this microphone names; nothing without an identity."""
        self.offered: frozenset[Terms] = offered(settings, card, self.identity, name, self.notices)
        """What can be agreed to in this run."""

    def _opened(self, identity: Path, receipts: Path, disk: Disk) -> tuple[Identity | None, Receipts | None]:
        try:
            known = Identity.open(identity, disk)
            return known, Receipts(receipts, known.signing_key, self.notices, disk)
        except StateError as error:
            log.error("nothing can be agreed to: %s", error)
            return None, None

    def sign(self, consent: Consent, event: str, at: float) -> None:
        """As `Receipts.sign`; without an identity, ReceiptError."""
        if self._receipts is None:
            raise ReceiptError("this speaker cannot sign a receipt", "see the log at the start")
        self._receipts.sign(consent, event, at)

    def valid(self, consents: tuple[Consent, ...], wall: float) -> frozenset[str]:
        """As `Receipts.valid`; whatever else still reads as given is ended in writing. Without an identity, none."""
        if self._receipts is None:
            return frozenset()
        good = self._receipts.valid(consents, wall)
        try:
            self._receipts.close_others(consents, wall)
        except StateError as error:
            log.error("%s", error)
        return good

    def spoken(self, terms: Terms) -> str:
        """What is to be said before the button is held. Raises ReceiptError for terms that are not offered."""
        return self.notices.spoken(terms)
