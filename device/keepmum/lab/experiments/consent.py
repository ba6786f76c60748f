"""Does a byte leave that nobody agreed to? Random histories over the real way out, and a witness that believes no core.

The witness knows which hand held the button for what, and when that ended. What left is read from the wire.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from keepmum.consent import Mode, Purpose, decide
from keepmum.lab.experiments.house import PURPOSES, House
from keepmum.lab.experiments.quiet import silence
from keepmum.lab.experiments.result import Control, Figure, Result, share, spread
from keepmum.lab.experiments.way_out import noise
from keepmum.lab.experiments.wire_tap import published
from keepmum.terms import DAY, Rung

QUESTION = "Does a byte leave without a live receipt, whatever a household does?"
GRACE = 1.0
"""Real seconds in which what the uplink had in its hands may still be on the wire: so fast a withdrawal has to be."""
STEPS = 25
"""Things that happen in one history."""
SPEED = 100.0
"""How much faster than life the speaker's clocks run."""
RATE = 2_000_000.0
"""Bytes a second that the line carries: a clip is on its way long enough for somebody to change their mind."""
CONTROL_HISTORIES = 10
"""With the planted defect; mostly the first one shows it."""

_RUNGS = (Rung.VOICE, Rung.DISGUISED, Rung.TEXT)
_HAPPENS = {
    "grant": 5,
    "want": 9,
    "want and withdraw": 2,
    "withdraw": 1,
    "local": 1,
    "forget": 1,
    "expire": 1,
    "notice change": 1,
    "key change": 1,
    "restart": 1,
    "wait": 9,
}
"""How often each of them happens, more or less."""
_NOTES = (
    "Bytes are payload of clips on the wire between uplink and broker, with the clocks of the speaker hurried.",
    f"Of a clip in the uplink's hands when its consent ended, bytes count {GRACE:g} s later; of all others, at once.",
)


@dataclass
class Agreed:
    """What a hand held the button for."""

    rung: Rung
    ended: float | None = None
    """When it ended; seconds of CLOCK_MONOTONIC, as on the wire."""
    in_hand: str | None = None
    """The parcel that was at the uplink then."""


@dataclass
class Witness:
    """Knows what was agreed to and what was wanted under it."""

    live: dict[Purpose, Agreed] = field(default_factory=dict)
    wanted: dict[str, Agreed | None] = field(default_factory=dict)
    """By parcel; None for what nobody had agreed to."""
    ends: Counter[str] = field(default_factory=Counter)
    """How often something ended consents, by what it was."""

    def over(self, why: str, in_hand: str | None) -> None:
        """Nothing is agreed to any more, from now on."""
        self.ends[why] += bool(self.live)
        for agreed in self.live.values():
            agreed.ended, agreed.in_hand = time.monotonic(), in_hand
        self.live.clear()


@dataclass(frozen=True)
class Account:
    """What one history came to."""

    sent: int
    """Parts of clips on the wire."""
    sent_bytes: int
    violating: int
    """Parts that nobody had agreed to."""
    violating_bytes: int
    late: tuple[float, ...]
    """Seconds after the end of a consent at which a part of what was in hand then still began."""
    ends: Counter[str]


