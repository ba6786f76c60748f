"""What must be true of every seal, in sentences to hold against sealing as it ships, and against a wrong one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from seal_recipient import PARCEL, WALL, sealed

from keepmum.errors import SealError
from keepmum.seal import BUCKETS, OVERHEAD, SOUND_BUCKET, TEXT_BUCKET, WEEK, Keys, label_of, open_seal, padded
from keepmum.seal.epoch import epoch_of
from keepmum.terms import DAY, Purpose

LABEL = 75
"""Bytes: 15 of the format, 16 of the parcel, 4 of the week, 8 of the key id, 32 of the deletion."""
HEADER = 156
"""Bytes: HPKE's 32, the content key's 32, 76 of what the content is bound to, and a tag of 16."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def opens(keys: Keys, untrusted: bytes) -> bool:
    """Whether keys open a seal."""
    with suppress(SealError):
        open_seal(keys, untrusted)
        return True
    return False


def rewrapped(keys: Keys, seal: bytes, place: int, change: int) -> bytes:
    """A seal whose header somebody with the private key opened, changed at one byte, and closed again."""
    label, wrapped = seal[:LABEL], seal[LABEL : LABEL + HEADER]
    private = X25519PrivateKey.from_private_bytes(keys.epochs[0].key)
    header = bytearray(_SUITE.decrypt(wrapped, private, info=label))
    header[place] ^= change
    return label + _SUITE.encrypt(bytes(header), private.public_key(), info=label) + seal[LABEL + HEADER :]


def no_content_key_serves_twice(keys: Keys) -> bool:
    """The difference of two contents does not show in the difference of their ciphertexts."""
    first, second = b"turn on the kitchen light", b"what have you sent today"
    closed = [sealed(keys.card, each, bucket=TEXT_BUCKET)[LABEL + HEADER : -16] for each in (first, second)]
    plain = [padded(each, TEXT_BUCKET) for each in (first, second)]
    return _difference(*closed) != _difference(*plain)


def the_label_is_bound(keys: Keys) -> bool:
    """Whatever is changed outside, the seal does not open any more."""
    seal = sealed(keys.card, bucket=TEXT_BUCKET)
    changed = [seal[:place] + bytes([seal[place] ^ 1]) + seal[place + 1 :] for place in range(LABEL)]
    return opens(keys, seal) and not any(opens(keys, each) for each in changed)


def the_content_is_bound_to_its_consent(keys: Keys) -> bool:
    """Not even somebody who can close the header again can put the same content under another consent."""
    seal = sealed(keys.card, bucket=TEXT_BUCKET)
    return opens(keys, rewrapped(keys, seal, 0, 0)) and not opens(keys, rewrapped(keys, seal, 32, 1))


def sizes_tell_buckets_alone(keys: Keys) -> bool:
    """Whatever is inside and whatever it is for, a bucket has one size."""
    cases = [(b"", Purpose.RESEARCH), (b"x" * 4_000, Purpose.ASR_IMPROVEMENT), (b"y" * 17, Purpose.RESEARCH)]
    sizes = {
        len(sealed(keys.card, inside, purpose=purpose, bucket=bucket)) - OVERHEAD
        for bucket in BUCKETS
        for inside, purpose in cases
    }
    return sizes == {TEXT_BUCKET, SOUND_BUCKET}


def nothing_outside_tells_the_purpose(keys: Keys) -> bool:
    """Two parcels for two purposes look alike, apart from what is random in them."""
    card = keys.card
    labels = {label_of(sealed(card, purpose=purpose)) for purpose in card.purposes}
    return len(labels) == 1 and labels.pop().parcel == PARCEL


def keys_belong_to_one_purpose_and_week(keys: Keys) -> bool:
    """Of all keys of a recipient, one alone opens a seal."""
    seal = sealed(keys.card, wall=WALL + WEEK)
    openers = [each for each in keys.epochs if opens(_with_only(keys, each.purpose, each.epoch), seal)]
    return [(each.purpose, each.epoch) for each in openers] == [(Purpose.ASR_IMPROVEMENT, epoch_of(WALL + WEEK))]


def ended_weeks_stay_closed(keys: Keys) -> bool:
    """When retention is over, the keys of that week are gone, and later ones are not."""
    old, new = sealed(keys.card), sealed(keys.card, wall=WALL + WEEK)
    later = keys.destroy_ended((epoch_of(WALL) + 1) * WEEK + 30 * DAY)
    return opens(keys, old) and not opens(later, old) and opens(later, new)


SENTENCES = (
    no_content_key_serves_twice,
    the_label_is_bound,
    the_content_is_bound_to_its_consent,
    sizes_tell_buckets_alone,
    nothing_outside_tells_the_purpose,
    keys_belong_to_one_purpose_and_week,
    ended_weeks_stay_closed,
)


def _with_only(keys: Keys, purpose: Purpose, epoch: int) -> Keys:

    return replace(keys, epochs=tuple(e for e in keys.epochs if (e.purpose, e.epoch) == (purpose, epoch)))


def _difference(first: bytes, second: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(first, second, strict=True))
