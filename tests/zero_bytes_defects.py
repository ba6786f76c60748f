"""The listener with a defect, to see that the tests would notice: `python … DEFECT --config FILE`."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from keepmum import config, consent, process
from keepmum.listener.__main__ import main
from keepmum.listener.command import Command
from keepmum.listener.hearing import Hearing
from keepmum.listener.news import News
from keepmum.privacy import State


def ignores_missing_consent() -> None:
    """Whatever nobody agreed to may leave."""

    def decide(household: consent.Household, flow: consent.Flow, now: float) -> consent.Decision:
        decision = consent.decide(household, flow, now)
        lacking = decision.reason in (consent.Reason.LOCAL_MODE, consent.Reason.NO_CONSENT)
        return replace(decision, allowed=True, consent="0" * 32) if lacking else decision

    for place in ("privacy.step", "privacy.parcels", "privacy.asking", "listener.offer"):
        importlib.import_module(f"keepmum.{place}").decide = decide  # type: ignore[attr-defined]


def decides_with_the_household_of_the_start() -> None:
    """What people agreed to is looked at once and remembered: whoever takes it back later is not heard."""
    asked: Callable[[State], consent.Household] = State.household.fget  # type: ignore[attr-defined]
    known: list[consent.Household] = []

    def household(self: State) -> consent.Household:
        now = asked(self)
        if not known and now.consents:
            known.append(now)
        return known[0] if known else now

    State.household = property(household)  # type: ignore[method-assign, assignment]


def keeps_a_recording() -> None:
    """Every command is also written beside the ledger."""
    take = Hearing.take_clip

    def take_and_write(self: Hearing) -> Command:
        command = take(self)
        with open(f"{state_folder()}/clip.bin", "ab") as file:
            file.write(command.sound)
        return command

    Hearing.take_clip = take_and_write  # type: ignore[method-assign]


def logs_what_was_heard() -> None:
    """The transcript goes into the log."""
    tell = News.tell

    def tell_and_log(self: News, kind: str, facts: Any, words: str | None = None) -> None:
        if kind == "heard":
            logging.getLogger("keepmum").info("heard %s", words)
        tell(self, kind, facts, words)

    News.tell = tell_and_log  # type: ignore[method-assign]


def state_folder() -> str:
    """Where the settings say that state is kept."""
    return str(config.load(Path(sys.argv[-1])).folders.state)


DEFECTS: dict[str, Callable[[], None]] = {
    "ignores_missing_consent": ignores_missing_consent,
    "decides_with_the_household_of_the_start": decides_with_the_household_of_the_start,
    "keeps_a_recording": keeps_a_recording,
    "logs_what_was_heard": logs_what_was_heard,
}

if __name__ == "__main__":
    DEFECTS[sys.argv.pop(1)]()
    sys.exit(process.run("listener", main))
