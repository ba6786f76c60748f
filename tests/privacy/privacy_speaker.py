"""A speaker made of the core and two clocks, for tests that tell one story each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keepmum.consent import DAY, Consent, Flow, Kind, Mode, Purpose
from keepmum.privacy import Boxed, State, effects, events, step
from keepmum.privacy.effects import Effect
from keepmum.privacy.events import Event

GIVEN = 1_000_000.0
RESEARCH = Consent("r1", Purpose.RESEARCH, "desk", GIVEN, GIVEN + 30 * DAY)
COMMANDS = Consent("c1", Purpose.COMMANDS, "broker", GIVEN, GIVEN + 30 * DAY)
CLIP = Flow(Kind.CLIP, "research", "desk", 3.14159, confirmed=True, approved=False)
ACTION = Flow(Kind.ACTION, "commands", "broker", 0.0, confirmed=True, approved=True)
OPEN = State(frozenset(), Mode.SHARE, (RESEARCH, COMMANDS), GIVEN)
"""Unmuted, sharing, two consents."""


class Speaker:
    """Tells the core what happens, and remembers what it answered last."""

    def __init__(self, state: State = OPEN, **other: Any) -> None:
        self.state = replace(state, **other)
        self.now, self.wall = 0.0, GIVEN
        self.effects: tuple[Effect, ...] = ()

    def tell(self, kind: type[Event], *facts: Any, **named: Any) -> tuple[Effect, ...]:
        """It happens now."""
        self.state, self.effects = step(self.state, kind(self.now, self.wall, *facts, **named))
        return self.effects

    def wait(self, seconds: float) -> tuple[Effect, ...]:
        """Both clocks go on, and the core looks at them."""
        self.now += seconds
        self.wall += seconds
        return self.tell(events.Ticked)

    def hold(self, seconds: float) -> tuple[Effect, ...]:
        """The button goes down and stays down."""
        self.tell(events.Pressed)
        return self.wait(seconds)

    def propose(self, purpose: str = "research", recipient: str = "desk", name: str = "new") -> tuple[Effect, ...]:
        """Somebody asks for a consent."""
        return self.tell(events.Proposed, name, purpose, recipient)

    def want(self, name: str, flow: Flow = CLIP, expires: float | None = None) -> tuple[Effect, ...]:
        """Something heard wants to leave."""
        return self.tell(events.Wanted, name, flow, expires)

    def seal(self, name: str, flow: Flow = CLIP, consent: str = "r1", expires: float | None = None) -> None:
        """What was allowed is sealed."""
        self.tell(events.Sealed, name, flow, consent, 90, "f" * 64, expires)

    def put(self, *names: str, expires: float | None = None) -> None:
        """All the way into the outbox; a name with an `a` is a home action."""
        for name in names:
            flow, consent = (ACTION, "c1") if name.startswith("a") else (CLIP, "r1")
            self.want(name, flow, expires)
            self.seal(name, flow, consent, expires)

    @property
    def box(self) -> list[str]:
        """What waits."""
        return [boxed.id for boxed in self.state.box]

    @property
    def order(self) -> list[str]:
        """What the core answered last, in words."""
        return [_word(effect) for effect in self.effects]

    def row(self, what: str) -> dict[str, object]:
        """The facts of the one row of that name in the last answer."""
        (row,) = [each for each in self.effects if isinstance(each, effects.Note) and each.what == what]
        return dict(row.facts)


def boxed(name: str, flow: Flow = CLIP, consent: str = "r1", expires: float | None = None) -> Boxed:
    """A parcel as it is found in an outbox."""
    return Boxed(name, flow, consent, expires)


def _word(effect: Effect) -> str:
    match effect:
        case effects.Note(what):
            return what
        case effects.Put(parcel) | effects.HandOver(parcel):
            return f"{type(effect).__name__} {parcel.id}"
        case effects.Seal(id=parcel) | effects.Forget(id=parcel) | effects.Erase(id=parcel):
            return f"{type(effect).__name__} {parcel}"
        case effects.StopUplink(why):
            return f"StopUplink {why}"
    return type(effect).__name__
