"""Nothing stays longer than was promised, and after that nobody can open it, whatever copies there are."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from desk_clips import NOISE, WALL, Sealed, keys_for

from keepmum.desk.reception import Reception
from keepmum.desk.report import report
from keepmum.desk.retention import EVERY, Retention, alone
from keepmum.desk.scan import canaries, scan
from keepmum.desk.store import Store
from keepmum.errors import SealError
from keepmum.seal import WEEK, Keys, ends, epoch_of, open_seal
from keepmum.terms import DAY, Rung

GOES = WALL + 30 * DAY
"""When what came at WALL has to go."""
OVER = ends(epoch_of(WALL)) + 30 * DAY
"""When the keys have to go to which it was sealed."""


@pytest.fixture
def file(keys: Keys, tmp_path: Path) -> Path:
    """The keys in a file, as a desk has them."""
    keys.save(tmp_path / "desk.keys")
    return tmp_path / "desk.keys"


@pytest.fixture
def clip(desk: Reception, keys: Keys) -> Sealed:
    """One clip of this week in the store."""
    one = Sealed(keys.card)
    assert [desk.part(one.parcel, part, 1.0, WALL) for part in one.parts()][-1]
    return one


def test_a_clip_goes_at_the_second_when_its_time_is_over(
    store: Store, keys: Keys, file: Path, clip: Sealed, tmp_path: Path
) -> None:
    """Counted from the moment it came; no byte of it is left. Its key goes as many days after the end of its week."""
    private = [key.key for key in keys.epochs if key.epoch == epoch_of(WALL)]
    before = Retention(store, file).sweep(keys, 1.0, GOES - 1)
    assert (len(store.clips()), len(before.epochs)) == (1, len(keys.epochs))
    Retention(store, file).sweep(keys, 1.0, GOES)
    assert store.clips() == []
    after = Retention(store, file).sweep(keys, 1.0, OVER)
    assert scan([tmp_path], [*canaries(clip.bytes), *(key[:24] for key in private)]) == []
    assert after == Keys.load(file)
    assert {key.epoch for key in keys.epochs} - {key.epoch for key in after.epochs} == {epoch_of(WALL)}


def test_no_copy_anywhere_can_be_opened_after_that(store: Store, keys: Keys, file: Path, clip: Sealed) -> None:
    """I11: the broker's backup, a recording of the network: sealed bytes stay closed when the week's key is gone."""
    assert open_seal(Keys.load(file), clip.bytes)[0].label.parcel == clip.parcel
    after = Retention(store, file).sweep(keys, 1.0, OVER)
    for left in (after, Keys.load(file)):
        with pytest.raises(SealError, match="destroyed"):
            open_seal(left, clip.bytes)


def test_a_replay_after_that_is_refused(store: Store, keys: Keys, file: Path, clip: Sealed) -> None:
    """It was here, and it does not come back."""
    after = Retention(store, file).sweep(keys, 1.0, OVER)
    desk = Reception(after, store)
    assert [desk.part(clip.parcel, part, 1.0, OVER) for part in clip.parts()] == [None] * len(clip.parts())
    assert store.clips() == []


def test_each_destroyed_key_has_a_row(store: Store, keys: Keys, file: Path) -> None:
    """Purpose, week, when it was begun and when done; the report counts the weeks."""
    Retention(store, file).sweep(keys, 1.0, OVER + WEEK)
    week = epoch_of(WALL)
    assert [(row.purpose, row.epoch) for row in store.weeks()] == [
        (purpose, each) for each in (week, week + 1) for purpose in ("asr-improvement", "research")
    ]
    assert all(row.begun == row.done == OVER + WEEK for row in store.weeks())
    assert report(store)["destroyed_weeks"] == 2


def test_what_a_kill_left_undone_is_done_by_the_next_sweep(store: Store, keys: Keys, file: Path) -> None:
    """Killed after the row and before the file: not said to be destroyed, until it is."""
    store.destroying("research", epoch_of(WALL), OVER)
    assert report(store)["destroyed_weeks"] == 0
    assert report(store)["keys_not_yet_destroyed"] == 1
    Retention(store, file).sweep(keys, 1.0, OVER + 5)
    assert report(store)["destroyed_weeks"] == 1
    assert report(store)["keys_not_yet_destroyed"] == 0


def test_what_a_kill_left_unsaid_is_said_by_the_next_sweep(store: Store, keys: Keys, file: Path) -> None:
    """Killed after the file and before the row: the key is gone already, and the row follows."""
    for purpose in ("asr-improvement", "research"):
        store.destroying(purpose, epoch_of(WALL), OVER)
    keys.destroy_ended(OVER).replace(file)
    Retention(store, file).sweep(Keys.load(file), 1.0, OVER + 5)
    assert [row.done for row in store.weeks()] == [OVER + 5, OVER + 5]


def test_a_clock_that_is_set_back_lengthens_nothing(store: Store, keys: Keys, clip: Sealed) -> None:
    """I18: a year back while it runs, and before it starts again; time passes all the same."""
    retention = Retention(store)
    retention.sweep(keys, 1_000.0, WALL)
    year = 365 * DAY
    retention.sweep(keys, 1_000.0 + 5 * DAY, WALL - year)
    Retention(store).sweep(keys, 7.0, WALL - year)
    assert len(store.clips()) == 1
    again = Retention(store)
    again.sweep(keys, 0.0, WALL - year)
    left = GOES - (WALL + 5 * DAY)
    again.sweep(keys, left - 1, WALL - year)
    assert len(store.clips()) == 1
    again.sweep(keys, left, WALL - year)
    assert store.clips() == []


def test_what_a_reader_held_back_goes_with_the_next_sweep(
    store: Store, keys: Keys, clip: Sealed, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody reads an old state when the time is over: a warning, and an hour later no byte is left."""
    store._db.write("PRAGMA busy_timeout = 0")
    reader = Store(tmp_path / "clips.db", make=False)
    reader._db.write("BEGIN")
    assert len(reader.clips()) == 1
    retention = Retention(store)
    retention.sweep(keys, 1.0, OVER)
    assert "somebody reads the store" in caplog.text
    reader.close()
    retention.sweep(keys, 3_601.0, OVER)
    assert scan([tmp_path], canaries(clip.bytes)) == []


