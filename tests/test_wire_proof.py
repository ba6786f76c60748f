"""The sum of what the ledger says left is what was on the wire, parcel by parcel; and nothing else ever is."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file; these are found by folder

import wire_account
from agreed_household import COMMANDS, HOUR, NUMBERS, STATUS, AgreedHousehold, Choice, midnight
from keepmum.listener.consents.identity import Identity
from keepmum.terms import Purpose, Rung
from zero_bytes_taps import Published, greetings, published

AUDIO = Path(__file__).parent / "audio"
ALEXA = f"play {AUDIO / 'wake' / 'alexa' / 'alexa_13.flac'}"
DEFECTS = str(Path(__file__).parent / "zero_bytes_defects.py")

BEGIN = "await peer role=skills\nawait broker online=yes\npause 3\n"
LIGHT = f'{ALEXA}\nsay "turn on the kitchen light" voice=en-us+f3\npause 6\n'
EVERYTHING = (
    COMMANDS,
    STATUS,
    NUMBERS,
    Choice(Purpose.ASR_IMPROVEMENT, Rung.DISGUISED),
    Choice(Purpose.RESEARCH, Rung.RESPOKEN),
    Choice(Purpose.WAKE_TUNING, Rung.VOICE),
)
"""Every kind of parcel, and every rung but text, which takes one of these purposes in the second household."""
WORDS = (COMMANDS, STATUS, Choice(Purpose.ASR_IMPROVEMENT, Rung.TEXT), Choice(Purpose.RESEARCH, Rung.VOICE))


def demands(house: AgreedHousehold) -> dict[str, str]:
    """By clip, the hash that recalls it: what its demand is published under."""
    identity = Identity.read(house.settings.folders.identity)
    assert identity is not None
    clips = {str(row.facts["parcel"]) for row in house.rows("release") if row.facts["kind"] == "clip"}
    return {clip: hashlib.sha256(identity.secret(clip)).hexdigest() for clip in clips}


def unaccounted(house: AgreedHousehold) -> list[str]:
    """What stands on one side only; empty after every run, whatever was planted in it but a false ledger."""
    house.settle()
    return wire_account.unaccounted(house.rows(), published(house.wire), demands(house))


def kinds(found: list[Published]) -> set[str]:
    """What kinds of things were published."""
    return {one.kind for one in wire_account.carried(found)}


@pytest.mark.parametrize(
    ("agreed", "clips"), [(EVERYTHING, 4), (WORDS, 2)], ids=["voice, disguised, respoken, metrics", "text, voice"]
)
def test_what_the_ledger_says_left_is_what_the_wire_carried(agreed: tuple[Choice, ...], clips: int) -> None:
    """Clips at every rung, a home action, the status, demands to delete: parcel by parcel, kind by kind, byte by byte.

    Nothing more stands on the wire, and nothing less: also no last word that the broker was asked to keep.
    """
    ask = f'{ALEXA}\nsay "delete what i just said" voice=en-us+f3\n'
    scene = (
        f"{BEGIN}{LIGHT}await delivered {clips} parcel_kind=clip\n{ask}pause 9\n"
        "await row what=deletion state=confirmed\npause 6\n"
    )
    with AgreedHousehold(scene, agreed, clock=midnight() + HOUR / 2) as house:
        house.live()
        assert unaccounted(house) == []
        told, carried = wire_account.told(house.rows()), wire_account.carried(published(house.wire))
        assert wire_account.sums(told) == wire_account.sums(carried)
        assert set(wire_account.sums(told)) == {"action", "clip", "deletion", "status"}
        assert wire_account.sums(told)["clip"][0] == clips
        rungs = {row.facts["rung"] for row in house.rows("release") if row.facts["kind"] == "clip"}
        assert rungs == {choice.rung.name.lower() for choice in agreed if choice not in (COMMANDS, STATUS)}
        # The same, by somebody who knows nothing of ours: what the broker passed on.
        answers = ("keepmum/receipts/", "keepmum/deleted/")
        seen = [(topic, size) for topic, size in house.mosquitto_saw() if not topic.startswith(answers)]
        assert sorted(seen) == sorted((one.topic, len(one.payload)) for one in published(house.wire))
        assert [greeting.will for greeting in greetings(house.wire) if greeting.will] == []
        assert all(_is_missed(house, number) for number in range(len(published(house.wire))))


def _is_missed(house: AgreedHousehold, number: int) -> bool:
    """The control: whether one message that is not on the wire, or has one byte more there, is found."""
    found = published(house.wire)
    one = found[number]
    longer = one._replace(payload=one.payload + b"\0")
    rows, names = house.rows(), demands(house)
    return all(
        wire_account.unaccounted(rows, [*found[:number], *instead, *found[number + 1 :]], names)
        for instead in ([], [longer])
    )


def test_without_a_consent_the_wire_carries_nothing() -> None:
    """A speaker that listens, understands and refuses: 0 bytes published, and rows that say why."""
    with AgreedHousehold(BEGIN + LIGHT) as house:
        house.live()
        house.settle()
        assert published(house.wire) == []
        assert {row.facts["reason"] for row in house.rows("refusal")} == {"local_mode"}


def test_muted_and_local_carry_nothing_that_was_heard() -> None:
    """Muted or local, 0 bytes of clips and commands leave. What does leave was agreed to for itself, or takes back.

    Two things do: the speaker's own status, under its own consent, and a demand to destroy what left before. Neither
    was heard: the one is mode and mute, the other 32 random bytes.
    """
    scene = (
        f"{BEGIN}{LIGHT}await delivered 2 parcel_kind=clip\npause 3\n"
        f"press\npause 2\n{LIGHT}await row what=deletion state=confirmed\npause 3\n"
        f"hold 1\npause 3\nawait mode mode=local\n{LIGHT}pause 5\n"
    )
    marks: list[int] = []
    with AgreedHousehold(scene, WORDS) as house:

        def mark() -> None:
            marks.append(len(published(house.wire)))

        def forget() -> None:
            mark()
            house.ask("forget")

        def local() -> None:
            mark()
            house.ask("local")

        house.live({"press": mark, "await row": forget, "await mode": local})
        assert unaccounted(house) == []
        found = published(house.wire)
        muted, recalled, after = (found[marks[n] : marks[n + 1] if n < 2 else None] for n in range(3))
        assert kinds(found[: marks[0]]) == {"action", "clip", "status"}
        assert kinds(muted) <= {"status"}
        assert kinds(recalled) == {"deletion", "status"}
        assert kinds(after) <= {"status"}
        assert b'"muted":true' in b"".join(one.payload for one in muted)
        assert house.rows("refusal")[-1].facts["reason"] == "local_mode"


def test_a_withdrawal_ends_it_at_once() -> None:
    """From the moment of the withdrawal on, the wire carries demands to destroy, and nothing else."""
    assert kinds(after_a_withdrawal()) == {"deletion"}


def test_a_decision_from_the_start_is_found_on_the_wire() -> None:
    """Planted: a listener that remembers what was agreed to when it started, and decides by that.

    The wire shows a home action after the withdrawal.
    """
    assert "action" in kinds(after_a_withdrawal("decides_with_the_household_of_the_start"))


def after_a_withdrawal(defect: str = "") -> list[Published]:
    """What is published after somebody has withdrawn everything, and then says the same as before."""
    scene = (
        f"{BEGIN}{LIGHT}await delivered 2 parcel_kind=clip\npause 2\nawait mode mode=local\npause 3\n{LIGHT}pause 5\n"
    )
    program = (DEFECTS, defect) if defect else ("-m", "keepmum.listener")
    marks: list[int] = []
    with AgreedHousehold(scene, WORDS, listener=program) as house:

        def withdraw() -> None:
            house.settle()
            marks.append(len(published(house.wire)))
            house.ask("withdraw")

        house.live({"await mode": withdraw})
        house.settle()
        heard = [facts["words"] for facts in house.seen_of("heard")]
        assert heard == ["turn on the kitchen light"] * 2
        return published(house.wire)[marks[0] :]
