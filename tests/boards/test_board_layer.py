"""A board's profile lies between the shipped file and the owner's, and whatever is wrong with either is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from keepmum import config
from keepmum.boards.shelf import Shelf
from keepmum.errors import ConfigError
from keepmum.settings import Settings

Write = Callable[[str], Path]
Complain = Callable[[Path], str]
HAT = "hardware:\n  board: respeaker-2mic-v2\n"


# ---- whose word counts


def test_the_owner_wins_over_the_board_and_the_board_over_the_shipped(owners: Write) -> None:
    """`config --show` says who said what."""
    file = owners(f"{HAT}  ring: {{brightness: 0.1}}\n  button:\n    pin: 24\n")
    said = {entry.key: entry for entry in config.explain(file, {"hardware.ring.lamps": "2"})}

    def told(key: str) -> tuple[object, str]:
        return said[f"hardware.{key}"].value, said[f"hardware.{key}"].source

    assert told("microphone.card") == ("seeed2micvoicec", "board respeaker-2mic-v2")
    assert told("button.driver") == ("gpio", "board respeaker-2mic-v2")
    assert told("button.pin") == (24, f"{file}:5")
    assert told("ring.brightness") == (0.1, f"{file}:3")
    assert told("ring.lamps") == (2, "--set hardware.ring.lamps")
    assert told("ring.clockwise") == (True, "shipped")
    assert told("board") == ("respeaker-2mic-v2", f"{file}:2")


def test_a_board_for_one_run_replaces_the_one_in_the_file(owners: Write) -> None:
    """Nothing of the other one is left; null means no board at all."""
    file = owners(HAT)
    laptop = config.load(file, {"hardware.board": "laptop"}).hardware
    assert (laptop.button.driver, laptop.microphone.card, laptop.mixer) == ("keyboard", None, {})
    assert config.load(file, {"hardware.board": "null"}) == Settings()


def test_single_controls_of_a_mixer_can_be_changed(owners: Write) -> None:
    """The others stay as the board needs them."""
    mixer = config.load(owners(f"{HAT}  mixer: {{PGA: 60% cap}}\n")).hardware.mixer
    assert (mixer["PGA"], mixer["HP DAC"]) == ("60% cap", "100%")


def test_a_profile_of_the_owners_stands_beside_their_file(owners: Write, my_board: Callable[..., Path]) -> None:
    """In `boards/`; one with the name of a shipped board takes its place."""
    my_board("hardware: {button: {driver: gpio, pin: 24}}")
    my_board("hardware: {button: {driver: gpio, pin: 25}}", "laptop")
    assert config.load(owners("hardware: {board: my-board}\n")).hardware.button.pin == 24
    assert config.load(owners("hardware: {board: laptop}\n")).hardware.button.pin == 25
    assert {"my-board", "laptop", "respeaker-6mic"} <= set(config.shelf(owners("")).names())
    assert "my-board" not in config.shelf().names()


# ---- mistakes in the owner's file


def test_an_unknown_board_is_an_error_that_knows_the_others(owners: Write, complaint: Complain) -> None:
    """With the one that was probably meant, or all of them."""
    assert complaint(owners("hardware:\n  board: respeaker-2mic\n")) == (
        "mine.yaml:2: hardware.board: there is no board 'respeaker-2mic'\n"
        "  hint: did you mean respeaker-2mic-v1 or respeaker-2mic-v2?"
    )
    assert "hint: did you mean respeaker-usb-v2?" in complaint(owners("hardware: {board: respeaker-usb-2}\n"))
    assert "here are: adafruit-voice-bonnet, generic-usb, laptop," in complaint(owners("hardware: {board: zzz}\n"))


@pytest.mark.parametrize("name", ["../laptop", "/etc/passwd", "Laptop", "laptop.yaml", "''", "a b", "x" * 41])
def test_a_board_is_a_name_and_never_a_path(owners: Write, complaint: Complain, name: str) -> None:
    """Whatever is not one is told in the same words."""
    assert "mine.yaml:1: hardware.board: there is no board" in complaint(owners(f"hardware: {{board: {name}}}\n"))


def test_a_profile_outside_the_two_folders_is_never_read(
    owners: Write, my_board: Callable[..., Path], complaint: Complain
) -> None:
    """Not even a good one that the name would lead to."""
    my_board()
    assert "there is no board '../boards/my-board'" in complaint(owners("hardware: {board: ../boards/my-board}\n"))


def test_a_board_that_is_no_text_is_an_error(owners: Write, complaint: Complain) -> None:
    """Once, with what it must be."""
    assert complaint(owners("hardware: {board: 7}\n")).startswith(
        "mine.yaml:1: hardware.board: 7 cannot be; it must be"
    )


def test_all_mistakes_come_at_once_with_a_wrong_board_among_them(owners: Write, complaint: Complain) -> None:
    """One round of corrections is enough."""
    said = complaint(owners("hardware:\n  board: nix\n  button: {pni: 4}\nwake: {trigger: 7}\n"))
    assert [line.split(": ")[1] for line in said.splitlines() if line.startswith("  mine")] == [
        "hardware.board",
        "hardware.button.pni",
        "wake.trigger",
    ]


def test_two_roles_on_one_pin_name_both_keys_and_who_said_them(owners: Write, complaint: Complain) -> None:
    """The owner's line is blamed, because the board was there before."""
    said = complaint(owners(f"{HAT}  mic_power:\n    driver: gpio\n    pin: 17\n"))
    assert said == (
        "mine.yaml:5: hardware.mic_power.pin: two roles on BCM pin 17: the microphones' power (hardware.mic_power.pin)"
        " and the button (hardware.button.pin); hardware.button.pin is said by board respeaker-2mic-v2\n"
        "  hint: free by this board's profile: 24, 27, 23, 25"
    )


