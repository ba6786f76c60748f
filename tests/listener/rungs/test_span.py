"""What is cut out of a command never begins before it or ends behind it, whatever the word times say."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from rungs_commands import command, commands

from keepmum.clip import Word
from keepmum.listener.command import Command
from keepmum.listener.rungs.span import NOTHING, cut, moved, phrase, spoken
from keepmum.sound import RATE

COUNTED = np.arange(2 * RATE).astype("<i2")


def _first_and_last(sound: bytearray) -> tuple[int, int]:
    samples = np.frombuffer(sound, "<i2").astype(np.uint16)
    return int(samples[0]), int(samples[-1])


def test_a_command_is_cut_at_its_words() -> None:
    """From the first word's beginning to the last word's end: no wake phrase, no tail."""
    heard = command((Word("turn", 0.5, 0.7, 1.0), Word("on", 0.8, 1.0, 1.0)), 0.4, COUNTED)
    assert spoken(heard) == (0.5, 1.0)
    assert _first_and_last(cut(heard.sound, spoken(heard))) == (8_000, 15_999)


def test_a_word_that_reaches_into_the_phrase_is_cut() -> None:
    """Where the phrase ends, the command begins, even if Vosk says that its first word began earlier."""
    heard = command((Word("turn", 0.1, 0.7, 1.0),), 0.4, COUNTED)
    assert _first_and_last(cut(heard.sound, spoken(heard))) == (6_400, 11_199)


def test_a_phrase_is_cut_without_what_came_before() -> None:
    """For tuning the wake word, the span is the phrase alone."""
    heard = command((Word("turn", 0.5, 0.7, 1.0),), 0.4, COUNTED, 0.125)
    assert _first_and_last(cut(heard.sound, phrase(heard))) == (2_000, 6_399)


def test_a_phrase_that_nobody_looked_for_is_nowhere() -> None:
    """Without Vosk's word on where the phrase is, nothing of the pre-roll can be taken for it."""
    heard = Command(bytearray(64), "alexa", None, (0.0, 0.002), ())
    assert phrase(heard) == NOTHING
    assert cut(heard.sound, phrase(heard)) == b""


def test_without_words_there_is_nothing_to_cut() -> None:
    """A sound in which nothing was heard is no clip."""
    assert cut(bytearray(64_000), spoken(command((), 0.0, COUNTED))) == b""


@settings(deadline=None)
@given(commands())
def test_no_sample_from_outside_is_ever_cut(heard: Command) -> None:
    """With words at any times, a cut command holds no sample of the pre-roll, the phrase or behind the end."""
    count = len(heard.sound) // 2
    heard.sound[:] = COUNTED[:count].tobytes()
    for wanted, begins, ends in (
        (spoken(heard), heard.span[0], count / RATE),
        (phrase(heard), (heard.phrase_span or NOTHING)[0], heard.span[0]),
    ):
        sound = cut(heard.sound, wanted)
        if sound:
            first, last = _first_and_last(sound)
            assert begins * RATE <= first <= last < ends * RATE + 1e-6
            assert last - first + 1 == len(sound) // 2


@settings(deadline=None)
@given(commands())
def test_times_move_with_the_cut(heard: Command) -> None:
    """Times count from the beginning of what was cut, and stay within it."""
    where = spoken(heard)
    for word in moved(heard.words, where):
        assert 0 <= word.start <= where[1] - where[0]
        assert 0 <= word.end <= where[1] - where[0]
