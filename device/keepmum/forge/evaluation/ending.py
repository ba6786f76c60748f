"""Whether the end of a command is found soon after the voice is over, in quiet and in a home's noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from keepmum.forge.evaluation import loaded, sounds
from keepmum.forge.evaluation.crew import Crew
from keepmum.forge.evaluation.figure import Figure, Goal
from keepmum.forge.evaluation.room import Room
from keepmum.forge.evaluation.scribe import Said
from keepmum.listener.speech.transcribe import Transcriber, grammar
from keepmum.settings import SpeechSettings
from keepmum.sound import BLOCK_BYTES, RATE, SAMPLE_BYTES, seconds

SOON = 0.6
"""Seconds from the voice's end."""
FOUND = Goal("at least", 0.95)
REACTION = 0.7
"""Seconds of the room before the voice: a command follows its wake phrase."""
_WAIT = 3 * RATE
"""Samples of the room behind the voice."""
_BLOCK = seconds(bytes(BLOCK_BYTES))
EARLY = 0.3
"""Seconds: an end that is found sooner before the voice's own cuts it off."""


@dataclass(frozen=True)
class Stopwatch:
    """Hears a command in blocks, as from a microphone, until it is over: by the model alone, or as the speaker does."""

    model: Path
    sentences: Path
    """The household's."""

    def model_alone(self, room: Room, said: Said) -> float | None:
        """Seconds from the voice's end until Vosk said that the utterance is over; None if it never did."""
        phrases = grammar(loaded.understanding(self.model, self.sentences).phrases)
        recogniser = loaded.model(self.model).recogniser(phrases)
        late = None
        for block, after in _blocks(room, said):
            if recogniser.accept(block) and recogniser.result()["text"] and after > -EARLY:
                late = after
                break
        recogniser.close()
        return late

    def speaker(self, room: Room, said: Said) -> float | None:
        """Seconds from the voice's end until the speaker held the command for over; negative if that was too soon.

        It knows when a command is whole, and otherwise waits for a pause that is as long as the settings say.
        """
        understanding = loaded.understanding(self.model, self.sentences)
        transcriber = Transcriber(
            loaded.model(self.model), understanding.phrases, SpeechSettings(), understanding.outlook
        )
        transcriber.begin()
        late = next((after for block, after in _blocks(room, said) if transcriber.hear(block).ended), None)
        transcriber.wipe()
        return late


def _blocks(room: Room, said: Said) -> Iterator[tuple[bytes, float]]:
    """The sound in pieces, from shortly before the voice, each with the seconds between the voice's end and its own."""
    sound = room.played(said.path, said.path.name, after=_WAIT)
    begins, ends = (sounds.BEFORE / RATE + at for at in sounds.voice_in(sounds.read(said.path)))
    first = max(0, round((begins - REACTION) * RATE)) * SAMPLE_BYTES
    for at in range(first, len(sound), BLOCK_BYTES):
        yield sound[at : at + BLOCK_BYTES], seconds(sound[: at + BLOCK_BYTES]) - ends


def measure(
    stopwatch: Stopwatch, whose: str, commands: Sequence[Said], rooms: Sequence[Room], crew: Crew
) -> Iterator[Figure]:
    """How often the end was found in time, and how often the speaker cut somebody off."""
    for room in rooms:
        late = crew.each(f"ends of commands, {room.name}", partial(stopwatch.speaker, room), commands)
        soon = sum(after is not None and -EARLY < after <= SOON for after in late)
        yield Figure("end of a command found within 0.6 s", whose, room.name, soon, len(late), FOUND)
        longest = SpeechSettings().pause + _BLOCK
        soon = sum(after is not None and -EARLY < after <= longest for after in late)
        yield Figure("end of a command found when the longest pause is over", whose, room.name, soon, len(late))
        early = sum(after is not None and after <= -EARLY for after in late)
        yield Figure("command cut off", whose, room.name, early, len(late))
        late = crew.each(f"ends of commands, {room.name}", partial(stopwatch.model_alone, room), commands)
        soon = sum(after is not None and after <= SOON for after in late)
        yield Figure("end found within 0.6 s by the model alone", whose, room.name, soon, len(late))
