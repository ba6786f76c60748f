"""A skill's hands: it gets quiet, sound and home actions, and at most the question whether somebody agrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from listener_peers import offer_clip

from keepmum.consent import Flow, Mode
from keepmum.errors import ReceiptError, StateError
from keepmum.listener import phrases
from keepmum.listener.peers.actions import ACTION_LASTS, Actions
from keepmum.messages import Chime, HomeAction, Propose, SetVolume, Tighten
from keepmum.privacy import Owner, State, events

LIGHT = HomeAction(topic="home/light/set", payload="ON")
BROKER = "hub.example:1883"

Make = Callable[..., Any]


def started(home: Any) -> Any:
    """A house that listens."""
    home.keeper.start()
    return home


def hands(home: Any, broker: str, set_volume: Any = None) -> Actions:
    """Others than the house's own."""
    return Actions(
        home.keeper,
        home.release,
        broker,
        set_volume or home.volumes.append,
        home=("home",),
        microphone="a" * 32,
        spoken=lambda terms: terms.purpose.value,
    )


def heard(actions: Actions) -> str:
    """The notice was heard to its end; what is said then."""
    then = actions.take_then()
    assert then is not None
    return then()


def test_an_agreed_home_action_leaves_for_a_short_while(house: Make, agreed: State) -> None:
    """To the household's own broker, under its consent, and not later than ten seconds from now."""
    home = started(house(agreed))
    assert home.actions.perform(LIGHT, Owner.VOICE) is None
    [parcel] = home.outbox.waiting()
    item = home.outbox.get(parcel)
    assert (item.kind, item.topic, item.body, item.recipient) == ("action", "home/light/set", b"ON", BROKER)
    assert (item.purpose, item.consent, item.expires) == ("commands", "c" * 32, home.room.wall() + ACTION_LASTS)
    home.pass_time(ACTION_LASTS)
    home.keeper.tell(events.Ticked(*home.keeper.moment()))
    assert home.outbox.waiting() == []
    assert [row["reason"] for row in home.rows("dropped")] == ["too_late"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mutes": frozenset({Owner.BUTTON})}, "muted"),
        ({"mode": Mode.LOCAL}, "local_mode"),
        ({"consents": ()}, "no_consent"),
        ({"wall": 1_790_000_000.0 + 91 * 86_400}, "no_consent"),
    ],
)
def test_a_refused_home_action_says_why(house: Make, agreed: State, change: dict[str, Any], reason: str) -> None:
    """Nothing is put, a row says so, and the person hears what would help."""
    home = started(house(replace(agreed, **change)))
    assert home.actions.perform(LIGHT, Owner.VOICE) == phrases.KEPT_TO_MYSELF[reason]
    assert home.outbox.waiting() == []
    assert [row["reason"] for row in home.rows("refusal")] == [reason]


@pytest.mark.parametrize("topic", ["zigbee2mqtt/bridge/request/restart", "homework/light/set", "ho"])
def test_a_skill_reaches_the_households_things_and_no_others(house: Make, agreed: State, topic: str) -> None:
    """A consent for commands is for the things that the owner named, not for everything on the broker."""
    home = started(house(agreed))
    assert home.actions.perform(HomeAction(topic=topic, payload="{}"), Owner.VOICE) == phrases.KEPT
    assert home.outbox.waiting() == []
    assert home.actions.perform(LIGHT, Owner.VOICE) is None


def test_another_broker_than_agreed_gets_nothing(house: Make, agreed: State) -> None:
    """The consent names the broker; after a change of the configuration it covers nothing."""
    home = started(house(agreed))
    actions = hands(home, "other.example:1883")
    assert actions.perform(LIGHT, Owner.VOICE) == phrases.KEPT_TO_MYSELF["other_recipient"]
    assert home.outbox.waiting() == []


@pytest.mark.parametrize(
    ("how", "sentence"), [("ledger", phrases.KEPT_TO_MYSELF["ledger_lost"]), ("outbox", phrases.KEPT)]
)
def test_a_home_action_that_could_not_be_recorded_or_kept_is_not_announced(
    house: Make, agreed: State, how: str, sentence: str
) -> None:
    """It was allowed, but it did not leave, and nobody says that the light is on."""
    home = started(house(agreed, largest=10))
    if how == "ledger":
        home.break_ledger()
    assert home.actions.perform(LIGHT, Owner.VOICE) == sentence
    assert home.outbox.waiting() == []


