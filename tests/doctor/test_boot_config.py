"""The Pi's config.txt: which lines are meant for this computer."""

from __future__ import annotations

import pytest

from keepmum.doctor.boot import Boot, read

PI5, PI4, CM4 = (
    "Raspberry Pi 5 Model B Rev 1.0",
    "Raspberry Pi 4 Model B Rev 1.4",
    "Raspberry Pi Compute Module 4 Rev 1.0",
)


def boot(text: str, model: str = PI5, **files: str) -> Boot:
    there = {"/boot/firmware/config.txt": text} | {f"/boot/firmware/{name}.txt": said for name, said in files.items()}
    found = read(model, there.get)
    assert found is not None
    return found


def holds(text: str, model: str) -> bool:
    """Whether the overlay `mine` is for this model."""
    return any(line.holds for line in boot(text, model).overlays("mine"))


@pytest.mark.parametrize(
    ("text", "models"),
    [
        ("dtoverlay=mine", {PI5, PI4, CM4}),
        ("[pi5]\ndtoverlay=mine", {PI5}),
        ("[pi4]\ndtoverlay=mine", {PI4, CM4}),
        ("[cm4]\ndtoverlay=mine", {CM4}),
        ("[pi4]\n[pi5]\ndtoverlay=mine", {PI5}),
        ("[pi4]\n[all]\ndtoverlay=mine", {PI5, PI4, CM4}),
        ("[gpio4=1]\n[pi5]\ndtoverlay=mine", set()),
        ("[none]\ndtoverlay=mine", set()),
        ("[0x1234abcd]\ndtoverlay=mine", set()),
        ("#dtoverlay=mine", set()),
        ("  dtoverlay = mine,gpio=4  # a comment", {PI5, PI4, CM4}),
        ("device_tree_overlay=mine", {PI5, PI4, CM4}),
    ],
)
def test_a_heading_says_whom_a_line_is_for(text: str, models: set[str]) -> None:
    """What cannot be judged holds nothing: a line that perhaps applies is not counted on."""
    assert {model for model in (PI5, PI4, CM4) if holds(text, model)} == models


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("dtparam=spi=on", True),
        ("dtparam=spi", True),
        ("dtparam=i2c_arm=on,spi=on", True),
        ("dtparam=spi=yes", True),
        ("device_tree_param=spi=1", True),
        ("dtparam=spi=on\ndtparam=spi=off", False),
        ("[pi4]\ndtparam=spi=on", False),
        ("dtoverlay=mine,spi=on", False),
        ("", False),
    ],
)
def test_the_last_word_about_a_parameter_counts(text: str, on: bool) -> None:
    """Written in any of the ways that the firmware takes."""
    assert boot(text).has("spi=on") is on


def test_a_parameter_without_a_value_is_on() -> None:
    """As `strict_gpiod` is written in the profiles."""
    assert boot("dtparam=strict_gpiod").has("strict_gpiod")
    assert not boot("dtparam=strict_gpiod=off").has("strict_gpiod")


def test_included_files_are_read_in_their_place() -> None:
    """Below a heading that holds; a file that includes itself ends."""
    assert boot("include more.txt", more="dtoverlay=mine").overlays("mine")
    assert not boot("[pi4]\ninclude more.txt", more="dtoverlay=mine").overlays("mine")
    assert len(boot("include more.txt", more="dtoverlay=mine\ninclude more.txt").overlays("mine")) <= 5


def test_the_older_place_is_known_and_no_file_is_no_boot() -> None:
    """/boot/config.txt before Bookworm."""
    old = read(PI4, {"/boot/config.txt": "dtoverlay=mine"}.get)
    assert old is not None
    assert (old.path, len(old.overlays("mine"))) == ("/boot/config.txt", 1)
    assert read(PI4, dict[str, str]().get) is None
