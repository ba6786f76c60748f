"""Everything that can be agreed to, as the settings, the notices and the recipient's card have it now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from keepmum.errors import ReceiptError
from keepmum.listener.consents.notice import Notices, Party
from keepmum.terms import DAY, HOUSEHOLD, LONGEST_CONSENT, MOST_REVIEWS, RUNGS, Purpose, Rung, Terms

if TYPE_CHECKING:
    from keepmum.listener.consents.identity import Identity
    from keepmum.seal import Card
    from keepmum.settings import Settings
    from keepmum.settings_hardware import HardwareSettings

_BROKER = "the household's own message broker"
_LONGEST_NAME = 200
"""Letters; of a longer one the latch could not keep the consent."""


def microphone_name(hardware: HardwareSettings) -> str:
    """Which microphone it is, as configured; another board, card or device is another microphone."""
    microphone = hardware.microphone
    return json.dumps([hardware.board, microphone.driver, microphone.card, microphone.device])


def offered(
    settings: Settings, card: Card | None, identity: Identity | None, microphone: str, notices: Notices
) -> frozenset[Terms]:
    """All terms that somebody could agree to now; `microphone` is its name, which only a hash of leaves this function.

    Without a broker nothing stays in the house, without a card there is nobody else, and a speaker that does not know
    who it is can sign nothing at all.
    """
    if identity is None:
        return frozenset()
    mine = identity.microphone(microphone)
    lasts = min(settings.sharing.days * DAY, LONGEST_CONSENT)
    drafts = [*_household(settings.broker.name, mine, lasts)]
    if card is not None:
        drafts += _clips(settings.sharing.quota, card, mine, lasts)
    return frozenset(_explained(drafts, notices))


_Draft = tuple[Terms, Party]


def _household(broker: str, microphone: str, lasts: float) -> Iterator[_Draft]:
    """A command is its own approval, and the speaker's own status holds nothing to ask about."""
    for purpose in (Purpose.COMMANDS, Purpose.STATUS) if 0 < len(broker) <= _LONGEST_NAME else ():
        for rung in RUNGS[purpose]:
            terms = Terms(purpose, rung, False, microphone, broker, "", storage=_BROKER, lasts=lasts)
            yield terms, Party(broker)


def _clips(quota: int, card: Card, microphone: str, lasts: float) -> Iterator[_Draft]:
    """Every rung of every purpose that the card has keys for; of numbers nobody is asked one by one."""
    purposes = [purpose for purpose in Purpose if purpose in card.purposes and purpose not in HOUSEHOLD]
    for purpose, rung, asks in _choices(purposes):
        terms = Terms(
            purpose,
            rung,
            asks,
            microphone,
            card.fingerprint,
            "",
            card.storage,
            card.jurisdiction,
            card.contact,
            retention=card.retention_days * DAY,
            lasts=lasts,
            quota=quota,
            reviews=min(card.reviews, MOST_REVIEWS),
        )
        yield terms, Party(card.name, card.people)


def _choices(purposes: list[Purpose]) -> Iterator[tuple[Purpose, Rung, bool]]:
    for purpose in purposes:
        for rung in sorted(RUNGS[purpose]):
            yield purpose, rung, False
            if rung is not Rung.METRICS:
                yield purpose, rung, True


def _explained(drafts: list[_Draft], notices: Notices) -> Iterator[Terms]:
    for draft, party in drafts:
        try:
            yield notices.explain(draft, party)
        except ReceiptError:
            continue  # the log has said at the start which notice is not there
