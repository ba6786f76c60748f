"""Keeps the privacy state: feeds events to the core and has carried out what it says, in its order.

This is the only holder of the state. Where an effect fails, the failure becomes the next event.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from keepmum import privacy
from keepmum.clock import Clock
from keepmum.consent import DAY, Flow, Kind, Terms
from keepmum.disk import REAL, Disk
from keepmum.errors import LedgerError, OutboxError, StateError
from keepmum.ledger import Ledger
from keepmum.listener import latch
from keepmum.listener.batch import Batch
from keepmum.listener.capture import Capture
from keepmum.listener.deeds import Book, Courier, Deeds
from keepmum.listener.fates import FOLLOWED, Fates, fates
from keepmum.listener.news import News
from keepmum.listener.release import Release, boxed
from keepmum.outbox import Outbox
from keepmum.privacy import effects, events
from keepmum.privacy.state import Boxed, Fault, Owner

log = logging.getLogger(__name__)

__all__ = ["Book", "Courier", "Keeper"]

CHECKPOINT_EVERY = 3600.0
"""Seconds between two checkpoints of a ledger that grows."""

WEEK = 7 * DAY

PRIVATE_LASTS = 30 * DAY
"""Seconds after which the private parts of the ledger are erased."""


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
        *,
        book: Book,
        offered: frozenset[Terms],
        batch: Batch,
        utc_offset: Callable[[], float] = lambda: 0.0,
        disk: Disk = REAL,
    ) -> None:
        """`utc_offset` says what the household's clock adds to UTC, in seconds: it decides what "today" is. `disk` has
        `file`."""
        self._clock = clock
        self._ledger = ledger
        self._outbox = outbox
        self._book = book
        self._offered = offered
        self._batch = batch
        self._utc_offset = utc_offset
        self._news = news
        self._events: deque[events.Event] = deque()
        self.state = latch.read(file, clock.now())
        self._latest = (clock.now(), self.state.wall)
        self._deeds = Deeds(
            capture,
            ledger,
            outbox,
            release,
            courier,
            book,
            news,
            lambda state: latch.write(file, state, clock.now(), disk),
            then=self._events.append,
            moment=self.moment,
        )
        self._signed = clock.now()
        self.forgets = 0
        """How often somebody asked to forget."""
        self.delivered: set[str] = set()
        """Clips whose arrival the recipient has signed."""

    def start(self) -> None:
        """Look at what the last run left, and open the microphone if it was not muted."""
        left, damaged = self._left_over()
        now, wall = self.moment()
        past = self._past({each.id for each in left}, wall)
        # A state and a receipt from an older copy say what was once true: what the ledger ended stays ended.
        receipts = self._book.valid(self.state.consents, wall) - past.over
        self.delivered = set(past.delivered)
        lost = tuple(parcel for parcel in past.lost if parcel not in damaged)
        told = (past.outside, past.spent, lost, past.ended)
        self.tell(events.Booted(now, wall, left, self._offered, receipts, *told))
        if not past.readable:
            self.tell(events.LedgerLost(*self.moment()))
        self._book.close_others(self.state.consents, wall)
        for parcel in damaged:
            self._note(effects.Note("dropped", {"parcel": parcel, "reason": "damaged"}))
        if not self.state.mutes:
            self._deeds.open_microphone()
        self._settle()

    def _past(self, waiting: set[str], wall: float) -> Fates:
        """A ledger that cannot be read tells nothing, and nothing leaves then."""
        try:
            # Where nobody ever agreed to anything, all that can be lost is a parcel of these days.
            agreed = self._book.since()
            since = wall - WEEK if agreed is None else max(agreed - DAY, wall - FOLLOWED)
            return fates(self._ledger.rows(since), waiting, wall)
        except (LedgerError, StateError) as error:
            log.error("%s", error)
            return Fates(readable=False)

    def _left_over(self) -> tuple[tuple[Boxed, ...], list[str]]:
        """What waits in the outbox, to be decided again, and the ids of what could not be read and is erased."""
        left, damaged = [], []
        for parcel in self._outbox.waiting():
            try:
                item = self._outbox.get(parcel)
            except OutboxError as error:
                log.warning("%s", error.what)
                self._deeds.erase(parcel)
                damaged.append(parcel)
                continue
            if item is not None:
                left.append(boxed(item))
        return tuple(left), damaged

    def tell(self, event: events.Event) -> None:
        """Something happened."""
        if isinstance(event, events.Quieter) and event.want.startswith("forget"):
            self.forgets += 1
            event = replace(event, since=self.midnight())
        if isinstance(event, events.Sounded):
            self._deeds.heard()
        if isinstance(event, events.Delivered):
            self.delivered.add(event.id)
        self._events.append(event)
        if len(self._events) == 1:
            self._settle()

    def offer(self, parcel: str, flow: Flow, expires: float | None = None) -> str:
        """Ask for something held by the release door to leave; the reason if it may not, else nothing.

        A clip that somebody has to be asked about is not refused, and stands in `state.asking` afterwards.
        """
        self._deeds.refused.clear()
        now, wall = self.moment()
        after = self._batch.after(wall) if flow.kind is Kind.CLIP else 0.0
        self.tell(events.Wanted(now, wall, parcel, flow, expires, after))
        return self._deeds.refused.get(parcel, "")

    def refuse(self, parcel: str, flow: Flow, reason: str) -> None:
        """Wipe something held by the release door, with a row, for a reason that lies outside the core."""
        self._deeds.refuse(parcel, flow, reason, self.state)
        self._settle()

    def record(self, what: str, facts: Mapping[str, str | int | float | bool]) -> None:
        """A row about something that the core does not decide about; also in the middle of a step."""
        busy = bool(self._events)
        self._note(effects.Note(what, facts))
        if not busy:
            self._settle()

    def look(self) -> None:
        """What has to be done now and then: sign the ledger, and erase its private parts when they are old."""
        now = self._clock.now()
        if now - self._signed < CHECKPOINT_EVERY:
            return
        self._signed = now
        self._deeds.checkpoint()
        try:
            self._ledger.forget_private(self.moment()[1] - PRIVATE_LASTS)
        except LedgerError as error:
            log.error("%s", error)

    def midnight(self) -> float:
        """The Unix time at which the household's day began."""
        wall = self.moment()[1]
        return wall - (wall + self._utc_offset()) % DAY

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
                self._deeds.carry_out(todo, self.state)
            except BaseException:
                # Whatever ends the process here, the next one must know what was to be quieter.
                self._events.clear()
                self._deeds.save(self.state)
                raise
            self._report(before)
            self._events.popleft()

    def _note(self, note: effects.Note) -> bool:
        return self._deeds.note(note, self.state)

    def _report(self, before: privacy.State) -> None:
        """Tell the watchers what is different now."""
        after = self.state
        if before.mutes != after.mutes:
            self._news.tell("mutes", {"owners": ",".join(sorted(after.mutes))})
        if before.mode is not after.mode:
            self._news.tell("mode", {"mode": after.mode.name.lower()})
        if (before.handed is None) != (after.handed is None):
            self._news.tell("leaving", {"leaving": after.handed is not None})
        if before.asking != after.asking:
            self._news.tell("asking", {"clips": len(after.asking)})

    @property
    def faulty(self) -> bool:
        """Whether nothing but a microphone that cannot be had keeps it closed."""
        return self.state.mutes == {Owner.FAULT} and self.state.faults == {Fault.MICROPHONE}
