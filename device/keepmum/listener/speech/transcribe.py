"""The command after the wake, as words: a recogniser per utterance, streaming, and the decision that it is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from keepmum.clip import Word
from keepmum.listener.outlook import Outlook
from keepmum.listener.speech.activity import Activity
from keepmum.listener.speech.model import UNKNOWN, Model
from keepmum.listener.speech.vosk_library import VoskRecogniser
from keepmum.settings import SpeechSettings
from keepmum.sound import BLOCK_BYTES, RATE, SAMPLE_BYTES, seconds

LOOK = 0.32
"""Seconds of quiet after which the words so far are looked at: enough for a stop inside a word (0.15 s), and for Vosk
to hear the last word's end."""

FINISHED = 0.75
"""Of the settings' pause, what ends a command that is whole but may go on, and words that begin none. With 0.75 (of
0.6 s: 0.45 s) 3 of 62 people who ordered coffee are cut off in a quiet room, by whatever ends it."""

STRAY = 2.0
"""The same for a sound that is no command and shorter than one: noise makes such, while somebody is still to speak."""

SHORTEST = 0.25
"""Seconds: "stop" and "mute" take 0.3."""

NOBODY = 4.0
"""Seconds without a word after which nobody is expected to speak any more, if it is quiet."""

NOBODY_FOR_SURE = 6.0
"""The same where it is loud: Vosk tells a word up to 1.5 s after it began, and somebody may just have begun."""

_PHRASES_FOR_UNKNOWN = 12
"""For how many phrases of the grammar `[unk]` stands in it once. Beside a command the model takes "chemotherapy"
for "timer for" with a single one, and for `[unk]` with 1,000 among the 12,000 phrases of a household; of 117 commands
as many are heard exactly with 1, 100 and 1,000 (104), and fewer with 3,000 (100)."""

_ONSET = 3
"""Blocks (0.24 s): a word may begin so softly ("how", "stop") that it is quiet until its vowel comes. Of ten commands
behind 20 lengths of quiet in two rooms, 31 of 400 lost their beginning without this, and none does with it."""

_VOSK_SILENCE = 0.5
"""When Vosk says that an utterance ended, this much silence lies behind (`endpoint.rule2` of its models)."""


class Ended(Enum):
    """Why a command is over."""

    COMPLETE = "complete"
    """It is whole, nothing can follow, and it became quiet."""
    PAUSE = "pause"
    NOBODY = "nobody"
    LONGEST = "longest"


@dataclass(frozen=True)
class Partial:
    """The command so far."""

    text: str
    silence: float
    """Seconds since somebody last spoke, as far as can be told."""
    ended: Ended | None = None


@dataclass(frozen=True)
class Transcript:
    """The finished command; `words` count their times from the beginning of the clip."""

    words: tuple[Word, ...]
    text: str


