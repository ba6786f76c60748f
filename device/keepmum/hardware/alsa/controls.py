"""Reads what `amixer scontents` prints: which controls a card has, and how each of them stands."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SWITCH = {"on": True, "unmute": True, "off": False, "mute": False}
_CAPTURE = {"cap": True, "rec": True, "nocap": False, "norec": False}


@dataclass(frozen=True)
class Control:
    """One simple control of a card's mixer."""

    name: str
    """As settings name it: `PGA`, or `PGA,1` for the second of that name."""
    items: tuple[str, ...]
    """What can be chosen, for a control that is a choice."""
    state: str
    """How it stands: the chosen item, or amixer's own words (`Front Left: Capture 80 [63%] [on]`)."""
    step: float
    """The smallest change, in percent of the whole."""

    def contradiction(self, value: str) -> bool | None:
        """Whether it stands differently from a value in amixer's words; None for words that cannot be compared."""
        if self.items:
            return self.state != value
        words = value.split()
        if not all(re.fullmatch(r"\d{1,3}%", word) or word in _SWITCH or word in _CAPTURE for word in words):
            return None
        return any(self._differs(word) for word in words)

    def _differs(self, word: str) -> bool:
        if word.endswith("%"):
            stands = [int(percent) for percent in re.findall(r"\[(\d{1,3})%\]", self.state)]
            return not stands or any(abs(one - int(word[:-1])) > self.step + 1 for one in stands)
        wanted = _SWITCH | _CAPTURE
        shown = re.findall(r"\[(on|off)\]", self._part(word in _CAPTURE))
        return not shown or any((one == "on") is not wanted[word] for one in shown)

    def _part(self, capture: bool) -> str:
        """What is said about sound that comes in, or about sound that goes out; a joint switch stands for both."""
        halves = [line.partition(" Capture ") for line in self.state.splitlines()]
        chosen = "\n".join(half[2 if capture else 0] for half in halves)
        return chosen if re.search(r"\[(on|off)\]", chosen) else self.state


def parsed(untrusted_text: str) -> tuple[Control, ...]:
    """The controls that amixer's text names; whatever else it says is passed over."""
    parts = re.split(r"^Simple mixer control ", untrusted_text, flags=re.MULTILINE)[1:]
    return tuple(control for part in parts if (control := _control(part)) is not None)


def _control(untrusted_part: str) -> Control | None:
    head = re.match(r"'(.{1,60})',(\d{1,3})\n", untrusted_part)
    if head is None:
        return None
    lines = [line.strip() for line in untrusted_part.splitlines()[1:]]
    about = {key: rest for key, _, rest in (line.partition(": ") for line in lines)}
    items = tuple(re.findall(r"'([^']*)'", about.get("Items", "")))
    chosen = re.findall(r"'([^']*)'", about.get("Item0", ""))
    shown = "\n".join(line for line in lines if "[" in line)
    spans = [int(high) - int(low) for low, high in re.findall(r"(-?\d{1,9}) - (-?\d{1,9})", about.get("Limits", ""))]
    name = head[1] if head[2] == "0" else f"{head[1]},{head[2]}"
    step = max((100 / span for span in spans if span > 0), default=0.0)
    return Control(name, items, chosen[0] if items and chosen else shown, step)
