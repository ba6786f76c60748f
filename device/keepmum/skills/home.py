"""Where a thing in the house listens, so that Zigbee2MQTT and Home Assistant understand what is published."""

from __future__ import annotations

import json
import re

from keepmum.messages import Ask, HomeAction


def things(ask: Ask) -> dict[str, str]:
    """The owner's own names with their MQTT topics, out of facts["things"] (home.things in keepmum.yaml)."""
    try:
        known = json.loads(ask.facts.get("things", "{}"))
    except ValueError:
        return {}
    return {str(name).lower(): str(topic) for name, topic in known.items()} if isinstance(known, dict) else {}


def action(ask: Ask, name: str, place: str, payload: dict[str, str | int]) -> HomeAction:
    """What to publish for a thing: on its own topic if it has one, else at `<home>/<place>`; always below `/set`."""
    own = things(ask).get(name.lower())
    topic = own or "/".join([ask.facts.get("home", "keepmum/home"), *(_slug(part) for part in place.split("/"))])
    return HomeAction(topic=topic if topic.endswith("/set") else f"{topic}/set", payload=json.dumps(payload))


def _slug(part: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", part.lower()).strip("_")
