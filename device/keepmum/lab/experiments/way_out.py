"""Everything of a listener that is behind its ears: who agreed, what is decided, sealed, written down and handed over.

Commands are given to it instead of being heard. The rest is the real thing, wired as `listener/sharing.py` does it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from random import Random
from selectors import DefaultSelector

from keepmum.clip import Clip, new_id
from keepmum.consent import Flow, Kind, Purpose, Rung
from keepmum.disk import REAL, Disk
from keepmum.errors import LabError
from keepmum.lab.experiments.hurried import HurriedClock
from keepmum.ledger import Ledger, Row
from keepmum.listener.batch import AT_ONCE, Batch
from keepmum.listener.capture import Capture
from keepmum.listener.consents.agreements import Agreements, read_card
from keepmum.listener.keeper import Keeper
from keepmum.listener.news import News
from keepmum.listener.peers.doors import Doors
from keepmum.listener.peers.to_uplink import ToUplink
from keepmum.listener.preroll import PreRoll
from keepmum.listener.release import Release
from keepmum.outbox import Outbox
from keepmum.privacy import Owner, events
from keepmum.settings import Settings
from keepmum.sound import RATE, SAMPLE_BYTES

PATIENCE = 20.0
"""Real seconds until something that does not happen is given up."""
UNMUTE, AGREE = 1.0, 3.5
"""Seconds for which a hand holds the button."""


class WayOut:
    """One life of it. Raises KeepmumError if its files cannot be opened."""

    def __init__(
        self, settings: Settings, clock: HurriedClock, disk: Disk = REAL, line: type[ToUplink] = ToUplink
    ) -> None:
        """`disk` and `line` are for defects: a disk that is full, a line that tells the uplink nothing."""
        settings.folders.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.settings, self.clock, self.news = settings, clock, News(show_words=False)
        card = read_card(settings.recipient)
        self._agreements = agreements = Agreements.open(settings, card)
        self.ledger = Ledger(settings.folders.ledger, clock.wall(), disk, agreements.signer)
        self.outbox = Outbox(settings.folders.outbox, disk=disk)
        self._release = Release(self.outbox, card, agreements.secret)
        self.uplink = line(self.outbox, card, self.news, settings.broker.name, secret=agreements.secret)
        self.keeper = self.uplink.keeper = Keeper(
            clock,
            Capture(_Nothing(), PreRoll()),
            self.ledger,
            self.outbox,
            self._release,
            self.uplink,
            self.news,
            settings.folders.state / "privacy.json",
            book=agreements.book,
            offered=agreements.offered,
            batch=Batch(AT_ONCE, lambda: 0.5, lambda: 0.0),
            disk=disk,
        )
        self._undo = ExitStack()
        self._selector = self._undo.enter_context(DefaultSelector())
        doors = Doors(settings.folders.run, self._selector)
        self._undo.callback(doors.close)
        doors.open("uplink", self.uplink.reception())
        self.keeper.start()

    def close(self) -> None:
        """Hang up; what was kept stays."""
        self._undo.close()

    # ---- time

    def turn(self, seconds: float = 0.02) -> None:
        """Take in what comes within so many real seconds, and look at the clock."""
        for key in self.clock.wait(self._selector, seconds * self.clock.speed, pending=False):
            key.data()
        self.keeper.tell(events.Ticked(*self.keeper.moment()))

    def until(self, holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Turn until something is so; raises LabError, naming it, if it never is."""
        if not self.comes(holds, patience):
            hint = f"the broker: {self.uplink.broker}; a busy computer may need fewer things to do"
            raise LabError(f"{what} did not happen within {patience:g} s", hint)

    def comes(self, holds: Callable[[], bool], patience: float) -> bool:
        """Turn until something is so, or for so many real seconds; whether it is."""
        end = self.clock.now() + patience * self.clock.speed
        while not holds():
            if self.clock.now() > end:
                return False
            self.turn()
        return True

    def later(self, seconds: float) -> None:
        """So much time passes at once."""
        self.clock.skip(seconds)
        self.turn(0.0)

    # ---- what people do

    def open_ears(self) -> None:
        """A hand ends whatever mutes it: nobody has heard of a consent in a muted house."""
        if self.keeper.state.mutes:
            self._hold(UNMUTE)

    def agree(self, purpose: Purpose, rung: Rung = Rung.VOICE) -> str | None:
        """A hand says yes to this; the consent's number, or None if it could not be agreed to."""
        self.keeper.tell(events.Proposed(*self.keeper.moment(), new_id(), purpose.value, rung))
        self._hold(AGREE)
        return next((each.id for each in self.keeper.state.consents if each.purpose is purpose), None)

    def quieter(self, want: str) -> None:
        """Somebody at the panel asks for quiet: `withdraw`, `forget`, `mute` or another."""
        self.keeper.tell(events.Quieter(*self.keeper.moment(), want, Owner.PANEL))

    def want(self, purpose: Purpose, sound: bytes, rung: Rung = Rung.VOICE) -> tuple[str, str]:
        """A command with this sound wants to leave: its parcel, and why it may not (nothing if it may)."""
        parcel, seconds = new_id(), len(sound) / (RATE * SAMPLE_BYTES)
        self._release.hold_clip(Clip(parcel, rung, "0" * 16, phrase="alexa", language="en"), bytearray(sound))
        microphone = self._agreements.microphone
        flow = Flow(Kind.CLIP, purpose.value, self._release.recipient, seconds, True, False, rung, microphone)
        return parcel, self.keeper.offer(parcel, flow)

    def _hold(self, seconds: float) -> None:
        self.clock.skip(2.0)
        self.keeper.tell(events.Pressed(*self.keeper.moment()))
        self.clock.skip(seconds)
        self.keeper.tell(events.Ticked(*self.keeper.moment()))
        self.keeper.tell(events.Released(*self.keeper.moment()))
        self.clock.skip(2.0)

    # ---- what can be asked of it

    @property
    def online(self) -> bool:
        """Whether the uplink has a broker."""
        return self.uplink.broker == "online"

    @property
    def idle(self) -> bool:
        """Whether nothing waits to leave, and nobody is to destroy anything any more."""
        state = self.keeper.state
        return not state.box and state.handed is None and not any(each.demanded for each in state.outside)

    def rows(self, *whats: str) -> list[Row]:
        """The ledger's rows of these kinds, or all."""
        return [row for row in self.ledger.rows() if not whats or row.what in whats]


class _Nothing:
    """A microphone that never has a block."""

    def open(self) -> None:
        """Nothing is heard here."""

    def ready_in(self) -> float:
        return 1.0

    def read(self) -> bytes:
        raise LabError("nothing is heard here", "commands are given, with want()")

    def close(self) -> None:
        """The same."""


def noise(some: Random, seconds: float) -> bytes:
    """A sound that is like no other: whatever holds bytes of it holds this one."""
    return some.randbytes(int(seconds * RATE) * SAMPLE_BYTES)
