"""Whatever happens to the file of privacy, nobody wakes up to a speaker that is louder than it was."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from keepmum.consent import DAY, LONGEST_CONSENT, Consent, Mode, Purpose, Rung, Terms
from keepmum.disk_fragile import FragileDisk
from keepmum.errors import StateError
from keepmum.listener import latch
from keepmum.privacy import Fault, Owner, State
from keepmum.privacy.state import GUEST_LASTS, HOUR, LONGEST_QUIET, TIME_CLEARS, Lasting, Press

NOW = 1_790_000_000.0
VOICE = Terms(
    Purpose.ASR_IMPROVEMENT,
    Rung.VOICE,
    True,
    "1" * 32,
    "f" * 32,
    "2" * 64,
    "a cellar in Utopia",
    "Utopia",
    "lab@example.org",
    retention=30 * DAY,
    quota=20,
    reviews=2,
)
HOME = Terms(Purpose.COMMANDS, Rung.TEXT, False, "1" * 32, "hub:1883", "3" * 64)
AGREED = Consent("a" * 32, VOICE, NOW, NOW + LONGEST_CONSENT)
COMMANDS = Consent("b" * 32, HOME, NOW + 5.5, NOW + 5.5 + LONGEST_CONSENT)
LOUD = State(mutes=frozenset(), mode=Mode.SHARE, consents=(AGREED, COMMANDS), wall=NOW + 9)
TOLD = {
    "id": AGREED.id,
    "terms": {**vars(VOICE), "purpose": "asr-improvement", "rung": "voice"},
    "given": AGREED.given,
    "until": AGREED.until,
}
"""A consent as it stands in the file."""
QUIET = State(mutes=frozenset({Owner.BUTTON, Owner.MQTT}), mode=Mode.ASK, consents=(COMMANDS,), wall=NOW)
EVENING = State(
    mutes=frozenset({Owner.QUIET, Owner.GUEST, Owner.VOICE}),
    lasting=(Lasting(Owner.GUEST, 7.3 * HOUR, 7), Lasting(Owner.QUIET, 1.5 * HOUR, 1)),
    mode=Mode.ASK,
    consents=(COMMANDS,),
    wall=NOW,
)
STATES = [LOUD, QUIET, EVENING, replace(QUIET, mode=Mode.LOCAL, consents=())]
KEPT = [owner for owner in Owner if owner is not Owner.FAULT]
FIRST_VERSION = """{
 "version": 1,
 "mutes": ["mqtt", "quiet"],
 "mode": "ASK",
 "consents": [],
 "wall": 1790000000.0
}"""


SECOND_VERSION = """{
 "version": 2,
 "mutes": [
  "mqtt"
 ],
 "lasting": {},
 "mode": "SHARE",
 "consents": [
  {
   "id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
   "purpose": "commands",
   "recipient": "hub:1883",
   "given": 1789999999.0,
   "until": 1797775999.0
  }
 ],
 "wall": 1790000000.0,
 "check": "a3725e71843b95d8a646e8208a485042e35973d2996268ad490315776007ad8a"
}"""
"""With a consent as it was before consents had terms."""


def louder(found: State, written: State) -> list[str]:
    """In what ways a state lets out more than another: fewer mutes, quiet that ends earlier, more consents."""
    before = {(c.purpose, c.recipient): c for c in written.consents}
    ends = {each.owner: each.until for each in written.lasting}
    told = []
    if not found.mutes and written.mutes:
        told.append("unmuted")
    if found.mutes:
        told += [f"{each.owner} ends earlier" for each in found.lasting if each.until < ends.get(each.owner, 1e9)]
    if found.mode > written.mode:
        told.append("a higher mode")
    for consent in found.consents:
        old = before.get((consent.purpose, consent.recipient))
        # Another recipient than anybody agreed to covers nothing: there is no flow to it.
        if old is None and consent.recipient in {c.recipient for c in written.consents}:
            told.append(f"a new consent for {consent.purpose}")
        if old is not None and consent.ends > old.ends:
            told.append(f"a longer consent for {consent.purpose}")
    return told


def written(tmp_path: Path, state: State) -> Path:
    """The file that a state leaves."""
    latch.write(tmp_path / "privacy.json", state, 0.0)
    return tmp_path / "privacy.json"


def read(path: Path) -> State:
    """What the next start makes of it, on a forward-only clock that begins at 0."""
    return latch.read(path, 0.0)


@pytest.mark.parametrize("state", STATES)
def test_what_was_kept_comes_back(tmp_path: Path, state: State) -> None:
    """Mutes, how much longer they last, mode, consents and the latest clock survive a restart."""
    assert read(written(tmp_path, state)) == state


@pytest.mark.parametrize("owner", KEPT)
def test_every_owner_comes_back(tmp_path: Path, owner: Owner) -> None:
    """Alone, and with an end where an owner can have one."""
    alone = replace(LOUD, mutes=frozenset({owner}))
    assert read(written(tmp_path, alone)) == alone
    lasting = replace(alone, lasting=(Lasting(owner, HOUR, 1),))
    assert read(written(tmp_path, lasting)) == (lasting if owner in TIME_CLEARS else State())


@pytest.mark.parametrize(
    ("until", "written_at", "read_at", "until_then"),
    [
        (GUEST_LASTS, 0.0, 0.0, GUEST_LASTS),
        (50_000.0, 46_000.5, 0.0, 3_999.5),
        (50_000.0, 46_000.5, 900.0, 4_899.5),
        (50_000.0, 50_000.5, 900.0, 900.0),
        (1e6, 0.0, 7.0, 7.0 + LONGEST_QUIET),
    ],
)
def test_what_is_kept_is_the_time_that_is_left(
    tmp_path: Path, until: float, written_at: float, read_at: float, until_then: float
) -> None:
    """Every start has its own forward-only clock; the time in which the speaker was off does not count."""
    path = tmp_path / "privacy.json"
    state = State(mutes=frozenset({Owner.GUEST}), lasting=(Lasting(Owner.GUEST, until, 3),))
    latch.write(path, state, written_at)
    assert latch.read(path, read_at).lasting == (Lasting(Owner.GUEST, until_then, int((until_then - read_at) // HOUR)),)


def test_nothing_about_a_fault_a_proof_or_a_finger_is_kept(tmp_path: Path) -> None:
    """The next start finds out for itself whether there is a microphone, and shows for itself that it is closed."""
    here = {
        "faults": frozenset(Fault),
        "proven": True,
        "trial": True,
        "press": Press(0.0, was_muted=True),
        "handed": "p1",
        "ready": True,
    }
    faulty = replace(LOUD, mutes=frozenset({Owner.FAULT}), **here)
    assert read(written(tmp_path, faulty)) == LOUD
    assert "fault" not in (tmp_path / "privacy.json").read_text()
    both = replace(LOUD, mutes=frozenset({Owner.FAULT, Owner.PANEL}), **here)
    assert read(written(tmp_path, both)) == replace(LOUD, mutes=frozenset({Owner.PANEL}))


def test_a_file_of_the_first_version_is_still_read(tmp_path: Path) -> None:
    """It knows no ends of quiet, so only a hand ends it, and it has no check."""
    path = tmp_path / "privacy.json"
    path.write_text(FIRST_VERSION)
    expected = State(mutes=frozenset({Owner.MQTT, Owner.QUIET}), mode=Mode.ASK, wall=NOW)
    assert read(path) == expected
    latch.write(path, read(path), 0.0)
    assert json.loads(path.read_text())["version"] == latch.VERSION
    assert read(path) == expected


def test_a_consent_of_the_second_version_is_none(tmp_path: Path) -> None:
    """It names no terms, so nobody knows what was agreed to; everything else holds, and a flipped digit is found."""
    path = tmp_path / "privacy.json"
    path.write_text(SECOND_VERSION)
    assert read(path) == State(mutes=frozenset({Owner.MQTT}), mode=Mode.SHARE, wall=NOW)
    path.write_text(SECOND_VERSION.replace("1789999999", "1789999998"))
    assert read(path) == State()


def test_a_consent_without_terms_is_none_of_the_present_version(tmp_path: Path) -> None:
    """Whoever writes an old one into a new file has not agreed to it."""
    path = written(tmp_path, LOUD)
    told = json.loads(path.read_text())
    old = json.loads(SECOND_VERSION)["consents"]
    saved = latch._Kept.model_validate({**told, "consents": old}, strict=False)
    path.write_text(saved.model_copy(update={"check": saved.digest()}).model_dump_json())
    assert read(path) == State()


@pytest.mark.parametrize("change", [{"lasting": {"quiet": 1.0}}, {"check": "0" * 64}])
def test_a_first_version_with_something_of_the_second_is_none(tmp_path: Path, change: dict[str, object]) -> None:
    """Or a flipped digit would switch off the check."""
    path = tmp_path / "privacy.json"
    path.write_text(json.dumps({**json.loads(FIRST_VERSION), **change}))
    assert read(path) == State()


@pytest.mark.parametrize("version", [latch.VERSION + 1, latch.VERSION + 2, 2**40])
def test_a_file_from_the_future_means_muted(tmp_path: Path, version: int, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever else it says: nobody here knows what it means. The log says so in one clear line."""
    path = tmp_path / "privacy.json"
    path.write_text(json.dumps({"version": version, "owners": {"nobody": "muted"}, "mutes": [], "mode": "SHARE"}))
    assert read(path) == State()
    assert [record.getMessage() for record in caplog.records] == [
        f"{path} is of version {version}, from a newer keepmum; this one reads up to {latch.VERSION}; "
        "starting muted, without any consent"
    ]


