"""Notes and checkpoints are exactly those that other programs read (C2SP), and nothing else passes for one."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from ledger_books import SIGNER

from keepmum.errors import LedgerError
from keepmum.ledger.checkpoint import Checkpoint, key_of, signed
from keepmum.ledger.note import Key, Kind, Note, Signature, sign, verifying

GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example of Go's sumdb/note, with its key."""

WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(32))


def test_a_note_of_another_program_is_read_and_checked() -> None:
    """Key, text and signature of Go's own example, and back again letter by letter."""
    note, key = Note.parse(GO_NOTE), Key.parse(GO_KEY)
    assert str(note) == GO_NOTE
    assert str(key) == GO_KEY
    assert note.holds(key)
    assert not Note(note.text.replace("answer", "question"), note.signatures).holds(key)


def test_a_checkpoint_is_three_lines_and_a_signature() -> None:
    """Origin, size, root in base64; an empty line; the dash, the origin, the key's id and 64 bytes."""
    root = hashlib.sha256(b"x").digest()
    made = signed(7, root, SIGNER)
    public = SIGNER.public_key().public_bytes_raw()
    origin = "keepmum/" + hashlib.sha256(public).hexdigest()[:8]
    text = f"{origin}\n7\n{base64.b64encode(root).decode()}\n"
    code = hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4] + SIGNER.sign(text.encode())
    assert str(made.note) == f"{text}\n— {origin} {base64.b64encode(code).decode()}\n"
    assert Checkpoint.parse(str(made.note)) == made
    printed = base64.b64encode(b"\x01" + public).decode()
    assert str(key_of(SIGNER)) == f"{origin}+{code[:4].hex()}+{printed}"


def test_a_cosignature_names_its_second() -> None:
    """The witness signs `cosignature/v1`, the time, and the whole text; the time stands in the signature."""
    made = signed(7, bytes(32), SIGNER)
    key = verifying("w", Kind.WITNESS, WITNESS)
    said = sign(made.note.text, key, WITNESS, 1_790_000_000.9)
    message = f"cosignature/v1\ntime 1790000000\n{made.note.text}".encode()
    assert said.said == (1_790_000_000).to_bytes(8, "big") + WITNESS.sign(message)
    assert said.id == hashlib.sha256(b"w\n\x04" + WITNESS.public_key().public_bytes_raw()).digest()[:4]
    note = Note.parse(str(made.note.and_signed(said)))
    assert (note.signed_at(key), note.holds(key_of(SIGNER)), len(note.signatures)) == (1_790_000_000.0, True, 2)
    other_second = Signature("w", said.id, (1_790_000_001).to_bytes(8, "big") + said.said[8:])
    assert made.note.and_signed(other_second).signed_at(key) is None


def test_signing_again_takes_the_place_of_the_older_signature() -> None:
    """A witness that is asked every hour leaves one line."""
    key = verifying("w", Kind.WITNESS, WITNESS)
    note = signed(7, bytes(32), SIGNER).note
    for at in (1.0, 2.0):
        note = note.and_signed(sign(note.text, key, WITNESS, at))
    assert (len(note.signatures), note.signed_at(key)) == (2, 2.0)


@pytest.mark.parametrize(
    "untrusted",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— name AAAAAAAA",
        "text\n\nname AAAAAAAA\n",
        "text\n\n— na+me AAAAAAAA\n",
        "text\n\n— name\n",
        "text\n\n— name AAAA\n",
        "text\n\n— name !!!!\n",
        "te\x1bxt\n\n— name AAAAAAAA\n",
        "text\n\n" + "— name AAAAAAAA\n" * 17,
    ],
)
def test_what_is_no_note_is_refused(untrusted: str) -> None:
    """Without an end, a signature, a good name or a good code; with control letters; with too many signatures."""
    with pytest.raises(LedgerError, match="no signed note"):
        Note.parse(untrusted)


@pytest.mark.parametrize(
    "text", ["o\n1\n", "o\n01\nAAAA\n", "o\n-1\nAAAA\n", "o\n1\nAAAA\n", f"o\n1\n{'A' * 44}\n", "\n1\nAAAA\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    """Too short, a size that is none or is written another way, a root that is none."""
    with pytest.raises(LedgerError, match=r"no checkpoint|no signed note"):
        Checkpoint.parse(str(Note(text, (Signature("o", bytes(4), bytes(64)),))))


@pytest.mark.parametrize(
    "untrusted", ["", "a+b", GO_KEY[:-4], GO_KEY.replace("c74f", "c74e"), GO_KEY.replace("Peter", "Peter "), "a+b+!!"]
)
def test_what_is_no_key_is_refused(untrusted: str) -> None:
    """Cut, with another id, with a name that does not fit."""
    with pytest.raises(LedgerError, match="no verifying key"):
        Key.parse(untrusted)


@given(st.text(max_size=200))
def test_arbitrary_text_is_our_own_error_or_a_note(untrusted: str) -> None:
    """Nothing that comes through a pipe is anything else."""
    for parse in (Note.parse, Checkpoint.parse, Key.parse):
        with suppress(LedgerError):
            assert str(parse(untrusted))
