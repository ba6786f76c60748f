"""The pre-roll keeps the last seconds and nothing else, in one piece of memory that can be wiped."""

from __future__ import annotations

import pytest

from keepmum.listener.preroll import SECONDS, PreRoll
from keepmum.sound import BLOCK_BYTES, RATE, SAMPLE_BYTES

CANARY = b"\x5a\xa5canary\x5a\xa5" * 4
_LENGTH = int(SECONDS * RATE) * SAMPLE_BYTES


def _block(mark: int) -> bytes:
    return bytes([mark]) * BLOCK_BYTES


def _memory(preroll: PreRoll) -> bytearray:
    """The memory itself, looked at from outside."""
    return preroll._ring


def test_it_gives_back_the_newest_sound_in_order() -> None:
    """What was pushed last stands last, also across the ring's edge."""
    preroll = PreRoll()
    pushed = b""
    for mark in range(100):
        preroll.push(_block(mark))
        pushed += _block(mark)
        assert preroll.last(0.5) == pushed[-RATE:]


def test_it_never_gives_more_than_it_has() -> None:
    """At the start there is less than anyone asks for; later never more than 2.5 seconds."""
    preroll = PreRoll()
    assert preroll.last(1.0) == b""
    preroll.push(_block(1))
    assert preroll.last(1.0) == _block(1)
    for _ in range(100):
        preroll.push(_block(2))
    assert preroll.seconds == SECONDS
    assert len(preroll.last(60.0)) == _LENGTH


def test_a_block_longer_than_the_ring_leaves_its_end() -> None:
    """Nothing breaks, and the newest sound is what stays."""
    preroll = PreRoll()
    preroll.push(_block(1) * 50 + _block(2))
    assert preroll.seconds == SECONDS
    assert preroll.last(0.08) == _block(2)


@pytest.mark.parametrize("pushes", [1, 31, 32, 70])
def test_wiping_overwrites_the_memory_itself(pushes: int) -> None:
    """A canary that was heard stands nowhere in the very same memory afterwards."""
    preroll = PreRoll()
    ring = _memory(preroll)
    for _ in range(pushes):
        preroll.push(CANARY * (BLOCK_BYTES // len(CANARY)))
    assert CANARY in ring
    preroll.wipe()
    assert _memory(preroll) is ring
    assert not any(ring)
    assert preroll.last(SECONDS) == b""


def test_the_memory_is_made_once() -> None:
    """No push and no wipe makes a second ring, whose predecessor would keep its sound."""
    preroll = PreRoll()
    ring = _memory(preroll)
    for mark in range(200):
        preroll.push(_block(mark % 256))
        preroll.last(2.0)
    preroll.wipe()
    preroll.push(_block(7))
    assert _memory(preroll) is ring
    assert len(ring) == _LENGTH
