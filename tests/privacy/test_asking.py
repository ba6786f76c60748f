"""Clips that are asked about: they wait closed, are played to the room, and leave only on its yes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from privacy_speaker import ACTION, ALL, ASKING, CLIP, COMMANDS, GIVEN, NUMBERS, OPEN, Speaker

from keepmum.consent import DAY, Consent, Mode, Rung
from keepmum.privacy import Owner, consents, effects, events, parcels

HOME = replace(OPEN, mode=Mode.ASK, consents=(ASKING, COMMANDS))
YES = replace(CLIP, approved=True)


def asking(*names: str, played: str = "") -> Speaker:
    """A speaker on whose shelf these clips wait, and that has played one of them."""
    speaker = Speaker(HOME)
    for name in names or ("p1",):
        speaker.want(name)
    if played:
        speaker.tell(events.Played, played)
    return speaker


# ---- on the shelf


def test_a_clip_that_has_to_be_asked_about_is_shelved() -> None:
    """Nothing is sealed; a row says that it waits."""
    speaker = asking()
    assert speaker.order == ["Shelve p1", "question"]
    assert speaker.row("question") == {"parcel": "p1", "state": "waiting"}
    assert (speaker.asking, speaker.state.sealing) == (["p1"], ())


def test_a_clip_that_says_by_itself_that_somebody_agreed_is_asked_about_all_the_same() -> None:
    """Nobody but the room says yes."""
    speaker = Speaker(HOME)
    speaker.want("p1", YES)
    assert speaker.asking == ["p1"]
    assert not speaker.state.asking[0].boxed.flow.approved


def test_in_ask_mode_every_clip_is_asked_about() -> None:
    """Also under a consent that does not ask: the mode is the ceiling."""
    speaker = Speaker(replace(OPEN, mode=Mode.ASK))
    speaker.want("p1")
    assert speaker.order == ["Shelve p1", "question"]


def test_numbers_are_never_asked_about() -> None:
    """There is nothing to play, and no more of a home action; without share mode they stay here."""
    consent = Consent("n1", NUMBERS, GIVEN, GIVEN + DAY)
    speaker = Speaker(replace(OPEN, mode=Mode.ASK, consents=(consent, COMMANDS)))
    numbers = replace(CLIP, purpose="diagnostics", rung=Rung.METRICS)
    for flow in (numbers, replace(ACTION, approved=False)):
        speaker.want("p1", flow)
        assert speaker.order == ["Forget p1", "refusal"]
        assert speaker.row("refusal")["reason"] == "not_asked"
    speaker.state = replace(speaker.state, mode=Mode.SHARE)
    assert speaker.want("p2", numbers) == (effects.Seal("p2", numbers, "n1", None),)


def test_of_too_many_the_oldest_is_forgotten() -> None:
    """Nobody remembers what the fourth was."""
    speaker = asking("p1", "p2", "p3", "p4")
    assert speaker.order == ["Shelve p4", "question", "Forget p1", "refusal"]
    assert speaker.row("refusal")["reason"] == "crowded_out"
    assert speaker.asking == ["p2", "p3", "p4"]


@pytest.mark.parametrize(("seconds", "waits"), [(599.9, True), (600.0, False)])
def test_a_clip_that_nobody_answers_forgets_itself(seconds: float, waits: bool) -> None:
    """After ten minutes."""
    speaker = asking()
    speaker.wait(seconds)
    assert (speaker.asking == ["p1"]) is waits
    assert speaker.order == ([] if waits else ["Forget p1", "refusal"])
    assert waits or speaker.row("refusal")["reason"] == "not_answered"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ((events.Quieter, "mute", Owner.VOICE), "muted"),
        ((events.Pressed,), "muted"),
        ((events.Broken,), "muted"),
        ((events.Quieter, "local", Owner.PANEL), "local_mode"),
        ((events.Quieter, "withdraw", Owner.MQTT), "local_mode"),
        ((events.Quieter, "forget", Owner.PANEL), "forgotten"),
        ((events.Unsigned, "q1"), "no_consent"),
        ((events.LedgerLost,), "ledger_lost"),
    ],
)
def test_whoever_wants_quiet_empties_the_shelf(event: tuple[object, ...], reason: str) -> None:
    """What waits is wiped before the row says so, and cannot be answered any more."""
    speaker = asking(played="p1") if event[0] is not events.Pressed else asking()
    speaker.tell(*event)  # type: ignore[arg-type]
    assert speaker.asking == []
    assert speaker.state.question is None
    assert speaker.rows("refusal")[0]["reason"] == reason
    order = speaker.order
    assert order.index("Forget p1") < order.index("refusal")


def test_a_clip_does_not_outlast_what_it_would_leave_under() -> None:
    """Other terms for the same purpose are another thing to be asked about."""
    speaker = asking()
    speaker.state = replace(speaker.state, consents=(replace(ASKING, id="q2"),))
    speaker.tell(events.Ticked)
    assert speaker.row("refusal")["reason"] == "other_consent"


def test_a_start_finds_an_empty_shelf() -> None:
    """It was in memory only."""
    speaker = asking(played="p1")
    fresh, _ = parcels.booted(speaker.state, events.Booted(0.0, GIVEN, offered=OPEN.offered, receipts=ALL))
    assert (fresh.asking, fresh.question) == ((), None)


# ---- played and answered


def test_a_yes_after_the_playback_seals_the_clip() -> None:
    """It is decided once more, and the row says that somebody approved."""
    speaker = asking("p1", "p2", played="p1")
    assert speaker.row("question") == {"parcel": "p1", "state": "played"}
    speaker.tell(events.Answered, True)
    row = effects.Note("question", {"parcel": "p1", "state": "approved"})
    assert speaker.effects == (row, effects.Seal("p1", YES, "q1", None))
    assert (speaker.asking, speaker.state.question) == (["p2"], None)
    speaker.seal("p1", YES, "q1")
    assert speaker.order == ["release", "Put p1"]


@pytest.mark.parametrize(("seconds", "sealed"), [(59.9, True), (60.0, False)])
def test_a_yes_counts_for_a_minute(seconds: float, sealed: bool) -> None:
    """However seldom somebody looked at the clock."""
    speaker = asking(played="p1")
    speaker.now += seconds
    speaker.tell(events.Answered, True)
    assert bool(speaker.state.sealing) is sealed
    assert (speaker.asking == ["p1"]) is not sealed


def test_a_yes_to_what_was_not_played_is_none() -> None:
    """Nor while it is muted, nor to a clip that nobody shelved."""
    speaker = asking("p1", "p2")
    assert speaker.tell(events.Answered, True) == ()
    assert speaker.tell(events.Played, "p9") == ()
    speaker.tell(events.Answered, True)
    assert (speaker.asking, speaker.state.sealing) == (["p1", "p2"], ())


def test_a_no_forgets_what_was_played() -> None:
    """And nothing else."""
    speaker = asking("p1", "p2", played="p1")
    speaker.tell(events.Answered, False)
    assert speaker.order == ["Forget p1", "refusal"]
    assert speaker.row("refusal")["reason"] == "declined"
    assert speaker.asking == ["p2"]


def test_a_no_may_come_before_the_playback() -> None:
    """Then it is about the newest; if there is none, it is about nothing."""
    speaker = asking("p1", "p2")
    speaker.tell(events.Answered, False)
    assert speaker.asking == ["p1"]
    assert Speaker(HOME).tell(events.Answered, False) == ()


def test_nothing_is_played_into_a_question_that_stands_already() -> None:
    """A proposal waits for the same hand, or a finger is down, or it is muted."""
    for happens in ((events.Proposed, "new", "diagnostics", Rung.METRICS), (events.Pressed,), (events.Broken,)):
        speaker = asking()
        speaker.tell(*happens)
        assert speaker.tell(events.Played, "p1") == ()
        assert speaker.state.question is None
    muted = asking()
    muted.state = replace(muted.state, mutes=frozenset({Owner.PANEL}))  # a second lock: the shelf would be empty
    muted.tell(events.Played, "p1")
    assert muted.rows("question") == []


def test_nothing_is_proposed_while_a_clip_was_just_played() -> None:
    """What the hand answers is what was asked first."""
    speaker = asking(played="p1")
    speaker.propose()
    assert speaker.row("proposal")["state"] == "impossible"


@pytest.mark.parametrize(("seconds", "sealed"), [(2.99, False), (3.0, True)])
def test_a_hand_on_the_button_for_three_seconds_says_yes(seconds: float, sealed: bool) -> None:
    """The mute of its own press is lifted."""
    speaker = asking(played="p1")
    speaker.hold(seconds)
    assert bool(speaker.state.sealing) is sealed
    assert bool(speaker.state.mutes) is not sealed
    if sealed:
        assert speaker.order == ["Save", "question", "Seal p1", "unmute", "Open"]
        assert speaker.row("unmute") == {"owner": "button", "cause": "agreed"}


def test_letting_go_early_is_a_no() -> None:
    """The clip is forgotten, and the speaker stays muted."""
    speaker = asking(played="p1")
    speaker.hold(2.9)
    speaker.tell(events.Released)
    assert speaker.order == ["Forget p1", "refusal"]
    assert speaker.row("refusal")["reason"] == "declined"
    assert (speaker.state.mutes, speaker.state.question) == ({Owner.BUTTON}, None)


def test_a_finger_keeps_only_the_clip_that_it_may_answer() -> None:
    """The other clips go with the mute that it made."""
    speaker = asking("p1", "p2", played="p1")
    speaker.tell(events.Pressed)
    assert speaker.order == ["Close", "mute", "Save", "Forget p2", "refusal"]
    assert speaker.asking == ["p1"]


def test_a_minute_that_ends_under_the_finger_counts() -> None:
    """It came down in time."""
    speaker = asking(played="p1")
    speaker.wait(59.0)
    speaker.hold(2.0)
    speaker.wait(1.0)
    assert [boxed.id for boxed in speaker.state.sealing] == ["p1"]


@pytest.mark.parametrize("looked", [True, False])
def test_a_finger_that_comes_a_minute_late_answers_nothing(looked: bool) -> None:
    """However seldom somebody looked at the clock; it only mutes."""
    speaker = asking(played="p1")
    speaker.now += 60.0
    if looked:
        speaker.tell(events.Ticked)
    speaker.hold(10.0)
    assert (speaker.state.sealing, speaker.state.mutes) == ((), {Owner.BUTTON})


def test_a_word_while_the_finger_is_down_says_nothing() -> None:
    """The finger has closed the microphone; who heard a yes heard something else."""
    speaker = asking(played="p1")
    speaker.hold(1.0)
    assert speaker.tell(events.Answered, True) == ()
    assert (speaker.asking, speaker.state.sealing) == (["p1"], ())


def test_a_wish_for_quiet_takes_the_question_from_under_the_finger() -> None:
    """What is held after that says yes to nothing."""
    speaker = asking(played="p1")
    speaker.hold(2.0)
    speaker.tell(events.Quieter, "mute", Owner.MQTT)
    assert speaker.asking == []
    speaker.wait(10.0)
    assert (speaker.state.sealing, speaker.asking) == ((), [])


def test_a_switch_answers_nothing() -> None:
    """Put over, it mutes or listens."""
    speaker = asking(played="p1")
    speaker.tell(events.Switched, True)
    speaker.wait(10.0)
    assert (speaker.state.sealing, speaker.asking) == ((), [])


def test_a_hand_that_says_yes_while_the_microphone_is_broken_forgets_the_clip() -> None:
    """Somebody else still holds it closed."""
    speaker = asking(played="p1")
    speaker.tell(events.Pressed)
    speaker.tell(events.Broken)
    speaker.wait(3.0)
    assert speaker.state.sealing == ()
    assert speaker.row("refusal")["reason"] == "muted"


def test_a_yes_after_the_consent_was_replaced_seals_nothing() -> None:
    """A second lock: the sweep has forgotten it by then."""
    speaker = asking(played="p1")
    speaker.state = replace(speaker.state, consents=(replace(ASKING, id="q2"),))
    speaker.tell(events.Answered, True)
    assert speaker.row("refusal")["reason"] == "other_consent"
    assert speaker.state.sealing == ()


def test_a_question_about_nothing_is_answered_by_nothing() -> None:
    """A second lock: a question goes with its clip."""
    for event in ((events.Answered, True), (events.Ticked,)):
        speaker = asking(played="p1")
        speaker.state = replace(speaker.state, asking=())
        assert speaker.tell(*event) == ()  # type: ignore[arg-type]
        assert speaker.state.question is None
    quiet, _ = consents.to_local(asking(played="p1").state, Owner.PANEL)
    assert quiet.question is None
