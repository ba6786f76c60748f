"""What people do: the button, wishes for quiet, and in which order it is done."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privacy_speaker import COMMANDS, GIVEN, OPEN, RESEARCH, Speaker

from keepmum.consent import Mode, Rung
from keepmum.privacy import Owner, State, events, step
from keepmum.privacy.effects import Note, StopUplink
from keepmum.privacy.events import Cause
from keepmum.privacy.state import HAND_CLEARS, Press

MUTED = replace(OPEN, mutes=frozenset({Owner.PANEL}))


# ---- starting


def test_a_speaker_that_nobody_has_set_up_starts_muted_and_local() -> None:
    """And its first row says so."""
    speaker = Speaker(State())
    speaker.tell(events.Booted)
    assert (speaker.state.mutes, speaker.state.mode, speaker.state.consents) == ({Owner.BUTTON}, Mode.LOCAL, ())
    assert speaker.row("start") == {"muted": True, "mode": "local"}


def test_a_start_forgets_the_finger_the_proposal_and_what_was_under_way() -> None:
    """Whatever stood in memory before; a finger that is down already has to come up before it earns anything."""
    speaker = Speaker()
    speaker.put("p1")
    speaker.want("p2")
    speaker.tell(events.UplinkReady)
    speaker.propose("diagnostics")
    speaker.tell(events.Pressed)
    speaker.boot()
    pressed = Press(0.0, was_muted=False)
    assert speaker.state == replace(OPEN, mutes=frozenset({Owner.BUTTON}), press=pressed)
    speaker.wait(60.0)
    assert speaker.state.mutes == {Owner.BUTTON}


def test_a_start_waits_for_an_uplink_to_ask() -> None:
    """Whoever asked before asked another run."""
    speaker = Speaker(ready=True)
    speaker.boot()
    assert not speaker.state.ready


class Unheard(events.Event):
    """Something that the core does not know."""


def test_an_unknown_event_changes_nothing() -> None:
    """It is not guessed at."""
    speaker = Speaker()
    assert speaker.tell(Unheard) == ()
    assert speaker.state == OPEN


# ---- the button


def test_a_press_closes_the_microphone_before_anything_else() -> None:
    """Then comes the row, then the file."""
    speaker = Speaker()
    speaker.tell(events.Pressed)
    assert speaker.order == ["Close", "mute", "Save"]
    assert speaker.state.mutes == {Owner.BUTTON}


def test_a_press_on_a_muted_speaker_mutes_it_once_more() -> None:
    """The microphone is closed already."""
    speaker = Speaker(MUTED)
    speaker.tell(events.Pressed)
    assert speaker.order == ["mute", "Save"]
    assert speaker.state.mutes == {Owner.BUTTON, Owner.PANEL}


@pytest.mark.parametrize(("seconds", "unmuted"), [(0.0, False), (0.69, False), (0.7, True), (2.99, True), (60.0, True)])
def test_a_muted_speaker_opens_when_the_button_is_held(seconds: float, unmuted: bool) -> None:
    """Seven tenths of a second, and the microphone opens after all the rows."""
    speaker = Speaker(MUTED)
    speaker.hold(seconds)
    assert speaker.order == (["Save", "unmute", "unmute", "Open"] if unmuted else [])
    assert bool(speaker.state.mutes) is not unmuted


@pytest.mark.parametrize(("seconds", "unmuted"), [(0.69, False), (0.7, True)])
def test_letting_go_counts_what_was_held(seconds: float, unmuted: bool) -> None:
    """Even if nobody looked at the clock in between."""
    speaker = Speaker(MUTED)
    speaker.tell(events.Pressed)
    speaker.now += seconds
    speaker.tell(events.Released)
    assert bool(speaker.state.mutes) is not unmuted
    assert speaker.state.press is None


def test_the_press_that_mutes_never_unmutes() -> None:
    """However long the button stays down."""
    speaker = Speaker()
    speaker.hold(60.0)
    speaker.tell(events.Released)
    assert speaker.state.mutes == {Owner.BUTTON}


def test_a_contact_that_bounces_does_not_turn_a_mute_into_an_unmute() -> None:
    """Two edges down without one up are one press."""
    speaker = Speaker()
    speaker.tell(events.Pressed)
    speaker.hold(60.0)
    assert speaker.state.mutes == {Owner.BUTTON}


def test_a_hold_begins_again_when_the_contact_bounces() -> None:
    """Two halves are not a whole."""
    speaker = Speaker(MUTED)
    speaker.hold(0.4)
    speaker.hold(0.4)
    assert speaker.state.mutes
    speaker.wait(0.3)
    assert not speaker.state.mutes


def test_a_short_press_leaves_nothing_behind() -> None:
    """Time passing after the finger is gone means nothing."""
    speaker = Speaker(MUTED)
    speaker.hold(0.5)
    speaker.tell(events.Released)
    assert speaker.wait(60.0) == ()
    assert speaker.state.mutes == {Owner.BUTTON, Owner.PANEL}


def test_letting_go_of_nothing_changes_nothing() -> None:
    """An edge that came from nowhere."""
    speaker = Speaker(MUTED)
    assert speaker.tell(events.Released) == ()


def test_one_hold_lifts_every_wish_for_quiet() -> None:
    """Each owner that went has its row, with the reason."""
    speaker = Speaker(mutes=HAND_CLEARS)
    speaker.hold(0.7)
    assert speaker.order == ["Save", *["unmute"] * 6, "Open"]
    assert not speaker.state.mutes
    rows = [each.facts for each in speaker.effects if isinstance(each, Note)]
    assert rows == [{"owner": owner.value, "cause": "held"} for owner in sorted(HAND_CLEARS)]


def test_a_finger_that_unmuted_earns_nothing_more_until_it_is_up() -> None:
    """However often its contact bounces, and whoever mutes meanwhile."""
    speaker = Speaker(MUTED)
    speaker.hold(0.7)
    speaker.hold(60.0)
    assert speaker.state.mutes == {Owner.BUTTON}
    speaker.tell(events.Quieter, "mute", Owner.VOICE)
    speaker.hold(60.0)
    assert speaker.state.mutes == {Owner.BUTTON, Owner.VOICE}
    speaker.tell(events.Released)
    speaker.hold(0.7)
    assert not speaker.state.mutes


def test_a_wish_for_quiet_under_the_finger_is_not_undone_by_it() -> None:
    """The hand came down before it; it has to come down again."""
    speaker = Speaker(MUTED)
    speaker.hold(0.5)
    speaker.tell(events.Quieter, "mute", Owner.MQTT)
    speaker.wait(60.0)
    speaker.tell(events.Released)
    assert speaker.state.mutes == {Owner.BUTTON, Owner.PANEL, Owner.MQTT}


@pytest.mark.parametrize("cause", [Cause.DOWN_AT_START, Cause.UNREADABLE])
def test_a_button_that_is_stuck_earns_nothing(cause: Cause) -> None:
    """It was down when somebody looked, or could not be read: it has to come up first."""
    speaker = Speaker(mutes=frozenset())
    speaker.tell(events.Quieter, "mute", Owner.BUTTON, cause)
    assert speaker.row("mute") == {"owner": "button", "cause": cause.value}
    speaker.hold(3600.0)
    assert speaker.state.mutes == {Owner.BUTTON}
    speaker.tell(events.Released)
    speaker.hold(1.0)
    assert not speaker.state.mutes


# ---- wishes for quiet


@pytest.mark.parametrize("owner", [owner for owner in Owner if owner is not Owner.FAULT])
@pytest.mark.parametrize("want", ["mute", "louder", "unmute", "share", ""])
def test_anyone_can_mute_with_any_word(owner: Owner, want: str) -> None:
    """A word that nobody knows was a wish for quiet; none is a wish for less."""
    speaker = Speaker()
    speaker.propose("diagnostics")
    speaker.tell(events.Quieter, want, owner)
    assert speaker.state.mutes == {owner}
    assert speaker.state.proposal is None
    assert speaker.order == ["Close", "mute", f"StopUplink {want}", "Save"]
    assert speaker.row("mute") == {"owner": owner.value, "cause": "asked"}


def test_local_mode_ends_what_waits_and_keeps_the_consents() -> None:
    """What is outside is called back first, then the file, then each parcel goes with a row."""
    speaker = Speaker()
    speaker.put("p1", "a1")
    speaker.tell(events.UplinkReady)
    speaker.tell(events.Quieter, "local", Owner.VOICE)
    assert speaker.order == [
        "StopUplink local",
        "Save",
        *("Erase p1", "dropped", "Erase a1", "dropped"),
        "mode",
    ]
    assert speaker.row("mode") == {"mode": "local", "by": "voice"}
    assert speaker.state.consents == (RESEARCH, COMMANDS)
    assert (speaker.box, speaker.state.handed) == ([], None)


def test_local_mode_twice_is_local_mode_once() -> None:
    """There is nothing to write down, but a proposal is over, and the uplink is told to let go of any copy."""
    speaker = Speaker(mode=Mode.LOCAL)
    speaker.propose()
    assert speaker.tell(events.Quieter, "local", Owner.PANEL) == (StopUplink("local"),)
    assert speaker.state.proposal is None


def test_a_withdrawal_leaves_no_consent_and_nothing_waiting() -> None:
    """One row for the mode, one for each consent, one for each parcel."""
    speaker = Speaker()
    speaker.put("p1")
    speaker.propose("diagnostics")
    speaker.tell(events.Quieter, "withdraw", Owner.MQTT)
    ended = ["consent", "Sign r1 withdrawn", "consent", "Sign c1 withdrawn"]
    assert speaker.order == ["StopUplink withdraw", "Save", "Erase p1", "dropped", "mode", *ended]
    assert (speaker.state.consents, speaker.state.mode, speaker.state.proposal) == ((), Mode.LOCAL, None)


# ---- in any state


@given(
    st.lists(
        st.tuples(st.sampled_from(["down", "up", "tick", "propose", "mute", "quiet"]), st.integers(0, 250)), max_size=25
    ),
    st.integers(0, 10**6),
)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_only_how_long_something_lasted_matters(story: list[tuple[str, int]], shift: int) -> None:
    """The same story on another clock ends the same: the search may set its clock to 0 after every step."""
    assert _played(story, 0) == _played(story, shift)


def _played(story: list[tuple[str, int]], shift: int) -> tuple[object, ...]:
    state, told, now = OPEN, [], shift
    for what, quarters in story:
        now += quarters
        when = (now / 4, GIVEN)
        event = {
            "down": events.Pressed(*when),
            "up": events.Released(*when),
            "tick": events.Ticked(*when),
            "propose": events.Proposed(*when, f"n{len(told)}", "research", Rung.VOICE),
            "mute": events.Quieter(*when, "mute", Owner.VOICE),
            "quiet": events.Quieter(*when, "mute", Owner.QUIET, lasts=100.0),
        }[what]
        state, effects = step(state, event)
        told.append(effects)
    return told, state.mutes, state.mode, state.consents, state.household
