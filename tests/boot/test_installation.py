"""Installing on a booted Debian: by one command, again, after any interruption; and away again without a trace."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

import pytest
from boot_computer import Computer, until
from boot_leftovers import differences, disk
from boot_shop import Shop
from boot_speaker import BUNDLE, CHECKOUT, Speaker

INTERRUPTIONS = int(os.environ.get("KEEPMUM_INTERRUPTIONS", "3"))
_OWNERS = ("/etc/keepmum", "/usr/src/keepmum/")
"""What the owner had put there before: the settings, which go, and the checkout."""
INSTALLING = (f"{CHECKOUT}/scripts/install", "--yes", "--from", BUNDLE)


def test_one_command_makes_a_speaker_of_a_debian(shop: Shop, speaker: Speaker, tell: Callable[[str], None]) -> None:
    """After scripts/install, and again after the next boot, every process runs and the doctor finds no problem."""
    tell(f"installed in {shop.took:.0f} s, with the boot before it")
    assert "no problems" in shop.said
    assert all(speaker.up().values())


def test_a_second_run_changes_nothing(speaker: Speaker) -> None:
    """Whoever runs the same command again is told that nothing is to be done, and the speaker goes on."""
    before = speaker.up()
    assert "nothing to do" in speaker.install("--check")
    speaker.install()
    assert speaker.up() == before


def test_only_root_may_write_where_programs_are_run_from(speaker: Speaker) -> None:
    """What a unit names in ExecPaths= stays writable for systemd, so it is the files' modes that keep everybody out."""
    places = ("/opt/keepmum", "/usr/lib", "/usr/bin", "/usr/sbin")
    looking = ("find", *places, "(", "-perm", "-o+w", "-o", "!", "-uid", "0", ")", "!", "-type", "l")
    assert speaker.computer.run(*looking).stdout == ""


def test_uninstalling_leaves_nothing(shop: Shop, tell: Callable[[str], None]) -> None:
    """After --uninstall every file, account and package is as it was before the installation, and no unit is left."""
    bare, computer = shop.bare(), shop.installed()
    bare.boot()
    before = disk(bare)
    bare.throw_away()
    computer.boot()
    Speaker(computer).up()
    assert len(differences(before, disk(computer))) > 1000
    said = computer.run(f"{CHECKOUT}/scripts/install", "--uninstall", "--yes", timeout=300).stdout
    assert computer.run("systemctl", "list-units", "--all", "--no-legend", "keepmum*").stdout == ""
    assert not computer.path("/run/keepmum").exists()
    left = [line for line in differences(before, disk(computer)) if not line.startswith(_OWNERS)]
    tell("\n".join([f"{len(left)} things are not as before", *left, *said.splitlines()[-3:]]))
    assert left == []
    computer.throw_away()


@pytest.mark.parametrize("count", range(INTERRUPTIONS))
def test_an_interrupted_installation_is_finished_by_the_next_one(
    shop: Shop, count: int, tell: Callable[[str], None]
) -> None:
    """Killed at a random moment with all that it had started, it is completed by running it again."""
    shop.installed().throw_away()  # how long an installation takes here, is known then
    moment = random.Random(f"{shop.suite} {count}").uniform(0.5, shop.took)
    computer = shop.bare()
    computer.boot()
    last = _killed(computer, moment)
    speaker = Speaker(computer)
    said = speaker.install()
    tell(f"killed after {moment:.1f} s, {last}")
    assert "no problems" in said
    assert all(speaker.up().values())
    computer.throw_away()


def _killed(computer: Computer, moment: float) -> str:
    """Begin an installation, and kill everything of it so many seconds later; the last that it said."""
    computer.run("systemd-run", "--quiet", "--unit=installing", "--service-type=exec", *INSTALLING)
    ends = time.monotonic() + moment
    until(lambda: time.monotonic() >= ends, moment + 1, lambda: "time stands still")
    computer.run("systemctl", "kill", "--signal=KILL", "installing", check=False)
    said = computer.run("journalctl", "--output=cat", "--unit=installing").stdout.strip().splitlines()
    return said[-1] if said else "before it said anything"
