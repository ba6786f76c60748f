"""Speakers with a defect, to see that the scenarios would notice: each is planted into the simulated speaker."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from keepmum import consent
from keepmum.hardware import Look
from keepmum.hardware.scenes.room import Room
from keepmum.listener import latch, light
from keepmum.listener.capture import Capture
from keepmum.listener.ear import Ear
from keepmum.listener.hand import Hand
from keepmum.listener.look import MUTED, Moment, look
from keepmum.listener.press import Presses
from keepmum.listener.watch import Watch
from keepmum.privacy import State, hand

LATE = 40_000_000
"""Nanoseconds."""


def mutes_late() -> None:
    """The microphone is closed 40 ms after the press."""
    changed = Presses.changed

    def late(self: Presses, down: bool) -> None:
        assert isinstance(self._clock, Room)
        if down:
            self._clock._now += LATE
        changed(self, down)

    Presses.changed = late  # type: ignore[method-assign]


def shows_the_intention() -> None:
    """The light is red as soon as the latch says muted, whatever the microphone does."""

    def lies(now: Moment) -> Look:
        return MUTED if now.ear in (Ear.MUTED, Ear.FAULT) else look(now)

    light.ladder = lies  # type: ignore[attr-defined]


def forgets_at_restart() -> None:
    """A mute is not kept."""
    read = latch.read
    latch.read = lambda path, now: replace(read(path, now), mutes=frozenset())


def opens_when_in_doubt() -> None:
    """A state that cannot be read means that nobody has muted."""
    read = latch.read

    def trusting(path: Path, now: float) -> State:
        kept = read(path, now)
        return kept if kept != State() else State(mutes=frozenset())

    latch.read = trusting


def any_press_unmutes() -> None:
    """A short press opens the microphone, as with a button that toggles."""
    hand.UNMUTE_HOLD = 0.1  # type: ignore[attr-defined]


def skips_the_proof() -> None:
    """Nobody looks whether the microphone is closed."""
    Capture.objections = lambda self: []  # type: ignore[method-assign]


def trusts_the_button_at_start() -> None:
    """A button that is down when it starts is not noticed."""

    def start(self: Hand) -> None:
        self._button.watch(self._presses.changed)
        self._down = True

    Hand.start = start  # type: ignore[method-assign]


def is_deaf_in_silence() -> None:
    """A microphone that delivers nothing is waited for."""
    Watch.deaf = lambda self, now: None  # type: ignore[method-assign]


def ignores_missing_consent() -> None:
    """Whatever nobody agreed to may leave."""
    decide = consent.decide

    def agreed(household: Any, flow: Any, now: float) -> Any:
        decision = decide(household, flow, now)
        lacking = decision.reason in (consent.Reason.LOCAL_MODE, consent.Reason.NO_CONSENT)
        return replace(decision, allowed=True, consent="0" * 32) if lacking else decision

    for place in ("privacy.step", "privacy.parcels", "privacy.asking", "listener.offer"):
        importlib.import_module(f"keepmum.{place}").decide = agreed  # type: ignore[attr-defined]


DEFECTS: dict[str, tuple[Callable[[], None], str]] = {
    "mutes late": (mutes_late, "mute-closes-at-once"),
    "the light shows the intention": (shows_the_intention, "proof-that-fails"),
    "a restart forgets": (forgets_at_restart, "kill-keeps-mute"),
    "opens when in doubt": (opens_when_in_doubt, "torn-state-is-muted"),
    "any press unmutes": (any_press_unmutes, "hold-unmutes"),
    "skips the proof": (skips_the_proof, "power-that-stays-on"),
    "trusts the button at start": (trusts_the_button_at_start, "button-stuck-at-boot"),
    "deaf in silence": (is_deaf_in_silence, "stalled-microphone"),
    "ignores missing consent": (ignores_missing_consent, "nobody-agreed-nothing-leaves"),
}
"""Each defect with the scenario that must fail with it."""


def plant(defect: str) -> None:
    """Make this process a speaker with that defect."""
    DEFECTS[defect][0]()
