"""Is mute mute? The whole listener, muted at instants by chance: what it reads, keeps and shows after that.

Real engines hear a scene in a room whose clock stands still while they think, so every time here is exact, and how fast
this computer is changes nothing.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import yaml

from keepmum import config
from keepmum.demo import __file__ as demo
from keepmum.demo import machine
from keepmum.hardware import Look
from keepmum.lab.experiments.presses import MOMENTS, After, Hand, Moment
from keepmum.lab.experiments.quiet import silence
from keepmum.lab.experiments.result import Control, Figure, Result, share, spread
from keepmum.listener import light
from keepmum.listener.assembly import Listener
from keepmum.listener.ear import Ear
from keepmum.listener.look import MUTED, look
from keepmum.listener.look import Moment as Shown
from keepmum.listener.preroll import SECONDS as RING

QUESTION = "Is mute mute, whenever the button is pressed?"
LATE = 0.04
"""Seconds by which the planted mute comes too late: half of what the listener reads at a time."""
CONTROL_PRESSES = 40
"""Presses at most until a planted defect shows; mostly it takes two or three."""

AFTER_OPENING = (
    Moment("unmuted for less than its ring buffer", None, 0.15, RING - 0.1),
    Moment("at the edge of the ring buffer", None, RING - 0.05, RING + 0.05),
)
"""What the memory for the last seconds of sound might get wrong: muted again before it is full, or just when it is."""

_SCENES = Path(demo).parent / "scenes"
_UNIT = f"""\
pause 3
play {_SCENES / "alexa-1.flac"}
say "what time is it" voice=en-us+f3
pause 2.6
"""
_NOTES = (
    "Times are those of the room; microphone and ring are the ones that record. On a board: keepmum doctor --selftest.",
    "A share of 0 has an upper limit: with so many presses, chance alone could have hidden that much.",
)


def measure(cycles: int = 100, seed: int = 7, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Result:
    """Press `cycles` times, then plant each defect and press until it shows. Raises KeepmumError if nothing starts."""
    with silence(), hand_on(Random(seed), 3 * (cycles + 2 * CONTROL_PRESSES)) as hand:
        for done in range(cycles):
            hand.play(1)
            progress(done + 1, cycles)
        found = figures(hand)
        controls = (_late_mute(hand), _lying_ring(hand))
    return Result("mute", QUESTION, seed, found, controls, _NOTES)


# ---- what is told


def figures(hand: Hand) -> tuple[Figure, ...]:
    """All that can be counted of what a hand has done and seen."""
    after = list(hand.after())
    cases = dict.fromkeys(moment.case for moment in hand.moments)
    mine = {case: [each for each in after if each.press.case == case] for case in cases}
    begun = hand.pressed[0].at if hand.pressed else hand.room.now()
    lied, hidden = lies(hand.microphone.history, hand.ring.history, begun, hand.room.now())
    held = sum("holds something" in wrong for wrong in hand.wrong)
    everything = "all presses"
    return (
        *(_leaks(case, presses) for case, presses in mine.items() if presses),
        _leaks(everything, after),
        Figure(everything, "frames read after the press", sum(each.frames for each in after), "samples", most=0),
        Figure(everything, "places in which sound was left", held, most=0),
        *spread(everything, "press to the last sample", [_last(each) for each in after], "s", most=0),
        share(everything, "red while the microphone was open", min(hand.false_reds, len(after)), len(after), most=0),
        Figure(everything, "red while the microphone was open", lied, "s", most=0),
        Figure(everything, "closed, and the ring did not say so", hidden, "s"),
    )


def _leaks(case: str, presses: Sequence[After]) -> Figure:
    leaks = sum(bool(each.frames) or _last(each) > 0 for each in presses)
    return share(case, "presses after which it listened on", leaks, len(presses), most=0)


def _last(after: After) -> float:
    """A stream that nobody closed went on for ever."""
    return float("inf") if after.closed is None else after.closed


def lies(
    heard: Iterable[tuple[float, str]], shown: Iterable[tuple[float, Look]], begun: float, until: float
) -> tuple[float, float]:
    """Seconds for which the ring was red while the microphone was open, and those for which it was closed and not red.

    From the histories of the two alone, between two moments of the room.
    """
    turns = [(at, 0, what != "close") for at, what in heard]
    turns += [(at, 1, replace(look, bearing=None) == MUTED) for at, look in shown]
    state, before, lied, hidden = [False, False], begun, 0.0, 0.0
    # Several things happen in one moment: each history keeps its order in it.
    for at, which, value in [*sorted(turns, key=lambda turn: turn[0]), (until, 0, False)]:
        seconds = max(0.0, min(at, until) - before)
        lied += seconds * (state[0] and state[1])
        hidden += seconds * (not state[0] and not state[1])
        before += seconds
        state[which] = value
    return lied, hidden


# ---- controls


def _late_mute(hand: Hand) -> Control:
    hand.pressed.clear()
    with late_mute(hand):
        hand.play(CONTROL_PRESSES, lambda: any(each.frames for each in hand.after()))
    after = list(hand.after())
    frames, worst = sum(each.frames for each in after), max(map(_last, after), default=0.0)
    by = f"{frames} samples read, {worst * 1000:.0f} ms after the press ({len(after)} presses)"
    return Control(f"a mute that comes {LATE * 1000:.0f} ms late", frames > 0 and worst > 0, by)


def _lying_ring(hand: Hand) -> Control:
    before, pressed = hand.false_reds, len(hand.pressed)
    with lying_ring():
        hand.play(CONTROL_PRESSES, lambda: hand.false_reds > before)
    reds, presses = hand.false_reds - before, len(hand.pressed) - pressed
    return Control("a ring that is red while it thinks", reds > 0, f"{reds} false reds ({presses} presses)")


@contextmanager
def late_mute(hand: Hand, seconds: float = LATE) -> Iterator[None]:
    """Planted: whoever closes the microphone does it so much later."""
    capture, room = hand.capture, hand.room
    close, ready_in, read = capture.close, capture.ready_in, capture.read
    due: list[float] = []

    def slam() -> None:
        capture._presses.append(None)
        due.append(room.now() + seconds)

    def look() -> None:
        # The room counts nanoseconds: what is closer than that never comes.
        if due and room.now() >= due[0] - 1e-6:
            due.clear()
            close()

    def later() -> None:
        look()
        if not due:
            close()

    def ready() -> float:
        look()
        return min([ready_in(), *(at - room.now() for at in due)])

    def reads() -> bytes | None:
        look()
        return read()

    planted = {"slam": slam, "close": later, "ready_in": ready, "read": reads}
    for name, defect in planted.items():
        setattr(capture, name, defect)
    try:
        yield
    finally:
        for name in planted:
            delattr(capture, name)


@contextmanager
def lying_ring() -> Iterator[None]:
    """Planted: red for privacy's sake, whenever the speaker thinks."""
    honest = vars(light)["ladder"]

    def red(now: Shown) -> object:
        return MUTED if now.ear is Ear.THINKING else look(now)

    setattr(light, "ladder", red)  # noqa: B010  mypy knows what it is
    try:
        yield
    finally:
        setattr(light, "ladder", honest)  # noqa: B010


