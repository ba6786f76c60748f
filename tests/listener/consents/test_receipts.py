"""Receipts: written for every event, and a consent counts only with a whole one that says the same."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from consents_desk import (
    BOOK,
    CARD,
    IDENTITY,
    NOW,
    NUMBER,
    OFFER,
    card,
    consent,
    given,
    notices,
    offer,
    receipts,
    terms,
    wished,
)

from keepmum.errors import ReceiptError
from keepmum.listener.consents.notice import Notices
from keepmum.listener.consents.receipt import VERSION, Receipt, parse
from keepmum.listener.consents.receipts import Receipts, objection
from keepmum.listener.consents.record import period
from keepmum.terms import DAY, Rung, Terms

ENDS = ("withdrawn", "expired", "invalidated")


def of(folder: Path, number: str = NUMBER) -> Receipt:
    """The receipt with that number."""
    return parse((folder / f"{number}.json").read_bytes())


def states(folder: Path, number: str = NUMBER) -> list[str]:
    """What became of it, in order."""
    return [event.event_state for event in of(folder, number).events]


def numbered(n: int) -> str:
    """A consent's number."""
    return f"{n:032x}"


# ---- what stands in it


def test_it_has_every_field_that_the_standard_wants(tmp_path: Path) -> None:
    """The names of ISO/IEC TS 27560, each filled."""
    given(tmp_path)
    told = json.loads((tmp_path / f"{NUMBER}.json").read_text())
    top = {"schema_version", "record_id", "receipt_id", "pii_principal_id", "pii_processing", "party_identification"}
    assert top | {"events", "keepmum", "device_key", "signature"} == told.keys()
    processing = {"privacy_notice", "language", "purpose", "lawful_basis", "pii_information", "pii_type"}
    processing |= {"pii_controller", "storage_location", "retention_period", "jurisdiction", "recipient_third_parties"}
    assert (
        processing | {"withdrawal_method", "privacy_notice_sha256", "sensitive_pii_category"}
        == told["pii_processing"].keys()
    )
    assert told["party_identification"].keys() == {"party_id", "party_name", "party_contact", "party_type"}
    event = {"event_time", "validity_duration", "entity_id", "event_type", "event_state", "at", "until"}
    assert all(each.keys() == event for each in told["events"])
    assert all(told["pii_processing"].values())


def test_it_says_what_was_agreed_to(tmp_path: Path) -> None:
    """The terms, the text that was told, who can listen, how it was given, and when, to the last digit."""
    mine = given(tmp_path)
    receipt = of(tmp_path)
    told, ours = receipt.pii_processing, receipt.keepmum
    assert (told.privacy_notice, told.privacy_notice_sha256) == (BOOK.of(mine.terms).text, mine.terms.notice)
    assert (told.purpose, told.pii_type, told.retention_period) == ("asr-improvement", "text", "P30D")
    assert (told.storage_location, told.jurisdiction) == (CARD.storage, CARD.jurisdiction)
    assert (ours.microphone, ours.recipient_fingerprint) == (mine.terms.microphone, CARD.fingerprint)
    assert (ours.quota_per_day, ours.reviews_per_month, ours.people_who_can_listen) == (20, 2, 3)
    assert "button for three seconds" in ours.how_given
    newest = receipt.newest
    assert (newest.at, newest.until, newest.validity_duration) == (NOW, NOW + 90 * DAY, "P90D")
    assert newest.event_time == "2026-09-21T14:13:20Z"


