"""What happened, put together from what the listener reported: the lines of the demo's table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keepmum.messages import Seen

Fact = object


@dataclass
class Line:
    """One thing that was heard or done, as a row of the closing table."""

    at: float
    what: str
    heard: str = ""
    kept: float = 0.0
    """Seconds of sound that were in RAM and were overwritten."""
    outcome: str = ""
    why: str = ""
    parcel: str = ""


@dataclass
class Story:
    """Fed with every Seen; everything else only looks."""

    lines: list[Line] = field(default_factory=list)
    talk: list[tuple[str, str]] = field(default_factory=list)
    """Who (title, heard, speaker, decision …) and what, newest last."""
    ear: str = "starting"
    ring: Mapping[str, Fact] = field(default_factory=dict)
    owners: str = ""
    mode: str = "local"
    broker: str = "no broker yet"
    rows: int = 0
    sent: int = 0
    delivered: int = 0
    over: bool = False
    failures: int = 0
    started: float | None = None

    def take(self, seen: Seen) -> None:
        """One report."""
        self.started = seen.at if self.started is None else self.started
        react = getattr(self, f"_{seen.kind}", None)
        if react is not None:
            react(seen.at - self.started, seen.facts)

    # ---- one method per kind

    def _scene(self, _at: float, facts: Mapping[str, Fact]) -> None:
        text = str(facts["text"]).strip()
        if text.startswith("title"):
            self.talk.append(("title", text.removeprefix("title").strip().strip('"')))
        elif not text.startswith(("pause", "await", "expect", "clock", "noise")):
            self.talk.append(("room", text))

    def _ear(self, _at: float, facts: Mapping[str, Fact]) -> None:
        self.ear = str(facts["state"])

    def _ring(self, _at: float, facts: Mapping[str, Fact]) -> None:
        self.ring = facts

    def _mutes(self, at: float, facts: Mapping[str, Fact]) -> None:
        before, self.owners = self.owners, str(facts["owners"])
        if self.owners and not before:
            self._add(at, "mute", outcome="microphone closed", why=self.owners)
        elif before and not self.owners:
            self._add(at, "unmute", outcome="microphone open", why="button held")

    def _mode(self, _at: float, facts: Mapping[str, Fact]) -> None:
        self.mode = str(facts["mode"])
        self.talk.append(("decision", f"privacy mode is {self.mode} now"))

    def _wake(self, at: float, facts: Mapping[str, Fact]) -> None:
        if facts["accepted"]:
            self._add(at, "wake", outcome="confirmed")
        else:
            self._add(at, "wake", heard="something like the wake word", outcome="forgotten", why="Vosk did not find it")
            self.talk.append(("decision", "something like the wake word: not confirmed, forgotten"))

    def _heard(self, at: float, facts: Mapping[str, Fact]) -> None:
        words = str(facts.get("words", ""))
        line = self._last("wake") or self._add(at, "wake")
        line.what, line.heard, line.kept = "command", words, _number(facts["seconds"])
        line.outcome = str(facts["intent"]) or "not understood"
        self.talk.append(("heard", words or "…"))

    def _forgotten(self, _at: float, facts: Mapping[str, Fact]) -> None:
        line = self._last("wake", "command", "mute")
        if line is not None:
            line.kept = max(line.kept, _number(facts.get("seconds")))

    def _sent(self, at: float, facts: Mapping[str, Fact]) -> None:
        self.sent += 1
        parcel = str(facts["parcel"])
        line = next((line for line in self.lines if line.parcel == parcel), None)
        line = line or self._add(at, str(facts["parcel_kind"]))
        line.parcel, line.outcome = parcel, f"left, {facts['bytes']} bytes"
        self.talk.append(("leaving", f"{facts['parcel_kind']}, {facts['bytes']} bytes"))

    def _delivered(self, _at: float, facts: Mapping[str, Fact]) -> None:
        self.delivered += 1
        proof = "the collector's signed receipt" if facts["parcel_kind"] == "clip" else "the broker's acknowledgement"
        self.talk.append(("leaving", f"arrived: {proof}"))

    def _row(self, at: float, facts: Mapping[str, Fact]) -> None:
        """A ledger row is the decision itself."""
        self.rows = int(_number(facts.get("n"))) + 1
        match facts["what"]:
            case "consent":
                self._add(at, "consent", heard=str(facts["purpose"]), outcome=str(facts["state"]))
                self.talk.append(("decision", f"consent for {facts['purpose']}: {facts['state']}"))
            case "refusal":
                self._add(at, str(facts["kind"]), outcome="refused", why=str(facts["reason"]))
                self.talk.append(("decision", f"{facts['kind']} for {facts['purpose']}: kept ({facts['reason']})"))
            case "release":
                line = self._add(at, str(facts["kind"]), outcome="allowed", why=f"consent for {facts['purpose']}")
                line.parcel = str(facts["parcel"])
                self.talk.append(("decision", f"{facts['kind']} for {facts['purpose']}: may leave"))
            case "dropped":
                self._add(at, "parcel", outcome="erased", why=str(facts["reason"]))
                self.talk.append(("decision", f"a parcel is erased: {facts['reason']}"))

    def _reply(self, _at: float, facts: Mapping[str, Fact]) -> None:
        self.talk.append(("speaker", str(facts.get("words", "")) or "(a sound)"))

    def _broker(self, _at: float, facts: Mapping[str, Fact]) -> None:
        self.broker = "connected" if facts["online"] else f"offline: {facts['why']}"

    def _over(self, _at: float, facts: Mapping[str, Fact]) -> None:
        self.over, self.failures = True, int(_number(facts.get("failures")))

    def _add(self, at: float, what: str, *, heard: str = "", outcome: str = "", why: str = "") -> Line:
        self.lines.append(Line(at, what, heard, 0.0, outcome, why))
        return self.lines[-1]

    def _last(self, *what: str) -> Line | None:
        return next((line for line in reversed(self.lines) if line.what in what), None)


def _number(untrusted: object) -> float:
    return float(untrusted) if isinstance(untrusted, int | float) else 0.0
