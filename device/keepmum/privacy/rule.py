"""The rule of the latch as a table for people, made of the same constants that the core obeys."""

from __future__ import annotations

from keepmum.privacy.state import (
    AGREE_HOLD,
    GUEST_LASTS,
    HAND_CLEARS,
    HOUR,
    LONG_HAND_CLEARS,
    TIME_CLEARS,
    UNMUTE_HOLD,
    Fault,
    Owner,
)

WHO = {
    Owner.BUTTON: "a press, a switch put to mute, the board's own button, a button that is stuck or cannot be read",
    Owner.VOICE: "a spoken command",
    Owner.PANEL: "the page, or `keepmum mute`",
    Owner.MQTT: "a message from the household's hub",
    Owner.QUIET: "the quiet hours of the settings",
    Owner.GUEST: "anybody, for a guest",
    Owner.STORM: "the speaker itself, after too many wakes for nothing",
    Owner.FAULT: "a microphone that cannot be had, or cannot be shown to be closed",
}
"""Who makes each owner hold the microphone closed."""

REPAIRS = {
    Fault.MICROPHONE: "it is tried again, and nothing else keeps it closed",
    Fault.PROOF: "it is seen to be closed, and what it heard to be wiped",
}
"""What ends each fault."""


def table() -> str:
    """Markdown: a row for each owner, with the hand, the time and the repair that may end it."""
    rows = ["| owner | who | by hand | by time | by repair |", "|---|---|---|---|---|"]
    rows += [f"| `{owner}` | {WHO[owner]} | {_hand(owner)} | {_time(owner)} | {_repair(owner)} |" for owner in Owner]
    return "\n".join(rows)


def _hand(owner: Owner) -> str:
    if owner in HAND_CLEARS:
        return f"{UNMUTE_HOLD:g} s"
    return f"{AGREE_HOLD:g} s" if owner in LONG_HAND_CLEARS else "never"


def _time(owner: Owner) -> str:
    if owner not in TIME_CLEARS:
        return "never"
    return f"after {GUEST_LASTS / HOUR:g} h" if owner is Owner.GUEST else "at their end"


def _repair(owner: Owner) -> str:
    if owner is not Owner.FAULT:
        return "never"
    return "; ".join(f"{fault}: {how}" for fault, how in REPAIRS.items())