class Transcriber:
    """Hears one command at a time: `begin`, `hear` until it has ended, `finish`."""

    def __init__(
        self,
        model: Model,
        phrases: Sequence[str],
        speech: SpeechSettings,
        outlook: Callable[[str], Outlook] = lambda _: Outlook.BEGUN,
    ) -> None:
        """`phrases` give the grammar; `outlook` says what more words could make of a text."""
        self._model = model
        self._phrases = grammar(phrases)
        self._speech = speech
        self._outlook = outlook
        self._activity = Activity()
        self._sound = bytearray()
        self._recogniser: VoskRecogniser | None = None
        self._skip = 0.0
        self._words: tuple[Word, ...] = ()
        self._looked = False
        self._empty = 0
        """Bytes at the beginning of the sound in which there was no word, nor the beginning of one."""
        self._vosk_silence = 0.0

    def begin(self, skip: float = 0.0) -> None:
        """Start a new command. `skip` seconds of the clip, with the wake phrase, came before what will be heard."""
        self.wipe()
        self._skip = skip
        self._start()

    def hear(self, block: bytes) -> Partial:
        """Take a piece of sound of any length; `ended` says whether the command is over and why."""
        self._sound += block
        active = self._activity.hear(block)
        if self._looked and active:
            self._go_on()
        elif not self._looked:
            self._accept(block)
            if self._activity.quiet >= LOOK:
                self._look()
        silence = max(self._activity.quiet, self._vosk_silence)
        return Partial(_text(self._words), silence, self._ended(silence))

    def finish(self) -> Transcript:
        """The words of the command. The sound stays for `again`, until `wipe`."""
        if not self._looked:
            self._look()
        self._close()
        return Transcript(self._words, _text(self._words))

    def again(self, phrases: Sequence[str]) -> Transcript:
        """The same sound heard once more, with other phrases (0.03 s of CPU a second)."""
        recogniser = self._model.recogniser(grammar(phrases))
        recogniser.accept(bytes(self._sound))
        words = self._model.words(recogniser.final(), self._skip)
        recogniser.close()
        return Transcript(words, _text(words))

    def wipe(self) -> None:
        """Overwrite the sound and let go of everything made of it."""
        self._sound[:] = bytes(len(self._sound))
        self._sound = bytearray()
        self._activity.forget()
        self._words = ()
        self._skip = self._vosk_silence = 0.0
        self._looked = False
        self._empty = 0
        self._close()

    def is_clean(self) -> bool:
        """Whether neither sound nor words are left, nor a recogniser that has heard some."""
        return not (self._sound or self._words or self._recogniser)

    @property
    def _offset(self) -> float:
        return self._skip + self._empty / (RATE * SAMPLE_BYTES)

    def _start(self) -> None:
        self._close()
        self._recogniser = self._model.recogniser(self._phrases)
        # Without word times Vosk's partial text names words that nobody has begun to say.
        self._recogniser.partial_words()
        self._looked = False
        self._vosk_silence = 0.0

    def _close(self) -> None:
        if self._recogniser:
            self._recogniser.close()
        self._recogniser = None

    def _accept(self, block: bytes) -> None:
        if self._recogniser is None:
            return
        ended = self._recogniser.accept(block)
        self._words = self._model.words(self._recogniser.partial(), self._offset)
        self._vosk_silence = (self._vosk_silence or _VOSK_SILENCE) + seconds(block) if ended else 0.0

    def _look(self) -> None:
        """Have Vosk decide on what it heard so far, as if the sound ended here."""
        if self._recogniser is not None:
            self._words = self._model.words(self._recogniser.final(), self._offset)
        self._looked = True
        if not self._words:
            self._empty = max(0, len(self._sound) - _ONSET * BLOCK_BYTES)

    def _go_on(self) -> None:
        """The speaker goes on after a pause: hear it all again, so that the sentence is not two halves to Vosk."""
        self._start()
        self._accept(bytes(self._sound[self._empty :]))

    def _ended(self, silence: float) -> Ended | None:
        length = seconds(self._sound)
        if self._words and (self._looked or self._vosk_silence):
            outlook = self._outlook(_text(self._words))
            if outlook is Outlook.WHOLE:
                return Ended.COMPLETE
            if silence >= self._speech.pause * self._patience(outlook):
                return Ended.PAUSE
        elif not self._words and length >= (NOBODY if self._activity.quiet >= LOOK else NOBODY_FOR_SURE):
            return Ended.NOBODY
        return Ended.LONGEST if length >= self._speech.longest else None

    def _patience(self, outlook: Outlook) -> float:
        """How much of the pause in the settings must be silent."""
        if outlook is Outlook.NONE and self._words[-1].end - self._words[0].start < SHORTEST:
            return STRAY
        return 1.0 if outlook is Outlook.BEGUN else FINISHED


def grammar(phrases: Sequence[str]) -> tuple[str, ...]:
    """The phrases, and `[unk]` as often as it takes for words of no phrase to be no words."""
    return (*phrases, *[UNKNOWN] * (len(phrases) // _PHRASES_FOR_UNKNOWN))


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