def test_two_roles_on_one_pin_are_an_error_without_a_board_too(owners: Write, complaint: Complain) -> None:
    """And where one of them is the shipped default: 17 is the button's until somebody says otherwise."""
    said = complaint(owners("hardware:\n  button: {driver: gpio}\n  mic_power: {driver: gpio, pin: 17}\n"))
    assert said.startswith("mine.yaml:3: hardware.mic_power.pin: two roles on BCM pin 17")
    assert "hardware.button.pin is said by shipped" in said


def test_a_pin_that_the_board_owns_is_an_error(owners: Write, complaint: Complain) -> None:
    """With what the board does with it."""
    said = complaint(owners("hardware:\n  board: respeaker-6mic\n  button:\n    pin: 17\n"))
    assert said.startswith(
        "mine.yaml:4: hardware.button.pin: BCM pin 17 cannot be the button: on board respeaker-6mic it is"
        " the enable line of the loudspeaker's amplifier, an output"
    )


def test_a_pin_beyond_the_header_is_an_error(owners: Write, complaint: Complain) -> None:
    """BCM 28 and above exist in the chip, but nobody can reach them; 54 and above do not exist."""
    text = "hardware:\n  button:\n    driver: gpio\n    pin: {}\n"
    assert complaint(owners(text.format(40))).startswith(
        "mine.yaml:4: hardware.button.pin: BCM pin 40 is not on the header, which has 0 to 27\n  hint: free in these"
    )
    assert "54 cannot be; it must be a whole number at least 0 and at most 53" in complaint(owners(text.format(54)))
    assert config.load(owners(text.format(27))).hardware.button.pin == 27


@pytest.mark.parametrize("role", ["microphone", "speaker"])
def test_card_and_device_contradict_each_other(owners: Write, complaint: Complain, role: str) -> None:
    """The hint says which of them the board said, and how to take it back."""
    text = f'{HAT}  {role}:\n    device: "hw:1,0"\n'
    said = complaint(owners(text))
    assert said.startswith(f"mine.yaml:3: hardware.{role}: card and device both name the")
    assert "hint: board respeaker-2mic-v2 says card" in said
    assert "mine.yaml says device: write null for a key that you take back" in said
    assert config.load(owners(f"{text}    card: null\n")).hardware.board == "respeaker-2mic-v2"


def test_a_compass_without_its_channels_is_an_error(owners: Write, complaint: Complain) -> None:
    """Whoever lowers the channels of an array cannot keep its direction."""
    said = complaint(owners("hardware:\n  board: respeaker-4mic\n  microphone: {channels: 2, channel: 0}\n"))
    assert said.startswith("mine.yaml:3: hardware.microphone.channels: microphones of the array stand on channel 2, 3")
    assert "hardware.array.microphones is said by board respeaker-4mic" in said


def test_a_channel_that_no_array_has_is_told_as_such(owners: Write, complaint: Complain) -> None:
    """Channels are written as one digit."""
    said = complaint(owners('hardware: {array: {microphones: {"9": [1, 2], "1": [1]}}}\n'))
    assert "hardware.array.microphones.9: cannot be a key here\n    hint: keys here are written as ^[0-7]$" in said
    assert "hardware.array.microphones.1: [1] cannot be; it must be a list, as in [a, b] with 2 entries" in said


# ---- mistakes in a profile


