"""Private keys: made for some weeks, kept in a file of their owner's, and destroyed when their time is up."""

from __future__ import annotations

import base64
import errno
import json
import os
import stat
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seal_recipient import KEYS, OTHER, PURPOSES, RETENTION, WALL, WEEK_NUMBER, new_keys, sealed

from keepmum.disk import place
from keepmum.disk_fragile import LEFT, FragileDisk, How, PowerCut
from keepmum.errors import SealError
from keepmum.seal import WEEK, Card, Keys, ends, open_seal
from keepmum.seal.recipient import MOST_WEEKS

FIRST, SECOND = (ends(WEEK_NUMBER + week) + RETENTION for week in (0, 1))
"""When the keys of the first and the second week are destroyed."""
SHORTER = KEYS.destroy_ended(FIRST)


def weeks(keys: Keys) -> list[int]:
    """The weeks there are keys for."""
    return sorted({each.epoch for each in keys.epochs})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with `KEYS`."""
    KEYS.save(tmp_path / "desk.keys")
    return tmp_path / "desk.keys"


# ---- making


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "'name' is no printable text"),
        ({"people": 0, "reviews": 31}, "'people' is no whole .*; 'reviews' is no whole number from 0 to 4"),
        ({"purposes": ()}, "keys for no purpose at all"),
        ({"purposes": ("commands",)}, "'commands' stays in the household"),
        ({"purposes": ("diagnostic",)}, "'diagnostic' is no purpose; did you mean 'diagnostics'"),
        ({"weeks": 0}, "keys for 0 weeks cannot be made"),
        ({"weeks": MOST_WEEKS + 1}, "keys for 27 weeks cannot be made"),
        ({"wall": float("nan")}, "in no week that has a key"),
    ],
)
def test_keys_are_made_only_for_what_a_household_could_read(changes: dict[str, Any], message: str) -> None:
    """What would be refused on a card is refused before there are keys."""
    with pytest.raises(SealError, match=message):
        new_keys(**changes)


def test_without_being_told_keys_outlast_the_longest_consent() -> None:
    """Even if they are made at the end of a week."""
    keys = Keys.generate("x", "x", "x", "x", 1, 1, 0, ("research",), ends(WEEK_NUMBER) - 1)
    assert keys.card.until("research") - ends(WEEK_NUMBER) >= 90 * 86_400


def test_extending_keeps_what_is_there_and_adds_what_is_missing() -> None:
    """The signing key and the weeks that a household already has stay as they are."""
    longer = KEYS.extended(WALL + WEEK, 3)
    assert weeks(longer) == [WEEK_NUMBER, WEEK_NUMBER + 1, WEEK_NUMBER + 2, WEEK_NUMBER + 3]
    assert set(KEYS.epochs) < set(longer.epochs)
    assert longer.signing_key == KEYS.signing_key
    assert {each.purpose for each in longer.epochs if each.epoch == WEEK_NUMBER + 3} == set(PURPOSES)
    assert KEYS.extended(WALL, 2) == KEYS
    assert Card.parse(longer.card.to_json()) == longer.card


def test_keys_that_all_ended_can_be_extended_again() -> None:
    """The purposes and the signing key outlive every week."""
    none = KEYS.destroy_ended(SECOND)
    assert weeks(none) == []
    fresh = none.extended(SECOND, 1)
    assert fresh.card.purposes == frozenset(PURPOSES)
    assert fresh.card.fingerprint == KEYS.card.fingerprint


def test_neither_keys_nor_cards_show_a_private_key() -> None:
    """Not when they are printed, and not in a traceback."""
    secrets = [KEYS.signing_key, *(each.key for each in KEYS.epochs)]
    for shown in (repr(KEYS), repr(KEYS.epochs), KEYS.card.to_json(), repr(KEYS.card)):
        for secret in secrets:
            assert repr(secret) not in shown
            assert base64.b64encode(secret).decode() not in shown
            assert secret.hex() not in shown


# ---- destroying


def test_i11_after_a_week_has_ended_no_copy_of_it_can_be_opened(file: Path) -> None:
    """Once retention is over, what was sealed in that week opens for nobody, not with the file either; what was
    sealed in the next week still does."""
    old, new = sealed(KEYS.card, b"old"), sealed(KEYS.card, b"new", wall=WALL + WEEK)
    copies = [old, bytes(old), file.parent.joinpath("copy").write_bytes(old) and (file.parent / "copy").read_bytes()]
    assert [open_seal(KEYS, each)[1] for each in copies] == [b"old"] * 3
    KEYS.destroy_ended(FIRST).replace(file)
    for keys in (Keys.load(file), Keys.load(file).extended(WALL, 2)):
        for copy in copies:
            with pytest.raises(SealError, match="there is no key here for what was sealed in week 2959"):
                open_seal(keys, copy)
        assert open_seal(keys, new)[1] == b"new"


@given(st.floats(WALL - WEEK, SECOND + WEEK))
def test_a_key_is_destroyed_when_its_week_and_the_retention_are_over(wall: float) -> None:
    """Not a moment before, and not a moment later."""
    kept = [week for week in weeks(KEYS) if wall < ends(week) + RETENTION]
    assert weeks(KEYS.destroy_ended(wall)) == kept


def test_nothing_to_destroy_leaves_the_very_same_keys() -> None:
    """Whoever looks every hour sees from that whether a file has to be written."""
    assert KEYS.destroy_ended(WALL) is KEYS
    assert SHORTER.destroy_ended(FIRST) is SHORTER


# ---- the file


def test_keys_come_back_from_their_file_which_is_private(file: Path) -> None:
    """It has mode 0600, whatever the mask of the process."""
    assert Keys.load(file) == KEYS
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Keys.load(file).card == KEYS.card


def test_keys_are_never_replaced_by_accident(file: Path) -> None:
    """Neither by new keys, nor by somebody else's, nor through a link."""
    file.with_name("link").symlink_to(file)
    before = file.read_bytes()
    for path in (file, file.with_name("link")):
        with pytest.raises(SealError, match="is there already"):
            OTHER.save(path)
    with pytest.raises(SealError, match="has the keys of somebody else"):
        OTHER.replace(file)
    with pytest.raises(SealError, match="there are no keys at"):
        KEYS.replace(file.with_name("elsewhere"))
    assert file.read_bytes() == before


