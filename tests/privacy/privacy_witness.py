"""What a person in the room could have noted down: fingers, switches, playbacks, promises of quiet, faults, proofs.

The witness believes nobody. It knows what happened and what was done, never what the core thinks about it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import inf
from typing import NamedTuple

from keepmum.consent import Terms
from keepmum.privacy import Fault, Owner, State, effects, events
from keepmum.privacy.effects import Effect
from keepmum.privacy.events import Event

TENTHS, SECONDS, MINUTE, NIGHT = 0.7, 3.0, 60.0, 12 * 3600.0
"""How long a hold unmutes, and agrees; how long a proposal stands, and a guest's quiet."""

LONGEST = 25 * 3600.0
SAME = 30.0
"""Half a minute more is no longer wish: nobody writes a file for it."""

AGES = (MINUTE, SECONDS, TENTHS, 0.0)
"""Ages are rounded down to one of these: only a threshold can tell two of them apart."""

BY_HAND = frozenset(Owner) - {Owner.FAULT}
BY_TIME = frozenset({Owner.QUIET, Owner.GUEST})
FORGET = {"forget", "forget_today", "forget_last"}
NO_MUTE = {"local", "withdraw"} | FORGET
"""What a wish can be other than a wish for a closed microphone; any other word is one."""
ROW, GAP = 3, 1.0
"""So many presses, so many seconds apart at most, withdraw what was agreed to."""


class Finger(NamedTuple):
    """The button is down; what was true when it went down, and whether it may still undo that."""

    since: float
    muted: bool
    proposal: str
    terms: Terms | None = None
    """What was proposed."""
    clip: str = ""
    """What had just been played."""

    @property
    def earning(self) -> bool:
        """Whether anything can come of it."""
        return self.muted or bool(self.proposal) or bool(self.clip)

    @property
    def spent(self) -> Finger:
        """The same finger, of which nothing can come any more."""
        return Finger(self.since, muted=False, proposal="")


class Switch(NamedTuple):
    """Where the switch is, since when, and whether its way to listen may still undo anything."""

    at_mute: bool
    since: float
    put_over: bool = False


class Playing(NamedTuple):
    """What was played last, and when it was over."""

    clip: str
    since: float


class Taps(NamedTuple):
    """Presses in a row, and when the last one was."""

    count: int = 0
    at: float = 0.0


class Witness(NamedTuple):
    """Notes, in seconds of a clock that reads 0 between two steps."""

    finger: Finger | None = None
    switch: Switch | None = None
    promised: tuple[tuple[Owner, float], ...] = ()
    """When somebody's quiet ends by itself, at the earliest; `inf` is never."""
    faults: frozenset[Fault] = frozenset()
    closed: bool = False
    """Whether it was seen to be closed since it was closed last."""
    playing: Playing | None = None
    taps: Taps = Taps()
    withdrawn: bool = False
    """Everything was withdrawn, and nobody has agreed to anything since."""

    def ends(self, owner: Owner) -> float:
        """When this owner may go without a hand."""
        return dict(self.promised).get(owner, inf)


def noted(
    old: Witness, before: State, event: Event, todo: Iterable[Effect], after: State, shelf: Collection[str]
) -> Witness:
    """The notes after a step. The states are looked at for who holds the microphone closed, and for proposals."""
    taps = _taps(old, event)
    return Witness(
        _finger(old, before, event, after),
        _switch(old.switch, before, event, after),
        _promised(old, before, event, after),
        _faults(old.faults, before, event),
        _closed(old.closed, before, event, todo),
        _playing(old.playing, event, shelf),
        taps if taps.count < ROW else Taps(),
        withdraws(old, event) or (old.withdrawn and not _given(todo)),
    )


def withdraws(old: Witness, event: Event) -> bool:
    """Whether this event withdraws everything: a wish, or the third press in a row."""
    asked = isinstance(event, events.Quieter) and event.want == "withdraw"
    return asked or (isinstance(event, events.Pressed) and _taps(old, event).count >= ROW)


def _given(todo: Iterable[Effect]) -> bool:
    return any(isinstance(each, effects.Sign) and each.event in ("given", "re-confirmed") for each in todo)


def _taps(old: Witness, event: Event) -> Taps:
    if not isinstance(event, events.Pressed):
        return old.taps
    in_a_row = old.taps.count if event.now - old.taps.at <= GAP else 0
    # The contact bounced: that is one press.
    return Taps(max(in_a_row, 1) if old.finger is not None else in_a_row + 1, event.now)


def _playing(old: Playing | None, event: Event, shelf: Collection[str]) -> Playing | None:
    if isinstance(event, events.Played) and event.id in shelf:
        return Playing(event.id, event.now)
    return old


