"""What the household may ask about its own privacy, answered from what the listener knows; nothing is done here."""

from __future__ import annotations

import json
from typing import Any

from keepmum.messages import Answer, Ask
from keepmum.skills.skill import say
from keepmum.skills.wording import sentence, together

_KINDS = {"clip": "recording", "action": "home command", "status": "report about me"}

_PURPOSES = {
    "commands": "home commands",
    "status": "reports about me to your home",
    "asr-improvement": "to make speech recognition better",
    "wake-tuning": "to make my wake word better",
    "research": "for research",
    "diagnostics": "to find faults",
}
RUNGS = {
    "metrics": "numbers of the day",
    "text": "your words as text",
    "respoken": "your words in my voice",
    "disguised": "your voice, disguised",
    "voice": "your voice",
}
HOME = ("commands", "status")
"""What stays with the household is named by its purpose alone."""


def today(ask: Ask) -> Answer:
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


def status(ask: Ask) -> Answer:
    """Who listens, in which mode, and under which consents."""
    known = _object(ask.facts.get("status", ""))
    if known is None:
        return say(ask, "I cannot tell how I am. When in doubt, mute me with the button.")
    mode = f"Privacy mode is {known.get('mode', 'unknown')}."
    hears = (
        "I listen for my wake word, here in this room."
        if known.get("microphone") == "open"
        else "My microphone is closed."
    )
    return say(ask, f"Only me. {hears} {mode} {_consents(ask)}")


def agreed(ask: Ask) -> Answer:
    """Every consent, in words."""
    return say(ask, _consents(ask))


def _consents(ask: Ask) -> str:
    known = _parsed(ask.facts.get("agreed", ""))
    if not isinstance(known, list):
        return "I cannot tell what is agreed to. When in doubt, say: stop sharing."
    told = [_consent(each) for each in known if isinstance(each, dict)]
    return f"You have agreed to {together(told)}." if told else "Nobody has agreed to anything."


def _consent(known: dict[str, Any]) -> str:
    purpose, rung = str(known.get("purpose", "")), str(known.get("rung", ""))
    what = _PURPOSES.get(purpose, purpose)
    if purpose not in HOME:
        what = f"{RUNGS.get(rung, rung)} {what}{', asked each time' if known.get('asks') else ''}"
    return f"{what}, for {_days(known.get('days', 0))}"


def _days(count: object) -> str:
    return "less than a day" if not count else f"{count} more day{'' if count == 1 else 's'}"


def listened(ask: Ask) -> Answer:
    """Nobody else than the recipient can know, and it tells only when it destroys a recording."""
    heard, status = _object(ask.facts.get("listened", "")), _object(ask.facts.get("status", ""))
    if heard is None or status is None:
        return say(ask, "I cannot read my ledger, so I do not know.")
    destroyed, outside, plays = (int(each) for each in (heard["destroyed"], status["outside"], heard["plays"]))
    if not destroyed and not outside:
        return say(ask, "Nobody has told me so, and no recording of you is anywhere else now.")
    listened = f"listened {plays} time{'' if plays == 1 else 's'}" if plays else "never listened"
    gone = f"Before they destroyed {_counted('clip', destroyed)}, I was told, they {listened}." if destroyed else ""
    there = f"{_counted('clip', outside)} may still be listened to." if outside else ""
    return say(ask, f"{gone} {there}".strip())


def overdue(ask: Ask) -> Answer:
    """Whether a deletion is not confirmed in time, or what is still elsewhere."""
    known = _object(ask.facts.get("status", ""))
    if known is None:
        return say(ask, "I cannot tell. The light is amber while something is.")
    late, outside = int(known["overdue"]), int(known["outside"])
    if late:
        return say(
            ask, f"Yes. I asked for {_counted('deletion', late)} a day ago or more, and nobody has confirmed that."
        )
    where = f"{_counted('clip', outside)} may be somewhere else" if outside else "nothing of you is anywhere else"
    return say(ask, f"No. {sentence(where)}")


def _object(untrusted_text: str) -> dict[str, Any] | None:
    known = _parsed(untrusted_text)
    return known if isinstance(known, dict) else None


def as_list(untrusted_text: str) -> list[dict[str, Any]]:
    """A fact that is a list of things; empty if it is none."""
    known = _parsed(untrusted_text)
    return [each for each in known if isinstance(each, dict)] if isinstance(known, list) else []


def _parsed(untrusted_text: str) -> object:
    try:
        return json.loads(untrusted_text)
    except ValueError:
        return None
