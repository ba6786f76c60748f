"""Stage three of waking: Vosk must find the phrase in the same sound. Only what it finds can ever become a clip."""

from __future__ import annotations

import math
from dataclasses import dataclass

from keepmum.clip import Word
from keepmum.listener.speech.model import Model
from keepmum.listener.wake.spot import Spotter
from keepmum.sound import RATE, SAMPLE_BYTES, seconds

CONFIRM_AFTER = 0.0
"""Seconds of sound to wait for after the trigger. None: with the bundled model waiting makes it worse. Of 164 "alexa"
Vosk missed 2 at once, 6 after 160 ms and 9 after 320 ms (in home noise at 10 dB: 8, 10, 15), and the neighbours
that it threw out were the same."""

WINDOW = 2.24
"""Seconds before the trigger that Vosk hears. With 1.2 s an earlier model let three of 19 "lexus" through, with these
none."""

CUT = 0.05
"""Least that what was heard must be worth. Almost nothing: among its rivals the phrase has to be the best of all that
could have been said, and a higher cut loses people. Of 164 "alexa" Vosk alone loses 1 in quiet and 4 in home noise at
10 dB; at a confidence of 0.5 it would lose 8 and 28."""

RIVALS = {
    "alexa": (
        *("lexus", "a lexus", "alexis", "alexia", "alex", "election", "a letter", "a lesson", "flexor", "texas"),
        *("elixir", "likes us", "selects a", "unacceptable", "a lecture", "collects a", "reflects a"),
    ),
    "computer": (
        *("compute", "commuter", "computed", "competitor", "computers", "complete", "commissioner", "company"),
        *("compete", "complain", "completed", "completely", "complex", "confused", "consumer", "deputy", "dispute"),
        *("temperature", "capacity", "commander", "committee", "community", "compare"),
        *("come to", "come up to", "up to", "help us"),
    ),
    "jarvis": ("jar", "java", "service", "harvest", "jervis", "carvers", "charter", "chapter"),
}
"""What the stages before take for the phrase and `[unk]` does not draw away. "computer" has none before it: the words
nearest in sound, and what people said when it woke. With them 6 false wakes in 1.45 h of speech, 11 with the first four
alone; "computer" itself is lost as seldom. The bundled model knows all of them; a model that lacks one goes without."""

LEAST_FAVOUR, MOST_FAVOUR = 0.1, 7.0
"""Of the phrase before its rivals, by the second stage's score. In home noise at 10 dB, three times drawn, Vosk alone
lost 13 of 486 people's "alexa" and let 39 of 663 neighbours through; with the other's opinion 5 and 29."""


@dataclass(frozen=True)
class Confirmation:
    """What Vosk says to a candidate."""

    found: bool
    confidence: float
    """Of the phrase, 0–1; 0 if it was not there at all."""
    words: tuple[Word, ...]
    """Everything that was heard; times count from the beginning of the sound that was given."""
    end: float
    """Where the phrase ends, in seconds from the beginning of the sound that was given; where the sound ends, if not
    found. A silence of less than half a second after the phrase counts to it."""
    start: float = 0.0
    """Where the phrase begins, counted likewise; 0 if it was not there at all."""


class Confirmer:
    """Answers for one phrase."""

    def __init__(self, model: Model, phrase: str) -> None:
        """Raises ConfigError if the model does not know the phrase's words."""
        model.require([phrase])
        self._spotter = Spotter(model, [phrase], RIVALS.get(phrase, ()))

    def confirm(self, sound: bytes, second: float | None = None) -> Confirmation:
        """Whether the phrase is in the last 2.24 s of this sound (30 ms of CPU).

        `second` is the second stage's score, 0–1; None where nobody asked it.
        """
        before = max(0, len(sound) - round(WINDOW * RATE) * SAMPLE_BYTES)
        offset = before / (RATE * SAMPLE_BYTES)
        spotted, heard = self._spotter.find(sound[before:], favour(second))
        words = tuple(Word(w.text, w.start + offset, w.end + offset, w.confidence) for w in heard)
        if spotted is None:
            return Confirmation(False, 0.0, words, seconds(sound))
        found = spotted.confidence > CUT
        end = min(spotted.end + offset, seconds(sound)) if found else seconds(sound)
        return Confirmation(found, spotted.confidence, words, end, spotted.start + offset)


def favour(second: float | None) -> float:
    """How much likelier than usual the phrase is, before Vosk has heard anything: the root of the second stage's odds.

    The root, because both hear the same noise, and are not two witnesses.
    """
    if second is None:
        return 1.0
    return min(max(math.sqrt(second / (1 - second)) if second < 1 else math.inf, LEAST_FAVOUR), MOST_FAVOUR)
