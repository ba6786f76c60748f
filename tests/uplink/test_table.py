"""The page about the uplink tells every topic, and its sizes are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import keepmum
from keepmum.consent import Mode
from keepmum.listener.announcement import Counts, Topics, discovery, status
from keepmum.listener.peers.actions import ACTION_LASTS
from keepmum.messages import Want
from keepmum.seal import OVERHEAD, SOUND_BUCKET, TEXT_BUCKET
from keepmum.uplink import chunks
from keepmum.uplink.house import GAP, House

PAGE = (Path(keepmum.__file__).parent / "uplink" / "README.md").read_text()
TABLE = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("|") and "direction" not in line]
ROWS = {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in TABLE if len(cells) == 5}


def row(beginning: str) -> list[str]:
    """The cells of the one row whose topic begins so."""
    [found] = [cells for topic, cells in ROWS.items() if topic.startswith(f"`{beginning}")]
    return found


def test_every_topic_that_is_listened_to_has_a_row() -> None:
    """What the house says, receipts and answers: all `in`, and there is no other row that is."""
    named = {"keepmum/tighten": "keepmum/tighten", "w": "home.weather_topic", "ha/status": "<home.discovery>/status"}
    for topic in House("w", "ha").topics:
        assert row(named[topic])[0] == "in"
    assert sum(cells[0] == "in" for cells in ROWS.values()) == len(named) + 2


def test_the_words_for_quiet_are_all_there() -> None:
    """Whoever reads the page knows every word, and how often it counts."""
    assert set(re.findall(r"`([a-z_]+)`", row("keepmum/tighten")[1])) == set(get_args(Want))
    assert GAP == 2.0


def test_the_sizes_are_those_of_the_code() -> None:
    """Part, header, overhead and buckets of a clip; the announcement; the longest status."""
    told = row("<recipient.topic>/clips")
    assert f"{chunks.PART:,}" in told[1]
    numbers = {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d", told[2])}
    assert numbers == {OVERHEAD, SOUND_BUCKET, TEXT_BUCKET, chunks.OVERHEAD}
    assert round(len(discovery(Topics("keepmum/home", "keepmum/status", "homeassistant"))) / 1_000, 1) == 2.5
    assert len(status(Mode.SHARE, False, Counts(99_999, 99_999))) <= 100
    assert ACTION_LASTS == 10.0
