"""The listener without its ears, to be killed: it wants clips to leave, one after the other, for as long as it lives.

Agreements, ledger, outbox, release door, keeper, the line to the uplink and the doors are the real ones, wired as
`listener/sharing.py` does it. What it acknowledges it writes down in a file of its own, as a household remembers it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from selectors import BaseSelector, DefaultSelector, SelectorKey

sys.path.insert(0, str(Path(__file__).parent))

import chain_clips

from keepmum import config, log
from keepmum.clip import Clip, new_id
from keepmum.consent import Flow, Kind, Purpose, Rung
from keepmum.disk import REAL, Disk, RealDisk
from keepmum.ledger import Ledger
from keepmum.listener.batch import AT_ONCE, Batch
from keepmum.listener.capture import Capture
from keepmum.listener.consents.agreements import Agreements, read_card
from keepmum.listener.keeper import Keeper
from keepmum.listener.news import News
from keepmum.listener.peers.doors import Doors
from keepmum.listener.peers.to_uplink import ToUplink
from keepmum.listener.preroll import PreRoll
from keepmum.listener.release import Release
from keepmum.outbox import Item, Outbox
from keepmum.privacy import events
from keepmum.settings import Settings

EVERY = 420.0
"""Seconds between two clips: about as many as the quotas of three consents take."""
MOST_WAITING = 40
LOOK = 60.0
"""Seconds for which it waits at most until it looks at the clock again."""


class Hurried:
    """A clock that runs `speed` times as fast as life, and goes on over a kill: `begun` is a moment of CLOCK_MONOTONIC,
    `wall` the Unix time then."""

    def __init__(self, begun: float, wall: float, speed: float) -> None:
        self._begun, self._wall, self._speed = begun, wall, speed

    def now(self) -> float:
        return (time.monotonic() - self._begun) * self._speed

    def wall(self) -> float:
        return self._wall + self.now()

    def wait(self, selector: BaseSelector, seconds: float, *, pending: bool) -> list[SelectorKey]:
        return [key for key, _ in selector.select(max(0.0, seconds) / self._speed)]


class Silent:
    """A microphone that never has a block."""

    def open(self) -> None:
        pass

    def ready_in(self) -> float:
        return 1.0

    def read(self) -> bytes:
        raise AssertionError("it is never ready")

    def close(self) -> None:
        pass


class Credulous(ToUplink):
    """The planted defect: what the uplink calls delivered is erased, whoever did or did not sign for it."""

    def _check(self, item: Item, untrusted_receipt: str) -> None:
        pass


class Hasty(RealDisk):
    """The planted defect: it renames what was never synced."""

    def sync(self, file: int) -> None:
        pass

    def sync_folder(self, folder: Path) -> None:
        pass


LINES = {"puback": Credulous}
DISKS = {"unsynced": Hasty}


class Releaser:
    """One life of it. `said` is the file in which it acknowledges, `life` numbers its clips apart from earlier ones."""

    def __init__(self, settings: Settings, clock: Hurried, said: Path, life: int, variant: str) -> None:
        card = read_card(settings.recipient)
        disk: Disk = DISKS[variant]() if variant in DISKS else REAL
        folders, news = settings.folders, News(show_words=False)
        self._clock, self._number, self._due, self._hand = clock, life << 20, 0.0, 0.0
        self._said = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._still = said.with_name("drain")
        self._agreements = Agreements.open(settings, card)
        ledger = Ledger(folders.ledger, clock.wall(), disk, self._agreements.signer)
        outbox = Outbox(folders.outbox, disk=disk)
        self._release = Release(outbox, card, self._agreements.secret)
        line = LINES.get(variant, ToUplink)
        uplink = line(outbox, card, news, settings.broker.name, secret=self._agreements.secret)
        self._keeper = uplink.keeper = Keeper(
            clock,
            Capture(Silent(), PreRoll()),
            ledger,
            outbox,
            self._release,
            uplink,
            news,
            folders.state / "privacy.json",
            book=self._agreements.book,
            offered=self._agreements.offered,
            batch=Batch(AT_ONCE, lambda: 0.5, lambda: 0.0),
            disk=disk,
        )
        self._selector = DefaultSelector()
        Doors(folders.run, self._selector).open("uplink", uplink.reception())

    def run(self) -> None:
        """Live until somebody ends it."""
        self._keeper.start()
        self._agree()
        while True:
            for key in self._clock.wait(self._selector, LOOK, pending=False):
                key.data()
            self._keeper.tell(events.Ticked(*self._keeper.moment()))
            self._keeper.look()
            if self._clock.now() >= self._due and not self._still.exists():
                self._due = self._clock.now() + EVERY
                self._want()

    def _agree(self) -> None:
        """What a hand on the button does: it ends a mute, and says yes to what is asked."""
        if self._keeper.state.mutes:
            self._hold(1.0)
        for purpose in chain_clips.PURPOSES:
            if purpose not in {consent.purpose for consent in self._keeper.state.consents}:
                self._hold(3.5, purpose)

    def _hold(self, lasts: float, purpose: Purpose | None = None) -> None:
        now, wall = self._keeper.moment()
        down = self._hand = max(now, self._hand) + 10.0
        if purpose is not None:
            self._keeper.tell(events.Proposed(down, wall, new_id(), purpose.value, Rung.VOICE))
        self._keeper.tell(events.Pressed(down, wall))
        self._keeper.tell(events.Ticked(down + lasts, wall))
        self._keeper.tell(events.Released(down + lasts, wall))

    def _want(self) -> None:
        if len(self._keeper.state.box) >= MOST_WAITING:
            return
        self._number += 1
        number, parcel = self._number, new_id()
        purpose, seconds = chain_clips.purpose(number), chain_clips.seconds(number)
        self._release.hold_clip(
            Clip(parcel, Rung.VOICE, "0" * 16, phrase="alexa", language="en", model="none"),
            bytearray(chain_clips.sound(number)),
        )
        recipient, microphone = self._release.recipient, self._agreements.microphone
        flow = Flow(Kind.CLIP, purpose.value, recipient, seconds, True, False, Rung.VOICE, microphone)
        reason = self._keeper.offer(parcel, flow)
        os.write(self._said, f"{'refused' if reason else 'kept'} {parcel} {number} {reason}\n".encode())


def main() -> None:
    """Read the words and live."""
    words = argparse.ArgumentParser()
    words.add_argument("--config", type=Path)
    words.add_argument("--said", type=Path)
    for number in ("--begun", "--wall", "--speed"):
        words.add_argument(number, type=float)
    words.add_argument("--life", type=int)
    words.add_argument("--variant", default="")
    told = words.parse_args()
    log.begin("releaser")
    clock = Hurried(told.begun, told.wall, told.speed)
    Releaser(config.load(told.config), clock, told.said, told.life, told.variant).run()


if __name__ == "__main__":
    main()
