"""What the desk takes, what it refuses and why, and how a clip goes: without a network, with real seals and files."""

from __future__ import annotations

import logging
import random
import secrets
from pathlib import Path

import pytest
from desk_clips import NOISE, PHRASE, WALL, Sealed, keys_for, sha256
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepmum.clip import new_id
from keepmum.desk import store as store_module
from keepmum.desk.reception import Reception, kept_until
from keepmum.desk.records import Why
from keepmum.desk.scan import canaries, scan
from keepmum.desk.store import Store
from keepmum.errors import OutboxError, SealError
from keepmum.seal import WEEK, Keys, check_deleted, check_stored, ends, epoch_of, sign_deleted, sign_stored
from keepmum.terms import DAY, Rung


def receive(desk: Reception, clip: Sealed, wall: float = WALL, now: float = 1.0) -> str | None:
    """Every part in its turn; the last answer."""
    answers = [desk.part(clip.parcel, part, now, wall) for part in clip.parts()]
    return answers[-1]


def demand(desk: Reception, clip: Sealed, wall: float = WALL) -> str | None:
    return desk.demand(clip.deletion, clip.secret, wall)


# ---- taking


@pytest.mark.parametrize("rung", list(Rung))
def test_a_clip_of_every_rung_is_stored_sealed_and_answered(desk: Reception, keys: Keys, rung: Rung) -> None:
    """The receipt satisfies the household's check, and the store has the sealed bytes."""
    clip = Sealed(keys.card, rung=rung)
    receipt = receive(desk, clip)
    assert receipt is not None
    check_stored(keys.card, receipt, clip.parcel, clip.sha256)
    assert desk.store.sealed(clip.parcel) == clip.bytes


