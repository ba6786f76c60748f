"""Every sentence that the listener itself says; the skills have their own."""

NOT_UNDERSTOOD = "Sorry, I did not understand that."
NO_ANSWER = "Sorry, my skills do not answer."
NOT_KEPT = "Sorry, I could not remember that. The disk does not take it."
MUTED = "Muted. Hold the button to unmute."
GUEST = "Private for twelve hours. Hold the button for three seconds to end it."
STORM = "I keep waking up for nothing, so I have muted myself. Hold the button to unmute."
LOCAL = "Local mode. Nothing leaves this speaker."
WITHDRAWN = "All consents are withdrawn. Nothing that you say leaves this speaker."
NO_RECIPIENT = "There is nobody to send it to. Nothing has changed."
NOT_NOW = "That cannot be agreed to just now. Nothing has changed."

HOLD = "If you agree, hold the button for three seconds, once I have said all of this."
"""After the notice. Whoever holds the button sooner has not heard what it is about, and only mutes."""

PROPOSED = "I say aloud what it is about. Whoever agrees holds the button for three seconds, once I have said it all."
"""To whoever proposed something from a page: it opens nothing, and this is what to do in the room."""

AGREED = "Agreed. Say stop sharing at any time."
AGREED_AGAIN = "Agreed once more. Say stop sharing at any time."
NOT_AGREED = "I take that as a no."
REPLACED = "Something that you agreed to before ends with this."
EXPIRED = "Something that you agreed to is over. Nothing leaves under it any more."
INVALIDATED = "Something that you agreed to has changed, so it does not count any more. Nothing leaves under it."

SOMETHING_YOU_SAID = "I have something you said. Do you want to hear it?"
WOULD_LEAVE = {
    "text": "I would send these words, and no sound:",
    "respoken": "I would send this:",
    "disguised": "I would send this:",
    "voice": "I would send this:",
}
"""Before a clip is played, by rung."""

HOLD_OR_SAY = "Hold the button for three seconds, or say: yes, send it. Otherwise I forget it."
SAY_YES = "To be sure that I heard you right, say: yes, send it."
APPROVED = "It leaves with the next ones. Until then, and after it, you can say: forget the last."
DECLINED = "Forgotten. It did not leave."
NOTHING_WAITS = "Nothing waits for an answer."
NOT_PLAYED = "Hear it first. Say: let me hear it."
TOO_LATE = "That took too long, so I keep it. Say: let me hear it."
NOT_SURE = "I am not sure that you meant me, so I keep it. Hold the button for three seconds, or say it again."
FIRST_THE_BUTTON = "Something else waits for the button. Ask me again in a minute."
NOT_ANSWERED_NOW = "You cannot answer that just now. Ask me to play it again."
A_HAND_AGREES = "Only the button agrees to that. If nobody holds it, it is a no."

FORGOTTEN = "Forgotten. None of it had left this speaker."
NOTHING_TO_FORGET = "There was nothing to forget."
ASKED_ALREADY = "I have asked for that to be destroyed already, and nobody has confirmed it yet."
OVERDUE = "I asked for something to be destroyed a day ago, and nobody has confirmed it. I keep asking."


def recalled(clips: int) -> str:
    """So many that may be somewhere else are to be destroyed."""
    them = "it" if clips == 1 else f"{clips} recordings"
    return f"I have asked for {them} to be destroyed, and tell you if nobody confirms that within a day."


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
