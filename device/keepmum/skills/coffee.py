"""Orders a coffee from a machine that listens to MQTT."""

from __future__ import annotations

from keepmum.messages import Answer, Ask
from keepmum.skills import home, wording
from keepmum.skills.skill import say

_MACHINE = "coffee machine"
_ORDER = ("drink", "size", "shots", "roast", "milk", "milk_amount", "sugar", "sugar_amount")
_SHOTS = {1: "one shot", 2: "two shots", 3: "three shots"}


class Coffee:
    """The order goes out as one JSON object; the owner's name for the machine is "coffee machine"."""

    name = "coffee"
    intents = ("coffee.order",)

    def answer(self, ask: Ask) -> Answer:
        """Say the order back, so that a wrong one can be stopped, and publish it."""
        order: dict[str, str | int] = {}
        for slot in _ORDER:
            if slot in ask.slots:
                value = ask.slots[slot]
                order[slot] = value if isinstance(value, str) else int(value)
        return say(ask, wording.sentence(_said(order)), home.action(ask, _MACHINE, _MACHINE, order))


def _said(order: dict[str, str | int]) -> str:
    roast = f"{order['roast']} roast" if "roast" in order else ""
    cup = " ".join(str(part) for part in (order.get("size", ""), roast, order.get("drink", "coffee")) if part)
    extras = [_SHOTS.get(int(order["shots"]), f"{order['shots']} shots")] if "shots" in order else []
    extras += [
        f"{_AMOUNTS.get(str(order.get(f'{what}_amount')), '')}{order[what]}"
        for what in ("milk", "sugar")
        if what in order
    ]
    return f"{wording.a(cup)} with {wording.together(extras)}" if extras else wording.a(cup)


_AMOUNTS = {"a little": "a little ", "some": "some ", "a lot": "a lot of ", "none": "no "}
