"""The demo's story: every report of the listener becomes the right line of the right chapter."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

import keepmum
from keepmum.consent import Reason
from keepmum.demo import wording
from keepmum.demo.story import Story
from keepmum.messages import Want

Tell = Callable[..., None]
PARCEL = "a" * 32
BESIDES = "other_consent declined not_answered crowded_out forgotten too_late already_waiting not_made not_sealed"
BESIDES += " not_kept damaged lost_power given_up no_receipt"
"""Reasons of the listener and the core, besides the policy's."""


def outcomes(story: Story) -> list[tuple[str, str, str]]:
    """What the closing table will say."""
    return [(line.what, line.heard, line.outcome) for chapter in story.chapters for line in chapter.lines]


def test_a_command_is_one_line_from_wake_to_wiped_sound(story: Story, tell: Tell) -> None:
    """The wake becomes the command; the sound that was held is on the line."""
    tell(1.0, "wake", phrase="alexa", score=0.9, accepted=True)
    tell(3.0, "heard", intent="clock.time", seconds=4.2, words="what time is it")
    tell(5.0, "forgotten", seconds=2.5)
    assert outcomes(story) == [("command", "what time is it", "understood: clock.time")]
    assert (story.wiped, story.pieces) == (4.2, 1)


def test_a_wake_that_was_not_confirmed_is_forgotten(story: Story, tell: Tell) -> None:
    """Nothing of it is called heard."""
    tell(1.0, "wake", phrase="alexa", score=0.4, accepted=False)
    tell(1.0, "forgotten", seconds=2.5)
    assert outcomes(story) == [("wake", "like the wake word", "not confirmed: forgotten")]
    assert story.wiped == 2.5


def test_a_press_in_the_middle_of_a_sentence_breaks_it_off(story: Story, tell: Tell) -> None:
    """The sentence is wiped with what was heard of it, and the mute has a line of its own."""
    tell(0.5, "row", n=1, what="unmute", owner="button", cause="held")
    tell(0.5, "mutes", owners="")
    tell(1.0, "wake", phrase="alexa", score=0.9, accepted=True)
    tell(2.0, "mutes", owners="button")
    tell(2.0, "forgotten", seconds=3.1)
    assert outcomes(story) == [
        ("unmute", "", "microphone open: button held"),
        ("wake", "", "confirmed, then broken off"),
        ("mute", "", "microphone closed by the button"),
    ]
    assert story.wiped == 3.1


@pytest.mark.parametrize(
    ("owners", "cause", "closed", "opened"),
    [
        ("button,voice", "held", "the button, a spoken wish", "button held"),
        ("quiet", "time is up", "quiet hours", "time is up"),
        ("guest,storm", "switched", "guest mode, too many wakes for nothing", "switch put over"),
        ("panel,mqtt", "agreed", "the page or a command, the household's hub", "button held"),
        ("fault", "", "a fault", "it is tried again"),
        ("burglar", "a dog", "burglar", "a dog"),
    ],
)
def test_who_closed_it_and_what_opened_it_is_told_in_words(
    story: Story, tell: Tell, owners: str, cause: str, closed: str, opened: str
) -> None:
    """The cause of an opening stands in the row before it; a fault that is tried again has none."""
    tell(0.5, "mutes", owners="")
    tell(1.0, "mutes", owners=owners)
    if cause:
        tell(2.0, "row", n=1, what="unmute", owner=owners, cause=cause)
    tell(2.0, "mutes", owners="")
    assert outcomes(story)[1:] == [
        ("mute", "", f"microphone closed by {closed}"),
        ("unmute", "", f"microphone open: {opened}"),
    ]


def test_faults_and_lights_have_lines_of_their_own(story: Story, tell: Tell) -> None:
    """Their beginning, their end, and the reason."""
    tell(1.0, "row", n=1, what="fault", fault="microphone", state="begun", cause="no sound")
    tell(2.0, "row", n=2, what="fault", fault="proof", state="ended", cause="seen closed again")
    tell(3.0, "row", n=3, what="ring", state="lost")
    tell(4.0, "row", n=4, what="ring", state="back")
    assert outcomes(story) == [
        ("fault", "", "the microphone has failed: no sound"),
        ("fault", "", "the proof that the microphone is closed is well again: seen closed again"),
        ("light", "", "the light does not obey"),
        ("light", "", "the light obeys again"),
    ]


def test_sound_is_wiped_on_the_line_it_belongs_to(story: Story, tell: Tell) -> None:
    """What is forgotten after an announcement is no command's."""
    tell(1.0, "wake", phrase="alexa", score=0.9, accepted=True)
    tell(2.0, "forgotten", seconds=3.0)
    tell(9.0, "forgotten", seconds=2.5)
    assert (story.wiped, story.pieces) == (3.0, 1)


