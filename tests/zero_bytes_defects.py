"""The listener with a defect, to see that the zero-byte test would notice: `python … DEFECT --config FILE`."""

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
from keepmum.listener.news import News
from keepmum.listener.release import Release


def ignores_missing_consent() -> None:
    """Whatever nobody agreed to may leave."""

    def decide(household: consent.Household, flow: consent.Flow, now: float) -> consent.Decision:
        decision = consent.decide(household, flow, now)
        lacking = decision.reason in (consent.Reason.LOCAL_MODE, consent.Reason.NO_CONSENT)
        return replace(decision, allowed=True, consent="nobody") if lacking else decision

    for place in ("step", "parcels"):
        importlib.import_module(f"keepmum.privacy.{place}").decide = decide  # type: ignore[attr-defined]


def keeps_a_recording() -> None:
    """Every clip is also written beside the ledger."""
    hold = Release.hold_clip

    def hold_and_write(self: Release, clip: Any, pcm: bytearray) -> None:
        with open(f"{state_folder()}/clip.bin", "ab") as file:
            file.write(pcm)
        hold(self, clip, pcm)

    Release.hold_clip = hold_and_write  # type: ignore[method-assign]


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
    "keeps_a_recording": keeps_a_recording,
    "logs_what_was_heard": logs_what_was_heard,
}

if __name__ == "__main__":
    DEFECTS[sys.argv.pop(1)]()
    sys.exit(process.run("listener", main))
