"""The ledger's rows in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keepmum.commands.owners import closed_by
from keepmum.ledger import Row, What

_REASONS = {
    "muted": "the speaker was muted",
    "local_mode": "privacy mode was local",
    "no_consent": "nobody had agreed to that",
    "consent_expired": "the consent had run out",
    "other_recipient": "the consent was for another recipient",
    "other_rung": "the consent was for more or less of it",
    "other_microphone": "the consent was for another microphone",
    "terms_changed": "what had been agreed to is not what it would have been",
    "quota_used": "as much as was agreed to had left that day",
    "not_asked": "nobody had said yes to this very clip",
    "unconfirmed_wake": "the wake was not confirmed",
    "unknown_purpose": "nobody knows such a purpose",
    "unknown_rung": "the purpose does not need so much",
    "too_long": "it was too long",
    "too_late": "it was too late for it",
    "too_much_bleeped": "most of it would have been made unintelligible",
    "forgotten": "somebody asked to forget it",
    "withdrawn": "the consent was withdrawn",
    "crowded_out": "newer clips were waiting for an answer",
    "ledger_lost": "the ledger could not be written",
    "lost_power": "the power went while it waited",
    "given_up": "it could not be delivered for days",
    "damaged": "what waited was damaged",
    "no_receipt": "its receipt could not be written",
    "declined": "the room had said no",
    "not_answered": "nobody had answered",
    "other_consent": "it was wanted under another consent",
    "already_waiting": "it waited already",
    "not_made": "it could not be made",
    "not_sealed": "it could not be sealed",
    "not_kept": "it could not be kept",
}

_RUNGS = {
    "metrics": "numbers of a day",
    "text": "redacted text",
    "respoken": "that text in the speaker's own voice",
    "disguised": "a disguised voice",
    "voice": "the voice as it was",
}

_QUESTIONS = {
    "waiting": "It was kept, closed, until somebody would say yes or no.",
    "played": "It was played to the room, and the room was asked.",
    "approved": "Somebody said yes to it.",
}

_DELETIONS = {
    "demanded": "The household wanted it destroyed.",
    "sent": "The demand to destroy it was sent.",
    "overdue": "Nobody had confirmed for a day that it is destroyed.",
    "unconfirmed": "Nobody ever confirmed that it is destroyed; by now it has to be in any case.",
}

_CONSENTS = {
    "given": "Somebody in the room agreed",
    "re-confirmed": "Somebody in the room agreed again",
    "replaced": "A newer consent took the place of the one",
    "withdrawn": "The consent was withdrawn",
    "expired": "The consent ran out",
    "invalidated": "The consent lost its force",
}

_PROPOSALS = {
    "opened": "Somebody asked for a consent",
    "refused": "Nobody agreed to the consent that was asked for",
    "expired": "Nobody answered about the consent that was asked for",
    "impossible": "A consent was asked for that cannot be given",
}


def reason(word: str) -> str:
    """Why something did not leave; a word without a sentence of its own is shown as it stands."""
    return _REASONS.get(word, word.replace("_", " "))


def sentence(row: Row) -> str:
    """One row as one sentence; a row that a later version wrote is shown as it stands."""
    facts = {name: str(fact) for name, fact in {**row.facts, **(row.private or {})}.items()}
    tell = _TELL.get(row.what)
    return tell(facts) if tell else f"{row.what}: " + ", ".join(f"{name} {fact}" for name, fact in facts.items())


Facts = Mapping[str, str]


def _release(facts: Facts) -> str:
    what = f"It may leave: {facts.get('bytes', '?')} bytes, a {facts.get('kind', 'parcel')}"
    if facts.get("seconds", "0") not in ("0", "0.0"):
        what += f" of {facts['seconds']} s"
    if "rung" in facts:
        what += f", as {_RUNGS.get(facts['rung'], facts['rung'])}"
    to = facts.get("to") or facts.get("recipient", "")
    what += f", for {facts.get('purpose', '?')}" + (f", to {to}" if to else "")
    return f"{what}, under the consent {facts['consent'][:8]}." if facts.get("consent") else f"{what}."


def _refusal(facts: Facts) -> str:
    about = f"A {facts.get('kind', 'parcel')} for {facts.get('purpose', '?')}"
    return f"{about} did not leave: {reason(facts.get('reason', '?'))}."


def _consent(facts: Facts) -> str:
    told = _CONSENTS.get(facts.get("state", ""), f"Consent, {facts.get('state', '?')}:")
    told += (
        f" to {facts.get('purpose', '?')}"
        if told.endswith(("agreed", "again"))
        else f" for {facts.get('purpose', '?')}"
    )
    if "rung" in facts:
        told += f", {_RUNGS.get(facts['rung'], facts['rung'])}"
    told += f" ({facts['consent'][:8]})" if "consent" in facts else ""
    why = facts.get("reason") or (f"by {closed_by([facts['by']])}" if "by" in facts else "")
    return f"{told}: {reason(why)}." if why else f"{told}."


def _proposal(facts: Facts) -> str:
    told = _PROPOSALS.get(facts.get("state", ""), f"Proposal, {facts.get('state', '?')}")
    return f"{told}: {facts.get('purpose', '?')}, {_RUNGS.get(facts.get('rung', ''), facts.get('rung', 'no rung'))}."


def _deletion(facts: Facts) -> str:
    if facts.get("state") == "confirmed":
        plays = facts.get("plays", "0")
        heard = "nobody had listened to it" if plays == "0" else f"it had been listened to {plays} times"
        return f"The recipient signed that it is destroyed; {heard}."
    return _DELETIONS.get(facts.get("state", ""), f"Deletion: {facts.get('state', '?')}.")


def _fault(facts: Facts) -> str:
    which = {"microphone": "The microphone", "proof": "The proof that the microphone is closed"}
    what = which.get(facts.get("fault", ""), facts.get("fault", "Something"))
    return f"{what} {'failed' if facts.get('state') == 'begun' else 'was well again'}: {facts.get('cause', '?')}."


def _forget(facts: Facts) -> str:
    which = {"forget_today": " of today", "forget_last": ", the newest"}.get(facts.get("which", ""), "")
    return f"Somebody asked to forget: {facts.get('clips', '?')} clips{which}, by {closed_by([facts.get('by', '?')])}."


_TELL: Mapping[str, Callable[[Facts], str]] = {
    What.RELEASE: _release,
    What.REFUSAL: _refusal,
    What.HANDOVER: lambda _: "It was handed to the uplink: from here on it may be outside.",
    What.DELIVERED: lambda _: "Its arrival was confirmed.",
    What.DROPPED: lambda facts: f"It was erased and not sent, or not again: {reason(facts.get('reason', '?'))}.",
    What.DISPUTED: lambda facts: f"Somebody's word about it was not believed: {facts.get('reason', '?')}.",
    What.MUTE: lambda facts: f"The microphone was closed: {closed_by([facts.get('owner', '?')])}.",
    What.UNMUTE: lambda facts: f"It no longer held the microphone closed: {closed_by([facts.get('owner', '?')])}.",
    What.FAULT: _fault,
    What.RING: lambda facts: "The light did not obey." if facts.get("state") == "lost" else "The light obeyed again.",
    What.MODE: lambda facts: f"Privacy mode is {facts.get('mode', '?')} from here on.",
    What.CONSENT: _consent,
    What.PROPOSAL: _proposal,
    What.QUESTION: lambda facts: _QUESTIONS.get(facts.get("state", ""), f"Question: {facts.get('state', '?')}."),
    What.DELETION: _deletion,
    What.RESET: lambda _: "The speaker forgot everything but this ledger.",
    What.START: lambda facts: f"The speaker started{', muted' if facts.get('muted') == 'True' else ''}.",
    What.RECOVERED: lambda facts: f"A crash had torn the last line: {facts.get('bytes', '?')} bytes were cut off.",
    What.FORGET: _forget,
}
