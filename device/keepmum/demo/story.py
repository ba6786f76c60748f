"""What happened, put together from what the listener reported: the chapters of the demo and their sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from keepmum.demo import wording
from keepmum.demo.chapter import Chapter, Line
from keepmum.messages import Seen

Fact = object

_WAITS = "waits for an answer"
_PLAYED = "played to the room; "
_MAY, _APPROVED = "allowed", "may leave: the room said yes"


@dataclass
class Story:
    """Fed with every Seen; everything else only looks."""

    chapters: list[Chapter] = field(default_factory=lambda: [Chapter()])
    talk: list[tuple[str, str]] = field(default_factory=list)
    """Who (title, room, heard, speaker, decision, leaving, answer) and what, newest last."""
    ear: str = "muted"
    ring: Mapping[str, Fact] = field(default_factory=dict)
    owners: str = "button"
    """Who holds the microphone closed; a speaker that nobody has set up is muted."""
    mode: str = "local"
    consents: dict[str, str] = field(default_factory=dict)
    """State of each purpose that was ever agreed to."""
    asking: int = 0
    """Clips that wait for somebody to say yes or no."""
    boxed: set[str] = field(default_factory=set)
    """Parcels that may leave and have not arrived yet."""
    demanded: set[str] = field(default_factory=set)
    """Clips that left and are to be destroyed; which of them were confirmed to be is `destroyed`."""
    destroyed: set[str] = field(default_factory=set)
    broker: str = "no broker yet"
    rows: int = 0
    sent: int = 0
    delivered: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """How many flows were refused, by reason."""
    pieces: int = 0
    """How often sound that was held in RAM was overwritten."""
    over: bool = False
    failures: int = 0
    now: float = 0.0
    """Seconds since the first report."""
    _listened: float = 0.0
    _opened: float | None = None
    _started: float | None = None
    _opened_by: str = ""
    """The cause in the last row of an owner that let go."""
    _sound: Line | None = None
    """The wake or command whose sound is in RAM."""

    def take(self, seen: Seen) -> None:
        """One report."""
        self._started = seen.at if self._started is None else self._started
        self.now = seen.at - self._started
        react = getattr(self, f"_on_{seen.kind}", None)
        if react is not None:
            react(seen.facts)

    @property
    def title(self) -> str:
        """The chapter that plays."""
        return self.chapters[-1].title

    @property
    def listened(self) -> float:
        """Seconds for which the microphone was open."""
        return self._listened + (self.now - self._opened if self._opened is not None else 0.0)

    @property
    def wiped(self) -> float:
        """Seconds of sound that were held in RAM and overwritten."""
        return sum(line.wiped for chapter in self.chapters for line in chapter.lines)

    # ---- one method per kind

    def _on_scene(self, facts: Mapping[str, Fact]) -> None:
        text = str(facts["text"]).strip()
        if text.startswith("title"):
            title = text.removeprefix("title").strip().strip('"')
            self.chapters.append(Chapter(title))
            self.talk.append(("title", title))
        elif told := wording.step(text):
            self.talk.append(("room", told))

    def _on_ear(self, facts: Mapping[str, Fact]) -> None:
        self.ear = str(facts["state"])
        deaf = self.ear in ("muted", "fault")
        if deaf and self._opened is not None:
            self._listened, self._opened = self.listened, None
        elif not deaf and self._opened is None:
            self._opened = self.now

    def _on_ring(self, facts: Mapping[str, Fact]) -> None:
        self.ring = facts

    def _on_mutes(self, facts: Mapping[str, Fact]) -> None:
        before, self.owners = self.owners, str(facts["owners"])
        if self.owners and not before:
            closed = f"microphone closed by {wording.owners(self.owners)}"
            self._add("mute", outcome=closed)
            self.talk.append(("decision", closed))
        elif before and not self.owners:
            opened = f"microphone open: {wording.opened(self._opened_by)}"
            self._add("unmute", outcome=opened)
            self.talk.append(("decision", opened))
        self._opened_by = ""

    def _on_mode(self, facts: Mapping[str, Fact]) -> None:
        self.mode = str(facts["mode"])
        self.talk.append(("decision", f"privacy mode is {self.mode} now"))

    def _on_wake(self, facts: Mapping[str, Fact]) -> None:
        self._sound = self._add("wake", outcome="confirmed")
        if not facts["accepted"]:
            self._sound.heard, self._sound.outcome = "like the wake word", "not confirmed: forgotten"
            self.talk.append(("decision", "that was like the wake word, but it was not: forgotten"))

    def _on_heard(self, facts: Mapping[str, Fact]) -> None:
        words = str(facts.get("words", ""))
        line = self._sound or self._add("command")
        line.what, line.heard, line.wiped = "command", words, _number(facts["seconds"])
        line.outcome = f"understood: {facts['intent']}" if facts["intent"] else "not understood"
        self._sound = line
        self.talk.append(("heard", words or "…"))

    def _on_forgotten(self, facts: Mapping[str, Fact]) -> None:
        line, self._sound = self._sound, None
        if line is None:
            return
        line.wiped = max(line.wiped, _number(facts.get("seconds")))
        self.pieces += 1
        if (line.what, line.outcome) == ("wake", "confirmed"):
            line.outcome = "confirmed, then broken off"

    def _on_asking(self, facts: Mapping[str, Fact]) -> None:
        self.asking = int(_number(facts["clips"]))
        waiting = [line for line in self._lines() if line.outcome.endswith(_WAITS)]
        # A refusal does not name its clip; those that were asked about longest are the ones that are gone.
        for line in waiting[: max(0, len(waiting) - self.asking)]:
            line.outcome = line.outcome.removesuffix(_WAITS) + "forgotten"

    def _on_sent(self, facts: Mapping[str, Fact]) -> None:
        kind, size = str(facts["parcel_kind"]), f"{_number(facts['bytes']):,.0f} bytes"
        if kind == "deletion":
            self.talk.append(("leaving", f"the demand to destroy a clip, {size}"))
            return
        self.sent += 1
        line = self._parcel(str(facts["parcel"])) or self._add(kind)
        line.outcome = f"left, {size}{line.outcome.removeprefix('may leave').removeprefix(_MAY)}"
        self.talk.append(("leaving", f"{kind}, {size}"))

    def _on_delivered(self, facts: Mapping[str, Fact]) -> None:
        self.delivered += 1
        proof = "the collector's signed receipt" if facts["parcel_kind"] == "clip" else "the broker's acknowledgement"
        self.talk.append(("answer", f"{proof}: it arrived"))

    def _on_row(self, facts: Mapping[str, Fact]) -> None:
        """A ledger row is the decision itself."""
        self.rows = int(_number(facts.get("n"))) + 1
        told = getattr(self, f"_row_{facts['what']}", None)
        if told is not None:
            told(facts)

    def _row_unmute(self, facts: Mapping[str, Fact]) -> None:
        self._opened_by = str(facts["cause"])

    def _row_fault(self, facts: Mapping[str, Fact]) -> None:
        told = wording.fault(str(facts["fault"]), str(facts["state"]), str(facts["cause"]))
        self._add("fault", outcome=told)
        self.talk.append(("decision", told))

    def _row_ring(self, facts: Mapping[str, Fact]) -> None:
        told = wording.light(str(facts["state"]))
        self._add("light", outcome=told)
        self.talk.append(("decision", told))

    def _row_consent(self, facts: Mapping[str, Fact]) -> None:
        purpose, state = str(facts["purpose"]), str(facts["state"])
        self.consents[purpose] = state
        self._add("consent", heard=purpose, outcome=state)
        self.talk.append(("decision", f"consent for {purpose}: {state}"))

    def _row_refusal(self, facts: Mapping[str, Fact]) -> None:
        reason = wording.reason(str(facts["reason"]))
        self.refused[reason] += 1
        line = self._answered() if facts["reason"] == "declined" else None
        line = line or self._add(str(facts["kind"]))
        line.outcome = f"refused: {reason}"
        self.talk.append(("decision", f"{facts['kind']} for {facts['purpose']}: kept, {reason}"))

    def _answered(self) -> Line | None:
        """The clip that the room has just said no to: the one that was played last, or else the newest."""
        waiting = [line for line in self._lines() if line.outcome.endswith(_WAITS)]
        played = [line for line in waiting if line.outcome.startswith(_PLAYED)]
        return next(iter([*reversed(played), *reversed(waiting)]), None)

    def _row_release(self, facts: Mapping[str, Fact]) -> None:
        parcel, allowed = str(facts["parcel"]), f"{_MAY}: consent for {facts['purpose']}"
        line = self._parcel(parcel)
        if line is None:
            line = self._add(str(facts["kind"]), outcome=allowed)
            line.parcel = parcel
        self.boxed.add(parcel)
        self.talk.append(("decision", f"{facts['kind']} for {facts['purpose']}: may leave"))

    def _row_delivered(self, facts: Mapping[str, Fact]) -> None:
        self.boxed.discard(str(facts["parcel"]))

    def _row_dropped(self, facts: Mapping[str, Fact]) -> None:
        self.boxed.discard(str(facts["parcel"]))
        reason = wording.reason(str(facts["reason"]))
        line = self._parcel(str(facts["parcel"])) or self._add("parcel")
        line.outcome = f"{line.outcome}; erased: {reason}".removeprefix("; ")
        self.talk.append(("decision", f"a parcel is erased: {reason}"))

    def _row_question(self, facts: Mapping[str, Fact]) -> None:
        parcel, state = str(facts["parcel"]), str(facts["state"])
        line = self._parcel(parcel) or self._add("clip")
        line.parcel = parcel
        line.outcome = {"played": _PLAYED + _WAITS, "approved": _APPROVED}.get(state, _WAITS)
        if told := wording.question(state):
            self.talk.append(("decision", told))

    def _row_proposal(self, facts: Mapping[str, Fact]) -> None:
        told = wording.proposal(str(facts["state"]))
        what = f"{facts['purpose']}, {wording.rung(str(facts['rung']))}" if "rung" in facts else facts["purpose"]
        self.talk.append(("decision", f"{told}: {what}"))

    def _row_deletion(self, facts: Mapping[str, Fact]) -> None:
        parcel, state = str(facts["parcel"]), str(facts["state"])
        if state == "sent":
            return  # the report that it was sent tells that
        {"demanded": self.demanded, "confirmed": self.destroyed}.get(state, set()).add(parcel)
        told = wording.deletion(state, int(_number(facts.get("plays"))))
        line = self._parcel(parcel) or self._add("clip")
        line.parcel = parcel
        line.outcome = f"{line.outcome.removesuffix('; wanted back')}; {told}".removeprefix("; ")
        self.talk.append(("answer" if state == "confirmed" else "decision", f"a clip that left is {told}"))

    def _row_disputed(self, facts: Mapping[str, Fact]) -> None:
        self.talk.append(("decision", f"somebody's word about a clip is not believed: {facts['reason']}"))

    def _on_reply(self, facts: Mapping[str, Fact]) -> None:
        self.talk.append(("speaker", str(facts.get("words", "")) or "(a sound)"))

    def _on_broker(self, facts: Mapping[str, Fact]) -> None:
        self.broker = "connected" if facts["online"] else f"offline: {facts['why']}"

    def _on_over(self, facts: Mapping[str, Fact]) -> None:
        self.over, self.failures = True, int(_number(facts.get("failures")))

    def _add(self, what: str, *, heard: str = "", outcome: str = "") -> Line:
        line = Line(self.now, what, heard, outcome)
        self.chapters[-1].lines.append(line)
        return line

    def _parcel(self, parcel: str) -> Line | None:
        return next((line for line in self._lines() if line.parcel == parcel), None)

    def _lines(self) -> list[Line]:
        return [line for chapter in self.chapters for line in chapter.lines]


def _number(untrusted: object) -> float:
    return float(untrusted) if isinstance(untrusted, int | float) else 0.0
