"""Whether a wake phrase is heard when it is said, and whether anything else is taken for one; by the model alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from keepmum.forge.evaluation import loaded
from keepmum.forge.evaluation.confidence import Judged
from keepmum.forge.evaluation.corpus import Recording
from keepmum.forge.evaluation.crew import Crew
from keepmum.forge.evaluation.figure import Figure, Goal
from keepmum.forge.evaluation.room import QUIET, Room
from keepmum.forge.evaluation.scribe import Said
from keepmum.listener.wake.confirm import CUT
from keepmum.listener.wake.spot import Spotter

HEARD, TAKEN = Goal("at least", 0.97), Goal("at most", 0.02)


@dataclass(frozen=True)
class Ear:
    """One model with the grammar of all phrases and their rivals; the model is loaded in the process that asks."""

    model: Path
    phrases: tuple[str, ...]
    rivals: tuple[str, ...]
    cut: float = CUT

    def accept(self, room: Room, recording: Recording) -> str:
        """The phrase that is accepted in this recording; empty if there is none."""
        return self.accepted(room.played(recording.path, recording.name))

    def accepted(self, sound: bytes) -> str:
        """The phrase that is accepted in this sound (16-bit samples); empty if there is none."""
        spotted, _ = Spotter(loaded.model(self.model), self.phrases, self.rivals).find(sound)
        return spotted.phrase if spotted and spotted.confidence > self.cut else ""


@dataclass(frozen=True)
class Finder:
    """As an ear, with no threshold, and with Vosk's own confidence."""

    model: Path
    phrases: tuple[str, ...]
    rivals: tuple[str, ...]

    def find(self, said: Said) -> Judged | None:
        """Whether the surest phrase in it was said, if one was heard."""
        model = loaded.model(self.model, calibrated=False)
        spotted, _ = Spotter(model, self.phrases, self.rivals).find(QUIET.played(said.path, said.path.name))
        return Judged(spotted.confidence, f" {spotted.phrase} " in f" {said.text} ") if spotted else None


def measure(ear: Ear, recordings: Sequence[Recording], rooms: Sequence[Room], crew: Crew) -> Iterator[Figure]:
    """Of each phrase how often it was heard, of each other keyword how often it was taken for any phrase.

    Then each phrase for itself, as in a household that has no other.
    """
    said = [one for one in recordings if one.phrase and one.kind in ("wake", "speech")]
    for room in rooms:
        answers = _answers(ear, room, said, crew, f"wake phrases, {room.name}")
        yield from counted(answers, said, ear.phrases, room.name)
        for phrase in ear.phrases:
            if any(one.phrase == phrase and one.kind == "wake" for one in said):
                yield from _alone(replace(ear, phrases=(phrase,)), phrase, said, room, crew)


def counted(
    answers: Mapping[str, str], said: Sequence[Recording], phrases: Sequence[str], condition: str
) -> Iterator[Figure]:
    """The figures out of what was accepted in each recording, by its name."""
    for phrase in sorted({one.phrase for one in said}):
        mine = [one for one in said if one.phrase == phrase]
        if phrase in phrases and any(one.kind == "wake" for one in mine):
            clips = [one for one in mine if one.kind == "wake"]
            right = sum(answers[one.name] == phrase for one in clips)
            yield Figure("wake phrase heard", phrase, condition, right, len(clips), HEARD)
    others = _others(said, phrases)
    for phrase in sorted({one.phrase for one in others}):
        clips = [one for one in others if one.phrase == phrase]
        taken = sum(bool(answers[one.name]) for one in clips)
        yield Figure("other keyword taken for a phrase", phrase, condition, taken, len(clips))
    taken = sum(bool(answers[one.name]) for one in others)
    yield Figure("other keyword taken for a phrase", "all", condition, taken, len(others), TAKEN)


def _alone(ear: Ear, phrase: str, said: Sequence[Recording], room: Room, crew: Crew) -> Iterator[Figure]:
    """The two figures of the only phrase; another's wake phrase is a keyword like others."""
    answers = _answers(ear, room, said, crew, f"{phrase} alone, {room.name}")
    called = [one for one in said if one.phrase == phrase and one.kind == "wake"]
    right = sum(answers[one.name] == phrase for one in called)
    yield Figure("only wake phrase heard", phrase, room.name, right, len(called), HEARD)
    others = _others(said, (phrase,))
    taken = sum(bool(answers[one.name]) for one in others)
    yield Figure("other keyword taken for the only phrase", phrase, room.name, taken, len(others), TAKEN)


def _answers(ear: Ear, room: Room, said: Sequence[Recording], crew: Crew, what: str) -> dict[str, str]:
    """What was accepted in each recording, by its name."""
    return dict(zip((one.name for one in said), crew.each(what, partial(ear.accept, room), said), strict=True))


def _others(said: Sequence[Recording], phrases: Sequence[str]) -> list[Recording]:
    """What is no call: "hey computer" holds a phrase, and whoever says it means the speaker."""
    return [one for one in said if not any(phrase in one.phrase for phrase in phrases)]
