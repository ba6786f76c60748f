"""What tells one home from another: this machine's names in all that leaves it, and what policies name (E9).

Clips leave through the real uplink to a real broker that writes down all it can. Then every byte is searched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import get_args

from keepmum.lab import golden
from keepmum.lab.evaluate.linking import HOMES, bits
from keepmum.lab.experiments.deletion import release
from keepmum.lab.experiments.house import House
from keepmum.lab.experiments.quiet import silence
from keepmum.lab.experiments.result import Control, Figure, Kind, Result
from keepmum.lab.experiments.wire_tap import Tap, published
from keepmum.lab.figure import Conf
from keepmum.lab.metrics import linkability
from keepmum.lab.plan import Flow, replay
from keepmum.lab.policy import Identifier, Party, Policy
from keepmum.lab.shelf import Shelf
from keepmum.lab.truth.looking import this_machine
from keepmum.lab.truth.search import Hit, Names, control, search, search_bytes

QUESTION = "Does anything that leaves tell whose it is, and who could link two clips of a home?"
PARTIES: tuple[Party, ...] = get_args(Party)
_KEEPS = ("persistence true", "autosave_interval 1", "allow_anonymous true", "max_packet_size 131072")
_PERSISTENT = Identifier(name="serial_number", scope="persistent", seen_by=("broker",), conf=Conf.ASSUMED)
_NOTES = (
    f"Bits: log2 of {HOMES:,} homes (assumed) for each identifier that lasts or rotates, nothing for one of a single "
    "use; a name that more homes share says less. Linked: pairs of clips of 30 days that share one.",
    "What policies name is simulated: the golden household, by what was stated. The network address, and the day on "
    "which something leaves, stay visible to whoever runs the broker; no policy changes that.",
)

Places = dict[str, bytes | list[Path]]


def measure(
    clips: int,
    seed: int,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    names: Names | None = None,
) -> Result:
    """Let so many clips leave, then search for this machine's names, or others. Raises LabError without a broker."""
    names = names or this_machine()
    with silence(), House(seed, lines=_KEEPS) as house:
        parcels = []
        for done in range(clips):
            progress(done, clips + 1)
            parcels.append(_delivered(house))
        parcels.append(_waiting_at_the_broker(house))
        for name in ("uplink", "mosquitto"):
            house.end(name)
        places = _places(house)
        hits = {place: _searched(place, what, names) for place, what in places.items()}
        there = {place: _searched(place, what, _as_names(parcels)) for place, what in places.items()}
    policies = Shelf().policies()
    figures = [_figure(place, places[place], found) for place, found in hits.items()]
    figures += [figure for policy in policies for figure in _of_policy(policy)]
    return Result("identifiers", QUESTION, seed, tuple(figures), tuple(_controls(names, there, policies)), _NOTES)


def _as_names(parcels: Sequence[str]) -> Names:
    return Names({parcel: (parcel.encode(), bytes.fromhex(parcel)) for parcel in parcels})


def _delivered(house: House) -> str:
    house.speaker.until(lambda: house.speaker.online, "a connection to the broker")
    parcel = release(house).parcel
    house.speaker.until(lambda: parcel in house.speaker.keeper.delivered, "a receipt for a clip")
    return parcel


def _waiting_at_the_broker(house: House) -> str:
    """One whose recipient is away, so that the broker has to write it down when it ends."""
    house.end("desk")
    parcel = release(house).parcel
    house.speaker.until(lambda: any(one.topic.endswith(parcel) for one in published(house.line)), "a clip on the wire")
    house.speaker.turn(0.5)
    return parcel


def _places(house: House) -> Places:
    return {
        "on the wire": carried(house.line),
        "in the broker's files": [house.broker_folder],
        "in the recipient's files": [house.desk_folder],
        "in the speaker's state": [house.folder / "speaker"],
        "in the uplink's log": [house.folder / "uplink.log"],
    }


def carried(tap: Tap) -> bytes:
    """Every byte that went by, in either direction."""
    return b"".join(said.content for visit in list(tap.visits) for said in list(visit))


def _searched(place: str, what: bytes | list[Path], names: Names) -> list[Hit]:
    return search_bytes(place, what, [names]) if isinstance(what, bytes) else search(what, [names])


def _figure(place: str, what: bytes | list[Path], found: Sequence[Hit]) -> Figure:
    kinds = ", ".join(sorted({hit.what for hit in found}))
    name = f"this machine's names: {kinds}" if kinds else "this machine's names"
    size = (
        len(what)
        if isinstance(what, bytes)
        else sum(
            path.stat().st_size
            for one in what
            for path in (one.rglob("*") if one.is_dir() else [one])
            if path.is_file()
        )
    )
    return Figure(f"{place} ({size:,} bytes)", name, float(len(found)), most=0)


def _of_policy(policy: Policy) -> Iterator[Figure]:
    """Bits and linked pairs for every party that sees something."""
    flows = _flows(policy)
    for party in PARTIES:
        if any(party in each.seen_by for each in policy.identifiers):
            shown = party.replace("_", " ")
            told = bits(policy.identifiers, party) if flows else 0.0
            yield Figure(policy.id, f"{shown}: identifying", told, "bits", kind=Kind.SIMULATED)
            linked = linkability(flows, party)
            yield Figure(policy.id, f"{shown}: pairs linked", linked, n=len(flows), kind=Kind.SIMULATED)


def _flows(policy: Policy) -> tuple[Flow, ...]:
    return replay(golden.timeline().events, policy, golden.MARGINS, limits=False)


def _controls(names: Names, there: dict[str, list[Hit]], policies: Sequence[Policy]) -> Iterator[Control]:
    found, planted = control([names])
    yield Control("this machine's names, planted", found == planted > 0, f"{found} of {planted} spellings found")
    for place in ("on the wire", "in the broker's files", "in the speaker's state"):
        yield Control(f"the clips' own numbers, {place}", bool(there[place]), f"{len(there[place])} found")
    ours = next(policy for policy in policies if policy.id == "ours-share")
    marked = ours.model_copy(update={"identifiers": (*ours.identifiers, _PERSISTENT)})
    before, after = linkability(_flows(ours), "broker"), linkability(_flows(marked), "broker")
    told = f"the broker could link {before:.3f} of all pairs, and {after:.3f} with it"
    yield Control("a build of ours that sends a serial number", before < after == 1.0, told)
