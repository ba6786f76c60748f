"""What a scene file may say, and how everything else is refused, all at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from keepmum.errors import SceneError
from keepmum.hardware.scenes.scene import (
    Await,
    Expect,
    Fault,
    Mains,
    Mqtt,
    Noise,
    Pause,
    Play,
    Push,
    Report,
    Say,
    Scene,
    Switch,
    Title,
)

Load = Callable[[str], Scene]
pytestmark = pytest.mark.usefixtures("counting")

WHOLE = """
# a comment
clock 2026-03-01 18:59:00
title "The television says something close"   # and another
play counting.wav gain=-6
  1.2 press
say "what time is it" voice=en-us+f3 speed=150 gain=-6
	0.5 title "too early"
pause 2.5
noise counting.wav gain=-20
press
hold 3.2
noise off
await delivered 2 kind=clip
await answered
expect row refusal reason=muted bytes=0 within=2
"""


def mistakes(load: Load, text: str) -> list[str]:
    """The lines of the SceneError that a text raises."""
    with pytest.raises(SceneError) as caught:
        load(text)
    return caught.value.what.splitlines()


def test_every_step(scene: Load, tmp_path: Path) -> None:
    """Every kind of step is read, with its options and its line."""
    whole = scene(WHOLE)
    title, play, say, pause, noise, press, hold, off, delivered, answered, expect = whole.steps
    assert whole.clock == datetime(2026, 3, 1, 18, 59, tzinfo=UTC).timestamp()
    assert isinstance(title, Title)
    assert (title.text, title.line) == ("The television says something close", 4)
    assert isinstance(play, Play)
    assert (play.file, play.seconds, play.during[0].at) == (tmp_path / "counting.wav", 2.0, 1.2)
    assert play.during[0].step == Push(line=6, source="1.2 press")
    assert isinstance(say, Say)
    assert (say.text, say.source.split()[0]) == ("what time is it", "say")
    assert pause == Pause(line=9, source="pause 2.5", length=2.5)
    assert isinstance(noise, Noise)
    assert (len(noise.pcm), noise.seconds) == (64_000, 0.0)
    assert isinstance(press, Push)
    assert (press.seconds, hold.seconds, off) == (0.1, 3.2, Noise(line=13, source="noise off", pcm=b""))
    assert isinstance(delivered, Await)
    assert (delivered.kind, delivered.times, delivered.facts) == ("delivered", 2, (("kind", "clip"),))
    assert isinstance(answered, Await)
    assert (answered.times, answered.facts, answered.seconds) == (1, (), 0.0)
    assert isinstance(expect, Expect)
    assert (expect.truth, expect.words, expect.within) == ("row", ("refusal",), 2.0)
    assert expect.facts == (("reason", "muted"), ("bytes", "0"))


BENCH = """
clock 2026-03-01 22:29:50
speaker wake.storm=3 quiet.hours=22:30-06:30
speaker hardware.button.kind=switch
pulse 0.008 times=5 gap=0.05
bounce 1.0
switch mute
switch listen
unplug
plug
deaf stall
deaf zeros
deaf off
ring breaks
ring mended
witness objects "a card is running"
witness content
mic_power stuck
mic_power obeys
kill
mains off
tear
mains on
mqtt keepmum/tighten "mute"
"""


def test_every_step_for_a_bench(scene: Load) -> None:
    """Pulses, faults, the mains and the house's messages are read, and so is how the speaker is to be set up."""
    whole = scene(BENCH)
    wanted = (("wake.storm", "3"), ("quiet.hours", "22:30-06:30"), ("hardware.button.kind", "switch"))
    assert whole.speaker == wanted
    pulse, bounce, mute, listen, *rest = whole.steps
    assert isinstance(pulse, Push)
    assert (pulse.length, pulse.times, pulse.gap, pulse.seconds) == (0.008, 5, 0.05, pytest.approx(0.24))
    assert isinstance(bounce, Push)
    assert (bounce.times, bounce.length, bounce.seconds) == (1_000, 0.0005, pytest.approx(0.9995))
    assert [isinstance(each, Switch) and each.down for each in (mute, listen)] == [True, False]
    faults = [(one.part, one.how, one.words) for one in rest if isinstance(one, Fault)]
    assert faults == [
        ("unplug", "unplug", ""),
        ("plug", "plug", ""),
        ("deaf", "stall", ""),
        ("deaf", "zeros", ""),
        ("deaf", "off", ""),
        ("ring", "breaks", ""),
        ("ring", "mended", ""),
        ("witness", "objects", "a card is running"),
        ("witness", "content", ""),
        ("mic_power", "stuck", ""),
        ("mic_power", "obeys", ""),
    ]
    assert [one.how for one in rest if isinstance(one, Mains)] == ["kill", "off", "tear", "on"]
    assert [(one.topic, one.payload) for one in rest if isinstance(one, Mqtt)] == [("keepmum/tighten", "mute")]


