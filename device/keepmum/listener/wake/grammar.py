"""Waking by the speech model alone, for phrases that nobody trained a network for.

Vosk could run all the time, but a running recogniser names a phrase about one second after it was said, and its
memory grows. So nothing runs while it is quiet: when somebody has just fallen silent, a little later, and every 0.4 s
while somebody speaks, the confirmation is asked about the last seconds as if the sound had ended there. That finds a
phrase when it ends, and half of them before the last sound of it has died away. It costs 30 ms of CPU a look, 260 to
280 CPU seconds for an hour of people speaking and each phrase, nothing for an hour of quiet (running all the time: 45
for both; `scripts/bench wake` and `model` on an AMD EPYC). And a candidate is already confirmed: one that the ear
refused would empty the pre-roll, and with it a phrase whose end is still to come.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepmum.listener.preroll import PreRoll
from keepmum.listener.speech.activity import Activity
from keepmum.listener.speech.model import Model
from keepmum.listener.wake.confirm import Confirmer
from keepmum.sound import seconds

EVERY = 0.4
"""Seconds between two looks while somebody speaks. Looking every 0.24 s found no more and cost half as much again."""

SETTLED = 0.25
"""Seconds of quiet after which it looks once more: a phrase that ends softly falls silent before its end. Of 93
"jarvis" the looks before miss 4 in quiet and 7 in home noise at 10 dB; 3 and 6 of these are found so."""

REST = 1.2
"""Seconds after a find in which the same sound would be found again."""


class GrammarStage:
    """Looks for several phrases, each for itself."""

    def __init__(self, model: Model, phrases: Sequence[str], preroll: PreRoll) -> None:
        self._confirmers = {phrase: Confirmer(model, phrase) for phrase in phrases}
        self._preroll = preroll
        self._activity = Activity()
        self._since_look = 0.0
        self._rest = 0.0
        self._spoken = False
        self._settled = True

    def hear(self, block: bytes) -> tuple[str, float] | None:
        """A phrase that has just been said and its confidence. The block must be in the pre-roll already."""
        due = self._is_due(block)
        self._since_look += seconds(block)
        self._rest = max(0.0, self._rest - seconds(block))
        if self._rest or not due:
            return None
        self._since_look = 0.0
        return self._look()

    def wipe(self) -> None:
        """Forget how loud it was; there is no sound to forget here."""
        self._activity.forget()
        self._since_look = self._rest = 0.0
        self._spoken = False
        self._settled = True

    def _is_due(self, block: bytes) -> bool:
        """Whether it is time to look: every 0.4 s of a voice, when it falls silent, and when it stays so."""
        active = self._activity.hear(block)
        fell_silent = self._spoken and not active
        settles = not self._settled and self._activity.quiet >= SETTLED
        self._spoken = active
        self._settled = not active and (self._settled or settles)
        return fell_silent or settles or (active and self._since_look + seconds(block) >= EVERY)

    def _look(self) -> tuple[str, float] | None:
        sound = self._preroll.last(self._preroll.seconds)
        for phrase, confirmer in self._confirmers.items():
            confirmation = confirmer.confirm(sound)
            if confirmation.found:
                self._rest = REST
                return phrase, confirmation.confidence
        return None