def test_the_time_for_which_the_microphone_was_open_is_added_up(story: Story, tell: Tell) -> None:
    """Muted and faulty time is not listened time; the last stretch counts up to now."""
    for at, ear in ((10.0, "waiting"), (12.0, "hearing"), (15.0, "muted"), (20.0, "waiting"), (21.0, "fault")):
        tell(at, "ear", state=ear)
    tell(30.0, "ear", state="waiting")
    tell(34.0, "mode", mode="local")
    assert story.listened == pytest.approx(5.0 + 1.0 + 4.0)
    assert story.now == pytest.approx(34.0)


def test_a_parcel_is_one_line_from_decision_to_departure(story: Story, tell: Tell) -> None:
    """Allowed becomes left; the proof of its arrival is counted."""
    tell(1.0, "row", n=7, what="release", parcel=PARCEL, kind="clip", purpose="research", bytes=2_048)
    tell(2.0, "sent", parcel=PARCEL, parcel_kind="clip", bytes=2_048)
    tell(3.0, "delivered", parcel=PARCEL, parcel_kind="clip")
    assert outcomes(story) == [("clip", "", "left, 2,048 bytes: consent for research")]
    assert (story.sent, story.delivered, story.rows) == (1, 1, 8)


def test_a_parcel_that_was_never_allowed_shows_all_the_same(story: Story, tell: Tell) -> None:
    """If something left without a decision, the table says so rather than hide it."""
    tell(2.0, "sent", parcel=PARCEL, parcel_kind="clip", bytes=10)
    assert outcomes(story) == [("clip", "", "left, 10 bytes")]


def test_an_erased_parcel_says_what_it_had_been_and_why_it_went(story: Story, tell: Tell) -> None:
    """The decision stays readable."""
    tell(1.0, "row", n=1, what="release", parcel=PARCEL, kind="clip", purpose="research", bytes=9)
    tell(2.0, "row", n=2, what="dropped", parcel=PARCEL, reason="no_consent")
    assert outcomes(story) == [("clip", "", "allowed: consent for research; erased: nobody agreed to that")]


def test_refusals_are_counted_by_their_reason(story: Story, tell: Tell) -> None:
    """In words that a newcomer understands; a reason without words is shown as it stands."""
    for reason in ("local_mode", "local_mode", "tired_of_it"):
        tell(1.0, "row", n=1, what="refusal", kind="clip", purpose="research", reason=reason)
    assert story.refused == {"privacy mode is local": 2, "tired of it": 1}


@pytest.mark.parametrize("reason", [*Reason, *BESIDES.split()])
def test_every_reason_has_words_of_its_own(reason: str) -> None:
    """Those of the policy, and those that the listener has besides."""
    assert reason == Reason.AGREED or reason in wording._REASONS


def test_the_listener_has_no_reason_that_nobody_knows() -> None:
    """Whatever word of two parts the core or the keeper of its doors writes is a known reason, or a wish to forget."""
    package = Path(keepmum.__file__).parent
    doors = [package / "listener" / f"{name}.py" for name in ("offer", "deeds", "keeper")]
    text = "".join(file.read_text() for file in [*package.glob("privacy/*.py"), *doors])
    words = set(re.findall(r'"([a-z]+_[a-z_]+)"', text)) - set(get_args(Want))
    assert {"crowded_out", "not_made", "not_sealed", "lost_power"} <= words
    assert words <= {*Reason, *BESIDES.split()}


def ask(tell: Tell, parcel: str, *states: str) -> None:
    """A clip is asked about, as far as these states."""
    for state in states:
        tell(1.0, "row", n=1, what="question", parcel=parcel, state=state)


def test_a_clip_that_the_room_says_yes_to_is_one_line_until_it_is_destroyed(story: Story, tell: Tell) -> None:
    """Asked about, approved, sealed, sent, wanted back, destroyed: nothing of it is told twice."""
    ask(tell, PARCEL, "waiting", "played", "approved")
    tell(1.0, "asking", clips=0)
    tell(1.0, "row", n=2, what="release", parcel=PARCEL, kind="clip", purpose="research", bytes=2_048)
    assert outcomes(story) == [("clip", "", "may leave: the room said yes")]
    assert story.boxed == {PARCEL}
    tell(2.0, "sent", parcel=PARCEL, parcel_kind="clip", bytes=2_048)
    tell(2.0, "row", n=3, what="delivered", parcel=PARCEL)
    assert outcomes(story) == [("clip", "", "left, 2,048 bytes: the room said yes")]
    assert story.boxed == set()
    tell(3.0, "row", n=4, what="deletion", parcel=PARCEL, state="demanded")
    tell(3.0, "row", n=5, what="deletion", parcel=PARCEL, state="sent")
    tell(3.0, "sent", parcel=PARCEL, parcel_kind="deletion", bytes=32)
    assert outcomes(story) == [("clip", "", "left, 2,048 bytes: the room said yes; wanted back")]
    tell(4.0, "row", n=6, what="deletion", parcel=PARCEL, state="confirmed", plays=2)
    destroyed = "destroyed, listened to 2 times, signed by the collector"
    assert outcomes(story) == [("clip", "", f"left, 2,048 bytes: the room said yes; {destroyed}")]
    assert (story.sent, story.demanded, story.destroyed) == (1, {PARCEL}, {PARCEL})


