"""A clip that may leave arrives once, whoever of the chain is killed in the middle of it, at whatever instant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from chain_household import Chain, Say, batter

SEED = 4


@pytest.mark.slow
def test_no_kill_of_releaser_uplink_or_collector_loses_a_clip(
    chain: Callable[..., Chain], kills: int, say: Say
) -> None:
    """After random kills of all three, each of what was released is in the store once, or dropped with its reason."""
    ours = chain(SEED)
    batter(ours, kills, say, "releaser", "uplink", "collector")
    ours.drain()
    say(ours.summary())
    assert ours.account.faults == {}
    assert ours.account.acknowledged
    assert len(ours.account.stored) >= kills // 2
