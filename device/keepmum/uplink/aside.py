"""The connection beside the first, which a demand has for itself: at most one, counted in the same minute."""

from __future__ import annotations

from keepmum.messages import Deleted, Failed, Parcel
from keepmum.uplink.demand import Demand
from keepmum.uplink.events import BrokerEvent, Ticked
from keepmum.uplink.orders import Apart, Leave, Order, ToBroker
from keepmum.uplink.pace import Attempts, Pace


class Aside:
    """Gives orders for that connection, and at the end a Deleted or a Failed for the listener."""

    def __init__(self, prefix: str, pace: Pace, attempts: Attempts) -> None:
        self.demand: Demand | None = None
        """The one that is under way."""
        self._prefix, self._pace, self._attempts = prefix, pace, attempts

    @property
    def due(self) -> float | None:
        """When a Ticked is needed even if nothing else happens."""
        return None if self.demand is None else self.demand.due

    def set_out(self, parcel: Parcel, secret: bytes, now: float) -> list[Order]:
        """Connect for this demand, unless the minute is used up."""
        if self._attempts.not_before(now) > now:
            return [Failed(parcel=parcel.id, reason="too many connections within a minute")]
        self._attempts.tried_apart(now)
        self.demand = Demand(parcel, secret, self._prefix, self._pace)
        return self._ordered(self.demand, self.demand.begin(now))

    def step(self, event: BrokerEvent | Ticked, now: float) -> list[Order]:
        """What happened there, or that time passed."""
        return [] if self.demand is None else self._ordered(self.demand, self.demand.step(event, now))

    def drop(self) -> list[Order]:
        """Cut it off, in the middle if need be."""
        if self.demand is None:
            return []
        self.demand = None
        return [Apart(Leave(abrupt=True))]

    def _ordered(self, demand: Demand, todo: list[ToBroker]) -> list[Order]:
        orders: list[Order] = [Apart(order) for order in todo]
        if demand.told is not None:
            self.demand = None
            orders.append(demand.told)
        if isinstance(demand.told, Deleted):
            self._attempts.forgive(demand.began)
        return orders