TRUTHS = [
    ("expect ring red", ("red",), (), None, None),
    ("expect ring amber alarm within=1", ("amber", "alarm"), (), 1.0, None),
    ("expect ring never red for=3", ("never", "red"), (), None, 3.0),
    ("expect frames none within=0.1 for=2", ("none",), (), 0.1, 2.0),
    ("expect frames some", ("some",), (), None, None),
    ("expect muted by=button within=1", (), (("by", "button"),), 1.0, None),
    ('expect row fault cause="no sound"', ("fault",), (("cause", "no sound"),), None, None),
    ("expect sent bytes=0", (), (("bytes", "0"),), None, None),
]


@pytest.mark.parametrize(("text", "words", "facts", "within", "lasts"), TRUTHS, ids=[each[0] for each in TRUTHS])
def test_every_truth(scene: Load, text: str, words: object, facts: object, within: object, lasts: object) -> None:
    """What a bench can check is read with its words, its facts and its times."""
    (step,) = scene(text).steps
    assert isinstance(step, Expect)
    assert step.truth == text.split()[1]
    assert (step.words, step.facts, step.within, step.lasts) == (words, facts, within, lasts)
    assert step.seconds == 0


def test_seconds(scene: Load) -> None:
    """A scene lasts as long as its steps one after the other; a press during a sound may outlast it."""
    assert scene("play counting.wav\npause 1.5\nawait done\npress").seconds == pytest.approx(3.6)
    assert scene("play counting.wav\n 1.5 hold 2").seconds == pytest.approx(3.5)


def test_gain(scene: Load, counting: np.ndarray) -> None:
    """A gain is in dB, and a loud sound is held at the limit rather than wrapped around."""
    quiet, loud = scene("play counting.wav gain=-6\nplay counting.wav gain=20").steps
    assert isinstance(quiet, Play)
    assert isinstance(loud, Play)
    assert np.frombuffer(quiet.pcm, "<i2")[20_000] == round(counting[20_000] * 10 ** (-6 / 20))
    assert np.frombuffer(loud.pcm, "<i2").max() == 32_767
    assert np.frombuffer(loud.pcm, "<i2").min() > 0


def test_repeats_share_memory(scene: Load) -> None:
    """A sound that is played a hundred times stands in memory once."""
    sounds = {id(step.pcm) for step in scene("play counting.wav\n" * 100).steps if isinstance(step, Play)}
    assert len(sounds) == 1


