"""A card says who may open clips; anything that is not quite a card is refused, with all that is wrong at once."""

from __future__ import annotations

import base64
import json
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from keepmum.card import Card, Keys
from keepmum.errors import SealError

PRIME = 2**255 - 19
KEYS = Keys.generate("The lab", "lab@example.org")
CARD: dict[str, Any] = json.loads(KEYS.card.to_json())


def little(number: int) -> bytes:
    """A key of 32 bytes out of a number."""
    return number.to_bytes(32, "little")


def test_a_card_comes_back_as_it_was_printed() -> None:
    """What the collector prints is what the household reads."""
    assert Card.parse(KEYS.card.to_json()) == KEYS.card
    assert (KEYS.card.name, KEYS.card.contact) == ("The lab", "lab@example.org")


def test_the_fingerprint_covers_everything_on_the_card() -> None:
    """Another name, contact or key is another fingerprint: a consent names exactly this card."""
    card = KEYS.card
    other = Keys.generate("The lab", "lab@example.org").card
    prints = {
        each.fingerprint
        for each in (
            card,
            Card("The lap", card.contact, card.sealing_key, card.signing_key),
            Card(card.name, "lab@example.com", card.sealing_key, card.signing_key),
            Card(card.name, card.contact, other.sealing_key, card.signing_key),
            Card(card.name, card.contact, card.sealing_key, other.signing_key),
        )
    }
    assert len(prints) == 5
    assert all(len(bytes.fromhex(each)) == 16 for each in prints)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sealing_key": "not base64!"}, "'sealing_key' is not base64"),
        ({"sealing_key": "käse"}, "'sealing_key' is not base64"),
        ({"sealing_key": 7}, "'sealing_key' is not base64"),
        ({"signing_key": base64.b64encode(bytes(31)).decode()}, "'signing_key' has 31 bytes, not 32"),
        ({"sealing_key": CARD["sealing_key"][:-2] + "=="}, "'sealing_key' has 31 bytes, not 32"),
        ({"sealing_key": base64.b64encode(bytes(32)).decode()}, "'sealing_key' is a key that anybody could open"),
        ({"sealing_key": base64.b64encode(little(1)).decode()}, "'sealing_key' is a key that anybody could open"),
        ({"sealing_key": base64.b64encode(little(PRIME + 5)).decode()}, "'sealing_key' is no X25519 key"),
        ({"signing_key": base64.b64encode(bytes(32)).decode()}, "'signing_key' is a key that anybody could sign with"),
        ({"signing_key": base64.b64encode(little(PRIME + 5)).decode()}, "that anybody could sign with"),
        ({"fingerprint": "0" * 32}, "does not have the fingerprint it claims"),
        ({"name": "Another lab"}, "does not have the fingerprint it claims"),
        ({"name": ""}, "'name' is no printable text"),
        ({"contact": "\x1b[2J"}, "'contact' is no printable text"),
        ({"contact": "x" * 201}, "'contact' is no printable text"),
        ({"contact": None}, "'contact' is no printable text"),
        ({"sealingkey": "x"}, "'sealingkey' is unknown; did you mean 'sealing_key'"),
        ({"zzz": "x"}, r"'zzz' is unknown\n"),
        ({"keepmum_card": 2}, "this is not a keepmum card"),
    ],
)
def test_what_is_wrong_with_a_card_is_said(changes: dict[str, object], message: str) -> None:
    """Every kind of mistake has its own words, and a hint what to do."""
    with pytest.raises(SealError, match=message) as caught:
        Card.parse(json.dumps(CARD | changes))
    assert caught.value.hint


def test_all_mistakes_are_said_at_once() -> None:
    """Nobody has to repair a card one error at a time."""
    wrong = {name: value for name, value in CARD.items() if name != "signing_key"} | {"name": 1, "sealing_key": "?"}
    with pytest.raises(SealError) as caught:
        Card.parse(json.dumps(wrong))
    assert {"'signing_key' is missing", "'sealing_key' is not base64", "'name' is no printable text"} == set(
        caught.value.what.split("; ")
    )


