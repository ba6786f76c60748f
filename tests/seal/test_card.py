"""A card says who may open clips; anything that is not quite a card is refused, with all that is wrong at once."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from seal_recipient import KEYS, OTHER, PURPOSES, TOLD, WALL, WEEK_NUMBER, new_keys

from keepmum.errors import SealError
from keepmum.seal import WEEK, Card, ends
from keepmum.seal.form import LONGEST_FILE
from keepmum.seal.recipient import MOST_KEYS, MOST_WEEKS
from keepmum.terms import Purpose

PRIME = 2**255 - 19
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
Alter = Callable[[dict[str, Any]], Any]


def little(number: int) -> str:
    """A key of 32 bytes out of a number, as a card writes it."""
    return base64.b64encode(number.to_bytes(32, "little")).decode()


def first(**changes: object) -> Alter:
    """Change the card's first key."""
    return lambda told: told["epochs"][0].update(changes)


def parsed(alter: Alter) -> Card:
    """The card after an alteration."""
    told = copy.deepcopy(TOLD)
    alter(told)
    return Card.parse(json.dumps(told))


def test_a_card_comes_back_as_it_was_printed() -> None:
    """What the recipient prints is what the household reads, in the same words."""
    card = Card.parse(KEYS.card.to_json())
    assert card == KEYS.card
    assert card.to_json() == KEYS.card.to_json()
    assert (card.name, card.contact, card.storage, card.jurisdiction) == (
        "The lab",
        "lab@example.org",
        "a locked disk in Ghent",
        "Belgium",
    )
    assert (card.people, card.retention_days, card.reviews) == (3, 30, 4)


def test_there_is_a_key_of_its_own_for_each_purpose_and_week() -> None:
    """No key serves twice, and all purposes of a week have one key id."""
    found = {
        (purpose, week): KEYS.card.epoch_key(purpose, WALL + week * WEEK) for purpose in PURPOSES for week in (0, 1)
    }
    assert len({each.key for each in found.values()}) == 4
    assert {(each.epoch, each.key_id) for each in found.values()} == {(e.epoch, e.key_id) for e in KEYS.card.epochs}
    assert len({each.key_id for each in found.values()}) == 2
    assert {each.epoch for each in found.values()} == {WEEK_NUMBER, WEEK_NUMBER + 1}
    assert KEYS.card.purposes == frozenset(PURPOSES)


def test_there_is_no_key_before_or_after_the_weeks_of_a_card() -> None:
    """An ended card says when it ended; a clock in the past and a purpose that it does not have say so too."""
    card = KEYS.card
    assert card.until(Purpose.RESEARCH) == ends(WEEK_NUMBER + 1)
    assert card.until(Purpose.DIAGNOSTICS) == 0
    with pytest.raises(SealError, match=r"ended on 01 October 2026\n  hint: ask the recipient for its next card"):
        card.epoch_key(Purpose.RESEARCH, ends(WEEK_NUMBER + 1))
    with pytest.raises(SealError, match=r"has no key for the week of 01 January 1970\n  hint: see the clock"):
        card.epoch_key(Purpose.RESEARCH, 0.0)
    with pytest.raises(SealError, match="has no key for 'diagnostics'"):
        card.epoch_key(Purpose.DIAGNOSTICS, WALL)
    with pytest.raises(SealError, match="has no key for 'anything'"):
        card.epoch_key("anything", WALL)


def test_a_fresh_card_of_the_same_recipient_keeps_its_fingerprint() -> None:
    """New weeks, another cupboard and a longer retention are still the same recipient; the terms tell the rest."""
    card = KEYS.card
    assert KEYS.extended(WALL + 5 * WEEK, 2).card.fingerprint == card.fingerprint
    assert replace(card, storage="elsewhere", retention_days=31, people=9).fingerprint == card.fingerprint


def test_another_name_contact_or_signing_key_is_another_recipient() -> None:
    """A consent names exactly this one."""
    card = KEYS.card
    others = (
        replace(card, name="The lap"),
        replace(card, contact="lab@example.com"),
        replace(card, signing_key=OTHER.card.signing_key),
        replace(card, name="The lab lab@example.org", contact=""),
    )
    prints = {card.fingerprint, *(each.fingerprint for each in others)}
    assert len(prints) == 5
    assert all(len(bytes.fromhex(each)) == 16 for each in prints)


