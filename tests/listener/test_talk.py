"""What has to be heard whole counts only if it was: not broken off, not given up by the loudspeaker, not too faint."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from keepmum.errors import SpeakerError
from keepmum.listener import outcome, phrases
from keepmum.listener.mouth import LATE, Mouth
from keepmum.listener.news import News
from keepmum.listener.talk import AUDIBLE, MOST, Talk, Utterance
from keepmum.sound import RATE, seconds

CLIP = np.full(RATE * 2, 700, "<i2").tobytes()


class Clock:
    """Stands still until a test moves it."""

    at = 0.0

    def now(self) -> float:
        return self.at


class Loudspeaker:
    """Plays for as long as a sound lasts; set `broken` and it plays nothing, call `fail` and it gives up."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.broken, self.hangs = clock, False, False
        self.sounds: list[tuple[bytes, float]] = []
        self._until = 0.0
        self._failed: SpeakerError | None = None

    def play(self, pcm: bytes, volume: float) -> None:
        failed, self._failed = self._failed, None
        if failed is not None or self.broken:
            raise failed or SpeakerError("unplugged")
        if pcm:
            self.sounds.append((pcm, volume))
        self._until = self.clock.at + seconds(pcm)

    def remaining(self) -> float:
        return 0.1 if self.hangs else max(0.0, self._until - self.clock.at)

    def stop(self) -> None:
        self._until, self.hangs = self.clock.at, False

    def fail(self) -> None:
        """As the real one does: it falls silent, and tells so when it is to play again."""
        self.stop()
        self._failed = SpeakerError("it takes no more sound")

    def close(self) -> None:
        self.stop()


