"""The short form of a receipt: what a QR code says, checked without the file."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
import segno
from consents_desk import IDENTITY, NOW, NUMBER
from hypothesis import given
from hypothesis import strategies as st

from keepmum.errors import ReceiptError
from keepmum.listener.consents.slip import Slip, parse

SLIP = Slip(NUMBER, "asr-improvement", "respoken", "re-confirmed", NOW, NOW + 90 * 86_400, "cd" * 32, "ef" * 32)
SIGNATURE = SLIP.signed(IDENTITY.signing_key)
TEXT = SLIP.text(IDENTITY.device_key, SIGNATURE)


def test_what_was_signed_is_read_again() -> None:
    """Every field comes back, and the signature holds for them."""
    read = parse(TEXT)
    assert (read.slip, read.device_key, read.signature) == (SLIP, IDENTITY.device_key, SIGNATURE)
    assert read.slip.holds(read.device_key, read.signature)


def test_it_fits_into_a_code_that_a_terminal_can_show() -> None:
    """The longest words that there are need version 10 at most, in the letters that a code packs best."""
    code = segno.make(TEXT, error="l")
    assert (code.mode, int(code.version) <= 10) == ("alphanumeric", True)


@pytest.mark.parametrize("field", [each.name for each in fields(Slip)])
def test_every_field_is_signed(field: str) -> None:
    """Another number, purpose, rung, state, time or hash is another slip."""
    others: dict[str, object] = {"purpose": "research", "rung": "voice", "state": "given", "at": NOW + 1, "until": None}
    other = replace(SLIP, **{field: others.get(field, "00" * (16 if field == "record_id" else 32))})  # type: ignore[arg-type]
    assert not other.holds(IDENTITY.device_key, SIGNATURE)


def test_every_changed_letter_is_found_out() -> None:
    """Each letter of the text, replaced by another, makes it unreadable or its signature wrong."""
    for n, letter in enumerate(TEXT):
        for other in "A2:-.9":
            if other == letter:
                continue
            try:
                read = parse(TEXT[:n] + other + TEXT[n + 1 :])
            except ReceiptError:
                continue
            assert not (read.device_key == IDENTITY.device_key and read.slip.holds(read.device_key, read.signature)), n


@pytest.mark.parametrize(
    "text", ["", "KEEPMUM1:", TEXT.lower(), TEXT[:-1], TEXT + "A", TEXT + "=", "A" * 10_000, "é" * 371]
)
def test_what_is_no_slip_is_refused(text: str) -> None:
    """One clear error, whatever a camera thinks that it saw."""
    with pytest.raises(ReceiptError, match="receipt's QR code"):
        parse(text)


@given(st.text(max_size=700))
def test_no_text_does_anything_else(text: str) -> None:
    """It is a slip, or it is refused."""
    try:
        parse(text)
    except ReceiptError as error:
        assert error.hint  # noqa: PT017
    else:
        assert text.strip().startswith("KEEPMUM1:")


@pytest.mark.parametrize("at", [-1.0, float("nan"), float("inf"), 1e12])
def test_a_moment_that_is_none_is_not_signed(at: float) -> None:
    """No receipt can be of a time that nobody could read."""
    with pytest.raises(ReceiptError, match="no moment"):
        replace(SLIP, at=at).signed(IDENTITY.signing_key)
