"""Loudness in the band of voices: what counts as speech in a room, and how long a silence is."""

from __future__ import annotations

import numpy as np
import pytest

from keepmum.listener.speech.activity import Activity
from keepmum.sound import BLOCK, RATE, seconds

BLOCK_SECONDS = BLOCK / RATE


def tone(hertz: float, loudness: float, samples: int = BLOCK) -> bytes:
    """A tone of that root mean square."""
    wave = loudness * np.sqrt(2) * np.sin(2 * np.pi * hertz * np.arange(samples) / RATE)
    return np.round(wave).astype("<i2").tobytes()


VOICE, ROOM = tone(800, 2000), tone(800, 50)


def room(activity: Activity) -> Activity:
    """A second of a quiet room."""
    for _ in range(12):
        activity.hear(ROOM)
    return activity


def test_a_silence_counts_from_the_middle_of_the_last_loud_block() -> None:
    """The voice ended somewhere in that block: counted from its end, every pause would last half a block longer."""
    activity = room(Activity())
    assert activity.hear(VOICE)
    assert activity.quiet == 0.0
    quiet = [(activity.hear(ROOM), activity.quiet)[1] for _ in range(3)]
    assert quiet == pytest.approx([1.5 * BLOCK_SECONDS, 2.5 * BLOCK_SECONDS, 3.5 * BLOCK_SECONDS])


def test_a_voice_ends_the_silence() -> None:
    activity = room(Activity())
    assert activity.quiet > 0.5
    assert activity.hear(VOICE)
    assert activity.quiet == 0.0


@pytest.mark.parametrize("hertz", [60, 200, 5000, 7500])
def test_rumble_and_hiss_are_no_voice(hertz: float) -> None:
    """However loud: outside a telephone's band nobody is understood."""
    activity = room(Activity())
    samples = BLOCK - BLOCK % round(RATE / 20)  # whole periods, so that the tone has no edges
    assert not activity.hear(tone(hertz, 8000, samples))
    assert activity.hear(tone(800, 8000, samples))


def test_a_steady_noise_becomes_the_room() -> None:
    """It is loud at first; a voice must then be louder than it."""
    activity = room(Activity())
    noise = tone(1000, 500)
    assert activity.hear(noise)
    for _ in range(40):
        activity.hear(noise)
    assert not activity.hear(noise)
    assert not activity.hear(tone(1000, 900))
    assert activity.hear(tone(1000, 1100))


def test_what_nobody_could_hear_is_no_voice() -> None:
    """The microphone's own noise is never speech, even where it swells from nothing."""
    activity = Activity()
    for _ in range(12):
        activity.hear(bytes(2 * BLOCK))
    assert not activity.hear(tone(800, 20))
    assert activity.hear(tone(800, 40))


def test_a_long_gap_after_a_shout_is_a_pause_though_the_noise_swells() -> None:
    """Far below the speech it is a pause, even if it is far above the quietest of the room."""
    activity = Activity()
    for _ in range(12):
        activity.hear(tone(800, 5))
    assert activity.hear(tone(800, 10000))
    assert not activity.hear(tone(800, 500))


def test_nothing_of_a_room_stays_after_forgetting() -> None:
    activity = room(Activity())
    activity.hear(tone(800, 10000))
    activity.hear(ROOM)
    activity.forget()
    assert activity.quiet == 0.0
    assert activity.hear(bytes(2 * BLOCK)) is False
    assert activity.hear(tone(800, 100)), "beside the voice before it would be quiet"


def test_a_voice_at_the_end_of_a_long_piece_is_heard() -> None:
    """What came before the wake comes as one piece: its average would say that nobody speaks."""
    activity = room(Activity())
    assert activity.hear(ROOM * 3 + tone(800, 150))
    assert activity.quiet == 0.0
    assert activity.hear(VOICE + ROOM * 3)
    assert activity.quiet == pytest.approx(3.5 * BLOCK_SECONDS)


def test_pieces_of_any_length_are_heard() -> None:
    activity = room(Activity())
    assert not activity.hear(b"")
    before = activity.quiet
    activity.hear(tone(800, 50, 100))
    assert activity.quiet == pytest.approx(before + seconds(bytes(200)))