@pytest.mark.parametrize(
    ("alter", "message"),
    [
        (lambda told: told.update(signing_key="not base64!"), "'signing_key' is not base64"),
        (lambda told: told.update(signing_key="käse"), "'signing_key' is not base64"),
        (lambda told: told.update(signing_key=7), "'signing_key' is not base64"),
        (lambda told: told.update(signing_key=little(7)[:-4]), "'signing_key' has 30 bytes, not 32"),
        (lambda told: told.update(signing_key=little(0)), "'signing_key' is a key that anybody could sign with"),
        (lambda told: told.update(signing_key=little(PRIME + 5)), "'signing_key' is a key that anybody could sign"),
        (lambda told: told.update(signature=little(7)), "'signature' has 32 bytes, not 64"),
        (lambda told: told.update(fingerprint="0" * 32), "does not have the fingerprint it claims"),
        (lambda told: told.update(fingerprint=None), "does not have the fingerprint it claims"),
        (lambda told: told.update(name="Another lab"), "does not have the fingerprint it claims"),
        (lambda told: told.update(storage="nowhere"), "is not signed by its owner, or was altered"),
        (lambda told: told.update(retention_days=31), "is not signed by its owner, or was altered"),
        (lambda told: told["epochs"].pop(), "is not signed by its owner, or was altered"),
        (lambda told: told["epochs"].reverse(), "is not signed by its owner, or was altered"),
        (first(key="?" * 44), r"epochs\[0\]: 'key' is not base64"),
        (first(key="AAAA"), r"epochs\[0\]: 'key' has 3 bytes, not 32"),
        (first(key_id=TOLD["epochs"][2]["key_id"]), "'key_id' is not one for each week"),
        (lambda told: told.update(name=""), "'name' is no printable text"),
        (lambda told: told.update(contact="\x1b[2J"), "'contact' is no printable text"),
        (lambda told: told.update(jurisdiction="x" * 201), "'jurisdiction' is no printable text"),
        (lambda told: told.update(storage=None), "'storage' is no printable text"),
        (lambda told: told.update(people=0), "'people' is no whole number from 1 to 10000"),
        (lambda told: told.update(people=True), "'people' is no whole number"),
        (lambda told: told.update(retention_days=366), "'retention_days' is no whole number from 1 to 365"),
        (lambda told: told.update(retention_days=30.0), "'retention_days' is no whole number"),
        (lambda told: told.update(reviews=5), "'reviews' is no whole number from 0 to 4"),
        (lambda told: told.update(signingkey="x"), "'signingkey' is unknown; did you mean 'signing_key'"),
        (lambda told: told.update(zzz="x"), r"'zzz' is unknown\n"),
        (lambda told: told.update(epochs={}), "'epochs' is no list of 320 keys at most"),
        (lambda told: told.update(epochs=[]), "'epochs' has no key"),
        (lambda told: told.update(epochs=[{}] * (MOST_KEYS + 1)), "'epochs' is no list of 320 keys at most"),
        (lambda told: told["epochs"].append("x"), r"epochs\[4\]: this is no key"),
        (first(keyid="x"), r"epochs\[0\]: 'keyid' is unknown; did you mean 'key_id'"),
        (first(purpose="reserch"), r"epochs\[0\]: 'reserch' is no purpose; did you mean 'research'"),
        (first(purpose="commands"), r"epochs\[0\]: 'commands' stays in the household"),
        (first(purpose=["research"]), r"epochs\[0\]: 'purpose' is no word"),
        (first(epoch=-1), r"epochs\[0\]: 'epoch' is no number of a week"),
        (first(epoch=1e3), r"epochs\[0\]: 'epoch' is no number of a week"),
        (first(key_id="XYZ"), r"epochs\[0\]: 'key_id' is not 16 hexadecimal digits"),
        (first(key_id=16), r"epochs\[0\]: 'key_id' is not 16 hexadecimal digits"),
        (first(key_id="0" * 16), "'key_id' is not one for each week"),
        (first(key=TOLD["epochs"][1]["key"]), "one key serves two weeks or purposes"),
        (first(purpose="research"), "a week has two keys for one purpose"),
        (first(key=little(0)), r"epochs\[0\]: 'key' is a key that anybody could open"),
        (first(key=little(1)), r"epochs\[0\]: 'key' is a key that anybody could open"),
        (first(key=little(PRIME - 1)), r"epochs\[0\]: 'key' is a key that anybody could open"),
        (first(key=little(PRIME + 5)), r"epochs\[0\]: 'key' is no X25519 key"),
        (first(key=little(2**255 + 9)), r"epochs\[0\]: 'key' is no X25519 key"),
        (lambda told: told.update(keepmum_card="2"), "this is not a keepmum card"),
        (lambda told: told.update(keepmum_card=True), "this is not a keepmum card"),
        (lambda told: told.update(keepmum_card=3), "is of a later version of keepmum .3; this one reads 2."),
    ],
)
def test_what_is_wrong_with_a_card_is_said(alter: Alter, message: str) -> None:
    """Every kind of mistake has its own words, and a hint what to do."""
    with pytest.raises(SealError, match=message) as caught:
        parsed(alter)
    assert caught.value.hint


