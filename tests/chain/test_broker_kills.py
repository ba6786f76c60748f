"""The broker keeps nothing on its disk and the links break; still each clip arrives once: PUBACK is no delivery."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from chain_household import Chain, Say, batter

SEED = 5
CUT = (20_000, 700_000)
"""Bytes after which a connection breaks: in the middle of the first part at the earliest, after some clips at most."""


@pytest.mark.slow
def test_no_kill_of_the_broker_and_no_broken_connection_loses_a_clip(
    chain: Callable[..., Chain], kills: int, say: Say
) -> None:
    """With both links breaking all the time, and the broker killed as often as the others, alone or while it kept clips
    for a collector that was away."""
    ours = chain(SEED, cut=CUT)
    batter(ours, max(8, kills // 2), say, "broker", "uplink", "collector", "releaser", both=True)
    ours.drain()
    say(ours.summary())
    assert ours.account.faults == {}
    assert ours.kills["broker"]
    assert sum(relay.cuts for relay in ours.relays)


@pytest.mark.slow
def test_to_erase_when_the_broker_has_it_loses_clips(chain: Callable[..., Chain], kills: int, say: Say) -> None:
    """The control: the same kills find a speaker that takes PUBACK for delivery."""
    ours = chain(SEED, cut=CUT, variant="puback")
    batter(ours, max(8, kills // 10), say, "broker", "uplink", "collector", "releaser", both=True)
    ours.drain()
    say(ours.summary())
    assert ours.account.lost
    assert ours.account.faults.keys() == {"lost", "delivered and not stored"}
    assert ours.account.lost <= ours.account.delivered.keys()
