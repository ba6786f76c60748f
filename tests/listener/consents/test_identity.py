"""The one secret of the device: everything comes from it, and it is never made a second time in silence."""

from __future__ import annotations

import stat
from itertools import pairwise
from pathlib import Path

import pytest
from consents_desk import IDENTITY, NOW, consent, given

from keepmum.disk_fragile import LEFT, FragileDisk, PowerCut
from keepmum.errors import StateError
from keepmum.listener import latch
from keepmum.listener.consents.identity import Identity
from keepmum.privacy import State


def keys(identity: Identity) -> tuple[object, ...]:
    """Everything that an identity says about itself."""
    return identity.device_key, identity.pseudonym("research", NOW, 0), identity.secret("a"), identity.microphone("m")


# ---- the file


def test_the_first_start_makes_one_and_every_later_start_finds_it(tmp_path: Path) -> None:
    """The same keys again, and a file that nobody else may read."""
    path = tmp_path / "identity.json"
    first, second = Identity.open(path), Identity.open(path)
    assert keys(first) == keys(second)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["identity.json"]


def test_two_devices_have_nothing_in_common(tmp_path: Path) -> None:
    """Another secret, and everything is another."""
    one, two = (Identity.open(tmp_path / name) for name in ("one.json", "two.json"))
    assert set(keys(one)) & set(keys(two)) == set()


def test_reading_makes_nothing(tmp_path: Path) -> None:
    """Only the listener's start may make an identity; a command that looks finds none."""
    assert Identity.read(tmp_path / "identity.json") is None
    assert list(tmp_path.iterdir()) == []


def test_every_changed_byte_is_found_out(tmp_path: Path) -> None:
    """A worn card gives another identity to nobody, and no byte of the file is left out."""
    path = tmp_path / "identity.json"
    Identity.open(path)
    whole = path.read_bytes()
    for n in range(len(whole)):
        for bit in (1, 0x20, 0x80):
            path.write_bytes(whole[:n] + bytes([whole[n] ^ bit]) + whole[n + 1 :])
            with pytest.raises(StateError, match="damaged"):
                Identity.open(path)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 200, b"x" * 2000, b'{"secret":"' + b"0" * 64 + b'"}'])
def test_what_is_no_identity_is_refused_and_stays(tmp_path: Path, content: bytes) -> None:
    """It is an error that leads to the reset, and never replaced in silence."""
    path = tmp_path / "identity.json"
    path.write_bytes(content)
    with pytest.raises(StateError):
        Identity.open(path)
    assert path.read_bytes() == content


def test_half_an_identity_is_refused(tmp_path: Path) -> None:
    """Cut anywhere, it is damaged."""
    path = tmp_path / "identity.json"
    Identity.open(path)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(StateError, match="keepmum reset"):
            Identity.open(path)


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """Whoever has it could be this speaker; the hint says how to close it."""
    path = tmp_path / "identity.json"
    Identity.open(path)
    path.chmod(0o640)
    with pytest.raises(StateError, match=f"chmod 600 {path}"):
        Identity.open(path)


# ---- lost


def test_a_lost_identity_beside_receipts_is_never_made_anew(tmp_path: Path) -> None:
    """Those receipts were this speaker's; a new key in silence would hide that they are lost."""
    given(tmp_path / "receipts")
    with pytest.raises(StateError, match="receipts tells of an earlier one"):
        Identity.open(tmp_path / "identity.json")
    assert not (tmp_path / "identity.json").exists()


def test_a_lost_identity_beside_consents_is_never_made_anew(tmp_path: Path) -> None:
    """A state that holds consents cannot be older than the identity."""
    latch.write(tmp_path / "privacy.json", State(consents=(consent(),)), 0.0)
    with pytest.raises(StateError, match=r"privacy.json tells of an earlier one"):
        Identity.open(tmp_path / "identity.json")


