"""Nothing that was asked about leaves before the room has heard it whole and said so; whoever types can only say no."""

from __future__ import annotations

from typing import Any

import pytest
from listener_core import CoreKeeper, agreed, asked_about, consent, terms

from keepmum.consent import Mode, Rung
from keepmum.errors import PeerError, SealError
from keepmum.listener import phrases
from keepmum.listener.question import HEAR, KEEP, SEND, Question
from keepmum.listener.sentences.understand import Intent
from keepmum.listener.talk import Utterance
from keepmum.privacy import Owner, events
from keepmum.privacy.state import PROPOSAL_LASTS

HEARD, YES, SENT, KEPT = Intent(HEAR), Intent(HEAR, {"simply": 1}), Intent(SEND), Intent(KEEP)


class Room:
    """A question about one clip, "a", and what was played of it."""

    def __init__(self, rung: Rung = Rung.VOICE, *clips: str) -> None:
        self.keeper = CoreKeeper(agreed(consent(terms(rung=rung, asks=True)), mode=Mode.ASK))
        self.confirmed = True
        self.question = Question(self.keeper, self._aloud, lambda: self.confirmed)  # type: ignore[arg-type]
        asked_about(self.keeper, *(clips or ("a",)), rung=rung)

    def _aloud(self, parcel: str) -> bytes:
        if not any(each.boxed.id == parcel for each in self.keeper.state.asking):
            raise SealError("it does not wait")
        return parcel.encode()

    def plays(self) -> str:
        """Somebody asks to hear it, and it is played to its end; what is said then."""
        utterance = self.question.heard(HEARD)
        assert utterance.recording is not None
        assert utterance.recording()
        assert utterance.then is not None
        return utterance.then()

    def says(self, intent: Intent) -> str:
        return self.question.heard(intent).text

    @property
    def waiting(self) -> list[str]:
        return [each.boxed.id[0] for each in self.keeper.state.asking]

    @property
    def left(self) -> list[str]:
        return [each.id[0] for each in self.keeper.state.box]


@pytest.fixture
def room() -> Room:
    """One clip waits."""
    return Room()


def announced(room: Room) -> str:
    utterance = room.question.announcement()
    return utterance.text if utterance is not None else ""


# ---- announcing


def test_a_clip_is_announced_once(room: Room) -> None:
    """The household is told that something waits, and is not told again."""
    assert [announced(room) for _ in range(3)] == [phrases.SOMETHING_YOU_SAID, "", ""]


def test_of_several_the_newest_is_announced_and_the_next_when_that_is_answered() -> None:
    """Each has its own question, and none of them comes twice."""
    room = Room(Rung.VOICE, "a", "b")
    assert (announced(room), announced(room)) == (phrases.SOMETHING_YOU_SAID, "")
    room.says(KEPT)
    assert room.waiting == ["a"]
    assert (announced(room), announced(room)) == (phrases.SOMETHING_YOU_SAID, "")


@pytest.mark.parametrize("what", ["nothing", "question", "proposal"])
def test_nothing_is_announced_while_something_else_is_asked(room: Room, what: str) -> None:
    """One question at a time; and none about what does not wait."""
    if what == "nothing":
        room.says(KEPT)
    elif what == "question":
        room.plays()
    else:
        room.keeper.tell(events.Proposed(*room.keeper.moment(), "e" * 32, "asr-improvement", Rung.VOICE, True))
        assert room.keeper.state.proposal is not None
    assert announced(room) == ""


def test_an_announcement_of_what_is_gone_is_broken_off(room: Room) -> None:
    """Somebody said no while it was being said."""
    utterance = room.question.announcement()
    assert utterance is not None
    assert utterance.holds()
    room.says(KEPT)
    assert not utterance.holds()


# ---- hearing


def test_what_sounds_while_a_question_stands_is_what_it_is_about(room: Room) -> None:
    """A newer clip waits by now: a hand that is held while it hears something approves that, and nothing else."""
    room.plays()
    flow = room.keeper.state.asking[0].boxed.flow
    assert room.keeper.offer("b" * 32, flow) == ""
    utterance = room.question.heard(HEARD)
    assert utterance.recording is not None
    assert utterance.recording() == b"a" * 32
    room.keeper.tell(events.Pressed(*room.keeper.moment()))
    room.keeper.pass_time(3)
    room.keeper.tell(events.Ticked(*room.keeper.moment()))
    assert room.left == ["a"]


