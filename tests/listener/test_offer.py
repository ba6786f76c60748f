"""What was said is offered to everybody who was promised it, after the answer; whatever is quieter comes first."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from listener_core import MICROPHONE, RECIPIENT, CoreKeeper, agreed, asked_about, consent, terms

from keepmum.clip import Clip, Word, new_id
from keepmum.consent import Mode, Purpose, Rung
from keepmum.errors import SpeakerError
from keepmum.listener.command import Command
from keepmum.listener.offer import Offer, Sender
from keepmum.listener.rungs.made import Made
from keepmum.privacy import Owner, State, events
from keepmum.sound import RATE

CANARY = "xylophone"


class Ears:
    """Stands for the hearing: gives one command of a second."""

    confirmed = True

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def take_clip(self) -> Command:
        sound = bytearray(b"\x12\x34" * RATE)
        self.sounds = sound
        word = Word(CANARY, 0.0, 0.5, 1.0)
        self.commands.append(Command(sound, "alexa", (0.0, 0.3), (0.3, 1.0), (word,)))
        return self.commands[-1]

    def is_clean(self) -> bool:
        return True


class Door:
    """Stands for the release door."""

    recipient = RECIPIENT

    def __init__(self) -> None:
        self.clips: dict[str, tuple[Clip, bytearray, bytearray | None]] = {}

    def hold_clip(self, clip: Clip, pcm: bytearray, aloud: bytearray | None = None) -> None:
        self.clips[clip.id] = (clip, pcm, aloud)


class Voice:
    """Says one sample for each letter, or nothing at all."""

    hoarse = False

    def speak(self, text: str) -> bytes:
        if self.hoarse:
            raise SpeakerError(f"no voice for {text}")
        return b"\x01\x01" * len(text)


class Table:
    """An offer, with everything that it needs; `made` says which rungs were made for what."""

    def __init__(self, state: State) -> None:
        self.keeper, self.ears, self.door, self.voice = CoreKeeper(state), Ears(), Door(), Voice()
        self.made: list[tuple[Rung, Purpose]] = []
        self.bleeped = 0.1
        sender = Sender(lambda purpose: f"{purpose.value:0<16}"[:16], MICROPHONE, "en", "small")
        self.offer = Offer(self.ears, self.door, self.keeper, self.make, sender)  # type: ignore[arg-type]

    def make(self, command: Command, rung: Rung, purpose: Purpose) -> Made:
        self.made.append((rung, purpose))
        if rung is Rung.TEXT:
            return Made(Clip(new_id(), rung, text="turn on the <name?>"), bytearray(), self.bleeped, self.voice)
        if rung is Rung.RESPOKEN:
            return Made(Clip(new_id(), rung, text="turn on"), bytearray(self.voice.speak(CANARY)), self.bleeped)
        return Made(Clip(new_id(), rung), bytearray(command.sound), self.bleeped)

    def command(self) -> None:
        """One command is heard and acted upon."""
        self.offer.begun()
        self.offer.hold()

    @property
    def sounds(self) -> list[bytearray]:
        """The memory of every command: what is left of its sound."""
        return [command.sound for command in self.ears.commands]

    @property
    def reasons(self) -> list[tuple[str, str]]:
        return [(row["purpose"], row["reason"]) for row in self.keeper.seen("refusal")]

    @property
    def released(self) -> list[tuple[str, str]]:
        return [(row["purpose"], row["rung"]) for row in self.keeper.seen("release")]


BOTH = agreed(consent(terms(rung=Rung.VOICE), "c"), consent(terms(Purpose.RESEARCH, Rung.TEXT), "d"))
NOBODY = agreed(mode=Mode.SHARE)


# ---- whom it is offered to


def test_one_clip_for_each_purpose_at_its_own_rung() -> None:
    """Each has its own number and name: nobody can tell that they are of one command."""
    table = Table(BOTH)
    table.command()
    table.offer.make()
    assert table.released == [("asr-improvement", "voice"), ("research", "text")]
    (first, sound, _), (second, nothing, _) = table.door.clips.values()
    assert (first.pseudonym, second.pseudonym) == ("asr-improvement0"[:16], "research00000000")
    assert (first.id != second.id, bool(sound), bool(nothing)) == (True, True, False)
    assert (second.text, second.language, second.model) == ("turn on the <name?>", "en", "small")


def test_without_a_consent_one_row_says_so_and_nothing_is_made() -> None:
    """A clip that nobody agreed to does not even come about."""
    table = Table(NOBODY)
    table.command()
    table.offer.make()
    assert (table.reasons, table.made, table.door.clips) == ([("asr-improvement", "no_consent")], [], {})


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (replace(BOTH, mode=Mode.LOCAL), "local_mode"),
        (replace(BOTH, ledger=False), "ledger_lost"),
        (replace(BOTH, wall=BOTH.wall + 91 * 86_400), "consent_expired"),
        (replace(BOTH, offered=frozenset()), "terms_changed"),
    ],
)
def test_what_is_not_covered_is_refused_before_it_is_made(state: State, reason: str) -> None:
    """Every agreed purpose learns why, and no clip was made for it."""
    table = Table(state)
    table.keeper.wall = state.wall
    table.command()
    table.offer.make()
    assert table.reasons == [("asr-improvement", reason), ("research", reason)]
    assert (table.made, table.door.clips) == ([], {})


def test_one_purpose_that_is_used_up_does_not_keep_the_other() -> None:
    """Each consent counts for itself."""
    used = consent(replace(terms(rung=Rung.VOICE), quota=0), "c")
    table = Table(agreed(used, consent(terms(Purpose.RESEARCH, Rung.TEXT), "d")))
    table.command()
    table.offer.make()
    assert (table.reasons, table.released) == ([("asr-improvement", "quota_used")], [("research", "text")])


def test_no_clip_of_an_unconfirmed_wake_is_made() -> None:
    """Whoever turns the confirmation off is obeyed, and sends nothing."""
    table = Table(BOTH)
    table.ears.confirmed = False
    table.command()
    table.offer.make()
    assert {reason for _, reason in table.reasons} == {"unconfirmed_wake"}
    assert table.made == []


def test_what_is_mostly_bleeped_stays() -> None:
    """The door learns how much was hidden; the core says that it was too much."""
    table = Table(BOTH)
    table.bleeped = 0.41
    table.command()
    table.offer.make()
    assert {reason for _, reason in table.reasons} == {"too_much_bleeped"}
    assert table.keeper.forgotten == list(table.door.clips)


def test_commands_and_numbers_are_no_reason_to_offer_a_clip() -> None:
    """A consent for the home's own broker, or for the numbers of a day, covers no command that was heard."""
    home = replace(terms(), purpose=Purpose.COMMANDS, rung=Rung.TEXT)
    table = Table(agreed(consent(home), consent(terms(Purpose.DIAGNOSTICS, Rung.METRICS), "d")))
    table.command()
    table.offer.make()
    assert (table.reasons, table.made) == ([("asr-improvement", "no_consent")], [])