def test_it_sweeps_at_the_start_and_every_hour(store: Store, keys: Keys) -> None:
    """By the clock that only goes forward."""
    retention = Retention(store)
    assert retention.due(5.0)
    retention.sweep(keys, 5.0, WALL)
    assert not retention.due(5.0 + EVERY - 0.1)
    assert retention.due(5.0 + EVERY)


def test_fresh_keys_in_the_file_are_found_and_not_lost(store: Store, keys: Keys, file: Path) -> None:
    """The collector runs with the keys of its start; `--extend` wrote more: the sweep takes them and destroys none."""
    Keys.load(file).extended(WALL + 10 * WEEK, 14).replace(file)
    after = Retention(store, file).sweep(keys, 1.0, OVER)
    assert max(key.epoch for key in after.epochs) == epoch_of(WALL) + 23
    assert min(key.epoch for key in after.epochs) == epoch_of(WALL) + 1
    assert Keys.load(file) == after


def test_somebody_elses_keys_in_the_file_stop_the_desk(store: Store, keys: Keys, file: Path) -> None:
    """The file was exchanged under a running collector: nothing is destroyed, one clear error."""
    file.unlink()
    keys_for(WALL).save(file)
    with pytest.raises(SealError, match="somebody else"):
        Retention(store, file).sweep(keys, 1.0, OVER)


def test_a_key_file_that_is_gone_stops_the_desk(store: Store, keys: Keys, tmp_path: Path) -> None:
    """What cannot be destroyed for certain is not passed over."""
    with pytest.raises(SealError, match="no keys"):
        Retention(store, tmp_path / "none").sweep(keys, 1.0, OVER)
    with pytest.raises(SealError, match="folder"):
        Retention(store, tmp_path / "nowhere" / "none").sweep(keys, 1.0, OVER)


def test_two_never_change_the_key_file_at_once(file: Path) -> None:
    """While one reads, changes and writes it, another would have to wait."""
    folder = os.open(file.parent, os.O_RDONLY)
    with alone(file), pytest.raises(BlockingIOError):
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(folder)


def test_the_clips_of_ten_weeks_go_week_by_week(store: Store) -> None:
    """Whatever the week: gone when it is over, and never before."""
    keys = keys_for(WALL, retention_days=7)
    desk = Reception(keys, store)
    for week in range(10):
        for _ in range(3):
            clip = Sealed(keys.card, wall=WALL + week * WEEK, rung=Rung.TEXT, pcm=NOISE[:2])
            assert [desk.part(clip.parcel, part, 1.0, WALL + week * WEEK) for part in clip.parts()][-1]
    retention, left = Retention(store), []
    for week in range(11):
        keys = retention.sweep(keys, week * WEEK, ends(epoch_of(WALL)) + (week + 1) * WEEK)
        left.append(len(store.clips()))
    assert left == [27, 24, 21, 18, 15, 12, 9, 6, 3, 0, 0]
