"""Whatever happens to the file of privacy, nobody wakes up to a speaker that is louder than it was."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from keepmum.consent import DAY, LONGEST_CONSENT, Consent, Mode, Purpose
from keepmum.disk_fragile import FragileDisk
from keepmum.errors import StateError
from keepmum.listener import latch
from keepmum.privacy import Owner, State

NOW = 1_790_000_000.0
AGREED = Consent("a" * 32, Purpose.ASR_IMPROVEMENT, "f" * 32, NOW, NOW + LONGEST_CONSENT)
COMMANDS = Consent("b" * 32, Purpose.COMMANDS, "hub:1883", NOW + 5.5, NOW + 5.5 + LONGEST_CONSENT)
LOUD = State(frozenset(), Mode.SHARE, (AGREED, COMMANDS), NOW + 9)
QUIET = State(frozenset({Owner.BUTTON, Owner.MQTT}), Mode.ASK, (COMMANDS,), NOW)
STATES = [LOUD, QUIET, replace(LOUD, mutes=frozenset({Owner.VOICE})), replace(QUIET, mode=Mode.LOCAL, consents=())]


def louder(found: State, written: State) -> list[str]:
    """In what ways a state lets out more than another: fewer mutes, a higher mode, a consent that was not there."""
    before = {(c.purpose, c.recipient): c for c in written.consents}
    told = []
    if not found.mutes and written.mutes:
        told.append("unmuted")
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
    latch.write(tmp_path / "privacy.json", state)
    return tmp_path / "privacy.json"


@pytest.mark.parametrize("state", STATES)
def test_what_was_kept_comes_back(tmp_path: Path, state: State) -> None:
    """Mutes, mode, consents and the latest clock survive a restart."""
    assert latch.read(written(tmp_path, state)) == state


def test_a_fault_is_not_kept(tmp_path: Path) -> None:
    """The next start finds out for itself whether there is a microphone."""
    faulty = replace(LOUD, mutes=frozenset({Owner.FAULT}))
    assert latch.read(written(tmp_path, faulty)) == LOUD
    both = replace(LOUD, mutes=frozenset({Owner.FAULT, Owner.PANEL}))
    assert latch.read(written(tmp_path, both)).mutes == {Owner.PANEL}


def test_a_missing_file_means_muted_local_and_no_consent(tmp_path: Path) -> None:
    """A speaker that nobody has set up hears nothing."""
    found = latch.read(tmp_path / "privacy.json")
    assert (found.mutes, found.mode, found.consents) == ({Owner.BUTTON}, Mode.LOCAL, ())


@pytest.fixture
def unheard(caplog: pytest.LogCaptureFixture) -> None:
    """Two thousand warnings are not worth keeping."""
    caplog.set_level(logging.ERROR, "keepmum.listener.latch")


@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize("state", [LOUD, QUIET])
def test_no_flipped_byte_makes_it_louder(tmp_path: Path, state: State) -> None:
    """Each byte of the file is changed in turn, in three ways: nothing that is read then lets out more."""
    path = written(tmp_path, state)
    whole = path.read_bytes()
    found = []
    with path.open("r+b", buffering=0) as file:
        for at, byte in enumerate(whole):
            for flipped in (byte ^ 0x01, byte ^ 0x02, byte ^ 0x80):
                os.pwrite(file.fileno(), bytes([flipped]), at)
                found += [(at, flipped, what) for what in louder(latch.read(path), state)]
            os.pwrite(file.fileno(), bytes([byte]), at)
    assert found == []
    assert latch.read(path) == state


@pytest.mark.usefixtures("unheard")
@pytest.mark.parametrize("state", [LOUD, QUIET])
def test_no_cut_makes_it_louder(tmp_path: Path, state: State) -> None:
    """However little of the file is left, it is muted or what it was."""
    path = written(tmp_path, state)
    for size in reversed(range(path.stat().st_size)):
        os.truncate(path, size)
        assert latch.read(path) == State()


def test_the_order_of_loudness_finds_what_it_should() -> None:
    """Planted: every way of being louder is seen by the same comparison, and no way of being quieter is."""
    longer = replace(AGREED, given=NOW + DAY, until=NOW + LONGEST_CONSENT + DAY)
    other_use = replace(COMMANDS, purpose=Purpose.RESEARCH)
    assert louder(LOUD, LOUD) == louder(State(), LOUD) == louder(QUIET, LOUD) == []
    assert louder(LOUD, replace(LOUD, mutes=frozenset({Owner.VOICE}))) == ["unmuted"]
    assert louder(LOUD, replace(LOUD, mode=Mode.ASK)) == ["a higher mode"]
    assert louder(replace(LOUD, consents=(longer,)), LOUD) == ["a longer consent for asr-improvement"]
    assert louder(replace(LOUD, consents=(other_use,)), LOUD) == ["a new consent for research"]


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"version": "1"},
        {"mutes": "none"},
        {"mutes": ["nobody"]},
        {"mode": "share"},
        {"mode": "LOUD"},
        {"mode": 2},
        {"louder": True},
        {"wall": -1.0},
        {"wall": "late"},
        {"consents": [{"id": "x"}]},
        {"consents": [{**vars(AGREED), "purpose": "advertising"}]},
        {"consents": [{**vars(AGREED), "id": "A" * 32}]},
        {"consents": [{**vars(AGREED), "until": "for ever"}]},
        {"consents": [vars(AGREED)] * 51},
    ],
)
def test_what_keepmum_did_not_write_is_not_believed(
    tmp_path: Path, change: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    """Another version, unknown words and wrong types: muted, local, no consent, and the log says which file."""
    path = written(tmp_path, LOUD)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert latch.read(path) == State()
    assert f"{path} is not what keepmum wrote" in caplog.text


@pytest.mark.parametrize("field", ["mutes", "mode", "consents", "wall"])
def test_a_missing_field_is_not_filled_in(tmp_path: Path, field: str) -> None:
    """What is not there was not agreed to."""
    path = written(tmp_path, LOUD)
    told = json.loads(path.read_text())
    del told[field]
    path.write_text(json.dumps(told))
    assert latch.read(path) == State()


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
    assert latch.read(path) == State()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.parametrize("until", [NOW + 91 * DAY, NOW + 10_000 * DAY, 1e300])
def test_a_consent_that_claims_to_last_longer_is_clamped(tmp_path: Path, until: float) -> None:
    """Whatever a file says, nobody has agreed for more than ninety days."""
    path = written(tmp_path, replace(LOUD, consents=(replace(AGREED, until=until),)))
    assert [consent.until for consent in latch.read(path).consents] == [NOW + 90 * DAY]


@pytest.mark.parametrize("at", range(1, 7))
@pytest.mark.parametrize("how", ["error", "short"])
def test_a_disk_that_refuses_leaves_no_louder_file(tmp_path: Path, at: int, how: str) -> None:
    """Wherever writing a mute fails, the older and louder file is gone, for good, and the error says so."""
    folder = tmp_path / "state"
    disk = FragileDisk(folder)
    disk.make_folder(folder)
    path = folder / "privacy.json"
    latch.write(path, LOUD, disk)
    disk.at, disk.how = disk.operations + at, how  # type: ignore[assignment]
    mute = replace(LOUD, mutes=frozenset({Owner.BUTTON}))
    try:
        latch.write(path, mute, disk)
    except StateError:
        assert not path.exists()
    assert louder(latch.read(path), mute) == []
    after = disk.leave(tmp_path / "after", "lost")
    assert louder(latch.read(after.root / "privacy.json"), mute) == []


def test_a_planted_removal_that_is_not_synced_is_caught(tmp_path: Path) -> None:
    """Without a sync of the folder, a power cut brings the louder file back."""
    folder = tmp_path / "state"
    disk = FragileDisk(folder)
    disk.make_folder(folder)
    latch.write(folder / "privacy.json", LOUD, disk)
    disk.unlink(folder / "privacy.json")
    after = disk.leave(tmp_path / "after", "lost")
    assert louder(latch.read(after.root / "privacy.json"), State()) != []


def test_a_disk_that_refuses_everything_is_an_error_and_an_alarm(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """If the louder file cannot even be removed, the log says so at its loudest."""
    disk = FragileDisk(tmp_path)
    path = tmp_path / "privacy.json"
    latch.write(path, LOUD, disk)
    disk.at, disk.how = disk.operations + 1, "dead"
    with pytest.raises(StateError, match=r"cannot be written: No space left on device\n  hint: free some space"):
        latch.write(path, State(), disk)
    assert [record.levelno for record in caplog.records] == [logging.CRITICAL]
    assert "may be louder than the truth" in caplog.text
