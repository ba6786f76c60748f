"""The sections of a receipt, with the field names of ISO/IEC TS 27560, and how terms and events become such fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from keepmum.errors import ReceiptError
from keepmum.listener.consents.notice import Notice, Party
from keepmum.terms import DAY, HOUSEHOLD, Rung, Terms

State = Literal["requested", "given", "refused", "re-confirmed", "withdrawn", "expired", "invalidated"]

WITHDRAWAL = (
    'say "stop sharing"; or press the button three times in a row; or run `keepmum withdraw`; or an MQTT message from '
    "the household's own hub"
)
_HOW = "in the room, by holding the speaker's button for three seconds after the notice was spoken"
_ASKED = {"requested": "the speaker", "expired": "the speaker", "invalidated": "the speaker"}
_TOLD = {
    Rung.METRICS: "numbers of a day",
    Rung.TEXT: "words of commands, as text",
    Rung.RESPOKEN: "words of commands, in a machine's voice",
    Rung.DISGUISED: "the voice in commands, disguised",
    Rung.VOICE: "the voice in commands",
}

Number = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Words = Annotated[str, Field(max_length=300)]
Moment = Annotated[float, Field(ge=0, lt=1e11, allow_inf_nan=False)]


class Strict(BaseModel):
    """Frozen, unknown fields refused, no coercion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Processing(Strict):
    """What is done with what, and under which terms."""

    privacy_notice: Annotated[str, Field(max_length=20_000)]
    privacy_notice_sha256: Hash
    language: Words
    purpose: Words
    lawful_basis: Literal["consent"]
    pii_information: Words
    pii_type: Words
    """The rung."""
    sensitive_pii_category: Words
    pii_controller: Words
    storage_location: Words
    retention_period: Words
    jurisdiction: Words
    recipient_third_parties: Words
    withdrawal_method: Words

    @classmethod
    def of(cls, terms: Terms, notice: Notice) -> Self:
        return cls(
            privacy_notice=notice.text,
            privacy_notice_sha256=notice.sha256,
            language=notice.language,
            purpose=terms.purpose.value,
            lawful_basis="consent",
            pii_information=_TOLD[terms.rung],
            pii_type=terms.rung.name.lower(),
            sensitive_pii_category="voice" if terms.rung >= Rung.DISGUISED else "none",
            pii_controller=notice.party.name,
            storage_location=terms.storage,
            retention_period=period(terms.retention),
            jurisdiction=terms.jurisdiction,
            recipient_third_parties="none" if terms.purpose in HOUSEHOLD else notice.party.name,
            withdrawal_method=WITHDRAWAL,
        )


class PartyIdentification(Strict):
    """Who gets it."""

    party_id: Words
    """The fingerprint of the recipient's card, or the broker's name."""
    party_name: Words
    party_contact: Words
    party_type: Literal["recipient with a card", "household"]

    @classmethod
    def of(cls, terms: Terms, party: Party) -> Self:
        ours = terms.purpose in HOUSEHOLD
        kind: Literal["recipient with a card", "household"] = "household" if ours else "recipient with a card"
        return cls(party_id=terms.recipient, party_name=party.name, party_contact=terms.contact, party_type=kind)


class Ours(Strict):
    """What the standard has no field for."""

    microphone: Number
    rung: Words
    asks_each_time: bool
    validity: Words
    """For how long it is agreed to each time, as an ISO 8601 duration."""
    quota_per_day: Annotated[int, Field(ge=0)]
    reviews_per_month: Annotated[int, Field(ge=0)]
    people_who_can_listen: Annotated[int, Field(ge=0)]
    recipient_fingerprint: Words
    how_given: Words

    @classmethod
    def of(cls, terms: Terms, party: Party) -> Self:
        return cls(
            microphone=terms.microphone,
            rung=terms.rung.name.lower(),
            asks_each_time=terms.asks,
            validity=period(terms.lasts),
            quota_per_day=terms.quota,
            reviews_per_month=terms.reviews,
            people_who_can_listen=party.people,
            recipient_fingerprint=terms.recipient,
            how_given=_HOW,
        )


class Event(Strict):
    """One thing that became of it."""

    event_time: Words
    """ISO 8601, for people; `at` is the same moment to the last digit."""
    at: Moment
    validity_duration: Words
    until: Moment | None
    """Unix time at which it ends, for an event that gives."""
    entity_id: Words
    """Who: somebody in the household, by the principal's random number, or the speaker itself."""
    event_type: Literal["explicit consent"]
    event_state: State


def period(seconds: float) -> str:
    """An ISO 8601 duration, another one for each number of seconds."""
    return f"P{int(seconds // DAY)}D" if seconds % DAY == 0 else f"PT{seconds!r}S"


def event_of(state: State, at: float, until: float | None, principal: str) -> Event:
    """One event, in both ways to write its moment. Raises ReceiptError for a time that is none."""
    try:
        return Event(
            event_time=datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            at=at,
            validity_duration=period(until - at) if until is not None else "P0D",
            until=until,
            entity_id=_ASKED.get(state, principal),
            event_type="explicit consent",
            event_state=state,
        )
    except (ValueError, OverflowError, OSError):
        named = f"{at}" if until is None else f"{at} to {until}"
        raise ReceiptError(f"{named} is no time at which anybody can have agreed", "set the clock") from None
