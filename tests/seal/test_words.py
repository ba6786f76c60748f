"""A recipient's word is worth something from one signer only, about one thing only, written in one way only."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from seal_recipient import DELETION, KEYS, OTHER, PARCEL

from keepmum.errors import SealError
from keepmum.seal import Destroyed, check_deleted, check_stored, sign_deleted, sign_stored

CARD = KEYS.card
AT = 1_790_000_000.25
SHA256 = hashlib.sha256(b"sealed bytes").hexdigest()
STORED = sign_stored(KEYS, PARCEL, SHA256, AT)
DELETED = sign_deleted(KEYS, DELETION, True, 3, AT)

Check = Callable[[str], object]
WORDS: list[tuple[str, Check]] = [
    (STORED, lambda untrusted: check_stored(CARD, untrusted, PARCEL, SHA256)),
    (DELETED, lambda untrusted: check_deleted(CARD, untrusted, DELETION)),
]
EITHER = pytest.mark.parametrize(("word", "check"), WORDS, ids=["stored", "deleted"])


def signed(told: object, kind: bytes) -> str:
    """Anything, signed by the recipient's own key, as it writes its words."""
    signature = Ed25519PrivateKey.from_private_bytes(KEYS.signing_key).sign(kind + written(told).encode())
    assert isinstance(told, dict)
    return written(told | {"signature": base64.b64encode(signature).decode()})


def written(told: object) -> str:
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def test_a_right_receipt_is_accepted() -> None:
    """The recipient's own word for these very bytes passes, and says nothing else."""
    assert check_stored(CARD, STORED, PARCEL, SHA256) is None
    assert sorted(json.loads(STORED)) == ["at", "parcel", "sha256", "signature"]


@settings(deadline=None, max_examples=50)
@given(st.booleans(), st.integers(0, 1_000_000), st.floats(0, 2**53))
def test_a_right_answer_to_a_demand_is_believed(held: bool, plays: int, at: float) -> None:
    """It says whether there was anything, how often somebody listened, and when it was destroyed."""
    assert check_deleted(CARD, sign_deleted(KEYS, DELETION, held, plays, at), DELETION) == Destroyed(held, plays, at)


@EITHER
def test_every_changed_character_of_a_word_is_noticed(word: str, check: Check) -> None:
    """No character can be changed, cut off or added, not even in a way that means the same."""
    for place in range(len(word)):
        for other in {chr(ord(word[place]) ^ 1), " ", "A"} - {word[place]}:
            with pytest.raises(SealError):
                check(word[:place] + other + word[place + 1 :])
        with pytest.raises(SealError):
            check(word[:place])
    for more in (word + " ", "\n" + word, json.dumps(json.loads(word)), word.replace(":", ": ", 1)):
        with pytest.raises(SealError, match="is not from 'The lab'"):
            check(more)


def test_a_word_from_somebody_else_is_refused() -> None:
    """Another signer of the same name is not the one on the card."""
    with pytest.raises(SealError, match=r"the receipt for a1.* is not from 'The lab'"):
        check_stored(CARD, sign_stored(OTHER, PARCEL, SHA256, AT), PARCEL, SHA256)
    with pytest.raises(SealError, match=r"the answer to the demand .* is not from 'The lab'"):
        check_deleted(CARD, sign_deleted(OTHER, DELETION, True, 3, AT), DELETION)


@pytest.mark.parametrize(("parcel", "sha256"), [("b" * 32, SHA256), (PARCEL, "0" * 64)], ids=["parcel", "sum"])
def test_a_receipt_for_something_else_is_refused(parcel: str, sha256: str) -> None:
    """A true receipt empties no other parcel's place, nor that of other bytes under the same name."""
    with pytest.raises(SealError, match="is for another parcel"):
        check_stored(CARD, STORED, parcel, sha256)


def test_an_answer_to_another_demand_is_refused() -> None:
    """What was destroyed is not what was asked about."""
    with pytest.raises(SealError, match="is to another demand"):
        check_deleted(CARD, DELETED, "0" * 64)


