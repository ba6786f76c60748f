"""Words for a newcomer: what a step of the scene means, and why something was refused."""

from __future__ import annotations

import shlex

_REASONS = {
    "muted": "muted",
    "local_mode": "privacy mode is local",
    "no_consent": "nobody agreed to that",
    "consent_expired": "the consent has run out",
    "other_recipient": "the consent is for another recipient",
    "not_asked": "nobody said yes to this very clip",
    "unconfirmed_wake": "the wake was not confirmed",
    "too_long": "too long",
    "too_late": "too late",
    "forgotten": "somebody asked to forget it",
    "ledger_lost": "the ledger cannot be written",
}


def reason(word: str) -> str:
    """The ledger's reason in plain words; one without a sentence of its own is shown as it stands."""
    return _REASONS.get(word, word.replace("_", " "))


def step(source: str) -> str:
    """A line of a scene as something that people see or hear; nothing for a line that only the room needs."""
    try:
        verb, *words = shlex.split(source, comments=True)
    except ValueError:
        return source
    first = words[0] if words else ""
    match verb:
        case "play":
            return f"a recording plays: {first}"
        case "say":
            return f'somebody says "{first}"'
        case "press":
            return "the button is pressed"
        case "hold":
            return f"the button is held for {first} s"
        case _:
            return ""
