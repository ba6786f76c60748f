"""Power cuts of a real file system under the running speaker, where the kernel allows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chain_household import Chain, Say
from chain_power import Mount, missing

from keepmum.errors import LedgerError

SEED = 7


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """An ext4 of its own for the speaker."""
    for name in ("probe", "disk"):
        (tmp_path / name).mkdir()
    if why := missing(tmp_path / "probe"):
        pytest.skip(why)
    one = Mount(tmp_path / "disk")
    yield one
    one.close()


@pytest.fixture
def chain(mount: Mount, tmp_path: Path) -> Iterator[Callable[[str], Chain]]:
    """A chain whose speaker lives on it; it ends before the disk is taken away."""
    begun: list[Chain] = []

    def begin(variant: str) -> Chain:
        (tmp_path / "chain").mkdir()
        begun.append(Chain(tmp_path / "chain", SEED, variant=variant, speaker=mount.at))
        begun[-1].start()
        begun[-1].begun()
        return begun[-1]

    yield begin
    for one in begun:
        one.close()


@pytest.mark.slow
def test_no_power_cut_loses_a_clip_that_was_acknowledged(
    chain: Callable[[str], Chain], mount: Mount, power_cuts: int, say: Say
) -> None:
    """The speaker's disk stops at a random instant, and speaker and uplink with it; what it acknowledged arrives."""
    ours = chain("")
    for _ in range(max(4, power_cuts // 4)):
        ours.power_cut(mount)
        ours.settle_ledger()
    ours.drain()
    say(f"{ours.kills['releaser'] - 1} power cuts: {ours.summary()}")
    assert ours.account.faults == {}
    assert ours.account.acknowledged


@pytest.mark.slow
def test_a_speaker_that_does_not_sync_loses_some(chain: Callable[[str], Chain], mount: Mount, say: Say) -> None:
    """The control: the same cuts take rows and clips from one that renames what was never synced."""
    ours = chain("unsynced")
    for _ in range(3):
        ours.power_cut(mount)
    gone = _gone(ours)
    say(f"3 power cuts: {gone}")
    assert gone


def _gone(chain: Chain) -> str:
    """What the cuts took, in words."""
    try:
        chain.settle_ledger()
    except (LedgerError, AssertionError) as error:
        return f"the ledger does not know what the desk has: {str(error)[:60]}..."
    chain.account.remember(chain.said)
    unknown = chain.account.acknowledged - chain.account.released
    return f"{len(unknown)} acknowledged clips that no row knows" if unknown else ""