def test_a_no_is_told_of_the_clip_that_was_played(story: Story, tell: Tell) -> None:
    """The other one still waits."""
    ask(tell, "b" * 32, "waiting")
    ask(tell, PARCEL, "waiting", "played")
    ask(tell, "c" * 32, "waiting")
    tell(2.0, "row", n=5, what="refusal", kind="clip", purpose="research", reason="declined")
    tell(2.0, "asking", clips=2)
    waits = ("clip", "", "waits for an answer")
    assert outcomes(story) == [waits, ("clip", "", "refused: the room said no"), waits]
    assert story.asking == 2


def test_what_waited_for_an_answer_and_got_none_is_forgotten(story: Story, tell: Tell) -> None:
    """The refusal has a line of its own, as it names no clip; the oldest ones are those that are gone."""
    ask(tell, "b" * 32, "waiting", "played")
    ask(tell, PARCEL, "waiting")
    tell(2.0, "row", n=5, what="refusal", kind="clip", purpose="research", reason="not_answered")
    tell(2.0, "asking", clips=1)
    assert [outcome for _, _, outcome in outcomes(story)] == [
        "played to the room; forgotten",
        "waits for an answer",
        "refused: nobody answered",
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"what": "proposal", "purpose": "research", "rung": "text", "state": "opened"}, "research, words alone"),
        ({"what": "proposal", "purpose": "unknown", "state": "impossible"}, "that cannot be agreed to: unknown"),
        ({"what": "deletion", "parcel": PARCEL, "state": "overdue"}, "not confirmed to be destroyed for a day"),
        ({"what": "disputed", "parcel": PARCEL, "about": "deleted", "reason": "another's key"}, "another's key"),
    ],
)
def test_what_was_asked_and_what_came_late_is_told(story: Story, tell: Tell, row: dict[str, str], told: str) -> None:
    """While it happens, in words."""
    tell(1.0, "row", n=1, **row)
    assert told in story.talk[-1][1]


def test_consents_come_and_go(story: Story, tell: Tell) -> None:
    """The newest word about each purpose counts."""
    tell(1.0, "row", n=1, what="consent", purpose="commands", state="given")
    tell(2.0, "row", n=2, what="consent", purpose="commands", state="withdrawn")
    assert story.consents == {"commands": "withdrawn"}
    assert [outcome for _, _, outcome in outcomes(story)] == ["given", "withdrawn"]


def test_a_title_begins_a_chapter(story: Story, tell: Tell) -> None:
    """What happens from then on stands under it."""
    tell(0.0, "mode", mode="ask")
    tell(1.0, "scene", line=3, text='title "An opt-in"')
    tell(2.0, "row", n=1, what="consent", purpose="commands", state="given")
    assert [(chapter.title, len(chapter.lines)) for chapter in story.chapters] == [("", 0), ("An opt-in", 1)]
    assert story.title == "An opt-in"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('say "what time is it" voice=en-us', 'somebody says "what time is it"'),
        ("play alexa-1.flac gain=-6  # the first", "a recording plays: alexa-1.flac"),
        ("  1.0 press", ""),
        ("press", "the button is pressed"),
        ("hold 3.2", "the button is held for 3.2 s"),
        ("await delivered kind=clip", ""),
        ("pause 2", ""),
        ('say "open', 'say "open'),
    ],
)
def test_a_step_of_the_scene_is_told_in_words(source: str, words: str) -> None:
    """What people see and hear; nothing about waiting."""
    assert wording.step(source) == words


def test_reports_that_nobody_knows_are_passed_over(story: Story, tell: Tell) -> None:
    """A newer listener may tell more."""
    tell(1.0, "aurora", colour=[1, 2, 3])
    tell(1.0, "row", n=4, what="start", muted=True)
    assert outcomes(story) == []
    assert story.rows == 5


def test_the_end_says_how_much_did_not_happen(story: Story, tell: Tell) -> None:
    """The demo's exit status depends on it."""
    tell(9.0, "over", failures=2)
    assert (story.over, story.failures) == (True, 2)
