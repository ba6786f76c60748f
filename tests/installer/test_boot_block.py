"""keepmum's part of the boot files goes in once and comes out to the last byte, whatever the owner wrote."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts/installer"))  # it is no package: it runs from its folder

import boot_block

LINES = ["dtparam=spi=on", "dtoverlay=respeaker-2mic-v2_0"]
CONFIGS = [
    "",
    "dtparam=audio=on\n",
    "dtparam=audio=on",
    "[pi5]\nusb_max_current_enable=1\n\n\n",
    "# no end, and a heading\n[cm4]",
    "dtparam=audio=on\r\n[all]\r\n",
    "\n",
]
OWNERS = st.text(st.sampled_from("ab=#[] \n"), max_size=60)


@pytest.mark.parametrize("config", CONFIGS)
def test_what_is_put_in_comes_out(config: str) -> None:
    """The owner's file is what it was, also one whose last line had no end."""
    new = boot_block.put(config, LINES)
    assert new.startswith(config)
    assert boot_block.taken(new) == config


@given(OWNERS, OWNERS)
def test_what_the_owner_adds_afterwards_stays(before: str, after: str) -> None:
    """Text above and below the block is left alone, whatever it is."""
    put = boot_block.put(before, LINES)
    assert boot_block.taken(put + after) == before + after or not before.endswith("\n")
    assert boot_block.taken(put) == before


@given(OWNERS)
def test_twice_is_once(config: str) -> None:
    """Putting it in again changes nothing, and other lines replace the first ones."""
    once = boot_block.put(config, LINES)
    assert boot_block.put(once, LINES) == once
    other = boot_block.put(once, ["dtparam=i2c_arm=on"])
    assert other == boot_block.put(config, ["dtparam=i2c_arm=on"])


def test_the_block_stands_below_an_all_of_its_own() -> None:
    """What stands above may be meant for another model, and must not catch our lines."""
    lines = boot_block.put("[pi4]\nover_voltage=2\n", LINES).splitlines()
    assert lines[lines.index(LINES[0]) - 1] == "[all]"


def test_a_board_without_lines_has_no_block() -> None:
    """Nothing to say is nothing written."""
    assert boot_block.put("dtparam=audio=on\n", []) == "dtparam=audio=on\n"


@pytest.mark.parametrize("cmdline", ["", "root=/dev/sda1\n", "root=/dev/sda1", "root=/dev/sda1  \n\n", "a\nb\n"])
def test_the_word_for_memory_limits_goes_in_once_and_comes_out(cmdline: str) -> None:
    """It stands on the first line, the only one that counts, and the rest is left alone."""
    new = boot_block.with_memory(cmdline)
    assert boot_block.MEMORY in new.split("\n")[0].split()
    assert boot_block.with_memory(new) == new
    assert boot_block.without_memory(new) == cmdline


def test_an_owners_word_is_found() -> None:
    """Somebody who had turned limits on already is not given the word twice."""
    cmdline = "console=tty1 cgroup_enable=memory rootwait\n"
    assert boot_block.with_memory(cmdline) == cmdline
