"""Modelled power cuts: whatever the disk keeps of what was not synced, nothing that was acknowledged is gone."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from chain_clips import PURPOSES
from chain_household import Say
from chain_speaker import START, DarkDisk, Desk, History, LateLedger, after

from keepmum.disk_fragile import LEFT, How, Left, PowerCut
from keepmum.ledger import Ledger
from keepmum.seal import Keys

Cut = Callable[..., dict[str, list[str]]]
HOWS: tuple[How, ...] = ("before", "half", "after")


@pytest.fixture(scope="module")
def keys() -> Keys:
    """The recipient's."""
    purposes = [purpose.value for purpose in PURPOSES]
    return Keys.generate("Lab", "lab@example.org", "a disk", "Utopia", 2, 90, 2, purposes, START)


@pytest.fixture
def cut(tmp_path: Path, keys: Keys) -> Cut:
    """Run the history until the power goes at this operation; everything that is wrong after the next start."""
    count = iter(range(10**6))

    def once(at: int, how: How = "before", left: Left = "lost", forgotten: Any = (), ledger: Any = Ledger) -> Any:
        folder = tmp_path / str(next(count))
        (folder / "before").mkdir(parents=True)
        disk, desk = DarkDisk(folder / "before", at, how, forgotten), Desk(folder, keys)
        with closing(desk.store):
            history = History(disk, desk, ledger)
            with suppress(PowerCut):
                history.run()
            account, broken = after(history, disk, left, folder / "after", desk)
        return {**account.faults, **({"broken": broken} if broken else {})}

    return once


class Whole(NamedTuple):
    """The history, if nobody cuts the power."""

    operations: int
    """How often it changes the disk."""
    first: int
    """The change after which the first clip is handed over."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Whole:
    """One run of it."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "disk").mkdir()
    disk, desk = DarkDisk(folder / "disk"), Desk(folder, keys)
    with closing(desk.store):
        history = History(disk, desk)
        history.run()
    assert history.speaker is not None
    return Whole(disk.operations, history.speaker.handed[0])


def test_no_power_cut_takes_back_what_was_acknowledged(cut: Cut, whole: Whole, power_cuts: int, say: Say) -> None:
    """Rows, clips, consents, receipts and the latch: what a caller was told stays, what was in progress is old or new,
    the ledger verifies, and each clip is stored once or has a row that says why not."""
    chance = random.Random(6)
    hows: Counter[str] = Counter()
    for _ in range(power_cuts):
        at, how, left = chance.randint(1, whole.operations), chance.choice(HOWS), chance.choice(LEFT)
        assert cut(at, how, left) == {}, (at, how, left)
        hows[f"{how}/{left}"] += 1
    say(f"{power_cuts} power cuts at random ones of {whole.operations} operations: nothing lost ({dict(hows)})")


DEFECTS: dict[str, tuple[dict[str, Any], str]] = {
    "handed over before its row": ({"ledger": LateLedger}, "left before its row"),
    "renamed before it was synced": ({"forgotten": ("sync",)}, "broken"),
    "acknowledged before its name was synced": ({"forgotten": ("sync_folder",)}, "broken"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_wrong_order_is_found(cut: Cut, whole: Whole, defect: str) -> None:
    """The controls: each planted order loses something at some operation, and is told for what it is."""
    planted, fault = DEFECTS[defect]
    found = (cut(at, **planted) for at in range(whole.first - 5, whole.operations))
    assert any(fault in str(faults) for faults in found)
