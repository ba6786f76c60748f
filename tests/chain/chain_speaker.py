"""A speaker on a disk whose power is cut, and a desk that has power: all in one process, on a clock moved by hand."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from pathlib import Path

import chain_clips
from chain_account import Account, look_into
from chain_releaser import Silent

from keepmum import shipped
from keepmum.clip import Clip, new_id
from keepmum.consent import Flow, Kind, Purpose, Rung
from keepmum.desk.reception import Reception
from keepmum.desk.store import Store
from keepmum.disk_fragile import FragileDisk, How, Left, PowerCut
from keepmum.errors import KeepmumError
from keepmum.ledger import Fact, Ledger, Row, What, verify
from keepmum.ledger.row import chain
from keepmum.listener.batch import AT_ONCE, Batch
from keepmum.listener.capture import Capture
from keepmum.listener.consents.identity import Identity
from keepmum.listener.consents.notice import Notices
from keepmum.listener.consents.offered import microphone_name, offered
from keepmum.listener.consents.receipts import Receipts
from keepmum.listener.keeper import Keeper
from keepmum.listener.news import News
from keepmum.listener.preroll import PreRoll
from keepmum.listener.release import Release
from keepmum.outbox import Item, Outbox
from keepmum.privacy import Owner, events
from keepmum.seal import Keys, check_stored
from keepmum.settings import Settings
from keepmum.uplink import chunks

START = 1_790_000_000.0
NOTICES = Notices.load(shipped.folder() / "notices", "en")


class DarkDisk(FragileDisk):
    """After the cut nothing more reaches it, and it knows which contents each renamed file may have then."""

    dark = False

    def __init__(self, root: Path, at: int = 0, how: How = "never", forgotten: tuple[str, ...] = ()) -> None:
        super().__init__(root, at, how, forgotten)
        self.may: dict[Path, list[bytes | None]] = {}

    def _step(self, do: Callable[[], None], half: Callable[[], None] = lambda: None) -> None:
        if self.dark:
            raise PowerCut
        try:
            super()._step(do, half)
        except PowerCut:
            self.dark = True
            raise

    def rename(self, old: Path, new: Path) -> None:
        self.may.setdefault(new, [None]).append(bytes(self._names[old].seen))
        super().rename(old, new)

    def unlink(self, path: Path) -> None:
        self.may.setdefault(path, [None]).append(None)
        super().unlink(path)

    def sync_folder(self, folder: Path) -> None:
        super().sync_folder(folder)
        for path, contents in self.may.items():
            if path.parent == folder:
                del contents[:-1]

    def mixed(self, into: Path) -> list[str]:
        """What is neither as it was nor as it was to be, in the folder that `leave` has written."""
        found = {path: into / path.relative_to(self.root) for path in self.may if path.parent.name != "tmp"}
        there = {path: copy.read_bytes() if copy.exists() else None for path, copy in found.items()}
        return [str(path.relative_to(self.root)) for path in found if there[path] not in self.may[path]]


class LateLedger(Ledger):
    """The planted defect: that something is handed over is written with the next row, and so after the first byte."""

    _late: tuple[str, float, dict[str, Fact]] | None = None

    def add(self, what: str, at: float, facts: object, private: object = None) -> Row:
        if self._late is not None:
            late, self._late = self._late, None
            super().add(*late)
        if what == What.HANDOVER:
            self._late = (what, at, dict(facts))  # type: ignore[call-overload]
            return chain(self.size, at, what, dict(facts), self.head)  # type: ignore[call-overload]
        return super().add(what, at, facts, private)  # type: ignore[arg-type]


class Hand:
    """A clock that only the test moves."""

    def __init__(self, wall: float) -> None:
        self._wall, self.time = wall, 0.0

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        return self._wall + self.time


class Desk:
    """The recipient, at another place: its power stays."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self.path, self.keys = folder / "clips.db", keys
        self.store = Store(self.path)
        self._reception = Reception(keys, self.store)

    def takes(self, item: Item, wall: float) -> str | None:
        """A clip, in parts; the receipt."""
        sha256 = hashlib.sha256(item.body).hexdigest()
        parts = chunks.cut(item.id, sha256, item.body, chunks.PART)
        return [self._reception.part(item.id, part, wall, wall) for part in parts][-1]


