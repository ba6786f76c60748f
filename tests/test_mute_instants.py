"""Mute, pressed at 1,000 random instants of the whole listener: not one block is read after any of them."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import pytest
import yaml

from keepmum import config
from keepmum.hardware.microphone_wav import WavMicrophone
from keepmum.hardware.ring_recorder import RecorderRing
from keepmum.hardware.scenes.room import Room
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

MOMENTS = (
    *5 * [(Ear.WAITING, 0.6, 400)],
    (Ear.WAITING, 1.6, 400),
    (Ear.CONFIRMING, 0.0, 60),
    (Ear.HEARING, 1.6, 400),
    (Ear.THINKING, 0.0, 400),
    (Ear.SPEAKING, 1.4, 400),
)
"""Where the ear is to be; for how many seconds at most, and how many calls of functions the listener may still make.

So a press comes in the middle of its code, and not only while it waits.
"""

PRESS, HOLD = 0.1, 0.8
"""Seconds that the button stays down, to mute and to unmute."""


@dataclass(frozen=True)
class Instant:
    """A press, and what came of it."""

    ear: Ear
    at: float
    history: int
    """How much the microphone had done by then."""


@dataclass
class Hand:
    """Presses the button inside the listener's own code, as another thread would, and lets go and holds between."""

    listener: Listener
    some: random.Random
    pressed: list[Instant] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    due: float | None = None
    """When to begin counting calls; None until the ear is where it is to be."""

    def __post_init__(self) -> None:
        hardware = self.listener._hardware
        assert isinstance(hardware.room, Room)
        assert isinstance(hardware.microphone, WavMicrophone)
        assert isinstance(hardware.ring, RecorderRing)
        self.room, self.microphone, self.ring = hardware.room, hardware.microphone, hardware.ring
        self.loop, self.capture = self.listener._loop, self.listener._capture
        self.listener._news.watch(self.sees)
        self.next()

    def next(self) -> None:
        """Choose the next instant: so long after the ear came there, and so many calls later."""
        self.phase, longest, calls = self.some.choice(MOMENTS)
        self.stay, self.calls = self.some.uniform(0, longest), self.some.randrange(calls)
        self.due = None
        self.comes_to(self.loop.ear)

    def comes_to(self, ear: Ear) -> None:
        """The ear is in this state now."""
        if self.due is None and ear is self.phase:
            self.due = self.room.now() + self.stay
        self.arm()

    def arm(self) -> None:
        """Begin counting, if it is time."""
        if self.due is not None and self.room.now() >= self.due:
            self.due = float("inf")
            sys.setprofile(self.counts)

    # ---- what the button does

    def play(self, *, until_wrong: bool = False) -> None:
        """Press, let go, hold and let go, until there were enough instants; or until something is wrong."""
        while len(self.pressed) < INSTANTS and not (until_wrong and (self.wrong or self.reads())):
            self._until_pressed()
            self._turns(PRESS)
            self.room._turn(False)
            self._turns(PRESS)
            self.room._turn(True)
            self._turns(HOLD)
            self.room._turn(False)
            self._turn()

    def _until_pressed(self) -> None:
        self.next()
        before = len(self.pressed)
        while len(self.pressed) == before:
            assert not self.room.over, "the scene was too short"
            self.arm()
            self.listener.turn()
        self._turn()
        self.check("the turn after it")

    def counts(self, _frame: FrameType, _event: str, _argument: object) -> None:
        """Called at every call of the listener's; presses when enough of them have passed."""
        self.calls -= 1
        # A thread would wait here until the block that is being read has been read.
        if self.calls <= 0 and not self.capture._turn.locked():
            sys.setprofile(None)
            self.room._turn(True)
            self.pressed.append(Instant(self.loop.ear, self.room.now(), len(self.microphone.history)))

    def _turns(self, seconds: float) -> None:
        until = self.room.now() + seconds
        while self.room.now() < until:
            self._turn()

    def _turn(self) -> None:
        self.listener.turn()
        if not self.capture.is_open:
            self.check("a muted turn")

    # ---- what must be true

    def sees(self, kind: str, facts: Mapping[str, object]) -> None:
        """The listener says what happens: the light must not be red while the microphone is open."""
        if kind == "ear":
            self.comes_to(Ear(str(facts["state"])))
        if kind == "ring" and facts["colour"] == list(MUTED.colour.value) and self.opened():
            self.wrong.append(f"the ring is red at {self.room.now():.2f} and the microphone is open")

    def opened(self) -> bool:
        """What the microphone itself says, not what the listener believes."""
        return bool(self.microphone.history) and self.microphone.history[-1][1] != "close"

    def check(self, when: str) -> None:
        """Nothing that was heard is left, and the light says so."""
        hearing, release = self.loop._hearing, self.listener._sharing.release
        transcriber = hearing._transcriber
        held = {
            "the pre-roll": any(hearing._preroll._ring),
            "the command": bool(hearing._sound or hearing._words or hearing.intent),
            "the transcriber": bool(transcriber._sound or transcriber._words or transcriber._recogniser),
            "the release door": bool(release._clips),
        }
        self.wrong += [
            f"after {when} at {self.room.now():.2f}, {what} holds something" for what, is_so in held.items() if is_so
        ]
        if self.ring.look != MUTED:
            self.wrong.append(f"after {when} at {self.room.now():.2f}, the ring shows {self.ring.look}")

    def reads(self) -> list[tuple[Instant, int]]:
        """Each instant after which blocks were read before the microphone was opened again, and how many."""
        late = []
        for instant in self.pressed:
            after = [what for _, what in self.microphone.history[instant.history :]]
            read = after[: after.index("open")].count("read") if "open" in after else after.count("read")
            late += [(instant, read)] if read else []
        return late


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
            sys.setprofile(None)
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


