"""A speaker made of the core and two clocks, for tests that tell one story each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keepmum.consent import DAY, Consent, Flow, Kind, Mode, Purpose, Rung, Terms
from keepmum.privacy import Boxed, State, effects, events, step
from keepmum.privacy.effects import Effect
from keepmum.privacy.events import Event

GIVEN = 1_000_000.0
KEPT = 10 * DAY
"""For so long the recipient may keep a clip."""


def terms(purpose: str, rung: Rung, recipient: str = "desk", *, asks: bool = False, **other: Any) -> Terms:
    """What can be agreed to, kept for ten days by whoever gets it, for thirty days of agreeing."""
    said = {"microphone": "mic", "notice": "n", "retention": KEPT, "lasts": 30 * DAY, **other}
    return Terms(Purpose(purpose), rung, asks, recipient=recipient, **said)


VOICE = terms("research", Rung.VOICE)
WORDS = terms("commands", Rung.TEXT, "broker", retention=0.0)
ASKED = terms("research", Rung.VOICE, asks=True)
NUMBERS = terms("diagnostics", Rung.METRICS)
ABOUT = terms("status", Rung.METRICS, "broker", microphone="", retention=0.0)
OFFERED = frozenset({VOICE, WORDS, ASKED, NUMBERS, ABOUT})

RESEARCH = Consent("r1", VOICE, GIVEN, GIVEN + 30 * DAY)
COMMANDS = Consent("c1", WORDS, GIVEN, GIVEN + 30 * DAY)
STATUS = Consent("s1", ABOUT, GIVEN, GIVEN + 30 * DAY)
ASKING = Consent("q1", ASKED, GIVEN, GIVEN + 30 * DAY)
CLIP = Flow(Kind.CLIP, "research", "desk", 3.14159, True, False, Rung.VOICE, "mic")
ACTION = Flow(Kind.ACTION, "commands", "broker", 0.0, True, True, Rung.TEXT, "mic")
TELL = Flow(Kind.STATUS, "status", "broker", 0.0, True, True, Rung.METRICS)
OPEN = State(frozenset(), Mode.SHARE, (RESEARCH, COMMANDS), GIVEN, offered=OFFERED)
"""Unmuted, sharing, two consents."""
ALL = frozenset({"r1", "c1", "s1", "q1"})
"""The receipts of all of them."""


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

    def tap(self, times: int = 1, apart: float = 0.3) -> None:
        """Short presses, the last of which is this step's."""
        for _ in range(times):
            self.now += apart
            self.tell(events.Pressed)
            told = self.effects
            self.tell(events.Released)
            self.effects = told

    def propose(self, purpose: str = "research", rung: Rung | None = None, name: str = "new", **how: bool) -> None:
        """Somebody asks for a consent."""
        usual = next((each.rung for each in OFFERED if each.purpose.value == purpose), Rung.VOICE)
        self.tell(events.Proposed, name, purpose, rung or usual, how.get("asks", False))

    def boot(self, found: tuple[Boxed, ...] = (), **facts: Any) -> None:
        """A start that finds every receipt, and offers what was offered before, unless it is told otherwise."""
        self.tell(events.Booted, found, **{"offered": OFFERED, "receipts": ALL, **facts})

    def want(
        self, name: str, flow: Flow = CLIP, expires: float | None = None, after: float = 0.0
    ) -> tuple[Effect, ...]:
        """Something heard wants to leave."""
        return self.tell(events.Wanted, name, flow, expires, after)

    def seal(
        self, name: str, flow: Flow = CLIP, consent: str = "r1", expires: float | None = None, after: float = 0.0
    ) -> None:
        """What was allowed is sealed."""
        self.tell(events.Sealed, name, flow, consent, 90, "f" * 64, expires, after)

    def put(self, *names: str, expires: float | None = None, after: float = 0.0) -> None:
        """All the way into the outbox; a name with an `a` is a home action, with an `s` what the speaker tells."""
        for name in names:
            flow, consent = {"a": (ACTION, "c1"), "s": (TELL, "s1")}.get(name[0], (CLIP, "r1"))
            self.want(name, flow, expires, after)
            self.seal(name, flow, consent, expires, after)

    def hand(self, *names: str) -> None:
        """Into the outbox, and the first of them to the uplink."""
        self.put(*names)
        self.tell(events.UplinkReady)

    @property
    def box(self) -> list[str]:
        """What waits."""
        return [boxed.id for boxed in self.state.box]

    @property
    def asking(self) -> list[str]:
        """What waits for an answer."""
        return [each.boxed.id for each in self.state.asking]

    @property
    def outside(self) -> dict[str, float | None]:
        """What somebody else may have, and since when its destruction is demanded."""
        return {each.id: each.demanded for each in self.state.outside}

    @property
    def order(self) -> list[str]:
        """What the core answered last, in words."""
        return [_word(effect) for effect in self.effects]

    def rows(self, what: str) -> list[dict[str, object]]:
        """The facts of the rows of that name in the last answer."""
        return [dict(each.facts) for each in self.effects if isinstance(each, effects.Note) and each.what == what]

    def row(self, what: str) -> dict[str, object]:
        """The facts of the one row of that name in the last answer."""
        (row,) = self.rows(what)
        return row


def boxed(name: str, flow: Flow = CLIP, consent: str = "r1", expires: float | None = None) -> Boxed:
    """A parcel as it is found in an outbox."""
    return Boxed(name, flow, consent, expires)


def _word(effect: Effect) -> str:
    match effect:
        case effects.Note(what):
            return what
        case effects.Put(parcel) | effects.HandOver(parcel):
            return f"{type(effect).__name__} {parcel.id}"
        case effects.Seal(id=parcel) | effects.Forget(id=parcel) | effects.Erase(id=parcel) | effects.Shelve(id=parcel):
            return f"{type(effect).__name__} {parcel}"
        case effects.Sign(consent, event):
            return f"Sign {consent.id} {event}"
        case effects.Demand(outside):
            return f"Demand {outside.id}"
        case effects.StopUplink(why):
            return f"StopUplink {why}"
    return type(effect).__name__