@pytest.mark.parametrize(
    ("rung", "words"), [(Rung.TEXT, "words, and no sound"), (Rung.VOICE, "this"), (Rung.RESPOKEN, "this")]
)
def test_it_is_said_what_is_played(rung: Rung, words: str) -> None:
    """Of a text the voice is the speaker's own, and it is said that no sound would leave."""
    utterance = Room(rung).question.heard(HEARD)
    assert words in utterance.text
    assert utterance.recording is not None
    assert utterance.recording() == b"a" * 32


def test_a_clip_counts_as_played_only_when_it_was_heard_to_its_end(room: Room) -> None:
    """Asking for it and fetching its sound open nothing: the question stands after the last sample."""
    utterance = room.question.heard(HEARD)
    assert utterance.recording is not None
    utterance.recording()
    assert (room.keeper.kinds(), room.keeper.state.question) == ([], None)
    assert utterance.then is not None
    assert utterance.then() == phrases.HOLD_OR_SAY
    assert room.keeper.kinds() == ["Played"]


def test_of_several_the_newest_is_played() -> None:
    """And it is the newest that is answered."""
    room = Room(Rung.VOICE, "a", "b", "d")
    assert room.plays() == phrases.HOLD_OR_SAY
    room.says(SENT)
    assert (room.left, room.waiting) == (["d"], ["a", "b"])


@pytest.mark.parametrize("intent", [HEARD, YES])
def test_where_nothing_waits_there_is_nothing_to_hear(room: Room, intent: Intent) -> None:
    """It is said, and nothing is played."""
    room.says(KEPT)
    utterance = room.question.heard(intent)
    assert (utterance.text, utterance.recording) == (phrases.NOTHING_WAITS, None)


