"""Tells the household's hub how the speaker is, once somebody has agreed to that; what it says stands in
`announcement.py`.

Every word goes through the keeper like anything else that leaves: a row first, and nothing without a live consent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from keepmum.clip import new_id
from keepmum.consent import Flow, Kind, Purpose, Rung, decide
from keepmum.ledger import What
from keepmum.listener.announcement import Topics, discovery, status
from keepmum.listener.keeper import Keeper
from keepmum.listener.news import News
from keepmum.listener.release import Release
from keepmum.listener.today import Today, Written
from keepmum.settings import HomeSettings

GAP = 1.0
"""Seconds between two words at least; of what changes meanwhile, the newest is told."""
LASTS = 15.0
"""Seconds; how the speaker was is of no use later."""
SETTLES = 2.0
"""Seconds that a broker or a hub must have been there before it is told anything."""
GREETS = 10.0
"""Seconds between two announcements at least, however often a broker comes and goes."""
BUILDS = (2.0, 15.0)
"""Seconds after an announcement at which the status is told: a hub makes its entities of it first, some slowly."""
FIRST_PATIENCE, LONGEST_PATIENCE = 30.0, 3600.0
"""Seconds until what did not arrive is told again, doubled each time: nobody may be listening."""


class Hub:
    """At most one of its parcels is under way. `look` is called once a turn of the loop."""

    def __init__(  # noqa: PLR0917
        self,
        keeper: Keeper,
        release: Release,
        news: News,
        home: HomeSettings,
        broker: str,
        microphone: str,
        vanish: Callable[[], None],
        *,
        rows: Iterable[Written],
        utc_offset: Callable[[], float],
    ) -> None:
        """`broker` and `microphone` as in the consent's terms; `vanish` lets the broker say that we are gone.

        `rows` are what the ledger has since midnight, or more; `utc_offset` is what the household's clock adds to UTC.
        """
        self._keeper, self._release, self._vanish = keeper, release, vanish
        self._topics = Topics(home.topic, home.status_topic, home.discovery)
        rung = Rung.METRICS
        self._flow = Flow(
            Kind.STATUS, Purpose.STATUS, broker, 0.0, confirmed=True, approved=True, rung=rung, microphone=microphone
        )
        self._today = Today(rows, utc_offset)
        self._online = self._spoke = False
        self._due = 0.0
        """Before this, nothing is said."""
        self._greeted = float("-inf")
        self._announced = False
        self._told = self._lost = ""
        """The status that was told last, and the one that did not arrive."""
        self._again: tuple[float, ...] = ()
        """When it is told once more, changed or not."""
        self._under_way = self._saying = ""
        """The parcel that has not arrived yet, and what stands in it."""
        self._patience, self._retry = 0.0, 0.0
        news.watch(self._saw)

    def fact(self, name: str, value: str) -> None:
        """The household's hub told something; `hub` is `online` when Home Assistant has started."""
        if (name, value) == ("hub", "online"):
            self._patience = 0.0
            self._greet()

    def look(self) -> None:
        """Say what there is to say now."""
        now, wall = self._keeper.moment()
        if not decide(self._keeper.state.household, self._flow, wall).allowed:
            self._fall_silent()
        elif self._online and now >= self._due and not self._waiting():
            self._tell(now, wall)

    def _tell(self, now: float, wall: float) -> None:
        if self._topics.prefix is not None and not self._announced and now >= self._retry:
            self._announced = True
            self._again = tuple(now + seconds for seconds in BUILDS)
            self._offer(self._topics.discovery, discovery(self._topics), now, wall)
            self._due = now + BUILDS[0]
            return
        state = self._keeper.state
        word = status(state.mode, bool(state.mutes), self._today.counts(wall))
        again = bool(self._again) and now >= self._again[0]
        changed = word != self._told and (word != self._lost or now >= self._retry)
        if changed or again:
            self._again = tuple(each for each in self._again if each > now)
            self._told = word
            self._offer(self._topics.status, word, now, wall)

    def _offer(self, topic: str, word: str, now: float, wall: float) -> None:
        parcel, self._due, self._spoke = new_id(), now + GAP, True
        self._under_way, self._saying = parcel, word
        self._release.hold_action(parcel, topic, word)
        if self._keeper.offer(parcel, self._flow, wall + LASTS):
            self._did_not_arrive(parcel)

    def _waiting(self) -> bool:
        """Whether the last word is still on its way."""
        state = self._keeper.state
        here = {boxed.id for boxed in (*state.sealing, *state.box)}
        return bool(self._under_way) and self._under_way in here

    def _fall_silent(self) -> None:
        """Nobody agrees any more that the hub is told: it is not to show what was true once."""
        if self._spoke:
            self._vanish()
            self._spoke = self._announced = False
            self._told = self._lost = ""
            self._again = ()

    # ---- what happens meanwhile

    def _saw(self, kind: str, facts: Mapping[str, object]) -> None:
        if kind == "row":
            self._row(str(facts.get("what", "")), facts)
        elif kind == "broker":
            self._came_or_went(facts.get("online") is True)
        elif (kind, facts.get("role"), facts.get("here")) == ("peer", "uplink", False):
            self._came_or_went(False)

    def _row(self, what: str, facts: Mapping[str, object]) -> None:
        self._today.saw(self._keeper.moment()[1], what, facts)
        parcel = facts.get("parcel")
        if not self._under_way or parcel != self._under_way:
            return
        if what == What.DELIVERED:
            self._under_way, self._lost, self._patience = "", "", 0.0
        elif what == What.DROPPED:
            self._did_not_arrive(self._under_way)

    def _did_not_arrive(self, parcel: str) -> None:
        """It is told again, later and later. What is new is told at once all the same."""
        if parcel != self._under_way:
            return
        self._patience = min(LONGEST_PATIENCE, max(FIRST_PATIENCE, 2 * self._patience))
        self._retry = self._keeper.moment()[0] + self._patience
        self._under_way = ""
        if self._saying == self._told:
            self._lost, self._told = self._told, ""
        else:
            self._announced = False

    def _came_or_went(self, online: bool) -> None:
        if online and not self._online:
            self._greet()
        self._online = online

    def _greet(self) -> None:
        """Somebody is there who may know nothing of us."""
        now = self._keeper.moment()[0]
        self._greeted = max(now + SETTLES, self._greeted + max(GREETS, self._patience))
        self._due, self._retry = self._greeted, 0.0
        self._announced, self._told, self._lost = False, "", ""