@pytest.mark.parametrize("owner", [Owner.VOICE, Owner.PANEL])
@pytest.mark.parametrize("want", ["mute", "local", "withdraw", "forget"])
def test_quiet_is_asked_for_in_the_name_of_who_spoke(
    house: Make, agreed: State, clip: Any, clip_flow: Flow, want: str, owner: Owner
) -> None:
    """Every word for quiet reaches the core with its owner; what came of it only the listener can know."""
    home = started(house(agreed))
    offer_clip(home, clip, clip_flow)
    said = home.actions.perform(Tighten(want=want), owner)
    assert said == {"withdraw": phrases.WITHDRAWN, "forget": phrases.FORGOTTEN}.get(want)
    if want == "mute":
        assert home.keeper.state.mutes == {owner}
    else:
        assert {row["by"] for row in home.rows("mode", "consent", "forget")} == {owner.value}


def test_sound(house: Make, silent: State) -> None:
    """The volume is set at once; chimes wait for the answer and are played once."""
    home = started(house(silent))
    assert home.actions.perform(SetVolume(percent=30), Owner.VOICE) is None
    assert home.actions.perform(Chime(times=4), Owner.VOICE) is None
    assert (home.volumes, home.actions.take_chimes(), home.actions.take_chimes()) == ([30], 4, 0)


def test_a_volume_that_cannot_be_kept_is_said(house: Make, silent: State) -> None:
    """The disk's refusal is no reason to stop listening."""
    home = started(house(silent))

    def refuse(_percent: int) -> None:
        raise StateError("the disk is full")

    actions = hands(home, BROKER, refuse)
    assert actions.perform(SetVolume(percent=30), Owner.VOICE) == phrases.NOT_KEPT


# ---- what a hand may be asked for


@pytest.mark.parametrize(("purpose", "rung"), [("commands", "text"), ("asr-improvement", "voice")])
@pytest.mark.parametrize("asks", [False, True])
def test_a_proposal_opens_nothing(house: Make, silent: State, purpose: str, rung: str, asks: bool) -> None:
    """It names the terms and who would get it; mode and consents are what they were."""
    home = started(house(silent))
    asks = asks and purpose != "commands"
    said = home.actions.perform(Propose(purpose=purpose, rung=rung, asks=asks), Owner.VOICE)
    assert said == f"{purpose} at {rung} {phrases.HOLD}"
    assert heard(home.actions) == ""
    state = home.keeper.state
    terms = state.proposal.terms
    assert (terms.purpose.value, terms.rung.name.lower(), terms.asks) == (purpose, rung, asks)
    assert (state.mode, state.consents) == (Mode.LOCAL, ())


def test_a_proposal_stands_only_once_its_notice_was_heard(house: Make, silent: State) -> None:
    """Whoever was not told cannot agree: until then there is nothing that a held button would answer."""
    home = started(house(silent))
    home.actions.perform(Propose(purpose="asr-improvement"), Owner.VOICE)
    assert (home.keeper.state.proposal, home.rows("proposal")) == (None, [])
    heard(home.actions)
    assert [row["state"] for row in home.rows("proposal")] == ["opened"]
    assert home.actions.take_then() is None


def test_a_proposal_without_anybody_to_receive_is_said(house: Make, silent: State) -> None:
    """No card, no broker: there is nobody to agree with."""
    home = started(house(silent, card=None))
    actions = hands(home, "")
    for purpose in ("commands", "research"):
        assert actions.perform(Propose(purpose=purpose), Owner.VOICE) == phrases.NO_RECIPIENT
    assert (home.keeper.state.proposal, actions.take_then()) == (None, None)