def test_whoever_agreed_is_a_random_number_of_its_own(tmp_path: Path) -> None:
    """Two receipts of one household tell of no common person."""
    for n in range(2):
        given(tmp_path, consent(numbered(n)))
    principals = {of(tmp_path, numbered(n)).pii_principal_id for n in range(2)}
    assert len(principals) == 2
    assert of(tmp_path, numbered(0)).newest.entity_id in principals


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    """Mode 0600 in a folder of mode 0700, and nothing beside it."""
    folder = tmp_path / "receipts"
    given(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (only,) = folder.iterdir()
    assert (only.name, stat.S_IMODE(only.stat().st_mode)) == (f"{NUMBER}.json", 0o600)


@pytest.mark.parametrize(
    "each", sorted(OFFER, key=lambda each: each.notice), ids=lambda each: f"{each.purpose}-{each.rung}"
)
def test_whatever_is_offered_can_have_a_receipt(tmp_path: Path, each: Terms) -> None:
    """Asked for, given, and it counts."""
    mine = given(tmp_path, consent(what=each))
    assert receipts(tmp_path).valid([mine], NOW) == {NUMBER}


def test_the_longest_card_still_fits(tmp_path: Path) -> None:
    """200 letters in every field, and as many events as are kept."""
    long = card(name="ä" * 200, contact="ö" * 200, storage="ü" * 200, jurisdiction="ß" * 200)
    book = notices()
    what = next(each for each in offer(book, long) if each.rung is Rung.DISGUISED and each.asks)
    mine, folder = consent(what=what), Receipts(tmp_path, IDENTITY.signing_key, book)
    folder.sign(wished(mine), "requested", NOW)
    folder.sign(mine, "given", NOW)
    for n in range(1, 100):
        mine = consent(at=NOW + n, what=what)
        folder.sign(mine, "re-confirmed", 0.0)
    assert folder.valid([mine], NOW + 100) == {NUMBER}


# ---- events


@pytest.mark.parametrize("end", ENDS)
def test_what_has_ended_does_not_count(tmp_path: Path, end: str) -> None:
    """Withdrawn, expired and invalidated stand in the receipt, signed, and nothing revives it."""
    mine = given(tmp_path)
    receipts(tmp_path).sign(mine, end, NOW + 5)
    assert states(tmp_path) == ["requested", "given", end]
    assert of(tmp_path).holds()
    assert receipts(tmp_path).valid([mine], NOW + 5) == frozenset()
    for event in ("requested", "given", "re-confirmed", "refused", *ENDS):
        with pytest.raises(ReceiptError, match="cannot become"):
            receipts(tmp_path).sign(mine, event, NOW + 6)
    assert states(tmp_path) == ["requested", "given", end]


def test_an_end_ends_whatever_times_stand_beside_it(tmp_path: Path) -> None:
    """The word counts: a withdrawal that names the very times of the consent is a withdrawal."""
    mine = given(tmp_path)
    ended = of(tmp_path).followed_by("withdrawn", mine.given, mine.until, IDENTITY.signing_key)
    (tmp_path / f"{NUMBER}.json").write_bytes(ended.to_bytes())
    assert objection(tmp_path, IDENTITY.device_key, mine, NOW) == "says 'withdrawn'"


@pytest.mark.parametrize("end", ["refused", "expired", "invalidated"])
def test_what_was_never_given_does_not_count(tmp_path: Path, end: str) -> None:
    """Asked for only, or refused: the state file may say what it likes."""
    mine = consent()
    receipts(tmp_path).sign(wished(mine), "requested", NOW)
    assert receipts(tmp_path).valid([mine], NOW) == frozenset()
    receipts(tmp_path).sign(wished(mine), end, NOW + 1)
    assert states(tmp_path) == ["requested", end]
    with pytest.raises(ReceiptError, match="what is over stays over"):
        receipts(tmp_path).sign(mine, "given", NOW)


def test_agreed_again_counts_from_then_on(tmp_path: Path) -> None:
    """Re-confirmed under the same number: the new time counts, the old one no more."""
    mine = given(tmp_path)
    again = consent(at=NOW + 50 * DAY)
    receipts(tmp_path).sign(again, "re-confirmed", 0.0)
    assert receipts(tmp_path).valid([again], NOW + 50 * DAY) == {NUMBER}
    assert receipts(tmp_path).valid([mine], NOW + 50 * DAY) == frozenset()


def test_a_consent_whose_asking_could_not_be_written_is_still_given_in_writing(tmp_path: Path) -> None:
    """A disk that was full for a moment takes the receipt when it counts."""
    mine = consent()
    receipts(tmp_path).sign(mine, "given", NOW)
    assert receipts(tmp_path).valid([mine], NOW) == {NUMBER}


@pytest.mark.parametrize("event", ["refused", "re-confirmed", *ENDS])
def test_nothing_ends_that_never_began(tmp_path: Path, event: str) -> None:
    """Without a receipt there is nothing to write it into."""
    with pytest.raises(ReceiptError, match="cannot become"):
        receipts(tmp_path).sign(consent(), event, NOW)
    assert list(tmp_path.iterdir()) == []


def test_an_event_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    """No receipt says what keepmum does not know."""
    with pytest.raises(ReceiptError, match="'renewed' can become of no consent"):
        receipts(tmp_path).sign(consent(), "renewed", NOW)


@pytest.mark.parametrize("number", ["", "../../etc/passwd", "A" * 32, "0" * 31, "0" * 33])
def test_a_number_that_is_none_names_no_file(tmp_path: Path, number: str) -> None:
    """The path is made of 32 hexadecimal digits or not at all."""
    with pytest.raises(ReceiptError, match="no consent's number"):
        receipts(tmp_path / "receipts").sign(consent(number), "requested", NOW)
    assert list(tmp_path.rglob("*.json")) == []


@pytest.mark.parametrize("at", [float("nan"), float("inf"), -1.0, 1e300])
def test_a_time_that_is_none_is_not_signed(tmp_path: Path, at: float) -> None:
    """One clear error, and the disk is as it was."""
    with pytest.raises(ReceiptError, match="no time at which anybody can have agreed"):
        receipts(tmp_path).sign(wished(consent()), "requested", at)
    with pytest.raises(ReceiptError, match="no time at which anybody can have agreed"):
        receipts(tmp_path).sign(replace(consent(), until=at), "given", NOW)
    assert list(tmp_path.iterdir()) == []


def test_terms_without_a_notice_get_no_receipt(tmp_path: Path) -> None:
    """What was not told cannot be signed."""
    with pytest.raises(ReceiptError, match="no notice"):
        Receipts(tmp_path, IDENTITY.signing_key, Notices("en", {})).sign(consent(), "requested", NOW)


def test_other_terms_under_the_same_number_are_refused(tmp_path: Path) -> None:
    """A receipt is of one set of terms for ever."""
    given(tmp_path)
    with pytest.raises(ReceiptError, match="tells of other terms"):
        receipts(tmp_path).sign(consent(what=terms(rung=Rung.VOICE)), "re-confirmed", NOW)


def test_a_consent_whose_terms_are_no_longer_offered_is_ended_in_its_receipt(tmp_path: Path) -> None:
    """The notice is gone from the book, and still stands in the paper."""
    mine = given(tmp_path)
    Receipts(tmp_path, IDENTITY.signing_key, Notices("en", {})).sign(mine, "invalidated", NOW + 1)
    assert states(tmp_path)[-1] == "invalidated"


# ---- its form


@pytest.mark.parametrize(("seconds", "told"), [(0.0, "P0D"), (86_400.0, "P1D"), (90 * DAY, "P90D"), (1.5, "PT1.5S")])
def test_periods_are_iso_8601_and_another_for_each_number(seconds: float, told: str) -> None:
    """Days where it is days, otherwise seconds."""
    assert period(seconds) == told


def test_the_version_names_the_standard() -> None:
    """And which of our own forms it is."""
    assert VERSION == "ISO/IEC TS 27560:2023, keepmum 1"
