"""What is padded has one of a few sizes, and comes back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.errors import SealError
from keepmum.seal import BUCKETS, LARGEST, SOUND_BUCKET, TEXT_BUCKET, bucket_of, padded, unpadded
from keepmum.terms import Rung

BUCKET = st.sampled_from(BUCKETS)


@given(st.binary(max_size=20_000), BUCKET)
def test_what_was_padded_comes_back(plaintext: bytes, bucket: int) -> None:
    """Nothing is lost, whatever it ends with, and the size is a multiple of the bucket."""
    whole = padded(plaintext, bucket)
    assert unpadded(whole) == plaintext
    assert len(whole) % bucket == 0
    assert len(whole) - bucket < len(plaintext) + 4 <= len(whole)


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("length", [0, 1, TEXT_BUCKET - 4, TEXT_BUCKET - 3, SOUND_BUCKET - 4, SOUND_BUCKET - 3])
def test_the_edges_of_a_bucket_are_right(bucket: int, length: int) -> None:
    """Exactly full is one bucket, one byte more is the next."""
    assert len(padded(bytes(length), bucket)) == -(-(length + 4) // bucket) * bucket
    assert unpadded(padded(bytes(length), bucket)) == bytes(length)


def test_text_and_sound_have_their_own_buckets() -> None:
    """Numbers and text fill small ones; how much of a voice a sound still has does not show in the size."""
    assert {rung: bucket_of(rung) for rung in Rung} == {
        Rung.METRICS: TEXT_BUCKET,
        Rung.TEXT: TEXT_BUCKET,
        Rung.RESPOKEN: SOUND_BUCKET,
        Rung.DISGUISED: SOUND_BUCKET,
        Rung.VOICE: SOUND_BUCKET,
    }


def test_the_longest_clip_fits_and_more_is_refused() -> None:
    """Twenty seconds with a long description are 11 buckets; beyond 12 nothing is padded."""
    assert len(padded(bytes(640_000 + 10_000), SOUND_BUCKET)) == 11 * SOUND_BUCKET
    assert len(padded(bytes(LARGEST - 4), SOUND_BUCKET)) == LARGEST
    for bucket in BUCKETS:
        with pytest.raises(SealError, match="more than one parcel can hold"):
            padded(bytes(LARGEST - 3), bucket)


@pytest.mark.parametrize("bucket", [0, -1, 1, 64_001])
def test_only_the_two_buckets_are_buckets(bucket: int) -> None:
    """Nobody can choose a size that tells more."""
    with pytest.raises(SealError, match="are no bucket"):
        padded(b"", bucket)


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"\0\0\0",
        bytes(TEXT_BUCKET - 1),
        bytes(2 * TEXT_BUCKET),
        (TEXT_BUCKET - 3).to_bytes(4, "big") + bytes(TEXT_BUCKET - 4),
        b"\xff" * TEXT_BUCKET,
        bytes(TEXT_BUCKET - 1) + b"\1",
        bytes(LARGEST + SOUND_BUCKET),
    ],
    ids=["nothing", "no length", "no bucket", "one too many", "too short", "far too short", "dirty", "too large"],
)
def test_there_is_one_way_only_to_pad(untrusted: bytes) -> None:
    """A sender that hides something in the filling, or does not fill up, is refused."""
    with pytest.raises(SealError, match="is not padded"):
        unpadded(untrusted)


@given(st.binary(max_size=5_000))
def test_what_unpads_is_what_padding_gives(untrusted: bytes) -> None:
    """Any bytes are either refused or exactly what one of the two buckets makes of their content."""
    try:
        content = unpadded(untrusted)
    except SealError:
        return
    assert untrusted in {padded(content, bucket) for bucket in BUCKETS}
