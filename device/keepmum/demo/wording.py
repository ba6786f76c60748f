"""Words for a newcomer: what a step of the scene means, and why something was refused."""

from __future__ import annotations

import shlex

from keepmum.commands.owners import closed_by

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


_OPENED = {
    "held": "button held",
    "agreed": "button held",
    "switched": "switch put over",
    "time is up": "time is up",
}

_FAULTS = {"microphone": "the microphone", "proof": "the proof that the microphone is closed"}


def owners(names: str) -> str:
    """Who holds the microphone closed, out of the listener's comma-separated names."""
    return closed_by(name for name in names.split(",") if name)


def opened(cause: str) -> str:
    """Why the last one let go; a row without a cause is none: a microphone that failed is tried again."""
    return _OPENED.get(cause, cause or "it is tried again")


def fault(which: str, state: str, cause: str) -> str:
    """A fault's row in plain words."""
    return f"{_FAULTS.get(which, which)} {'has failed' if state == 'begun' else 'is well again'}: {cause}"


def light(state: str) -> str:
    """The row about a ring that could not be set."""
    return "the light does not obey" if state == "lost" else "the light obeys again"


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
