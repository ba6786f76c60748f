"""A keeper that is the real privacy core alone: no disk, no microphone; sealing is over at once and always works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from keepmum import privacy
from keepmum.consent import DAY, Consent, Flow, Kind, Mode, Purpose, Rung, Terms
from keepmum.listener.news import News
from keepmum.privacy import State, effects, events

START = 1_790_000_000.0
RECIPIENT = "f" * 32
MICROPHONE = "m" * 32


def terms(purpose: Purpose = Purpose.ASR_IMPROVEMENT, rung: Rung = Rung.VOICE, *, asks: bool = False) -> Terms:
    """Terms with the one recipient that there is."""
    return Terms(purpose, rung, asks, MICROPHONE, RECIPIENT, "0" * 64, retention=30 * DAY)


def consent(what: Terms, number: str = "c", given: float = START - 10) -> Consent:
    """Somebody agreed to it."""
    return Consent(number * 32, what, given, given + 90 * DAY)


def agreed(*consents: Consent, mode: Mode = Mode.SHARE, **more: Any) -> State:
    """Unmuted, with these consents to what is offered."""
    offered = frozenset(each.terms for each in consents)
    return State(mutes=frozenset(), mode=mode, consents=consents, offered=offered, wall=START, **more)


class CoreKeeper:
    """Takes events, notes rows and what was told, and lets a test move the clock."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.now, self.wall = 100.0, START
        self.told: list[events.Event] = []
        self.rows: list[dict[str, Any]] = []
        self.news = News(show_words=False)
        self.forgets = 0
        self.forgotten: list[str] = []
        self.refused: dict[str, str] = {}

    def moment(self) -> tuple[float, float]:
        return self.now, self.wall

    def pass_time(self, seconds: float) -> None:
        self.now, self.wall = self.now + seconds, self.wall + seconds

    def midnight(self) -> float:
        return self.wall - self.wall % DAY

    def tell(self, event: events.Event) -> None:
        if isinstance(event, events.Quieter) and event.want.startswith("forget"):
            self.forgets += 1
            event = replace(event, since=self.midnight())
        self.told.append(event)
        self.state, todo = privacy.step(self.state, event)
        for effect in todo:
            match effect:
                case effects.Note(what=what, facts=facts):
                    self._row(what, facts)
                case effects.Forget(id=parcel, reason=reason):
                    self.forgotten.append(parcel)
                    self.refused[parcel] = reason
                case effects.Seal(id=parcel, flow=flow, consent=under):
                    self.tell(events.Sealed(*self.moment(), parcel, flow, under, 10, "0" * 64))
                case _:
                    pass

    def offer(self, parcel: str, flow: Flow) -> str:
        self.refused.clear()
        self.tell(events.Wanted(*self.moment(), parcel, flow))
        return self.refused.get(parcel, "")

    def refuse(self, parcel: str, flow: Flow, reason: str) -> None:
        self.forgotten.append(parcel)
        self._row("refusal", {"kind": flow.kind.value, "purpose": flow.purpose, "reason": reason})

    def _row(self, what: str, facts: Mapping[str, Any]) -> None:
        self.rows.append({"what": what, **facts})
        self.news.tell("row", {"what": what, **facts})

    def seen(self, what: str) -> list[dict[str, Any]]:
        """The rows of one kind, without its name."""
        return [
            {name: fact for name, fact in row.items() if name != "what"} for row in self.rows if row["what"] == what
        ]

    def kinds(self) -> list[str]:
        """What was told, by name."""
        return [type(event).__name__ for event in self.told]


def asked_about(keeper: CoreKeeper, *parcels: str, rung: Rung = Rung.VOICE) -> None:
    """These clips wait for an answer."""
    for parcel in parcels:
        flow = Flow(Kind.CLIP, Purpose.ASR_IMPROVEMENT, RECIPIENT, 1.0, True, False, rung, MICROPHONE)
        assert keeper.offer(parcel * 32, flow) == ""
    assert len(keeper.state.asking) == len(parcels)
    keeper.told.clear()
