"""A clip packed to be sealed is the same clip when it is unpacked, and nothing else passes for one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepmum.clip import Clip, Word, new_id, pack, unpack
from keepmum.errors import SealError
from keepmum.sound import RATE

numbers = st.floats(0, 60)
clips = st.builds(
    Clip,
    id=st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    pcm=st.binary(max_size=500).map(lambda pcm: pcm + pcm),
    phrase=st.text(),
    words=st.lists(st.builds(Word, st.text(), numbers, numbers, numbers), max_size=5).map(tuple),
)


@settings(deadline=None)
@given(clips)
def test_a_clip_survives_packing(clip: Clip) -> None:
    """Sound, phrase and every word with its times come back the same."""
    assert unpack(pack(clip)) == clip


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_never_a_clip(untrusted_bytes: bytes) -> None:
    """What nobody packed is refused with our own error, whatever it is."""
    with pytest.raises(SealError):
        unpack(untrusted_bytes)


def test_a_clip_knows_how_long_it_lasts() -> None:
    """Sixteen thousand samples of two bytes are one second."""
    assert Clip("0" * 32, bytes(2 * RATE), "alexa").seconds == 1.0


def test_ids_are_random_and_say_nothing() -> None:
    """Every new id is another one, and 32 hexadecimal digits."""
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(bytes.fromhex(each)) == 16 for each in ids)


KNOWN = {"id": "0" * 32, "phrase": "alexa", "rate": RATE, "words": []}


@pytest.mark.parametrize(
    ("known", "pcm", "message"),
    [
        (KNOWN, b"odd", "is not a clip"),
        (KNOWN | {"rate": 8_000}, b"", "has 8000 samples a second"),
        ({"id": "0" * 32, "rate": RATE, "words": []}, b"", "cannot be read"),
        (KNOWN | {"words": [{"text": "on"}]}, b"", "cannot be read"),
        (KNOWN | {"words": [{"text": "on", "start": "soon", "end": 1, "confidence": 1}]}, b"", "cannot be read"),
        (KNOWN | {"words": 3}, b"", "cannot be read"),
        ([], b"", "cannot be read"),
    ],
)
def test_a_description_that_is_none_is_refused(known: object, pcm: bytes, message: str) -> None:
    """Half a sample, another rate, missing or wrong fields: each is one clear error with a hint."""
    with pytest.raises(SealError, match=message) as caught:
        unpack(b"keepmum-clip 1\n" + json.dumps(known).encode() + b"\n" + pcm)
    assert caught.value.hint


def test_endless_brackets_are_refused() -> None:
    """A description that nests without end does not bring the collector down."""
    with pytest.raises(SealError, match="cannot be read"):
        unpack(b"keepmum-clip 1\n" + b"[" * 100_000 + b"\n")