# ---- the speaker


@contextmanager
def hand_on(some: Random, units: int) -> Iterator[Hand]:
    """A whole listener with its real engines, in a room with one long scene, and the real skills beside it."""
    with ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="km-")))
        settings = _settings(folder, units)
        listener = Listener(config.load(settings))
        undo.callback(listener.close)
        command = [sys.executable, "-m", "keepmum.skills", "--config", str(settings)]
        undo.callback(machine.end, subprocess.Popen(command, stderr=subprocess.DEVNULL))
        listener.start()
        # Each moment as often as the others: a rare one is no less private.
        hand = Hand(listener, some, tuple(dict.fromkeys((*MOMENTS, *AFTER_OPENING))))
        while hand.loop.ear is Ear.MUTED:
            listener.turn()
        yield hand


def _settings(folder: Path, units: int) -> Path:
    """The owner's file, and the scene: somebody asks for the time, over and over, while a television murmurs."""
    noise = f"noise {_SCENES / 'television.opus'} gain=-45\n"
    (folder / "scene.txt").write_text("await peer role=skills\nhold 1\n" + noise + _UNIT * units)
    told = {
        "hardware": {
            "scene": str(folder / "scene.txt"),
            "fast": True,
            "microphone": {"driver": "wav"},
            "button": {"driver": "scripted"},
            "ring": {"driver": "recorder"},
            "speaker": {"driver": "wav", "file": str(folder / "replies.wav")},
        },
        "wake": {"storm": 0},
        "folders": {name: str(folder / name) for name in ("run", "state", "outbox")},
    }
    file = folder / "keepmum.yaml"
    file.write_text(yaml.safe_dump(told))
    return file
