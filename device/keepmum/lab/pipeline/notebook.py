"""Writes down what one speaker did during a stretch of sound, in seconds of its recording."""

from __future__ import annotations

from collections.abc import Iterable

from keepmum.lab.marks import Mark, MarkKind
from keepmum.lab.pipeline.pieces import Stretch
from keepmum.listener.command import Command
from keepmum.listener.ear import Ear
from keepmum.listener.look import Moment, look
from keepmum.listener.rungs import span
from keepmum.listener.sentences.understand import Intent
from keepmum.listener.speech.activity import Activity
from keepmum.listener.wake.cascade import Candidate
from keepmum.listener.wake.confirm import Confirmation
from keepmum.sound import BLOCK_SECONDS

PAUSE = 0.4
"""Seconds of quiet that do not end a voice's mark."""

_CLOSED = (Ear.MUTED, Ear.FAULT)


class Notebook:
    """The marks of one stretch. What belongs to a candidate before or behind the stretch is not kept."""

    def __init__(self, stretch: Stretch) -> None:
        self._stretch = stretch
        self._marks: list[Mark] = []
        self._activity = Activity()
        self._voice: tuple[float, float] | None = None
        self._ear = (Ear.WAITING, 0.0)
        self.mine = False
        """Whether what follows now belongs to this stretch."""

    # ---- the way of a sound

    def candidate(self, candidate: Candidate, at: float) -> None:
        """An engine thinks that it heard the phrase; everything up to the next candidate belongs to this one."""
        self.mine = self._stretch.owns(at)
        self._note(MarkKind.CANDIDATE, at, at, candidate.score, candidate.phrase)

    def confirmation(self, phrase: str, found: Confirmation, sound_begins: float, at: float) -> None:
        """What Vosk said to it; the times in it count from `sound_begins`."""
        if found.found:
            begins, ends = sound_begins + found.start, sound_begins + found.end
            self._note(MarkKind.CONFIRMED, begins, ends, found.confidence, phrase)
        else:
            self._note(MarkKind.REFUSED, at, at, found.confidence, phrase)

    def command(self, command: Command, intent: Intent | None, sound_begins: float) -> None:
        """A clip, cut as a clip that leaves is cut, and the words in it."""
        called, said = span.phrase(command), span.spoken(command)
        begins = called[0] if called != span.NOTHING else command.span[0]
        ends = said[1] if said != span.NOTHING else max(begins, command.span[0])
        self._note(MarkKind.COMMAND, sound_begins + begins, sound_begins + ends, None, intent.name if intent else "")
        for word in command.words:
            self._note(MarkKind.WORD, sound_begins + word.start, sound_begins + word.end, word.confidence, word.text)

    # ---- what lasts

    def block(self, block: bytes, at: float) -> None:
        """A block that the microphone gave, ending at this second: whether somebody speaks, by loudness."""
        if not self._activity.hear(block):
            return
        begins = at - BLOCK_SECONDS
        if self._voice and begins - self._voice[1] <= PAUSE:
            self._voice = (self._voice[0], at)
        else:
            self._speech_ends()
            self._voice = (begins, at)

    def deaf(self) -> None:
        """The microphone is closed."""
        self._speech_ends()
        self._activity.forget()

    def ear(self, ear: Ear, at: float) -> None:
        """What the ear does from now on; what the ring showed until now is written down."""
        before, since = self._ear
        self._ear = (ear, at)
        if before is Ear.WAITING or at <= since:
            return
        meaning = _shown(before)
        if before in _CLOSED:
            self._note_part(MarkKind.RING, since, at, meaning)
        else:
            self._note(MarkKind.RING, since, at, None, meaning)

    def happened(self, happenings: Iterable[Mark]) -> None:
        """What somebody did to the speaker, as far as it lies in the stretch."""
        for one in happenings:
            if one.kind is MarkKind.CONSENT:
                if self._stretch.owns(one.begins):
                    self._marks.append(one)
            else:
                self._note_part(one.kind, one.begins, one.ends, one.what)

    def close(self, at: float) -> tuple[Mark, ...]:
        """All marks, in the order of time."""
        self.ear(Ear.WAITING, at)
        self._speech_ends()
        return tuple(sorted(self._marks, key=order))

    def _speech_ends(self) -> None:
        if self._voice:
            self._note_part(MarkKind.SPEECH, *self._voice)
        self._voice = None

    def _note(self, kind: MarkKind, begins: float, ends: float, score: float | None, what: str) -> None:
        """What belongs to a candidate, wherever it ends."""
        if self.mine:
            whole = self._stretch.seconds
            begins, ends = (round(min(max(at, 0.0), whole), 3) for at in (begins, ends))
            sure = None if score is None else round(score, 4)
            self._marks.append(
                Mark(recording=self._stretch.recording, begins=begins, ends=ends, kind=kind, score=sure, what=what)
            )

    def _note_part(self, kind: MarkKind, begins: float, ends: float, what: str = "") -> None:
        """What lasts, as far as it lies in the stretch; the next one goes on with it."""
        begins, ends = max(begins, self._stretch.begins), min(ends, self._stretch.ends)
        if begins < ends:
            begins, ends = round(begins, 3), round(ends, 3)
            self._marks.append(Mark(recording=self._stretch.recording, begins=begins, ends=ends, kind=kind, what=what))


def order(mark: Mark) -> tuple[float, float, str, str]:
    """Marks by time; what begins together comes with the longest first."""
    return mark.begins, -mark.ends, mark.kind.value, mark.what


def _shown(ear: Ear) -> str:
    """What the ring says while the ear does this."""
    closed = ear in _CLOSED
    return look(Moment(ear, microphone_open=not closed, proven=closed)).meaning
