"""What the household says about its own privacy. A voice can make it quieter; louder needs the button."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from keepmum.messages import Answer, Ask, Propose, Tighten
from keepmum.skills.skill import say
from keepmum.skills.wording import sentence, together

_KINDS = {"clip": "recording", "action": "home command"}


class Privacy:
    """facts["today"] is the ledger's tally of the day, facts["status"] how the speaker is; both are JSON."""

    name = "privacy"

    @property
    def intents(self) -> tuple[str, ...]:
        """All of the table below."""
        return tuple(_ANSWERS)

    def answer(self, ask: Ask) -> Answer:
        """One row of the table."""
        return _ANSWERS[ask.intent](ask)


def _mute(ask: Ask) -> Answer:
    return say(ask, "Muted. Hold the button to unmute.", Tighten(want="mute"))


def _guest(ask: Ask) -> Answer:
    return say(
        ask, "Private for twelve hours. Hold the button for three seconds to end it.", Tighten(want="guest")
    )


def _local(ask: Ask) -> Answer:
    return say(ask, "Local mode. Nothing leaves this speaker.", Tighten(want="local"))


def _withdraw(ask: Ask) -> Answer:
    return say(ask, "All consents are withdrawn. Nothing leaves this speaker.", Tighten(want="withdraw"))


def _forget(ask: Ask) -> Answer:
    return say(ask, "Forgotten.", Tighten(want="forget"))


def _share(ask: Ask) -> Answer:
    agree = "Hold the button for three seconds to agree that recordings of your commands help to improve me."
    return say(ask, agree, Propose(purpose="asr-improvement"))


def _commands(ask: Ask) -> Answer:
    agree = "Hold the button for three seconds to agree that I send commands to your home."
    return say(ask, agree, Propose(purpose="commands"))


def _loosen(ask: Ask) -> Answer:
    return say(ask, "I take less privacy from the button alone. Say, share what I say, then hold it.")


def _today(ask: Ask) -> Answer:
    """What left, then what was kept: the first is what the question is about."""
    known = _object(ask.facts.get("today", ""))
    if known is None:
        return say(ask, "I cannot read my ledger, so I do not know. While that is so, nothing leaves.")
    left = [_counted(kind, flows) for kind, flows in sorted(_by_kind(known).items())]
    kept = sum(int(count) for count in known.get("refused", {}).values())
    held = f"I kept {kept} {'thing' if kept == 1 else 'things'} to myself." if kept else "Nothing was asked of me."
    return say(ask, sentence(f"today {together(left)} left this speaker") if left else f"Nothing left today. {held}")


def _by_kind(known: dict[str, Any]) -> dict[str, int]:
    """Parcels by kind: the tally has one entry "<kind> <purpose>" with their number and their bytes."""
    kinds: dict[str, int] = {}
    for name, (count, _) in known.get("left", {}).items():
        kind = str(name).split()[0]
        kinds[kind] = kinds.get(kind, 0) + int(count)
    return kinds


def _counted(kind: str, count: int) -> str:
    noun = _KINDS.get(kind, kind)
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _status(ask: Ask) -> Answer:
    known = _object(ask.facts.get("status", ""))
    if known is None:
        return say(ask, "I cannot tell how I am. When in doubt, mute me with the button.")
    consents = [str(consent) for consent in known.get("consents", [])]
    agreed = f"You have agreed to {together(consents)}." if consents else "Nobody has agreed to anything."
    mode = f"Privacy mode is {known.get('mode', 'unknown')}."
    hears = (
        "I listen for my wake word, here in this room."
        if known.get("microphone") == "open"
        else "My microphone is closed."
    )
    return say(ask, f"Only me. {hears} {mode} {agreed}")


def _object(untrusted_text: str) -> dict[str, Any] | None:
    try:
        known = json.loads(untrusted_text)
    except ValueError:
        return None
    return known if isinstance(known, dict) else None


_ANSWERS: dict[str, Callable[[Ask], Answer]] = {
    "privacy.mute": _mute,
    "privacy.guest": _guest,
    "privacy.local": _local,
    "privacy.withdraw": _withdraw,
    "privacy.forget": _forget,
    "privacy.share": _share,
    "privacy.commands": _commands,
    "privacy.loosen": _loosen,
    "privacy.today": _today,
    "privacy.status": _status,
}
