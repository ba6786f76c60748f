"""Are the copies gone? Clips that are like no other are recalled on their way, and every file is searched for them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from keepmum.desk.scan import canaries, scan
from keepmum.errors import LabError
from keepmum.lab.experiments.house import PURPOSES, House
from keepmum.lab.experiments.quiet import silence
from keepmum.lab.experiments.result import Control, Figure, Result, share, spread
from keepmum.lab.experiments.way_out import PATIENCE, noise
from keepmum.lab.experiments.wire_tap import published

QUESTION = "Are the copies gone, wherever a clip had got to?"
NEVER = 10.0
"""Real seconds after which a copy that is still there counts as never deleted."""
SECONDS = 1.0
"""How long each clip lasts."""
LIARS = ("hoarder", "copier")
"""Recipients that sign what is not so: only a look at their disk shows it. `desk/liars.py` has others."""
LIES = 2
"""Clips that each of them is given."""

_LABEL = 200
"""The first bytes of a sealed clip name it; a recipient that has destroyed it remembers the name, as it must."""
_KEEPS = ("persistence true", "autosave_interval 1", "allow_anonymous true", "max_packet_size 131072")
"""A broker that writes down all it can, as often as it can: the worst that a household may have configured."""
_NOTES = (
    "Files are searched for the sealed bytes and for the sound itself; the memory of programs is not searched.",
    "The broker writes its file once a second here. One that does it every half hour keeps bytes for half an hour.",
    "Backups elsewhere are not seen. What is in them opens to nobody once the recipient has destroyed the week's key.",
)


class Stage(StrEnum):
    """Where a clip had got to when it was recalled."""

    SPEAKER = "waiting on the speaker"
    BROKER = "at the broker, recipient away"
    DESK = "at the recipient"


@dataclass
class Canary:
    """A clip that is like no other."""

    parcel: str
    sealed: tuple[bytes, ...]
    """Pieces of what left."""
    sound: tuple[bytes, ...]
    """Pieces of what nobody may find, at any time."""


@dataclass(frozen=True)
class Fate:
    """What became of one clip."""

    stage: Stage
    there: bool
    """Whether the search found it before it was recalled: one that finds nothing then finds nothing ever."""
    seconds: float | None
    """Until no file had a byte of it; None if that never came."""
    open_sound: int
    """Files in which the sound itself stood."""
    confirmed: bool | None = None
    """Whether the recipient signed that it is gone; None where it never had it."""
    lie: bool = False
    """Whether its files held bytes when it signed."""


def measure(
    cycles: int = 6, seed: int = 7, progress: Callable[[int, int], None] = lambda _done, _of: None, speed: float = 1.0
) -> Result:
    """Recall `cycles` clips at each stage, and from each liar some. Raises LabError if a part does not come up.

    `speed` hurries the speaker's own waits; times are real seconds whatever it is.
    """
    whole = cycles * len(Stage) + LIES * len(LIARS)
    fates: list[Fate] = []
    with silence():
        with House(seed, speed=speed, lines=_KEEPS) as house:
            for fate in every_stage(house, cycles):
                fates.append(fate)
                progress(len(fates), whole)
        lies: dict[str, list[Fate]] = {}
        for liar in LIARS:
            with House(seed, speed=speed, desk=liar) as house:
                lies[liar] = [at_the_desk(house, patience=0.0) for _ in range(LIES)]
            progress(len(fates) + LIES * len(lies), whole)
    return Result("deletion", QUESTION, seed, figures(fates), controls(fates, lies), _NOTES)


# ---- what is told


def figures(fates: list[Fate]) -> tuple[Figure, ...]:
    """Times and shares, stage by stage."""
    told: list[Figure] = []
    for stage in dict.fromkeys(fate.stage for fate in fates):
        mine = [fate for fate in fates if fate.stage is stage]
        told += spread(stage, "time to delete", [fate.seconds for fate in mine if fate.seconds is not None], "s")
        told.append(share(stage, "never deleted", sum(fate.seconds is None for fate in mine), len(mine), most=0))
    signed = [fate for fate in fates if fate.confirmed]
    told.append(share("all stages", "signed as gone, and found", sum(fate.lie for fate in signed), len(signed), most=0))
    opened = sum(fate.open_sound for fate in fates)
    return (*told, Figure("all stages", "files with the sound itself", opened, n=len(fates), most=0))


def controls(fates: list[Fate], lies: dict[str, list[Fate]]) -> tuple[Control, ...]:
    """The search finds what is there, and it finds what each liar has kept."""
    found = sum(fate.there for fate in fates)
    search = Control("a clip that nobody has recalled", found == len(fates) > 0, f"{found} of {len(fates)} found")
    return search, *(_liar(name, mine) for name, mine in lies.items())


def _liar(name: str, fates: list[Fate]) -> Control:
    lied = sum(fate.lie for fate in fates)
    by = f"{lied} of {len(fates)} signed as gone, and found on its disk"
    return Control(f"a recipient that lies ({name})", lied == len(fates) > 0, by)


# ---- how


def every_stage(house: House, cycles: int) -> Iterator[Fate]:
    """So many clips at each stage."""
    # Without an uplink nothing can leave, so what is released waits.
    house.end("uplink")
    for _ in range(cycles):
        yield on_the_speaker(house)
    house.uplink()
    for stage in (at_the_broker, at_the_desk):
        for _ in range(cycles):
            yield stage(house)


def on_the_speaker(house: House) -> Fate:
    """It waits in the outbox."""
    canary = release(house)
    there, opened = _hits(house, canary.sealed), _hits(house, canary.sound)
    begun = time.monotonic()
    house.speaker.quieter("withdraw")
    gone = _gone(house, canary, begun)
    return Fate(Stage.SPEAKER, bool(there), gone, len(opened))


def at_the_broker(house: House) -> Fate:
    """The broker has it and the recipient is away; it comes back as soon as it was recalled."""
    house.speaker.until(lambda: house.speaker.online, "a connection to the broker")
    house.end("desk")
    canary = release(house)
    house.speaker.until(lambda: _reached(house, canary), "a clip at the broker")
    there, opened = _wait_for_file(house, canary), _hits(house, canary.sound)
    begun = time.monotonic()
    house.speaker.quieter("withdraw")
    house.speaker.turn()
    house.collector()
    gone, lie = _recalled(house, canary, begun, NEVER)
    return Fate(Stage.BROKER, there, gone, len(opened), _confirmed(house, canary), lie)


def at_the_desk(house: House, patience: float = NEVER) -> Fate:
    """The recipient has signed that it has it."""
    house.speaker.until(lambda: house.speaker.online, "a connection to the broker")
    canary = release(house)
    house.speaker.until(lambda: canary.parcel in house.speaker.keeper.delivered, "a receipt for a clip")
    there = bool(scan([house.desk_folder], canary.sealed))
    opened = _hits(house, canary.sound)
    begun = time.monotonic()
    house.speaker.quieter("withdraw")
    gone, lie = _recalled(house, canary, begun, patience)
    return Fate(Stage.DESK, there, gone, len(opened), _confirmed(house, canary), lie)


def release(house: House) -> Canary:
    """A clip leaves under a consent that was given a moment ago."""
    # A day later its quota is a new one, and so is the day's name of the household.
    house.speaker.later(60.0)
    purpose = PURPOSES[house.some.randrange(len(PURPOSES))]
    if house.speaker.agree(purpose) is None:
        raise LabError(f"nobody could agree to {purpose.value}", "the notices may be missing")
    sound = noise(house.some, SECONDS)
    parcel, refused = house.speaker.want(purpose, sound)
    item = house.speaker.outbox.get(parcel)
    if refused or item is None:
        raise LabError(
            f"a clip may not leave: {refused or 'it is not in the outbox'}", "--cycles is too many for a day"
        )
    return Canary(parcel, canaries(item.body[_LABEL:]), canaries(sound))


def _places(house: House) -> list[Path]:
    return [house.folder / "speaker", house.broker_folder, house.desk_folder]


def _hits(house: House, pieces: Iterable[bytes]) -> set[Path]:
    """Files that hold one of these pieces. A file that goes while it is looked for is looked for again."""
    wanted = tuple(pieces)
    while True:
        try:
            return {hit.file for hit in scan(_places(house), wanted)}
        except FileNotFoundError:
            continue


def _gone(house: House, canary: Canary, begun: float, patience: float = NEVER) -> float | None:
    """Seconds from `begun` until no file holds a piece of it."""
    while _hits(house, canary.sealed):
        if time.monotonic() - begun > patience:
            return None
        house.speaker.turn()
    return time.monotonic() - begun


def _recalled(house: House, canary: Canary, begun: float, patience: float) -> tuple[float | None, bool]:
    """Seconds until it was gone, and whether the recipient's files held it when it signed that it was."""
    house.speaker.comes(lambda: _confirmed(house, canary), PATIENCE)
    lie = _confirmed(house, canary) and bool(scan([house.desk_folder], canary.sealed))
    return _gone(house, canary, begun, patience), lie


def _confirmed(house: House, canary: Canary) -> bool:
    return not any(each.id == canary.parcel for each in house.speaker.keeper.state.outside)


def _reached(house: House, canary: Canary) -> bool:
    return any(one.topic.endswith(canary.parcel) for one in published(house.line))


def _wait_for_file(house: House, canary: Canary) -> bool:
    """Whether the broker wrote it down; it is asked to, because once a second is long to wait."""
    end = time.monotonic() + PATIENCE
    while not scan([house.broker_folder], canary.sealed):
        if time.monotonic() > end:
            return False
        os.kill(house.pid("mosquitto"), signal.SIGUSR1)
        house.speaker.turn(0.1)
    return True
