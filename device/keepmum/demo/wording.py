"""Words for a newcomer: what a step of the scene means, and why something was refused."""

from __future__ import annotations

import shlex

from keepmum.commands.owners import closed_by

_REASONS = {
    "ledger_lost": "the ledger cannot be written",
    "muted": "muted",
    "unconfirmed_wake": "the wake was not confirmed",
    "unknown_purpose": "nobody can agree to such a purpose",
    "unknown_rung": "that is more than the purpose needs",
    "too_long": "too long",
    "too_much_bleeped": "too much of it would be made unintelligible",
    "local_mode": "privacy mode is local",
    "no_consent": "nobody agreed to that",
    "consent_expired": "the consent has run out",
    "other_recipient": "the consent is for another recipient",
    "other_rung": "the consent is for more or less of it",
    "other_microphone": "the consent is for another microphone",
    "terms_changed": "what was agreed to has changed",
    "quota_used": "as much as was agreed to has left today",
    "not_asked": "nobody said yes to this very clip",
    "other_consent": "it was wanted under another consent",
    "declined": "the room said no",
    "not_answered": "nobody answered",
    "crowded_out": "newer ones wait for an answer",
    "forgotten": "somebody asked to forget it",
    "too_late": "too late",
    "already_waiting": "it waits already",
    "not_made": "it could not be made",
    "not_sealed": "it could not be sealed",
    "not_kept": "it could not be kept",
    "damaged": "damaged while it waited",
    "lost_power": "the power went while it waited",
    "given_up": "it could not be delivered for days",
    "no_receipt": "its receipt could not be written",
}
"""Every reason of `consent.Reason`, then those that the listener has besides."""

_RUNGS = {
    "metrics": "numbers of a day",
    "text": "words alone",
    "respoken": "words in the speaker's own voice",
    "disguised": "a disguised voice",
    "voice": "the voice as it was",
}

_QUESTIONS = {
    "waiting": "a clip waits, closed: the room will be asked about it",
    "played": "the room heard the clip, and may answer for a minute",
    "approved": "the room said yes to this clip",
}

_PROPOSALS = {
    "opened": "the button agrees now, if it is held for 3 s",
    "refused": "the button was let go early, which is a no",
    "expired": "nobody answered, which is a no",
    "impossible": "that cannot be agreed to",
}

_DELETIONS = {
    "demanded": "wanted back",
    "overdue": "not confirmed to be destroyed for a day",
    "unconfirmed": "never confirmed to be destroyed",
}


def reason(word: str) -> str:
    """The ledger's reason in plain words; one without a sentence of its own is shown as it stands."""
    return _REASONS.get(word, word.replace("_", " "))


def rung(word: str) -> str:
    """How much of a command leaves, in plain words."""
    return _RUNGS.get(word, word)


def question(state: str) -> str:
    """What became of a clip that the room is asked about."""
    return _QUESTIONS.get(state, "")


def proposal(state: str) -> str:
    """What became of something that somebody wanted to agree to."""
    return _PROPOSALS.get(state, state)


def deletion(state: str, plays: int) -> str:
    """What became of a clip that was wanted back; `plays` is what its recipient signed about listening to it."""
    if state != "confirmed":
        return _DELETIONS.get(state, state)
    heard = "not listened to" if not plays else "listened to once" if plays == 1 else f"listened to {plays} times"
    return f"destroyed, {heard}, signed by the collector"


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
