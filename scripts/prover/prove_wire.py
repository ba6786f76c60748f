"""Proof 1: the real speaker at one end of a captured wire, and how many bytes it sends."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import household_talk as talk
import mqtt
import needs
from capture import Capture
from finding import Count, Finding
from frames import Frame, streams
from island import HOUSE, Island
from mqtt import Packet
from speaker import House, Life, Wrap

from keepmum.demo import count
from keepmum.uplink.chunks import OVERHEAD

NAME, TITLE = "wire", "Bytes on the wire"
TRIED = (
    "The real listener, uplink and skills run in a network namespace of their own. Its only wire leads to a real "
    "mosquitto and to nobody else; tcpdump writes down every frame, and the kernel's own counter must agree. IPv6 "
    "and ARP are off, so that no frame can be the kernel's own. A datagram of ours before and after each run "
    "shows that the capture was alive."
)
PROGRAMS = ("ip", "tcpdump", "mosquitto", "mosquitto_sub", "espeak-ng")
DEMO = Path(count.__file__).parent / "scenes" / "household.txt"
"""Six minutes in which two consents are given and used, and clips are called back: the scene of scripts/demo."""
CONNECTION = frozenset({"CONNECT", "SUBSCRIBE", "PINGREQ"})
"""What keeps a connection to a broker alive."""
_PINGS = 40.0
"""Seconds in which a silent connection is kept alive twice, so that there is something to compare."""
_TOLERANCE = 2.0
"""Seconds by which pings of two speakers on one busy machine may differ."""

Told = Callable[[str, float, float], None]
"""Progress: what is being done, how far, of how much."""


@dataclass
class Run:
    """One life of a speaker at a captured wire."""

    frames: list[Frame] = field(default_factory=list)
    packets: list[Packet] = field(default_factory=list)
    life: Life = field(default_factory=Life)
    ledger: count.Book | None = None
    consents: int = 0
    ended: float = 0.0
    """Unix time at which the capture ended."""

    @property
    def size(self) -> int:
        """Bytes of all its frames."""
        return sum(frame.size for frame in self.frames)

    @property
    def content(self) -> int:
        """Bytes that were published, of whatever kind."""
        return sum(packet.payload for packet in self.packets)

    @property
    def told(self) -> str:
        """What it said to the broker: `CONNECT 60, SUBSCRIBE 21 …` and how many pings."""
        kinds = Counter(packet.kind for packet in self.packets)
        sizes = Counter[str]()
        for packet in self.packets:
            sizes[packet.kind] += packet.size
        return ", ".join(f"{kinds[kind]} {kind} ({sizes[kind]} bytes)" for kind in kinds) or "nothing"

    @property
    def lived(self) -> str:
        """How much was heard, for a reader."""
        hours = self.life.seconds / 3_600
        length = f"{hours:.2f} h" if hours >= 0.1 else f"{self.life.seconds:.0f} s"
        return f"{length} of sound, {self.life.counts['heard']} commands understood"


def prove(hours: float, told: Told) -> Finding:
    """Live for `hours` in each of the quiet ways, and once with consents. Raises KeepmumError if the speaker fails."""
    missing = needs.missing(PROGRAMS, root=True)
    if missing:
        return Finding(NAME, TITLE, TRIED, missing=missing)
    length = hours * 3_600
    off = live(talk.household_sound(length, 1, talk.NO_BROKER + talk.OPEN), _steps(told, "everything off", length))
    local, empty = beside(talk.household_sound(length, 1), _steps(told, "no consent, beside an empty room", length))
    begin = talk.BEGIN + talk.OPEN + talk.AGREE + "press\npause 1\n"
    muted = live(talk.household_sound(length, 1, begin, presses=False), _steps(told, "muted", length))
    agreed = live(DEMO, _steps(told, "control: with consents", 340))
    return Finding(NAME, TITLE, TRIED, (*_quiet(off, local, empty, muted), *_control(agreed)))


def _steps(told: Told, what: str, length: float) -> Callable[[float], None]:
    return lambda seconds: told(what, seconds, length)


# ---- the runs


def live(scene: str | Path, tell: Callable[[float], None], wrap: Wrap | None = None, stay: float = 0.0) -> Run:
    """Live through one scene, fast, on an island of its own, and stay there for some real seconds more."""
    with tempfile.TemporaryDirectory() as folder, Island() as island, House(island, scene, wrap=wrap) as house:
        with Capture(island, Path(folder) / "wire.pcap", sys.executable) as capture:
            house.live(tell)
            time.sleep(stay)
        return _run(house, capture)


def beside(scene: str, tell: Callable[[float], None]) -> tuple[Run, Run]:
    """Live through one scene, and at the same time let the same speaker stand in an empty room."""
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(_empty_room, over)
        try:
            run = live(scene, tell, stay=_PINGS)
        finally:
            over.set()
        return run, other.result()


def _empty_room(over: threading.Event) -> Run:
    # At its true pace: a fast room without a sound would be over at once.
    scene = talk.BEGIN + talk.OPEN + "pause 86400\n"
    with tempfile.TemporaryDirectory() as folder, Island() as island, House(island, scene, fast=False) as house:
        with Capture(island, Path(folder) / "wire.pcap", sys.executable) as capture:
            house.idle(over.is_set)
        return _run(house, capture)


def _run(house: House, capture: Capture) -> Run:
    said = [packet for stream in streams(_to_broker(capture.frames)) for packet in mqtt.packets(stream)]
    given = sum(row["state"] == "given" for row in house.rows("consent"))
    return Run(capture.frames, said, house.life, count.ledgers(house.stage.state / "ledger"), given, capture.ended)


def _to_broker(frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if frame.kind == "TCP" and frame.to == HOUSE]


# ---- what they come to


def _quiet(off: Run, local: Run, empty: Run, muted: Run) -> tuple[Count, ...]:
    same, number, lasts, apart = alike(local, empty)
    return (
        Count(
            f"everything off, no broker set: {off.lived}", f"{len(off.frames)} frames, {off.size} bytes", not off.frames
        ),
        Count(f"a broker, no consent: {local.lived}", f"{local.content} bytes of content", connection_only(local)),
        Count(f"  beside it, to keep the connection: {local.told}", f"{local.size} bytes in frames", True),
        Count(
            f"  the same speaker in an empty room beside it, for the same {lasts:.0f} s",
            f"the same {number} packets, pauses within {apart:.2f} s"
            if same
            else f"ANOTHER CONVERSATION: {empty.told}",
            same and connection_only(empty),
        ),
        Count(
            f"muted, with {muted.consents} live consents: {muted.life.seconds / 3_600:.2f} h of sound",
            f"{muted.content} bytes of content",
            connection_only(muted) and muted.consents == 2 and not muted.life.failures,
        ),
    )


def connection_only(run: Run) -> bool:
    """Whether all that was sent is what keeps one connection to the broker, and acknowledgements of TCP."""
    to_broker = _to_broker(run.frames)
    kinds = {packet.kind for packet in run.packets}
    return len(to_broker) == len(run.frames) and "CONNECT" in kinds and kinds <= CONNECTION


def alike(one: Run, other: Run) -> tuple[bool, int, float, float]:
    """Whether two speakers said the same while both were there.

    Also how many packets that were, for how many seconds from CONNECT on, and by how many seconds the pauses between
    them differ at most.
    """
    if not one.packets or not other.packets:
        return False, 0, 0.0, 0.0
    lasts = min(run.ended - run.packets[0].at for run in (one, other))
    first, second = (_said(run, lasts) for run in (one, other))
    pairs = list(zip(first, second, strict=False))
    apart = max(abs(mine[1] - theirs[1]) for mine, theirs in pairs)
    # On a busy machine pings come late, each a little; so one speaker may have had time for one more.
    same = all(mine[0] == theirs[0] for mine, theirs in pairs) and abs(len(first) - len(second)) <= 1
    return same and apart <= _TOLERANCE, len(pairs), lasts, apart


def _said(run: Run, lasts: float) -> list[tuple[tuple[str, int], float]]:
    """Kind and size of each packet within so many seconds from CONNECT on, and the seconds since the one before."""
    said = [packet for packet in run.packets if packet.at - run.packets[0].at <= lasts]
    before = [said[0], *said]
    return [((packet.kind, packet.size), packet.at - last.at) for packet, last in zip(said, before, strict=False)]


def _control(run: Run) -> tuple[Count, ...]:
    """What leaves with consents, added up to the last byte."""
    book = run.ledger or count.Book((0, 0), {})
    parts = sum(packet.topic.startswith("keepmum/clips/") for packet in run.packets)
    framing = sum(packet.size for packet in run.packets) - run.content
    headers = run.size - run.content - framing - _again(run)
    sums = f"{run.content} = {book.everything} + {parts} x {OVERHEAD}"
    return (
        Count(
            f"two consents: {book.home[0]} home actions, {len(book.clips)} clips, {book.demands[0]} demands to destroy",
            f"{run.size} bytes in {len(run.frames)} frames",
            bool(book.clips) and run.size > book.everything,
            control=True,
        ),
        Count(
            f"  published = the ledger's bytes + {OVERHEAD} for each part of a clip",
            sums,
            run.content == book.everything + parts * OVERHEAD and not run.life.failures,
            control=True,
        ),
        Count(
            f"  the rest: {framing} bytes of MQTT, {headers} of Ethernet, IP and TCP", f"{_again(run)} sent again", True
        ),
    )


def _again(run: Run) -> int:
    """Bytes that TCP sent more than once."""
    sent = sum(len(frame.payload) for frame in _to_broker(run.frames))
    return sent - sum(packet.size for packet in run.packets)
