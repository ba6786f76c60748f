"""The demo's story: every report of the listener becomes the right line of the right chapter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from keepmum.demo import wording
from keepmum.demo.story import Story

Tell = Callable[..., None]
PARCEL = "a" * 32


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
    for reason in ("local_mode", "local_mode", "not_sealed"):
        tell(1.0, "row", n=1, what="refusal", kind="clip", purpose="research", reason=reason)
    assert story.refused == {"privacy mode is local": 2, "not sealed": 1}


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
