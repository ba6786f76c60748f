"""What the ear does with each block: wake engines, Vosk's confirmation, the transcript, the clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from keepmum.clip import Word
from keepmum.listener.command import Command, Span
from keepmum.listener.ear import Ear, Happening
from keepmum.listener.news import News
from keepmum.listener.preroll import PreRoll
from keepmum.listener.sentences.understand import UNKNOWN, Intent, Understanding
from keepmum.listener.speech.transcribe import Transcriber, Transcript
from keepmum.listener.wake.cascade import Candidate, Wake
from keepmum.listener.wake.confirm import CONFIRM_AFTER, Confirmer
from keepmum.sound import RATE, SAMPLE_BYTES, seconds


class Hearing:
    """Everything that holds sound, apart from the pre-roll itself; `forget` wipes it all."""

    def __init__(
        self,
        *,
        wake: Wake,
        confirmers: Mapping[str, Confirmer] | None,
        transcriber: Transcriber,
        understanding: Understanding,
        preroll: PreRoll,
        news: News,
    ) -> None:
        self._wake = wake
        self._confirmers = confirmers
        self._transcriber = transcriber
        self._understanding = understanding
        self._preroll = preroll
        self._news = news
        self._candidate: Candidate | None = None
        self._after = 0.0
        self._sound = bytearray()
        self._words: tuple[Word, ...] = ()
        self._phrase_span: Span | None = None
        self._begins = 0.0
        """Where the command begins in the sound, in seconds."""
        self.intent: Intent | None = None
        """What the last command meant."""
        self.confirmed = False
        """Whether Vosk found the phrase before it; an owner may let commands do without, but no clip."""

    def parse(self, text: str) -> Intent | None:
        """What a typed command means."""
        return self._understanding.parse(text)

    def hear(self, ear: Ear, block: bytes) -> Happening | None:
        """Take one block; what it made happen, if anything."""
        match ear:
            case Ear.WAITING:
                self._candidate = self._wake.hear(block)
                self._after = 0.0
                return Happening.CANDIDATE if self._candidate else None
            case Ear.CONFIRMING:
                self._after += seconds(block)
                return self.confirm()
            case Ear.HEARING:
                return self._hear_command(block)
            case _:
                return None

    def confirm(self) -> Happening | None:
        """Whether the phrase was there, once enough sound after the trigger has come."""
        candidate = self._candidate
        if candidate is None or self._after < CONFIRM_AFTER:
            return None
        sound = self._preroll.last(self._preroll.seconds)
        accepted, span, end = self._confirmed(candidate, sound)
        self._news.tell("wake", {"phrase": candidate.phrase, "score": round(candidate.score, 3), "accepted": accepted})
        if not accepted:
            return Happening.REJECTED
        self.confirmed = self._confirmers is not None
        self._begin(sound, span, end)
        return Happening.CONFIRMED

    def _confirmed(self, candidate: Candidate, sound: bytes) -> tuple[bool, Span | None, float]:
        """Whether Vosk found the phrase, where, and where the command begins. What nobody can confirm is not found."""
        if self._confirmers is None:
            return True, None, seconds(sound)
        if candidate.phrase not in self._confirmers:
            return False, None, 0.0
        confirmation = self._confirmers[candidate.phrase].confirm(sound, candidate.second)
        return confirmation.found, (confirmation.start, confirmation.end), confirmation.end

    def _begin(self, sound: bytes, phrase_span: Span | None, begins: float) -> None:
        """The sound begins before the wake; the transcript begins behind it, so that no quick word is lost."""
        self._sound = bytearray(sound)
        self._words, self.intent = (), None
        self._phrase_span, self._begins = phrase_span, begins
        self._transcriber.begin(begins)
        rest = sound[int(begins * RATE) * SAMPLE_BYTES :]
        if rest:
            self._transcriber.hear(rest)

    def _hear_command(self, block: bytes) -> Happening | None:
        self._sound += block
        if self._transcriber.hear(block).ended is None:
            return None
        transcript = self._understand(self._transcriber.finish())
        self._words = self._accounted_for(transcript.words)
        self._transcriber.wipe()
        self._news.tell(
            "heard",
            {"intent": self.intent.name if self.intent else "", "seconds": round(seconds(self._sound), 2)},
            transcript.text,
        )
        return Happening.COMMAND if self.intent else Happening.NOTHING

    def _understand(self, first: Transcript) -> Transcript:
        """Find out what was meant; whichever of the two listenings led to it."""
        second: list[Transcript] = []

        def listen_again(phrases: tuple[str, ...]) -> str:
            second.append(self._transcriber.again(phrases))
            return second[-1].text

        self.intent = self._understanding.parse_or_listen_again(first.text, listen_again)
        led = self.intent is not None and second and self._understanding.parse(second[-1].text) == self.intent
        return second[-1] if led else first

    def _accounted_for(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """The words, but `[unk]` for those that what was understood does not consist of: perhaps nobody said them.

        Vosk takes private talk for a few words of its grammar, and is sure of them; only the sentence gives it away.
        """
        stands = (
            self._understanding.accounts_for([word.text for word in words]) if self.intent else [False] * len(words)
        )
        return tuple(word if each else replace(word, text=UNKNOWN) for word, each in zip(words, stands, strict=True))

    def take_clip(self) -> Command:
        """The command and its sound, which is the taker's to overwrite; nothing of it is held here any more."""
        phrase = self._candidate.phrase if self._candidate else ""
        sound, self._sound = self._sound, bytearray()
        words, self._words = self._words, ()
        return Command(sound, phrase, self._phrase_span, (self._begins, seconds(sound)), words)

    def forget(self) -> float:
        """Overwrite everything; how many seconds of sound there were."""
        held = max(self._preroll.seconds, seconds(self._sound))
        self._sound[:] = bytes(len(self._sound))
        self._sound = bytearray()
        self._words, self.intent, self._candidate, self.confirmed = (), None, None, False
        self._phrase_span, self._begins = None, 0.0
        self._transcriber.wipe()
        self._wake.wipe()
        self._preroll.wipe()
        return held

    def is_clean(self) -> bool:
        """Whether nothing of what was heard is held any more."""
        mine = self._sound or self._words or self.intent or self._candidate
        return not mine and self._transcriber.is_clean()
