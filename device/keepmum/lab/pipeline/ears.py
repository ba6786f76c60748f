"""The speaker's own ears, from the wake engines to the intent, as the listener puts them together, and nothing else.

Time is counted in blocks of sound, so that an hour takes as long as the computer needs. An answer takes no time here:
where the speaker would talk, it listens again at once, so that no recording is heard less than another.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from keepmum import shipped
from keepmum.errors import LabError
from keepmum.lab.marks import Mark, MarkKind
from keepmum.lab.pipeline.notebook import Notebook
from keepmum.lab.pipeline.tuning import Tuning, sum_of_model
from keepmum.listener.ear import Do, Ear, Happening, transition
from keepmum.listener.hearing import Hearing
from keepmum.listener.news import News
from keepmum.listener.preroll import PreRoll
from keepmum.listener.sentences.understand import Understanding
from keepmum.listener.speech.model import Model, open_model
from keepmum.listener.speech.transcribe import Transcriber
from keepmum.listener.wake.cascade import Candidate, Wake, open_wake, plain
from keepmum.listener.wake.confirm import Confirmation, Confirmer
from keepmum.settings import SpeechSettings
from keepmum.sound import seconds

_AT_ONCE = {Ear.THINKING: Happening.SILENT_ANSWER, Ear.SPEAKING: Happening.SPOKEN}
"""What follows where the speaker would answer."""


class Ears:
    """One speaker. Between two stretches of sound it is as new."""

    def __init__(self, tuning: Tuning) -> None:
        """Raises ModelError, ConfigError for a phrase that cannot wake, or LabError for another model than is meant."""
        if tuning.model_sha256 and sum_of_model(tuning.model) != tuning.model_sha256:
            raise LabError(f"{tuning.model} is another speech model here", "copy the same files to every machine")
        model = _model(tuning.model)
        self._preroll = PreRoll()
        self._wake = _Watched(open_wake(tuning.wake, model, self._preroll))
        phrases = plain(tuning.wake.phrases)
        self._confirmers = {phrase: _Heeded(model, phrase) for phrase in phrases} if tuning.confirm else None
        understanding = _understanding(tuning.model, tuning.phrase)
        self._hearing = Hearing(
            wake=self._wake,
            confirmers=self._confirmers,
            transcriber=Transcriber(model, understanding.phrases, SpeechSettings(), understanding.outlook),
            understanding=understanding,
            preroll=self._preroll,
            news=News(show_words=False),
        )
        self._ear = Ear.WAITING
        self._is_new = True
        self._at = 0.0
        self._clip_begins = 0.0

    @property
    def waits(self) -> bool:
        """Whether nothing is being heard."""
        return self._ear is Ear.WAITING

    def begin(self, notebook: Notebook, at: float) -> None:
        """From now on everything goes into this notebook; `at` is where in the recording the sound begins."""
        if not self._is_new:
            self._hearing.forget()
        self._notebook, self._at, self._is_new = notebook, at, False
        self._ear = Ear.WAITING

    def hear(self, block: bytes, happenings: Iterable[Mark] = ()) -> None:
        """Take one block. While somebody has closed the microphone it is not listened to at all."""
        closed = _closed(happenings, self._at)
        if closed is not None:
            if self._ear not in (Ear.MUTED, Ear.FAULT):
                self._happen(closed)
                self._notebook.deaf()
            self._at += seconds(block)
            return
        if self._ear in (Ear.MUTED, Ear.FAULT):
            self._happen(Happening.OPENED)
        self._at += seconds(block)
        self._preroll.push(block)
        self._notebook.block(block, self._at)
        happening = self._hearing.hear(self._ear, block)
        self._tell_confirmation()
        self._happen(happening)

    def end(self) -> tuple[Mark, ...]:
        """What was written down."""
        marks = self._notebook.close(self._at)
        self._hearing.forget()
        self._is_new = True
        return marks

    def _happen(self, happening: Happening | None) -> None:
        while happening is not None:
            before = self._ear
            self._tell(before, happening)
            self._ear, todo = transition(before, happening)
            self._notebook.ear(self._ear, self._at)
            happening = next(filter(None, [self._do(do) for do in todo]), _AT_ONCE.get(self._ear))

    def _tell(self, before: Ear, happening: Happening) -> None:
        """What is written down has to be asked for before the transition forgets it."""
        if happening is Happening.CANDIDATE and self._wake.last is not None:
            self._notebook.candidate(self._wake.last, self._at)
            self._clip_begins = self._at - self._preroll.seconds
        elif before is Ear.HEARING and happening in (Happening.COMMAND, Happening.NOTHING):
            intent = self._hearing.intent
            clip = self._hearing.take_clip()
            self._notebook.command(clip, intent, self._clip_begins)
            clip.wipe()

    def _do(self, do: Do) -> Happening | None:
        if do is Do.CONFIRM:
            happening = self._hearing.confirm()
            self._tell_confirmation()
            return happening
        if do is Do.FORGET:
            self._hearing.forget()
        return None

    def _tell_confirmation(self) -> None:
        for phrase, confirmer in (self._confirmers or {}).items():
            if confirmer.said is not None:
                self._notebook.confirmation(phrase, confirmer.said, self._clip_begins, self._at)
            confirmer.said = None


class _Watched:
    """The wake engines, and what they found last."""

    def __init__(self, wake: Wake) -> None:
        self._wake = wake
        self.last: Candidate | None = None

    def hear(self, block: bytes) -> Candidate | None:
        self.last = self._wake.hear(block)
        return self.last

    def wipe(self) -> None:
        self._wake.wipe()


class _Heeded(Confirmer):
    """Vosk's confirmation, and what it said last."""

    said: Confirmation | None = None

    def confirm(self, sound: bytes, second: float | None = None) -> Confirmation:
        self.said = super().confirm(sound, second)
        return self.said


def _closed(happenings: Iterable[Mark], at: float) -> Happening | None:
    """What keeps the microphone closed at this second."""
    kinds = {one.kind for one in happenings if one.begins <= at < one.ends}
    if MarkKind.MUTE in kinds:
        return Happening.CLOSED
    return Happening.BROKE if MarkKind.FAULT in kinds else None


class _OfThisThread(threading.local):
    def __init__(self) -> None:
        self.ears: dict[Tuning, Ears] = {}


_OPENED = _OfThisThread()


def opened(tuning: Tuning) -> Ears:
    """The ears of this thread, loaded once: a worker of a cluster may hear with several at the same time."""
    if tuning not in _OPENED.ears:
        _OPENED.ears = {tuning: Ears(tuning)}
    return _OPENED.ears[tuning]


@cache
def _model(folder: Path) -> Model:
    return open_model(folder)


@cache
def _understanding(model: Path, phrase: str) -> Understanding:
    """The shipped sentences, as far as the model knows their words."""
    file = shipped.folder() / "sentences" / f"{SpeechSettings().language}.yaml"
    return Understanding.load(file, None, (), _model(model).vocabulary, plain([phrase]))
