"""Parts of a parcel: cut to fit, put together again, and never trusted."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepmum.errors import BrokerError
from keepmum.uplink import chunks
from keepmum.uplink.chunks import Assembly

ID = "0123456789abcdef" * 2


def parts_of(content: bytes, payload: int = chunks.PART, parcel: str = ID) -> tuple[bytes, ...]:
    return chunks.cut(parcel, hashlib.sha256(content).hexdigest(), content, payload)


def assembled(parts: list[bytes]) -> bytes | None:
    assembly = Assembly()
    wholes = [assembly.add(chunks.read(part), 0.0) for part in parts]
    return next((whole for whole in wholes if whole is not None), None)


@given(content=st.binary(min_size=1, max_size=3_000), payload=st.integers(80, 4_000), seed=st.integers(0, 99))
def test_parts_make_the_whole_in_any_order(content: bytes, payload: int, seed: int) -> None:
    """However a parcel is cut and in whatever order and number its parts come, the whole is the same bytes."""
    parts = list(parts_of(content, payload))
    assert all(len(part) <= payload for part in parts)
    shuffled = random.Random(seed).sample(parts + parts, 2 * len(parts))
    assert assembled(shuffled) == content


def test_no_part_is_larger_than_64_kb() -> None:
    """A large clip is cut at 64 KB even if the broker would take more."""
    parts = parts_of(bytes(300_000), 10_000_000)
    assert len(parts) == 5
    assert max(map(len, parts)) == 65_536


def test_an_empty_parcel_is_one_part() -> None:
    """A parcel without content still has one part, so that it arrives."""
    assert assembled(list(parts_of(b""))) == b""


@pytest.mark.parametrize("payload", [-40, 0, 1, 60, 70])
def test_a_limit_that_lets_nothing_through_is_an_error(payload: int) -> None:
    """Where no progress is possible in a sensible number of parts, cutting is refused."""
    with pytest.raises(BrokerError, match="do not go through"):
        parts_of(bytes(300_000), payload)


def test_room_leaves_space_for_mqtt() -> None:
    """The payload that fits depends on the broker's limit and on the topic, and is 64 KB at most."""
    assert chunks.room("t" * 50, None) == chunks.PART
    assert chunks.room("t" * 50, 1_000) == 918
    assert chunks.room("t" * 50, 1) < 0


@given(st.binary(max_size=400))
def test_nonsense_is_never_a_part(untrusted: bytes) -> None:
    """Random bytes raise one clear error and nothing else."""
    with pytest.raises(BrokerError):
        chunks.read(untrusted)


def test_a_part_with_impossible_numbers_is_refused() -> None:
    """Part 3 of 2, no parts at all, or a body larger than the whole are not what a speaker sends."""
    good = bytearray(parts_of(b"abc")[0])
    for position, value in ((57, 2), (59, 0), (55, 1)):
        bad = bytearray(good)
        bad[position] = value
        with pytest.raises(BrokerError, match="no keepmum sends"):
            chunks.read(bytes(bad))


def test_a_whole_that_is_not_what_was_named_is_thrown_away() -> None:
    """One altered byte in one part and the parcel is not delivered; it can come again."""
    parts = list(parts_of(bytes(1_000), 400))
    bad = parts[0][:-1] + b"!"
    assembly = Assembly()
    for part in (bad, *parts[1:-1]):
        assert assembly.add(chunks.read(part), 0.0) is None
    with pytest.raises(BrokerError, match="do not make the whole"):
        assembly.add(chunks.read(parts[-1]), 0.0)
    assert len(assembly) == 0


def test_assembly_is_bounded_in_count_bytes_and_age() -> None:
    """Unfinished parcels cannot fill the memory: the least recently fed are dropped first."""
    first = [chunks.read(parts_of(bytes(200), 160, f"{number:032x}")[0]) for number in range(20)]
    by_count = Assembly(count=4)
    by_size = Assembly(size=300)
    by_age = Assembly(age=10.0)
    for number, chunk in enumerate(first):
        by_count.add(chunk, 0.0)
        by_size.add(chunk, 0.0)
        by_age.add(chunk, float(number * 4))
    assert len(by_count) == 4
    assert by_size.held <= 300
    assert len(by_age) == 3


def test_a_flood_does_not_drop_what_is_being_fed() -> None:
    """A parcel whose parts keep coming survives other parcels' beginnings."""
    assembly = Assembly(count=4)
    content = bytes(range(256)) * 4
    parts = parts_of(content, 160)
    whole = None
    for number, part in enumerate(parts):
        whole = assembly.add(chunks.read(part), 0.0)
        for other in range(3):
            assembly.add(chunks.read(parts_of(bytes(200), 160, f"{number * 3 + other:032x}")[0]), 0.0)
    assert whole == content
