"""What the household's hub is told of the speaker itself: its status, and how Home Assistant shows it. No sound here.

The shapes are Home Assistant's own: MQTT device discovery, one payload for a device and all that belongs to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from keepmum.consent import Mode
from keepmum.messages import Want

TIGHTEN = "keepmum/tighten"
"""The topic on which anybody may ask for quiet; the buttons publish there."""

BUTTONS: dict[Want, tuple[str, str]] = {
    "mute": ("Mute", "mdi:microphone-off"),
    "guest": ("Private for twelve hours", "mdi:account-lock"),
    "local": ("Keep everything local", "mdi:home-lock"),
    "withdraw": ("Withdraw every consent", "mdi:hand-back-left"),
    "forget_today": ("Forget today", "mdi:delete-clock"),
}
"""What can be pressed, its name and its picture; each makes the speaker quieter."""


class Counts(NamedTuple):
    """Parcels since the household's midnight; the speaker's own status is none of them."""

    left: int = 0
    kept: int = 0


@dataclass(frozen=True)
class Topics:
    """Where the hub listens, from the settings alone: nothing here is made of the machine."""

    home: str
    status: str
    prefix: str | None = None
    """Home Assistant's discovery prefix, or None if the speaker does not announce itself."""

    @property
    def object_id(self) -> str:
        """The device's name on the wire: `keepmum_` and 16 hexadecimal digits of the SHA-256 of `home`."""
        return f"keepmum_{hashlib.sha256(self.home.encode()).hexdigest()[:16]}"

    @property
    def discovery(self) -> str:
        """Where the device is announced."""
        return f"{self.prefix}/device/{self.object_id}/config"


def status(mode: Mode, muted: bool, counts: Counts) -> str:
    """JSON: mode, muted, and how many parcels left and were kept today.

    Muted or local the counts are left out: every sentence that somebody says then is one more refusal, so a count
    that grows would tell when people spoke.
    """
    told: dict[str, str | bool | int] = {"mode": mode.name.lower(), "muted": muted}
    if not muted and mode is not Mode.LOCAL:
        told |= {"left_today": counts.left, "kept_today": counts.kept}
    return json.dumps(told, separators=(",", ":"))


def discovery(topics: Topics) -> str:
    """JSON for Home Assistant: what can be seen of the speaker, and the buttons that make it quieter."""
    told = {
        "device": {"identifiers": [topics.object_id], "name": "keepmum", "manufacturer": "keepmum"},
        "origin": {"name": "keepmum"},
        # The last word that the broker says for a speaker that is gone is `{}`.
        "availability_topic": topics.status,
        "availability_template": "{{ 'online' if value_json.mode is defined else 'offline' }}",
        "components": {**_seen(topics), **_pressed(topics)},
        "qos": 1,
    }
    return json.dumps(told, separators=(",", ":"))


def _seen(topics: Topics) -> dict[str, dict[str, object]]:
    on_or_off = "'ON' if value_json.muted else 'OFF'"
    modes = {"device_class": "enum", "options": [mode.name.lower() for mode in Mode]}
    parcels = {"unit_of_measurement": "parcels"}
    return {
        "muted": _shown(topics, "binary_sensor", "muted", "Muted", "mdi:microphone-off", on_or_off, {}),
        "mode": _shown(topics, "sensor", "mode", "Privacy mode", "mdi:shield-home", "value_json.mode", modes),
        "left_today": _shown(
            topics, "sensor", "left_today", "Left today", "mdi:upload", "value_json.left_today", parcels
        ),
        "kept_today": _shown(
            topics, "sensor", "kept_today", "Kept today", "mdi:shield-check", "value_json.kept_today", parcels
        ),
    }


def _shown(  # noqa: PLR0917
    topics: Topics, platform: str, key: str, name: str, icon: str, value: str, more: Mapping[str, object]
) -> dict[str, object]:
    """Something to look at; what is not told is unknown, which Home Assistant writes as None."""
    template = "{% if value_json." + key + " is defined %}{{ " + value + " }}{% else %}None{% endif %}"
    return {
        "platform": platform,
        "unique_id": f"{topics.object_id}_{key}",
        "name": name,
        "icon": icon,
        "state_topic": topics.status,
        "value_template": template,
        **more,
    }


def _pressed(topics: Topics) -> dict[str, dict[str, object]]:
    return {
        want: {
            "platform": "button",
            "unique_id": f"{topics.object_id}_{want}",
            "name": name,
            "icon": icon,
            "command_topic": TIGHTEN,
            "payload_press": want,
            "retain": False,
        }
        for want, (name, icon) in BUTTONS.items()
    }
