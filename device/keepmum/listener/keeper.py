"""Keeps the privacy state: feeds events to the core and carries out what it says, in its order.

This is the only holder of the state. Where an effect fails, the failure becomes the next event, and whatever would
have made the speaker louder after it is left out.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from keepmum import privacy
from keepmum.clock import Clock
from keepmum.consent import Flow
from keepmum.errors import LedgerError, MicrophoneError, OutboxError, PeerError, SealError, StateError
from keepmum.ledger import Ledger
from keepmum.listener import latch
from keepmum.listener.capture import Capture
from keepmum.listener.news import News
from keepmum.listener.release import Release, boxed
from keepmum.outbox import Item, Outbox
from keepmum.privacy import effects, events
from keepmum.privacy.state import Boxed, Fault, Owner

log = logging.getLogger(__name__)


class Courier(Protocol):
    """The line to the uplink."""

    def hand(self, item: Item) -> None:
        """Give it one parcel; raises PeerError if it is not there."""
        ...

    def stop(self, why: str) -> None:
        """Tell it to let go of what it holds."""
        ...


class Keeper:
    """The privacy state and everything that it governs."""

    def __init__(  # noqa: PLR0917
        self,
        clock: Clock,
        capture: Capture,
        ledger: Ledger,
        outbox: Outbox,
        release: Release,
        courier: Courier,
        news: News,
        file: Path,
    ) -> None:
        self._clock = clock
        self._capture = capture
        self._ledger = ledger
        self._outbox = outbox
        self._release = release
        self._courier = courier
        self._news = news
        self._file = file
        self._events: deque[events.Event] = deque()
        self.state = latch.read(file, clock.now())
        self._latest = (clock.now(), self.state.wall)
        self._deaf = ""
        self.refused: dict[str, str] = {}
        """Why each of the newest offers was refused, by parcel."""
        self.forgets = 0
        """How often somebody asked to forget."""

    def start(self) -> None:
        """Look at what the last run left in the outbox, and open the microphone if it was not muted."""
        left, damaged = self._left_over()
        self.tell(events.Booted(*self.moment(), left))
        for parcel in damaged:
            self._note(effects.Note("dropped", {"parcel": parcel, "reason": "damaged"}))
        if not self.state.mutes:
            self._open()
        self._settle()

    def _left_over(self) -> tuple[tuple[Boxed, ...], list[str]]:
        """What waits in the outbox, to be decided again, and the ids of what could not be read and is erased."""
        left, damaged = [], []
        for parcel in self._outbox.waiting():
            try:
                item = self._outbox.get(parcel)
            except OutboxError as error:
                log.warning("%s", error.what)
                self._erase(parcel)
                damaged.append(parcel)
                continue
            if item is not None:
                left.append(boxed(item))
        return tuple(left), damaged

    def tell(self, event: events.Event) -> None:
        """Something happened."""
        if isinstance(event, events.Quieter) and event.want == "forget":
            self.forgets += 1
        if isinstance(event, events.Sounded):
            self._deaf = ""
        self._events.append(event)
        if len(self._events) == 1:
            self._settle()

    def offer(self, parcel: str, flow: Flow, expires: float | None = None) -> str:
        """Ask for something held by the release door to leave; the reason if it may not, else nothing."""
        self.refused.clear()
        self.tell(events.Wanted(*self.moment(), parcel, flow, expires))
        return self.refused.get(parcel, "")

    def refuse(self, parcel: str, flow: Flow, reason: str) -> None:
        """Wipe something held by the release door, with a row, for a reason that lies outside the core."""
        self._refuse(parcel, flow, reason)
        self._settle()

    def _refuse(self, parcel: str, flow: Flow, reason: str) -> None:
        facts = {"kind": flow.kind.value, "purpose": flow.purpose[:40], "reason": reason}
        self._carry_out((effects.Forget(parcel, reason), effects.Note("refusal", facts)))

    def record(self, what: str, facts: Mapping[str, str]) -> None:
        """A row about something that the core does not decide about; also in the middle of a step."""
        busy = bool(self._events)
        self._note(effects.Note(what, facts))
        if not busy:
            self._settle()

    def moment(self) -> tuple[float, float]:
        """The two readings that every event carries.

        A wall clock that was set back goes on from where it was: were it to stand still, no consent would ever end.
        """
        now, wall = self._clock.now(), self._clock.wall()
        before, latest = self._latest
        self._latest = (now, max(wall, latest + now - before))
        return self._latest

    def _settle(self) -> None:
        """Work off events until none is left; an effect may add some."""
        while self._events:
            before = self.state
            self.state, todo = privacy.step(before, self._events[0])
            try:
                self._carry_out(todo)
            except BaseException:
                # Whatever ends the process here, the next one must know what was to be quieter.
                self._events.clear()
                self._save()
                raise
            self._report(before)
            self._events.popleft()

    def _carry_out(self, todo: tuple[effects.Effect, ...]) -> None:
        whole = True
        for effect in todo:
            if isinstance(effect, effects.Put | effects.HandOver) and not whole:
                # The row or the file before it failed: what is not recorded does not go on.
                self._give_up(effect, "ledger_lost")
            else:
                whole = self._do(effect) and whole

    def _do(self, effect: effects.Effect) -> bool:
        """Carry out one effect; False if something that must come before a release failed."""
        match effect:
            case effects.Close():
                self._close()
            case effects.Open():
                self._open()
            case effects.Save():
                self._save()
            case effects.Note():
                return self._note(effect)
            case effects.Seal():
                self._seal(effect)
            case effects.Forget(id=parcel, reason=reason):
                self._release.forget(parcel)
                self.refused[parcel] = reason
            case effects.Put():
                return self._put(effect)
            case effects.HandOver(boxed=handed):
                self._hand_over(handed)
            case effects.Erase(id=parcel):
                self._erase(parcel)
            case effects.StopUplink(why=why):
                self._courier.stop(why)
        return True

    def _close(self) -> None:
        try:
            self._capture.close()
        except MicrophoneError as error:
            # What comes next must come all the same: the row, and what is kept. The proof objects, and tries again.
            log.error("%s", error)
        self._release.forget_all()

    def _open(self) -> None:
        try:
            self._capture.open()
        except MicrophoneError as error:
            if error.what != self._deaf:
                # Once for each reason: a microphone that stays away is tried again for weeks.
                log.error("%s", error)
            self._deaf = error.what
            self._events.append(events.Broken(*self.moment(), cause=events.Cause.NOT_OPENED))

    def _erase(self, parcel: str) -> None:
        try:
            self._outbox.erase(parcel)
        except OutboxError as error:
            # It is not handed over any more in this run, and decided again at the next start.
            log.error("%s", error)

    def _save(self) -> None:
        try:
            latch.write(self._file, self.state, self._clock.now())
        except StateError as error:
            log.error("%s", error)

    def _note(self, note: effects.Note) -> bool:
        try:
            row = self._ledger.add(note.what, self._clock.wall(), note.facts)
        except LedgerError as error:
            if self.state.ledger:
                log.error("%s; nothing leaves any more", error)
                self._events.append(events.LedgerLost(*self.moment()))
            return False
        self._news.tell("row", {"n": row.n, "what": note.what, **note.facts})
        return True

    def _seal(self, effect: effects.Seal) -> None:
        try:
            shut = self._release.seal(effect.id, effect.flow, effect.consent)
        except SealError as error:
            log.error("%s", error)
            self._refuse(effect.id, effect.flow, "not_sealed")
            return
        now, wall = self.moment()
        sealed = events.Sealed(
            now, wall, effect.id, effect.flow, effect.consent, len(shut.body), shut.sha256, effect.expires
        )
        self._events.append(sealed)

    def _put(self, effect: effects.Put) -> bool:
        try:
            self._release.put(effect.boxed)
        except OutboxError as error:
            log.error("%s", error)
            self._give_up(effect, "not_kept")
            return False
        return True

    def _give_up(self, effect: effects.Put | effects.HandOver, reason: str) -> None:
        parcel, stored = effect.boxed.id, isinstance(effect, effects.HandOver)
        if not stored:
            self._release.forget(parcel)
            self.refused[parcel] = reason
        self._events.append(events.Failed(*self.moment(), parcel, "could not be kept or recorded", not stored))
        if stored:
            # The uplink got nothing, so it still waits.
            self._events.append(events.UplinkReady(*self.moment()))

    def _hand_over(self, handed: Boxed) -> None:
        try:
            item = self._outbox.get(handed.id)
            if item is None:
                raise OutboxError(f"parcel {handed.id} is not in the outbox any more")
            self._courier.hand(item)
        except OutboxError as error:
            log.error("%s", error)
            self._events.append(events.Failed(*self.moment(), handed.id, "lost in the outbox", True))
            self._events.append(events.UplinkReady(*self.moment()))
        except PeerError:
            self._events.append(events.UplinkGone(*self.moment()))

    def _report(self, before: privacy.State) -> None:
        """Tell the watchers what is different now."""
        after = self.state
        if before.mutes != after.mutes:
            self._news.tell("mutes", {"owners": ",".join(sorted(after.mutes))})
        if before.mode is not after.mode:
            self._news.tell("mode", {"mode": after.mode.name.lower()})
        if (before.handed is None) != (after.handed is None):
            self._news.tell("leaving", {"leaving": after.handed is not None})

    @property
    def faulty(self) -> bool:
        """Whether nothing but a microphone that cannot be had keeps it closed."""
        return self.state.mutes == {Owner.FAULT} and self.state.faults == {Fault.MICROPHONE}
