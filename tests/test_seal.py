"""A seal opens for one pair of keys and only unaltered; a receipt is worth something from one signer only."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from keepmum.errors import SealError
from keepmum.seal import About, Keys, about_of, check_receipt, open_seal, seal, sign_receipt

KEYS = Keys.generate("The lab", "lab@example.org")
OTHER = Keys.generate("The lab", "lab@example.org")
ABOUT = About("a" * 32, "asr-improvement", "c0ffee")
SEALED = seal(KEYS.card, ABOUT, b"turn on the kitchen light")
SHA256 = hashlib.sha256(SEALED).hexdigest()
RECEIPT = sign_receipt(KEYS, ABOUT.parcel, SHA256, 1_790_000_000.25)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=5_000))
def test_what_was_sealed_is_opened_again(plaintext: bytes) -> None:
    """The right keys give back what went in, with what was said about it."""
    assert open_seal(KEYS, seal(KEYS.card, ABOUT, plaintext)) == (ABOUT, plaintext)


def test_what_stands_outside_can_be_read_without_keys() -> None:
    """The way knows the parcel, the purpose and the consent, and nothing else."""
    assert about_of(SEALED) == ABOUT
    assert b"kitchen" not in SEALED


def test_the_same_words_are_never_sealed_twice_alike() -> None:
    """Nobody on the way can tell that two clips are the same."""
    assert seal(KEYS.card, ABOUT, b"same") != seal(KEYS.card, ABOUT, b"same")


def test_other_keys_open_nothing() -> None:
    """Keys of another collector are refused."""
    with pytest.raises(SealError, match="sealed to other keys, or was altered"):
        open_seal(OTHER, SEALED)


def test_every_changed_byte_of_a_seal_is_noticed() -> None:
    """Outside or inside, no byte can be changed, cut off or added."""
    for place in range(len(SEALED)):
        for bit in (1, 128):
            altered = bytearray(SEALED)
            altered[place] ^= bit
            with pytest.raises(SealError):
                open_seal(KEYS, bytes(altered))
        with pytest.raises(SealError):
            open_seal(KEYS, SEALED[:place])
    with pytest.raises(SealError):
        open_seal(KEYS, SEALED + b"\0")


@pytest.mark.parametrize("change", [{"parcel": "b" * 32}, {"purpose": "research"}, {"consent": "c0ffef"}])
def test_nothing_can_be_sealed_once_and_declared_twice(change: dict[str, str]) -> None:
    """The inside of one seal does not open behind another outside, well formed as it is."""
    line = SEALED.index(b"}\n") + 2
    other = seal(KEYS.card, replace(ABOUT, **change), b"")
    with pytest.raises(SealError, match="was altered"):
        open_seal(KEYS, other[: other.index(b"}\n") + 2] + SEALED[line:])


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda tail: b"keepmum-seal 1\n" + tail)))
def test_arbitrary_bytes_are_never_a_seal(untrusted_bytes: bytes) -> None:
    """What nobody sealed is refused with our own error, whatever it is."""
    with pytest.raises(SealError, match="not a sealed parcel"):
        about_of(untrusted_bytes)


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"null",
        b'{"parcel": 1, "purpose": 2, "consent": 3}',
        b'{"consent":"c","parcel":"%s","purpose":"p","surplus":1}' % (b"a" * 32),
        b'{"consent":"c", "parcel":"%s","purpose":"p"}' % (b"a" * 32),
        b'{"consent":"c","consent":"c","parcel":"%s","purpose":"p"}' % (b"a" * 32),
        b"[" * 100_000,
    ],
)
def test_there_is_one_way_only_to_write_the_outside(line: bytes) -> None:
    """Wrong types, more words, blanks, repetitions and endless nesting are refused."""
    with pytest.raises(SealError, match="not a sealed parcel"):
        about_of(b"keepmum-seal 1\n" + line + b"\n" + bytes(64))


@pytest.mark.parametrize("change", [{"parcel": "x"}, {"purpose": "a person's name"}, {"consent": "c" * 65}])
def test_nothing_personal_fits_outside(change: dict[str, str]) -> None:
    """Only random ids and the short words of the configuration can stand in clear."""
    with pytest.raises(SealError, match="cannot stand outside a seal"):
        seal(KEYS.card, replace(ABOUT, **change), b"")


def test_nothing_is_sealed_to_a_key_that_anybody_could_open() -> None:
    """A card that was not parsed is no way round the check."""
    for weak in (bytes(32), b"short"):
        with pytest.raises(SealError, match="nothing can be sealed to the card of 'The lab'"):
            seal(replace(KEYS.card, sealing_key=weak), ABOUT, b"secret")


def test_a_right_receipt_is_accepted() -> None:
    """The collector's own word for these very bytes passes, and says nothing else."""
    assert check_receipt(KEYS.card, RECEIPT, ABOUT.parcel, SHA256) is None
    assert sorted(json.loads(RECEIPT)) == ["at", "parcel", "sha256", "signature"]