def test_no_plaintext_is_in_the_files(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """Neither sound nor phrase, consent or purpose of a clip can be found on the disk; the sealed bytes can."""
    clip = Sealed(keys.card)
    receive(desk, clip)
    content = b"".join(file.read_bytes() for file in tmp_path.glob("clips.db*"))
    assert clip.parcel.encode() in content
    for canary in (NOISE[:64], PHRASE.encode(), clip.consent.encode(), bytes.fromhex(clip.consent), b"research"):
        assert canary not in content
    assert scan([tmp_path], canaries(clip.bytes))


def test_parts_come_in_any_order_and_more_than_once(desk: Reception, keys: Keys) -> None:
    """The receipt follows the part that made it whole."""
    clip = Sealed(keys.card)
    parts = [*clip.parts(), *clip.parts()]
    random.Random(4).shuffle(parts)
    answers = [desk.part(clip.parcel, part, 1.0, WALL) for part in parts]
    assert None in answers
    assert answers[-1] is not None
    assert [row.id for row in desk.store.clips()] == [clip.parcel]


def test_a_duplicate_gets_its_receipt_again(desk: Reception, keys: Keys) -> None:
    """The second time one part is enough, and nothing is stored twice."""
    clip = Sealed(keys.card)
    receive(desk, clip)
    receipt = desk.part(clip.parcel, clip.parts()[1], 1.0, WALL + 9)
    assert receipt is not None
    check_stored(keys.card, receipt, clip.parcel, clip.sha256)
    assert len(desk.store.clips()) == 1


def test_the_same_id_with_other_bytes_is_an_alarm_without_a_receipt(desk: Reception, keys: Keys) -> None:
    """The first clip stays and the alarm is on record, whether the other bytes open or not."""
    first = Sealed(keys.card)
    second = Sealed(keys.card, parcel=first.parcel)
    rubbish = Sealed(keys.card, parcel=first.parcel, bytes=b"rubbish")
    receive(desk, first)
    assert receive(desk, second) is None
    assert receive(desk, rubbish) is None
    assert desk.store.sealed(first.parcel) == first.bytes
    assert [alarm.came for alarm in desk.store.alarms()] == [second.sha256, rubbish.sha256]


# ---- refusing

STRANGER = keys_for(WALL, name="Stranger")


def refused_clip(keys: Keys, kind: str) -> Sealed:
    """A parcel that is whole, and no clip for this desk."""
    name = new_id()
    good = Sealed(keys.card, parcel=name)
    match kind:
        case "rubbish":
            return Sealed(keys.card, parcel=name, bytes=b"rubbish" * 5_000)
        case "other keys":
            return Sealed(STRANGER.card, parcel=name)
        case "another's label":
            return Sealed(keys.card, parcel=name, bytes=Sealed(keys.card).bytes)
        case "another's clip":
            return Sealed(keys.card, parcel=name, inside=new_id())
        case "no clip":
            return Sealed(keys.card, parcel=name, plaintext=b"a letter")
        case "altered":
            return Sealed(keys.card, parcel=name, bytes=good.bytes[:-1] + bytes([good.bytes[-1] ^ 1]))
        case "cut":
            return Sealed(keys.card, parcel=name, bytes=good.bytes[:-64_000])
        case "more than the purpose needs":
            return Sealed(keys.card, parcel=name, purpose="asr-improvement", rung=Rung.METRICS)
        case _:
            return Sealed(keys.card, parcel=name, pcm=bytes(32_000 * 20 + 2))


REFUSED = {
    "rubbish": "not a sealed parcel",
    "other keys": "no key here",
    "another's label": "another id",
    "another's clip": "another id",
    "no clip": "not a clip",
    "altered": "other keys, or was altered",
    "cut": "other keys, or was altered",
    "more than the purpose needs": "metrics is more than asr-improvement can need",
    "too long": "20 is the most",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_clip_for_us_is_refused_with_a_reason(desk: Reception, keys: Keys, kind: str) -> None:
    """It is noted by its hash, not stored, and gets no receipt."""
    clip = refused_clip(keys, kind)
    assert receive(desk, clip) is None
    [refusal] = desk.store.refusals()
    assert (refusal.id, refusal.sha256, refusal.size) == (clip.parcel, clip.sha256, len(clip.bytes))
    assert REFUSED[kind] in refusal.reason
    assert desk.store.clips() == []


def test_a_clip_for_a_purpose_without_a_key_is_refused(store: Store) -> None:
    """A desk that took its key for a purpose away takes nothing more for it; other purposes go on."""
    both = keys_for(WALL)
    narrowed = type(both)(**{**vars_of(both), "epochs": tuple(e for e in both.epochs if e.purpose != "research")})
    desk = Reception(narrowed, store)
    assert receive(desk, Sealed(both.card, purpose="research")) is None
    assert receive(desk, Sealed(both.card, purpose="asr-improvement")) is not None
    assert "other keys" in store.refusals()[0].reason


def vars_of(keys: Keys) -> dict[str, object]:
    return {name: getattr(keys, name) for name in keys.__dataclass_fields__}


def test_a_clip_whose_time_is_over_when_it_comes_is_refused(desk: Reception, keys: Keys) -> None:
    """It waited too long in an outbox: its key may still be there for an hour, it is not kept all the same."""
    clip = Sealed(keys.card)
    over = ends(epoch_of(WALL)) + 30 * DAY
    assert receive(desk, clip, wall=over - 1) is not None
    late = Sealed(keys.card)
    assert receive(desk, late, wall=over) is None
    assert desk.store.refusals()[-1].reason == "the time for which it could be kept is over"


def test_a_senders_clock_that_runs_ahead_lengthens_nothing(keys: Keys) -> None:
    """What is sealed to a later week stays no longer than what is sealed to this one: the days that were promised."""
    week = epoch_of(WALL)
    assert kept_until(keys, week, WALL) == WALL + 30 * DAY
    assert kept_until(keys, week + 9, WALL) == WALL + 30 * DAY
    assert kept_until(keys, week - 2, WALL) == ends(week - 2) + 30 * DAY


def test_what_was_sealed_later_than_now_is_taken_and_goes_with_this_week(desk: Reception, keys: Keys) -> None:
    """The household's clock is three weeks fast: its clip arrives, and is not kept three weeks longer."""
    clip = Sealed(keys.card, wall=WALL + 3 * WEEK)
    assert receive(desk, clip) is not None
    assert desk.store.clips()[0].until == WALL + 30 * DAY


def test_an_incomplete_clip_gets_no_receipt(desk: Reception, keys: Keys) -> None:
    """One missing part is enough; when the clip comes again it is stored."""
    clip = Sealed(keys.card)
    assert [desk.part(clip.parcel, part, 1.0, WALL) for part in clip.parts()[1:]] == [None] * (len(clip.parts()) - 1)
    assert desk.store.clips() == []
    assert receive(desk, clip) is not None


def test_a_part_under_another_parcels_name_is_ignored(desk: Reception, keys: Keys) -> None:
    """The topic must name the parcel that the part is of."""
    clip = Sealed(keys.card)
    assert [desk.part(new_id(), part, 1.0, WALL) for part in clip.parts()] == [None] * len(clip.parts())
    assert desk.store.clips() == desk.store.refusals() == []


def test_the_receipt_comes_after_the_commit(desk: Reception, keys: Keys) -> None:
    """If the store does not take the clip, no receipt is signed: the desk stops."""
    desk.store._db.write("PRAGMA query_only=1")
    with pytest.raises(OutboxError):
        receive(desk, Sealed(keys.card))


# ---- destroying


def test_a_demand_destroys_every_byte_before_it_is_answered(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """The answer is signed; of the sealed bytes and the wrapped key nothing is in any file, of its neighbours all."""
    clip, other = Sealed(keys.card), Sealed(keys.card, rung=Rung.TEXT, purpose="asr-improvement")
    receive(desk, clip)
    receive(desk, other)
    label = 75  # its id and the hash of its secret, which are remembered
    everything = (*canaries(clip.bytes), *(clip.bytes[at : at + 24] for at in range(label, label + 400, 8)))
    assert scan([tmp_path], everything)
    answer = demand(desk, clip, WALL + 5)
    assert answer is not None
    told = check_deleted(keys.card, answer, clip.deletion)
    assert (told.held, told.plays, told.at) == (True, 0, WALL + 5)
    assert scan([tmp_path], everything) == []
    assert desk.store.sealed(other.parcel) == other.bytes


def test_asked_again_it_gives_the_same_answer(desk: Reception, keys: Keys) -> None:
    """Byte for byte, a year later too; the clip's plays before it went are told."""
    clip = Sealed(keys.card)
    receive(desk, clip)
    assert desk.store.play(clip.parcel, "h", "research", 2, WALL)
    first = demand(desk, clip, WALL + 5)
    assert first is not None
    assert check_deleted(keys.card, first, clip.deletion).plays == 1
    assert demand(desk, clip, WALL + 365 * DAY) == first


def test_a_deleted_clip_is_refused_for_ever(desk: Reception, keys: Keys, store: Store) -> None:
    """Late or replayed parts of it get no receipt and are not put together, also after a restart."""
    clip = Sealed(keys.card)
    receive(desk, clip)
    demand(desk, clip)
    for one in (desk, Reception(keys, store)):
        assert one.part(clip.parcel, clip.parts()[0], 1.0, WALL) is None
        assert one._assembly.held == 0
        assert receive(one, clip) is None
    assert store.clips() == []
    assert [refusal.reason for refusal in store.refusals()] == ["it was deleted, and comes again"]


def test_a_clip_that_never_came_is_answered_and_refused_if_it_comes(desk: Reception, keys: Keys) -> None:
    """Held: no. Its parts may still be on their way, half of them here already."""
    clip = Sealed(keys.card)
    for part in clip.parts()[:-1]:
        desk.part(clip.parcel, part, 1.0, WALL)
    answer = demand(desk, clip)
    assert answer is not None
    assert not check_deleted(keys.card, answer, clip.deletion).held
    assert desk._assembly.held == 0
    assert desk.part(clip.parcel, clip.parts()[-1], 1.0, WALL) is None
    assert receive(desk, clip) is None
    assert desk.store.clips() == []
    assert demand(desk, clip, WALL + 99) == answer


def test_a_clip_whose_time_was_over_tells_so_when_it_is_demanded(desk: Reception, keys: Keys) -> None:
    """It was here, it went when its time was over, and the answer says when."""
    clip = Sealed(keys.card)
    receive(desk, clip)
    over = ends(epoch_of(WALL)) + 30 * DAY
    assert desk.store.end(over) == 1
    answer = demand(desk, clip, over + DAY)
    assert answer is not None
    told = check_deleted(keys.card, answer, clip.deletion)
    assert (told.held, told.at) == (True, over)


def test_nobody_is_told_deleted_while_a_reader_keeps_the_bytes(desk: Reception, keys: Keys, tmp_path: Path) -> None:
    """Somebody reads an old state of the file: no answer. When that is over and it is asked again, the answer."""
    desk.store._db.write("PRAGMA busy_timeout = 0")
    clip = Sealed(keys.card)
    receive(desk, clip)
    reader = Store(tmp_path / "clips.db", make=False)
    reader._db.write("BEGIN")
    assert reader.sealed(clip.parcel) == clip.bytes
    assert demand(desk, clip) is None
    reader.close()
    assert demand(desk, clip) is not None
    assert scan([tmp_path], canaries(clip.bytes)) == []


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("hash of it", b""),
        ("hash of it", b"\0" * 31),
        ("hash of it", b"\0" * 33),
        ("hash of it", b"\0" * 1_000_000),
        ("0" * 64, b"\0" * 32),
        ("", b"\0" * 32),
        ("../../clips", b"\0" * 32),
    ],
)
def test_a_demand_without_the_secret_for_it_is_ignored(desk: Reception, name: str, payload: bytes) -> None:
    """32 bytes whose hash is the topic's last part, or nothing happens and nothing is remembered."""
    assert desk.demand(sha256(payload) if name == "hash of it" else name, payload, WALL) is None
    assert desk.store.all_gone() == []


def test_nobody_deletes_a_clip_without_its_secret(desk: Reception, keys: Keys) -> None:
    """Who knows id, hash and deletion hash, as the broker does, cannot destroy it."""
    clip = Sealed(keys.card)
    receive(desk, clip)
    guesses = (bytes.fromhex(clip.deletion), bytes.fromhex(clip.sha256), clip.parcel.encode(), bytes(32))
    assert [desk.demand(clip.deletion, guess, WALL) for guess in guesses] == [None] * 4
    assert len(desk.store.clips()) == 1


def test_the_desk_stops_if_it_cannot_destroy(desk: Reception, keys: Keys) -> None:
    """A store that does not take the deletion is no reason to say that it did."""
    clip = Sealed(keys.card)
    receive(desk, clip)
    desk.store._db.write("PRAGMA query_only=1")
    with pytest.raises(OutboxError):
        demand(desk, clip)


def test_a_desk_that_can_remember_no_more_does_not_answer(
    desk: Reception, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would have to forget an earlier promise: the speaker hears nothing, and says so; what is here still goes."""
    monkeypatch.setattr(store_module, "_MOST_UNKNOWN", 1)
    clip = Sealed(keys.card)
    receive(desk, clip)
    assert demand(desk, Sealed(keys.card)) is not None
    assert demand(desk, Sealed(keys.card)) is None
    assert demand(desk, clip) is not None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["part", "all", "demand", "restart"]), st.integers(0, 3)), max_size=25))
def test_whatever_the_order_what_was_answered_holds(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Parts, wholes, demands and restarts in any order: what has a receipt and no demand is here, once; what was
    answered as deleted is not, and never comes back."""
    folder = tmp_path_factory.mktemp("desk")
    store = Store(folder / "clips.db")
    desk = Reception(KEYS, store)
    kept, gone = set(), set()
    for what, which in steps:
        clip = CLIPS[which]
        if what == "restart":
            store.close()
            store = Store(folder / "clips.db")
            desk = Reception(KEYS, store)
        elif what == "demand":
            assert demand(desk, clip) is not None
            gone.add(clip.parcel)
        elif what == "part":
            desk.part(clip.parcel, clip.parts()[which % 2], 1.0, WALL)
        elif receive(desk, clip) is not None:
            assert clip.parcel not in gone
            kept.add(clip.parcel)
        here = {row.id for row in store.clips()}
        assert kept - gone <= here
        assert not here & gone
    store.close()


KEYS = keys_for(WALL)
CLIPS = [Sealed(KEYS.card, pcm=NOISE[:32_000]) for _ in range(4)]


# ---- nonsense


def nonsense(seed: int, count: int) -> list[bytes]:
    """Random bytes, empty, cut, altered and stretched parts, and headers that promise what does not follow."""
    chance = random.Random(seed)
    good = Sealed(KEYS.card).parts()[0]
    made = []
    for _ in range(count):
        kind = chance.randrange(6)
        altered = bytearray(good)
        altered[chance.randrange(60)] ^= 1 << chance.randrange(8)
        made.append(
            (
                chance.randbytes(chance.randrange(200)),
                b"",
                good[: chance.randrange(60)],
                bytes(altered),
                good[:4] + chance.randbytes(56) + b"x" * chance.randrange(40_000),
                good + chance.randbytes(70_000),
            )[kind]
        )
    return made


def test_ten_thousand_malformed_messages_change_nothing(
    desk: Reception, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    """On both topics: no crash, nothing stored, memory and log bounded; the next good clip and demand are answered."""
    caplog.set_level(logging.INFO)
    for number, payload in enumerate(nonsense(1, 10_000)):
        desk.part(payload[4:20].hex() if number % 2 else new_id(), payload, float(number), WALL)
        desk.demand("0" * 64 if len(payload) == 32 else sha256(payload), payload, WALL)
        assert desk._assembly.held <= 16_000_000
    assert len(desk._assembly) <= 16
    assert desk.store.clips() == desk.store.all_gone() == []
    assert len(desk.store.refusals()) <= 10_000
    assert len(caplog.records) <= 20
    clip = Sealed(keys.card)
    assert receive(desk, clip, now=20_000.0) is not None
    assert demand(desk, clip) is not None


def test_a_forged_word_fails_the_households_check(keys: Keys) -> None:
    """Only the card's owner can sign, and a word is about one clip."""
    name, other, secret = new_id(), new_id(), sha256(secrets.token_bytes(32))
    for receipt in (sign_stored(STRANGER, name, "0" * 64, 1.0), sign_stored(keys, other, "0" * 64, 1.0), "", "{}"):
        with pytest.raises(SealError):
            check_stored(keys.card, receipt, name, "0" * 64)
    with pytest.raises(SealError):
        check_deleted(keys.card, sign_deleted(STRANGER, secret, True, 0, 1.0), secret)


def test_what_is_remembered_says_why(desk: Reception, keys: Keys) -> None:
    """A demand, and one for a clip that never came, are told apart."""
    clip, never = Sealed(keys.card), Sealed(keys.card)
    receive(desk, clip)
    demand(desk, clip)
    demand(desk, never)
    assert [gone.why for gone in desk.store.all_gone()] == [Why.DEMAND, Why.UNKNOWN]
