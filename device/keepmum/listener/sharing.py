"""Puts together everything through which something may leave: who agrees, who decides, what is made, where it waits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from random import SystemRandom

from keepmum.errors import LedgerError
from keepmum.hardware.drivers import Hardware
from keepmum.ledger import Ledger, Row
from keepmum.listener.batch import Batch
from keepmum.listener.capture import Capture
from keepmum.listener.command import Command
from keepmum.listener.consents.agreements import Agreements
from keepmum.listener.daily import Daily
from keepmum.listener.hearing import Hearing
from keepmum.listener.hub import Hub
from keepmum.listener.keeper import Keeper
from keepmum.listener.news import News
from keepmum.listener.offer import Make, Offer, Sender
from keepmum.listener.peers.to_uplink import ToUplink
from keepmum.listener.question import Question
from keepmum.listener.release import Release
from keepmum.listener.rungs import metrics
from keepmum.listener.rungs.made import Made
from keepmum.listener.rungs.make import make
from keepmum.outbox import Outbox
from keepmum.seal import Card
from keepmum.settings import Settings
from keepmum.terms import Purpose, Rung


class Sharing:
    """The half of the listener that is about leaving; the other half is about hearing."""

    def __init__(  # noqa: PLR0917
        self,
        settings: Settings,
        card: Card | None,
        hardware: Hardware,
        capture: Capture,
        hearing: Hearing,
        words: Collection[str],
        news: News,
        utc_offset: Callable[[], float],
    ) -> None:
        """`words` may stay audible in a clip. Raises LedgerError and OutboxError."""
        self._settings, self._hardware, self._utc_offset = settings, hardware, utc_offset
        folders, clock = settings.folders, hardware.clock
        self.agreements = Agreements.open(settings, card)
        self.ledger = Ledger(folders.ledger, clock.wall(), signer=self.agreements.signer)
        outbox = Outbox(folders.outbox)
        self.release = Release(outbox, card, self.agreements.secret)
        self.uplink = ToUplink(outbox, card, news, settings.broker.name, secret=self.agreements.secret)
        self.keeper = self.uplink.keeper = Keeper(
            clock,
            capture,
            self.ledger,
            outbox,
            self.release,
            self.uplink,
            news,
            folders.state / "privacy.json",
            book=self.agreements.book,
            offered=self.agreements.offered,
            batch=Batch(settings.sharing.release, SystemRandom().random, utc_offset),
            utc_offset=utc_offset,
        )
        sender = self._sender()
        self.offer = Offer(hearing, self.release, self.keeper, self._making(words), sender)
        self.question = Question(self.keeper, self.release.aloud, lambda: hearing.confirmed)
        day = metrics.Day()
        news.watch(day.watch)
        self.daily = Daily(self.release, self.keeper, self.ledger.rows, day, sender)
        self._hub = self._new_hub(news)
        self.uplink.told = self._hub.fact

    def look(self) -> None:
        """What has to be done now and then; once a turn."""
        self.keeper.look()
        self._hub.look()

    def _sender(self) -> Sender:
        identity, clock = self.agreements.identity, self._hardware.clock

        def pseudonym(purpose: Purpose) -> str:
            # Without an identity there is no consent, so nobody is ever told.
            return identity.pseudonym(purpose.value, clock.wall(), self._utc_offset()) if identity else ""

        speech = self._settings.speech
        return Sender(pseudonym, self.agreements.microphone, speech.language, speech.model.name)

    def _making(self, words: Collection[str]) -> Make:
        """How a clip is made of a command in this household."""
        voice, chance = self._hardware.voice, SystemRandom()

        def making(command: Command, rung: Rung, purpose: Purpose) -> Made:
            return make(command, rung, words, voice, chance, purpose=purpose)

        return making

    def _new_hub(self, news: News) -> Hub:
        return Hub(
            self.keeper,
            self.release,
            news,
            self._settings.home,
            self._settings.broker.name,
            self.agreements.microphone,
            self.uplink.vanish,
            rows=self._rows_of_today(),
            utc_offset=self._utc_offset,
        )

    def _rows_of_today(self) -> Iterable[Row]:
        if not self._settings.broker.name:
            # There is nobody who could be told, so the start does not wait for the ledger once more.
            return []
        try:
            return list(self.ledger.rows(self.keeper.midnight()))
        except LedgerError:
            # The keeper meets the same error when it starts, and lets nothing leave.
            return []
