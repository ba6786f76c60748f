"""The bytes of an APA102 strip, read back the way its lamps read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.hardware.lamps.apa102 import encode

levels = st.integers(0, 255)
lamps = st.lists(st.tuples(levels, levels, levels), max_size=64)


def test_by_hand() -> None:
    """Two lamps, byte by byte: start, (full, blue, green, red) each, latch, one byte of clocks."""
    told = encode([(1, 2, 3), (255, 0, 128)])
    assert told.hex(" ") == "00 00 00 00 ff 03 02 01 ff 80 00 ff 00 00 00 00 00"


@given(lamps)
def test_read_back(colours: list[tuple[int, int, int]]) -> None:
    """Every lamp gets its own colour, whatever the colours are, and none beyond the last gets any."""
    told = encode(colours)
    assert told[:4] == bytes(4)
    body, end = told[4 : 4 + 4 * len(colours)], told[4 + 4 * len(colours) :]
    frames = [body[at : at + 4] for at in range(0, len(body), 4)]
    assert all(frame[0] == 0xFF for frame in frames)
    assert [(frame[3], frame[2], frame[1]) for frame in frames] == colours
    assert not any(end)


@pytest.mark.parametrize("count", [1, 3, 12, 15, 16, 17, 63, 64])
def test_the_end_reaches_the_last_lamp(count: int) -> None:
    """After the latch of 32 clocks come at least n/2 clocks, and no more than a byte too many."""
    clocks = 8 * (len(encode([(0, 0, 0)] * count)) - 4 - 4 * count - 4)
    assert count / 2 <= clocks < count / 2 + 8
