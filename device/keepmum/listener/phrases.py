"""Every sentence that the listener itself says; the skills have their own."""

NOT_UNDERSTOOD = "Sorry, I did not understand that."
NO_ANSWER = "Sorry, my skills do not answer."
NOT_KEPT = "Sorry, I could not remember that. The disk does not take it."
MUTED = "Muted. Hold the button to unmute."
GUEST = "Private for twelve hours. Hold the button for three seconds to end it."
STORM = "I keep waking up for nothing, so I have muted myself. Hold the button to unmute."
LOCAL = "Local mode. Nothing leaves this speaker."
WITHDRAWN = "All consents are withdrawn. Nothing leaves this speaker."
FORGOTTEN = "Forgotten."
AGREED = "Agreed. Say stop sharing at any time."
NOT_AGREED = "I take that as a no."
NO_RECIPIENT = "There is nobody to send it to. Nothing has changed."
NOT_NOW = "That cannot be agreed to just now. Nothing has changed."

_HOLD = "Hold the button for three seconds to agree that"

PROPOSED = {
    "commands": f"{_HOLD} I send commands to your home.",
    "asr-improvement": f"{_HOLD} recordings of your commands help to improve me.",
    "wake-tuning": f"{_HOLD} recordings of your commands tune my wake word.",
    "research": f"{_HOLD} recordings of your commands are used in research.",
    "diagnostics": f"{_HOLD} recordings of your commands help to find faults.",
}
"""What a hand on the button would agree to, by purpose. Never in a skill's words: they could tell of something else."""

QUIETER = {"mute": MUTED, "guest": GUEST, "local": LOCAL, "withdraw": WITHDRAWN, "forget": FORGOTTEN}
"""What is said about each thing that anybody may ask for."""

KEPT_TO_MYSELF = {
    "muted": "I am muted, so I kept that to myself.",
    "local_mode": "I am in local mode, so I kept that to myself. Say, allow home control, and hold the button.",
    "no_consent": "Nobody has allowed home commands yet. Say, allow home control, and hold the button.",
    "consent_expired": "The permission for home commands has run out. Say, allow home control, and hold the button.",
    "other_recipient": "Your home has another broker now. Say, allow home control, and hold the button.",
    "ledger_lost": "My ledger cannot be written, so nothing leaves.",
}
"""Why a home action was not sent, by reason."""

KEPT = "I kept that to myself."
"""For every other reason."""
