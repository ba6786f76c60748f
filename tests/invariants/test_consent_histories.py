"""I1, I5, I9, I10, I18, I22, I23: what left is compared with what a witness saw being agreed to."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, field, replace
from itertools import count

import pytest
from invariants_room import (
    ASKED,
    BROKER,
    DESK,
    HISTORIES,
    HOME,
    MICROPHONE,
    OFFERED,
    OTHER_DESK,
    OTHER_MICROPHONE,
    STATUS,
    TEXT,
    VOICE,
    Room,
    agreed,
    flow,
    terms,
)

from keepmum.consent import DAY, LONGEST_CLIP, LONGEST_CONSENT, MOST_A_DAY, Kind, Mode, Purpose, Rung, Terms
from keepmum.consent import decide as shipped
from keepmum.privacy import Owner, effects, events

CLIPS = (VOICE, TEXT, ASKED)
QUIET = ("local", "withdraw", "mute", "guest", "forget", "forget_today", "forget_last")


@dataclass
class Witness:
    """Knows which hand held the button for what and when it ended, and believes no core."""

    live: dict[Purpose, tuple[Terms, float]] = field(default_factory=dict)
    """By purpose: the terms, and the Unix time from which on they cover nothing."""

    def covers(self, purpose: str, rung: Rung, recipient: str, microphone: str, wall: float) -> bool:
        for what, until in self.live.values():
            mine = (what.purpose.value, what.rung, what.recipient, what.microphone)
            if mine == (purpose, rung, recipient, microphone) and wall < until:
                return True
        return False


def history(seed: int) -> tuple[int, list[str]]:
    """How many things left in one random history, and every one of them that nobody had agreed to."""
    chance, room, witness, numbers = random.Random(seed), Room(), Witness(), count()
    wrong: list[str] = []
    left = 0
    for _ in range(40):
        done = _anything(chance, room, witness, f"{next(numbers):032x}")
        for each in done:
            if isinstance(each, effects.HandOver):
                left += 1
                what = each.boxed.flow
                if not witness.covers(what.purpose, what.rung, what.recipient, what.microphone, room.state.wall):
                    wrong.append(f"{seed}: {what}")
    return left, wrong


def _anything(chance: random.Random, room: Room, witness: Witness, number: str) -> list[effects.Effect]:
    before = len(room.done)
    match chance.choice(("grant", "grant", "want", "want", "want", "want", "quieter", "time", "boot", "hand", "lift")):
        case "grant":
            what = chance.choice((VOICE, TEXT, ASKED, HOME, STATUS))
            free = not room.state.mutes and room.state.ledger
            room.grant(what, number)
            if free:
                witness.live[what.purpose] = (what, room.state.wall + min(what.lasts, LONGEST_CONSENT))
        case "want":
            room.happens(events.UplinkReady)
            room.want(number, _wanted(chance))
        case "quieter":
            want = chance.choice(QUIET)
            if want == "withdraw":
                witness.live.clear()
            room.happens(events.Quieter, want, chance.choice((Owner.PANEL, Owner.MQTT, Owner.VOICE)), since=room.wall)
        case "time":
            room.later(chance.choice((1.0, 600.0, 5 * DAY, 91 * DAY)))
        case "boot":
            changed = chance.random() < 0.3
            offered = frozenset() if changed else OFFERED
            if changed:
                witness.live.clear()
            ids = frozenset(each.id for each in room.state.consents)
            room.happens(events.Booted, room.state.box, offered, ids, room.state.outside, room.state.spent)
            if changed:
                room.happens(events.Booted, (), OFFERED, ids)
        case "hand":
            room.happens(events.UplinkReady)
            if room.state.handed:
                room.happens(events.Failed, room.state.handed, "no", chance.random() < 0.3)
        case _:
            room.happens(events.Pressed)
            room.later(chance.choice((0.1, 0.8, 3.1)))
            room.happens(events.Released)
            room.later(2.0)
    return room.done[before:]


def _wanted(chance: random.Random) -> object:
    what = chance.choice((*CLIPS, HOME, STATUS))
    kinds = {Purpose.COMMANDS: Kind.ACTION, Purpose.STATUS: Kind.STATUS}
    mine = flow(what, kinds.get(what.purpose, Kind.CLIP), approved=what.purpose in kinds or chance.random() < 0.3)
    match chance.randrange(8):
        case 0:
            return replace(mine, recipient=OTHER_DESK)
        case 1:
            return replace(mine, microphone=OTHER_MICROPHONE)
        case 2:
            return replace(mine, confirmed=False)
        case 3:
            return replace(mine, purpose="advertising")
        case _:
            return mine


def test_i01_without_a_live_receipt_nothing_leaves() -> None:
    """Over thousands of histories of grants, withdrawals, expiries, changes and faults, whatever left was covered."""
    outcomes = [history(seed) for seed in range(HISTORIES)]
    assert [line for _, wrong in outcomes for line in wrong] == []
    # And things did leave: nothing holds here only because nothing happens.
    assert sum(left for left, _ in outcomes) > HISTORIES // 4


@pytest.mark.parametrize("deaf", ["consents", "mode", "recipient"])
def test_i01_a_planted_core_that_ignores_it_is_caught(monkeypatch: pytest.MonkeyPatch, deaf: str) -> None:
    """A decision that looks at an old household, at no mode or at no recipient shows up within three hundred."""
    remembered: dict[str, object] = {}

    def cached(household, wanted, now):  # type: ignore[no-untyped-def]
        if deaf == "recipient":
            return shipped(household, replace(wanted, recipient=DESK if wanted.kind is Kind.CLIP else BROKER), now)
        if deaf == "mode":
            return shipped(replace(household, mode=Mode.SHARE), replace(wanted, microphone=MICROPHONE), now)
        if household.consents:
            remembered["then"] = household.consents
        return shipped(replace(household, consents=remembered.get("then", ()), mode=Mode.SHARE), wanted, now)

    # Inside the package, the name `step` is the function.
    for module in ("parcels", "asking", "step"):
        monkeypatch.setattr(sys.modules[f"keepmum.privacy.{module}"], "decide", cached)
    assert [line for seed in range(300) for line in history(seed)[1]]


def test_i05_a_withdrawal_empties_the_queue_and_wants_everything_back() -> None:
    """In the same step: nothing waits, what is half outside is called back, and every clip that left is demanded."""
    room = agreed(VOICE)
    for name in ("1" * 32, "2" * 32, "3" * 32):
        room.want(name, flow(VOICE))
    room.happens(events.UplinkReady)
    assert room.state.handed == "1" * 32
    todo = room.happens(events.Quieter, "withdraw", Owner.MQTT)
    assert room.state.box == ()
    assert any(isinstance(each, effects.StopUplink) for each in todo)
    room.happens(events.UplinkReady)
    assert (room.demanded, [each.id for each in room.left]) == (["1" * 32], ["1" * 32])


def test_i09_a_clip_is_short_and_a_day_has_a_quota() -> None:
    """No clip of more than 20 s, and never more than sixty in a day, whatever was agreed: so not in an hour either."""
    room = agreed(terms(quota=MOST_A_DAY))
    room.state = replace(room.state, offered=frozenset({terms(quota=MOST_A_DAY)}))
    room.want("f" * 32, flow(VOICE, seconds=LONGEST_CLIP + 0.01))
    assert room.rows("refusal")[-1]["reason"] == "too_long"
    for number in range(MOST_A_DAY + 5):
        room.want(f"{number:032x}", flow(VOICE))
    assert len(room.rows("release")) == MOST_A_DAY
    assert room.rows("refusal")[-1]["reason"] == "quota_used"
    room.later(DAY)
    room.want("e" * 32, flow(VOICE))
    assert len(room.rows("release")) == MOST_A_DAY + 1


@pytest.mark.parametrize(
    "changed",
    [
        {"recipient": OTHER_DESK},
        {"notice": "b" * 64},
        {"retention": 31 * DAY},
        {"purpose": Purpose.WAKE_TUNING},
        {"rung": Rung.DISGUISED},
        {"microphone": OTHER_MICROPHONE},
        {"storage": "elsewhere"},
        {"reviews": 4},
        {"contact": "somebody else"},
    ],
)
def test_i10_any_change_of_what_was_agreed_to_stops_it(changed: dict[str, object]) -> None:
    """A start with other terms ends the consent, erases what waits under it, and says so in a row."""
    room = agreed(VOICE)
    room.want("1" * 32, flow(VOICE))
    mine = room.state.consents[0].id
    other = frozenset({replace(VOICE, **changed)})  # type: ignore[arg-type]
    room.happens(events.Booted, room.state.box, other, frozenset({mine}))
    assert (room.state.consents, room.state.box) == ((), ())
    assert room.rows("consent")[-1] == {
        "purpose": "research",
        "rung": "voice",
        "consent": mine,
        "state": "invalidated",
        "reason": "terms_changed",
    }
    room.want("2" * 32, flow(VOICE))
    assert room.rows("refusal")[-1]["reason"] in {"no_consent", "local_mode"}


@pytest.mark.parametrize("jump", [-400 * DAY, -DAY, -1.0, DAY, 400 * DAY])
def test_i18_a_clock_that_jumps_extends_nothing(jump: float) -> None:
    """Neither a consent nor a retention lasts longer on the forward-only clock than it was agreed to."""
    room = agreed(VOICE)
    room.want("1" * 32, flow(VOICE))
    room.happens(events.UplinkReady)
    until = room.state.outside[0].until
    room.wall += jump
    room.later(0.0)
    room.wall = max(room.wall, room.state.wall)  # the keeper goes on from the latest moment that it saw
    room.later(91 * DAY)
    assert room.state.consents == ()
    assert all(each.until <= until for each in room.state.outside)
    room.want("2" * 32, flow(VOICE))
    assert len(room.rows("release")) == 1


def test_i22_a_group_of_speakers_never_widens_a_consent() -> None:
    """What was agreed to for one microphone covers no other, however many stand in the same house."""
    room = agreed(VOICE)
    room.want("1" * 32, flow(VOICE, microphone=OTHER_MICROPHONE))
    assert (room.left, room.rows("refusal")[-1]["reason"]) == ([], "other_microphone")


@pytest.mark.parametrize("unknown", ["advertising", "", "RESEARCH", "commands ", "research\x00"])
def test_i23_an_unknown_purpose_fails_closed(unknown: str) -> None:
    """Proposed or wanted, it comes to nothing."""
    room = agreed(VOICE)
    room.happens(events.Proposed, "9" * 32, unknown, Rung.VOICE, False)
    room.want("1" * 32, flow(VOICE, purpose=unknown))
    assert (room.state.proposal, room.rows("release")) == (None, [])
    assert room.rows("refusal")[-1]["reason"] == "unknown_purpose"


@pytest.mark.parametrize(("purpose", "rung"), [("diagnostics", Rung.VOICE), ("wake-tuning", Rung.TEXT)])
def test_i23_a_rung_that_a_purpose_does_not_need_fails_closed(purpose: str, rung: Rung) -> None:
    """Nobody can agree to it, and it cannot leave."""
    room = agreed(VOICE)
    room.happens(events.Proposed, "9" * 32, purpose, rung, False)
    room.want("1" * 32, flow(VOICE, purpose=purpose, rung=rung))
    assert (room.state.proposal, room.rows("release")) == (None, [])
    assert room.rows("refusal")[-1]["reason"] == "unknown_rung"


NUMBERS = terms(Purpose.DIAGNOSTICS, Rung.METRICS)


def test_i01_a_small_agreement_revives_no_larger_one() -> None:
    """What "privacy mode local" has silenced does not come back because somebody agrees to something else."""
    room = agreed(VOICE, STATUS)
    room.state = replace(room.state, offered=OFFERED | {NUMBERS})
    room.happens(events.Quieter, "local", Owner.VOICE)
    room.grant(NUMBERS, "9" * 32)
    assert {each.terms for each in room.state.consents} == {STATUS, NUMBERS}
    ended = [row for row in room.rows("consent") if row["state"] == "replaced"]
    assert [(row["purpose"], row["by"]) for row in ended] == [("research", "button")]
    room.want("1" * 32, flow(VOICE))
    assert room.rows("refusal")[-1]["reason"] == "no_consent"


def test_i01_an_agreement_that_counts_already_goes_on() -> None:
    """Somebody who shares, or sends commands home, and agrees to one thing more loses nothing."""
    room = agreed(HOME, mode=Mode.ASK)
    room.grant(VOICE, "9" * 32)
    assert {each.terms for each in room.state.consents} == {HOME, VOICE}
    assert room.state.mode is Mode.SHARE
