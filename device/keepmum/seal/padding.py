"""Sizes that tell little: whatever is sealed is first filled up to one of a few lengths."""

from __future__ import annotations

from keepmum.errors import SealError
from keepmum.terms import Rung

SOUND_BUCKET = 64_000
"""Bytes of two seconds of sound: ten sizes instead of 19,681 for 20,000 clips, for 18.9 % more bytes
(privacy specification, 8.5)."""
TEXT_BUCKET = 4_096
BUCKETS = (TEXT_BUCKET, SOUND_BUCKET)
LARGEST = 12 * SOUND_BUCKET
"""Bytes after padding: the longest clip has 20 s, and there is room for what is said about it."""

_LENGTH = 4


def bucket_of(rung: Rung) -> int:
    """The bucket of what a rung sends: sound or text. More about the rung does not show outside."""
    return TEXT_BUCKET if rung <= Rung.TEXT else SOUND_BUCKET


def is_size(size: int) -> bool:
    """Whether something padded can have so many bytes."""
    return 0 < size <= LARGEST and any(size % bucket == 0 for bucket in BUCKETS)


def padded(plaintext: bytes, bucket: int) -> bytes:
    """`plaintext` with its length before it and zeros behind it, a multiple of `bucket` bytes long.

    Raises SealError for a bucket that is none, and for what does not fit into LARGEST.
    """
    if bucket not in BUCKETS:
        raise SealError(f"{bucket} bytes are no bucket", f"{TEXT_BUCKET} for text, {SOUND_BUCKET} for sound")
    size = _size(len(plaintext), bucket)
    if size > LARGEST:
        raise SealError(f"{len(plaintext)} bytes are more than one parcel can hold", f"{LARGEST} fit, padding included")
    return (len(plaintext).to_bytes(_LENGTH, "big") + plaintext).ljust(size, b"\0")


def unpadded(untrusted: bytes) -> bytes:
    """What was padded; raises SealError for anything that `padded` would not have made."""
    length = int.from_bytes(untrusted[:_LENGTH], "big")
    sizes = {_size(length, bucket) for bucket in BUCKETS}
    if not is_size(len(untrusted)) or len(untrusted) not in sizes or untrusted[_LENGTH + length :].strip(b"\0"):
        raise SealError("what was sealed is not padded", "the sender runs another version of keepmum")
    return untrusted[_LENGTH : _LENGTH + length]


def _size(length: int, bucket: int) -> int:
    return -(-(_LENGTH + length) // bucket) * bucket
