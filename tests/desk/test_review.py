"""What somebody may listen to, how often, and what is counted before they hear anything."""

from __future__ import annotations

import json
import resource
import time
import wave
from pathlib import Path

import pytest
from desk_clips import NOISE, WALL, Sealed, keys_for

from keepmum.clip import new_id
from keepmum.desk import review
from keepmum.desk.reception import Reception
from keepmum.desk.report import lines, report
from keepmum.desk.store import Store
from keepmum.errors import ConfigError, OutboxError, SealError
from keepmum.seal import Keys, check_deleted, ends, epoch_of
from keepmum.terms import DAY, Rung


def arrived(desk: Reception, clip: Sealed) -> Sealed:
    """The clip, when it is in the store."""
    assert [desk.part(clip.parcel, part, 1.0, WALL) for part in clip.parts()][-1]
    return clip


def listen(desk: Reception, clip: Sealed, path: Path, wall: float = WALL, purpose: str = "research") -> None:
    review.export(desk.store, desk.keys, clip.parcel, path, purpose=purpose, wall=wall)


def test_export_writes_one_wav_for_its_owner(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """The sound is what was sealed, in a file that nobody else can read."""
    clip = arrived(desk, Sealed(keys.card))
    listen(desk, clip, tmp_path / "clip.wav")
    assert (tmp_path / "clip.wav").stat().st_mode & 0o777 == 0o600
    with wave.open(str(tmp_path / "clip.wav")) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 16_000)
        assert sound.readframes(100_000) == NOISE


@pytest.mark.parametrize(
    ("rung", "told"), [(Rung.TEXT, {"text": "turn on the light"}), (Rung.METRICS, {"counts": {"wakes": 7}})]
)
def test_what_has_no_sound_is_written_as_text(
    desk: Reception, keys: Keys, tmp_path: Path, rung: Rung, told: object
) -> None:
    """And counted as a review all the same: somebody read it."""
    clip = arrived(desk, Sealed(keys.card, rung=rung))
    listen(desk, clip, tmp_path / "clip.json")
    assert json.loads((tmp_path / "clip.json").read_text()) == told
    assert desk.store.plays() == 1


