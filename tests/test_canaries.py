"""Nothing of the machine, the household or what was said stands where it could be found: not on the wire, in the
broker's database, in any log, in the state folder or in the outbox."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file; these are found by folder

import machine_identifiers
from agreed_household import STATUS, AgreedHousehold, Choice
from keepmum.clip import Clip, unpack
from keepmum.desk.store import Store
from keepmum.listener.consents.identity import Identity
from keepmum.seal import open_seal
from keepmum.terms import Purpose, Rung
from zero_bytes_house import holds, windows
from zero_bytes_taps import carried

AUDIO = Path(__file__).parent / "audio"
ALEXA = f"play {AUDIO / 'wake' / 'alexa' / 'alexa_13.flac'}"
ORDER = f'{ALEXA}\nsay "get me a large cappuccino with soy milk" voice=en-us+f3\npause 12\n'
SCENE = (
    f"await peer role=skills\nawait broker online=yes\npause 1\n{ORDER}await delivered 3 parcel_kind=clip\n"
    f'title "the uplink goes away"\npause 2\n{ORDER}pause 2\n'
)
AGREED = (
    STATUS,
    Choice(Purpose.ASR_IMPROVEMENT, Rung.TEXT),
    Choice(Purpose.RESEARCH, Rung.DISGUISED),
    Choice(Purpose.WAKE_TUNING, Rung.VOICE),
)
"""No home commands: an order for coffee would leave in plain words, as agreed, for the household's own broker."""
WORDS = ("cappuccino", "soy milk", "soy_milk", "large")
MICROPHONE = "Canary Array 7"
SHORTEST_IN_BASE64 = 12
"""Bytes; of fewer, too little is left whole in it."""


class Traces:
    """One evening of a household, and every byte that it left behind."""

    def __init__(self, house: AgreedHousehold) -> None:
        identity = Identity.read(house.settings.folders.identity)
        assert identity is not None
        secret = (house.state / "identity.json").read_bytes().split(b'"secret":"')[1][:64].decode()
        private = identity.signing_key.private_bytes_raw().hex()
        names = [identity.pseudonym(each.purpose.value, house.clock, 0.0) for each in AGREED]
        self.heard = [str(facts["words"]) for facts in house.seen_of("heard")]
        self.parcels = [str(row.facts["parcel"]) for row in house.rows("release") if row.facts["kind"] == "clip"]
        self.left = {str(row.facts["parcel"]) for row in house.rows("delivered")} & set(self.parcels)
        self.machine = machine_identifiers.spellings(machine_identifiers.names())
        self.secrets = spelled(secret) | spelled(private) | {MICROPHONE.encode()}
        self.household = {form for word in (identity.device_key, *names) for form in spelled(word)}
        self.household |= {form for each in house.consents for form in spelled(each.id)}
        self.household |= {choice.purpose.value.encode() for choice in AGREED if choice is not STATUS}
        self.sounds = windows(house.folder / "scene.txt")
        self.clips = [_opened(house, parcel) for parcel in sorted(self.left)]
        self.wire = {"the wire": carried(house.wire)}
        self.broker = {"mosquitto.db": (house.folder / "broker" / "mosquitto.db").read_bytes()}
        self.own_logs = {name: house.log(name).encode() for name in ("listener", "uplink", "skills")}
        self.other_logs = {name: house.log(name).encode() for name in ("mosquitto", "desk")}
        self.state, self.outbox = _files(house.state), _files(house.outbox)

    @property
    def everywhere(self) -> Mapping[str, bytes]:
        """Every place."""
        return {**self.wire, **self.broker, **self.own_logs, **self.other_logs, **self.state, **self.outbox}


@pytest.fixture(scope="module")
def traces() -> Iterator[Traces]:
    """Two orders: what is made of the first leaves, what is made of the second waits, because the uplink has gone."""
    settings = {"hardware": {"microphone": {"device": MICROPHONE}}}
    with AgreedHousehold(SCENE, AGREED, settings=settings) as house:
        house.live({"title": lambda: house.end("uplink")})
        house.settle()
        for name in ("witness", "listener", "skills", "desk", "mosquitto"):
            house.end(name)
        yield Traces(house)


