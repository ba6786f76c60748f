"""The outbox keeps every parcel whole and in order, and gives up a damaged one rather than send it."""

from __future__ import annotations

import hashlib
import json
import logging
import stat
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepmum import outbox as outbox_file
from keepmum.disk_fragile import FragileDisk
from keepmum.errors import OutboxError
from keepmum.outbox import Item, Outbox

SEALED = Item("a" * 32, "clip", "clips", "research", "c1", 1_790_000_000.5, b"sealed\n" * 9, "f" * 32, 4.5)
ACTION = Item("b" * 32, "action", "keepmum/home/light", "commands", "c2", None, b'{"state": "ON"}')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where an outbox with one clip is."""
    Outbox(tmp_path / "outbox").put(SEALED)
    return tmp_path / "outbox"


def only_file(folder: Path) -> Path:
    """The file of the one parcel."""
    [path] = (folder / "new").iterdir()
    return path


def written(digest_of: bytes) -> bytes:
    """A file with a digest that fits."""
    return hashlib.sha256(digest_of).hexdigest().encode() + b"\n" + digest_of


@settings(deadline=None, max_examples=30)
@given(
    texts=st.tuples(st.text(), st.text(), st.text(), st.text()),
    expires=st.one_of(st.none(), st.floats(0, 1e12)),
    body=st.binary(max_size=2_000),
)
def test_a_parcel_comes_back_as_it_was_put(
    tmp_path_factory: pytest.TempPathFactory, texts: tuple[str, str, str, str], expires: float | None, body: bytes
) -> None:
    """Whatever stands in a parcel, it is the same after a restart, and its digest line is its SHA-256."""
    topic, purpose, consent, recipient = texts
    folder = tmp_path_factory.mktemp("any") / "outbox"
    item = Item("0" * 32, "action", topic, purpose, consent, expires, body, recipient)
    Outbox(folder).put(item)
    assert Outbox(folder).get(item.id) == item
    digest, _, rest = only_file(folder).read_bytes().partition(b"\n")
    assert digest.decode() == hashlib.sha256(rest).hexdigest()


def test_folder_and_files_are_private(folder: Path) -> None:
    """Nobody but the listener's user can list or read what waits, even where the folder was there before."""
    folder.chmod(0o755)
    Outbox(folder)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "new", folder / "tmp")] == [0o700] * 3
    assert stat.S_IMODE(only_file(folder).stat().st_mode) == 0o600


def test_the_order_of_put_survives_a_restart(folder: Path) -> None:
    """The oldest parcel is the first, whatever its id, and new ones go behind it after a restart too."""
    box = Outbox(folder)
    for digit in "9f0":
        box.put(replace(ACTION, id=digit * 32))
    again = Outbox(folder)
    again.put(ACTION)
    again.erase("f" * 32)
    expected = [digit * 32 for digit in "a90b"]
    assert again.waiting() == expected
    assert Outbox(folder).waiting() == expected


def test_an_erased_parcel_is_gone(folder: Path) -> None:
    """After `erase` there is no file; erasing what is not there changes nothing."""
    box = Outbox(folder)
    box.erase("0" * 32)
    assert box.waiting() == [SEALED.id]
    box.erase(SEALED.id)
    box.erase(SEALED.id)
    assert box.get(SEALED.id) is None
    assert list((folder / "new").iterdir()) == []


def test_everything_can_be_erased_at_once(folder: Path) -> None:
    """A withdrawal empties the outbox and learns how much there was."""
    box = Outbox(folder)
    box.put(ACTION)
    assert box.erase_all() == 2
    assert (box.erase_all(), box.waiting(), Outbox(folder).waiting()) == (0, [], [])


def test_a_full_outbox_refuses_and_has_room_again_after_an_erase(folder: Path) -> None:
    """The limit is on all files together, to the byte; a refused parcel leaves nothing behind."""
    size = only_file(folder).stat().st_size
    box = Outbox(folder, largest=2 * size - 1)
    second = replace(SEALED, id="c" * 32)
    with pytest.raises(OutboxError, match="the outbox is full"):
        box.put(second)
    assert (box.waiting(), list((folder / "tmp").iterdir())) == ([SEALED.id], [])
    box.erase(SEALED.id)
    box.put(second)
    Outbox(folder, largest=2 * size).put(SEALED)
    assert Outbox(folder).waiting() == [second.id, SEALED.id]


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "../../../etc/passwd"},
        {"id": "A" * 32},
        {"id": SEALED.id},
        {"kind": "gossip"},
        {"topic": None},
        {"expires": "tomorrow"},
        {"seconds": None},
    ],
)
def test_what_is_no_parcel_is_not_put(folder: Path, wrong: dict[str, object]) -> None:
    """An id that could be a path, one that waits already, and wrong types are refused."""
    box = Outbox(folder)
    with pytest.raises(OutboxError, match="cannot be put"):
        box.put(replace(ACTION, **wrong))  # type: ignore[arg-type]
    assert box.waiting() == [SEALED.id]


