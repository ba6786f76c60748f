"""Stage one of waking: microWakeWord, cheap enough to hear everything (10 CPU seconds an hour).

The library's own cutoff is not used. Its probability is: the mean of the last five steps, one step every 30 ms.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures, Model

MODELS = {
    "alexa": Model.ALEXA,
    "hey jarvis": Model.HEY_JARVIS,
    "hey mycroft": Model.HEY_MYCROFT,
    "okay nabu": Model.OKAY_NABU,
}
"""Phrases that somebody trained a model for; they come inside the wheel."""

_FEATURES = 40
_SILENT_ROWS = 300
"""Three seconds. Every model gave the same answers as a new one after 1.2 s of silence."""


class FirstStage:
    """One feature extractor for all phrases, one small network for each."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._features = MicroWakeWordFeatures()
        self._networks = {phrase: MicroWakeWord.from_builtin(MODELS[phrase]) for phrase in phrases}

    def cutoff(self, phrase: str) -> float:
        """The threshold that the model's makers ship for it."""
        return float(self._networks[phrase].probability_cutoff)

    def hear(self, block: bytes) -> dict[str, float]:
        """The highest probability of each phrase within this block."""
        rows = list(self._features.process_streaming(block)) if self._networks else []
        return {
            phrase: max((network.process_streaming_prob(row) or 0.0 for row in rows), default=0.0)
            for phrase, network in self._networks.items()
        }

    def wipe(self) -> None:
        """Leave nothing of the sound in the networks: push silence through, then load them anew (6 ms a phrase).

        Loading alone would free the old state without overwriting it.
        """
        self._features.reset()
        silence = np.zeros((1, 1, _FEATURES), dtype=np.float32)
        for network in self._networks.values():
            for _ in range(_SILENT_ROWS):
                network.process_streaming_prob(silence)
            network.reset()
