"""Sealing as it ships keeps every sentence; each planted defect breaks the sentence that is about it."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from seal_recipient import KEYS
from seal_sentences import SENTENCES

from keepmum.seal import Keys, padding

envelope: Any = sys.modules["keepmum.seal.envelope"]
shipped_bound = envelope._bound


class Unbound:
    """Closes a content without binding it to anything."""

    def __init__(self, key: bytes) -> None:
        self._aead = ChaCha20Poly1305(key)

    def encrypt(self, nonce: bytes, content: bytes, _bound: bytes) -> bytes:
        return self._aead.encrypt(nonce, content, None)

    def decrypt(self, nonce: bytes, content: bytes, _bound: bytes) -> bytes:
        return self._aead.decrypt(nonce, content, None)


def content_key_reused(plant: pytest.MonkeyPatch) -> Keys:
    plant.setattr(envelope, "_fresh_key", lambda: b"k" * 32)
    return KEYS


def label_not_bound(plant: pytest.MonkeyPatch) -> Keys:
    plant.setattr(envelope, "_info", lambda _label: b"")
    return KEYS


def deletion_not_bound(plant: pytest.MonkeyPatch) -> Keys:
    plant.setattr(envelope, "_info", lambda label: label[:-32])
    return KEYS


def content_not_bound(plant: pytest.MonkeyPatch) -> Keys:
    plant.setattr(envelope, "ChaCha20Poly1305", Unbound)
    return KEYS


def padding_skipped(plant: pytest.MonkeyPatch) -> Keys:
    plant.setattr(envelope, "padded", lambda plaintext, _bucket: plaintext)
    plant.setattr(envelope, "unpadded", lambda untrusted: untrusted)
    plant.setattr(envelope, "is_size", lambda _size: True)
    return KEYS


def padding_to_the_byte(plant: pytest.MonkeyPatch) -> Keys:
    plant.setattr(padding, "_size", lambda length, _bucket: length + 4)
    return KEYS


def purpose_as_long_as_it_is(plant: pytest.MonkeyPatch) -> Keys:
    plant.setattr(envelope, "_bound", lambda *given: shipped_bound(*given).rstrip(b"\0"))
    return KEYS


def purpose_told_by_the_key_id(_plant: pytest.MonkeyPatch) -> Keys:
    return replace(KEYS, epochs=tuple(replace(each, key_id=secrets.token_hex(8)) for each in KEYS.epochs))


def one_key_for_every_purpose(plant: pytest.MonkeyPatch) -> Keys:
    plant.setattr(envelope, "_bound", lambda consent, parcel, _key: shipped_bound(consent, parcel, KEYS.epochs[0]))
    key = X25519PrivateKey.generate().private_bytes_raw()
    return replace(KEYS, epochs=tuple(replace(each, key=key) for each in KEYS.epochs))


def nothing_destroyed(plant: pytest.MonkeyPatch) -> Keys:
    plant.setattr(Keys, "destroy_ended", lambda keys, _wall: keys)
    return KEYS


def everything_destroyed(plant: pytest.MonkeyPatch) -> Keys:
    plant.setattr(Keys, "destroy_ended", lambda keys, _wall: replace(keys, epochs=()))
    return KEYS


PLANTED: list[tuple[Callable[[pytest.MonkeyPatch], Keys], str]] = [
    (content_key_reused, "no_content_key_serves_twice"),
    (label_not_bound, "the_label_is_bound"),
    (deletion_not_bound, "the_label_is_bound"),
    (content_not_bound, "the_content_is_bound_to_its_consent"),
    (padding_skipped, "sizes_tell_buckets_alone"),
    (padding_to_the_byte, "sizes_tell_buckets_alone"),
    (purpose_as_long_as_it_is, "sizes_tell_buckets_alone"),
    (purpose_told_by_the_key_id, "nothing_outside_tells_the_purpose"),
    (one_key_for_every_purpose, "keys_belong_to_one_purpose_and_week"),
    (nothing_destroyed, "ended_weeks_stay_closed"),
    (everything_destroyed, "ended_weeks_stay_closed"),
]


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.__name__)
def test_every_sentence_holds(sentence: Callable[[Keys], bool]) -> None:
    """As it ships, sealing is what the sentences say."""
    assert sentence(KEYS)


@pytest.mark.parametrize(("defect", "told_by"), PLANTED, ids=[defect.__name__ for defect, _ in PLANTED])
def test_a_planted_defect_is_caught(
    monkeypatch: pytest.MonkeyPatch, defect: Callable[[pytest.MonkeyPatch], Keys], told_by: str
) -> None:
    """A sentence that nothing can break would prove nothing."""
    (sentence,) = (each for each in SENTENCES if each.__name__ == told_by)
    assert not sentence(defect(monkeypatch))
