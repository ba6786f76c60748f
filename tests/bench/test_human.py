"""A person as the relay: asked in plain words, believed, and never waited for when nobody is there."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from jig import needs
from jig.beat import RealBeat
from jig.conductor import Conductor, Outcome
from jig.human import UNABLE, HumanEye, HumanHand, HumanMains, HumanMeter, HumanPlug, Person
from jig.roles import Jig, RigError

from keepmum.hardware.scenes.scene import Scene

Play = Callable[[str, str], "tuple[Outcome, str]"]

MUTE = """
press
expect frames none within=0.1 for=2
expect ring red still within=0.3
"""


class Life:
    """A time that passes when somebody sleeps."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def jig(answers: str, questions: io.StringIO) -> Jig:
    """A bench that is nobody but a person."""
    life = Life()
    beat, person = RealBeat(life.monotonic, life.sleep), Person(io.StringIO(answers), questions)
    return Jig(
        name="human",
        beat=beat,
        hand=HumanHand(person, beat),
        eye=HumanEye(person, beat),
        meter=HumanMeter(person, beat),
        mains=HumanMains(person, beat),
        plug=HumanPlug(person, beat),
        unable=UNABLE,
    )


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Play a scenario to a person who gives these answers; what came of it, and what was asked."""

    def begin(text: str, answers: str) -> tuple[Outcome, str]:
        (tmp_path / "scene.txt").write_text(text)
        questions = io.StringIO()
        return Conductor(jig(answers, questions), Scene.load(tmp_path / "scene.txt")).play(), questions.getvalue()

    return begin


def test_a_person_who_says_yes(play: Play) -> None:
    """Press, look at the supply, look again after two seconds, look at the light: every answer is believed."""
    outcome, asked = play(MUTE, "\ny\nn\ny\n")
    assert outcome.failures == []
    assert "Press the button shortly, then press Enter" in asked
    assert "Is the light red and still" in asked


def test_what_a_person_saw_has_no_time(play: Play) -> None:
    """No timing is made up for what nobody took the time of."""
    outcome, _ = play(MUTE, "\ny\nn\ny\n")
    assert outcome.timings == []


def test_a_person_who_says_no(play: Play) -> None:
    """A light that was not red, and a microphone that had power again, fail the scenario in their lines."""
    outcome, _ = play(MUTE, "\ny\ny\nn\n")
    assert [failure.split(": ")[0] for failure in outcome.failures] == ["scene.txt:3", "scene.txt:4"]


def test_nonsense_is_asked_again(play: Play) -> None:
    """Anything but y and n is no answer."""
    outcome, asked = play("press\nexpect ring red", "\nperhaps\nyes\nY\n")
    assert outcome.failures == []
    assert asked.count("y or n, please") == 2


def test_every_thing_that_a_person_does(play: Play) -> None:
    """Hold, switch, plug, power and kill are asked for in words that say what to do."""
    text = "hold 1\nswitch mute\nswitch listen\nunplug\nplug\nmains off\nmains on\nkill"
    _, asked = play(text, "\n" * 8)
    for words in ("Hold the button down for 1 s", "to mute", "to listen", "Pull the mic", "Put the mic", "Pull the sp"):
        assert words in asked
    assert asked.count(">>>") == 8
    assert "systemctl kill" in asked


def test_nobody_there(play: Play) -> None:
    """A bench whose person has left is broken: nothing was found out."""
    with pytest.raises(RigError, match="nobody answers"):
        play(MUTE, "\n")


def test_no_finger_pulses(tmp_path: Path) -> None:
    """Scenarios with pulses are skipped where a person presses, and cannot be played by mistake."""
    (tmp_path / "scene.txt").write_text("pulse 0.008 times=5")
    scene = Scene.load(tmp_path / "scene.txt")
    person = jig("", io.StringIO())
    assert needs.lacking(scene, person) == "the human jig has no pulses"
    with pytest.raises(RigError, match="no finger"):
        Conductor(person, scene).play()
