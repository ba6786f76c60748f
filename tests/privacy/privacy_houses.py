"""The small houses: alphabets whose worlds can all be seen. Together they hold every event, and two of whatever can be
two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from privacy_house import House
from privacy_place import SOON

from keepmum.consent import DAY, LONGEST_CONSENT, Flow, Kind, Purpose, Rung, Terms
from keepmum.privacy import Fault, Owner, events
from keepmum.privacy.state import (
    AGREE_HOLD,
    ASKING_LASTS,
    DELETION_TERM,
    FIRST_WAIT,
    GUEST_LASTS,
    HOUR,
    PROPOSAL_LASTS,
    TAP_GAP,
    UNMUTE_HOLD,
)

LATER = SOON + LONGEST_CONSENT
"""What was agreed or wanted at the first moment is over at this one."""


class Said(Terms):
    """Terms that are themselves and nothing else, which makes them quick to compare."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def said(purpose: Purpose, rung: Rung, recipient: str = "desk", *, asks: bool = False, **other: Any) -> Terms:
    """What can be agreed to; kept for two days by whoever gets it."""
    kept = 0.0 if recipient == "broker" else 2 * DAY
    return Said(
        purpose, rung, asks, recipient=recipient, **{"microphone": "mic", "notice": "n", "retention": kept, **other}
    )


VOICE = said(Purpose.ASR_IMPROVEMENT, Rung.VOICE)
NOTICED = said(Purpose.ASR_IMPROVEMENT, Rung.VOICE, notice="another")
ASKED = said(Purpose.ASR_IMPROVEMENT, Rung.VOICE, asks=True)
WORDS = said(Purpose.ASR_IMPROVEMENT, Rung.TEXT)
SCARCE = said(Purpose.ASR_IMPROVEMENT, Rung.VOICE, quota=1)
COMMANDS = said(Purpose.COMMANDS, Rung.TEXT, "broker")
ABOUT = said(Purpose.STATUS, Rung.METRICS, "broker", microphone="")

CLIP = Flow(Kind.CLIP, "asr-improvement", "desk", 3.0, True, False, Rung.VOICE, "mic")
TEXT = replace(CLIP, rung=Rung.TEXT)
ACTION = Flow(Kind.ACTION, "commands", "broker", 0.0, True, True, Rung.TEXT, "mic")
STATUS = Flow(Kind.STATUS, "status", "broker", 0.0, True, True, Rung.METRICS)

NEVER = tuple(
    (name, flow, None, 0.0)
    for name, flow in {
        "unconfirmed": replace(CLIP, confirmed=False),
        "misdirected": replace(CLIP, recipient="elsewhere"),
        "made-up": replace(CLIP, purpose="advertising"),
        "disguised": replace(CLIP, purpose="commands", recipient="broker", rung=Rung.TEXT, approved=True),
        "another rung": TEXT,
        "another microphone": replace(CLIP, microphone="another"),
        "too long": replace(CLIP, seconds=20.1),
        "bleeped": replace(CLIP, bleeped=0.41),
        "as status": replace(CLIP, kind=Kind.STATUS),
    }.items()
)
"""What no consent in these houses covers: unconfirmed, to somebody else, for a made-up purpose, as if a command, of
another rung or microphone, too long, too much of it bleeped, or as if it were about the speaker."""

_CLIP = ("clip", CLIP, None, 0.0)
_OTHER = ("other", CLIP, None, 0.0)
_ERRAND = ("errand", ACTION, SOON + 30.0, 0.0)
_TELL = ("tell", STATUS, None, 0.0)
_DESK, _DESK_AGAIN, _NOTICED = ("c1", VOICE), ("c2", VOICE), ("c2", NOTICED)
_BROKER, _HOME, _ASKED, _SCARCE = ("c3", COMMANDS), ("c4", ABOUT), ("c5", ASKED), ("c6", SCARCE)
_MISHAPS = (events.UplinkGone, events.LedgerLost)
_MICROPHONE = (events.Broken, events.Retried, events.Sounded)
_PROOF = (partial(events.Broken, fault=Fault.PROOF), events.Proved)
_HOLDS = (0.0, UNMUTE_HOLD, AGREE_HOLD)
_UNMUTE = (0.0, UNMUTE_HOLD)

THE_LATCH: Mapping[str, House] = {
    "the button": House((Owner.BUTTON, Owner.PANEL), _HOLDS, mishaps=(events.Broken, events.Retried), bounces=True),
    "everybody": House(
        (Owner.MQTT,),
        (0.0, UNMUTE_HOLD, AGREE_HOLD, GUEST_LASTS),
        mishaps=(events.Broken, events.Retried),
        lasting=(("guest", Owner.PANEL, None), ("mute", Owner.QUIET, HOUR)),
    ),
    "a switch": House((Owner.BUTTON, Owner.VOICE), _HOLDS, switch=True, lasting=(("guest", Owner.PANEL, None),)),
    "a guest": House((Owner.VOICE,), (*_HOLDS, 5 * HOUR), bounces=True, lasting=(("guest", Owner.PANEL, None),)),
    "quiet hours": House(
        (Owner.QUIET,),
        (0.0, UNMUTE_HOLD, 0.75 * HOUR),
        (SOON, LATER),
        lasting=(("mute", Owner.QUIET, 1.25 * HOUR), ("mute", Owner.QUIET, 1.75 * HOUR), ("mute", Owner.STORM, HOUR)),
    ),
    "faults and proofs": House(
        (Owner.PANEL,), _UNMUTE, mishaps=(*_MICROPHONE, *_PROOF), lasting=(("guest", Owner.VOICE, None),)
    ),
}
"""Who holds the microphone closed, and how each goes."""

