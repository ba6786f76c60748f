"""What the speaker is doing, as one state machine: one enum, one transition function, one picture.

Nothing else assigns the state. The picture in `listener/README.md` is drawn from the same table.
"""

from __future__ import annotations

from enum import StrEnum


class Ear(StrEnum):
    """What the speaker is doing."""

    MUTED = "muted"
    """The microphone is closed."""
    WAITING = "waiting"
    """Blocks go through the wake engines and are overwritten two seconds later."""
    CONFIRMING = "confirming"
    """An engine thinks it heard the phrase; Vosk is asked."""
    HEARING = "hearing"
    """A confirmed wake: the command is being transcribed."""
    THINKING = "thinking"
    """The skills have the word."""
    SPEAKING = "speaking"
    """The answer is being played."""
    FAULT = "fault"
    """No sound can be had."""


class Happening(StrEnum):
    """What can happen to the ear."""

    CLOSED = "closed"
    """The privacy core closed the microphone."""
    OPENED = "opened"
    """The privacy core opened it."""
    CANDIDATE = "candidate"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    COMMAND = "command"
    """The command ended and was understood."""
    NOTHING = "nothing"
    """The command ended and was not understood, or nobody spoke."""
    ANSWER = "answer"
    """There is something to say."""
    SILENT_ANSWER = "silent_answer"
    """It was done and nothing is to be said."""
    NO_ANSWER = "no_answer"
    """The skills did not answer in time."""
    SPOKEN = "spoken"
    """The answer was played."""
    BROKE = "broke"
    """The microphone failed."""


class Do(StrEnum):
    """What the listener has to do after a transition."""

    FORGET = "forget"
    """Wipe the pre-roll, the clip and the engines."""
    CONFIRM = "confirm"
    """Ask Vosk whether the phrase is there."""
    HEAR = "hear"
    """Begin a recogniser and a clip."""
    ASK = "ask"
    """Give the command to the skills, and the clip to the release door."""
    SPEAK = "speak"
    """Play the answer."""
    APOLOGISE = "apologise"
    """Say that it was not understood."""
    HUSH = "hush"
    """Stop playing."""
    DROP = "drop"
    """Nobody waits for the skills' answer any more."""


Move = tuple[Ear, tuple[Do, ...]]

_LEAVING: dict[Ear, tuple[Do, ...]] = {
    Ear.WAITING: (),
    Ear.CONFIRMING: (),
    Ear.HEARING: (),
    Ear.THINKING: (Do.DROP,),
    Ear.SPEAKING: (Do.HUSH,),
}
"""Every state in which the microphone is open, and what has to be broken off when it closes."""

TABLE: dict[tuple[Ear, Happening], Move] = {
    # From everywhere: quiet wins.
    **{(ear, Happening.CLOSED): (Ear.MUTED, (*first, Do.FORGET)) for ear, first in _LEAVING.items()},
    **{(ear, Happening.BROKE): (Ear.FAULT, (*first, Do.FORGET)) for ear, first in _LEAVING.items()},
    (Ear.FAULT, Happening.CLOSED): (Ear.MUTED, (Do.FORGET,)),
    (Ear.MUTED, Happening.BROKE): (Ear.FAULT, ()),
    # Back to listening.
    (Ear.MUTED, Happening.OPENED): (Ear.WAITING, ()),
    (Ear.FAULT, Happening.OPENED): (Ear.WAITING, ()),
    # The way of a sound.
    (Ear.WAITING, Happening.CANDIDATE): (Ear.CONFIRMING, (Do.CONFIRM,)),
    (Ear.CONFIRMING, Happening.CONFIRMED): (Ear.HEARING, (Do.HEAR,)),
    (Ear.CONFIRMING, Happening.REJECTED): (Ear.WAITING, (Do.FORGET,)),
    (Ear.HEARING, Happening.COMMAND): (Ear.THINKING, (Do.ASK,)),
    (Ear.HEARING, Happening.NOTHING): (Ear.SPEAKING, (Do.FORGET, Do.APOLOGISE)),
    (Ear.THINKING, Happening.ANSWER): (Ear.SPEAKING, (Do.SPEAK,)),
    (Ear.THINKING, Happening.SILENT_ANSWER): (Ear.WAITING, (Do.FORGET,)),
    (Ear.THINKING, Happening.NO_ANSWER): (Ear.SPEAKING, (Do.APOLOGISE,)),
    (Ear.SPEAKING, Happening.SPOKEN): (Ear.WAITING, (Do.FORGET,)),
    # A typed command, or a timer that is due: something to say without anybody having spoken.
    (Ear.WAITING, Happening.ANSWER): (Ear.SPEAKING, (Do.SPEAK,)),
    (Ear.WAITING, Happening.NO_ANSWER): (Ear.SPEAKING, (Do.APOLOGISE,)),
    # Muted, the loudspeaker still works: the last words of "mute yourself", a timer.
    (Ear.MUTED, Happening.ANSWER): (Ear.MUTED, (Do.SPEAK,)),
    (Ear.MUTED, Happening.NO_ANSWER): (Ear.MUTED, (Do.APOLOGISE,)),
    (Ear.FAULT, Happening.ANSWER): (Ear.FAULT, (Do.SPEAK,)),
}


def transition(ear: Ear, happening: Happening) -> Move:
    """The next state and what to do; what the table does not list changes nothing."""
    return TABLE.get((ear, happening), (ear, ()))


def diagram() -> str:
    """The table as a Mermaid state diagram; several happenings between two states share an arrow."""
    arrows: dict[tuple[Ear, Ear], list[str]] = {}
    for (ear, happening), (after, doing) in TABLE.items():
        label = happening.value + (f" / {', '.join(doing)}" if doing else "")
        arrows.setdefault((ear, after), []).append(label)
    lines = [f"    {ear} --> {after}: {'; '.join(labels)}" for (ear, after), labels in arrows.items()]
    return "\n".join(["stateDiagram-v2", "    [*] --> muted", *lines])
