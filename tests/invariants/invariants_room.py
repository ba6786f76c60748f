"""What the tests of the invariants share: a privacy core with terms, two clocks, and an account of what left."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from keepmum.consent import DAY, Consent, Flow, Kind, Mode, Purpose, Rung, Terms
from keepmum.privacy import Boxed, State, effects, events, step
from keepmum.privacy.effects import Effect

HISTORIES = int(os.environ.get("KEEPMUM_HISTORIES", "1000"))
"""Random histories of consent in one run; `scripts/test --thorough` says 10,000."""

NOON = 20_000 * DAY + DAY / 2
MICROPHONE, OTHER_MICROPHONE = "1" * 32, "2" * 32
DESK, OTHER_DESK, BROKER = "d" * 32, "e" * 32, "hub:1883"


def terms(purpose: Purpose = Purpose.RESEARCH, rung: Rung = Rung.VOICE, recipient: str = DESK, **more: Any) -> Terms:
    """What can be agreed to in this room."""
    known = {"asks": False, "microphone": MICROPHONE, "notice": "a" * 64, "retention": 30 * DAY, "quota": 20}
    return Terms(purpose, rung, recipient=recipient, **{**known, **more})


VOICE, TEXT = terms(), terms(rung=Rung.TEXT)
ASKED = terms(asks=True)
HOME = terms(Purpose.COMMANDS, Rung.TEXT, BROKER)
STATUS = terms(Purpose.STATUS, Rung.METRICS, BROKER)
OFFERED = frozenset({VOICE, TEXT, ASKED, HOME, STATUS})


def flow(terms: Terms, kind: Kind = Kind.CLIP, **more: Any) -> Flow:
    """Something that these terms would cover."""
    approved = kind is not Kind.CLIP
    mine = Flow(kind, terms.purpose, terms.recipient, 3.0, True, approved, terms.rung, terms.microphone)
    return replace(mine, **more)


@dataclass
class Room:
    """One speaker's privacy: everything that its core asks for is done, and kept for a look."""

    state: State = field(default_factory=lambda: State(frozenset(), Mode.LOCAL, (), NOON, offered=OFFERED))
    now: float = 0.0
    wall: float = NOON
    done: list[Effect] = field(default_factory=list)
    sealing: list[effects.Seal] = field(default_factory=list)
    ran: int = 0

    def tell(self, event: events.Event) -> tuple[Effect, ...]:
        """It happens, and what it asks to be sealed is sealed."""
        self.state, todo = step(self.state, event)
        self.done += todo
        for seal in [each for each in todo if isinstance(each, effects.Seal)]:
            todo += self.happens(
                events.Sealed, seal.id, seal.flow, seal.consent, 9, "f" * 64, seal.expires, after=seal.after
            )
        return todo

    def happens(self, kind: type[events.Event], *facts: Any, **more: Any) -> tuple[Effect, ...]:
        """The same, at this moment."""
        return self.tell(kind(self.now, self.wall, *facts, **more))

    def later(self, seconds: float) -> tuple[Effect, ...]:
        """Both clocks go on."""
        self.now, self.wall = self.now + seconds, self.wall + seconds
        return self.happens(events.Ticked)

    def grant(self, wanted: Terms, number: str) -> None:
        """Somebody proposes, a hand holds for three seconds and lets go."""
        self.happens(events.Proposed, number, wanted.purpose.value, wanted.rung, wanted.asks)
        self.happens(events.Pressed)
        self.later(3.0)
        self.happens(events.Released)

    def want(self, name: str, what: Flow, after: float = 0.0) -> None:
        """Something heard wants to leave."""
        self.happens(events.Wanted, name, what, None, after)

    @property
    def left(self) -> list[Boxed]:
        """Everything that was ever handed over, in order."""
        return [each.boxed for each in self.done if isinstance(each, effects.HandOver)]

    @property
    def demanded(self) -> list[str]:
        """Every demand to destroy, in order."""
        return [each.outside.id for each in self.done if isinstance(each, effects.Demand)]

    def rows(self, what: str) -> list[dict[str, Any]]:
        """The facts of these rows."""
        return facts_of(self.done, what)


def facts_of(done: Iterable[Effect], what: str) -> list[dict[str, Any]]:
    """The facts of the rows of one kind."""
    return [dict(each.facts) for each in done if isinstance(each, effects.Note) and each.what == what]


def agreed(*wanted: Terms, mode: Mode = Mode.SHARE) -> Room:
    """A room in which somebody agreed to these an hour ago."""
    given = NOON - 3600.0
    consents = tuple(Consent(f"{number:032x}", each, given, given + each.lasts) for number, each in enumerate(wanted))
    return Room(State(frozenset(), mode, consents, NOON, offered=OFFERED))
