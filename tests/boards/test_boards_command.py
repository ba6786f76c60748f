"""`keepmum boards`: the list, one board, and what scripts and editors get."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepmum import cli, config, shipped
from keepmum.errors import ConfigError

WIDE = {"COLUMNS": "200", "TERM": "dumb"}


def keepmum(*words: str) -> str:
    result = CliRunner().invoke(cli.app, list(words), env=WIDE, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_list_has_one_line_for_each_board() -> None:
    """With the Pis, the tier, the ring, the button and the mute line."""
    lines = keepmum("boards").splitlines()
    assert lines[0].split() == ["board", "what", "it", "is", "for", "tier", "ring", "button", "mute", "line"]
    line = next(line for line in lines if line.startswith("respeaker-xvf3800-usb "))
    assert [part.strip() for part in line.split("  ") if part.strip()] == [
        "respeaker-xvf3800-usb",
        "reSpeaker XVF3800 USB 4-Mic Array",
        "any computer",
        "A",
        "12 lamps over USB",
        "pin 23, yours",
        "the board's, by USB",
    ]
    assert "C: best effort: its driver is not in the kernel" in lines


def test_a_name_is_whole_on_a_narrow_screen() -> None:
    """It is what people type next, also over a line of eighty columns."""
    listed = CliRunner().invoke(cli.app, ["boards"], env=WIDE | {"COLUMNS": "80"}).stdout.split()
    assert [board.id for board in config.shelf(None).boards() if board.id not in listed] == []


def test_one_board_tells_everything_that_its_owner_needs() -> None:
    """Lines for config.txt, settings, limits and doubts."""
    shown = keepmum("boards", "respeaker-2mic-v1")
    for line in [
        "  dtoverlay=respeaker-2mic-v1_0",
        "the overlay comes from",
        '  card: "seeed2micvoicec"',
        "  bounce_seconds: 0.2",
        '  Left Input Mixer Boost: "on"',
        "to be measured",
    ]:
        assert f"{line}\n" in shown
    assert "scene" not in shown, "only what the profile says"


def test_scripts_get_json() -> None:
    """The profile's own words, and its file."""
    everything = {board["id"]: board for board in json.loads(keepmum("boards", "--json"))}
    one = json.loads(keepmum("boards", "respeaker-6mic", "--json"))
    assert one == everything["respeaker-6mic"]
    assert one["hardware"]["button"] == {"driver": "gpio", "pin": 26}
    assert one["file"].endswith("boards/respeaker-6mic.yaml")


def test_the_owners_boards_are_listed_but_not_documented(my_board: Callable[..., Path], tmp_path: Path) -> None:
    """They stand beside the file that `--config` names; the page is about the shipped ones."""
    my_board()
    (tmp_path / "mine.yaml").write_text("")
    config = ("--config", str(tmp_path / "mine.yaml"))
    assert "my-board " in keepmum(*config, "boards")
    assert "A board of mine (myself)" in keepmum(*config, "boards", "my-board")
    assert "my-board " not in keepmum("boards")
    assert "A board of mine" not in keepmum(*config, "boards", "--markdown")


def test_the_page_and_the_schema_are_what_lies_in_config() -> None:
    """Whoever changes a profile writes both with these options."""
    assert keepmum("boards", "--markdown") == (shipped.folder() / "boards/README.md").read_text()
    assert keepmum("boards", "--schema") == (shipped.folder() / "boards.schema.json").read_text()


def test_a_board_that_is_not_there_is_two_plain_lines() -> None:
    """With those that begin so."""
    with pytest.raises(ConfigError) as caught:
        keepmum("boards", "respeaker-x")
    assert caught.value.told_by("keepmum").splitlines() == [
        "keepmum: error: there is no board 'respeaker-x'",
        "keepmum: hint: did you mean respeaker-xvf3800-usb or respeaker-xvf3800-usb-raw?",
    ]