def test_a_speaker_that_agreed_to_nothing_gets_its_first_identity(tmp_path: Path) -> None:
    """A state without consents, an empty folder of receipts or a ledger are no reason to stop."""
    latch.write(tmp_path / "privacy.json", State(), 0.0)
    (tmp_path / "receipts").mkdir()
    (tmp_path / "ledger").mkdir()
    assert Identity.open(tmp_path / "identity.json").device_key


def test_a_state_of_an_earlier_version_is_no_trace(tmp_path: Path) -> None:
    """Its consents named no terms, so they count for nothing, and a speaker is updated without a reset."""
    old = '{"version":1,"mutes":[],"mode":"LOCAL","wall":5.0,"consents":[{"id":"a","purpose":"commands",'
    old += '"recipient":"b","given":1.0,"until":2.0}]}'
    (tmp_path / "privacy.json").write_text(old)
    assert Identity.open(tmp_path / "identity.json").device_key


def test_a_power_cut_leaves_a_whole_identity_or_none(tmp_path: Path) -> None:
    """Cut at each operation of the first start, the second one works, and nothing is between old and new."""
    for at in range(1, 8):
        for left in LEFT:
            start = tmp_path / f"{at}-{left}"
            start.mkdir()
            disk = FragileDisk(start, at, "before")
            try:
                Identity.open(start / "identity.json", disk)
            except PowerCut:
                pass
            else:
                assert Identity.read(start / "identity.json") is not None
            there = tmp_path / f"{at}-{left}-after"
            disk.leave(there, left)
            for file in there.iterdir():
                file.chmod(0o600)  # the model of a disk keeps no modes
            known = Identity.read(there / "identity.json")
            again = Identity.open(there / "identity.json")
            assert known is None or keys(known) == keys(again)


# ---- the keys


def test_a_pseudonym_is_the_same_all_day_and_another_on_every_other(tmp_path: Path) -> None:
    """One change in every 24 hours, at a full hour, and never the same name again in a year."""
    hours = [IDENTITY.pseudonym("research", NOW // 3600 * 3600 + 3600 * n, 0) for n in range(24 * 365)]
    changes = [n for n, (a, b) in enumerate(pairwise(hours)) if a != b]
    assert {b - a for a, b in pairwise(changes)} == {24}
    assert len(set(hours)) == len(changes) + 1
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in hours)


def test_each_purpose_has_its_own_name_and_hour() -> None:
    """What goes to one purpose cannot be linked with what goes to another, nor the moment at which both change."""
    names = ["research", "diagnostics", "asr-improvement", "wake-tuning"]
    of_hour = {name: [IDENTITY.pseudonym(name, n * 3600.0, 0) for n in range(25)] for name in names}
    assert len({each[0] for each in of_hour.values()}) == 4
    assert len({[a == b for a, b in pairwise(each)].index(False) for each in of_hour.values()}) > 1


def test_the_hour_of_a_pseudonym_is_the_households() -> None:
    """An hour of offset moves the change by an hour."""
    at = [IDENTITY.pseudonym("research", n * 3600.0, 0) for n in range(48)]
    moved = [IDENTITY.pseudonym("research", n * 3600.0, 3600.0) for n in range(48)]
    assert moved[:-1] == at[1:]


def test_deletion_secrets_are_long_and_all_different() -> None:
    """32 bytes each, the same whenever they are asked for, and none tells of another."""
    secrets = {IDENTITY.secret(f"{n:032x}") for n in range(500)}
    assert len(secrets) == 500
    assert {len(each) for each in secrets} == {32}
    assert IDENTITY.secret("0" * 32) == IDENTITY.secret("0" * 32)


def test_a_microphones_hash_tells_nothing_without_the_secret() -> None:
    """32 digits, another for each name and for each device."""
    other = Identity(bytes(32))
    hashes = {each.microphone(name) for each in (IDENTITY, other) for name in ("a", "b")}
    assert {len(each) for each in hashes} == {32}
    assert len(hashes) == 4
