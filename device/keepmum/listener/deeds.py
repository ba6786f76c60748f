"""Carries out what the privacy core asks for, one effect at a time; what fails becomes the next event."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from keepmum.consent import Consent, Flow, Kind
from keepmum.errors import (
    LedgerError,
    MicrophoneError,
    OutboxError,
    PeerError,
    ReceiptError,
    SealError,
    StateError,
)
from keepmum.ledger import Ledger
from keepmum.listener.capture import Capture
from keepmum.listener.news import News
from keepmum.listener.release import Release
from keepmum.outbox import Item, Outbox
from keepmum.privacy import Boxed, State, effects, events
from keepmum.privacy.state import Outside

log = logging.getLogger(__name__)

PRIVATE = frozenset({"seconds"})
"""Facts that stand beside their row and can be erased without breaking the ledger."""

_GIVEN = frozenset({"given", "re-confirmed"})


class Courier(Protocol):
    """The line to the uplink."""

    def hand(self, item: Item) -> None:
        """Give it one parcel; raises PeerError if it is not there."""
        ...

    def stop(self, why: str) -> None:
        """Tell it to let go of what it holds."""
        ...


class Book(Protocol):
    """The consents' receipts."""

    def sign(self, consent: Consent, event: str, at: float) -> None:
        """Write what became of a consent into its receipt; raises ReceiptError or StateError."""
        ...

    def valid(self, consents: tuple[Consent, ...], wall: float) -> frozenset[str]:
        """The ids of those whose receipts are there, whole, and say the same."""
        ...

    def since(self) -> float | None:
        """The Unix time before which nobody can have agreed to anything; None if nobody ever has. Raises StateError."""
        ...

    def close_others(self, consents: tuple[Consent, ...], at: float) -> None:
        """End in writing what reads as given and is none of these."""
        ...