def spelled(hexadecimal: str) -> set[bytes]:
    """A secret as hexadecimal, as the bytes themselves, and as base64 would write them wherever they begin."""
    raw = bytes.fromhex(hexadecimal)
    found = {hexadecimal.encode(), hexadecimal.upper().encode(), raw}
    for skipped in range(3):
        whole = raw[skipped : skipped + (len(raw) - skipped) // 3 * 3]
        if len(raw) >= SHORTEST_IN_BASE64:
            found |= {base64.b64encode(whole), base64.urlsafe_b64encode(whole)}
    return found


def hits(places: Mapping[str, bytes], canaries: set[bytes]) -> list[tuple[str, bytes]]:
    """Where each canary stands."""
    return [(place, canary) for place, content in places.items() for canary in canaries if canary in content]


def _files(folder: Path) -> dict[str, bytes]:
    return {f"{folder.name}/{path.name}": path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _opened(house: AgreedHousehold, parcel: str) -> Clip:
    store = Store(house.folder / "clips.db", make=False)
    try:
        return unpack(open_seal(house.keys, store.sealed(parcel))[1])
    finally:
        store.close()


def test_what_was_heard_stands_nowhere(traces: Traces) -> None:
    """Transcripts and 10-ms windows of sound: 0 hits on the wire, in the broker's database, in any file or log."""
    assert len(traces.heard) == 2
    assert all("cappuccino" in words for words in traces.heard)
    words = {form for word in WORDS for form in (word.encode(), word.upper().encode())}
    assert hits(traces.everywhere, words) == []
    assert [place for place, content in traces.everywhere.items() if holds(content, traces.sounds)] == []


def test_nothing_of_the_machine_leaves_it_or_is_kept(traces: Traces) -> None:
    """Host name, user, machine id, MAC addresses, serial numbers, network: 0 hits, also in what the speaker logs."""
    places = {**traces.wire, **traces.broker, **traces.own_logs, **traces.state, **traces.outbox}
    assert traces.machine
    assert hits(places, traces.machine) == []


def test_the_secret_of_the_device_stands_in_one_file(traces: Traces) -> None:
    """Identity, signing key and the microphone's name: nowhere but in identity.json, which has the first."""
    assert {place for place, _ in hits(traces.everywhere, traces.secrets)} == {"state/identity.json"}


def test_nobody_outside_learns_which_consent_or_what_for(traces: Traces) -> None:
    """Device key, consents' numbers, pseudonyms and purposes stand in no packet, no log, and not in the broker."""
    places = {**traces.wire, **traces.broker, **traces.own_logs, **traces.other_logs}
    assert hits(places, traces.household) == []


def test_the_search_finds_what_is_there(traces: Traces) -> None:
    """The control: parcels' numbers on the wire, in the broker, in the ledger and in the outbox; the device's key in
    its receipts; words and sound in what the recipient opens with its key, and in any place that had them."""
    sent, waiting = ({each.encode() for each in group} for group in (traces.left, set(traces.parcels) - traces.left))
    assert len(sent) == len(waiting) == 3
    for place in ("the wire", "mosquitto.db", "desk", "state/000000000000.jsonl"):
        assert {canary for _, canary in hits({place: traces.everywhere[place]}, sent)} == sent, place
    names = {form for form in waiting if any(form in place.encode() for place in traces.outbox)}
    assert names == waiting
    assert hits(traces.state, traces.household)
    assert any("cappuccino" in clip.text for clip in traces.clips)
    assert any(holds(clip.pcm, traces.sounds) for clip in traces.clips)
    for canary in traces.machine | traces.secrets | traces.household:
        assert hits({place: content + canary for place, content in traces.wire.items()}, {canary})
