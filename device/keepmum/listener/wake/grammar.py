"""Waking by the speech model alone, for phrases that nobody trained a network for.

Vosk could run all the time, but a running recogniser names a phrase about one second after it was said, and its
memory grows. So nothing runs while it is quiet: when somebody has just fallen silent, and every 0.4 s while
somebody speaks, a fresh recogniser hears the last seconds as if the sound had ended there. That finds a phrase
0.05 s after its end (median), for about 95 CPU seconds an hour of speech (running all the time: 35 to 85).
"""

from __future__ import annotations

from collections.abc import Sequence

from keepmum.listener.preroll import PreRoll
from keepmum.listener.speech.activity import Activity
from keepmum.listener.speech.model import Model
from keepmum.listener.wake.confirm import Confirmer
from keepmum.listener.wake.spot import Spotted, Spotter
from keepmum.sound import seconds

EVERY = 0.4
"""Seconds between two looks while somebody speaks. Looking every 0.24 s found no more and cost half as much again."""

WINDOW = 1.6
"""Seconds that are looked at first. Not the 2.24 s of the confirmation: two cuts of the sound are two opinions."""

CUT = 0.5
"""Least confidence at the first look; the confirmation's cut is the strict one."""

REST = 1.2
"""Seconds after a find in which the same sound would be found again."""


class GrammarStage:
    """Looks for several phrases at once."""

    def __init__(self, model: Model, phrases: Sequence[str], preroll: PreRoll) -> None:
        self._spotter = Spotter(model, phrases)
        self._confirmers = {phrase: Confirmer(model, phrase) for phrase in phrases}
        self._preroll = preroll
        self._activity = Activity()
        self._since_look = 0.0
        self._rest = 0.0
        self._spoken = False

    def hear(self, block: bytes) -> Spotted | None:
        """A phrase that has just been said. The block must be in the pre-roll already."""
        active = self._activity.hear(block)
        fell_silent = self._spoken and not active
        self._spoken = active
        self._since_look += seconds(block)
        self._rest = max(0.0, self._rest - seconds(block))
        if self._rest or not (fell_silent or (active and self._since_look >= EVERY)):
            return None
        self._since_look = 0.0
        spotted, _ = self._spotter.find(self._preroll.last(WINDOW))
        if spotted is None or spotted.confidence <= CUT or not self._confirmed(spotted):
            return None
        self._rest = REST
        return spotted

    def _confirmed(self, spotted: Spotted) -> bool:
        # A candidate that the ear's confirmation refuses empties the pre-roll, and with it a phrase whose end is still
        # to come: 9 of 66 "computer" were lost so. Asked here, a refusal only means to look again.
        return self._confirmers[spotted.phrase].confirm(self._preroll.last(self._preroll.seconds)).found

    def wipe(self) -> None:
        """Forget how loud it was; there is no sound to forget here."""
        self._activity.forget()
        self._since_look = self._rest = 0.0
        self._spoken = False
