"""The boards that ship: each is whole, free of clashes, and says honestly what nobody measured."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource

from keepmum import config, schema, shipped
from keepmum.boards.page import page
from keepmum.boards.pins import conflicts, uses
from keepmum.boards.profile import Board
from keepmum.boards.shelf import Shelf
from keepmum.settings import Settings

FOLDER = shipped.folder() / "boards"
BOARDS = {board.id: board for board in Shelf().boards()}
SCHEMAS = ("boards.schema.json", "keepmum.schema.json")
EACH = pytest.mark.parametrize("name", sorted(BOARDS))


def as_editors_read_it() -> jsonschema.Draft202012Validator:
    """The schema of a profile with the one that lies beside it."""
    files = {name: json.loads((shipped.folder() / name).read_text()) for name in SCHEMAS}
    registry = Registry().with_resources((name, Resource.from_contents(file)) for name, file in files.items())
    return jsonschema.Draft202012Validator(files[SCHEMAS[0]], registry=registry)


def test_the_boards_that_were_promised_are_there() -> None:
    """Eleven files, one for each board or firmware."""
    assert sorted(BOARDS) == [
        "adafruit-voice-bonnet",
        "generic-usb",
        "laptop",
        "respeaker-2mic-v1",
        "respeaker-2mic-v2",
        "respeaker-4mic",
        "respeaker-6mic",
        "respeaker-lite-usb",
        "respeaker-usb-v2",
        "respeaker-xvf3800-usb",
        "respeaker-xvf3800-usb-raw",
    ]
    assert sorted(file.stem for file in FOLDER.glob("*.yaml")) == sorted(BOARDS)


@EACH
def test_naming_a_board_is_all_that_an_owner_has_to_do(name: str) -> None:
    """Its settings are in force without a mistake, and every value that differs from the shipped names the board."""
    entries = config.explain(overrides={"hardware.board": name})
    said = [entry for entry in entries if entry.changed and entry.key != "hardware.board"]
    assert all(entry.source == f"board {name}" for entry in said)
    assert said or name == "laptop", "the laptop's profile says what is so anyway"
    assert config.load(overrides={"hardware.board": name}).hardware.board == name


@EACH
def test_no_board_gives_one_pin_to_two_roles(name: str) -> None:
    """Nor one that it owns, nor one beyond the header."""
    assert conflicts(BOARDS[name].hardware, BOARDS[name]) == []
    assert all(0 <= use.pin <= 27 for use in uses(BOARDS[name].hardware))


@EACH
def test_every_board_can_be_pressed(name: str) -> None:
    """A speaker that cannot be unmuted by hand is of no use; pins that wait for a button are known to be free ones."""
    button = BOARDS[name].hardware.button
    assert button.driver in {"gpio", "keyboard"}
    assert BOARDS[name].own_button or button.driver == "keyboard" or button.pin == 23


@EACH
def test_no_board_claims_a_mute_line_that_it_does_not_have(name: str) -> None:
    """Only the XVF3800 has one, and its profile says that it is no power cut."""
    has_line = BOARDS[name].hardware.mic_power.driver != "none"
    assert has_line == name.startswith("respeaker-xvf3800")
    if name == "respeaker-xvf3800-usb":
        assert any("no power cut" in sentence for sentence in BOARDS[name].limits)


@EACH
def test_editors_take_every_profile_and_find_the_schema(name: str) -> None:
    """The first line names it, and it refuses a slip as the program does."""
    text = (FOLDER / f"{name}.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../boards.schema.json\n")
    said = yaml.safe_load(text)
    editor = as_editors_read_it()
    assert [error.message for error in editor.iter_errors(said)] == []
    assert not editor.is_valid({**said, "harware": {}})
    assert not editor.is_valid({**said, "hardware": {"button": {"driver": "gpoi"}}})


def test_the_schema_is_what_the_program_enforces() -> None:
    """It is written by the program, and refers to the settings' own for all that they have in common."""
    written = (shipped.folder() / "boards.schema.json").read_text()
    assert written == schema.of(Board).document({"keepmum.schema.json": schema.of(Settings)}), (
        "run: keepmum boards --schema >config/boards.schema.json"
    )
    assert set(json.loads(written)["$defs"]) == {"Boot", "Detect"}


def test_the_page_is_written_from_the_profiles() -> None:
    """A profile that changes without its page is caught."""
    written = (FOLDER / "README.md").read_text()
    assert written == page(list(BOARDS.values())), "run: keepmum boards --markdown >config/boards/README.md"
    changed = BOARDS["laptop"].model_copy(update={"limits": ("It has become another one.",)})
    assert written != page([*BOARDS.values(), changed])


def test_the_page_tells_what_matters_most() -> None:
    """What is uncertain stands there as such, and so does every board's limit."""
    written = (FOLDER / "README.md").read_text()
    assert "has been measured on its board by this project yet" in written
    for board in BOARDS.values():
        assert all(f"- {sentence}\n" in written for sentence in (*board.limits, *board.uncertain))


# ---- what is known about single boards


def test_boards_with_the_same_card_are_told_apart_by_a_control() -> None:
    """The 2-Mics HAT kept its ALSA id from v1 to v2, with another codec."""
    one, two = BOARDS["respeaker-2mic-v1"], BOARDS["respeaker-2mic-v2"]
    assert one.detect.alsa_card == two.detect.alsa_card == "seeed2micvoicec"
    assert (one.detect.alsa_control, two.detect.alsa_control) == ("Left Input Mixer Boost", "PGA")


@pytest.mark.parametrize("name", ["respeaker-2mic-v1", "adafruit-voice-bonnet"])
def test_a_codec_that_may_pulse_the_buttons_line_is_filtered(name: str) -> None:
    """And its mixer, which wakes up silent in both directions, is opened."""
    hardware = BOARDS[name].hardware
    assert (hardware.button.pin, hardware.button.bounce_seconds) == (17, 0.2)
    assert hardware.mixer["Left Input Mixer Boost"] == hardware.mixer["Right Output Mixer PCM"] == "on"


def test_the_six_mic_board_keeps_its_amplifier() -> None:
    """Its button is on 26, because 17 is an output there."""
    board = BOARDS["respeaker-6mic"]
    assert board.hardware.button.pin == 26
    assert set(board.reserved_pins) == {"4", "17", "22"}
    assert not board.works_with("pi5")


def test_a_board_whose_lamps_hang_on_two_pins_needs_no_spi() -> None:
    """The Voice Bonnet."""
    board = BOARDS["adafruit-voice-bonnet"]
    assert (board.hardware.ring.data_pin, board.hardware.ring.clock_pin) == (5, 6)
    assert "dtparam=spi=on" not in board.boot.lines()
    assert BOARDS["respeaker-2mic-v2"].boot.lines() == [
        "dtparam=i2c_arm=on",
        "dtparam=spi=on",
        "dtparam=strict_gpiod",
        "dtoverlay=respeaker-2mic-v2_0",
    ]


def test_the_files_travel_with_the_package() -> None:
    """They lie in the folder that a wheel carries."""
    assert FOLDER.parent == Path(config.__file__).parent / "shipped_config"
    assert (FOLDER / "laptop.yaml").is_file()