@pytest.mark.slow
def test_after_a_press_nothing_is_read_and_nothing_is_kept(hand: Hand) -> None:
    """1,000 instants: while it waits, confirms, hears, thinks and speaks, at any call of any function of the listener.

    Not one block is read until a hand opens the microphone again; pre-roll, command, transcript and release door are
    empty after the turn that takes the press; the ring is red then, and never while the microphone is open.
    """
    hand.play()
    assert hand.reads() == []
    assert hand.wrong == []
    assert len(hand.pressed) == INSTANTS
    phases = Counter(instant.ear for instant in hand.pressed)
    assert min(phases[ear] for ear, _, _ in MOMENTS) >= 10, phases


def test_a_mute_that_waits_for_its_turn_is_found(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the press is only noted, and the microphone closed when the loop comes round to it."""

    def noted(self: Capture) -> None:
        with self._turn:
            self._presses.append(None)

    monkeypatch.setattr(Capture, "slam", noted)
    hand.play(until_wrong=True)
    assert hand.reads()


def test_a_microphone_that_is_closed_in_name_only_is_found(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the stream stays open and its blocks are thrown away. The speaker itself finds out, and alarms."""

    def in_name(self: Capture) -> None:
        self._open = False
        self._preroll.wipe()

    def opened(self: Capture) -> None:
        self._open = not self._presses

    monkeypatch.setattr(Capture, "_close", in_name)
    monkeypatch.setattr(Capture, "open", opened)
    hand.play(until_wrong=True)
    assert hand.wrong
    assert all("do not trust me" in wrong for wrong in hand.wrong), "the proof has failed, so red is never shown"


def test_a_ring_that_lies_is_found(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: red for privacy's sake, whenever the speaker thinks."""

    def lies(now: Moment) -> object:
        return MUTED if now.ear is Ear.THINKING else look(now)

    monkeypatch.setattr(light, "ladder", lies)
    hand.play(until_wrong=True)
    assert any("the ring is red" in wrong for wrong in hand.wrong)