def test_a_missing_file_means_muted_local_and_no_consent(tmp_path: Path) -> None:
    """A speaker that nobody has set up hears nothing."""
    found = read(tmp_path / "privacy.json")
    assert (found.mutes, found.mode, found.consents) == ({Owner.BUTTON}, Mode.LOCAL, ())


@pytest.fixture
def unheard(caplog: pytest.LogCaptureFixture) -> None:
    """Two thousand warnings are not worth keeping."""
    caplog.set_level(logging.ERROR, "keepmum.listener.latch")


FLIPS = [*(1 << bit for bit in range(8)), 0x03, 0x0F, 0x20 | 0x01, 0xFF]
"""Every single bit, and a few other ways for a byte to be another."""


@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize("state", [LOUD, QUIET, EVENING])
def test_every_flipped_byte_means_muted_or_what_it_meant(tmp_path: Path, state: State) -> None:
    """Each byte of the file is changed in turn, in twelve ways: it boots muted without a consent, or as it was."""
    path = written(tmp_path, state)
    whole = path.read_bytes()
    found = []
    with path.open("r+b", buffering=0) as file:
        for at, byte in enumerate(whole):
            for flip in FLIPS:
                os.pwrite(file.fileno(), bytes([byte ^ flip]), at)
                found += [(at, flip)] if read(path) not in (State(), state) else []
            os.pwrite(file.fileno(), bytes([byte]), at)
    assert found == []
    assert read(path) == state