# ---- what is asked about


def test_what_is_asked_about_waits_with_its_sound() -> None:
    """A clip with a sound is played as it is; a text is spoken, and only if somebody has to be asked."""
    table = Table(agreed(consent(terms(asks=True)), consent(terms(Purpose.RESEARCH, Rung.TEXT, asks=True), "d")))
    table.command()
    table.offer.make()
    assert len(table.keeper.state.asking) == 2
    (_, _, own), (_, _, spoken) = table.door.clips.values()
    assert own is None
    assert spoken
    calm = Table(BOTH)
    calm.command()
    calm.offer.make()
    assert [aloud for _, _, aloud in calm.door.clips.values()] == [None, None]


@pytest.mark.parametrize("asks", [False, True])
def test_a_clip_that_cannot_be_made_is_refused_without_a_word(asks: bool, caplog: pytest.LogCaptureFixture) -> None:
    """A voice that fails keeps it here; the log does not repeat what it failed at."""
    caplog.set_level(logging.DEBUG)
    rung = Rung.TEXT if asks else Rung.RESPOKEN
    table = Table(agreed(consent(terms(rung=rung, asks=asks)), consent(terms(Purpose.RESEARCH), "d")))
    table.voice.hoarse = True
    table.command()
    table.offer.make()
    assert (table.reasons, table.released) == ([("asr-improvement", "not_made")], [("research", "voice")])
    assert "SpeakerError" in caplog.text
    assert CANARY not in caplog.text
    assert "turn on" not in caplog.text


