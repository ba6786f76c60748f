"""Which card is meant, whatever number it has today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keepmum.errors import CardError
from keepmum.hardware.alsa.cards import Card, cards, find


def listed(kernel: Any) -> tuple[Card, ...]:
    """The cards of this machine."""
    return cards(kernel.proc, kernel.sys)


def test_every_card_with_all_that_is_known(kernel: Any) -> None:
    """Number, id, name, USB numbers, serial, and whether sound goes in or out."""
    headphones, array = listed(kernel)
    assert headphones == Card(0, "Headphones", "bcm2835 Headphones", None, None, False, True)
    assert array.name == "Seeed reSpeaker XVF3800 at usb-xhci-1"
    assert (array.usb, array.serial, array.capture, array.playback) == ("2886:001a", "1010A", True, True)


@pytest.mark.parametrize("name", ["Array", "2886:001a", "2886:001a/1010A"])
def test_a_name_survives_another_number(kernel: Any, name: str) -> None:
    """After a reboot the array is card 3, and still found by its id, its USB numbers and its serial."""
    kernel.unplug(1)
    kernel.plug(3, "Array", "c", usb="2886:001a", serial="1010A")
    assert find(name, listed(kernel)).number == 3


def test_two_of_a_kind_need_a_serial(kernel: Any) -> None:
    """With two arrays of one make, the USB numbers mean neither, and the error says how to name one."""
    kernel.plug(2, "Array_1", "c", usb="2886:001a", serial="1010B")
    with pytest.raises(CardError, match="more than one sound card is '2886:001a'") as caught:
        find("2886:001a", listed(kernel))
    assert "Array (2886:001a/1010A), Array_1 (2886:001a/1010B)" in caught.value.hint
    assert find("2886:001a/1010B", listed(kernel)).number == 2


@pytest.mark.parametrize(
    ("name", "meant"), [("Aray", "Array"), ("array", "Array"), ("2886:001b", "2886:001a"), ("2886:001a/X", "2886:001a")]
)
def test_a_missing_card_is_answered_with_what_is_there(kernel: Any, name: str, meant: str) -> None:
    """A misspelt id and wrong USB numbers get the nearest one, and all that there are."""
    with pytest.raises(CardError, match="no sound card is") as caught:
        find(name, listed(kernel))
    assert f"did you mean {meant}? here are: Headphones, Array (2886:001a/1010A)" in caught.value.hint


def test_no_card_at_all(tmp_path: Path) -> None:
    """A kernel with a sound driver and no card says so."""
    (tmp_path / "cards").write_text("--- no soundcards ---\n")
    assert cards(tmp_path, tmp_path) == ()
    with pytest.raises(CardError, match="no sound card is 'Array'") as caught:
        find("Array", ())
    assert "no sound card at all" in caught.value.hint


def test_a_kernel_that_cannot_be_asked(tmp_path: Path) -> None:
    """Without /proc/asound nobody knows; that is an error, not an empty list."""
    with pytest.raises(CardError, match="cannot be read"):
        cards(tmp_path / "asound", tmp_path)


def test_a_product_name_cannot_make_a_card(kernel: Any) -> None:
    """A USB stick whose product name holds line breaks adds no card, and takes no other's name for itself."""
    kernel.plug(
        2, "Stick", "c", long="Stick\n 1 [Headphones     ]: HDMI - fake\n 9 [Array          ]: USB - fake\nx\x1b[2J"
    )
    found = listed(kernel)
    assert [card.number for card in found] == [0, 1, 2]
    assert (find("Array", found).number, find("Headphones", found).number) == (1, 0)
    assert find("Array", found).name == "Seeed reSpeaker XVF3800 at usb-xhci-1"


def test_what_a_device_says_can_be_printed(kernel: Any) -> None:
    """Terminal codes, endless serials and USB numbers that are none do not pass."""
    kernel.plug(2, "Stick", "c", usb="../../../etc", serial="\x1b[2J" + "x" * 10_000, long="\x07bell")
    (stick,) = [card for card in listed(kernel) if card.id == "Stick"]
    assert stick.usb is None
    assert stick.serial is not None
    assert len(stick.serial) == 80
    assert str(stick).isprintable()
    assert stick.name == "?bell"


def test_a_card_that_vanishes_while_it_is_read(kernel: Any) -> None:
    """A folder without its files is a card that is just being pulled out, and is passed over."""
    (kernel.proc / "card1" / "id").unlink()
    assert [card.id for card in listed(kernel)] == ["Headphones"]


def test_a_card_that_may_not_be_read(kernel: Any) -> None:
    """A file that is there and cannot be read is an error: it might be the card that matters."""
    (kernel.proc / "card1" / "id").unlink()
    (kernel.proc / "card1" / "id").mkdir()
    with pytest.raises(CardError, match="cannot be read"):
        listed(kernel)