AGREEING: Mapping[str, House] = {
    "a proposal": House(
        pauses=(*_HOLDS, PROPOSAL_LASTS), proposals=(_DESK, _BROKER), wants=("withdraw", "louder"), bounces=True
    ),
    "a receipt": House(pauses=(0.0, AGREE_HOLD), proposals=(_DESK,), mishaps=(events.Broken,), fails=True),
    "a consent given again": House(
        pauses=(0.0, AGREE_HOLD),
        walls=(SOON, LATER),
        proposals=(_DESK_AGAIN,),
        given=(_DESK,),
        flows=(_CLIP,),
        wants=("withdraw",),
        owners=(),
        uplink=False,
    ),
    "other terms": House(
        pauses=(0.0, AGREE_HOLD),
        proposals=(_DESK,),
        given=(_ASKED,),
        flows=(_CLIP,),
        wants=(),
        owners=(),
        room=True,
        uplink=False,
    ),
    "a lost receipt": House(
        pauses=(0.0, AGREE_HOLD),
        proposals=(_BROKER,),
        given=(_DESK,),
        offers=(frozenset({VOICE, COMMANDS}), frozenset({NOTICED, COMMANDS})),
        flows=(_CLIP,),
        wants=(),
        owners=(),
        loses=True,
        uplink=False,
    ),
    "three presses": House(pauses=_UNMUTE, given=(_DESK,), flows=(_CLIP,), wants=(), owners=(), taps=True),
    "a contact that bounces": House(
        pauses=(0.0, UNMUTE_HOLD, TAP_GAP + UNMUTE_HOLD), given=(_DESK,), wants=(), owners=(), taps=True, bounces=True
    ),
    "a question": House(
        pauses=(0.0, AGREE_HOLD, PROPOSAL_LASTS),
        given=(_ASKED,),
        flows=(_CLIP,),
        wants=("forget", "withdraw"),
        mishaps=(events.Broken,),
        room=True,
        uplink=False,
    ),
    "two questions": House(
        pauses=(0.0, PROPOSAL_LASTS, ASKING_LASTS),
        given=(_ASKED,),
        flows=(_CLIP, ("other", replace(CLIP, approved=True), None, 0.0)),
        wants=("local", "forget_last"),
        owners=(),
        hand=False,
        room=True,
        uplink=False,
    ),
}
"""What somebody says yes to, and how."""

LEAVING: Mapping[str, House] = {
    "a clip and an errand": House(
        given=(_DESK, _BROKER),
        flows=(_CLIP, _ERRAND),
        wants=("forget",),
        mishaps=(events.UplinkGone,),
        hand=False,
        owners=(),
    ),
    "an errand too late": House(
        walls=(SOON, SOON + 30.0), given=(_BROKER,), flows=(_ERRAND,), hand=False, owners=(), fails=True
    ),
    "a faulty microphone": House(
        given=(_DESK,),
        flows=(_CLIP,),
        mishaps=(events.UplinkGone, events.Broken, events.Retried),
        hand=False,
        owners=(),
        fails=True,
    ),
    "what nothing covers": House(given=(_DESK, _BROKER, _HOME), flows=NEVER, mishaps=_MISHAPS, hand=False),
    "two rungs": House(
        given=(("c1", WORDS), _BROKER),
        offers=(frozenset({WORDS, COMMANDS}), frozenset({VOICE, COMMANDS})),
        flows=(_CLIP, ("words", TEXT, None, 0.0)),
        hand=False,
        owners=(),
        wants=("withdraw",),
    ),
    "a quota": House(
        walls=(SOON, SOON + DAY),
        given=(_SCARCE,),
        flows=(_CLIP, _OTHER),
        hand=False,
        owners=(),
        wants=(),
        uplink=False,
    ),
    "a window": House(
        walls=(SOON, SOON + FIRST_WAIT),
        given=(_DESK,),
        flows=(("clip", CLIP, None, SOON + FIRST_WAIT),),
        hand=False,
        owners=(),
        wants=("forget",),
        mishaps=(events.UplinkGone,),
    ),
    "a deletion": House(
        walls=(SOON, SOON + DELETION_TERM, SOON + 2 * DAY),
        given=(_DESK,),
        flows=(_CLIP,),
        wants=("withdraw", "forget_today"),
        owners=(),
        hand=False,
        deletes=True,
        fails=True,
    ),
    "a deletion in the quiet": House(
        pauses=_UNMUTE, given=(_DESK,), flows=(_CLIP,), wants=("local", "withdraw", "forget"), deletes=True
    ),
    "what the speaker tells": House(
        pauses=_UNMUTE,
        given=(_HOME,),
        flows=(_TELL,),
        wants=("local", "withdraw"),
        mishaps=(*_MISHAPS, events.Broken),
        deletes=True,
    ),
}
"""What leaves, and what becomes of it."""

HOUSES: Mapping[str, House] = {**THE_LATCH, **AGREEING, **LEAVING}

RELIABILITY = (
    "an errand too late",
    "a faulty microphone",
    "two rungs",
    "a quota",
    "a window",
    "a deletion in the quiet",
)
"""The search that is quick enough to be run before every change: some thousands of worlds in a few seconds."""