class Speaker:
    """Everything that is kept lies on `disk`. Opening and using it raises PowerCut where the disk says so."""

    def __init__(self, disk: FragileDisk, desk: Desk, wall: float, ledger: type[Ledger]) -> None:
        folder, card, news = disk.root, desk.keys.card, News(show_words=False)
        self.rows: list[tuple[int, str]] = []
        """What the ledger has acknowledged."""
        news.watch(lambda kind, facts: self.rows.append((facts["n"], facts["what"])) if kind == "row" else None)  # type: ignore[arg-type]
        self.handed: list[int] = []
        """After how many changes of the disk something was handed over."""
        self._disk, self._desk, self.clock, self._arrived = disk, desk, Hand(wall), deque[str]()
        settings, identity = Settings(), Identity.open(folder / "identity.json", disk)
        name = microphone_name(settings.hardware)
        self._microphone, self._card = identity.microphone(name), card
        self.outbox = Outbox(folder / "outbox", disk=disk)
        self._release = Release(self.outbox, card, identity.secret)
        self.keeper = Keeper(
            self.clock,  # type: ignore[arg-type]
            Capture(Silent(), PreRoll()),
            ledger(folder / "ledger", wall, disk, identity.signing_key),
            self.outbox,
            self._release,
            self,
            news,
            folder / "privacy.json",
            book=Receipts(folder / "receipts", identity.signing_key, NOTICES, disk),
            offered=offered(settings, card, identity, name, NOTICES),
            batch=Batch(AT_ONCE, lambda: 0.5, lambda: 0.0),
            disk=disk,
        )
        self.keeper.start()

    # ---- the line to the uplink

    def hand(self, item: Item) -> None:
        """It arrives at once, and so does the receipt."""
        self.handed.append(self._disk.operations)
        receipt = self._desk.takes(item, self.clock.wall())
        assert receipt is not None
        check_stored(self._card, receipt, item.id, hashlib.sha256(item.body).hexdigest())
        self._arrived.append(item.id)

    def stop(self, why: str) -> None:
        """What has not been told yet is not told any more."""
        self._arrived.clear()

    # ---- what people do

    def agree(self, purpose: Purpose) -> None:
        """A hand on the button, for as long as it takes."""
        self.keeper.tell(events.Proposed(*self._later(10.0), new_id(), purpose.value, Rung.VOICE))
        self.hold(3.5)

    def hold(self, seconds: float) -> None:
        """A hand on the button for so long, in whatever that ends."""
        self.keeper.tell(events.Pressed(*self._later(2.0)))
        self.keeper.tell(events.Ticked(*self._later(seconds)))
        self.keeper.tell(events.Released(*self._later(0.1)))

    def mute(self) -> None:
        """Somebody at the panel asks for quiet."""
        self.keeper.tell(events.Quieter(*self._later(1.0), "mute", Owner.PANEL))

    def want(self, number: int) -> str | None:
        """A clip is wanted; its parcel if it was taken."""
        parcel, pcm = new_id(), chain_clips.sound(number)
        purpose = chain_clips.purpose(number).value
        self._release.hold_clip(Clip(parcel, Rung.VOICE, phrase="alexa"), bytearray(pcm))
        flow = Flow(Kind.CLIP, purpose, self._release.recipient, 1.0, True, False, Rung.VOICE, self._microphone)
        return None if self.keeper.offer(parcel, flow) else parcel

    def carry(self) -> None:
        """An uplink is there until nothing more waits for it."""
        while True:
            self.keeper.tell(events.UplinkReady(*self._later(3_600.0)))
            if not self._arrived:
                return
            while self._arrived:
                self.keeper.tell(events.Delivered(*self._later(0.1), self._arrived.popleft()))

    def _later(self, seconds: float) -> tuple[float, float]:
        self.clock.time += seconds
        return self.keeper.moment()


class History:
    """What a household does with a speaker that begins with an empty disk, and what it was told on the way."""

    def __init__(self, disk: FragileDisk, desk: Desk, ledger: type[Ledger] = Ledger) -> None:
        self._disk, self._desk, self._ledger = disk, desk, ledger
        self.kept: set[str] = set()
        self.agreed: set[str] = set()
        self.muted: bool | None = None
        """None while nobody knows."""
        self.speaker: Speaker | None = None

    def run(self) -> None:
        """All of it; raises PowerCut in between."""
        speaker = self.speaker = Speaker(self._disk, self._desk, START, self._ledger)
        speaker.hold(1.0)
        for number, purpose in enumerate(chain_clips.PURPOSES):
            speaker.agree(purpose)
            self.agreed |= {consent.id for consent in speaker.keeper.state.consents}
            for each in (number, number + len(chain_clips.PURPOSES)):
                self.kept |= {speaker.want(each)} - {None}  # type: ignore[arg-type]
            if number != 1:
                speaker.carry()
        speaker.mute()
        self.muted = True
        assert speaker.want(6) is None, "nothing heard leaves while it is muted, and a row says so"
        self.muted = None
        speaker.hold(1.0)
        self.muted = False
        speaker.carry()
        self.kept |= {speaker.want(7)} - {None}  # type: ignore[arg-type]


def after(history: History, disk: FragileDisk, left: Left, into: Path, desk: Desk) -> tuple[Account, list[str]]:
    """What the next start finds once everything has left that waited, and every promise that it does not keep."""
    found = disk.leave(into, left)
    broken = [f"{name} is neither old nor new" for name in disk.mixed(into)] if isinstance(disk, DarkDisk) else []
    try:
        speaker = Speaker(found, desk, START + 100_000.0, Ledger)
    except KeepmumError as error:
        return Account(), [*broken, str(error)]
    state, rows = speaker.keeper.state, list(Ledger(into / "ledger").rows())
    told = history.speaker.rows if history.speaker is not None else []
    handed = {row.facts["parcel"] for row in rows if row.what == What.HANDOVER}
    broken += [f"{clip.id} left before its row" for clip in desk.store.clips() if clip.id not in handed]
    broken += [f"row {n} {what}" for n, what in told if n >= len(rows) or rows[n].what != what]
    broken += [f"consent {name}" for name in history.agreed - {consent.id for consent in state.consents}]
    if history.muted is not None and history.muted != bool(state.mutes):
        broken.append("the latch")
    if state.mutes:
        speaker.hold(1.0)
    speaker.carry()
    verdict, account = verify(into / "ledger"), Account()
    broken += [verdict.problem] if verdict.problem else []
    account.read(Ledger(into / "ledger").rows())
    account.acknowledged = history.kept
    look_into(account, desk.path, desk.keys)
    if speaker.outbox.waiting():
        broken.append("something still waits")
    return account, broken
