"""The roles of a jig: what stands around a speaker and may touch, see, hear and power it. One small Protocol for each.

A driver of a role is one file; `bench.yaml` names one for each role that a bench has. Whatever a driver cannot do
because the bench is broken is a RigError: it says nothing about the speaker. All times are seconds of the jig's beat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from keepmum.errors import KeepmumError
from keepmum.hardware.scenes.scene import Fault, Noise, Sound


class RigError(KeepmumError):
    """The bench itself does not work."""


class SpeakerDied(KeepmumError):
    """A speaker that nobody had killed is not there any more."""


@dataclass(frozen=True)
class Sighting:
    """Something was seen, and when; None is an honest "seen, but nobody took the time"."""

    at: float | None


@dataclass(frozen=True)
class BookRow:
    """A row of the speaker's own ledger."""

    what: str
    facts: Mapping[str, object]


class Part(Protocol):
    """What all roles share."""

    def check(self) -> None:
        """Raise RigError if this part of the bench does not work; touches the speaker as little as can be."""
        ...

    def close(self) -> None:
        """Let go. Closing twice is allowed."""
        ...


class Beat(Part, Protocol):
    """The bench's clock."""

    def now(self) -> float:
        """Seconds, forward only."""
        ...

    def pause(self, seconds: float) -> None:
        """Let time pass, and let whoever watches go on watching."""
        ...


class Hand(Part, Protocol):
    """Works the button's line. Returns when the line is as it will stay."""

    def push(self, seconds: float) -> None:
        """Down, and up again after so many seconds."""
        ...

    def pulse(self, seconds: float, times: int, gap: float) -> None:
        """So many short lows, `gap` seconds apart."""
        ...

    def switch(self, *, down: bool) -> None:
        """Down or up, and leave it there."""
        ...


class Eye(Part, Protocol):
    """Sees the light."""

    def shows(self, colour: str, motion: str | None, since: float, until: float) -> Sighting | None:
        """The first time from `since` to `until` at which the light looked so; waits until then, if need be.

        Colours and motions are those of `keepmum.hardware`, in lower case; None is any motion.
        """
        ...


class Meter(Part, Protocol):
    """Sees whether the microphone captures: its supply, or whatever else stands for it."""

    def on(self, since: float, until: float) -> Sighting | None:
        """The first time from `since` to `until` at which it did; waits until then, if need be."""
        ...

    def off(self, since: float, until: float) -> Sighting | None:
        """The first time at which it did not."""
        ...


class Mouth(Part, Protocol):
    """Makes sounds that the speaker hears."""

    def play(self, sound: Sound) -> None:
        """Begin a sound, and return at once."""
        ...

    def noise(self, noise: Noise) -> None:
        """Repeat this under everything from now on; an empty one is silence."""
        ...


class Wire(Part, Protocol):
    """Sees what leaves the speaker, and speaks on the house's broker."""

    def sent(self) -> int:
        """Bytes of content that have left since the beginning of the scenario."""
        ...

    def publish(self, topic: str, payload: str) -> None:
        """Somebody in the house says this; returns once the speaker can have heard it."""
        ...


class Mains(Part, Protocol):
    """The speaker's power, and its process. Both ways up return when it runs again."""

    def off(self) -> None:
        """Cut the power."""
        ...

    def on(self) -> None:
        """Give it back."""
        ...

    def kill(self) -> None:
        """SIGKILL to the listener; whatever watches over it starts it again."""
        ...


class Plug(Part, Protocol):
    """The microphone's plug."""

    def out(self) -> None:
        """Pull it."""
        ...

    def back(self) -> None:
        """Put it in again."""
        ...


class Book(Part, Protocol):
    """Reads the speaker's ledger."""

    def rows(self) -> Sequence[BookRow]:
        """Every row since the beginning of the scenario, the oldest first."""
        ...


class Faults(Part, Protocol):
    """Breaks parts of a speaker in ways that only fakes can be broken in."""

    def do(self, fault: Fault) -> None:
        """From now on, this part behaves so."""
        ...

    def tear(self) -> None:
        """Cut off the second half of the file that holds the mute."""
        ...


@dataclass
class Jig:
    """One of each role, or none where the bench has none."""

    name: str
    beat: Beat
    hand: Hand | None = None
    eye: Eye | None = None
    meter: Meter | None = None
    mouth: Mouth | None = None
    wire: Wire | None = None
    mains: Mains | None = None
    plug: Plug | None = None
    book: Book | None = None
    faults: Faults | None = None
    unable: frozenset[str] = frozenset()
    """Features that a role of this jig has not although it is there: a human hand makes no pulses of 8 ms."""
    closed_within: float | None = None
    """Seconds that a hand's mute may take here, instead of what a scenario says; None leaves it as written."""
    settings: Mapping[str, str] | None = field(default_factory=dict)
    """How the speaker is set up, dotted; None if the jig sets it up as a scenario asks."""

    @property
    def parts(self) -> dict[str, Any]:
        """Every role that is there, by its name."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: part for name, part in named.items() if name in ROLES and part is not None}

    def check(self) -> None:
        """Raise one RigError that names every part of the bench that does not work."""
        wrong = []
        for name, part in self.parts.items():
            try:
                part.check()
            except RigError as error:
                wrong.append(f"{name}: {error.what}" + (f" ({error.hint})" if error.hint else ""))
        if wrong:
            raise RigError("; ".join(wrong), "mend the bench; nothing was found out about the speaker")

    def close(self) -> None:
        """Let go of everything, the beat last."""
        for part in reversed(self.parts.values()):
            part.close()


ROLES = ("beat", "hand", "eye", "meter", "mouth", "wire", "mains", "plug", "book", "faults")
