"""A whole listener in a process of its own, in a fast room that another process plays: the simulated jig's speaker.

Each line that comes in is one order, each line that goes out says what the room's clock shows and what changed since:
the light, and whether the microphone captures. What is ordered is written as in a scene.
"""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from selectors import DefaultSelector
from time import monotonic
from typing import Any

from keepmum import config, lockdown, log
from keepmum.hardware.mic_power_recorder import RecorderMicPower
from keepmum.hardware.microphone_wav import WavMicrophone
from keepmum.hardware.ring_recorder import RecorderRing
from keepmum.hardware.scenes.room import Room
from keepmum.hardware.scenes.scene import Pause, Step
from keepmum.hardware.scenes.steps import Sounds, step
from keepmum.hardware.scenes.words import Line
from keepmum.listener.assembly import Listener

PATIENCE = 15.0
"""Real seconds that another process may take until it is here or has been heard of."""


class Speaker:
    """The listener, and whoever watches it from within its process: nobody can look at a fake from outside."""

    def __init__(self, listener: Listener, sounds: Sounds) -> None:
        parts = listener._hardware
        assert isinstance(parts.room, Room)
        assert isinstance(parts.ring, RecorderRing)
        assert isinstance(parts.microphone, WavMicrophone)
        assert isinstance(parts.mic_power, RecorderMicPower)
        self.room, self.ring, self.microphone, self.power = parts.room, parts.ring, parts.microphone, parts.mic_power
        self._listener = listener
        self._sounds = sounds
        self._looks = 0
        self._on = False
        self._seen: list[tuple[Any, ...]] = []

    # ---- orders

    def before(self, lines: list[str]) -> None:
        """How the room is when the listener starts: a button that is down, a microphone that is gone."""
        with DefaultSelector() as nothing:
            for line in lines:
                self.begin(line)
                self.room.wait(nothing, 0.0, pending=False)

    def begin(self, line: str) -> None:
        """One step of a scene begins now."""
        self.room.begin(self._read(line))

    def go(self, seconds: float) -> None:
        """Let room time pass."""
        until = self.room.now() + seconds
        self.room.begin(Pause(line=0, source="pause", length=0.0), after=seconds)
        while self.room.now() < until - 1e-9:
            self._listener.turn()
            self._look()

    def meet(self, roles: list[str]) -> None:
        """Wait until these processes are here, and the uplink's broker too; the room's time stands still."""
        self._until(lambda: set(roles) <= set(self._listener._doors.roles()), f"{roles} did not come")
        if "uplink" in roles:
            self._until(lambda: self._listener._sharing.uplink.broker == "online", "the broker did not come")

    def hear(self, word: str) -> None:
        """Wait until the house's hub has said this, and with it everything that was said before."""
        self._until(lambda: self._listener._sharing.uplink.facts.get("weather") == word, "the hub was not heard")

    def _until(self, holds: Any, what: str) -> None:
        deadline = monotonic() + PATIENCE
        while not holds():
            if monotonic() > deadline:
                raise TimeoutError(what)
            for key, _ in self._listener._selector.select(0.1):
                key.data()

    def _read(self, line: str) -> Step:
        return step(Line(0, line, tuple(shlex.split(line))), self._sounds)

    # ---- what is seen

    def _look(self) -> None:
        for at, look in self.ring.history[self._looks :]:
            self._seen.append((at, "light", look.colour.name.lower(), look.motion.value))
        self._looks = len(self.ring.history)
        on = self.microphone.is_open or not self.power._off
        if on is not self._on:
            self._on = on
            self._seen.append((self.room.now(), "captures", on))

    def answer(self, error: str = "") -> str:
        """What the clock shows, and everything that was seen since the last answer."""
        self._look()
        seen, self._seen = self._seen, []
        return json.dumps({"now": self.room.now(), "seen": seen, "error": error})


def main(settings: Path, sounds: Path, overrides: dict[str, str], before: list[str]) -> None:
    """Serve until nobody orders any more. Everything is opened first, then the lock, as in the listener's own main."""
    log.begin("listener")
    listener = Listener(config.load(settings, overrides))
    speaker = Speaker(listener, Sounds(sounds))
    lockdown.lock_listener()
    speaker.before(before)
    listener.start()
    print(speaker.answer(), flush=True)
    for line in sys.stdin:
        ((order, what),) = json.loads(line).items()
        error = ""
        try:
            getattr(speaker, order)(what)
        except TimeoutError as timeout:
            error = str(timeout)
        print(speaker.answer(error), flush=True)


if __name__ == "__main__":
    defect = sys.argv[5]
    if defect:
        sys.path.insert(0, str(Path(__file__).parents[1]))
        from jig.defects import plant

        plant(defect)
    main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]), json.loads(sys.argv[4]))
