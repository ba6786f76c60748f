"""The door of this room: makes of a command what one rung holds, and nothing that a lower rung would not show."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from random import Random

from keepmum.clip import Clip, Word, new_id
from keepmum.listener.command import Command
from keepmum.listener.mouth import Voice
from keepmum.listener.rungs import span
from keepmum.listener.rungs.disguise import disguise
from keepmum.listener.rungs.made import Made
from keepmum.listener.rungs.redact import Redaction, bleep, everything, redact
from keepmum.listener.rungs.respeak import respeak
from keepmum.sound import SAMPLE_BYTES
from keepmum.terms import Purpose, Rung


def make(
    command: Command,
    rung: Rung,
    vocabulary: Collection[str],
    voice: Voice,
    chance: Random,
    *,
    purpose: Purpose = Purpose.ASR_IMPROVEMENT,
) -> Made:
    """What this rung holds of the command; for tuning the wake word, of the phrase before it.

    `vocabulary` as from `vocabulary.allowed`; `chance` is `random.SystemRandom()` but in tests. The command is left
    as it is, for another rung. Raises SpeakerError if the rung is spoken by a voice that fails, ValueError for METRICS,
    which are made of counts (`metrics.made_of`).
    """
    if rung is Rung.METRICS:
        raise ValueError("metrics are made of counts, not of a command")
    sound, redaction = _phrase(command) if purpose is Purpose.WAKE_TUNING else _command(command, vocabulary)
    bleep(sound, redaction.audible, chance)
    clip = Clip(new_id(), rung)
    if rung in {Rung.TEXT, Rung.RESPOKEN}:
        _overwrite(sound)
        clip = replace(clip, text=redaction.text)
        pcm = respeak(redaction.text, voice) if rung is Rung.RESPOKEN else bytearray()
        return Made(clip, pcm, redaction.bleeped, voice)
    words = redaction.words
    if rung is Rung.DISGUISED:
        sound, words = _disguised(sound, words, chance)
    return Made(replace(clip, phrase=command.phrase, words=words), sound, redaction.bleeped)


def _disguised(plain: bytearray, words: tuple[Word, ...], chance: Random) -> tuple[bytearray, tuple[Word, ...]]:
    sound, faster = disguise(plain, chance)
    _overwrite(plain)
    return sound, tuple(Word(word.text, word.start / faster, word.end / faster, word.confidence) for word in words)


def _command(command: Command, vocabulary: Collection[str]) -> tuple[bytearray, Redaction]:
    where = span.spoken(command)
    sound = span.cut(command.sound, where)
    return sound, redact(span.moved(command.words, where), len(sound) // SAMPLE_BYTES, vocabulary)


def _phrase(command: Command) -> tuple[bytearray, Redaction]:
    where = span.phrase(command)
    sound = span.cut(command.sound, where)
    said = [Word(command.phrase, 0.0, where[1] - where[0], 1.0)] if sound else []
    return sound, everything(said, len(sound) // SAMPLE_BYTES)


def _overwrite(sound: bytearray) -> None:
    sound[:] = bytes(len(sound))