def measure(cycles: int = 15, seed: int = 7, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Result:
    """Live so many histories, then some with a planted defect. Raises LabError if the house does not come up."""
    with silence(), House(seed, speed=SPEED) as house:
        accounts = []
        for done in range(cycles):
            accounts.append(history(house))
            progress(done + 1, cycles)
        with cached_consent():
            control = _control(house)
    return Result("consent", QUESTION, seed, figures(accounts), (control,), _NOTES)


def figures(accounts: list[Account]) -> tuple[Figure, ...]:
    """All histories together."""
    ends: Counter[str] = sum((account.ends for account in accounts), Counter())
    sent, wrong = sum(each.sent for each in accounts), sum(each.violating for each in accounts)
    broken = sum(bool(each.violating) for each in accounts)
    everything = "all histories"
    late = [seconds for account in accounts for seconds in account.late]
    return (
        share(everything, "histories with a violation", broken, len(accounts), most=0),
        share(everything, "parts of clips that nobody agreed to", wrong, sent, most=0),
        Figure(everything, "consent violations", sum(each.violating_bytes for each in accounts), "bytes", most=0),
        Figure(everything, "sent under a live receipt", sum(each.sent_bytes for each in accounts), "bytes", n=sent),
        *(Figure("a consent ended by", why, count, "times") for why, count in sorted(ends.items())),
        *(spread("in hand when it ended", "to the last part", late, "s", most=GRACE) if late else ()),
    )


def _control(house: House) -> Control:
    for number in range(CONTROL_HISTORIES):
        account = history(house)
        if account.violating:
            by = f"{account.violating_bytes} bytes without a receipt in history {number + 1}"
            return Control("a consent that is cached", True, by)
    return Control("a consent that is cached", False, f"nothing in {CONTROL_HISTORIES} histories")


# ---- one history


def history(house: House) -> Account:
    """A household that has just moved in, and everything that it does in a while."""
    house.line.rate, house.sharing = None, {"days": 1}
    house.move_in()
    house.line.rate = RATE
    witness, before = Witness(), len(published(house.line))
    kinds, weights = list(_HAPPENS), list(_HAPPENS.values())
    for purpose in PURPOSES:
        _grant(house, witness, purpose, house.some.choice(_RUNGS))
    for _ in range(STEPS):
        _happen(house, witness, house.some.choices(kinds, weights)[0])
        house.speaker.turn()
    # Whatever happened: in the end somebody agrees, withdraws, and says the same kind of thing once more.
    _grant(house, witness, PURPOSES[0], Rung.VOICE)
    _quieter(house, witness, "withdraw")
    _want(house, witness, PURPOSES[0], Rung.VOICE)
    speaker = house.speaker
    speaker.comes(lambda: not speaker.keeper.state.box and speaker.keeper.state.handed is None, 5.0)
    return account(house, witness, before)


def account(house: House, witness: Witness, before: int = 0) -> Account:
    """What the witness says of everything that went over the wire, but for the first `before` publications."""
    sent = [each for each in published(house.line)[before:] if "/clips/" in each.topic]
    wrong, late = [], []
    for each in sent:
        parcel = each.topic.rpartition("/")[2]
        agreed = witness.wanted.get(parcel)
        if agreed is None:
            wrong.append(each)
        elif agreed.ended is not None and each.at > agreed.ended:
            held = parcel == agreed.in_hand
            late += [each.at - agreed.ended] if held else []
            wrong += [] if held and each.at <= agreed.ended + GRACE else [each]
    sizes = sum(len(each.payload) for each in sent), sum(len(each.payload) for each in wrong)
    return Account(len(sent), sizes[0], len(wrong), sizes[1], tuple(late), witness.ends)


def _happen(house: House, witness: Witness, what: str) -> None:
    speaker, some = house.speaker, house.some
    match what:
        case "grant":
            _grant(house, witness, some.choice(PURPOSES), some.choice(_RUNGS))
        case "want":
            _want_any(house, witness)
        case "want and withdraw":
            _want_any(house, witness)
            speaker.comes(lambda: speaker.keeper.state.handed is not None, 0.5)
            speaker.comes(lambda: False, some.uniform(0.0, 0.2))
            _quieter(house, witness, "withdraw")
        case "withdraw" | "local":
            _quieter(house, witness, what)
        case "forget":
            speaker.quieter("forget")
        case "expire":
            _ended(house, witness, "time", lambda: speaker.later(DAY + 10.0))
        case "notice change":
            house.new_card(some.randrange(3, 1_000))
            _ended(house, witness, "another notice", house.again)
        case "key change":
            house.end("desk")
            house.new_keys()
            _ended(house, witness, "another key", house.again)
            house.collector()
        case "restart":
            house.again()
        case _:
            speaker.comes(lambda: not speaker.keeper.state.box, some.uniform(0.0, 0.8))


def _grant(house: House, witness: Witness, purpose: Purpose, rung: Rung) -> None:
    old = witness.live.get(purpose)
    in_hand = house.speaker.keeper.state.handed
    if house.speaker.agree(purpose, rung) is None or (old is not None and old.rung is rung):
        return
    if old is not None:
        old.ended, old.in_hand = time.monotonic(), in_hand
        witness.ends["other terms"] += 1
    witness.live[purpose] = Agreed(rung)


def _want_any(house: House, witness: Witness) -> None:
    """Mostly something that is agreed to, and now and then something else."""
    among = list(witness.live) if witness.live and house.some.random() < 0.7 else list(PURPOSES)
    purpose, rung = house.some.choice(among), house.some.choice(_RUNGS)
    agreed = witness.live.get(purpose)
    if agreed is not None and house.some.random() < 0.8:
        rung = agreed.rung
    _want(house, witness, purpose, rung)


def _want(house: House, witness: Witness, purpose: Purpose, rung: Rung) -> None:
    agreed = witness.live.get(purpose)
    parcel, _ = house.speaker.want(purpose, noise(house.some, house.some.uniform(0.5, 7.0)), rung)
    # Whatever the speaker answered: the witness looks at what was agreed to, and at the wire.
    witness.wanted[parcel] = agreed if agreed is not None and agreed.rung is rung else None


def _quieter(house: House, witness: Witness, want: str) -> None:
    _ended(house, witness, want, lambda: house.speaker.quieter(want))


def _ended(house: House, witness: Witness, why: str, do: Callable[[], object]) -> None:
    """Something that ends every consent. What the uplink holds at that moment is noted first."""
    in_hand = house.speaker.keeper.state.handed
    begun = time.monotonic()
    do()
    witness.over(why, in_hand)
    # A restart takes a while, and whatever leaves in it has left without a consent.
    for agreed in witness.wanted.values():
        if agreed is not None and agreed.ended is not None and agreed.ended > begun and "another" in why:
            agreed.ended = begun


# ---- the control


@contextmanager
def cached_consent() -> Iterator[None]:
    """Planted: who decides goes on with the consents that it once saw, and asks nobody whether they still count."""
    remembered: dict[str, Any] = {"then": ()}

    def cached(household: Any, wanted: Any, now: float) -> Any:
        if household.consents:
            remembered["then"] = household.consents
        return decide(replace(household, consents=remembered["then"], mode=Mode.SHARE), wanted, now)

    # Inside the package, the name `step` is the function.
    places = [sys.modules[f"keepmum.privacy.{name}"] for name in ("parcels", "asking", "step")]
    honest = [vars(place)["decide"] for place in places]
    for place in places:
        vars(place)["decide"] = cached
    try:
        yield
    finally:
        for place, before in zip(places, honest, strict=True):
            vars(place)["decide"] = before
