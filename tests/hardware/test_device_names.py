"""Which sound device an owner means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keepmum.errors import MicrophoneError, SpeakerError
from keepmum.hardware.alsa.cards import Places
from keepmum.hardware.device_names import card_of, choose, hint, of_card

DEVICES: list[dict[str, Any]] = [
    {"name": name, "index": index, "max_input_channels": inputs, "max_output_channels": outputs}
    for index, (name, inputs, outputs) in enumerate(
        [
            ("bcm2835 Headphones: - (hw:0,0)", 0, 8),
            ("seeed-2mic: bcm2835-i2s (hw:1,0)", 2, 2),
            ("USB Audio: - (hw:2,0)", 1, 2),
            ("USB Array: - (hw:3,0)", 6, 0),
            ("mic", 1, 0),
            ("mic array", 4, 0),
        ]
    )
]


def find(part: str | None, default: int = 1, channels: int = 1) -> int:
    """The microphone that is meant."""
    return choose(DEVICES, "input", part, default=default, channels=channels, error=MicrophoneError)


@pytest.mark.parametrize(("part", "index"), [("seeed", 1), ("SEEED-2MIC", 1), ("USB Arr", 3), ("hw:2", 2), ("mic", 4)])
def test_part_of_a_name(part: str, index: int) -> None:
    """A part of the name is enough, in upper or lower case, and a whole name wins over parts of others."""
    assert find(part) == index


def test_default() -> None:
    """Without a name it is the system's default."""
    assert find(None, default=2) == 2


def test_output_only_is_no_microphone() -> None:
    """A device without inputs is no microphone, whatever its name."""
    with pytest.raises(MicrophoneError, match="no sound input is called 'Headphones'"):
        find("Headphones")


def test_missing_lists_what_there_is() -> None:
    """A name that fits nothing is answered with those that there are."""
    with pytest.raises(MicrophoneError, match="no sound input is called 'respeaker'") as caught:
        find("respeaker")
    assert "'USB Audio: - (hw:2,0)'" in caught.value.hint
    assert "Headphones" not in caught.value.hint


def test_ambiguous_lists_those_that_fit() -> None:
    """A name that fits several is refused, naming just these."""
    with pytest.raises(MicrophoneError, match="more than one sound input is called 'usb'") as caught:
        find("usb")
    assert "'USB Audio: - (hw:2,0)', 'USB Array: - (hw:3,0)'" in caught.value.hint
    assert "seeed" not in caught.value.hint


def test_no_default() -> None:
    """A system without a default asks for a name."""
    with pytest.raises(SpeakerError, match="no default sound output") as caught:
        choose(DEVICES, "output", None, default=-1, channels=1, error=SpeakerError)
    assert "Headphones" in caught.value.hint


def test_no_device() -> None:
    """A machine without any microphone says so."""
    with pytest.raises(MicrophoneError, match="no sound input"):
        choose(DEVICES[:1], "input", None, default=0, channels=1, error=MicrophoneError)


def test_too_few_channels() -> None:
    """A device with fewer channels than the settings say is refused with its number."""
    with pytest.raises(MicrophoneError, match="has 2 input channels, not 4"):
        find("seeed", channels=4)


def test_a_card_by_its_number() -> None:
    """The first device of a card that has inputs is its microphone; a card without any has none."""
    assert of_card(DEVICES, "input", 2) == 2
    assert of_card(DEVICES, "output", 0) == 0
    assert of_card(DEVICES, "input", 0) is None
    assert of_card(DEVICES, "input", 20) is None


@pytest.mark.parametrize(
    ("name", "card"),
    [("USB (hw:9,0): - (hw:12,1)", 12), ("hw:1,0", None), ("USB (hw:1,0) more", None), ("a (hw:1)", None), ("", None)],
)
def test_the_number_is_at_the_end(name: str, card: int | None) -> None:
    """A device whose own words look like a number of ALSA's is not taken for another card."""
    assert card_of(name) == card


def test_hints(tmp_path: Path) -> None:
    """What PortAudio calls by numbers is explained: a wrong rate, channels, a busy device, anything else."""
    nowhere = Places(tmp_path, tmp_path, tmp_path / "none")
    assert "PA_ALSA_PLUGHW=0" in hint(-9997, "input")
    assert "channels" in hint(-9998, "input")
    assert "fuser" in hint(-9985, "input", 1, nowhere)
    assert "plugged in" in hint(-1, "output")


def test_the_kernel_knows_better(tmp_path: Path) -> None:
    """Where the card is known, the kernel's own answer is the hint."""
    (tmp_path / "snd").mkdir()
    assert "has udev made" in hint(-9985, "input", 1, Places(tmp_path, tmp_path, tmp_path / "snd"))
