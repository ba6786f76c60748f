"""Keeps the shopping list."""

from __future__ import annotations

import json

from keepmum.messages import Answer, Ask
from keepmum.skills.skill import say
from keepmum.skills.wording import sentence, together

_MOST = 200


class Shopping:
    """The list is the skill's memory: a JSON list of words."""

    name = "shopping"
    intents = ("shopping.add", "shopping.remove", "shopping.read", "shopping.clear")

    def answer(self, ask: Ask) -> Answer:
        """Add, remove, read out or clear."""
        items = _recall(ask.memory)
        named = [str(ask.slots[slot]) for slot in ("item", "item2", "item3") if slot in ask.slots]
        match ask.intent:
            case "shopping.add":
                return _add(ask, items, named)
            case "shopping.remove":
                return _remove(ask, items, named)
            case "shopping.clear":
                return say(ask, "The shopping list is empty.", memory="[]")
            case _ if items:
                return say(ask, sentence(f"on the list: {together(items)}"))
            case _:
                return say(ask, "The shopping list is empty.")


def _add(ask: Ask, items: list[str], named: list[str]) -> Answer:
    new = [item for item in dict.fromkeys(named) if item not in items]
    if not new:
        return say(ask, sentence(f"{together(named)} already on the list"))
    if len(items) + len(new) > _MOST:
        return say(ask, "The shopping list is full.")
    return say(ask, sentence(f"{together(new)} added"), memory=json.dumps(items + new))


def _remove(ask: Ask, items: list[str], named: list[str]) -> Answer:
    gone = [item for item in named if item in items]
    if not gone:
        return say(ask, sentence(f"{together(named)} was not on the list"))
    return say(
        ask, sentence(f"{together(gone)} removed"), memory=json.dumps([item for item in items if item not in gone])
    )


def _recall(untrusted_memory: str) -> list[str]:
    try:
        kept = json.loads(untrusted_memory or "[]")
    except ValueError:
        return []
    return [str(item) for item in kept] if isinstance(kept, list) else []