def test_what_is_gone_is_not_played(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    """It was forgotten between the question and the sound: nothing is played, and it does not hold any more."""
    utterance = room.question.heard(HEARD)
    room.says(KEPT)
    assert utterance.recording is not None
    assert (utterance.recording(), utterance.holds()) == (b"", False)
    assert "cannot be played" in caplog.text


def test_a_mere_yes_after_the_playback_sends_nothing(room: Room) -> None:
    """It is too easily said to somebody else: sending has words of its own."""
    room.plays()
    assert room.says(YES) == phrases.HOLD_OR_SAY
    assert (room.left, room.waiting) == ([], ["a"])


def test_nothing_is_played_while_a_proposal_waits_for_the_same_hand(room: Room) -> None:
    """A hand would agree to the one in the belief that it is the other."""
    room.keeper.tell(events.Proposed(*room.keeper.moment(), "e" * 32, "asr-improvement", Rung.VOICE, True))
    assert room.says(HEARD) == phrases.FIRST_THE_BUTTON
    assert room.says(YES) == phrases.A_HAND_AGREES
    assert room.says(KEPT) == ""


def test_a_finger_that_came_down_meanwhile_is_not_taken_for_an_answer(room: Room) -> None:
    """The core refuses the question, and it is said that nothing can be answered."""
    utterance = room.question.heard(HEARD)
    assert utterance.then is not None
    room.keeper.tell(events.Pressed(*room.keeper.moment()))
    assert utterance.then() == phrases.NOT_ANSWERED_NOW
    assert room.keeper.state.question is None


# ---- answering


def test_a_yes_after_the_playback_lets_it_leave(room: Room) -> None:
    """This very clip, once; what is said comes with the row."""
    room.plays()
    assert room.says(SENT) == ""
    assert (room.left, room.waiting) == (["a"], [])
    assert {"parcel": "a" * 32, "state": "approved"} in room.keeper.seen("question")


@pytest.mark.parametrize(("clips", "said"), [(True, phrases.NOT_PLAYED), (False, phrases.NOTHING_WAITS)])
def test_a_yes_without_a_playback_lets_nothing_leave(room: Room, clips: bool, said: str) -> None:
    """Nobody agrees to what nobody heard."""
    if not clips:
        room.says(KEPT)
    assert room.says(SENT) == said
    assert room.left == []
    assert events.Answered(*room.keeper.moment(), yes=True) not in room.keeper.told


def test_half_a_yes_is_asked_for_the_other_half(room: Room) -> None:
    """Of "don't send it" noise can leave "send it" behind, so a yes belongs to it."""
    room.plays()
    assert room.says(Intent(SEND, {"plain": 1})) == phrases.SAY_YES
    assert room.left == []


@pytest.mark.parametrize("ticks", [True, False])
def test_a_yes_after_a_minute_lets_nothing_leave(room: Room, ticks: bool) -> None:
    """Whoever says it may be answering something else; the clip still waits."""
    room.plays()
    room.keeper.pass_time(PROPOSAL_LASTS)
    if ticks:
        room.keeper.tell(events.Ticked(*room.keeper.moment()))
    assert room.says(SENT) == (phrases.NOT_PLAYED if ticks else phrases.TOO_LATE)
    assert (room.left, room.waiting) == ([], ["a"])


def test_a_yes_after_an_unconfirmed_wake_lets_nothing_leave(room: Room) -> None:
    """An owner may let commands do without the confirmation, but no clip."""
    room.plays()
    room.confirmed = False
    assert room.says(SENT) == phrases.NOT_SURE
    assert room.left == []


def test_what_is_not_covered_any_more_stays_whatever_is_said(room: Room) -> None:
    """The core decides once more; a ledger that was lost meanwhile keeps it here."""
    room.plays()
    room.keeper.state = room.keeper.state.__class__(**{**vars(room.keeper.state), "ledger": False})
    assert room.says(SENT) == phrases.KEPT
    assert room.left == []


@pytest.mark.parametrize("played", [True, False])
@pytest.mark.parametrize("how", ["spoken", "typed"])
def test_anybody_may_say_no_at_any_time(room: Room, played: bool, how: str) -> None:
    """Heard or not, in the room or by typing: it is forgotten."""
    if played:
        room.plays()
    said = room.says(KEPT) if how == "spoken" else room.question.typed(KEPT)
    assert (said, room.waiting, room.left) == ("", [], [])
    assert room.keeper.seen("refusal")[-1]["reason"] == "declined"


@pytest.mark.parametrize("intent", [HEARD, YES, SENT])
@pytest.mark.parametrize("played", [True, False])
def test_whoever_types_cannot_hear_or_send(room: Room, intent: Intent, played: bool) -> None:
    """Not even after somebody in the room has heard it: an error that says who can, and nothing is told."""
    if played:
        room.plays()
        room.keeper.told.clear()
    with pytest.raises(PeerError) as caught:
        room.question.typed(intent)
    assert "only somebody in the room" in caught.value.what
    assert "wake word" in caught.value.hint
    assert (room.keeper.told, room.left) == ([], [])


def test_a_no_to_nothing_is_silence_and_a_send_not_means_what_was_said_last(room: Room) -> None:
    """With nothing that waits, "don't send it" is taken for everything that was said last, a mere "no" for nothing."""
    room.says(KEPT)
    room.keeper.told.clear()
    assert (room.says(KEPT), room.keeper.told) == ("", [])
    assert room.says(Intent(KEEP, {"last": 1})) == phrases.NOTHING_TO_FORGET
    assert [(event.want, event.owner) for event in room.keeper.told] == [("forget_last", Owner.VOICE)]  # type: ignore[attr-defined]


def test_only_these_three_are_answered_here() -> None:
    """Everything else is for the skills."""
    others = ["privacy.share", "privacy.forget", "stop.stop"]
    assert [Question.answers(Intent(name)) for name in (HEAR, SEND, KEEP, *others)] == [True] * 3 + [False] * 3


# ---- planted


def test_a_planted_listener_that_counts_the_request_as_the_playback_is_caught(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: says that it was played when somebody asks for it. Then a yes works without a sound."""
    honest = Question._hear

    def eager(self: Any, *, simply: bool) -> Utterance:
        utterance = honest(self, simply=simply)
        if utterance.then is not None:
            utterance.then()
        return utterance

    monkeypatch.setattr(Question, "_hear", eager)
    room.question.heard(HEARD)
    with pytest.raises(AssertionError):
        assert room.keeper.kinds() == []
    room.says(SENT)
    assert room.left == ["a"]
