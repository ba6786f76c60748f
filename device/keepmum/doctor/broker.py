"""The group `broker`: where things may go if somebody agrees, and who may open clips."""

from __future__ import annotations

from keepmum.doctor.case import Case
from keepmum.doctor.finding import Finding, not_asked, note, ok, plain, problem
from keepmum.errors import BrokerError, ConfigError, SealError
from keepmum.seal import WEEK, Card

FEW = 3
"""Weeks before its end at which a card should be replaced."""

_FRESH = "ask the recipient for a fresh card: `keepmum collect --extend` makes it, and consents go on"


def broker(case: Case) -> Finding:
    """Whether it can be reached; only asked for, because asking goes over the network."""
    settings = case.settings.broker
    if settings.host is None:
        return ok("none is named, so nothing can ever be sent")
    if not case.asked.broker:
        return not_asked(f"whether {settings.name} answers", "--broker connects to it and publishes nothing")
    try:
        answered = case.machine.knock(settings)
    except (BrokerError, ConfigError) as error:
        return problem(error.what, error.hint)
    if settings.password_file is not None and not settings.tls:
        return note(answered, "its password crosses the network readable; broker.tls would hide it")
    return ok(answered)


def recipient(case: Case) -> Finding:
    """Whether the card of whoever may open clips is one."""
    path = case.settings.recipient.card
    if path is None:
        return ok("none is named, so no clip can be sealed or leave")
    try:
        card = Card.parse(case.machine.at(path).read_text())
    except (OSError, UnicodeDecodeError, SealError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return problem(f"recipient.card {path}: {plain(why or '')}", "ask the recipient for a new one")
    weeks = min((int((card.until(purpose) - case.machine.now) // WEEK) for purpose in card.purposes), default=0)
    if weeks < 1:
        return problem(f"recipient.card {path} has no key for next week", _FRESH)
    if weeks <= FEW:
        return note(f"{path.name} has keys for {weeks} more week{'s' * (weeks != 1)}", _FRESH)
    return ok(f"clips could be sealed to {plain(card.name)}, for {weeks} more weeks")
