"""Checkpoints: what the speaker signs, keeps and holds its own ledger against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from ledger_books import MOMENT, SIGNER, all_lines, grow, opened

from keepmum.disk_fragile import LEFT, FragileDisk, PowerCut
from keepmum.errors import LedgerError
from keepmum.ledger import Ledger, What, segments, verify
from keepmum.ledger.checkpoint import key_of
from keepmum.ledger.notary import checkpoints, keys
from keepmum.ledger.segments import firsts, path_of
from keepmum.ledger.tree import leaf, root


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Eleven rows in three files, signed at ten."""
    ledger = opened(tmp_path / "ledger")
    grow(ledger, 10)
    ledger.checkpoint(MOMENT)
    grow(ledger, 1)
    return tmp_path / "ledger"


def kept(book: Path) -> list[int]:
    return [each.size for each in checkpoints(book)]


def test_a_checkpoint_is_about_all_rows_so_far(book: Path) -> None:
    """Its root is that of the tree over the lines, its signature that of the speaker, whose key is kept beside it."""
    for each in checkpoints(book):
        assert each.root == root(leaf(line[:-1]) for line in all_lines(book)[: each.size])
        assert each.note.holds(key_of(SIGNER))
    assert keys(book) == {key_of(SIGNER).name: key_of(SIGNER)}


def test_there_is_one_for_news_only(tmp_path: Path) -> None:
    """None for an empty ledger, none twice for the same rows, also after a restart; none without a signer."""
    assert opened(tmp_path / "ledger").checkpoint(MOMENT) is None
    grow(opened(tmp_path / "ledger"), 2)
    first = opened(tmp_path / "ledger").checkpoint(MOMENT)
    assert first is not None
    assert first.size == 2
    assert opened(tmp_path / "ledger").checkpoint(MOMENT) is None
    assert opened(tmp_path / "ledger", signer=None).checkpoint(MOMENT) is None
    grow(opened(tmp_path / "ledger"), 1)
    assert opened(tmp_path / "ledger", signer=None).checkpoint(MOMENT) is None
    assert getattr(opened(tmp_path / "ledger").checkpoint(MOMENT), "size", 0) == 3


def test_those_remain_at_which_a_file_begins_and_the_newest(book: Path) -> None:
    """An hour's checkpoint is superseded by the next; a new file gets one, from which a start can go on."""
    assert kept(book) == [4, 8, 10]
    opened(book).checkpoint(MOMENT)
    assert kept(book) == [4, 8, 11]
    assert not list(book.glob("checkpoints/000000000010.*"))