def test_all_mistakes_of_a_profile_come_at_once(
    owners: Write, my_board: Callable[..., Path], complaint: Complain
) -> None:
    """Form, content and unknown keys, each with its line in the profile, beside those of the owner's file."""
    my_board(
        "detct: {usb: any}\nreserved_pins: {17: the amplifier, 40: nothing there at all}\n"
        "hardware:\n  button: {driver: gpoi, pin: yes}\n  microphone: {channels: 2, channel: 2}\n"
        "boot: {dtparams: spi}\nbuses: [i2c, spi]\ndetect: {i2c: [26], alsa_control: PGA}"
    )
    said = complaint(owners("hardware: {board: my-board}\nwake: {triger: 1}\n"))
    assert said.splitlines()[0] == "9 problems in the configuration", said
    for line in [
        "boards/my-board.yaml:6: detct: there is no such key\n    hint: did you mean detect?",
        "boards/my-board.yaml:7: reserved_pins.40: cannot be a key here",
        'boards/my-board.yaml:9: hardware.button.driver: "gpoi" cannot be; it must be one of gpio, keyboard, scripted',
        "boards/my-board.yaml:9: hardware.button.pin: yes is not a value here",
        "boards/my-board.yaml:10: hardware.microphone: channel 2 of 2 is not there; they are counted from 0",
        'boards/my-board.yaml:11: boot.dtparams: "spi" cannot be; it must be a list',
        'boards/my-board.yaml:12: buses: ["i2c", "spi"] cannot be; it must be a list',
        "boards/my-board.yaml:13: detect.i2c: [26] cannot be; it must be a list",
        "mine.yaml:2: wake.triger: there is no such key",
    ]:
        assert line in said, said


def test_a_profile_without_what_it_must_say_is_an_error(owners: Write, tmp_path: Path, complaint: Complain) -> None:
    """Every missing key is named."""
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/bare.yaml").write_text("id: bare\nname: A bare board\npis: []\n")
    said = complaint(owners("hardware: {board: bare}\n"))
    for key in ("maker", "tier", "sources"):
        assert f"boards/bare.yaml: {key}: is missing" in said or f"boards/bare.yaml:1: {key}: is missing" in said, said
    assert "pis: [] cannot be" in said


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        (
            "hardware:\n  button: {driver: gpio, pin: 5}\n  ring: {driver: apa102, power_pin: 5}",
            "my-board.yaml:8: hardware.ring.power_pin: two roles on BCM pin 5",
        ),
        (
            'reserved_pins: {"4": the clock of its codec}\nhardware: {button: {driver: gpio, pin: 4}}',
            "my-board.yaml:7: hardware.button.pin: BCM pin 4 cannot be the button: on board my-board it is the clock",
        ),
        (
            "hardware: {button: {driver: gpio, pin: 40}}",
            "my-board.yaml:6: hardware.button.pin: BCM pin 40 is not on the header",
        ),
        (
            'hardware:\n  array: {compass: phat, microphones: {"0": [0, 9], "3": [9, 0]}}\n  microphone: {channels: 2}',
            "my-board.yaml:7: hardware.array.microphones: microphones of the array stand on channel 3",
        ),
        (
            "hardware: {board: laptop}",
            "hardware: board, scene and fast are not a board's to say; remove them",
        ),
        ("detect: {alsa_control: PGA}", "my-board.yaml:6: detect: alsa_control needs the alsa_card"),
        ("hardware: {microphone: {card: a, device: b}}", "hardware.microphone: card and device both name"),
        ("also: &x [A board]\nlimits: *x", "my-board.yaml:6: also: an anchor (&x)"),
    ],
)
def test_a_profile_that_cannot_be_is_an_error(
    owners: Write, my_board: Callable[..., Path], complaint: Complain, rest: str, told: str
) -> None:
    """Whoever wrote it finds the line, and no speaker starts with it."""
    my_board(rest)
    assert told in complaint(owners("hardware: {board: my-board}\n"))


def test_a_profile_says_the_name_of_its_file(
    owners: Write, my_board: Callable[..., Path], complaint: Complain, tmp_path: Path
) -> None:
    """A copy that kept the old name would be told as the other board in every message."""
    my_board().rename(tmp_path / "boards/other.yaml")
    assert complaint(owners("hardware: {board: other}\n")).startswith(
        "boards/other.yaml:1: id: my-board stands in other.yaml"
    )


def test_a_profile_that_is_no_text_is_an_error(owners: Write, complaint: Complain, tmp_path: Path) -> None:
    """A speaker does not start without the board that it was told to use."""
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards/latin.yaml").write_bytes(b"name: \xfc\n")
    assert "boards/latin.yaml is not text in UTF-8" in complaint(owners("hardware: {board: latin}\n"))


def test_one_board_of_the_owners_that_is_wrong_is_told_when_all_are_asked_for(
    my_board: Callable[..., Path], tmp_path: Path
) -> None:
    """And it does not stand in the way of one that is right."""
    my_board("tierr: A")
    shelf = Shelf(tmp_path / "boards")
    with pytest.raises(ConfigError, match=r"my-board\.yaml:6: tierr: there is no such key"):
        shelf.boards()
    assert shelf.board("laptop").id == "laptop"
