"""Does somebody who watches the line see when it was spoken to? Commands at known times, and a search for bursts (E12).

As LeakyPick does (Mitev et al., 2020): say something, and look whether the device sends more than before.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

from keepmum.lab.capture import outgoing
from keepmum.lab.capture.bursts import Upload, idle, per_second, uploads
from keepmum.lab.capture.outgoing import Sent
from keepmum.lab.capture.record import PCAP, Record
from keepmum.lab.capture.segments import HEADERS, Conversation
from keepmum.lab.experiments.result import Control, Figure, Kind, Result, share
from keepmum.lab.experiments.traces import Said, filled, live, said

QUESTION = "Does a watcher on the line see when somebody spoke to it?"
APART = 60.0
"""Seconds between two commands; half of them are silence that is asked about as well."""
WITHIN = 10.0
"""Seconds after a command in which a burst counts as its answer."""
_BEAT, _EVERY = 2, 15.0
"""Bytes of an MQTT ping, and seconds between two (`uplink/broker.py`)."""
_STREAM = 2_000
"""Bytes a second of a device that always streams: speech of 16,000 bits a second."""
_KINDS = 8
"""Different commands that are said."""
_BEGAN = 1_500_000_000.0
_NOTES = (
    "Every device is written as a capture and read again like anybody's: `lab capture`'s own code looks for bursts. "
    "What they send is simulated; keepmum's sizes are those of its own code.",
    "A command for the home (an MQTT message of some 100 bytes) is too small for such a watcher, and not hidden: he "
    "sees that something was sent, not what.",
)

Traffic = Callable[[Sequence[tuple[float, Said]], float, Random], list[Sent]]
"""What a device sends for commands at their times, in so many seconds."""


def streaming(_: Sequence[tuple[float, Said]], seconds: float, __: Random) -> list[Sent]:
    """All that is heard, all the time."""
    return [Sent(second / 4, _STREAM // 4) for second in range(round(seconds) * 4)]


def answering(spoken: Sequence[tuple[float, Said]], _: float, dice: Random) -> list[Sent]:
    """Each command while it is said, as a speaker with a cloud behind it does."""
    return [Sent(at + each.at, each.size) for at, one in spoken for each in live(one, dice).sent]


def local(_: Sequence[tuple[float, Said]], __: float, ___: Random) -> list[Sent]:
    """Nothing, as keepmum ships."""
    return []


def sharing(spoken: Sequence[tuple[float, Said]], _: float, dice: Random) -> list[Sent]:
    """keepmum with a consent, set to send at once: two seconds after the last word."""
    whole: list[Sent] = []
    for at, one in spoken:
        whole += [Sent(at + one.spoken.seconds + 2.0 + each.at, each.size) for each in filled(one, dice).sent]
    return whole


def at_night(spoken: Sequence[tuple[float, Said]], seconds: float, dice: Random) -> list[Sent]:
    """keepmum with a consent, as it ships: all clips together when the window comes, here at the end."""
    whole: list[Sent] = []
    for place, (_, one) in enumerate(spoken):
        whole += [Sent(seconds - APART / 2 + place * 0.5 + each.at, each.size) for each in filled(one, dice).sent]
    return whole


SEEN: dict[str, Traffic] = {"always streams": streaming, "sends while spoken": answering}
"""Controls: a watcher who does not see these sees nothing."""
DEVICES: dict[str, Traffic] = {
    **SEEN,
    "keepmum, local": local,
    "keepmum, shares at once": sharing,
    "keepmum, shares at night": at_night,
}


def measure(probes: int, seed: int, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Result:
    """Say so many commands to each device, capture what it sends, and look for them. Raises LabError."""
    dice = Random(f"probe {seed}")
    voices = said(_KINDS, -(-probes // _KINDS), seed)
    spoken = [(APART * place + dice.uniform(5.0, 15.0), one) for place, one in enumerate(dice.sample(voices, probes))]
    seconds = APART * (probes + 1)
    figures, controls = list[Figure](), list[Control]()
    with tempfile.TemporaryDirectory() as folder:
        for done, (name, device) in enumerate(DEVICES.items()):
            progress(done, len(DEVICES))
            place = Path(folder) / str(done)
            _capture(place, device(spoken, seconds, dice), seconds)
            found = bursts(place / PCAP, seconds)
            hits, alarms = _hits(found, [at for at, _ in spoken])
            figures += _figures(name, hits, alarms, probes, found)
            if name in SEEN:
                told = f"{hits} of {probes} commands answered by a burst"
                caught = hits >= 0.9 * probes
                controls.append(Control(f"a device that {name}", caught, told))
    progress(len(DEVICES), len(DEVICES))
    return Result("probe", QUESTION, seed, tuple(figures), tuple(controls), _NOTES)


def bursts(pcap: Path, seconds: float) -> list[Upload]:
    """What a watcher sees in a capture that lasted so long."""
    bins = per_second(outgoing.trace(pcap).sent, seconds)
    return uploads(bins, idle(bins))


def _hits(found: Sequence[Upload], times: Sequence[float]) -> tuple[int, int]:
    """Commands with a burst after them, and silences of the same length with one."""

    def seen(at: float) -> bool:
        return any(each.begins <= at + WITHIN and each.ends > at for each in found)

    return sum(map(seen, times)), sum(seen(at + APART / 2) for at in times)


def _figures(name: str, hits: int, alarms: int, probes: int, found: Sequence[Upload]) -> Iterator[Figure]:
    kind = Kind.SIMULATED
    promised = 0.0 if name == "keepmum, local" else None
    yield share(name, "commands that a burst follows", hits, probes, kind=kind, most=promised)
    yield share(name, "silences with a burst", alarms, probes, kind=kind, most=promised)
    yield Figure(name, "bursts", float(len(found)), n=probes, kind=kind)


def _capture(folder: Path, sent: Sequence[Sent], seconds: float) -> None:
    """Write it down as the tap would, with the pings of an idle connection between."""
    record, line = Record(folder), Conversation(0, 1883)
    beats = [Sent(_EVERY * number, _BEAT + HEADERS) for number in range(1, int(seconds / _EVERY))]
    record.opened(_BEGAN, line)
    for each in sorted([*beats, *sent]):
        record.said(_BEGAN + each.at, line, outward=True, content=bytes(max(1, each.size - HEADERS)))
    record.close()
