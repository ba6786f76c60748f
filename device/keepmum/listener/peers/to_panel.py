"""The line to a local page or the `keepmum` command: it may look, ask for quiet, propose, and type a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keepmum.clock import Clock
from keepmum.errors import PeerError
from keepmum.listener import phrases
from keepmum.listener.keeper import Keeper
from keepmum.listener.news import Fact, News
from keepmum.listener.peers.doors import Reception, Visitor
from keepmum.listener.tightening import tighten
from keepmum.messages import (
    Done,
    Message,
    Overview,
    OverviewReport,
    Propose,
    Refused,
    Say,
    Seen,
    Status,
    StatusReport,
    Tighten,
    Watch,
)
from keepmum.privacy import Owner

MOST = 8
"""Panels at a time."""

PROPOSING_GAP = 60.0
"""Seconds between two proposals of all panels together: no page keeps the speaker talking, or fills the ledger."""


class ToPanel:
    """Answers the panels."""

    def __init__(
        self,
        clock: Clock,
        keeper: Keeper,
        news: News,
        status: Callable[[], StatusReport],
        say: Callable[[str, Callable[[str | None], None]], bool],
        *,
        overview: Callable[[], OverviewReport],
        propose: Callable[[Propose], None],
    ) -> None:
        self._clock = clock
        self._keeper = keeper
        self._news = news
        self._status = status
        self._say = say
        self._overview = overview
        self._propose = propose
        self._proposed = float("-inf")

    def reception(self) -> Reception:
        """For the door."""
        return Reception(MOST, lambda _visitor: None, self._said, self._left)

    def _said(self, visitor: Visitor, message: Message) -> None:
        match message:
            case Status():
                visitor.send(self._status())
            case Overview():
                visitor.send(self._overview())
            case Propose():
                visitor.send(self._proposal(message))
            case Tighten(want=want):
                visitor.send(Done(text=tighten(self._keeper, want, Owner.PANEL)))
            case Say(text=text):
                self._typed(visitor, text)
            case Watch():
                self._watch(visitor)
            case _:
                pass

    def _proposal(self, proposal: Propose) -> Message:
        now = self._clock.now()
        if now < self._proposed + PROPOSING_GAP:
            return Refused(why="something was proposed a moment ago", hint="try again in a minute")
        self._proposed = now
        try:
            self._propose(proposal)
        except PeerError as error:
            return Refused(why=error.what, hint=error.hint)
        return Done(text=phrases.PROPOSED)

    def _typed(self, visitor: Visitor, text: str) -> None:
        def reply(speech: str | None) -> None:
            visitor.send(Refused(why="the skills do not answer") if speech is None else Done(text=speech))

        try:
            if not self._say(text, reply):
                visitor.send(Refused(why="that is no command I know", hint="config/sentences/en.yaml lists them"))
        except PeerError as error:
            # Something that only somebody in the room can say.
            visitor.send(Refused(why=error.what, hint=error.hint))

    def _watch(self, visitor: Visitor) -> None:
        def seen(kind: str, facts: Mapping[str, Fact]) -> None:
            visitor.send(Seen(at=self._clock.wall(), kind=kind, facts=dict(facts)))

        if visitor.watcher is None:
            visitor.watcher = seen
            self._news.watch(seen)

    def _left(self, visitor: Visitor) -> None:
        if visitor.watcher is not None:
            self._news.forget(visitor.watcher)
