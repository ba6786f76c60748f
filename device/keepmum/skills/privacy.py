"""What the household says about its own privacy. A voice can make it quieter; louder needs the button."""

from __future__ import annotations

from collections.abc import Callable

from keepmum.messages import Answer, Ask, Propose, Tighten, Want
from keepmum.skills import privacy_answers as answers
from keepmum.skills.skill import say


class Privacy:
    """facts["today"] is the ledger's tally of the day, facts["status"] how the speaker is, facts["agreed"] the consents
    and facts["listened"] what recipients said about recordings that they destroyed; all are JSON."""

    name = "privacy"

    @property
    def intents(self) -> tuple[str, ...]:
        """All of the table below."""
        return tuple(_ANSWERS)

    def answer(self, ask: Ask) -> Answer:
        """One row of the table."""
        return _ANSWERS[ask.intent](ask)


_FORGETS: dict[str, Want] = {
    "privacy.forget": "forget",
    "privacy.forget_today": "forget_today",
    "privacy.forget_last": "forget_last",
}
"""All of it, or a part."""

_AGREE = "Only the button, held for three seconds, agrees to that."


def _mute(ask: Ask) -> Answer:
    return say(ask, "Muted. Hold the button to unmute.", Tighten(want="mute"))


def _guest(ask: Ask) -> Answer:
    return say(ask, "Private for twelve hours. Hold the button for three seconds to end it.", Tighten(want="guest"))


def _local(ask: Ask) -> Answer:
    return say(ask, "Local mode. Nothing leaves this speaker.", Tighten(want="local"))


def _withdraw(ask: Ask) -> Answer:
    return say(ask, "All consents are withdrawn. Nothing leaves this speaker.", Tighten(want="withdraw"))


def _forget(ask: Ask) -> Answer:
    """The listener says what came of it: only it knows what had left already."""
    return say(ask, "Forgotten.", Tighten(want=_FORGETS[ask.intent]))


def _share(ask: Ask) -> Answer:
    """Whoever just wants to help is asked for the words alone: they help as well, and no voice leaves."""
    purpose, rung = str(ask.slots.get("purpose", "asr-improvement")), str(ask.slots.get("rung", "text"))
    return _proposed(ask, purpose, rung, asks="asks" in ask.slots)


def _ask_first(ask: Ask) -> Answer:
    """What was agreed to stays, and each is asked about from then on."""
    consents = [
        each for each in answers.as_list(ask.facts.get("agreed", "")) if each.get("purpose") not in answers.HOME
    ]
    mine = next((each for each in consents if each.get("rung") != "metrics"), {})
    purpose, rung = str(mine.get("purpose", "asr-improvement")), str(mine.get("rung", "voice"))
    return _proposed(ask, purpose, rung, asks=True)


def _proposed(ask: Ask, purpose: str, rung: str, *, asks: bool = False) -> Answer:
    """The listener says what it is about, in its own words, and that it needs a hand."""
    if rung not in answers.RUNGS:
        return say(ask, "I do not know how to share that.")
    return say(ask, _AGREE, Propose.model_validate({"purpose": purpose, "rung": rung, "asks": asks}))


def _commands(ask: Ask) -> Answer:
    return _proposed(ask, "commands", "text")


def _tell(ask: Ask) -> Answer:
    return _proposed(ask, "status", "metrics")


def _loosen(ask: Ask) -> Answer:
    return say(ask, "I take less privacy from the button alone. Say, share what I say, then hold it.")


_ANSWERS: dict[str, Callable[[Ask], Answer]] = {
    "privacy.mute": _mute,
    "privacy.guest": _guest,
    "privacy.local": _local,
    "privacy.withdraw": _withdraw,
    "privacy.forget": _forget,
    "privacy.forget_today": _forget,
    "privacy.forget_last": _forget,
    "privacy.share": _share,
    "privacy.ask_first": _ask_first,
    "privacy.commands": _commands,
    "privacy.tell": _tell,
    "privacy.loosen": _loosen,
    "privacy.today": answers.today,
    "privacy.agreed": answers.agreed,
    "privacy.listened": answers.listened,
    "privacy.overdue": answers.overdue,
    "privacy.status": answers.status,
}
