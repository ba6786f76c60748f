"""Three presses in a row withdraw everything that was agreed to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from privacy_speaker import COMMANDS, OPEN, RESEARCH, Speaker

from keepmum.consent import Mode
from keepmum.privacy import Owner, events
from keepmum.privacy.state import TAP_GAP


def test_three_presses_withdraw() -> None:
    """The speaker is muted by the first; the rows name the button."""
    speaker = Speaker()
    speaker.put("p1")
    speaker.tap(3)
    assert (speaker.state.consents, speaker.state.mode, speaker.box) == ((), Mode.LOCAL, [])
    assert speaker.state.mutes == {Owner.BUTTON}
    assert {row["by"] for row in speaker.rows("consent")} == {"button"}
    ended = ["consent", "Sign r1 withdrawn", "consent", "Sign c1 withdrawn"]
    assert speaker.order == ["Save", "Erase p1", "dropped", "mode", *ended]


@pytest.mark.parametrize("times", [1, 2])
def test_fewer_presses_only_mute(times: int) -> None:
    """Whoever mutes in a hurry withdraws nothing."""
    speaker = Speaker()
    speaker.tap(times)
    assert speaker.state.consents == (RESEARCH, COMMANDS)


@pytest.mark.parametrize(("apart", "withdrawn"), [(TAP_GAP, True), (TAP_GAP + 0.01, False)])
def test_presses_in_a_row_are_a_second_apart_at_most(apart: float, withdrawn: bool) -> None:
    """However seldom somebody looked at the clock."""
    speaker = Speaker()
    speaker.tap(3, apart)
    assert (speaker.state.consents == ()) is withdrawn


@pytest.mark.parametrize("pause", [TAP_GAP, TAP_GAP + 0.01])
def test_a_pause_begins_a_new_row(pause: float) -> None:
    """Time passes; nothing of an old row is left in the state then."""
    speaker = Speaker()
    speaker.tap(2)
    speaker.wait(pause)
    assert (speaker.state.taps, speaker.state.tapped > 0.0) == ((2, True) if pause <= TAP_GAP else (0, False))


def test_a_contact_that_bounces_withdraws_nothing() -> None:
    """Edges down without one up are one press."""
    speaker = Speaker()
    for _ in range(9):
        speaker.now += 0.1
        speaker.tell(events.Pressed)
    assert speaker.state.consents == (RESEARCH, COMMANDS)
    assert speaker.state.taps == 1


def test_a_row_that_withdrew_is_over() -> None:
    """Three more are needed to withdraw what is agreed to next."""
    speaker = Speaker()
    speaker.tap(3)
    speaker.state = replace(OPEN, taps=speaker.state.taps, tapped=speaker.state.tapped)
    speaker.tap(2)
    assert speaker.state.consents == (RESEARCH, COMMANDS)


def test_a_start_begins_no_row_in_the_middle() -> None:
    """What was pressed before it does not count."""
    speaker = Speaker()
    speaker.tap(2)
    speaker.boot()
    speaker.tap()
    assert speaker.state.consents == (RESEARCH, COMMANDS)
