"""Asks the kernel whether anybody captures from the microphone's card: a mute is believed only when it says no."""

from __future__ import annotations

from pathlib import Path

from keepmum.hardware.alsa.cards import PROC, SYS, Card, cards, fitting
from keepmum.hardware.alsa.substreams import substreams


class AlsaWitness:
    """Sees every way into the card, whoever opened it.

    A card that is not there cannot capture. A kernel that cannot be asked, a way in that does not read `closed`, and a
    card without any way in (the wrong one was named) are objections.
    """

    name = "alsa"

    def __init__(self, card: str, proc: Path = PROC, sys: Path = SYS) -> None:
        self._card = card
        self._proc = proc
        self._sys = sys

    def objection(self) -> str:
        try:
            # If two cards fit the name, neither may capture.
            found = fitting(self._card, cards(self._proc, self._sys))
            return next(filter(None, map(self._against, found)), "")
        except (OSError, ValueError) as error:
            return f"nobody can tell whether the card {self._card} is closed: {type(error).__name__}"

    def _against(self, card: Card) -> str:
        ways_in = substreams(card.number, "c", self._proc)
        if not ways_in and (self._proc / f"card{card.number}").exists():
            return f"the card {self._card} has no way in that could be seen to be closed"
        for one in ways_in:
            if not one.closed:
                return f"the card {self._card} is open" + (f" in process {one.owner}" if one.owner else "")
        return ""