@EITHER
def test_a_signature_made_for_another_end_is_no_word(word: str, check: Check) -> None:
    """The signed bytes begin with what they are: one kind of word is not the other, and bare ones are nothing."""
    told = {name: value for name, value in json.loads(word).items() if name != "signature"}
    kinds = {b"keepmum-stored 2\n", b"keepmum-deleted 2\n"}
    right = b"keepmum-stored 2\n" if "parcel" in told else b"keepmum-deleted 2\n"
    assert signed(told, right) == word
    for kind in (*(kinds - {right}), b"", b"keepmum-card 2\n"):
        with pytest.raises(SealError, match="is not from"):
            check(signed(told, kind))


@EITHER
@settings(deadline=None)
@given(untrusted=st.text(max_size=300))
def test_arbitrary_text_is_never_a_word(word: str, check: Check, untrusted: str) -> None:
    """What nobody signed is refused with our own error, whatever it is."""
    with pytest.raises(SealError, match="is not from"):
        check(untrusted)


@EITHER
@pytest.mark.parametrize(
    "alter",
    [
        lambda said: [],
        lambda said: None,
        lambda said: said | {"at": 10**900},
        lambda said: said | {"at": "now"},
        lambda said: said | {"signature": 7},
        lambda said: said | {"signature": None},
        lambda said: {name: value for name, value in said.items() if name != "signature"},
        lambda said: said | {"surplus": 1},
    ],
)
def test_a_word_of_another_shape_is_refused(word: str, check: Check, alter: Callable[[Any], object]) -> None:
    """Wrong types, absurd numbers and more words are refused with our own error."""
    with pytest.raises(SealError, match="is not from"):
        check(written(alter(json.loads(word))))


@pytest.mark.parametrize("endless", ["[" * 100_000, "9" * 100_000, '{"at":NaN}', "\ud800"])
def test_a_word_without_end_is_refused(endless: str) -> None:
    """Neither nesting nor length nor half a letter brings the reader down."""
    for _, check in WORDS:
        with pytest.raises(SealError, match="is not from"):
            check(endless)


@pytest.mark.parametrize(
    "changes",
    [{"held": 1}, {"plays": -1}, {"plays": True}, {"plays": 1.5}, {"plays": 1_000_001}, {"at": -1}, {"more": 1}],
)
def test_nonsense_that_the_recipient_signed_is_no_answer(changes: dict[str, object]) -> None:
    """Its key alone does not make a statement of it."""
    told = {"deletion": DELETION, "held": True, "plays": 3, "at": AT} | changes
    with pytest.raises(SealError, match=r"no answer can be written|is not one"):
        check_deleted(CARD, signed(told, b"keepmum-deleted 2\n"), DELETION)


@pytest.mark.parametrize("changes", [{"at": -1}, {"at": True}, {"sha256": "x"}, {"parcel": 7}, {"more": 1}])
def test_nonsense_that_the_recipient_signed_is_no_receipt(changes: dict[str, object]) -> None:
    """Nothing leaves the outbox for it."""
    told = {"parcel": PARCEL, "sha256": SHA256, "at": AT} | changes
    with pytest.raises(SealError, match=r"no receipt can be written|is not one"):
        check_stored(CARD, signed(told, b"keepmum-stored 2\n"), PARCEL, SHA256)


@pytest.mark.parametrize(
    ("parcel", "sha256", "at"),
    [("x", SHA256, 1.0), (PARCEL, "x", 1.0), (PARCEL, SHA256, float("nan")), (PARCEL, SHA256, -1.0)],
    ids=["parcel", "sum", "time", "before 1970"],
)
def test_no_receipt_is_signed_for_nonsense(parcel: str, sha256: str, at: float) -> None:
    """The recipient signs only what names a parcel, its bytes and a moment."""
    with pytest.raises(SealError, match="no receipt can be written"):
        sign_stored(KEYS, parcel, sha256, at)


@pytest.mark.parametrize(("deletion", "plays", "at"), [("x", 0, 1.0), (DELETION, -1, 1.0), (DELETION, 0, float("inf"))])
def test_no_answer_is_signed_for_nonsense(deletion: str, plays: int, at: float) -> None:
    """Nor one that does not name a demand, a count and a moment."""
    with pytest.raises(SealError, match="no answer can be written"):
        sign_deleted(KEYS, deletion, True, plays, at)