def test_a_second_way_to_write_a_key_is_refused() -> None:
    """Base64 has unused bits in its last letter; only one of the four letters is right."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    key = CARD["sealing_key"]
    other = key[:-2] + letters[letters.index(key[-2]) ^ 1] + "="
    assert base64.b64decode(other) == base64.b64decode(key)
    with pytest.raises(SealError, match="'sealing_key' is not the only way to write that key"):
        Card.parse(json.dumps(CARD | {"sealing_key": other}))


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
    forged = little(1) + bytes(32)
    accepted = 0
    for n in range(64):
        with suppress(InvalidSignature):
            Ed25519PublicKey.from_public_bytes(weak).verify(forged, b"%d" % n)
            accepted += 1
    assert accepted
    with pytest.raises(SealError, match="anybody could sign with"):
        Card.parse(json.dumps(CARD | {"signing_key": base64.b64encode(weak).decode()}))


@settings(deadline=None)
@given(st.one_of(st.text(max_size=100), st.from_regex(r'\{"keepmum_card": ?1(, ?"[a-z_]+": ?("x"|1|\[\]))*\}')))
def test_arbitrary_text_is_never_a_card(untrusted_text: str) -> None:
    """What no collector printed is refused with our own error, whatever it is."""
    with pytest.raises(SealError):
        Card.parse(untrusted_text)


def test_a_card_without_end_is_refused() -> None:
    """Neither nesting nor length brings the reader down."""
    for endless in ("[" * 100_000, KEYS.card.to_json().rstrip() + " " * 5_000 + "!", KEYS.card.to_json()[:-3]):
        with pytest.raises(SealError, match="this is not a keepmum card"):
            Card.parse(endless)


def test_private_keys_in_the_place_of_a_card_are_recognised(tmp_path: Path) -> None:
    """Whoever is handed the wrong file is told at once not to pass it on."""
    KEYS.save(tmp_path / "keys")
    with pytest.raises(SealError) as caught:
        Card.parse((tmp_path / "keys").read_text())
    assert "private keys: give them to nobody" in caught.value.hint


def test_keys_come_back_from_their_file_which_is_private(tmp_path: Path) -> None:
    """The file has mode 0600, and neither the keys' text form nor an error shows a key."""
    KEYS.save(tmp_path / "keys")
    assert Keys.load(tmp_path / "keys") == KEYS
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600
    assert repr(KEYS) == "Keys(name='The lab', contact='lab@example.org')"


def test_keys_are_never_replaced(tmp_path: Path) -> None:
    """What was sealed to the old keys must stay readable."""
    KEYS.save(tmp_path / "keys")
    with pytest.raises(SealError, match="is there already"):
        Keys.generate("Another", "x").save(tmp_path / "keys")
    assert Keys.load(tmp_path / "keys") == KEYS


def test_keys_that_others_can_read_are_refused(tmp_path: Path) -> None:
    """A private key on which others can look is not private any more; the hint says how to close it."""
    KEYS.save(tmp_path / "keys")
    (tmp_path / "keys").chmod(0o640)
    with pytest.raises(SealError, match=r"others can read the private keys(.|\n)*chmod 600"):
        Keys.load(tmp_path / "keys")


def test_a_file_that_holds_no_keys_is_refused(tmp_path: Path) -> None:
    """Nothing, a folder, bytes that are no text, a card, and keys of a wrong length each have their own words."""
    path = tmp_path / "keys"
    with pytest.raises(SealError, match="there are no keys at"):
        Keys.load(path)
    tmp_path.chmod(0o700)
    with pytest.raises(SealError, match="cannot be read: Is a directory"):
        Keys.load(tmp_path)
    path.touch(mode=0o600)
    told = {"keepmum_keys": 1, "name": "x", "contact": "y", "sealing_key": "AAAA", "signing_key": "AAAA"}
    for content, message in (
        (b"\xff\xfe", "is no text"),
        (KEYS.card.to_json().encode(), "this is not a keepmum keys"),
        (json.dumps(told).encode(), "'sealing_key' has 3 bytes"),
    ):
        path.write_bytes(content)
        with pytest.raises(SealError, match=message):
            Keys.load(path)


def test_keys_that_cannot_be_written_are_one_clear_error(tmp_path: Path) -> None:
    """A missing folder is named."""
    with pytest.raises(SealError, match="cannot be written: No such file"):
        KEYS.save(tmp_path / "nowhere" / "keys")


def test_a_name_that_nobody_could_read_is_refused() -> None:
    """A household must be able to read whom it trusts."""
    with pytest.raises(SealError, match="'name' is no printable text"):
        Keys.generate("", "lab@example.org")
