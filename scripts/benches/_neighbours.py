"""What sounds like a wake phrase and is none, spoken on the spot: how far it comes through the stages of waking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from _espeak import speak
from _figures import percentage
from _stages import opened
from rich.table import Table

from keepmum.forge.evaluation import sounds

NEIGHBOURS = {
    "alexa": (
        *("lexus", "a lexus", "alexis", "alexia", "alex", "election", "a letter", "a lesson", "flexor", "texas"),
        *("elixir", "likes us", "selects a", "unacceptable", "a lecture", "collects a", "reflects a"),
    )
}
"""The rivals of a phrase in the recipe of the bundled model."""

TRAINED = ("en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-029", "en-us-nyc", "en-us+f3", "en-gb+m3")
"""Voices of espeak-ng that may have trained the bundled model."""

HELD_OUT = ("en-us+Andy", "en-gb+Annie", "en-us+Mario", "en-gb+f5", "en-us+m7")
"""Voices that its recipe keeps out of the training."""


@dataclass(frozen=True)
class Said:
    """What became of one neighbour, or of the phrase itself, in one voice and condition."""

    text: str
    voice: str
    condition: str
    candidate: bool
    """It came through the stages before Vosk."""
    confirmed: bool
    """And Vosk let it through."""
    alone: bool
    """Vosk finds the phrase when it is asked without the other stages."""


def hear_voice(phrase: str, folder: Path, voice: str, conditions: dict[str, tuple[Path, ...]]) -> list[Said]:
    """In a process of its own: the phrase and its neighbours in one voice; `conditions` have noises or none."""
    speaker, confirmation = opened(phrase, folder)
    found = []
    for text in (phrase, *NEIGHBOURS[phrase]):
        voiced, name = speak(voice, text), f"{voice}/{text}"
        for condition, noises in conditions.items():
            sound = sounds.heard(voiced, name, sounds.noise_for(name, noises) if noises else None)
            before = speaker.candidates
            woken = speaker.hear(sound)
            candidate, alone = speaker.candidates > before, confirmation.hear(sound)
            found.append(Said(text, voice, condition, candidate, woken is not None, alone))
    return found


def table(phrase: str, found: Iterable[Said]) -> Table:
    """One line for each neighbour in the first condition, then the sums."""
    found = list(found)
    neighbours = [one for one in found if one.text != phrase]
    conditions = list(dict.fromkeys(one.condition for one in found))
    title = f"Neighbours of “{phrase}” by espeak-ng, {len({one.voice for one in found})} voices"
    made = Table("", "condition", "first two stages", "then confirmed by Vosk", "Vosk without them", title=title)
    for text in dict.fromkeys(one.text for one in neighbours):
        made.add_row(text, *_counts([one for one in neighbours if one.text == text], conditions[0]))
    made.add_section()
    held_out = [one for one in neighbours if one.voice in HELD_OUT]
    itself = [one for one in found if one.text == phrase]
    for title, some in (
        ("all neighbours", neighbours),
        ("of voices held out", held_out),
        (f"“{phrase}” itself", itself),
    ):
        for condition in conditions:
            made.add_row(title, *_shares(some, condition))
        made.add_section()
    return made


def _counts(found: list[Said], condition: str) -> Iterator[str]:
    mine = [one for one in found if one.condition == condition]
    yield condition
    for many in _sums(mine):
        yield f"{many:4d} of {len(mine):4d}"


def _shares(found: list[Said], condition: str) -> Iterator[str]:
    """As the counts, but how many Vosk confirmed as a share of all that were spoken."""
    mine = [one for one in found if one.condition == condition]
    before, _, alone = list(_counts(found, condition))[1:]
    yield from (condition, before, percentage(_sums(mine)[1], len(mine)), alone)


def _sums(found: list[Said]) -> tuple[int, int, int]:
    """Candidates, confirmed ones, and those that Vosk finds alone."""
    return sum(one.candidate for one in found), sum(one.confirmed for one in found), sum(one.alone for one in found)
