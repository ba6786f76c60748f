"""How a scenario is played and judged, on a jig whose parts say what a test wrote down for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from jig.benches import NoBench, RealBench
from jig.conductor import Conductor, Outcome
from jig.roles import BookRow, RigError
from jig.verdicts import Timing
from written_parts import Parts

from keepmum.hardware.scenes.scene import Scene

Load = Callable[[str], Scene]


@pytest.fixture
def play(parts: Parts, scene: Load) -> Callable[[str], Outcome]:
    """Plays a scenario on the written jig."""
    return lambda text: Conductor(parts.jig(), scene(text)).play()


def test_a_mute_in_time(parts: Parts, play: Callable[[str], Outcome]) -> None:
    """Closed and red in time: nothing is wrong, and both times are taken from the beginning of the press."""
    parts.stream.add(False, 0.03)
    parts.light.add(("red", "still"), 0.05)
    outcome = play("press\nexpect frames none within=0.1 for=2\nexpect ring red still within=0.2")
    assert outcome.failures == []
    assert outcome.timings == [
        Timing("press_to_closed", 2, pytest.approx(0.03), 0.1),
        Timing("press_to_red", 3, pytest.approx(0.05), 0.2),
    ]
    assert parts.life.seconds == pytest.approx(2.1, abs=0.01)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("press\nexpect frames none within=0.02", "the microphone is open 0.02 s after"),
        ("press\nexpect frames none within=0.1 for=5", "open again 4.000 s after"),
        ("pause 0.01\nexpect frames none", "the microphone is open"),
        ("press\nexpect frames some", "the microphone is closed"),
        ("press\nexpect frames some within=1", "open 0.000 s after the step above began, and is closed again"),
        ("press\nexpect ring red still within=0.2", "the light does not look so 0.2 s after"),
        ("press\nexpect ring red", "the light does not look so"),
        ("press\nexpect ring never green for=1", "the light was green 0.000 s after"),
        ("press\nexpect muted by=voice", "muted by button, as the ledger says"),
        ("press\nexpect row mute owner=voice", "there is no such row"),
        ("press\nexpect row mute\nexpect row mute", "there is no such row"),
        ("press\nexpect sent bytes=0", "7 bytes have left"),
    ],
)
def test_what_is_not_so(parts: Parts, play: Callable[[str], Outcome], text: str, says: str) -> None:
    """Each truth that is none is one line, with its place in the file and what was seen instead."""
    parts.stream.add(False, 0.05)
    parts.stream.add(True, 4.0)
    parts.light.add(("red", "still"), 0.3)
    parts.ledger = [BookRow("mute", {"owner": "button"})]
    parts.bytes = 7
    failures = play(text).failures
    last = len(text.splitlines())
    assert len(failures) == 1
    assert failures[0].startswith(f"scene.txt:{last}: 'expect ")
    assert says in failures[0]


def test_it_goes_on_after_a_truth_that_is_none(parts: Parts, play: Callable[[str], Outcome]) -> None:
    """All that is wrong is told, not only the first."""
    assert len(play("expect ring red\npress\nexpect ring red\nexpect frames none").failures) == 3


def test_this_bench_allows_a_mute_its_own_time(parts: Parts, play: Callable[[str], Outcome]) -> None:
    """Where a hand muted, the bench's own limit counts; for whatever else closed it, the scenario's."""
    parts.stream.add(False, 0.05)
    parts.closed_within = 0.02
    assert play("press\nexpect frames none within=0.1").failures
    parts.life.seconds = 0.0
    assert not play("pause 0.1\nexpect frames none within=0.1").failures


def test_who_mutes_is_read_from_the_ledger(parts: Parts, play: Callable[[str], Outcome]) -> None:
    """Owners come and go with their rows, and a row that is late is waited for."""
    parts.ledger = [
        BookRow("mute", {"owner": "mqtt"}),
        BookRow("mute", {"owner": "button"}),
        BookRow("unmute", {"owner": "mqtt"}),
    ]
    assert play("press\nexpect muted by=button").failures == []
    assert "muted by button" in play("press\nexpect muted by=mqtt within=0.5").failures[0]


def test_what_happens_during_a_sound(parts: Parts, play: Callable[[str], Outcome]) -> None:
    """A press at its time, a truth about it, and the sound's end is waited for."""
    play('say "the television goes on and on"\n  0.5 press\n  0.7 press')
    (_, first), (pressed, what), (again, _) = parts.did
    assert (first, what) == ("play", "push 0.1")
    assert (pressed, again) == (pytest.approx(0.5, abs=0.01), pytest.approx(0.7, abs=0.01))
    assert parts.life.seconds > 1.5


def test_every_step_reaches_its_role(parts: Parts, play: Callable[[str], Outcome]) -> None:
    """Pulses, switch, noise and messages are done as written."""
    play('pulse 0.008 times=5 gap=0.05\nswitch mute\nnoise off\nmqtt keepmum/tighten "mute"')
    assert [what for _, what in parts.did] == ["pulse 0.008 5 0.05", "switch True", "noise", "keepmum/tighten mute"]


# ---- a bench that breaks


def test_a_bench_that_breaks_in_the_middle(parts: Parts, scene: Load, tmp_path: Path) -> None:
    """Whoever meets it first gets the error; everybody after that is told why there is nothing to find out."""
    bench = RealBench(parts.jig())
    bench.check()
    assert bench.broken == ""
    parts.breaks = True
    with pytest.raises(RigError, match="a wire came off"), bench.playing(scene("press"), tmp_path):
        raise AssertionError("never played")
    assert bench.broken.startswith("a wire came off")


def test_every_part_is_checked(parts: Parts) -> None:
    """All that does not work is told at once."""
    parts.breaks = True
    bench = RealBench(parts.jig())
    bench.check()
    assert bench.broken.count("a wire came off") == 5


def test_a_bench_that_cannot_be_built(scene: Load) -> None:
    """It is as broken as one that breaks later."""
    bench = NoBench("kitchen", RigError("no header here"))
    bench.check()
    assert bench.broken == bench.lacking(scene("press")) == "no header here"


def test_times_are_written(parts: Parts, scene: Load, tmp_path: Path) -> None:
    """One line for each time that was taken, in milliseconds."""
    bench = RealBench(parts.jig())
    bench.took(scene("press"), Timing("press_to_closed", 9, 0.0304, 0.1))
    written = bench.write(tmp_path / "out").read_text().splitlines()
    assert written == ["bench,scenario,line,what,ms,written_ms", "written,scene,9,press_to_closed,30.4,100.0"]