def test_a_start_reads_no_file_that_a_checkpoint_covers(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What older files say about the tree stands in the frontier: with it the next checkpoint is the right one."""
    monkeypatch.setattr(segments, "lines", lambda *_: pytest.fail("an older file was read"))
    made = opened(book).checkpoint(MOMENT)
    assert made is not None
    assert made.root == root(leaf(line[:-1]) for line in all_lines(book))


@pytest.mark.parametrize("damage", ["removed", "nonsense", "another's"])
def test_without_its_frontier_the_tree_is_made_again(book: Path, damage: str) -> None:
    """It is only a shortcut: what does not come to the signed root is not used."""
    for file in book.glob("checkpoints/*.frontier"):
        content = {"removed": "", "nonsense": "{", "another's": '{"parts":["' + "00" * 32 + '"]}'}[damage]
        file.write_text(content)
        if damage == "removed":
            file.unlink()
    made = opened(book).checkpoint(MOMENT)
    assert made is not None
    assert made.root == root(leaf(line[:-1]) for line in all_lines(book))


def test_a_cut_ledger_is_refused_at_the_start(book: Path) -> None:
    """Rows that the speaker once signed cannot be gone."""
    path_of(book, 8).write_bytes(b"".join(all_lines(book)[8:9]))
    with pytest.raises(LedgerError, match="lines 10 to 10 of the ledger were cut off"):
        opened(book)
    assert "lines 10 to 10 " in str(verify(book).problem)


def test_rows_that_were_exchanged_for_others_are_refused_at_the_start(book: Path) -> None:
    """A chain that holds is not enough: the newest file is held against the newest checkpoint."""
    other = opened(book.parent / "other")
    grow(other, 8)
    for n in range(3):
        other.add(What.REFUSAL, MOMENT + n, {"reason": "nothing"})
    path_of(book, 8).write_bytes(path_of(other._folder, 8).read_bytes())
    path_of(book, 4).write_bytes(path_of(other._folder, 4).read_bytes())
    with pytest.raises(LedgerError, match="the first 10 lines of the ledger are not those that"):
        opened(book)


def test_a_checkpoint_that_cannot_be_read_is_left_out(book: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is only a signature over what is there; a new one will be made, and the log says so."""
    (book / "checkpoints" / "000000000010.txt").write_text("nonsense")
    assert opened(book).size == 11
    assert "cannot be read and is left out" in caplog.text


def test_a_checkpoint_by_nobody_is_found(book: Path) -> None:
    """Verifying asks for a signature by a key of this ledger."""
    other = Ed25519PrivateKey.generate()
    ledger = opened(book.parent / "other", signer=other)
    grow(ledger, 9)
    made = ledger.checkpoint(MOMENT)
    assert made is not None
    (book / "checkpoints" / "000000000009.txt").write_text(str(made.note))
    assert verify(book).problem == "the checkpoint of 9 lines was not signed by this speaker"


def test_a_new_identity_signs_all_of_it_again(book: Path) -> None:
    """After a reset the speaker has another key; the older checkpoints still stand, with theirs."""
    fresh = Ed25519PrivateKey.generate()
    ledger = opened(book, signer=fresh)
    made = ledger.checkpoint(MOMENT)
    assert made is not None
    assert (made.size, made.note.holds(key_of(fresh))) == (11, True)
    verdict = verify(book)
    assert (verdict.problem, verdict.checkpoints, len(keys(book))) == (None, 4, 2)


def test_a_speaker_without_its_key_still_writes(book: Path) -> None:
    """No new checkpoints, and the old ones are held against the rows all the same."""
    ledger = opened(book, signer=None)
    grow(ledger, 6)
    assert (kept(book), firsts(book)) == ([4, 8, 10], [0, 4, 8, 12, 16])
    assert verify(book).problem is None
    assert getattr(opened(book).checkpoint(MOMENT), "size", 0) == 17


# ---- crashes


def life(disk: FragileDisk, done: list[str]) -> None:
    """Ten rows over three files, private facts, two checkpoints and a forgetting; `done` is what was acknowledged."""
    ledger = opened(disk.root / "ledger", disk)
    for n in range(10):
        done.append(ledger.add(What.MUTE, MOMENT + n, {"n": n}, {"secret": n} if n % 3 == 0 else {}).hash)
        if n in (2, 6):
            ledger.checkpoint(MOMENT + n)
    ledger.forget_private(MOMENT + 5)
    done.append("forgotten")


def every_crash(folder: Path, forgotten: tuple[str, ...] = ()) -> Iterator[str]:
    """Stop that life before, in and after every operation; start again on what is left, and say what was broken."""
    at, reached = 0, True
    while reached:
        at += 1
        for how in ("before", "half", "after"):
            root_folder = folder / f"{at}-{how}"
            root_folder.mkdir(parents=True)
            disk, done = FragileDisk(root_folder, at, how, forgotten), list[str]()  # type: ignore[arg-type]
            with suppress(PowerCut):
                life(disk, done)
            reached = disk.operations >= at
            for way in LEFT:
                left = disk.leave(folder / f"{at}-{how}-{way}", way)
                yield from (f"{at} {how} {way}: {broken}" for broken in broken_promises(left, done))


def broken_promises(disk: FragileDisk, done: list[str]) -> Iterator[str]:
    book = disk.root / "ledger"
    try:
        ledger = opened(book, disk)
        rows = list(ledger.rows())
        hashes = [hashed for hashed in done if hashed != "forgotten"]
        if [row.hash for row in rows][: len(hashes)] != hashes:
            yield "every row whose add returned is there"
        if any(row.private is None for row in rows[5 : len(hashes)] if row.n % 3 == 0):
            yield "its private facts are there until they are forgotten"
        if "forgotten" in done and any(row.private for row in rows[:5]):
            yield "what was forgotten stays forgotten"
        ledger.add(What.START, MOMENT, {}, {"secret": 99})
        ledger.checkpoint(MOMENT)
        verdict = verify(book)
        if verdict.problem or verdict.rows != ledger.size or not verdict.checkpoints:
            yield f"the ledger verifies ({verdict.problem})"
    except LedgerError as error:
        yield f"what is left can be used ({error.what})"


def test_no_crash_at_any_disk_operation_breaks_a_promise(tmp_path: Path) -> None:
    """Over new files, checkpoints, private parts and a forgetting: nothing acknowledged is lost, and it all holds."""
    assert list(every_crash(tmp_path)) == []
    assert len(list(tmp_path.iterdir())) > 700


@pytest.mark.parametrize("forgotten", ["sync", "sync_folder"])
def test_a_forgotten_sync_is_found(tmp_path: Path, forgotten: str) -> None:
    """The search is not blind."""
    assert any(every_crash(tmp_path, (forgotten,)))


def test_every_failing_operation_is_one_clear_error_and_life_goes_on(tmp_path: Path) -> None:
    """A disk that refuses once: what was acknowledged stands, in this run and in the next."""
    at, reached = 0, True
    while reached:
        at += 1
        disk = FragileDisk(tmp_path / f"{at}", at, "error")
        disk.root.mkdir()
        done: list[str] = []
        with suppress(LedgerError):
            life(disk, done)
        reached = disk.operations >= at
        disk.at = 0
        assert list(broken_promises(disk, [each for each in done if each != "forgotten"])) == [], at
    assert at > 80


def test_a_ledger_with_a_failed_page_goes_on_in_the_same_run(tmp_path: Path) -> None:
    """Whatever fails while a new file is begun, the row that did not fit is no row, and the next one fits."""
    for at in range(1, 20):
        disk = FragileDisk(tmp_path / f"{at}")
        disk.root.mkdir()
        ledger = opened(disk.root / "ledger", disk)
        grow(ledger, 4)
        disk.at, disk.how = disk.operations + at, "error"
        with suppress(LedgerError):
            grow(ledger, 1)
        size = ledger.size
        assert ledger.add(What.MUTE, MOMENT, {}).n == size, at
        assert verify(disk.root / "ledger").problem is None, at
        assert Ledger(disk.root / "ledger").size == size + 1