def aged(old: Witness, now: float) -> Witness:
    """The same notes with the clock back at 0."""
    if not now and not (old.finger and old.finger.since):
        return old
    finger = old.finger and old.finger._replace(since=rounded(old.finger.since, now))
    if finger and not finger.earning:
        finger = finger._replace(since=0.0)  # nothing can come of it, however long it stays
    switch = old.switch and old.switch._replace(since=rounded(old.switch.since, now))
    playing = old.playing and old.playing._replace(since=rounded(old.playing.since, now, (MINUTE, 0.0)))
    if playing and playing.since <= -MINUTE:
        playing = None
    taps = Taps(old.taps.count, old.taps.at - now) if now - old.taps.at <= GAP else Taps()
    promised = tuple((who, left(at, now)) for who, at in old.promised)
    return old._replace(finger=finger, switch=switch, promised=promised, playing=playing, taps=taps)


def rounded(at: float, now: float, ages: tuple[float, ...] = AGES) -> float:
    """An age, as far as a threshold could tell."""
    return -next(age for age in ages if now - at >= age)


def left(until: float, now: float) -> float:
    """What is left of a long time; the seconds of a hold count as none, which keeps the worlds few."""
    return max(0.0, until - now) if now > MINUTE else until


def fallen(old: Witness, file: State) -> Witness:
    """A new listener: faults and proofs are found out again, promises stand, nobody was seen at the button."""
    promised = tuple(each for each in old.promised if each[0] in file.mutes)
    return Witness(promised=promised, withdrawn=old.withdrawn and not file.consents)


def mutes(event: Event) -> Owner | None:
    """Who wishes for a closed microphone with this event, if anybody does."""
    if isinstance(event, events.Quieter) and event.want not in NO_MUTE:
        return Owner.GUEST if event.want == "guest" else event.owner
    return None


def _finger(notes: Witness, before: State, event: Event, after: State) -> Finger | None:
    old = notes.finger
    if isinstance(event, events.Released):
        return None
    if isinstance(event, events.Pressed):
        # The contact bounced: two halves of a hold are not a whole.
        return old._replace(since=event.now) if old is not None else _down(notes, before, event)
    if mutes(event) is Owner.BUTTON:
        return Finger(event.now, False, "")  # somebody found it down, or could not tell
    if old is None:
        return None
    if mutes(event) or _let_go(before, event, after):
        return old.spent
    if isinstance(event, events.Quieter) and event.want not in FORGET:
        return old._replace(proposal="", terms=None, clip="")
    return old


def _down(notes: Witness, before: State, event: events.Pressed) -> Finger:
    """What it may be about: what was proposed or played within the last minute."""
    muted, proposal, playing = bool(before.mutes & BY_HAND), before.proposal, notes.playing
    if proposal is not None and event.now - proposal.opened < MINUTE:
        return Finger(event.now, muted, proposal.id, proposal.terms)
    recent = playing is not None and event.now - playing.since < MINUTE
    return Finger(event.now, muted, "", None, playing.clip if playing is not None and recent else "")


def _switch(old: Switch | None, before: State, event: Event, after: State) -> Switch | None:
    if isinstance(event, events.Switched):
        ready = old is not None and (old.put_over or (old.at_mute and event.now - old.since >= TENTHS))
        return Switch(event.muted, event.now, put_over=ready and not event.muted)
    if mutes(event) is Owner.BUTTON:
        return Switch(True, event.now)  # it was found at mute
    if old is not None and (mutes(event) or _let_go(before, event, after)):
        return old._replace(put_over=False)
    return old


def _let_go(before: State, event: Event, after: State) -> bool:
    """Whether whatever is done with a hand has been done: nobody is left whom it could undo."""
    clock = isinstance(event, events.Ticked | events.Released)
    return clock and bool(before.mutes & BY_HAND) and not after.mutes & BY_HAND


def _promised(old: Witness, before: State, event: Event, after: State) -> tuple[tuple[Owner, float], ...]:
    promised = {owner: at for owner, at in old.promised if owner in after.mutes}
    owner = mutes(event)
    if owner in BY_TIME:
        assert isinstance(event, events.Quieter)
        lasts = NIGHT if event.want == "guest" else event.lasts
        asked = event.now + min(lasts, LONGEST) if lasts is not None and lasts > 0 else inf
        promised[owner] = max(asked, promised.get(owner, inf)) if owner in before.mutes else asked
    return tuple(sorted((owner, at) for owner, at in promised.items() if at < inf))


def _faults(old: frozenset[Fault], before: State, event: Event) -> frozenset[Fault]:
    match event:
        case events.Broken(fault=fault):
            return old | {fault}
        case events.Retried() if before.mutes == {Owner.FAULT} and old == {Fault.MICROPHONE}:
            return frozenset()
        case events.Proved():
            return old - {Fault.PROOF}
    return old


def _closed(old: bool, before: State, event: Event, todo: Iterable[Effect]) -> bool:
    opened = any(isinstance(each, effects.Open) for each in todo)
    contradicted = isinstance(event, events.Broken) and event.fault is Fault.PROOF
    if opened or contradicted or isinstance(event, events.Booted):
        return False
    return old or (isinstance(event, events.Proved) and bool(before.mutes))
