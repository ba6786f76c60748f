"""A hand that mutes the whole listener at instants by chance, inside its own code, and looks at what is left then.

A press comes at any call of any function of the listener, as another thread would bring it: not only while it
waits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from types import FrameType

from keepmum.errors import LabError
from keepmum.hardware.microphone_wav import WavMicrophone
from keepmum.hardware.ring_recorder import RecorderRing
from keepmum.hardware.scenes.room import Room
from keepmum.listener.assembly import Listener
from keepmum.listener.ear import Ear
from keepmum.listener.look import MUTED
from keepmum.sound import BLOCK

PRESS, HOLD = 0.1, 0.8
"""Seconds that the button stays down, to mute and to unmute."""


@dataclass(frozen=True)
class Moment:
    """When a press is to come: so long after the ear came there, and so many calls of functions later."""

    case: str
    ear: Ear | None
    """None: counted from the opening of the microphone, whatever the ear does."""
    least: float
    most: float
    """Seconds."""
    calls: int = 400
    """Fewer than so many."""


MOMENTS = (
    *5 * [Moment("while it waits", Ear.WAITING, 0.0, 0.6)],
    Moment("while it waits", Ear.WAITING, 0.0, 1.6),
    Moment("while it confirms", Ear.CONFIRMING, 0.0, 0.0, calls=60),
    Moment("in the middle of a command", Ear.HEARING, 0.0, 1.6),
    Moment("while it thinks", Ear.THINKING, 0.0, 0.0),
    Moment("while it speaks", Ear.SPEAKING, 0.0, 1.4),
)
"""All over the ear's states; where it mostly is, most often."""


@dataclass(frozen=True)
class Press:
    """A press, and where in the histories of microphone and ring it stands."""

    case: str
    ear: Ear
    at: float
    """Seconds of the room's clock."""
    history: int
    """How much the microphone had done by then."""


@dataclass(frozen=True)
class After:
    """What the microphone did between a press and its next opening."""

    press: Press
    frames: int
    """Samples that were read."""
    closed: float | None
    """Seconds until it was closed; None if it never was."""


@dataclass
class Hand:
    """Presses, lets go, holds until the speaker listens again, and keeps what it saw. `some` chooses the instants."""

    listener: Listener
    some: Random
    moments: Sequence[Moment] = MOMENTS
    pressed: list[Press] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What was not as it must be, in words."""
    false_reds: int = 0
    """How often the ring turned red while the microphone was open."""
    _moment: Moment | None = None
    """The next one; None while no press is wanted."""
    _due: float | None = None
    """When to begin counting calls; None until the ear is where it is to be."""
    _calls: int = 0

    def __post_init__(self) -> None:
        hardware = self.listener._hardware
        if not (
            isinstance(hardware.room, Room)
            and isinstance(hardware.microphone, WavMicrophone)
            and isinstance(hardware.ring, RecorderRing)
        ):
            raise LabError("nobody can press a button of this listener", "give it a scene and a ring that records")
        self.room, self.microphone, self.ring = hardware.room, hardware.microphone, hardware.ring
        self.loop, self.capture = self.listener._loop, self.listener._capture
        self.listener._news.watch(self._sees)

    # ---- what the button does

    def play(self, count: int, enough: Callable[[], bool] = lambda: False) -> None:
        """Press, let go, hold and let go, until there were `count` presses more, or it was `enough`."""
        until = len(self.pressed) + count
        try:
            while len(self.pressed) < until and not enough():
                self._until_pressed()
                self._turns(PRESS)
                self.room._turn(False)
                self._turns(PRESS)
                self.room._turn(True)
                self._turns(HOLD)
                self.room._turn(False)
                self._turn()
        finally:
            sys.setprofile(None)

    def _until_pressed(self) -> None:
        self._moment = self._choose()
        before = len(self.pressed)
        while len(self.pressed) == before:
            if self.room.over:
                raise LabError("the scene was over before the last press", "play a longer one")
            self._arm()
            self.listener.turn()
        self._turn()
        self._check("the turn after it")

    def _choose(self) -> Moment:
        moment = self.some.choice(self.moments)
        self._stay, self._calls = self.some.uniform(moment.least, moment.most), self.some.randrange(moment.calls)
        opened = next((at for at, what in reversed(self.microphone.history) if what == "open"), 0.0)
        here = moment.ear is self.loop.ear
        self._due = opened + self._stay if moment.ear is None else self.room.now() + self._stay if here else None
        return moment

    def _comes_to(self, ear: Ear) -> None:
        if self._moment is not None and self._due is None and ear is self._moment.ear:
            self._due = self.room.now() + self._stay
        self._arm()

    def _arm(self) -> None:
        """Begin counting, if it is time."""
        if self._due is not None and self.room.now() >= self._due:
            self._due = float("inf")
            sys.setprofile(self._counts)

    def _counts(self, _frame: FrameType, _event: str, _argument: object) -> None:
        """Called at every call of the listener's; presses when enough of them have passed."""
        self._calls -= 1
        # A thread would wait here until the block that is being read has been read.
        if self._calls <= 0 and self._moment is not None and not self.capture._turn.locked():
            sys.setprofile(None)
            case, self._moment = self._moment.case, None
            self.room._turn(True)
            self.pressed.append(Press(case, self.loop.ear, self.room.now(), len(self.microphone.history)))

    def _turns(self, seconds: float) -> None:
        until = self.room.now() + seconds
        while self.room.now() < until:
            self._turn()

    def _turn(self) -> None:
        self.listener.turn()
        if not self.capture.is_open:
            self._check("a muted turn")

    # ---- what must be true

    def _sees(self, kind: str, facts: Mapping[str, object]) -> None:
        """The listener says what happens: the light must not be red while the microphone is open."""
        if kind == "ear":
            self._comes_to(Ear(str(facts["state"])))
        if kind == "ring" and facts["colour"] == list(MUTED.colour.value) and self.opened():
            self.false_reds += 1
            self.wrong.append(f"the ring is red at {self.room.now():.2f} and the microphone is open")

    def opened(self) -> bool:
        """What the microphone itself says, not what the listener believes."""
        return bool(self.microphone.history) and self.microphone.history[-1][1] != "close"

    def _check(self, when: str) -> None:
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

    def after(self) -> Iterator[After]:
        """For each press, what the microphone did until it was opened again."""
        for press in self.pressed:
            # The press itself closes the stream, so that stands just before what came afterwards.
            events = self.microphone.history[press.history - 1 :]
            names = [what for _, what in events[1:]]
            until = names.index("open") if "open" in names else len(names)
            closed = min((at for at, what in events[: until + 1] if what == "close"), default=None)
            late = None if closed is None else max(0.0, closed - press.at)
            yield After(press, names[:until].count("read") * BLOCK, late)