def test_every_changed_byte_of_a_parcel_is_noticed(folder: Path) -> None:
    """No byte of a file can be changed unseen; the parcel is given up once, by name, and then it is gone."""
    good = only_file(folder).read_bytes()
    for place in range(len(good)):
        path = only_file(folder)
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        box = Outbox(folder, disk=FragileDisk(folder))
        with pytest.raises(OutboxError, match=f"parcel {SEALED.id} was damaged and is erased"):
            box.get(SEALED.id)
        assert (box.get(SEALED.id), box.waiting(), path.exists()) == (None, [], False)
        box.put(SEALED)


@pytest.mark.parametrize("length", [0, 1, 64, 65, 100])
def test_a_torn_parcel_is_noticed(folder: Path, length: int) -> None:
    """A file that is cut short is given up."""
    path = only_file(folder)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(OutboxError, match="was damaged"):
        Outbox(folder).get(SEALED.id)


def _described(**changes: object) -> bytes:
    told = {name: value for name, value in asdict(SEALED).items() if name != "body"} | changes
    return written(json.dumps(told, sort_keys=True, separators=(",", ":")).encode() + b"\nbody")


@pytest.mark.parametrize(
    "content",
    [
        _described(id="b" * 32),
        _described(kind="gossip"),
        _described(purpose=["research"]),
        _described(expires="never"),
        _described(surplus=1),
        written(b'{"id": "' + b"a" * 32 + b'"}\nbody'),
        written(b"[" * 100_000 + b"\n"),
        written(b"[]\nbody"),
        written(b"\xff\n"),
    ],
)
def test_a_file_that_this_outbox_would_not_have_written_is_given_up(folder: Path, content: bytes) -> None:
    """A right digest over a wrong description does not make a parcel."""
    only_file(folder).write_bytes(content)
    box = Outbox(folder)
    with pytest.raises(OutboxError, match="was damaged and is erased"):
        box.get(SEALED.id)
    assert box.waiting() == []


def test_a_parcel_that_cannot_be_read_is_not_erased(folder: Path) -> None:
    """Only damage is erased; a disk that refuses once may give it back later."""
    box, path = Outbox(folder), only_file(folder)
    path.rename(path.with_name("away"))
    with pytest.raises(OutboxError, match="cannot be read: No such file"):
        box.get(SEALED.id)
    path.with_name("away").rename(path)
    assert box.get(SEALED.id) == SEALED


def test_only_the_opener_sweeps_what_a_crash_left(folder: Path) -> None:
    """Half-written files are removed at the start, never later; a stranger's file is named and left alone."""
    (folder / "tmp" / ("d" * 32)).write_bytes(b"half")
    (folder / "new" / "notes.txt").write_bytes(b"what is this?")
    box = Outbox(folder)
    assert list((folder / "tmp").iterdir()) == []
    (folder / "tmp" / "later").write_bytes(b"half")
    assert box.waiting() == [SEALED.id]
    assert (folder / "tmp" / "later").exists()
    assert (folder / "new" / "notes.txt").exists()


def test_a_strangers_file_is_logged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The owner learns that something lies in the outbox that the speaker did not put there."""
    (folder / "new" / "notes.txt").write_bytes(b"")
    with caplog.at_level(logging.WARNING, outbox_file.__name__):
        Outbox(folder)
    assert "notes.txt is not a parcel" in caplog.text


def test_an_outbox_that_cannot_be_opened_is_one_clear_error(tmp_path: Path) -> None:
    """A missing parent folder and a file in the folder's place are refused with a hint."""
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "nowhere" / "outbox", tmp_path / "file"):
        with pytest.raises(OutboxError, match=r"cannot be used: .+\n  hint: "):
            Outbox(folder)