def test_all_mistakes_are_said_at_once() -> None:
    """Nobody has to repair a card one error at a time, and a card full of them does not fill the screen."""

    def alter(told: dict[str, Any]) -> None:
        del told["signature"], told["epochs"][1]["key"]
        told.update(name=1, people=0, signing_key="?")
        told["epochs"][0]["purpose"] = "reserch"

    with pytest.raises(SealError) as caught:
        parsed(alter)
    assert set(caught.value.what.split("; ")) == {
        "'signature' is missing",
        "'name' is no printable text",
        "'people' is no whole number from 1 to 10000",
        "'signing_key' is not base64",
        "epochs[0]: 'reserch' is no purpose",
        "did you mean 'research'?",
        "epochs[1]: 'key' is missing",
    }
    with pytest.raises(SealError, match="and 308 more"):
        parsed(lambda told: told.update(epochs=[7] * 320))


def test_a_card_of_the_earlier_version_is_told_from_one_that_is_damaged() -> None:
    """The household learns that the recipient has to make a new one, and with which command."""
    earlier = {"keepmum_card": 1, "name": "The lab", "contact": "x", "sealing_key": "x", "signing_key": "x"}
    with pytest.raises(SealError, match="is of an earlier version of keepmum") as caught:
        Card.parse(json.dumps(earlier))
    assert "ask the recipient for a new card" in caught.value.hint
    assert "`keepmum collect --new-keys FILE`" in caught.value.hint


@pytest.mark.parametrize("where", ["signing_key", "signature"])
def test_a_second_way_to_write_a_key_is_refused(where: str) -> None:
    """Base64 has unused bits in its last letter; only one of the letters is right."""
    text = TOLD[where].rstrip("=")
    other = (text[:-1] + LETTERS[LETTERS.index(text[-1]) ^ 1]).ljust(len(TOLD[where]), "=")
    assert base64.b64decode(other) == base64.b64decode(TOLD[where])
    with pytest.raises(SealError, match=f"'{where}' is not the only way to write that key"):
        parsed(lambda told: told.update({where: other}))


def test_a_name_that_stands_there_twice_is_refused() -> None:
    """Two readers could disagree about which one counts."""
    with pytest.raises(SealError, match="a name stands there twice"):
        Card.parse(KEYS.card.to_json().replace("{", '{"name": "The other lab",', 1))


def test_a_card_that_somebody_else_signed_is_refused() -> None:
    """Nobody can put keys of their own on another's card."""
    forged = replace(KEYS.card, epochs=OTHER.card.epochs)
    for signature in (KEYS.card.signature, OTHER.card.signature, bytes(64)):
        with pytest.raises(SealError, match="is not signed by its owner, or was altered"):
            Card.parse(replace(forged, signature=signature).to_json())
    resigned = forged.signed_by(Ed25519PrivateKey.from_private_bytes(OTHER.signing_key))
    with pytest.raises(SealError, match="is not signed by its owner, or was altered"):
        Card.parse(resigned.to_json())