class Deeds:
    """The doors of the house. `then` takes what happened because of a failure; `state` is looked up when needed."""

    def __init__(  # noqa: PLR0917
        self,
        capture: Capture,
        ledger: Ledger,
        outbox: Outbox,
        release: Release,
        courier: Courier,
        book: Book,
        news: News,
        keep: Callable[[State], None],
        *,
        then: Callable[[events.Event], None],
        moment: Callable[[], tuple[float, float]],
    ) -> None:
        self._capture = capture
        self._ledger = ledger
        self._outbox = outbox
        self._release = release
        self._courier = courier
        self._book = book
        self._news = news
        self._keep = keep
        self._then = then
        self._moment = moment
        self._deaf = ""
        self.refused: dict[str, str] = {}
        """Why each of the newest offers was refused, by parcel."""

    def carry_out(self, todo: tuple[effects.Effect, ...], state: State) -> None:
        """All of it, in order; whatever would make the speaker louder after a failure is left out."""
        whole = True
        for effect in todo:
            if not whole and self._hangs_on_its_row(effect):
                # The row or the file before it failed: what is not recorded does not go on.
                self._give_up(effect, "ledger_lost")
            else:
                whole = self._do(effect, state) and whole

    @staticmethod
    def _hangs_on_its_row(effect: effects.Effect) -> bool:
        return isinstance(effect, effects.Put | effects.HandOver | effects.Demand) or (
            isinstance(effect, effects.Sign) and effect.event in _GIVEN
        )

    def _do(self, effect: effects.Effect, state: State) -> bool:
        """Carry out one effect; False if something that must come before a release failed."""
        match effect:
            case effects.Close():
                self._close()
            case effects.Open():
                self.open_microphone()
            case effects.Save():
                self.save(state)
            case effects.Note():
                return self.note(effect, state)
            case effects.Sign(consent=consent, event=event):
                self._sign(consent, event)
            case effects.StopUplink(why=why):
                self._courier.stop(why)
            case _:
                return self._move(effect, state)
        return True

    def _move(self, effect: effects.Effect, state: State) -> bool:
        """The same for one that moves a parcel."""
        match effect:
            case effects.Seal():
                self._seal(effect, state)
            case effects.Shelve(id=parcel):
                self._shelve(parcel)
            case effects.Forget(id=parcel, reason=reason):
                self._release.forget(parcel)
                self.refused[parcel] = reason
            case effects.Put():
                return self._put(effect)
            case effects.HandOver(boxed=handed):
                self._hand_over(handed)
            case effects.Demand(outside=outside):
                self._demand(outside)
            case effects.Erase(id=parcel):
                self.erase(parcel)
        return True

    # ---- the microphone

    def _close(self) -> None:
        try:
            self._capture.close()
        except MicrophoneError as error:
            # What comes next must come all the same: the row, and what is kept. The proof objects, and tries again.
            log.error("%s", error)
        self._release.forget_all()

    def open_microphone(self) -> None:
        """Open the microphone, or report that it cannot be had."""
        try:
            self._capture.open()
        except MicrophoneError as error:
            if error.what != self._deaf:
                # Once for each reason: a microphone that stays away is tried again for weeks.
                log.error("%s", error)
            self._deaf = error.what
            self._then(events.Broken(*self._moment(), cause=events.Cause.NOT_OPENED))

    def heard(self) -> None:
        """Sound has come: the next trouble is a new one."""
        self._deaf = ""

    # ---- what is written

    def save(self, state: State) -> None:
        """Keep latch, mode and consents."""
        try:
            self._keep(state)
        except StateError as error:
            log.error("%s", error)

    def note(self, note: effects.Note, state: State) -> bool:
        """Write a row; False, and nothing leaves any more, if it cannot be written."""
        private = {name: fact for name, fact in note.facts.items() if name in PRIVATE}
        public = {name: fact for name, fact in note.facts.items() if name not in PRIVATE}
        try:
            row = self._ledger.add(note.what, self._moment()[1], public, private)
        except LedgerError as error:
            if state.ledger:
                log.error("%s; nothing leaves any more", error)
                self._then(events.LedgerLost(*self._moment()))
            return False
        self._news.tell("row", {"n": row.n, "what": note.what, **note.facts})
        return True

    def _sign(self, consent: Consent, event: str) -> None:
        try:
            self._book.sign(consent, event, self._moment()[1])
        except (ReceiptError, StateError) as error:
            log.error("%s", error)
            if event in _GIVEN:
                self._then(events.Unsigned(*self._moment(), consent.id))

    # ---- parcels

    def refuse(self, parcel: str, flow: Flow, reason: str, state: State) -> None:
        """Wipe something, with a row, for a reason that lies outside the core."""
        facts = {"kind": flow.kind.value, "purpose": flow.purpose[:40], "reason": reason}
        self.carry_out((effects.Forget(parcel, reason), effects.Note("refusal", facts)), state)

    def _shelve(self, parcel: str) -> None:
        try:
            self._release.shelve(parcel)
        except SealError as error:
            # It will be told that it cannot be played, and be forgotten in its time.
            log.error("%s", error)

    def _seal(self, effect: effects.Seal, state: State) -> None:
        now, wall = self._moment()
        try:
            shut = self._release.seal(effect.id, effect.flow, effect.consent, wall)
        except SealError as error:
            log.error("%s", error)
            self.refuse(effect.id, effect.flow, "not_sealed", state)
            return
        size, sha256 = len(shut.body), shut.sha256
        sealed = events.Sealed(now, wall, effect.id, effect.flow, effect.consent, size, sha256, effect.expires)
        self._then(replace(sealed, after=effect.after))

    def _put(self, effect: effects.Put) -> bool:
        try:
            self._release.put(effect.boxed)
        except OutboxError as error:
            log.error("%s", error)
            self._give_up(effect, "not_kept")
            return False
        return True

    def _give_up(self, effect: effects.Effect, reason: str) -> None:
        match effect:
            case effects.Put(boxed=boxed):
                self._release.forget(boxed.id)
                self.refused[boxed.id] = reason
                self._then(events.Failed(*self._moment(), boxed.id, "could not be kept or recorded", True))
            case effects.HandOver(boxed=boxed):
                self._returned(boxed.id, "could not be kept or recorded", final=False)
            case effects.Demand(outside=outside):
                self._returned(outside.id, "could not be recorded", final=False)
            case effects.Sign(consent=consent):
                self._then(events.Unsigned(*self._moment(), consent.id))

    def _returned(self, parcel: str, reason: str, *, final: bool) -> None:
        """The uplink got nothing, so it still waits."""
        self._then(events.Failed(*self._moment(), parcel, reason, final))
        self._then(events.UplinkReady(*self._moment()))

    def _hand_over(self, handed: Boxed) -> None:
        try:
            if handed.flow.kind is Kind.CLIP:
                self.checkpoint()
            item = self._outbox.get(handed.id)
            if item is None:
                raise OutboxError(f"parcel {handed.id} is not in the outbox any more")
            self._courier.hand(item)
        except OutboxError as error:
            log.error("%s", error)
            self._returned(handed.id, "lost in the outbox", final=True)
        except PeerError:
            self._then(events.UplinkGone(*self._moment()))

    def _demand(self, outside: Outside) -> None:
        try:
            self._courier.hand(self._release.demand(outside.id))
        except PeerError:
            self._then(events.UplinkGone(*self._moment()))

    def checkpoint(self) -> None:
        """Sign what the ledger says so far, so that nobody can take it back later."""
        try:
            self._ledger.checkpoint(self._moment()[1])
        except LedgerError as error:
            log.error("%s", error)

    def erase(self, parcel: str) -> None:
        """Remove a parcel from the outbox."""
        try:
            self._outbox.erase(parcel)
        except OutboxError as error:
            # It is not handed over any more in this run, and decided again at the next start.
            log.error("%s", error)
