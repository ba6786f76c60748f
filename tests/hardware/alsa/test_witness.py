"""What the kernel says about a microphone that claims to be closed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keepmum.hardware.alsa.witness import AlsaWitness


def objection(kernel: Any, card: str = "Array") -> str:
    """What the witness says now."""
    return AlsaWitness(card, kernel.proc, kernel.sys).objection()


@pytest.mark.parametrize("name", ["Array", "2886:001a", "2886:001a/1010A"])
def test_closed_is_closed(kernel: Any, name: str) -> None:
    """A card whose every way in reads `closed` is closed, though it plays."""
    kernel.open(1, "pcm0p")
    assert objection(kernel, name) == ""


def test_open_is_told_with_its_owner_alone(kernel: Any) -> None:
    """Whoever has it open is named by number; nothing else of the kernel's text is repeated."""
    kernel.open(1, "pcm1c", owner=4321)
    assert objection(kernel) == "the card Array is open in process 4321"
    kernel.close(1, "pcm1c")
    assert objection(kernel) == ""


def test_every_way_in_is_looked_at(kernel: Any) -> None:
    """A second device of the card that captures is an objection as well."""
    kernel.plug(2, "Desk", "ccc")
    kernel.open(2, "pcm2c")
    assert "open" in objection(kernel, "Desk")


@pytest.mark.parametrize("status", ["", "\n", "Closed", "closed?", "state: closed\n", "state: SETUP\n", "\0", "öpen"])
def test_only_the_one_word_is_closed(kernel: Any, status: str) -> None:
    """An empty, strange or new status is open."""
    (kernel.proc / "card1" / "pcm1c" / "sub0" / "status").write_text(status)
    assert objection(kernel) == "the card Array is open"


def test_a_card_that_is_gone_cannot_capture(kernel: Any) -> None:
    """An unplugged card is no objection."""
    kernel.unplug(1)
    assert objection(kernel) == ""


def test_nobody_can_tell(kernel: Any, tmp_path: Path) -> None:
    """A kernel without /proc/asound, a status that is missing and one that cannot be read are objections."""
    assert "nobody can tell" in AlsaWitness("Array", tmp_path / "none", kernel.sys).objection()
    status = kernel.proc / "card1" / "pcm1c" / "sub0" / "status"
    status.unlink()
    assert "nobody can tell" in objection(kernel)
    status.mkdir()
    assert "nobody can tell" in objection(kernel)


def test_a_card_without_a_way_in(kernel: Any) -> None:
    """A loudspeaker named as the microphone proves nothing."""
    assert "no way in" in objection(kernel, "Headphones")


def test_two_cards_of_one_name(kernel: Any) -> None:
    """If the name fits two cards, both must be closed."""
    kernel.plug(2, "Array_1", "c", usb="2886:001a")
    assert objection(kernel, "2886:001a") == ""
    kernel.open(2)
    assert "open in process 1234" in objection(kernel, "2886:001a")