@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize("whole", [FIRST_VERSION, FIRST_VERSION.replace('"mqtt", "quiet"', "")])
def test_no_flipped_byte_of_a_first_version_makes_it_louder(tmp_path: Path, whole: str) -> None:
    """It has no check, and needs none: there is no end of quiet in it, and every other word is one of a few."""
    path = tmp_path / "privacy.json"
    path.write_text(whole)
    state, found = read(path), []
    for at, byte in enumerate(whole.encode()):
        for flip in FLIPS:
            path.write_bytes(whole[:at].encode() + bytes([byte ^ flip]) + whole[at + 1 :].encode())
            found += [(at, flip, what) for what in louder(read(path), state)]
    assert found == []


@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize("state", STATES)
def test_every_cut_means_muted(tmp_path: Path, state: State) -> None:
    """However little of the file is left."""
    path = written(tmp_path, state)
    for size in reversed(range(path.stat().st_size)):
        os.truncate(path, size)
        assert read(path) == State()


@pytest.mark.usefixtures("unheard")
def test_a_planted_check_that_is_not_made_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, a flipped digit ends somebody's quiet earlier, and the same comparison says so."""
    path = written(tmp_path, EVENING)
    changed = path.read_text().replace("5400.0", "1400.0")
    assert changed != path.read_text()
    path.write_text(changed)
    assert read(path) == State()
    monkeypatch.setattr(latch._Kept, "digest", lambda kept: kept.check)
    assert louder(read(path), EVENING) == ["quiet ends earlier"]


