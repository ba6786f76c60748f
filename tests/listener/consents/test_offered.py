"""What can be agreed to: what the settings, the card and the notices make possible, and not a word more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from consents_desk import BOOK, CARD, IDENTITY, OFFER, card, notices, offer, settings

from keepmum.listener.consents.identity import Identity
from keepmum.listener.consents.offered import microphone_name, offered
from keepmum.settings import BrokerSettings
from keepmum.settings_hardware import HardwareSettings, MicrophoneSettings
from keepmum.terms import DAY, HOUSEHOLD, RUNGS, Purpose, Rung

HOUSE = settings(Path("/nowhere"))


def test_everything_that_a_purpose_can_need_is_offered_and_no_more() -> None:
    """Each rung of each purpose, with and without a question each time; numbers and the household's own without."""
    every = {(purpose, rung, False) for purpose, rungs in RUNGS.items() for rung in rungs}
    asked = {(p, rung, True) for p, rung, _ in every if p not in HOUSEHOLD and rung is not Rung.METRICS}
    assert {(each.purpose, each.rung, each.asks) for each in OFFER} == every | asked
    assert len(OFFER) == len(every | asked)


def test_without_a_broker_nothing_stays_in_the_house() -> None:
    """And without a card there is nobody else: then nothing at all can be agreed to."""
    alone = HOUSE.model_copy(update={"broker": BrokerSettings()})
    assert {each.purpose for each in offer(notices(), CARD, alone)} == set(Purpose) - HOUSEHOLD
    assert {each.purpose for each in offer(notices(), None)} == HOUSEHOLD
    assert offer(notices(), None, alone) == frozenset()


def test_a_speaker_that_does_not_know_who_it_is_offers_nothing() -> None:
    """It could sign no receipt."""
    assert offered(HOUSE, CARD, None, "microphone", BOOK) == frozenset()


def test_a_card_offers_only_what_it_has_keys_for() -> None:
    """A purpose without a key could be sealed for nobody."""
    few = offer(notices(), card(purposes=["diagnostics"]))
    assert {(each.purpose, each.rung) for each in few if each.purpose not in HOUSEHOLD} == {
        (Purpose.DIAGNOSTICS, Rung.METRICS)
    }


def test_the_terms_are_the_cards_and_the_settings() -> None:
    """Recipient, storage, law, contact, retention and reviews from the card; days and quota from the settings."""
    terms = offer(notices(), CARD, settings(Path("/nowhere"), days=7, quota=3))
    for each in (each for each in terms if each.purpose not in HOUSEHOLD):
        told = (each.recipient, each.storage, each.jurisdiction, each.contact)
        assert told == (CARD.fingerprint, CARD.storage, CARD.jurisdiction, CARD.contact)
        assert (each.retention, each.lasts, each.quota, each.reviews) == (30 * DAY, 7 * DAY, 3, 2)
    for each in (each for each in terms if each.purpose in HOUSEHOLD):
        assert (each.recipient, each.retention, each.lasts, each.reviews) == ("broker.home:1883", 0.0, 7 * DAY, 0)


def test_a_card_that_wants_more_reviews_gets_four() -> None:
    """Whatever a recipient says, a month has at most four."""
    greedy = replace(CARD, reviews=99)
    assert {each.reviews for each in offer(notices(), greedy) if each.purpose not in HOUSEHOLD} == {4}


def test_a_fresh_card_of_the_same_recipient_changes_no_terms() -> None:
    """New weeks, the same keys to sign with: consents go on."""
    fresh = replace(CARD, epochs=CARD.epochs[:-1] * 2)
    assert offer(notices(), fresh) == OFFER


@pytest.mark.parametrize(
    "other",
    [{"driver": "wav"}, {"card": "seeed2micvoicec"}, {"device": "USB"}],
    ids=lambda other: next(iter(other)),
)
def test_another_microphone_is_another_thing_to_agree_to(other: dict[str, str]) -> None:
    """Driver, card, device and board name it; its channel does not."""
    plain = microphone_name(HardwareSettings())
    assert microphone_name(HardwareSettings(microphone=MicrophoneSettings(**other))) != plain  # type: ignore[arg-type]
    assert microphone_name(HardwareSettings(board="respeaker-2-mics")) != plain
    assert microphone_name(HardwareSettings(microphone=MicrophoneSettings(channels=4, channel=2))) == plain


def test_the_microphone_is_named_by_a_hash_that_only_this_device_can_make() -> None:
    """The same in all terms of this device, another on another device."""
    name = microphone_name(HOUSE.hardware)
    assert {each.microphone for each in OFFER} == {IDENTITY.microphone(name)}
    other = offered(HOUSE, CARD, Identity(bytes(32)), name, notices())
    assert {each.microphone for each in other} & {each.microphone for each in OFFER} == set()


def test_a_broker_whose_name_could_not_be_kept_is_not_offered() -> None:
    """The latch takes 200 letters; a consent that cannot be kept would be lost at the next start."""
    long = HOUSE.model_copy(update={"broker": BrokerSettings(host="h" * 200)})
    assert offer(notices(), None, long) == frozenset()