def test_no_bit_of_a_card_can_be_flipped() -> None:
    """Of a small card every bit is tried; none leaves a card that is accepted."""
    text = new_keys(purposes=("research",), weeks=1).card.to_json().encode()
    accepted = []
    for place in range(len(text)):
        for bit in range(8):
            flipped = bytearray(text)
            flipped[place] ^= 1 << bit
            with suppress(SealError, UnicodeDecodeError):
                accepted.append(Card.parse(flipped.decode()))
    assert accepted == []


@settings(deadline=None, max_examples=100)
@given(st.integers(0, len(KEYS.card.to_json()) - 3))
def test_a_card_that_was_cut_short_is_refused(size: int) -> None:
    """Wherever it is cut, it is told that this is not all of a card."""
    with pytest.raises(SealError, match="not a keepmum card file, or not all of it"):
        Card.parse(KEYS.card.to_json()[:size])


@pytest.mark.parametrize(
    "height",
    [
        1,
        PRIME - 1,
        0,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
        PRIME - 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    ],
)
@pytest.mark.parametrize("sign", [0, 2**255])
def test_a_key_under_which_anybody_can_sign_is_refused(height: int, sign: int) -> None:
    """The threat is real: under each point of small order a signature made without any key is valid for some
    message. No card may carry one."""
    weak = little(height + sign)
    forged = (1).to_bytes(32, "little") + bytes(32)
    accepted = 0
    for n in range(64):
        with suppress(InvalidSignature):
            Ed25519PublicKey.from_public_bytes(base64.b64decode(weak)).verify(forged, b"%d" % n)
            accepted += 1
    assert accepted
    with pytest.raises(SealError, match="anybody could sign with"):
        parsed(lambda told: told.update(signing_key=weak))


@settings(deadline=None)
@given(st.one_of(st.text(max_size=100), st.from_regex(r'\{"keepmum_card": ?2(, ?"[a-z_]+": ?("x"|1|\[\]))*\}')))
def test_arbitrary_text_is_never_a_card(untrusted_text: str) -> None:
    """What no recipient printed is refused with our own error, whatever it is."""
    with pytest.raises(SealError):
        Card.parse(untrusted_text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(st.sampled_from([*TOLD, *(f"epochs.{name}" for name in TOLD["epochs"][0])]), JSON)
def test_any_other_value_in_any_place_is_refused(place: str, value: object) -> None:
    """Whatever stands where, the answer is our own error and never another."""
    told = copy.deepcopy(TOLD)
    target, name = (told["epochs"][0], place[7:]) if place.startswith("epochs.") else (told, place)
    target[name] = value
    with pytest.raises(SealError):
        Card.parse(json.dumps(told))


def test_a_card_without_end_is_refused() -> None:
    """Neither nesting nor length nor a number of a million digits brings the reader down."""
    too_long = KEYS.card.to_json().rstrip() + " " * LONGEST_FILE
    for endless in ("[" * 100_000, too_long, '{"keepmum_card": ' + "9" * 100_000 + "}", '{"keepmum_card": NaN}'):
        with pytest.raises(SealError, match="this is not a keepmum card"):
            Card.parse(endless)


def test_the_largest_card_can_be_read() -> None:
    """All purposes, half a year ahead, and the texts as long as they may be: the limits fit each other."""
    whole = new_keys(
        name="x" * 200,
        storage="\u00e9" * 200,
        purposes=("asr-improvement", "wake-tuning", "research", "diagnostics"),
        weeks=MOST_WEEKS,
        retention_days=365,
    )
    card = whole.card
    padded = replace(card, epochs=tuple(random.Random(7).sample(card.epochs, len(card.epochs))))
    signed = padded.signed_by(Ed25519PrivateKey.from_private_bytes(whole.signing_key))
    assert Card.parse(signed.to_json()) == signed
    assert len(card.to_json()) / len(card.epochs) * MOST_KEYS < 50_000 < LONGEST_FILE


def test_private_keys_in_the_place_of_a_card_are_recognised(tmp_path: Path) -> None:
    """Whoever is handed the wrong file is told at once not to pass it on."""
    KEYS.save(tmp_path / "keys")
    with pytest.raises(SealError) as caught:
        Card.parse((tmp_path / "keys").read_text())
    assert "private keys: give them to nobody" in caught.value.hint
