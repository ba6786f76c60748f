"""One receipt: what was asked, what was told, and everything that became of it.

It is canonical JSON (sorted keys, no spaces, UTF-8) in one form only, and signed by the device over all of it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Annotated, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keepmum.errors import ReceiptError
from keepmum.listener.consents.notice import Notice, Party
from keepmum.listener.consents.record import (
    Event,
    Hash,
    Number,
    Ours,
    PartyIdentification,
    Processing,
    State,
    Strict,
    event_of,
)
from keepmum.listener.consents.slip import Slip
from keepmum.terms import Consent, Terms

VERSION: Final = "ISO/IEC TS 27560:2023, keepmum 1"
LARGEST = 65_536
"""Bytes of one receipt."""

MOST_EVENTS = 64
"""Events in one receipt: of more, the first and the newest are kept."""

GIVING = frozenset({"given", "re-confirmed"})
FOLLOWS: Final = {
    "": frozenset({"requested", "given"}),
    "requested": frozenset({"given", "refused", "expired", "invalidated"}),
    **dict.fromkeys(GIVING, frozenset({"re-confirmed", "withdrawn", "expired", "invalidated"})),
}
"""What may be written after what. After an end comes nothing: whoever agrees again gets another number."""


class _Versioned(BaseModel):
    """What a receipt of any version says of itself."""

    model_config = ConfigDict(strict=True)

    schema_version: Annotated[str, Field(max_length=60)]


class Receipt(Strict):
    """The whole paper."""

    schema_version: str
    record_id: Number
    """The consent's number."""
    receipt_id: Number
    """The same: what the speaker records is what the household gets."""
    pii_principal_id: Number
    """Whoever agreed; random for each receipt, so that two of them tell of no person."""
    pii_processing: Processing
    party_identification: PartyIdentification
    keepmum: Ours
    events: Annotated[tuple[Event, ...], Field(min_length=1, max_length=MOST_EVENTS)]
    device_key: Hash
    """Ed25519."""
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]

    @property
    def newest(self) -> Event:
        """What counts."""
        return self.events[-1]

    @property
    def party(self) -> Party:
        """Who gets it, as the notice named them."""
        return Party(self.party_identification.party_name, self.keepmum.people_who_can_listen)

    @property
    def slip(self) -> Slip:
        """What is signed."""
        newest, processing = self.newest, self.pii_processing
        body = hashlib.sha256(canonical(self.model_dump(mode="json", exclude={"signature"}))).hexdigest()
        return Slip(
            self.record_id,
            processing.purpose,
            self.keepmum.rung,
            newest.event_state,
            newest.at,
            newest.until,
            processing.privacy_notice_sha256,
            body,
        )

    @property
    def qr_text(self) -> str:
        """What stands in its QR code."""
        return self.slip.text(self.device_key, self.signature)

    def to_bytes(self) -> bytes:
        """The file."""
        return canonical(self.model_dump(mode="json")) + b"\n"

    def holds(self) -> bool:
        """Whether the device that it names has signed it as it is."""
        return self.slip.holds(self.device_key, self.signature)

    def covers(self, terms: Terms) -> bool:
        """Whether these are the terms that it tells of, each of them."""
        notice = Notice(self.pii_processing.privacy_notice, "", self.pii_processing.language, self.party)
        return (
            notice.sha256 == terms.notice
            and _bare(self.pii_processing) == _bare(Processing.of(terms, notice))
            and _bare(self.party_identification) == _bare(PartyIdentification.of(terms, self.party))
            and _bare(self.keepmum) == _bare(Ours.of(terms, self.party))
        )

    def followed_by(self, event: State, at: float, until: float | None, key: Ed25519PrivateKey) -> Receipt:
        """The same with one event more, signed anew. Raises ReceiptError if nothing such can follow."""
        _check_follows(self.record_id, self.newest.event_state, event)
        events = (*self.events, event_of(event, at, until, self.pii_principal_id))
        if len(events) > MOST_EVENTS:
            events = (events[0], *events[-(MOST_EVENTS - 1) :])
        return _signed(self.model_copy(update={"events": events}), key)


def begun(  # noqa: PLR0917
    consent: Consent, notice: Notice, event: State, at: float, until: float | None, key: Ed25519PrivateKey
) -> Receipt:
    """A new receipt. Raises ReceiptError if it cannot begin with that event."""
    _check_follows(consent.id, "", event)
    principal = secrets.token_hex(16)
    try:
        receipt = Receipt(
            schema_version=VERSION,
            record_id=consent.id,
            receipt_id=consent.id,
            pii_principal_id=principal,
            pii_processing=Processing.of(consent.terms, notice),
            party_identification=PartyIdentification.of(consent.terms, notice.party),
            keepmum=Ours.of(consent.terms, notice.party),
            events=(event_of(event, at, until, principal),),
            device_key=key.public_key().public_bytes_raw().hex(),
            signature="0" * 128,
        )
    except ValidationError as error:
        wrong = ", ".join(sorted({".".join(map(str, each["loc"])) for each in error.errors()}))
        raise ReceiptError(f"no receipt can be written: {wrong}", "see the recipient's card and the clock") from None
    return _signed(receipt, key)


def parse(untrusted: bytes) -> Receipt:
    """The receipt in a file's bytes. Raises ReceiptError; who signed it, and whether it counts, is another question."""
    try:
        receipt = Receipt.model_validate_json(untrusted)
    except ValidationError:
        raise ReceiptError(_objection(untrusted)) from None
    if receipt.schema_version != VERSION or receipt.to_bytes() != untrusted:
        raise ReceiptError(_objection(untrusted))
    return receipt


def canonical(known: object) -> bytes:
    """The one way to write it."""
    return json.dumps(known, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _objection(untrusted: bytes) -> str:
    try:
        version = _Versioned.model_validate_json(untrusted).schema_version
    except ValidationError:
        version = VERSION
    return (
        "is damaged: it is not what keepmum wrote" if version == VERSION else f"is of the unknown version {version!r}"
    )


def _check_follows(record: str, before: str, event: str) -> None:
    if event not in FOLLOWS.get(before, frozenset()):
        raise ReceiptError(f"receipt {record} cannot become {event!r} after {before!r}", "what is over stays over")


def _bare(section: Strict) -> dict[str, object]:
    """A section without keepmum's own explanations: a later version may put them better, and ends no consent by it."""
    return section.model_dump(exclude={"pii_information", "withdrawal_method", "how_given"})


def _signed(receipt: Receipt, key: Ed25519PrivateKey) -> Receipt:
    return receipt.model_copy(update={"signature": receipt.slip.signed(key)})
