"""A card's mixer through amixer: its own format of text, from an amixer that keeps what is set."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence

import pytest

from keepmum.errors import CardError, MicrophoneError
from keepmum.hardware.alsa.cards import Card
from keepmum.hardware.alsa.controls import parsed
from keepmum.hardware.alsa.mixer import Answer, amixer, controls, set_controls

PGA = """Simple mixer control 'PGA',0
  Capabilities: cvolume cswitch
  Capture channels: Front Left - Front Right
  Limits: Capture 0 - 119
  Front Left: Capture {left} [{percent}%] [{db}dB] [{on}]
  Front Right: Capture {left} [{percent}%] [{db}dB] [{on}]
"""
INPUT = """Simple mixer control 'Left Input',0
  Capabilities: enum
  Items: 'Mic 1' 'Line In'
  Item0: '{item}'
"""
SPEAKER = """Simple mixer control 'Speaker',0
  Capabilities: pvolume pswitch pswitch-joined
  Playback channels: Front Left - Front Right
  Limits: Playback 0 - 127
  Mono:
  Front Left: Playback 100 [79%] [-21.00dB] [on]
  Front Right: Playback 100 [79%] [-21.00dB] [on]
Simple mixer control 'Speaker',1
  Capabilities: pswitch pswitch-joined
  Playback channels: Mono
  Mono: Playback [off]
