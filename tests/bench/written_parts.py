"""A jig whose parts say what a test wrote down for them: light and microphone by the clock, the rest as it is."""

from __future__ import annotations

from jig.beat import RealBeat
from jig.history import History
from jig.roles import BookRow, Jig, RigError, Sighting

from keepmum.hardware.scenes.scene import Noise, Sound


class Life:
    """A time that passes when somebody sleeps."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Parts:
    """A jig in which everything happens as written: light and microphone by the clock, rows and bytes as they are."""

    def __init__(self) -> None:
        self.life = Life()
        self.beat = RealBeat(self.life.monotonic, self.life.sleep)
        self.light = History(self.beat, ("green", "still"))
        self.stream = History(self.beat, True)
        self.ledger: list[BookRow] = []
        self.bytes = 0
        self.did: list[tuple[float, str]] = []
        self.closed_within: float | None = None
        self.breaks = False

    def jig(self) -> Jig:
        return Jig(
            name="written",
            beat=self.beat,
            hand=self,
            eye=self,
            meter=_Stream(self),
            mouth=self,
            wire=self,
            book=self,
            closed_within=self.closed_within,
        )

    def check(self) -> None:
        if self.breaks:
            raise RigError("a wire came off", "solder it")

    def close(self) -> None:
        self._note("close")

    def push(self, seconds: float) -> None:
        self._note(f"push {seconds:g}")
        self.beat.pause(seconds)

    def pulse(self, seconds: float, times: int, gap: float) -> None:
        self._note(f"pulse {seconds:g} {times} {gap:g}")

    def switch(self, *, down: bool) -> None:
        self._note(f"switch {down}")

    def shows(self, colour: str, motion: str | None, since: float, until: float) -> Sighting | None:
        return self.light.first(lambda look: look[0] == colour and motion in (None, look[1]), since, until)

    def play(self, sound: Sound) -> None:
        self._note("play")

    def noise(self, noise: Noise) -> None:
        self._note("noise")

    def sent(self) -> int:
        return self.bytes

    def publish(self, topic: str, payload: str) -> None:
        self._note(f"{topic} {payload}")

    def rows(self) -> list[BookRow]:
        return self.ledger

    def _note(self, what: str) -> None:
        self.did.append((round(self.life.seconds, 3), what))


class _Stream:
    """The microphone's side of it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def on(self, since: float, until: float) -> Sighting | None:
        return self._parts.stream.first(lambda on: on is True, since, until)

    def off(self, since: float, until: float) -> Sighting | None:
        return self._parts.stream.first(lambda on: on is False, since, until)

    def check(self) -> None:
        """It is there."""

    def close(self) -> None:
        """Nothing is held."""
