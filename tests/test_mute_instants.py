"""Mute, pressed at 1,000 random instants of the whole listener: not one block is read after any of them."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from keepmum import config
from keepmum.lab.experiments.presses import MOMENTS, After, Hand
from keepmum.listener import light
from keepmum.listener.assembly import Listener
from keepmum.listener.capture import Capture
from keepmum.listener.ear import Ear
from keepmum.listener.look import MUTED, Moment, look

AUDIO = Path(__file__).parent / "audio"
INSTANTS = 1_000
pytestmark = pytest.mark.no_cover
"""Coverage would take twice as long, and other tests reach every branch without it."""

UNIT = f"""\
pause 3
play {AUDIO / "wake" / "alexa" / "alexa_13.flac"}
say "what time is it" voice=en-us+f3
pause 2.6
"""


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Hand]:
    """A whole listener with its real engines, in a room with one long scene, and the real skills beside it."""
    scene = tmp_path / "scene.txt"
    noise = f"noise {AUDIO / 'noise' / 'running-tap.opus'} gain=-45\n"
    scene.write_text("await peer role=skills\nhold 1\n" + noise + UNIT * 3_000)
    settings = tmp_path / "keepmum.yaml"
    settings.write_text(yaml.safe_dump(written(tmp_path, scene)))
    listener = Listener(config.load(settings))
    command = [sys.executable, "-m", "keepmum.skills", "--config", str(settings)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as skills:
        try:
            listener.start()
            hand = Hand(listener, random.Random(7))
            while hand.loop.ear is Ear.MUTED:
                listener.turn()
            yield hand
        finally:
            listener.close()
            skills.terminate()


def written(folder: Path, scene: Path) -> dict[str, object]:
    """The owner's file."""
    return {
        "hardware": {
            "scene": str(scene),
            "fast": True,
            "microphone": {"driver": "wav"},
            "button": {"driver": "scripted"},
            "ring": {"driver": "recorder"},
            "speaker": {"driver": "wav", "file": str(folder / "replies.wav")},
        },
        "wake": {"storm": 0},
        "folders": {name: str(folder / name) for name in ("run", "state", "outbox")},
    }


def reads(hand: Hand) -> list[After]:
    """Each press after which blocks were read before the microphone was opened again."""
    return [each for each in hand.after() if each.frames]


def until_wrong(hand: Hand) -> None:
    """Press until something is not as it must be."""
    hand.play(INSTANTS, lambda: bool(hand.wrong or reads(hand)))


@pytest.mark.slow
def test_after_a_press_nothing_is_read_and_nothing_is_kept(hand: Hand) -> None:
    """1,000 instants: while it waits, confirms, hears, thinks and speaks, at any call of any function of the listener.

    Not one block is read until a hand opens the microphone again; pre-roll, command, transcript and release door are
    empty after the turn that takes the press; the ring is red then, and never while the microphone is open.
    """
    hand.play(INSTANTS)
    assert reads(hand) == []
    assert hand.wrong == []
    assert len(hand.pressed) == INSTANTS
    phases = Counter(press.ear for press in hand.pressed)
    assert min(phases[moment.ear] for moment in MOMENTS if moment.ear is not None) >= 10, phases


def test_a_mute_that_waits_for_its_turn_is_found(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the press is only noted, and the microphone closed when the loop comes round to it."""

    def noted(self: Capture) -> None:
        with self._turn:
            self._presses.append(None)

    monkeypatch.setattr(Capture, "slam", noted)
    until_wrong(hand)
    assert reads(hand)


def test_a_microphone_that_is_closed_in_name_only_is_found(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the stream stays open and its blocks are thrown away. The speaker itself finds out, and alarms."""

    def in_name(self: Capture) -> None:
        self._open = False
        self._preroll.wipe()

    def opened(self: Capture) -> None:
        self._open = not self._presses

    monkeypatch.setattr(Capture, "_close", in_name)
    monkeypatch.setattr(Capture, "open", opened)
    until_wrong(hand)
    assert hand.wrong
    assert all("do not trust me" in wrong for wrong in hand.wrong), "the proof has failed, so red is never shown"


def test_a_ring_that_lies_is_found(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: red for privacy's sake, whenever the speaker thinks."""

    def lies(now: Moment) -> object:
        return MUTED if now.ear is Ear.THINKING else look(now)

    monkeypatch.setattr(light, "ladder", lies)
    until_wrong(hand)
    assert any("the ring is red" in wrong for wrong in hand.wrong)
