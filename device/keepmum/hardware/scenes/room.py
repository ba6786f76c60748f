"""A room in which a scene plays: the world that `microphone_wav` and `button_scripted` live in, and its clock.

Only `wait` lets time pass. A fast room jumps to the next thing that can happen; a paced one keeps pace with
the real clock. Both go through the same moments in the same order, so a scene means the same in either.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from selectors import BaseSelector, SelectorKey

from keepmum.hardware.scenes.scene import Await, Scene, Step
from keepmum.hardware.scenes.timeline import SECOND, Begin, Edge, Timeline, nanoseconds

PATIENCE = 10.0
"""Real seconds after which an `await` is given up."""
ANSWER = 5.0
"""Real seconds for which a fast room stands still while another process has the word."""
_LOOK = 0.25
"""Real seconds after which a room that stands still lets the listener look around."""


class Room:
    """Plays one scene, once. Implements `clock.Clock`."""

    def __init__(
        self,
        scene: Scene,
        fast: bool,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`monotonic` and `wall` are the real clocks; `wall` is only read for a scene that names no clock."""
        self.scene = scene
        self.failures: list[str] = []
        """One line per `await` that was never met, with file and line."""
        self.button_is_down = False
        self._fast = fast
        self._monotonic = monotonic
        self._wall_at_start = wall() if scene.clock is None else scene.clock
        self._timeline = Timeline(scene)
        self._moments = deque(self._timeline.moments)
        self._now = 0
        self._started: float | None = None
        self._awaited: Await | None = None
        self._awaited_since = 0.0
        self._pending_since: float | None = None
        self._reports: list[tuple[str, dict[str, object]]] = []
        self._kinds = {await_.kind for await_ in _awaits(self._moments)}
        self._step_watchers: list[Callable[[Step], None]] = []
        self._edge_watchers: list[Callable[[bool], None]] = []

    # ---- the clock

    def now(self) -> float:
        """Seconds since the scene began."""
        return self._now / SECOND

    def wall(self) -> float:
        """Unix time in the room."""
        return self._wall_at_start + self.now()

    def wait(self, selector: BaseSelector, seconds: float, *, pending: bool) -> list[SelectorKey]:
        """Let `seconds` pass, or less: up to a ready file, or up to the next moment of the scene."""
        if self._started is None:
            self._started = self._monotonic()
        if self._stands_still():
            return _ready(selector, _LOOK)
        if self._fire():
            return _ready(selector, 0)
        due = min(self._now + nanoseconds(max(0.0, seconds)), self._next_moment())
        ready = self._pass_fast(selector, due, pending) if self._fast else self._pass_paced(selector, due)
        if not ready and self._fire():
            ready = _ready(selector, 0)
        return ready

    def _next_moment(self) -> int:
        if self._moments:
            return self._moments[0].at
        return self._timeline.end if self._now < self._timeline.end else sys.maxsize

    def _pass_fast(self, selector: BaseSelector, due: int, pending: bool) -> list[SelectorKey]:
        ready = _ready(selector, self._answer_time(pending))
        if ready:
            self._pending_since = None
        elif not pending or self._answer_time(pending) <= 0:
            self._now = due
        return ready

    def _answer_time(self, pending: bool) -> float:
        """How much longer to stand still for another process. A peer that hangs must not stop time for good."""
        if not pending:
            self._pending_since = None
            return 0.0
        if self._pending_since is None:
            self._pending_since = self._monotonic()
        return max(0.0, self._pending_since + ANSWER - self._monotonic())

    def _pass_paced(self, selector: BaseSelector, due: int) -> list[SelectorKey]:
        ready = _ready(selector, max(0, due - self._real()) / SECOND)
        # Never past what was asked for: a listener that was busy catches up moment by moment, and hears it all.
        self._now = max(self._now, min(due, self._real())) if ready else due
        return ready

    def _real(self) -> int:
        return nanoseconds(self._monotonic() - (self._started or 0.0))

    # ---- the scene

    @property
    def over(self) -> bool:
        """Whether the last step has ended. The room stays silent from then on."""
        return not self._moments and self._awaited is None and self._now >= self._timeline.end

    def on_step(self, watcher: Callable[[Step], None]) -> None:
        """Call `watcher` with every step that begins from now on."""
        self._step_watchers.append(watcher)

    def on_edge(self, watcher: Callable[[bool], None]) -> None:
        """Call `watcher(is_down)` at every edge of the button, from inside `wait`."""
        self._edge_watchers.append(watcher)

    def saw(self, kind: str, facts: Mapping[str, object]) -> None:
        """The listener reports something; it may be what an `await` waits for."""
        if kind in self._kinds:
            self._reports.append((kind, dict(facts)))

    def begin(self, step: Step, after: float = 0.0) -> None:
        """One more step, `after` seconds from now: for whoever makes up the scene while it plays."""
        laid = self._timeline.lay(step, self._now + nanoseconds(after))
        self._moments = deque(sorted((*self._moments, *laid), key=lambda moment: moment.at))
        self._kinds |= {await_.kind for await_ in _awaits(laid)}

    def heard(self, first: int, count: int) -> bytes:
        """`count` samples of what sounds in the room, from sample `first` since the beginning."""
        return self._timeline.heard(first, count)

    @property
    def nanoseconds(self) -> int:
        """Room time, exact; one sample is `timeline.SAMPLE` of them."""
        return self._now

    def _fire(self) -> bool:
        """Do what is due now, up to the first thing that the listener should look at."""
        while self._moments and self._moments[0].at <= self._now:
            moment = self._moments.popleft()
            if isinstance(moment, Edge):
                self._turn(moment.down)
                return True
            self._begin(moment.step)
            if self._awaited is not None:
                return True
        return False

    def _turn(self, down: bool) -> None:
        self.button_is_down = down
        for watcher in self._edge_watchers:
            watcher(down)

    def _begin(self, step: Step) -> None:
        """A step begins: tell whoever watches, and stand still if it awaits something."""
        for watcher in self._step_watchers:
            watcher(step)
        if isinstance(step, Await):
            self._awaited, self._awaited_since = step, self._monotonic()
            self._stands_still()

    def _stands_still(self) -> bool:
        if self._awaited is None:
            return False
        awaited, waited = self._awaited, self._monotonic() - self._awaited_since
        met = [report for report in self._reports if awaited.met_by(*report)][: awaited.times]
        if len(met) < awaited.times and waited < PATIENCE:
            return True
        if len(met) < awaited.times:
            where = f"{self.scene.path.name}:{awaited.line}"
            self.failures.append(f"{where}: {awaited.source!r} was not met in {PATIENCE:.0f} seconds")
        for report in met:
            self._reports.remove(report)
        self._started = (self._started or 0.0) + waited
        self._awaited = None
        return False


def _awaits(moments: Iterable[Begin | Edge]) -> Iterator[Await]:
    for moment in moments:
        if isinstance(moment, Begin) and isinstance(moment.step, Await):
            yield moment.step


def _ready(selector: BaseSelector, seconds: float) -> list[SelectorKey]:
    return [key for key, _ in selector.select(seconds)]
