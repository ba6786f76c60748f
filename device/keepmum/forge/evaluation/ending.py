"""Whether the end of a command is found soon after the voice is over, in quiet and in a home's noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from keepmum.forge.evaluation import loaded, sounds
from keepmum.forge.evaluation.corpus import Recording
from keepmum.forge.evaluation.crew import Crew
from keepmum.forge.evaluation.figure import Figure, Goal
from keepmum.forge.evaluation.room import Room
from keepmum.sound import BLOCK_BYTES, RATE, seconds

SOON = 0.6
"""Seconds from the voice's end."""
_WAIT = 3 * RATE
"""Samples of the room behind the voice."""
_EARLY = 0.3
"""Seconds: an end that is found sooner before the voice's was one of its pauses."""
FOUND = Goal("at least", 0.95)


@dataclass(frozen=True)
class Stopwatch:
    """Hears a command in blocks, as from a microphone, until the model says that it is over."""

    model: Path
    phrases: tuple[str, ...]
    """Of the household's grammar."""

    def late(self, room: Room, recording: Recording) -> float | None:
        """Seconds from the voice's end until the model said so; None if it never did."""
        sound = room.played(recording.path, recording.name, after=_WAIT)
        over = sounds.BEFORE / RATE + sounds.end_of_voice(sounds.read(recording.path))
        recogniser = loaded.model(self.model).recogniser(self.phrases)
        try:
            for at in range(0, len(sound), BLOCK_BYTES):
                now = seconds(sound[: at + BLOCK_BYTES])
                ended = recogniser.accept(sound[at : at + BLOCK_BYTES]) and recogniser.result()["text"]
                if ended and now > over - _EARLY:
                    return now - over
        finally:
            recogniser.close()
        return None


def measure(
    stopwatch: Stopwatch, recordings: Sequence[Recording], rooms: Sequence[Room], crew: Crew
) -> Iterator[Figure]:
    """How often the end was found in time."""
    commands = [one for one in recordings if one.kind == "command"]
    for room in rooms:
        late = crew.each(f"ends of commands, {room.name}", partial(stopwatch.late, room), commands)
        soon = sum(after is not None and after <= SOON for after in late)
        yield Figure("end of a command found within 0.6 s", "people", room.name, soon, len(late), FOUND)
