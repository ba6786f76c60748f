"""The planted defect in a process of its own: an uplink that calls a clip delivered when the broker has it."""

from __future__ import annotations

import random
import sys

from keepmum import process
from keepmum.clock import RealClock
from keepmum.settings import Settings
from keepmum.uplink import access
from keepmum.uplink.courier import Courier
from keepmum.uplink.events import Event
from keepmum.uplink.house import House
from keepmum.uplink.loop import Loop
from keepmum.uplink.orders import Order
from keepmum.uplink.state import State


class Premature(Courier):
    """It waits for nobody's receipt."""

    def step(self, event: Event, now: float) -> list[Order]:
        orders = super().step(event, now)
        if self.state is State.AWAITING and self.load is not None:
            self._delivered(self.load)
            told, self._orders = self._orders, []
            orders += told
        return orders


def main(settings: Settings) -> int:
    """As the real one, but for the courier."""
    courier = Premature(settings.recipient.topic, House(None, None), random.random, broker=settings.broker.name)
    loop = Loop(settings.folders.run, access.read(settings.broker), courier, RealClock(), random.random)
    while True:
        loop.turn()


if __name__ == "__main__":
    sys.exit(process.run("uplink", main))
