"""What is broken stays closed until its own repair, and red is shown only for what was proved."""

from __future__ import annotations

from dataclasses import replace

import pytest
from privacy_speaker import OPEN, Speaker

from keepmum.privacy import Fault, Owner, events
from keepmum.privacy.events import Cause

MUTED = replace(OPEN, mutes=frozenset({Owner.PANEL}))


def broken(state: object = OPEN, *faults: Fault) -> Speaker:
    """A speaker with these faults."""
    speaker = Speaker(state)  # type: ignore[arg-type]
    for fault in faults or (Fault.MICROPHONE,):
        speaker.tell(events.Broken, fault)
    return speaker


def test_a_broken_microphone_is_closed_and_opened_when_it_is_tried_again() -> None:
    """Nobody muted, nobody has to unmute. A fault is not kept, so the file stays as it is."""
    speaker = Speaker()
    speaker.tell(events.Broken, Fault.MICROPHONE, Cause.ZEROS)
    assert speaker.order == ["Close", "fault"]
    assert speaker.row("fault") == {"fault": "microphone", "state": "begun", "cause": "nothing but zeros"}
    speaker.tell(events.Retried)
    assert speaker.order == ["Open"]
    assert (speaker.state.mutes, speaker.state.faults, speaker.state.trial) == (frozenset(), frozenset(), True)


def test_it_is_whole_again_when_sound_has_come() -> None:
    """Not when it could be opened: the row says so once."""
    speaker = broken()
    speaker.tell(events.Retried)
    speaker.tell(events.Sounded)
    assert speaker.row("fault") == {"fault": "microphone", "state": "ended", "cause": "sound is back"}
    assert speaker.tell(events.Sounded) == ()


def test_a_fault_is_one_row_however_often_it_is_tried_again() -> None:
    """It was never well in between."""
    speaker = broken()
    for _ in range(5):
        assert speaker.tell(events.Broken) == ()
        speaker.tell(events.Retried)
        speaker.tell(events.Broken)
        assert speaker.order == ["Close"]
    assert speaker.state.faults == {Fault.MICROPHONE}


@pytest.mark.parametrize("seconds", [0.7, 3.0, 60.0])
def test_a_hold_does_not_repair_anything(seconds: float) -> None:
    """The microphone stays closed until the fault is gone."""
    speaker = broken(replace(OPEN, mutes=frozenset({Owner.VOICE})), *Fault)
    speaker.hold(seconds)
    assert (speaker.state.mutes, speaker.state.faults) == ({Owner.FAULT}, frozenset(Fault))
    assert "Open" not in speaker.order


def test_a_fault_alone_is_nothing_that_a_hold_could_lift() -> None:
    """The press mutes for its own part, and the next hold undoes only that."""
    speaker = broken()
    speaker.hold(5.0)
    assert speaker.state.mutes == {Owner.FAULT, Owner.BUTTON}
    speaker.tell(events.Released)
    speaker.hold(0.7)
    assert speaker.state.mutes == {Owner.FAULT}


def test_a_microphone_that_somebody_keeps_closed_is_not_tried() -> None:
    """Whoever wanted quiet still has it, and the fault waits."""
    speaker = broken(MUTED)
    assert speaker.tell(events.Retried) == ()
    assert speaker.state.mutes == {Owner.PANEL, Owner.FAULT}


def test_a_microphone_is_not_tried_while_something_contradicts_that_it_is_closed() -> None:
    """First the proof."""
    speaker = broken(OPEN, Fault.MICROPHONE, Fault.PROOF)
    assert speaker.tell(events.Retried) == ()
    speaker.tell(events.Proved)
    assert (speaker.state.mutes, speaker.state.faults) == ({Owner.FAULT}, {Fault.MICROPHONE})
    speaker.tell(events.Retried)
    assert speaker.order == ["Open"]


# ---- the proof


def test_nothing_is_proved_by_muting() -> None:
    """Somebody has to look first."""
    speaker = Speaker()
    speaker.tell(events.Pressed)
    assert not speaker.state.proven
    assert speaker.tell(events.Proved) == ()
    assert speaker.state.proven


def test_a_second_wish_for_quiet_needs_no_second_proof() -> None:
    """The microphone has been closed all the time."""
    speaker = Speaker(MUTED, proven=True)
    speaker.tell(events.Quieter, "mute", Owner.VOICE)
    assert speaker.state.proven


def test_every_opening_takes_the_proof_back() -> None:
    """By a hand, by time, and by a repair."""
    hand = Speaker(MUTED, proven=True)
    hand.hold(0.7)
    time = Speaker(OPEN)
    time.tell(events.Quieter, "mute", Owner.QUIET, lasts=60.0)
    time.tell(events.Proved)
    assert time.state.proven
    time.wait(60.0)
    repair = broken()
    repair.tell(events.Proved)
    repair.tell(events.Retried)
    for speaker in (hand, time, repair):
        assert (speaker.state.mutes, speaker.state.proven) == (frozenset(), False)
        speaker.tell(events.Quieter, "mute", Owner.PANEL)
        assert not speaker.state.proven


def test_a_start_takes_the_proof_back() -> None:
    """Nobody has looked yet in this run."""
    speaker = Speaker(MUTED, proven=True)
    speaker.tell(events.Booted)
    assert not speaker.state.proven


def test_an_open_microphone_proves_nothing() -> None:
    """Even if somebody says so."""
    speaker = Speaker()
    speaker.tell(events.Proved)
    assert not speaker.state.proven


def test_a_contradiction_takes_the_proof_back_and_its_end_gives_it_again() -> None:
    """One row for each; only this fault is over then."""
    speaker = Speaker(MUTED, proven=True)
    speaker.tell(events.Broken, Fault.PROOF, Cause.POWERED)
    assert speaker.order == ["fault"]
    assert speaker.row("fault") == {"fault": "proof", "state": "begun", "cause": "still powered"}
    assert (speaker.state.proven, speaker.state.mutes) == (False, {Owner.PANEL, Owner.FAULT})
    assert speaker.tell(events.Broken, Fault.PROOF, Cause.OPEN) == ()
    speaker.tell(events.Proved)
    assert speaker.row("fault") == {"fault": "proof", "state": "ended", "cause": "seen closed again"}
    assert (speaker.state.proven, speaker.state.mutes) == (True, {Owner.PANEL})


def test_a_broken_microphone_leaves_a_proof_as_it_is() -> None:
    """It is closed, whatever else is wrong with it."""
    speaker = Speaker(MUTED, proven=True)
    speaker.tell(events.Broken, Fault.MICROPHONE)
    assert speaker.state.proven


def test_a_contradiction_during_a_trial_leaves_it_on_trial() -> None:
    """Closed for the proof and opened after it, the microphone has still to bring sound; its rows come in pairs."""
    speaker = broken()
    speaker.tell(events.Retried)
    speaker.tell(events.Broken, Fault.PROOF)
    assert speaker.order == ["Close", "fault"]
    speaker.tell(events.Proved)
    assert (speaker.state.mutes, speaker.state.trial) == (frozenset(), True)
    speaker.tell(events.Sounded)
    assert speaker.row("fault") == {"fault": "microphone", "state": "ended", "cause": "sound is back"}
