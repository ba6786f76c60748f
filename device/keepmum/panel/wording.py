"""The words of the page: what each of the listener's own names means to somebody who never read a manual."""

from __future__ import annotations

from collections.abc import Iterable

from keepmum.messages import Offered

DAY = 86_400.0

EARS = {
    "muted": "It hears nothing.",
    "waiting": "It waits for its wake word. What it hears until then is forgotten within seconds.",
    "confirming": "It makes sure that it heard its wake word.",
    "hearing": "It is listening to a command.",
    "thinking": "It works out an answer.",
    "speaking": "It is speaking.",
    "fault": "It gets no sound.",
}

CLOSED_BY = {
    "button": "the button on the speaker",
    "voice": "somebody who said so",
    "panel": "this page, or the keepmum command",
    "mqtt": "the household's hub",
    "quiet": "quiet hours",
    "guest": "somebody who wants to be private for twelve hours",
    "storm": "the speaker itself: it kept waking up for nothing",
    "fault": "a fault",
}

PROOFS = {
    "stream": "its sound stream is shut",
    "memory": "what it had heard is overwritten",
    "power": "its power was read back as off",
    "alsa": "the sound card says that nobody records",
    "room": "the simulated room says so",
}
"""By what was asked, as `listener/capture.py` names it."""

BROKERS = {"no uplink": "not connected"}

HOLD, HOLD_LONG, SETTLE = (
    "To open it, hold the button on the speaker for a second. No page and no message can.",
    "To open it, hold the button on the speaker for three seconds. No page and no message can.",
    "Nobody can open it before the fault is gone. The command keepmum doctor says more.",
)

MODES = {
    "local": "Local: nothing that is heard leaves this speaker.",
    "ask": "Ask: commands may leave where that was agreed to; every recording is asked about first.",
    "share": "Share: what was agreed to may leave.",
}

PURPOSES = {
    "commands": "Do things in the house",
    "status": "Tell the house how the speaker is",
    "asr-improvement": "Improve how speech is understood",
    "wake-tuning": "Improve how the wake word is found",
    "research": "Research on smart speakers",
    "diagnostics": "Find faults",
}

RUNGS = {
    "metrics": "numbers of a day",
    "text": "the words of a command, no sound",
    "respoken": "the words, in the speaker's own voice",
    "disguised": "your voice, disguised; not anonymous",
    "voice": "your voice, as it was",
}

QUIETER = {
    "mute": ("Mute", "Close the microphone now."),
    "guest": ("Private for 12 hours", "Close the microphone until then, for a guest or an evening."),
    "local": ("Nothing leaves", "It goes on listening for you, and keeps everything to itself."),
}
"""Done at once: title and what it does."""

SURE = {
    "forget_last": (
        "Delete the last",
        "What was said last is deleted here, and whoever has got it is told to destroy it.",
    ),
    "forget_today": (
        "Delete today",
        "What was said today is deleted here, and whoever has got it is told to destroy it.",
    ),
    "forget": (
        "Delete everything",
        "All that ever left is to be destroyed by whoever has got it, and what waits is deleted.",
    ),
    "withdraw": (
        "Stop sharing",
        "All agreements end now, nothing leaves any more, and what ever left is to be destroyed.",
    ),
}
"""Done only after a second look: it cannot be taken back."""


def closed_by(owners: Iterable[str]) -> list[str]:
    """Everybody who holds the microphone closed."""
    return [CLOSED_BY.get(owner, owner) for owner in owners]


def proof(asked: str) -> str:
    """Who has seen that it is closed, out of the listener's comma-separated names."""
    return ", ".join(PROOFS.get(name, name) for name in asked.split(", "))


def way_out(owners: Iterable[str]) -> str:
    """What a person in the room can do about it; nothing if nobody holds it closed."""
    who = set(owners)
    if not who:
        return ""
    return SETTLE if who == {"fault"} else HOLD_LONG if "guest" in who else HOLD


def purpose(name: str) -> str:
    """What it is for; one that this page does not know keeps its own name."""
    return PURPOSES.get(name, name)


def sharing(offer: Offered) -> str:
    """How much of a command it is, and whether each is asked about."""
    asked = "; each one is played and asked about" if offer.asks else ""
    return f"{RUNGS.get(offer.rung, offer.rung)}{asked}"


def kept(seconds: float) -> str:
    """For how long the recipient keeps it."""
    days = round(seconds / DAY)
    return "not kept" if not days else "kept for a day" if days == 1 else f"kept for {days} days"


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many}"


def size(number: int) -> str:
    """Bytes, as people say them."""
    return (
        f"{number} bytes"
        if number < 1_000
        else f"{number / 1_000:.0f} kB"
        if number < 1e6
        else f"{number / 1e6:.1f} MB"
    )