def test_frozen(scene: Load) -> None:
    """What was read cannot be changed."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        scene("press").clock = 0.0  # type: ignore[misc]


def test_all_mistakes_at_once(scene: Load) -> None:
    """Every mistake is reported with file and line, in one error."""
    found = mistakes(scene, "ply counting.wav\npause -1\n\npress\nplay none.wav\nhold long\n")
    assert [line.split(": ")[0] for line in found] == ["scene.txt:1", "scene.txt:2", "scene.txt:5", "scene.txt:6"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ply counting.wav", "no step 'ply'; did you mean 'play'?"),
        ("xyzzy", "no step 'xyzzy'; there are title, play"),
        ("play", "write it as: play FILE"),
        ("play counting.wav gian=3", "no option 'gian' here; did you mean 'gain'?"),
        ("play counting.wav gain=1 gain=2", "'gain' stands there twice"),
        ("play counting.wav gain=loud", "a gain is a number of dB, not 'loud'"),
        ("play counting.wav gain=nan", "a gain is a number of dB from -80 to 20, not nan"),
        ("play counting.wav quietly", "'quietly' is no key=value"),
        ("play none.wav", "there is no sound file"),
        ('say "hello', "a quotation mark is not closed"),
        ('say ""', "write it as: say"),
        ('say "hello" voice=en-zz', "no voice 'en-zz' (did you mean"),
        ('say "hello" voice=en-us+zz9', "no voice variant 'zz9'"),
        ('say "hello" speed=900', "words a minute from 80 to 450, not 900"),
        ("say hello world", "'world' is no key=value"),
        ("title", "write it as: title"),
        ("pause", "write it as: pause SECONDS"),
        ("pause 1 2", "write it as: pause SECONDS"),
        ("pause inf", "from 0 to 86400, not inf"),
        ("hold 0", "from 0.001 to 600, not 0"),
        ("press 3", "'press' stands alone"),
        ("noise", "write it as: noise FILE"),
        ("await", "write it as: await KIND"),
        ("await Delivered", "write it as: await KIND"),
        ("await done 0", "how often is a number from 1 to 1000, not 0"),
        ("pulse", "write it as: pulse SECONDS"),
        ("pulse 0", "a pulse is a number of seconds from 0.0001 to 60, not 0"),
        ("pulse 0.01 time=5", "no option 'time' here; did you mean 'times'?"),
        ("bounce 20", "a bounce is a number of seconds from 0.001 to 10"),
        ("switch off", "'off' is no side of a switch; there are mute, listen"),
        ("unplug microphone", "write it as: unplug"),
        ("deaf zero", "'zero' is no state of deaf; did you mean 'zeros'?"),
        ("ring", "write it as: ring breaks|mended"),
        ('witness content "quite"', "write it as: witness objects|content"),
        ("mic_power of", "'of' is no state of mic_power; there are stuck, obeys"),
        ("mains of", "'of' is no state of the mains; did you mean 'off'?"),
        ("kill 9", "'kill' stands alone"),
        ("mqtt keepmum/tighten", "write it as: mqtt TOPIC"),
        ('mqtt "#" x', "write it as: mqtt TOPIC"),
        ("speaker", "write it as: speaker SETTING=VALUE"),
        ("speaker storm=3", "write it as: speaker SETTING=VALUE"),
        ("speaker wake.storm=3\nspeaker wake.storm=4", "'wake.storm' stands there twice"),
        ("press\nspeaker wake.storm=3", "before the first step"),
        ("expect", "write it as: expect ring|frames|muted|row|sent"),
        ("expect rng red", "'rng' is no truth; did you mean 'ring'?"),
        ("expect refused reason=muted", "'refused' is no truth"),
        ("expect ring", "write it as: expect ring COLOUR"),
        ("expect ring rde", "'rde' is no colour; did you mean 'red'?"),
        ("expect ring red stil", "'stil' is no motion; did you mean 'still'?"),
        ("expect ring red for=2", "write it as: expect ring COLOUR"),
        ("expect ring never red within=2", "write it as: expect ring COLOUR"),
        ("expect frames non", "'non' is no number of frames; did you mean 'none'?"),
        ("expect frames none within=soon", "within is a number of seconds, not 'soon'"),
        ("expect frames none whithin=1", "write it as: expect frames none"),
        ("expect muted", "write it as: expect muted by=OWNER"),
        ("expect row", "write it as: expect row KIND"),
        ("expect sent bytes=some", "bytes are a number, not 'some'"),
        ("expect sent bytes=0 within=1", "write it as: expect sent"),
        ("press\nclock 2026-03-01 18:59:00", "before the first step"),
        ("clock 2026-03-01 18:59:00\nclock 2026-03-01 18:59:00", "write it once"),
        ("clock yesterday", "a clock looks like"),
        ("", "there is no step in it"),
        ("# nothing but a comment", "there is no step in it"),
        ("play counting.wav\n press", "begins with seconds into the sound above, not 'press'"),
        ("play counting.wav\n 2.5 press", "2.5 s is after the end of the sound above, which lasts 2.00 s"),
        ("play counting.wav\n 0.5 pause 1", "'pause' cannot happen during a sound"),
        ("play counting.wav\n 0.5 mains off", "'mains' cannot happen during a sound"),
        ("play counting.wav\n 0.5 play counting.wav", "'play' cannot happen during a sound"),
        ("play counting.wav\n 0.5", "no step ''"),
        ("play counting.wav\n 0.5 hold 1\n 1.2 press", "the button is down already"),
        ("press\n 0.5 press", "no sound stands above it"),
        (" 0.5 press", "no sound stands above it"),
    ],
)
def test_one_mistake(scene: Load, text: str, says: str) -> None:
    """Each mistake is one line that says what is wrong and, where it can, what was meant."""
    found = mistakes(scene, text)
    assert len(found) == 1
    assert says in found[0]


def test_no_echo_of_a_mistake(scene: Load) -> None:
    """What happens during a sound that cannot be read is not complained about as well, unless it is wrong itself."""
    assert len(mistakes(scene, "play none.wav\n 0.5 press\n 9 press")) == 1
    assert len(mistakes(scene, "play none.wav\n 0.5 pres\n 9 press\npress\n 1 press")) == 3


def test_unreadable(tmp_path: Path) -> None:
    """A scene that is missing or no text is one clear error."""
    with pytest.raises(SceneError, match="cannot be read: No such file"):
        Scene.load(tmp_path / "none.txt")
    (tmp_path / "bytes.txt").write_bytes(b"play \xff\xfe")
    with pytest.raises(SceneError, match="no UTF-8"):
        Scene.load(tmp_path / "bytes.txt")


def test_met_by() -> None:
    """A report meets an expectation of its kind if it says all the facts; truths are written yes and no."""
    expected = Report(line=1, source="", kind="refused", facts=(("reason", "muted"), ("final", "yes"), ("size", "0")))
    said = {"reason": "muted", "final": True, "size": 0.0, "more": [1]}
    assert expected.met_by("refused", said)
    assert not expected.met_by("sent", said)
    assert not expected.met_by("refused", said | {"final": False})
    assert not expected.met_by("refused", {"reason": "muted", "final": True})