def test_a_process_that_read_the_file_before_it_was_extended_cannot_undo_that(file: Path) -> None:
    """A household may already have the card with the new weeks."""
    KEYS.extended(WALL, 3).replace(file)
    before = file.read_bytes()
    for stale in (KEYS, SHORTER):
        with pytest.raises(SealError, match="has keys that would be lost\n  hint: it was changed meanwhile"):
            stale.replace(file)
    assert file.read_bytes() == before


def test_the_old_bytes_are_overwritten_where_they_stood(file: Path) -> None:
    """Whoever still holds the old file finds zeros; the new one has not the destroyed keys, and mode 0600."""
    os.link(file, file.with_name("held"))
    SHORTER.replace(file)
    held = file.with_name("held").read_bytes()
    assert held == bytes(len(held)) != b""
    assert Keys.load(file) == SHORTER
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for gone in set(KEYS.epochs) - set(SHORTER.epochs):
        assert base64.b64encode(gone.key) not in file.read_bytes()
    assert sorted(each.name for each in file.parent.iterdir()) == ["desk.keys", "held"]


def test_what_a_power_cut_left_beside_the_keys_is_overwritten_too(file: Path) -> None:
    """An unfinished file of an earlier run may have the keys that end now."""
    beside = file.with_name(".desk.keys.next")
    beside.write_bytes(file.read_bytes())
    os.link(beside, file.with_name("held"))
    SHORTER.replace(file)
    assert set(file.with_name("held").read_bytes()) == {0}
    assert not beside.exists()


def test_a_link_to_the_keys_stays_one(file: Path) -> None:
    """The file that it points to is replaced; otherwise the old keys would stay there."""
    link = file.with_name("link")
    link.symlink_to(file)
    SHORTER.replace(link)
    assert link.is_symlink()
    assert Keys.load(file) == SHORTER


OPERATIONS = 6
"""create, write, sync, rename, sync the folder, and what there may be more."""


@pytest.mark.parametrize("how", get_args(How))
@pytest.mark.parametrize("at", range(1, OPERATIONS + 1))
def test_a_stop_at_any_moment_leaves_whole_keys(tmp_path: Path, at: int, how: How) -> None:
    """A power cut, a full disk or a dead one: the file is then the old or the new one, never a part of it."""
    root = tmp_path / "desk"
    root.mkdir()
    KEYS.save(tmp_path / "made")
    disk, path = FragileDisk(root), root / "desk.keys"
    place(disk, (tmp_path / "made").read_bytes(), path, root / "made")
    disk.at, disk.how = disk.operations + at, how
    told = ""
    try:
        SHORTER.replace(path, disk)
    except SealError as error:
        told = error.what
    except PowerCut:
        for left in LEFT:
            disk.leave(tmp_path / left, left)
            (tmp_path / left / "desk.keys").chmod(0o600)
            assert Keys.load(tmp_path / left / "desk.keys") in (KEYS, SHORTER)
        return
    assert Keys.load(path) in ((KEYS, SHORTER) if told else (SHORTER,))
    assert not told or told.endswith("cannot be written: No space left on device")