@pytest.mark.usefixtures("unheard")
def test_a_planted_default_of_unmuted_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If what cannot be read meant an open microphone, every comparison above would say so."""
    monkeypatch.setattr(latch, "State", lambda **kept: State(**{"mutes": frozenset(), **kept}))
    path = written(tmp_path, QUIET)
    os.truncate(path, 20)
    assert louder(read(path), QUIET) == ["unmuted"]
    path.unlink()
    assert read(path) != State()


def test_the_order_of_loudness_finds_what_it_should() -> None:
    """Planted: every way of being louder is seen by the same comparison, and no way of being quieter is."""
    longer = replace(AGREED, given=NOW + DAY, until=NOW + LONGEST_CONSENT + DAY)
    other_use = replace(COMMANDS, terms=replace(HOME, purpose=Purpose.RESEARCH))
    assert louder(LOUD, LOUD) == louder(State(), LOUD) == louder(QUIET, LOUD) == []
    assert louder(LOUD, replace(LOUD, mutes=frozenset({Owner.VOICE}))) == ["unmuted"]
    earlier = replace(EVENING, lasting=(Lasting(Owner.GUEST, 7.0 * HOUR), Lasting(Owner.QUIET, 1.6 * HOUR)))
    assert louder(earlier, EVENING) == ["guest ends earlier"]
    assert louder(earlier, replace(EVENING, lasting=())) == ["guest ends earlier", "quiet ends earlier"]
    assert louder(replace(EVENING, lasting=()), EVENING) == []
    assert louder(LOUD, replace(LOUD, mode=Mode.ASK)) == ["a higher mode"]
    assert louder(replace(LOUD, consents=(longer,)), LOUD) == ["a longer consent for asr-improvement"]
    assert louder(replace(LOUD, consents=(other_use,)), LOUD) == ["a new consent for research"]


@pytest.mark.parametrize(
    "change",
    [
        {"version": 1},
        {"version": 0},
        {"version": 2},
        {"version": "3"},
        {"version": True},
        {"lasting": {"quiet": 1.0}},
        {"lasting": {"fault": 1.0}},
        {"lasting": {"quiet": -1.0}},
        {"lasting": 1.0},
        {"check": ""},
        {"check": "0" * 64},
        {"mutes": "none"},
        {"mutes": ["nobody"]},
        {"mode": "share"},
        {"mode": "LOUD"},
        {"mode": 2},
        {"louder": True},
        {"wall": -1.0},
        {"wall": "late"},
        {"consents": [{"id": "x"}]},
        {"consents": [{**TOLD, "id": "A" * 32}]},
        {"consents": [{**TOLD, "until": "for ever"}]},
        {"consents": [{**TOLD, "purpose": "research"}]},
        {"consents": [{**TOLD, "terms": {**TOLD["terms"], "purpose": "advertising"}}]},
        {"consents": [{**TOLD, "terms": {**TOLD["terms"], "rung": "everything"}}]},
        {"consents": [{**TOLD, "terms": {**TOLD["terms"], "lasts": 91 * DAY}}]},
        {"consents": [{**TOLD, "terms": {**TOLD["terms"], "quota": 61}}]},
        {"consents": [{**TOLD, "terms": {**TOLD["terms"], "quota": True}}]},
        {"consents": [{**TOLD, "terms": {**TOLD["terms"], "notice": ""}}]},
        {"consents": [TOLD] * 51},
    ],
)
def test_what_keepmum_did_not_write_is_not_believed(
    tmp_path: Path, change: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    """Another version, unknown words and wrong types: muted, local, no consent, and the log says which file."""
    path = written(tmp_path, LOUD)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert read(path) == State()
    assert f"{path} is not what keepmum wrote" in caplog.text


@pytest.mark.parametrize("field", ["version", "mutes", "lasting", "mode", "consents", "wall", "check"])
def test_a_missing_field_is_not_filled_in(tmp_path: Path, field: str) -> None:
    """What is not there was not agreed to."""
    path = written(tmp_path, EVENING)
    told = json.loads(path.read_text())
    del told[field]
    path.write_text(json.dumps(told))
    assert read(path) == State()


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def _huge(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" " * 70_000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)))


@pytest.mark.parametrize("damage", [_folder, _loop, _huge, _empty, _binary])
def test_what_cannot_be_read_means_muted(
    tmp_path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """A folder, a loop, a file that is too large, an empty one and nonsense; the log warns."""
    path = written(tmp_path, LOUD)
    damage(path)
    assert read(path) == State()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.parametrize("until", [NOW + 91 * DAY, NOW + 10_000 * DAY, 1e300])
def test_a_consent_that_claims_to_last_longer_is_clamped(tmp_path: Path, until: float) -> None:
    """Whatever a file says, nobody has agreed for more than ninety days."""
    path = written(tmp_path, replace(LOUD, consents=(replace(AGREED, until=until),)))
    assert [consent.until for consent in read(path).consents] == [NOW + 90 * DAY]


@pytest.mark.parametrize("at", range(1, 7))
@pytest.mark.parametrize("how", ["error", "short"])
def test_a_disk_that_refuses_leaves_no_louder_file(tmp_path: Path, at: int, how: str) -> None:
    """Wherever writing a mute fails, the older and louder file is gone, for good, and the error says so."""
    folder = tmp_path / "state"
    disk = FragileDisk(folder)
    disk.make_folder(folder)
    path = folder / "privacy.json"
    latch.write(path, LOUD, 0.0, disk)
    disk.at, disk.how = disk.operations + at, how  # type: ignore[assignment]
    mute = replace(LOUD, mutes=frozenset({Owner.BUTTON}))
    try:
        latch.write(path, mute, 0.0, disk)
    except StateError:
        assert not path.exists()
    assert louder(read(path), mute) == []
    after = disk.leave(tmp_path / "after", "lost")
    assert louder(read(after.root / "privacy.json"), mute) == []


def test_a_planted_removal_that_is_not_synced_is_caught(tmp_path: Path) -> None:
    """Without a sync of the folder, a power cut brings the louder file back."""
    folder = tmp_path / "state"
    disk = FragileDisk(folder)
    disk.make_folder(folder)
    latch.write(folder / "privacy.json", LOUD, 0.0, disk)
    disk.unlink(folder / "privacy.json")
    after = disk.leave(tmp_path / "after", "lost")
    assert louder(read(after.root / "privacy.json"), State()) != []


def test_a_disk_that_refuses_everything_is_an_error_and_an_alarm(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """If the louder file cannot even be removed, the log says so at its loudest."""
    disk = FragileDisk(tmp_path)
    path = tmp_path / "privacy.json"
    latch.write(path, LOUD, 0.0, disk)
    disk.at, disk.how = disk.operations + 1, "dead"
    with pytest.raises(StateError, match=r"cannot be written: No space left on device\n  hint: free some space"):
        latch.write(path, State(), 0.0, disk)
    assert [record.levelno for record in caplog.records] == [logging.CRITICAL]
    assert "may be louder than the truth" in caplog.text