class Voice:
    """A tenth of a second for each letter."""

    hoarse = False

    def speak(self, text: str) -> bytes:
        if self.hoarse:
            raise SpeakerError("no voice")
        return np.full(len(text) * RATE // 10, 500, "<i2").tobytes()


class Table:
    """A talk with a mouth, and a list of what was heard whole."""

    def __init__(self) -> None:
        self.clock, self.voice = Clock(), Voice()
        self.speaker = Loudspeaker(self.clock)
        self.mouth = Mouth(self.voice, self.speaker, News(show_words=False), 60, self.clock)  # type: ignore[arg-type]
        self.chimes = 0
        self.talk = Talk(self.mouth, lambda: self.chimes)
        self.heard: list[str] = []

    def clip(self, holds: Callable[[], bool] = lambda: True, sound: bytes = CLIP) -> Utterance:
        def then() -> str:
            self.heard.append("clip")
            return "What now?"

        return Utterance("This:", lambda: sound, then, holds)

    def begins(self, utterance: Utterance) -> None:
        self.talk.first(utterance)
        self.talk.begin()

    def passes(self, seconds: float) -> bool:
        self.clock.at += seconds
        return self.talk.over()


@pytest.fixture
def table() -> Table:
    """Nothing is said yet."""
    return Table()


LASTS = 0.5 + 2.0
"""Seconds: the words before the clip, and the clip."""


# ---- to its end, or not


def test_a_clip_that_was_played_to_its_end_counts_then(table: Table) -> None:
    """Not before its last sample; and what follows is said next."""
    table.begins(table.clip())
    assert not table.passes(LASTS - 0.1)
    assert table.heard == []
    assert table.passes(0.1)
    assert (table.heard, table.talk.waits) == (["clip"], True)
    table.talk.begin()
    assert seconds(table.speaker.sounds[-1][0]) == pytest.approx(len("What now?") / 10)


def test_the_words_come_before_the_clip(table: Table) -> None:
    """In one sound, so that nobody can hear the one without the other."""
    table.begins(table.clip())
    [(pcm, _)] = table.speaker.sounds
    assert pcm == table.voice.speak("This:") + CLIP


@pytest.mark.parametrize("at", [0.1, 1.0, LASTS - 0.01])
def test_a_clip_that_was_hushed_does_not_count(table: Table, at: float) -> None:
    """A mute in the middle: nobody has heard it, however near the end was."""
    table.begins(table.clip())
    table.passes(at)
    table.talk.hush()
    for _ in range(3):
        table.passes(5)
    assert (table.heard, table.talk.waits) == ([], False)


def test_a_later_sentence_does_not_make_up_for_it(table: Table) -> None:
    """What ends whole is then another sound."""
    table.begins(table.clip())
    table.talk.hush()
    table.begins(Utterance("Muted."))
    assert table.passes(5)
    assert table.heard == []


@pytest.mark.parametrize("at", [0.1, LASTS])
def test_a_loudspeaker_that_fails_has_played_nothing(table: Table, at: float, caplog: pytest.LogCaptureFixture) -> None:
    """It falls silent as if it were done, early or at the very end; then nobody knows what was heard."""
    table.begins(table.clip())
    table.passes(at - 0.05)
    table.clock.at += 0.05
    table.speaker.fail()
    table.passes(0.0)
    table.passes(10)
    assert table.heard == []
    assert (at < LASTS) or "takes no more sound" in caplog.text


@pytest.mark.parametrize("how", ["unplugged", "no voice", "no clip"])
def test_what_did_not_begin_whole_does_not_end_whole(table: Table, how: str) -> None:
    """Without a loudspeaker, without the words before it, or without the clip itself."""
    table.speaker.broken = how == "unplugged"
    table.voice.hoarse = how == "no voice"
    table.begins(table.clip(sound=b"" if how == "no clip" else CLIP))
    assert table.passes(10)
    assert table.heard == []


def test_a_loudspeaker_that_hangs_is_hushed_and_has_played_nothing(table: Table) -> None:
    """It takes far too long: nobody knows what came out of it."""
    table.begins(table.clip())
    table.speaker.hangs = True
    assert not table.passes(LASTS + LATE - 0.1)
    assert table.passes(0.2)
    assert table.heard == []


def test_what_must_be_heard_is_audible(table: Table) -> None:
    """A household that has turned the voice off is not asked about what it could not hear; the rest stays soft."""
    table.mouth.percent = 0
    table.begins(table.clip())
    table.begins(Utterance("Done."))
    assert [volume for _, volume in table.speaker.sounds] == [AUDIBLE / 100, 0.0]


def test_what_does_not_hold_any_more_is_broken_off(table: Table) -> None:
    """Somebody elsewhere said no while it was being played."""
    holds = [True]
    table.begins(table.clip(lambda: holds[0]))
    assert not table.passes(1)
    holds[0] = False
    assert table.passes(0)
    assert (table.speaker.remaining(), table.heard) == (0, [])


def test_what_does_not_hold_at_the_very_end_has_no_effect(table: Table) -> None:
    """Even if every sample was heard."""
    holds = [True]
    table.begins(table.clip(lambda: holds[0]))
    table.clock.at += LASTS
    holds[0] = False
    assert table.talk.over()
    assert table.heard == []


def test_a_mute_drops_what_still_waits_for_an_answer(table: Table) -> None:
    """Plain sentences are still said; a notice that nobody can agree to is not."""
    table.talk.later(table.clip())
    table.talk.later(Utterance("Tea is ready."))
    table.talk.drop()
    table.talk.begin()
    assert table.passes(5)
    assert ([seconds(pcm) for pcm, _ in table.speaker.sounds], table.heard) == ([1.3], [])


# ---- the order


def test_an_answer_goes_before_what_waits(table: Table) -> None:
    """What was asked is answered first; of too many, the oldest go."""
    for letter in range(MOST):
        table.talk.later(Utterance("x" * (letter + 1)))
    table.talk.first(Utterance("answer"))
    said = []
    while table.talk.waits:
        table.talk.begin()
        said.append(round(seconds(table.speaker.sounds[-1][0]) * 10))
    assert said == [6, 2, 3, 4]


def test_the_same_sentence_does_not_wait_twice(table: Table) -> None:
    """Twenty deletions that are overdue are one sentence."""
    for _ in range(20):
        table.talk.told("row", {"what": "deletion", "state": "overdue"})
    table.talk.begin()
    assert not table.talk.waits


def test_an_alarm_rings_before_the_next_sentence_and_not_before_an_apology(table: Table) -> None:
    """The chimes are the next sentence's."""
    table.chimes = 1
    table.talk.apologise("Sorry.")
    table.begins(Utterance("Tea."))
    sorry, tea = (seconds(pcm) for pcm, _ in table.speaker.sounds)
    assert sorry == pytest.approx(0.6)
    assert tea > 0.4 + 0.5


def test_with_nothing_to_say_nothing_is_said(table: Table) -> None:
    """And what does not hold any more is left out."""
    table.talk.first(Utterance("Gone.", holds=lambda: False))
    table.talk.begin()
    assert (table.speaker.sounds, table.talk.over()) == ([], True)


# ---- what came of it


@pytest.mark.parametrize(("about", "sentence"), outcome.SENTENCES.items())
def test_a_row_that_somebody_waits_for_is_said(table: Table, about: tuple[str, str], sentence: str) -> None:
    """One sentence for each, out of the listener's own."""
    what, state = about
    name = "reason" if what == "refusal" else "state"
    assert outcome.sentence("row", {"what": what, name: state}) == sentence
    assert sentence in vars(phrases).values()
    table.talk.told("row", {"what": what, name: state})
    assert table.talk.waits


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("ear", {"what": "consent", "state": "given"}),
        ("row", {"what": "refusal", "reason": "no_consent"}),
        ("row", {"what": "deletion", "state": "sent"}),
        ("row", {}),
    ],
)
def test_most_news_are_not_said(kind: str, facts: dict[str, str]) -> None:
    """A speaker that tells everything is not listened to."""
    assert outcome.sentence(kind, facts) == ""


# ---- planted


def test_a_planted_talk_that_takes_silence_for_the_end_is_caught(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: what is not being played any more was played. A mute in the middle then counts as heard."""
    monkeypatch.setattr(Mouth, "whole", lambda _self: True)
    monkeypatch.setattr(Talk, "drop", lambda _self: None)
    with pytest.raises(AssertionError):
        test_a_clip_that_was_hushed_does_not_count(table, 1.0)