def test_a_stop_is_tried_at_every_operation(tmp_path: Path) -> None:
    """The number of operations above is not too small."""
    KEYS.save(tmp_path / "desk.keys")
    disk = FragileDisk(tmp_path)
    SHORTER.replace(tmp_path / "desk.keys", disk)
    assert disk.operations < OPERATIONS


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_keys_that_others_can_read_are_refused(file: Path, mode: int) -> None:
    """A private key on which others can look is not private any more; the hint says how to close it."""
    file.chmod(mode)
    for read in (lambda: Keys.load(file), lambda: SHORTER.replace(file)):
        with pytest.raises(SealError, match=r"others can read the private keys(.|\n)*chmod 600"):
            read()


def test_a_file_that_holds_no_keys_is_refused(tmp_path: Path) -> None:
    """Nothing, a folder, a pipe, no text, a card and keys of the earlier version each have their own words."""
    path = tmp_path / "keys"
    with pytest.raises(SealError, match="there are no keys at"):
        Keys.load(path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(SealError, match="cannot be read: Too many levels of symbolic links"):
        Keys.load(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe", 0o600)
    for no_file in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(SealError, match="is no file"):
            Keys.load(no_file)
    path.touch(mode=0o600)
    earlier = {"keepmum_keys": 1, "name": "x", "contact": "y", "sealing_key": "AAAA", "signing_key": "AAAA"}
    for content, message in (
        (b"", "this is not a keepmum keys file, or not all of it"),
        (b"\xff\xfe", "is no text"),
        (KEYS.card.to_json().encode(), "this is not a keepmum keys file"),
        (json.dumps(earlier).encode(), "this keys file is of an earlier version of keepmum"),
    ):
        path.write_bytes(content)
        with pytest.raises(SealError, match=message):
            Keys.load(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"signing_key": "AAAA"}, "'signing_key' has 3 bytes"),
        ({"purposes": "research"}, "'purposes' is no list"),
        ({"purposes": ["reserch"]}, "'reserch' is no purpose; did you mean 'research'"),
        ({"sha256": None}, "is damaged: it has not the sum that it claims"),
        ({"signing_key": base64.b64encode(bytes(32)).decode()}, "is damaged"),
        ({"people": 4}, "is damaged"),
        ({"purpose": 1}, "'purpose' is unknown; did you mean 'purposes'"),
    ],
)
def test_what_is_wrong_with_a_key_file_is_said(file: Path, changes: dict[str, object], message: str) -> None:
    """A damaged file would otherwise print a card for keys that nobody has."""
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    with pytest.raises(SealError, match=message):
        Keys.load(file)


@settings(deadline=None, max_examples=200)
@given(place=st.integers(0), bit=st.integers(0, 7), cut=st.booleans())
def test_a_damaged_key_file_is_never_loaded(tmp_path_factory: Any, place: int, bit: int, cut: bool) -> None:
    """One bit flipped, or the end lost."""
    file = tmp_path_factory.mktemp("damaged") / "keys"
    KEYS.save(file)
    content = bytearray(file.read_bytes())
    place %= len(content) - 2
    content[place] ^= 1 << bit
    file.write_bytes(content[:place] if cut else content)
    with pytest.raises(SealError):
        Keys.load(file)


def test_keys_that_cannot_be_written_are_one_clear_error(tmp_path: Path) -> None:
    """A missing folder is named."""
    with pytest.raises(SealError, match="cannot be written: No such file"):
        KEYS.save(tmp_path / "nowhere" / "keys")


def test_a_full_disk_leaves_no_half_file_of_new_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the next try would be told that there are keys already."""

    class Full(FragileDisk):
        def sync(self, file: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def write(self, file: int, content: bytes) -> None:
            os.write(file, content)

    monkeypatch.setattr("keepmum.seal.keyfile.REAL", Full(tmp_path))
    with pytest.raises(SealError, match="cannot be written: No space left on device"):
        KEYS.save(tmp_path / "keys")
    monkeypatch.undo()
    KEYS.save(tmp_path / "keys")
    assert Keys.load(tmp_path / "keys") == KEYS
