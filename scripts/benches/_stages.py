"""The stages of waking as the listener's ear uses them, and the last of them without the others, for a measurement."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from keepmum.listener.preroll import PreRoll
from keepmum.listener.speech.model import Model, open_model
from keepmum.listener.wake.cascade import Candidate, Cascade
from keepmum.listener.wake.confirm import CONFIRM_AFTER, Confirmer
from keepmum.listener.wake.grammar import GrammarStage
from keepmum.settings import WakeSettings
from keepmum.sound import BLOCK_BYTES, seconds


class Speaker:
    """All stages for one phrase. As in the speaker, a candidate empties the pre-roll and the engines."""

    def __init__(self, phrase: str, model: Model) -> None:
        self._preroll = PreRoll()
        self.wake = Cascade(WakeSettings(phrases=(phrase,)), [phrase], model, self._preroll)
        self._confirmer = Confirmer(model, phrase)
        self.candidates = self.confirmed = 0

    def hear(self, sound: bytes) -> float | None:
        """Seconds from the beginning of the sound until the speaker first woke, if it did."""
        woken, candidate, waited = None, None, 0.0
        for at in range(0, len(sound), BLOCK_BYTES):
            block = sound[at : at + BLOCK_BYTES]
            self._preroll.push(block)
            if candidate:
                waited += seconds(block)
            else:
                candidate, waited = self.wake.hear(block), 0.0
            if candidate and waited >= CONFIRM_AFTER:
                found, candidate = self._confirm(candidate), None
                woken = seconds(sound[: at + BLOCK_BYTES]) if found and woken is None else woken
        return woken

    def _confirm(self, candidate: Candidate) -> bool:
        found = self._confirmer.confirm(self._preroll.last(self._preroll.seconds), candidate.second).found
        self.candidates += 1
        self.confirmed += found
        self._preroll.wipe()
        self.wake.wipe()
        return found


class Confirmation:
    """The confirmation alone: asked as the speaker asks it for phrases without a trained model, whenever one speaks."""

    def __init__(self, phrase: str, model: Model) -> None:
        self._preroll = PreRoll()
        self._stage = GrammarStage(model, [phrase], self._preroll)

    def hear(self, sound: bytes) -> bool:
        """Whether it finds the phrase anywhere in the sound; nothing stays for the next one."""
        self._preroll.wipe()
        self._stage.wipe()
        return any(self._looks(sound))

    def _looks(self, sound: bytes) -> Iterator[bool]:
        for at in range(0, len(sound), BLOCK_BYTES):
            block = sound[at : at + BLOCK_BYTES]
            self._preroll.push(block)
            yield self._stage.hear(block) is not None


def opened(phrase: str, folder: Path) -> tuple[Speaker, Confirmation]:
    """Both, with one model between them. Raises ModelError, or ConfigError if the model lacks the phrase."""
    model = open_model(folder)
    return Speaker(phrase, model), Confirmation(phrase, model)
