"""A seal opens for one key and only unaltered, and says nothing outside but what it must."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seal_recipient import CONSENT, DELETION, KEYS, OTHER, PARCEL, PURPOSES, WALL, WEEK_NUMBER, new_keys, sealed
from seal_sentences import HEADER, LABEL, opens, rewrapped

from keepmum.errors import SealError
from keepmum.seal import (
    BUCKETS,
    LARGEST,
    OVERHEAD,
    SOUND_BUCKET,
    TEXT_BUCKET,
    WEEK,
    Label,
    Opened,
    label_of,
    open_seal,
    padded,
    seal,
)
from keepmum.seal.epoch import LAST
from keepmum.terms import Purpose

CARD = KEYS.card
SEALED = sealed(CARD, bucket=TEXT_BUCKET)
HEX = "0123456789abcdef"
ID = st.text(HEX, min_size=32, max_size=32)


@settings(deadline=None, max_examples=100)
@given(
    plaintext=st.binary(max_size=9_000),
    parcel=ID,
    consent=ID,
    secret_hash=st.text(HEX, min_size=64, max_size=64),
    purpose=st.sampled_from(PURPOSES),
    week=st.integers(0, 1),
    bucket=st.sampled_from(BUCKETS),
)
def test_what_was_sealed_is_opened_again(
    plaintext: bytes, parcel: str, consent: str, secret_hash: str, purpose: Purpose, week: int, bucket: int
) -> None:
    """The right keys give back what went in, with what was said about it."""
    wall = WALL + week * WEEK
    closed = seal(CARD, parcel, purpose, consent, secret_hash, plaintext, wall, bucket)
    label = Label(parcel, WEEK_NUMBER + week, CARD.epoch_key(purpose, wall).key_id, secret_hash)
    assert label_of(closed) == label
    assert open_seal(KEYS, closed) == (Opened(label, consent, purpose), plaintext)


@settings(deadline=None, max_examples=100)
@given(
    st.binary(max_size=10_000),
    st.integers(0, 650_000),
    ID,
    ID,
    st.sampled_from(PURPOSES),
    st.sampled_from(BUCKETS),
)
def test_i7_a_sealed_size_depends_on_the_count_of_buckets_alone(
    content: bytes, more: int, parcel: str, consent: str, purpose: Purpose, bucket: int
) -> None:
    """Whatever is inside, for whatever purpose and under whatever consent: buckets, and the same overhead."""
    plaintext = content + bytes(more)
    closed = sealed(CARD, plaintext, parcel=parcel, consent=consent, purpose=purpose, bucket=bucket)
    count = -(-(len(plaintext) + 4) // bucket)
    assert len(closed) == OVERHEAD + count * bucket


def test_the_overhead_is_what_its_parts_are() -> None:
    """The label, the closed header and a tag: 247 bytes."""
    assert OVERHEAD == LABEL + HEADER + 16 == 247


def test_sound_is_padded_to_two_seconds_unless_told_otherwise() -> None:
    """Whoever forgets to choose gets the larger bucket."""
    assert len(sealed(CARD, b"")) == OVERHEAD + SOUND_BUCKET


def test_what_stands_outside_can_be_read_without_keys_and_is_about_nobody() -> None:
    """The way knows the parcel, the week, the key id and the hash of a secret: no consent, purpose or word."""
    assert label_of(SEALED) == Label(PARCEL, WEEK_NUMBER, CARD.epochs[0].key_id, DELETION)
    told = (b"kitchen", b"asr", b"improvement", CONSENT.encode(), bytes.fromhex(CONSENT), CARD.name.encode())
    assert [each for each in told if each in SEALED] == []


def test_for_every_purpose_the_same_stands_outside() -> None:
    """Nobody on the way can tell what a parcel is for, not even with the card."""
    assert {label_of(sealed(CARD, purpose=purpose)) for purpose in PURPOSES} == {label_of(SEALED)}


def test_the_same_words_are_never_sealed_twice_alike() -> None:
    """Nobody on the way can tell that two clips are the same: header and content differ."""
    first, second = sealed(CARD, b"same"), sealed(CARD, b"same")
    assert first[LABEL : LABEL + HEADER] != second[LABEL : LABEL + HEADER]
    assert first[LABEL + HEADER :] != second[LABEL + HEADER :]


def test_keys_of_somebody_else_open_nothing() -> None:
    """Other keys have no such week, and if they claim its number and id they still do not open it."""
    with pytest.raises(SealError, match="there is no key here for what was sealed in week 2959"):
        open_seal(OTHER, SEALED)
    key_id = label_of(SEALED).key_id
    claimed = replace(OTHER, epochs=tuple(replace(each, key_id=key_id) for each in OTHER.epochs))
    with pytest.raises(SealError, match="sealed to other keys, or was altered"):
        open_seal(claimed, SEALED)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("week", [0, 1])
def test_keys_of_another_purpose_or_week_open_nothing(purpose: Purpose, week: int) -> None:
    """Whoever may hear clips for research cannot hear those for something else, nor last week's."""
    closed = sealed(CARD, purpose=purpose, wall=WALL + week * WEEK)
    right = [each for each in KEYS.epochs if (each.purpose, each.epoch) == (purpose, WEEK_NUMBER + week)]
    wrong = tuple(each for each in KEYS.epochs if each not in right)
    disguised = tuple(replace(each, epoch=WEEK_NUMBER + week, key_id=right[0].key_id) for each in wrong)
    renamed = tuple(replace(each, purpose=purpose) for each in disguised)
    assert opens(replace(KEYS, epochs=tuple(right)), closed)
    assert not any(opens(replace(KEYS, epochs=each), closed) for each in (wrong, disguised, renamed))