# ---- while it waits


def test_nothing_is_offered_before_the_answer_was_spoken() -> None:
    """Making a clip takes time that a person would wait for."""
    table = Table(BOTH)
    table.command()
    assert (table.made, table.keeper.rows, table.offer.is_clean()) == ([], [], False)


@pytest.mark.parametrize("state", [BOTH, NOBODY])
def test_afterwards_the_sound_is_overwritten(state: State) -> None:
    """Offered or refused: of the command nothing but zeros is left, and it is offered once."""
    table = Table(state)
    table.command()
    memory = table.sounds[0]
    table.offer.make()
    rows = len(table.keeper.rows)
    table.offer.make()
    assert (any(memory), table.offer.is_clean(), len(table.keeper.rows)) == (False, True, rows)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (lambda at: events.Pressed(*at), "muted"),
        (lambda at: events.Quieter(*at, "mute", Owner.VOICE), "muted"),
        (lambda at: events.Broken(*at), "muted"),
        (lambda at: events.Quieter(*at, "forget", Owner.MQTT), "forgotten"),
        (lambda at: events.Quieter(*at, "forget_today", Owner.PANEL), "forgotten"),
        (lambda at: events.Quieter(*at, "forget_last", Owner.VOICE), "forgotten"),
    ],
)
@pytest.mark.parametrize("when", ["acted upon", "held"])
def test_whatever_is_quieter_wipes_what_waits(event: Any, reason: str, when: str) -> None:
    """A mute, a fault, a wish to forget: at once, with a row, and nothing is made of it any more."""
    table = Table(BOTH)
    table.offer.begun()
    if when == "held":
        table.offer.hold()
        memory = table.sounds[0]
    table.keeper.tell(event(table.keeper.moment()))
    if when == "acted upon":
        table.offer.hold()
        memory = table.ears.sounds
    table.offer.look()
    assert (any(memory), table.offer.is_clean()) == (False, True)
    table.offer.make()
    assert (table.reasons, table.made) == ([("asr-improvement", reason)], [])


def test_a_new_command_takes_the_place_of_the_one_before() -> None:
    """Of the first nothing is kept, and no row is written: nobody has been asked about it."""
    table = Table(BOTH)
    table.command()
    memory = table.sounds[0]
    table.offer.begun()
    assert (any(memory), table.offer.is_clean(), table.keeper.rows) == (False, True, [])


def test_an_answer_about_a_clip_is_no_clip() -> None:
    """Otherwise nobody would ever be done with being asked."""
    table = Table(BOTH)
    table.offer.begun()
    table.offer.skip()
    table.offer.hold()
    table.offer.make()
    assert (table.ears.commands, table.keeper.rows) == ([], [])
    table.command()
    table.offer.make()
    assert len(table.released) == 2


def test_it_is_not_called_clean_while_the_hearing_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Red may show only when neither of them holds anything."""
    table = Table(BOTH)
    assert table.offer.is_clean()
    monkeypatch.setattr(table.ears, "is_clean", lambda: False)
    assert not table.offer.is_clean()


def test_a_planted_offer_that_forgets_the_mute_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: what waits is not looked at. The sound of a mute is then still there."""
    monkeypatch.setattr(Offer, "look", lambda _self: None)
    with pytest.raises(AssertionError):
        test_whatever_is_quieter_wipes_what_waits(lambda at: events.Pressed(*at), "muted", "held")


def test_the_stand_in_for_the_keeper_can_hold_questions() -> None:
    """What the tests of questions begin with is what the core makes of an offer."""
    keeper = CoreKeeper(agreed(consent(terms(asks=True)), mode=Mode.ASK))
    asked_about(keeper, "a")
    assert keeper.seen("question") == [{"parcel": "a" * 32, "state": "waiting"}]