def test_one_play_more_than_agreed_is_refused(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """I9: counted over all clips of one consent in one month; another consent, and the next month, count anew."""
    consent = new_id()
    clips = [arrived(desk, Sealed(keys.card, consent=consent)) for _ in range(3)]
    other = arrived(desk, Sealed(keys.card))
    listen(desk, clips[0], tmp_path / "1")
    listen(desk, clips[1], tmp_path / "2")
    for clip in clips:
        with pytest.raises(OutboxError, match=r"listened to 2 times in 2025-10: no more was agreed"):
            listen(desk, clip, tmp_path / "3")
    assert not (tmp_path / "3").exists()
    listen(desk, other, tmp_path / "4")
    november = WALL + 28 * DAY
    assert time.gmtime(november).tm_mon == 11
    listen(desk, clips[0], tmp_path / "5", november)
    assert desk.store.plays() == 4


def test_months_of_one_consent_cannot_be_put_together(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """What stands with a play is neither the consent nor the same from month to month."""
    clip = arrived(desk, Sealed(keys.card))
    listen(desk, clip, tmp_path / "1")
    listen(desk, clip, tmp_path / "2", WALL + 28 * DAY)
    named = [household for (household,) in desk.store._db.read("SELECT household FROM plays")]
    assert len(set(named)) == 2
    assert clip.consent not in named


def test_a_card_that_allows_more_later_does_not_reach_what_came_before(
    desk: Reception, keys: Keys, store: Store, tmp_path: Path
) -> None:
    """The household agreed to two; the smaller number counts, whichever it is."""
    clip = arrived(desk, Sealed(keys.card))
    about = {name: getattr(keys, name) for name in keys.__dataclass_fields__}
    for promised, allowed, wall in ((4, 2, WALL), (0, 0, WALL + 28 * DAY)):
        desk = Reception(Keys(**{**about, "reviews": promised}), store)
        for number in range(allowed):
            listen(desk, clip, tmp_path / f"{promised}-{number}", wall)
        with pytest.raises(OutboxError, match="no more was agreed" if allowed else "nobody listens"):
            listen(desk, clip, tmp_path / "x", wall)


def test_another_purpose_is_refused_and_not_counted(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """A clip given for research is listened to for research; a word that is no purpose is told from one that is."""
    clip = arrived(desk, Sealed(keys.card, purpose="research"))
    with pytest.raises(ConfigError, match="was not given for asr-improvement"):
        listen(desk, clip, tmp_path / "1", purpose="asr-improvement")
    with pytest.raises(ConfigError, match="did you mean 'research'"):
        listen(desk, clip, tmp_path / "1", purpose="reserach")
    assert desk.store.plays() == 0
    assert not (tmp_path / "1").exists()


def test_nothing_is_counted_for_a_file_that_cannot_be_made(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """A file that is there is neither replaced nor removed."""
    clip = arrived(desk, Sealed(keys.card))
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(OutboxError, match="cannot be written"):
        listen(desk, clip, tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"
    assert desk.store.plays() == 0


def test_the_row_comes_before_the_sound(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """A store that cannot count lets nobody listen."""
    clip = arrived(desk, Sealed(keys.card))
    desk.store._db.write("PRAGMA query_only=1")
    with pytest.raises(OutboxError, match="cannot be written"):
        listen(desk, clip, tmp_path / "1")
    assert not (tmp_path / "1").exists()


def test_a_full_disk_leaves_no_half_of_a_sound(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """One clear error and no file; it is counted all the same."""
    clip = arrived(desk, Sealed(keys.card))
    desk.store.scrub()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, before[1]))
    try:
        with pytest.raises(OutboxError, match="cannot be written"):
            listen(desk, clip, tmp_path / "1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "1").exists()
    assert desk.store.plays() == 1


def test_nobody_listens_to_what_is_over_or_deleted(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """Also in the hour before the sweep takes it away."""
    clip = arrived(desk, Sealed(keys.card))
    with pytest.raises(OutboxError, match="is over"):
        listen(desk, clip, tmp_path / "1", ends(epoch_of(WALL)) + 30 * DAY)
    desk.demand(clip.deletion, clip.secret, WALL)
    with pytest.raises(OutboxError, match="deleted"):
        listen(desk, clip, tmp_path / "1")


def test_the_household_is_told_how_often_somebody_listened(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """The count stands in the signed answer to its demand."""
    clip = arrived(desk, Sealed(keys.card))
    for number in range(2):
        listen(desk, clip, tmp_path / str(number))
    answer = desk.demand(clip.deletion, clip.secret, WALL)
    assert answer is not None
    assert check_deleted(keys.card, answer, clip.deletion).plays == 2


def test_other_keys_open_nothing(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """A copy of the store without its keys is closed."""
    clip = arrived(desk, Sealed(keys.card))
    with pytest.raises(SealError):
        review.export(desk.store, keys_for(WALL), clip.parcel, tmp_path / "1", purpose="research", wall=WALL)
    assert desk.store.plays() == 0


def test_the_list_shows_everything_that_happened(desk: Reception, keys: Keys) -> None:
    """One line each, in the order of time, without opening anything."""
    assert review.listing(desk.store) == []
    clip, gone = arrived(desk, Sealed(keys.card)), arrived(desk, Sealed(keys.card))
    desk.store.ring(clip.parcel, "0" * 64, WALL + 1)
    desk.store.refuse("b" * 32, "1" * 64, 7, "it does not open", WALL + 2)
    desk.demand(gone.deletion, gone.secret, WALL + 3)
    desk.demand("0" * 64, b"", WALL)
    listed = review.listing(desk.store)
    assert [line.split()[2:4] for line in listed] == [
        ["stored", clip.parcel],
        ["alarm", clip.parcel],
        ["refused", "b" * 32],
        ["gone", gone.parcel],
    ]
    assert "the household asked" in listed[-1]


def test_the_report_counts_and_names_nobody(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """Clips, plays, deletions, destroyed weeks: no id, no hash, no moment."""
    clips = [arrived(desk, Sealed(keys.card)) for _ in range(4)]
    listen(desk, clips[0], tmp_path / "1")
    for clip in (*clips[:2], Sealed(keys.card)):
        desk.demand(clip.deletion, clip.secret, WALL)
    told = report(desk.store)
    assert told == {
        "clips": {"received": 4, "kept": 2},
        "plays": 1,
        "deletions": {"demanded": 2, "retention_ended": 0, "demanded_and_never_came": 1},
        "destroyed_weeks": 0,
        "keys_not_yet_destroyed": 0,
        "refusals": 0,
        "alarms": 0,
    }
    assert lines(told)[:2] == ["clips            4 received, 2 kept", "plays            1"]
    assert not any(clip.parcel in str(told) for clip in clips)