def test_every_changed_character_of_a_receipt_is_noticed() -> None:
    """No character can be changed, cut off or added, not even in a way that means the same."""
    for place in range(len(RECEIPT)):
        for other in {chr(ord(RECEIPT[place]) ^ 1), " ", "A"} - {RECEIPT[place]}:
            with pytest.raises(SealError):
                check_receipt(KEYS.card, RECEIPT[:place] + other + RECEIPT[place + 1 :], ABOUT.parcel, SHA256)
        with pytest.raises(SealError):
            check_receipt(KEYS.card, RECEIPT[:place], ABOUT.parcel, SHA256)
    with pytest.raises(SealError):
        check_receipt(KEYS.card, RECEIPT + " ", ABOUT.parcel, SHA256)


def test_a_receipt_from_somebody_else_is_refused() -> None:
    """Another signer of the same name is not the one on the card."""
    forged = sign_receipt(OTHER, ABOUT.parcel, SHA256, 1_790_000_000.25)
    with pytest.raises(SealError, match="is not from 'The lab'"):
        check_receipt(KEYS.card, forged, ABOUT.parcel, SHA256)


@pytest.mark.parametrize(("parcel", "sha256"), [("b" * 32, SHA256), (ABOUT.parcel, "0" * 64)], ids=["parcel", "sum"])
def test_a_receipt_for_something_else_is_refused(parcel: str, sha256: str) -> None:
    """A true receipt empties no other parcel's place, nor that of other bytes under the same name."""
    with pytest.raises(SealError, match="is for another parcel"):
        check_receipt(KEYS.card, RECEIPT, parcel, sha256)


def test_a_signature_made_for_another_end_is_no_receipt() -> None:
    """The signed bytes begin with what they are: a signature over the bare words is worth nothing."""
    told = {name: value for name, value in json.loads(RECEIPT).items() if name != "signature"}
    bare = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    signature = base64.b64encode(Ed25519PrivateKey.from_private_bytes(KEYS.signing_key).sign(bare)).decode()
    forged = json.dumps(told | {"signature": signature}, sort_keys=True, separators=(",", ":"))
    with pytest.raises(SealError, match="is not from"):
        check_receipt(KEYS.card, forged, ABOUT.parcel, SHA256)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_arbitrary_text_is_never_a_receipt(untrusted_receipt: str) -> None:
    """What nobody signed is refused with our own error, whatever it is."""
    with pytest.raises(SealError, match="is not from"):
        check_receipt(KEYS.card, untrusted_receipt, ABOUT.parcel, SHA256)


@pytest.mark.parametrize(
    "alter",
    [
        lambda said: [],
        lambda said: said | {"at": 10**900},
        lambda said: said | {"at": "now"},
        lambda said: said | {"parcel": 7},
        lambda said: said | {"signature": 7},
        lambda said: said | {"surplus": 1},
    ],
)
def test_a_receipt_of_another_shape_is_refused(alter: Callable[[dict[str, object]], object]) -> None:
    """Wrong types, absurd numbers and more words are refused with our own error."""
    with pytest.raises(SealError, match="is not from"):
        check_receipt(KEYS.card, json.dumps(alter(json.loads(RECEIPT))), ABOUT.parcel, SHA256)


@pytest.mark.parametrize(
    ("parcel", "sha256", "at"),
    [("x", SHA256, 1.0), (ABOUT.parcel, "x", 1.0), (ABOUT.parcel, SHA256, float("nan"))],
    ids=["parcel", "sum", "time"],
)
def test_no_receipt_is_signed_for_nonsense(parcel: str, sha256: str, at: float) -> None:
    """The collector signs only what names a parcel, its bytes and a moment."""
    with pytest.raises(SealError, match="no receipt can be written"):
        sign_receipt(KEYS, parcel, sha256, at)
