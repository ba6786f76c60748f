"""What is no word of a command is noise in the sound and a placeholder in the text (I17)."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rungs_commands import TEXTS, VOCABULARY

from keepmum.clip import Word
from keepmum.listener.rungs.redact import JOIN, MARGIN, SURE, bleep, everything, redact
from keepmum.sound import RATE


def said(*texts: str, confidence: float = 1.0) -> tuple[Word, ...]:
    """Words of a quarter of a second each, without gaps."""
    return tuple(Word(text, at / 4, (at + 1) / 4, confidence) for at, text in enumerate(texts))


def audible(words: tuple[Word, ...], length: float) -> list[tuple[float, float]]:
    """The stretches that may be heard, in seconds."""
    mask = redact(words, round(length * RATE), VOCABULARY).audible
    edges = np.flatnonzero(np.diff(np.pad(mask, 1).astype(int))) / RATE
    return [(float(start), float(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def test_a_command_of_known_words_stays_whole() -> None:
    """Margins between adjacent kept words are joined: nothing of it is bleeped."""
    redaction = redact(said("turn", "on", "the", "light"), RATE, VOCABULARY)
    assert redaction.bleeped == 0.0
    assert redaction.text == "turn on the light"


def test_a_name_is_noise_with_a_margin_on_either_side() -> None:
    """Its neighbours are cut short, so that no beginning of the name is heard."""
    assert audible(said("turn", "margaret", "light"), 0.75) == [(0, 0.25 - MARGIN), (0.5 + MARGIN, 0.75)]


@pytest.mark.parametrize("word", ["margaret", "seven", "[unk]", "alexa"])
def test_what_is_not_in_the_vocabulary_is_never_audible(word: str) -> None:
    """A name, a number, a sound that is no word, the wake phrase: each is hidden however sure Vosk was."""
    words = said("turn", word, "light")
    assert all(end <= 0.25 or start >= 0.5 for start, end in audible(words, 0.75))


def test_a_word_that_was_not_heard_surely_is_not_kept() -> None:
    """Perhaps it was another one."""
    assert audible(said("turn", confidence=SURE - 0.01), 0.25) == []
    assert audible(said("turn", confidence=SURE), 0.25) == [(0, 0.25)]


def test_a_gap_is_noise() -> None:
    """Between two kept words somebody could have spoken, if the gap is long enough for a syllable."""
    near = (Word("turn", 0.0, 0.25, 1.0), Word("on", 0.25 + JOIN, 1.0, 1.0))
    far = (Word("turn", 0.0, 0.25, 1.0), Word("on", 0.26 + JOIN, 1.0, 1.0))
    assert audible(near, 1.0) == [(0, 1.0)]
    assert audible(far, 1.0) == [(0, 0.25 - MARGIN), (0.26 + JOIN + MARGIN, 1.0)]


def test_a_hidden_word_hides_what_overlaps_it() -> None:
    """If the times of a kept word and of a name overlap, the name decides."""
    words = (Word("turn", 0.0, 0.6, 1.0), Word("margaret", 0.3, 0.8, 1.0))
    assert all(end <= 0.3 for _, end in audible(words, 0.8))


def test_a_text_has_placeholders() -> None:
    """Runs of what is hidden become one placeholder: how many words a name has is nobody's business."""
    words = said("turn", "margaret", "[unk]", "seven", "seven", "seven", "on", "alexa")
    assert redact(words, 2 * RATE, VOCABULARY).text == "turn <name?> <num> on <name?>"


def test_without_sound_everything_is_bleeped() -> None:
    """Nothing heard is no command: too much is bleeped for it to leave."""
    assert redact((), 0, VOCABULARY).bleeped == 1.0
    assert redact((), RATE, VOCABULARY).bleeped == 1.0


def test_a_phrase_is_kept_whole() -> None:
    """Of a wake phrase nothing is hidden."""
    redaction = everything(said("alexa"), RATE)
    assert (redaction.bleeped, redaction.text) == (0.0, "alexa")


times = st.floats(-1, 3)
words = st.lists(st.builds(Word, st.sampled_from(TEXTS), times, times, st.floats(0, 1)), max_size=8).map(tuple)


@settings(deadline=None)
@given(words, st.integers(0, 2 * RATE), st.integers(0, 2**32))
def test_i17_an_unknown_word_is_never_audible(heard: tuple[Word, ...], samples: int, seed: int) -> None:
    """Whatever the times are, no sample within an unknown word is left, nor within one that was not heard surely."""
    sound = bytearray(np.arange(1, samples + 1).astype("<i2").tobytes())
    redaction = redact(heard, samples, VOCABULARY)
    bleep(sound, redaction.audible, Random(seed))
    at = np.arange(samples) / RATE
    for word in heard:
        if word.text not in VOCABULARY or word.confidence < SURE:
            assert not redaction.audible[(at >= word.start) & (at < word.end)].any()
    kept = np.frombuffer(sound, "<i2") == np.arange(1, samples + 1).astype("<i2")
    assert kept[redaction.audible].all()
    assert kept[~redaction.audible].mean() < 0.02 if (~redaction.audible).sum() > 1_000 else True


@settings(deadline=None)
@given(words, st.integers(1, 2 * RATE), st.integers(0, 2**32))
def test_the_noise_does_not_depend_on_what_it_hides(heard: tuple[Word, ...], samples: int, seed: int) -> None:
    """Two sounds that differ only where nothing is audible are the same afterwards, sample for sample."""
    redaction = redact(heard, samples, VOCABULARY)
    quiet, loud = bytearray(2 * samples), bytearray(2 * samples)
    hidden = ~redaction.audible
    np.frombuffer(loud, "<i2")[hidden] = np.random.default_rng(seed).integers(-20_000, 20_000, hidden.sum())
    bleep(quiet, redaction.audible, Random(seed))
    bleep(loud, redaction.audible, Random(seed))
    assert quiet == loud


def test_the_noise_has_one_loudness() -> None:
    """Quiet or loud before, it is equally loud in every tenth of a second afterwards."""
    samples = (np.sin(np.arange(2 * RATE)) * np.linspace(0, 30_000, 2 * RATE)).astype("<i2")
    sound = bytearray(samples.tobytes())
    bleep(sound, np.zeros(2 * RATE, dtype=np.bool_), Random(1))
    levels = np.frombuffer(sound, "<i2").astype(float).reshape(-1, 1_600).std(axis=1)
    assert 0.9 < levels.min() / levels.max() <= 1.0
    assert abs(np.corrcoef(samples, np.frombuffer(sound, "<i2"))[0, 1]) < 0.02
