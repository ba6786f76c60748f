"""Offers what was said to everybody who was promised it: one clip for each purpose with a live consent, at its rung.

A command that made no sense was perhaps not meant for us, and is never offered. The others are held until the answer
has been spoken, because making a clip takes time that a person would wait for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, Protocol

from keepmum.clip import Clip, new_id
from keepmum.consent import HOUSEHOLD, Consent, Flow, Kind, Purpose, Reason, Rung, decide
from keepmum.errors import KeepmumError
from keepmum.listener.command import Command
from keepmum.listener.hearing import Hearing
from keepmum.listener.keeper import Keeper
from keepmum.listener.rungs.made import Made

log = logging.getLogger(__name__)


class Door(Protocol):
    """Where a clip waits until the core has decided: the release door."""

    @property
    def recipient(self) -> str:
        """Who may open it."""
        ...

    def hold_clip(self, clip: Clip, pcm: bytearray, aloud: bytearray | None = None) -> None:
        """Keep it; both sounds are overwritten afterwards."""
        ...


Make = Callable[[Command, Rung, Purpose], Made]
"""Makes a clip of a command; raises KeepmumError. The command stays whole: another rung may be made of it."""


class Sender(NamedTuple):
    """What a clip tells of the speaker that sends it."""

    pseudonym: Callable[[Purpose], str]
    """Who it is today, for one purpose."""
    microphone: str
    """Which one heard it, as in `Terms`; it stays in this speaker."""
    language: str = ""
    model: str = ""
    """The speech model's name."""

    def named(self, made: Made, parcel: str, purpose: Purpose) -> Clip:
        """The clip under the number that the core knows it by, and in today's name."""
        mine = self.pseudonym(purpose)
        return replace(made.clip, id=parcel, pseudonym=mine, language=self.language, model=self.model)


class Offer:
    """One command at a time: `begun` when it is heard, `hold` once it was acted upon, `make` when nobody waits."""

    def __init__(self, hearing: Hearing, door: Door, keeper: Keeper, make: Make, sender: Sender) -> None:
        self._hearing = hearing
        self._door = door
        self._keeper = keeper
        self._make = make
        self._sender = sender
        self._held: tuple[Command, bool] | None = None
        """The command, and whether its wake was confirmed."""
        self._skipped = False
        self._forgets = 0
        """How often somebody had asked to forget when the command began."""

    def begun(self) -> None:
        """A command is being heard; of the one before it nothing is kept."""
        self.wipe()
        self._skipped = False
        self._forgets = self._keeper.forgets

    def skip(self) -> None:
        """What is being said is no clip."""
        self._skipped = True

    def hold(self) -> None:
        """The command was acted upon: keep its sound until the answer was spoken."""
        if self._skipped:
            return
        self._held = (self._hearing.take_clip(), self._hearing.confirmed)
        self.look()

    def look(self) -> None:
        """What was to be quiet meanwhile covers the command that waits: also the sentence that asked for it."""
        if self._held is None:
            return
        if self._forgets != self._keeper.forgets:
            self._refuse("forgotten")
        elif self._keeper.state.mutes:
            self._refuse(Reason.MUTED.value)

    def _refuse(self, reason: str) -> None:
        flow = self._flow(Purpose.ASR_IMPROVEMENT, Rung.VOICE)
        self.wipe()
        self._keeper.refuse(new_id(), flow, reason)

    def make(self) -> None:
        """Ask for what waits to leave; the answers are the keeper's, and most often no."""
        self.look()
        if self._held is None:
            return
        try:
            for flow in self._flows():
                self._offer(flow)
        finally:
            self.wipe()

    def wipe(self) -> None:
        """Overwrite what waits."""
        held, self._held = self._held, None
        if held is not None:
            held[0].wipe()

    def is_clean(self) -> bool:
        """Whether nothing of what was heard is held any more, here or where it came from."""
        return self._held is None and self._hearing.is_clean()

    def _flows(self) -> list[Flow]:
        """One for each consent to what is heard. Without any there is still one row, which says so."""
        agreed = [each for each in self._keeper.state.consents if _covers_commands(each)]
        flows = [self._flow(each.purpose, each.terms.rung) for each in agreed]
        return flows or [self._flow(Purpose.ASR_IMPROVEMENT, Rung.VOICE)]

    def _flow(self, purpose: Purpose, rung: Rung) -> Flow:
        assert self._held is not None, "only what is held can want to leave"
        command, confirmed = self._held
        lasts = command.span[1] - command.span[0]
        return Flow(Kind.CLIP, purpose, self._door.recipient, lasts, confirmed, False, rung, self._sender.microphone)

    def _offer(self, flow: Flow) -> None:
        """Making costs time, and more of what was heard: it is done only for what will hardly be refused."""
        parcel, household, wall = new_id(), self._keeper.state.household, self._keeper.moment()[1]
        decision = decide(household, replace(flow, approved=True), wall)
        if not decision.allowed:
            self._keeper.refuse(parcel, flow, decision.reason.value)
            return
        asked = decide(household, flow, wall).reason is Reason.NOT_ASKED
        made = self._made(flow, asked=asked)
        if made is None:
            self._keeper.refuse(parcel, flow, "not_made")
            return
        clip, aloud = made
        self._door.hold_clip(self._sender.named(clip, parcel, Purpose(flow.purpose)), clip.pcm, aloud)
        self._keeper.offer(parcel, replace(flow, seconds=clip.seconds, bleeped=clip.bleeped))

    def _made(self, flow: Flow, *, asked: bool) -> tuple[Made, bytearray | None] | None:
        """The clip, and what to play of it if that is not its own sound; None if it could not be made."""
        assert self._held is not None, "it is wiped after the last one"
        try:
            made = self._make(self._held[0], flow.rung, Purpose(flow.purpose))
            return made, made.aloud if asked and not made.pcm else None
        except KeepmumError as error:
            # Its kind alone: its words could repeat what was heard.
            log.error("a clip could not be made at the rung %s: %s", flow.rung.name.lower(), type(error).__name__)
            return None


def _covers_commands(consent: Consent) -> bool:
    return consent.purpose not in HOUSEHOLD and consent.terms.rung is not Rung.METRICS
