"""The part of the self-test that needs a hand: a hold opens a muted microphone, and nothing shorter does.

What counts as a hold is decided by the privacy core itself, fed as the listener feeds it.
"""

from __future__ import annotations

from keepmum import privacy
from keepmum.doctor.selftest.level import Level
from keepmum.doctor.selftest.outcome import Outcome, failed, passed
from keepmum.doctor.selftest.stage import STEP, Stage
from keepmum.errors import ButtonError, MicrophoneError
from keepmum.listener.look import ALARM, CLOSING, MUTED, WAITING
from keepmum.privacy import State, events
from keepmum.privacy.state import UNMUTE_HOLD

PATIENCE = 20.0
"""Seconds for a person to hold the button."""
_LET_GO = 2.0
"""Seconds for a button that is down at the beginning to come up."""
_COUNT = 5.0
"""Seconds between two lines that count down."""
_SOUND = 2.0


def hold(stage: Stage) -> Outcome:
    """Muted, until the button was held for as long as the privacy core asks."""
    try:
        if not stage.until(lambda: _is_up(stage), _LET_GO):
            return failed("hold", "the button is down before anybody was asked", _stuck(stage))
        return _opened(stage) if _held(stage) else _nobody()
    except ButtonError as error:
        return failed("hold", error.what, error.hint)


def _is_up(stage: Stage) -> bool:
    # A switch may well be down at first: down is muted, and putting it up is what is asked for.
    return stage.settings.button.kind == "switch" or not stage.hardware.button.is_down()


def _stuck(stage: Stage) -> str:
    return f"it is stuck, or wired the other way: hardware.button.pull_up is {stage.settings.button.pull_up}"


def _nobody() -> Outcome:
    hint = f"hold it for a second; if you did, look at its cable and at hardware.button (it takes {UNMUTE_HOLD:g} s)"
    return failed("hold", f"no hold was seen within {PATIENCE:.0f} seconds", hint)


def _held(stage: Stage) -> bool:
    """Whether a hand unmutes in time."""
    switch = stage.settings.button.kind == "switch"
    stage.tell(
        "Put the switch to mute for a second, then to where it listens."
        if switch
        else "Hold the button now, for about a second."
    )
    stage.show(ALARM if stage.capture.objections() else MUTED)
    state, down = State(), stage.hardware.button.is_down()
    if switch and down:
        state, _ = privacy.step(state, events.Switched(stage.now(), stage.hardware.clock.wall(), muted=True))
    end, count = stage.now() + PATIENCE, stage.now() + _COUNT
    while state.mutes and stage.now() < end:
        if stage.now() >= count:
            count += _COUNT
            stage.tell(f"{end - stage.now():.0f} seconds left.")
        stage.pass_time(STEP)
        before, down = down, stage.hardware.button.is_down()
        state, _ = privacy.step(state, _event(stage, before, down, switch))
        if before and not down and state.mutes and not switch:
            stage.tell("That was too short to unmute, as it should be. Hold it longer.")
    return not state.mutes


def _event(stage: Stage, before: bool, down: bool, switch: bool) -> events.Event:
    now, wall = stage.now(), stage.hardware.clock.wall()
    if before == down:
        return events.Ticked(now, wall)
    if switch:
        return events.Switched(now, wall, down)
    return events.Pressed(now, wall) if down else events.Released(now, wall)


def _opened(stage: Stage) -> Outcome:
    """The hold opens the microphone, sound comes, and it is closed again."""
    stage.show(WAITING)
    level = Level()
    try:
        stage.capture.open()
        sound = stage.until(lambda: _comes(stage, level), _SOUND)
    except MicrophoneError as error:
        return failed("hold", f"the hold was seen, but {error.what}", error.hint)
    finally:
        stage.capture.close()
        stage.show(CLOSING)
    if not sound:
        return failed("hold", "the hold was seen, and no sound came afterwards", "`keepmum doctor` says more")
    return passed("hold", "a hold was seen, the microphone opened, sound came, and it was closed again")


def _comes(stage: Stage, level: Level) -> bool:
    while (block := stage.capture.read()) is not None:
        level.hear(block)
    return level.samples > 0
