"""A speaker that is to be killed: every part of the listener but the engines, brought into a state and left there.

The program waits for lines `<folder> <state>`, and forks a speaker for each: the speaker brings itself into that state,
says in one line of JSON how it is, and waits for its end. Without a state it only starts. `churn` never stops changing.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import soundfile
from listener_house import START, House, desk, quieter
from listener_household import Household

from keepmum.consent import Mode, Rung
from keepmum.hardware.scenes.scene import Scene
from keepmum.listener import latch
from keepmum.listener.ear import Ear
from keepmum.privacy import Fault, Owner, State, events
from keepmum.privacy.events import Cause
from keepmum.sound import RATE

Reach = Callable[[Household], object]

EVERYBODY = [owner for owner in Owner if owner not in (Owner.QUIET, Owner.FAULT)]
UNSAVED = "muted, and the planted keeper writes nothing down"
UNSEEN = "a press that nobody has seen yet"
FINGER = "a start under a finger"


def wish(*owners: Owner) -> Reach:
    """Whoever asks for quiet, one after the other."""
    return lambda ours: [quieter(ours.home, "guest" if owner is Owner.GUEST else "mute", owner) for owner in owners]


def quiet_hours(ours: Household) -> None:
    moment = ours.home.keeper.moment()
    ours.home.keeper.tell(events.Quieter(*moment, "mute", Owner.QUIET, Cause.QUIET_HOURS, 5_000.0))


def finger(ours: Household) -> None:
    """The button goes down, and somebody looks."""
    ours.home.room._turn(True)
    ours.loop.turn()


def hold(ours: Household, seconds: float) -> None:
    """Somebody holds the button, and has not let go."""
    finger(ours)
    ours.home.run(seconds)


def press(ours: Household) -> None:
    finger(ours)
    ours.home.room._turn(False)
    ours.loop.turn()


def muted_then(after: Reach) -> Reach:
    def reach(ours: Household) -> None:
        wish(Owner.PANEL)(ours)
        after(ours)

    return reach


def unproved(ours: Household) -> None:
    """Muted, and something says that it is still open."""
    ours.home.power.stuck = True
    wish(Owner.VOICE)(ours)
    ours.home.turn_until(lambda: Fault.PROOF in ours.home.keeper.state.faults)


def proposed(ours: Household) -> None:
    moment = ours.home.keeper.moment()
    ours.home.keeper.tell(events.Proposed(*moment, "e" * 32, "commands", Rung.TEXT))


STATES: Mapping[str, Reach] = {
    "at rest": lambda ours: None,
    "muted by the button": press,
    "muted by voice": wish(Owner.VOICE),
    "muted by the panel": wish(Owner.PANEL),
    "muted by mqtt": wish(Owner.MQTT),
    "muted by a storm": wish(Owner.STORM),
    "muted for a guest": wish(Owner.GUEST),
    "muted in quiet hours": quiet_hours,
    "muted by everybody": lambda ours: [quiet_hours(ours), wish(*EVERYBODY)(ours)],
    "a faulty microphone": lambda ours: ours.reach(Ear.FAULT),
    "a faulty microphone, and muted": lambda ours: [ours.reach(Ear.FAULT), wish(Owner.PANEL)(ours)],
    "a proof that failed": unproved,
    "in mid-press": lambda ours: hold(ours, 0.4),
    "in mid-hold": muted_then(lambda ours: hold(ours, 0.5)),
    "a hold that opened": muted_then(lambda ours: hold(ours, 0.9)),
    "a hold that agrees": lambda ours: [proposed(ours), hold(ours, 2.5)],
    "agreed": lambda ours: [proposed(ours), hold(ours, 3.2)],
    "a proposal": proposed,
    "confirming": lambda ours: ours.reach(Ear.CONFIRMING),
    "hearing": lambda ours: ours.reach(Ear.HEARING),
    "thinking": lambda ours: ours.reach(Ear.THINKING),
    "during a reply": lambda ours: ours.reach(Ear.SPEAKING),
}
"""How to get there, from a speaker that listens."""


def report(ours: Household) -> dict[str, Any]:
    """How the speaker is, for whoever kills it."""
    state, now = ours.home.keeper.state, ours.home.room.now()
    return {
        "process": os.getpid(),
        "owners": sorted(state.mutes),
        "left": {each.owner: each.until - now for each in state.lasting},
        "mode": state.mode.name,
        "consents": [consent.id for consent in state.consents],
        "ear": ours.loop.ear,
        "open": ours.home.capture.is_open,
        "ring": ours.home.ring.look.meaning,
    }


def say(told: Mapping[str, Any]) -> None:
    print(json.dumps(told), flush=True)


def churn(ours: Household, folder: Path) -> None:
    """Mute and open for ever; each mute is reported once it is done, each opening before it is begun."""
    some = random.Random(folder.name)
    while True:
        done: list[Owner] = []
        for owner in some.sample(EVERYBODY, 4):
            wish(owner)(ours)
            done.append(owner)
            say({**report(ours), "done": done})
        say({**report(ours), "done": []})
        hold(ours, 3.2)
        ours.home.room._turn(False)
        ours.loop.turn()


def speaker(folder: Path, state: str) -> None:
    """Start in this folder, with whatever the last one left there; get into the state, say so, and wait."""
    if not (folder / "privacy.json").exists():
        latch.write(folder / "privacy.json", State(mutes=frozenset(), mode=Mode.LOCAL, wall=START), 0.0)
        soundfile.write(folder / "hum.wav", np.full(RATE, 1_234, "<i2"), RATE)
        (folder / "scene.txt").write_text("noise hum.wav\npause 86400\n")
    house = House(folder, Scene.load(folder / "scene.txt"), desk().card, 10**6, False)
    house.room.button_is_down = state == FINGER
    ours = Household(house)
    if state == "churn":
        churn(ours, folder)
    if state == UNSAVED:
        ours.home.keeper._deeds.save = lambda _state: None
        wish(Owner.VOICE)(ours)
    if state == UNSEEN:
        house.room._turn(True)
    if state in STATES:
        ours.loop.turn()
        STATES[state](ours)
    say(report(ours))
    signal.pause()


def main() -> None:
    """One process for each line, so that what is imported is imported once."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    for line in sys.stdin:
        folder, _, state = line.rstrip("\n").partition(" ")
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                speaker(Path(folder), state)
            finally:
                os._exit(1)


if __name__ == "__main__":
    main()