def test_a_key_that_is_taken_for_another_purposes_opens_nothing() -> None:
    """The header says what it is for; the key has to be that one."""
    renamed = tuple(replace(each, purpose=Purpose.DIAGNOSTICS) for each in KEYS.epochs)
    with pytest.raises(SealError, match="the header of this seal is for something else"):
        open_seal(replace(KEYS, epochs=renamed), SEALED)


def test_every_changed_byte_of_a_seal_is_noticed() -> None:
    """Of the label and the header every bit, of the content every seventh byte; and nothing can be cut off or added."""
    places = [
        *range(LABEL + HEADER + 20),
        *range(LABEL + HEADER, len(SEALED), 7),
        *range(len(SEALED) - 20, len(SEALED)),
    ]
    for place in places:
        for bit in range(8) if place < LABEL + HEADER else (place % 8,):
            altered = bytearray(SEALED)
            altered[place] ^= 1 << bit
            with pytest.raises(SealError):
                open_seal(KEYS, bytes(altered))
    for other in (*(SEALED[:size] for size in range(0, len(SEALED), 97)), SEALED + b"\0", SEALED + bytes(TEXT_BUCKET)):
        with pytest.raises(SealError):
            open_seal(KEYS, other)


@pytest.mark.parametrize(
    ("place", "message"),
    [(0, "or was altered"), (32, "or was altered"), (48, "something else"), (64, "something else"), (68, "something")],
    ids=["content key", "consent", "parcel", "week", "purpose"],
)
def test_nothing_in_the_header_can_be_exchanged(place: int, message: str) -> None:
    """Not by somebody either who can open it and close it again: the content is bound to all of it."""
    assert opens(KEYS, rewrapped(KEYS, SEALED, 0, 0))
    with pytest.raises(SealError, match=message):
        open_seal(KEYS, rewrapped(KEYS, SEALED, place, 1))


def test_the_inside_of_one_seal_does_not_open_in_another() -> None:
    """Neither its header nor its content."""
    other = sealed(CARD, parcel="b2" * 16, bucket=TEXT_BUCKET)
    for mixed in (other[:LABEL] + SEALED[LABEL:], SEALED[: LABEL + HEADER] + other[LABEL + HEADER :]):
        with pytest.raises(SealError, match="sealed to other keys, or was altered"):
            open_seal(KEYS, mixed)


