"""The ear's table, held against what a person standing before the speaker expects."""

from pathlib import Path

import pytest

from keepmum.listener import ear
from keepmum.listener.ear import TABLE, Do, Ear, Happening, transition

OPEN = (Ear.WAITING, Ear.CONFIRMING, Ear.HEARING, Ear.THINKING, Ear.SPEAKING)
EVERYTHING = [(state, happening) for state in Ear for happening in Happening]


@pytest.mark.parametrize(("state", "happening"), EVERYTHING)
def test_every_state_has_an_answer_to_every_happening(state: Ear, happening: Happening) -> None:
    """Whatever happens in whatever state, the ear ends in a state of the enum and does things of the enum."""
    after, todo = transition(state, happening)
    assert isinstance(after, Ear)
    assert all(isinstance(do, Do) for do in todo)
    assert (after, todo) == TABLE.get((state, happening), (state, ()))


@pytest.mark.parametrize("state", list(Ear))
def test_closing_always_ends_muted(state: Ear) -> None:
    """Quiet wins in every state."""
    assert transition(state, Happening.CLOSED)[0] is Ear.MUTED


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("happening", [Happening.CLOSED, Happening.BROKE])
def test_leaving_an_open_microphone_forgets(state: Ear, happening: Happening) -> None:
    """Nothing that was heard outlives the closing of the microphone."""
    assert transition(state, happening)[1][-1] is Do.FORGET


@pytest.mark.parametrize("happening", [each for each in Happening if each is not Happening.OPENED])
def test_nothing_but_opening_leaves_muted(happening: Happening) -> None:
    """No answer, timer or wake makes a muted ear listen; a fault is no listening either."""
    assert transition(Ear.MUTED, happening)[0] in (Ear.MUTED, Ear.FAULT)


def test_only_a_confirmed_wake_is_heard() -> None:
    """The only way into hearing is a confirmed wake."""
    ways_in = {(state, happening) for (state, happening), (after, _) in TABLE.items() if after is Ear.HEARING}
    assert ways_in == {(Ear.CONFIRMING, Happening.CONFIRMED)}


def test_a_rejected_wake_is_forgotten() -> None:
    """What Vosk did not confirm is wiped."""
    assert transition(Ear.CONFIRMING, Happening.REJECTED) == (Ear.WAITING, (Do.FORGET,))


def test_a_command_is_forgotten_once_it_is_dealt_with() -> None:
    """Every way from a command back to waiting wipes what was heard."""
    ways_back = {
        (state, happening): todo
        for (state, happening), (after, todo) in TABLE.items()
        if after is Ear.WAITING and state in (Ear.CONFIRMING, Ear.HEARING, Ear.THINKING, Ear.SPEAKING)
    }
    assert ways_back
    assert all(Do.FORGET in todo for todo in ways_back.values())


def test_muting_breaks_off_what_the_speaker_was_doing() -> None:
    """A press stops the voice in mid-word, and nobody waits for an answer any more."""
    assert Do.HUSH in transition(Ear.SPEAKING, Happening.CLOSED)[1]
    assert Do.DROP in transition(Ear.THINKING, Happening.CLOSED)[1]


def test_every_state_can_be_reached_and_left() -> None:
    """No state is a trap, and none is dead."""
    reached = {after for after, _ in TABLE.values()}
    left = {state for (state, _), (after, _) in TABLE.items() if after is not state}
    assert reached == set(Ear)
    assert left == set(Ear)


def test_the_picture_shows_the_table() -> None:
    """The drawing beside the code has every transition, and the page shows the drawing as it is."""
    drawing = ear.diagram()
    for (state, happening), (after, _) in TABLE.items():
        line = next(line for line in drawing.splitlines() if line.strip().startswith(f"{state} --> {after}:"))
        assert happening.value in line
    page = Path(ear.__file__).with_name("README.md").read_text()
    assert drawing in page, "paste the output of `python -c 'from keepmum.listener import ear; print(ear.diagram())'`"