@pytest.mark.parametrize("how", ["muted", "unknown", "rung", "finger", "ledger", "proposal", "no notice"])
def test_a_proposal_that_cannot_stand_now_is_said(
    house: Make, silent: State, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Muted, not offered, with a finger on the button, without a ledger or a notice: nothing has changed."""
    home = started(house(silent))
    if how == "muted":
        home.keeper.tell(events.Quieter(*home.keeper.moment(), "mute", Owner.PANEL))
    if how == "finger":
        home.keeper.tell(events.Pressed(0.0, home.room.wall()))
    if how == "ledger":
        home.break_ledger()
        home.keeper.record("ring", {"state": "lost"})
    if how == "proposal":
        home.actions.perform(Propose(purpose="commands", rung="text"), Owner.VOICE)
        heard(home.actions)
    if how == "no notice":
        monkeypatch.setattr(home.actions, "_spoken", unexplained)
    before = home.keeper.state.proposal
    purpose, rung = "advertising" if how == "unknown" else "research", "text" if how == "rung" else "voice"
    assert home.actions.perform(Propose(purpose=purpose, rung=rung), Owner.VOICE) == phrases.NOT_NOW
    assert (home.actions.take_then(), home.keeper.state.proposal) == (None, before)


def unexplained(_terms: Any) -> str:
    """There is no notice."""
    raise ReceiptError("there is no notice")


def test_a_proposal_that_cannot_stand_any_more_is_said(house: Make, silent: State) -> None:
    """Somebody muted it while the notice was read out."""
    home = started(house(silent))
    home.actions.perform(Propose(purpose="research"), Owner.VOICE)
    home.keeper.tell(events.Quieter(*home.keeper.moment(), "mute", Owner.PANEL))
    assert heard(home.actions) == phrases.NOT_NOW
    assert home.keeper.state.proposal is None


def test_of_two_proposals_in_one_answer_only_the_first_is_put(house: Make, silent: State) -> None:
    """Nobody may agree to the one in the belief that it is the other."""
    home = started(house(silent))
    home.actions.perform(Propose(purpose="commands", rung="text"), Owner.VOICE)
    assert home.actions.perform(Propose(purpose="research"), Owner.VOICE) == phrases.NOT_NOW
    heard(home.actions)
    assert home.keeper.state.proposal.terms.purpose == "commands"


def test_no_word_reaches_the_disk_as_a_purpose(house: Make, silent: State) -> None:
    """A purpose that nobody knows may be something that was heard: neither the ledger nor a watcher repeats it."""
    home = started(house(silent))
    assert home.actions.perform(Propose(purpose="alice-is-ill"), Owner.VOICE) == phrases.NOT_NOW
    assert home.rows("proposal") == [{"what": "proposal", "purpose": "unknown", "state": "impossible"}]
    written = "".join(file.read_text() for file in home.ledger_file.rglob("*") if file.is_file())
    assert "alice" not in written + str(home.told)


@pytest.mark.parametrize("mode", [Mode.ASK, Mode.SHARE])
def test_a_skill_that_nobody_asked_sends_and_proposes_nothing(house: Make, agreed: State, mode: Mode) -> None:
    """A command leaves because somebody said it; what a skill thinks of when it is due was said by nobody."""
    home = started(house(replace(agreed, mode=mode)))
    assert home.actions.perform(LIGHT, Owner.VOICE, asked=False) == phrases.KEPT
    assert home.actions.perform(Propose(purpose="research"), Owner.VOICE, asked=False) == phrases.NOT_NOW
    assert (home.outbox.waiting(), home.keeper.state.proposal, home.release._texts) == ([], None, {})
    assert (home.actions.take_then(), [row["reason"] for row in home.rows("refusal")]) == (None, ["not_asked"])


# ---- planted


def test_a_planted_hand_that_asks_before_it_has_told_is_caught(
    house: Make, silent: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: puts the question when the notice has only begun. A hand could then agree to what it did not hear."""
    honest = Actions._propose

    def hasty(self: Actions, purpose: str, rung: Any, asks: bool) -> str | None:
        said = honest(self, purpose, rung, asks)
        if self._then is not None:
            self._then()
        return said

    monkeypatch.setattr(Actions, "_propose", hasty)
    with pytest.raises(AssertionError):
        test_a_proposal_stands_only_once_its_notice_was_heard(house, silent)