def test_a_sender_that_does_not_pad_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its size before anything is opened; and by its filling if the size is right."""
    monkeypatch.setattr("keepmum.seal.envelope.padded", lambda plaintext, _bucket: plaintext)
    with pytest.raises(SealError, match="this is not a sealed parcel"):
        open_seal(KEYS, sealed(CARD, b"short"))
    with pytest.raises(SealError, match="is not padded"):
        open_seal(KEYS, sealed(CARD, b"x" * TEXT_BUCKET))
    with pytest.raises(SealError, match="is not padded"):
        open_seal(KEYS, sealed(CARD, padded(b"x", TEXT_BUCKET)[:-1] + b"\1"))


ANY_SIZE = st.sampled_from([0, 1, OVERHEAD, OVERHEAD + TEXT_BUCKET, OVERHEAD + 2 * TEXT_BUCKET])


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200), ANY_SIZE, st.sampled_from([b"", b"keepmum-seal 2\n", b"keepmum-seal 1\n", SEALED[:40]]))
def test_arbitrary_bytes_are_never_opened(tail: bytes, size: int, head: bytes) -> None:
    """What nobody sealed is refused with our own error, whatever it is and however long."""
    with pytest.raises(SealError):
        open_seal(KEYS, (head + tail).ljust(size, b"\7"))


def test_there_is_one_way_only_to_write_a_label() -> None:
    """Every label is its own 75 bytes: what is read from other bytes is another label, or none."""
    seen = set()
    for place in range(15, LABEL):
        for bit in range(8):
            altered = bytearray(SEALED)
            altered[place] ^= 1 << bit
            try:
                seen.add(label_of(bytes(altered)))
            except SealError as error:
                seen.add(Label(str(place), bit, error.what, ""))
    assert len(seen) == (LABEL - 15) * 8
    assert label_of(SEALED) not in seen


@pytest.mark.parametrize("week", [LAST + 1, 2**32 - 1])
def test_a_week_that_no_card_can_have_is_no_seals(week: int) -> None:
    """A week beyond the last would be a time that no clock here can say; the last one itself is a week."""
    before, behind = SEALED[: LABEL - 44], SEALED[LABEL - 40 :]
    assert label_of(before + LAST.to_bytes(4, "big") + behind).epoch == LAST
    with pytest.raises(SealError, match="another version of keepmum"):
        label_of(before + week.to_bytes(4, "big") + behind)


def test_an_earlier_format_is_no_seal() -> None:
    """Version 1 told consent and purpose outside."""
    with pytest.raises(SealError, match="another version of keepmum"):
        label_of(b"keepmum-seal 1\n" + SEALED[15:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parcel": "x"}, "cannot stand outside a seal"),
        ({"parcel": PARCEL.upper()}, "cannot stand outside a seal"),
        ({"parcel": PARCEL + "\n"}, "cannot stand outside a seal"),
        ({"secret_hash": PARCEL}, "cannot stand outside a seal"),
        ({"secret_hash": ""}, "cannot stand outside a seal"),
        ({"consent": "c0ffee"}, "'c0ffee' is not the number of a consent"),
        ({"bucket": 1}, "1 bytes are no bucket"),
        ({"plaintext": bytes(LARGEST)}, "more than one parcel can hold"),
        ({"purpose": "diagnostics"}, "has no key for 'diagnostics'"),
        ({"purpose": "commands"}, "has no key for 'commands'"),
        ({"wall": WALL + 9 * WEEK}, "the card of 'The lab' ended on"),
        ({"wall": 0.0}, "has no key for the week of 01 January 1970"),
    ],
)
def test_what_cannot_be_sealed_is_said(change: dict[str, object], message: str) -> None:
    """A wrong id, a size that tells, another purpose, an ended card or a wrong clock: nothing is sealed."""
    with pytest.raises(SealError, match=message):
        sealed(CARD, **{"plaintext": b"", **change})


def test_nothing_is_sealed_to_a_key_that_anybody_could_open() -> None:
    """A card that was not parsed is no way round the check."""
    for weak in (bytes(32), b"short"):
        card = replace(CARD, epochs=tuple(replace(each, key=weak) for each in CARD.epochs))
        with pytest.raises(SealError, match="nothing can be sealed to the card of 'The lab'"):
            sealed(card)


def test_a_fresh_card_opens_with_the_extended_keys_and_the_old_one_still_does() -> None:
    """A household that has not yet the next card is not lost."""
    keys = new_keys(weeks=1)
    longer = keys.extended(WALL, 3)
    assert opens(longer, sealed(keys.card))
    assert opens(longer, sealed(longer.card, wall=WALL + 2 * WEEK))
    assert not opens(keys, sealed(longer.card, wall=WALL + 2 * WEEK))