"""


class Amixer:
    """Answers like amixer on a card with three kinds of control; `deaf` accepts everything and changes nothing."""

    def __init__(self, deaf: bool = False) -> None:
        self.calls: list[list[str]] = []
        self.deaf = deaf
        self.pga = {"left": 0, "percent": 0, "db": "0.00", "on": "off"}
        self.item = "Line In"

    def __call__(self, arguments: Sequence[str]) -> Answer:
        self.calls.append(list(arguments))
        assert arguments[:2] == ["-c", "1"]
        if arguments[2:] == ["scontents"]:
            return 0, PGA.format(**self.pga) + INPUT.format(item=self.item) + SPEAKER, ""
        dashes, sset, name, *words = arguments[2:]
        assert (dashes, sset) == ("--", "sset")
        return self._set(name, words)

    def _set(self, name: str, words: list[str]) -> Answer:
        if words == ["12dBs"]:
            return 1, "", "amixer: Invalid command!\n"
        if words == ["loud"]:
            return 0, "", ""
        if not self.deaf and name == "Left Input":
            self.item = words[0]
        for word in words if name == "PGA" and not self.deaf else ():
            if word.endswith("%"):
                self.pga |= {"left": round(1.19 * int(word[:-1])), "percent": int(word[:-1])}
            elif word in ("cap", "nocap"):
                self.pga["on"] = "on" if word == "cap" else "off"
        return 0, f"Simple mixer control '{name}',0\n", ""

    @property
    def sets(self) -> list[list[str]]:
        """What was set."""
        return [call[4:] for call in self.calls if "sset" in call]


def one_card() -> tuple[Card, ...]:
    """Card 1 is the board."""
    return (Card(1, "tlv320", "", None, None, True, True),)


def put(run: Amixer, **wanted: str) -> None:
    """Set these controls; a _ stands for a blank."""
    set_controls("tlv320", {name.replace("_", " "): value for name, value in wanted.items()}, run, one_card)


def test_set_and_read_back(caplog: pytest.LogCaptureFixture) -> None:
    """Values are set word by word, a choice in one piece, and what stands then is looked at; one line in the log."""
    run = Amixer()
    with caplog.at_level(logging.INFO):
        put(run, PGA="80% cap", Left_Input="Mic 1")
    assert run.sets == [["PGA", "80%", "cap"], ["Left Input", "Mic 1"]]
    assert run.calls[-1] == ["-c", "1", "scontents"]
    assert [record.getMessage() for record in caplog.records] == [
        "the mixer of card tlv320 is set: PGA 80% cap, Left Input Mic 1"
    ]


def test_what_stands_is_left_alone() -> None:
    """A mixer that stands as wanted is read once, and nothing is set."""
    run = Amixer()
    put(run, PGA="80% cap", Left_Input="Mic 1")
    calls = len(run.calls)
    put(run, PGA="80% cap", Left_Input="Mic 1", Speaker="79% on")
    assert len(run.calls) == calls + 1


def test_all_problems_at_once() -> None:
    """An unknown control, an unknown item, words that amixer refuses and words that it ignores are one error."""
    run = Amixer()
    with pytest.raises(MicrophoneError) as caught:
        put(run, PGB="80%", Left_Input="Mic 2", PGA="12dBs", Speaker="loud")
    for told in (
        "card tlv320 has no control 'PGB'; did you mean 'PGA'? it has 'PGA', 'Left Input', 'Speaker', 'Speaker,1'",
        "'Left Input' cannot be 'Mic 2'; it can be 'Mic 1', 'Line In'",
        "'PGA' does not take '12dBs': amixer: Invalid command!",
        "'Speaker' takes no notice of 'loud'",
    ):
        assert told in caught.value.what
    assert "amixer -c 1 scontents" in caught.value.hint


def test_a_mixer_that_only_says_yes() -> None:
    """A control that does not change although amixer is content is an error with both values."""
    with pytest.raises(MicrophoneError) as caught:
        put(Amixer(deaf=True), PGA="80% cap", Left_Input="Mic 1")
    assert "'PGA' was set to '80% cap' and stands at 'Front Left: Capture 0 [0%] [0.00dB] [off]" in caught.value.what
    assert "'Left Input' was set to 'Mic 1' and stands at 'Line In'" in caught.value.what


@pytest.mark.parametrize(
    ("name", "value", "contradicted"),
    [
        ("PGA", "80%", False),
        ("PGA", "79% cap", False),
        ("PGA", "70% cap", True),
        ("PGA", "nocap", True),
        ("PGA", "mute", True),
        ("PGA", "+3dB", None),
        ("PGA", "frontleft 80%", None),
        ("Speaker", "79% on", False),
        ("Speaker", "79% mute", True),
        ("Speaker,1", "off", False),
        ("Speaker,1", "50%", True),
        ("Left Input", "Mic 1", False),
        ("Left Input", "Line In", True),
    ],
)
def test_what_contradicts_a_value(name: str, value: str, contradicted: bool | None) -> None:
    """Percent (within one step), switches and choices are compared; decibels and single channels are not."""
    text = PGA.format(left=95, percent=80, db="47.50", on="on") + INPUT.format(item="Mic 1") + SPEAKER
    (control,) = [one for one in parsed(text) if one.name == name]
    assert control.contradiction(value) is contradicted


@pytest.mark.parametrize("text", ["", "nonsense", "Simple mixer control", "Simple mixer control 'x\n", "\0" * 99])
def test_text_that_is_none_of_amixers(text: str) -> None:
    """What is no control is passed over."""
    assert parsed(text) == ()


def test_no_such_card() -> None:
    """A board that is not there is the error of the card, and amixer is not asked."""
    run = Amixer()
    with pytest.raises(CardError, match="no sound card is 'wm8960'"):
        set_controls("wm8960", {"PGA": "80%"}, run, one_card)
    assert run.calls == []


def test_a_mixer_that_cannot_be_read() -> None:
    """amixer's own words are passed on, in one line that can be printed."""

    def fails(arguments: Sequence[str]) -> Answer:
        return 1, "", "warning\namixer: Mixer attach hw:1 error: No such\x1b[2J device\n"

    with pytest.raises(CardError, match=r"card tlv320 cannot be read: amixer: .* No such\?\[2J device"):
        controls("tlv320", fails, one_card)


def test_amixer_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without alsa-utils the error names the package."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MicrophoneError, match="amixer is missing") as caught:
        amixer(["scontents"])
    assert caught.value.hint == "sudo apt install alsa-utils"


@pytest.mark.skipif(shutil.which("amixer") is None, reason="amixer is missing: apt install alsa-utils")
def test_the_real_amixer() -> None:
    """The real one refuses a card that is not there with a status and one line, and takes a value for no option."""
    status, text, complaint = amixer(["-c", "31", "scontents"])
    assert (status, text) == (1, "")
    assert complaint.strip()
    status, _, complaint = amixer(["-c", "31", "--", "sset", "PGA", "-3dB"])
    assert status == 1
    assert "option" not in complaint
    with pytest.raises(CardError, match=r"card tlv320 cannot be read: .*\w"):
        controls("tlv320", list_cards=lambda: (Card(31, "tlv320", "", None, None, True, True),))
