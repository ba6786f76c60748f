"""A skill's hands: it gets quiet, sound and home actions, and at most the question whether somebody agrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from keepmum.consent import Mode, Purpose
from keepmum.errors import StateError
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
    actions = Actions(home.keeper, home.release, "other.example:1883", home.volumes.append, home=("home",))
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
def test_quiet_is_asked_for_in_the_name_of_who_spoke(house: Make, agreed: State, want: str, owner: Owner) -> None:
    """Every word for quiet reaches the core with its owner."""
    home = started(house(agreed))
    assert home.actions.perform(Tighten(want=want), owner) is None
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

    actions = Actions(home.keeper, home.release, BROKER, refuse, home=("home",))
    assert actions.perform(SetVolume(percent=30), Owner.VOICE) == phrases.NOT_KEPT


@pytest.mark.parametrize(("purpose", "recipient"), [("commands", BROKER), ("asr-improvement", "")])
def test_a_proposal_opens_nothing(house: Make, silent: State, keys: Any, purpose: str, recipient: str) -> None:
    """It names the purpose and who would get it; mode and consents are what they were."""
    home = started(house(silent))
    assert home.actions.perform(Propose(purpose=purpose), Owner.VOICE) == phrases.PROPOSED[purpose]
    state = home.keeper.state
    assert (state.proposal.purpose.value, state.proposal.recipient) == (purpose, recipient or keys.card.fingerprint)
    assert (state.mode, state.consents) == (Mode.LOCAL, ())


def test_a_proposal_without_anybody_to_receive_is_said(house: Make, silent: State) -> None:
    """No card, no broker: there is nobody to agree with."""
    home = started(house(silent, card=None))
    actions = Actions(home.keeper, home.release, "", home.volumes.append, home=("home",))
    for purpose in ("commands", "research"):
        assert actions.perform(Propose(purpose=purpose), Owner.VOICE) == phrases.NO_RECIPIENT
    assert home.keeper.state.proposal is None


@pytest.mark.parametrize("how", ["muted", "unknown", "finger", "ledger"])
def test_a_proposal_that_cannot_stand_now_is_said(house: Make, silent: State, how: str) -> None:
    """Muted, of an unknown purpose, with a finger on the button, or without a ledger: nothing has changed."""
    home = started(house(silent))
    if how == "muted":
        home.keeper.tell(events.Quieter(*home.keeper.moment(), "mute", Owner.PANEL))
    if how == "finger":
        home.keeper.tell(events.Pressed(0.0, home.room.wall()))
    if how == "ledger":
        home.break_ledger()
        home.keeper.tell(events.Quieter(*home.keeper.moment(), "forget", Owner.PANEL))
    purpose = "advertising" if how == "unknown" else "research"
    assert home.actions.perform(Propose(purpose=purpose), Owner.VOICE) == phrases.NOT_NOW
    assert home.keeper.state.proposal is None


def test_nobody_agrees_to_an_older_proposal_by_mistake(house: Make, silent: State) -> None:
    """A second proposal that is impossible is not announced as if the first one, which still stands, were it."""
    home = started(house(silent, card=None))
    assert home.actions.perform(Propose(purpose="commands"), Owner.VOICE) == phrases.PROPOSED["commands"]
    assert home.actions.perform(Propose(purpose="research"), Owner.VOICE) == phrases.NO_RECIPIENT
    assert home.keeper.state.proposal.purpose == "commands"


def test_no_word_reaches_the_disk_as_a_purpose(house: Make, silent: State) -> None:
    """A purpose that nobody knows may be something that was heard: neither the ledger nor a watcher repeats it."""
    home = started(house(silent))
    assert home.actions.perform(Propose(purpose="alice-is-ill"), Owner.VOICE) == phrases.NOT_NOW
    assert home.rows("proposal") == [{"what": "proposal", "purpose": "unknown", "state": "impossible"}]
    assert "alice" not in home.ledger_file.read_text() + str(home.told)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_the_listener_itself_says_what_would_be_agreed_to(house: Make, silent: State, purpose: Purpose) -> None:
    """For every purpose there is, so that no skill can ask for one thing and speak of another."""
    home = started(house(silent))
    said = home.actions.perform(Propose(purpose=purpose.value), Owner.VOICE)
    assert said.startswith("Hold the button for three seconds to agree that ")
    assert ("recordings" in said) is (purpose is not Purpose.COMMANDS)


@pytest.mark.parametrize("mode", [Mode.ASK, Mode.SHARE])
def test_a_skill_that_nobody_asked_sends_and_proposes_nothing(house: Make, agreed: State, mode: Mode) -> None:
    """A command leaves because somebody said it; what a skill thinks of when it is due was said by nobody."""
    home = started(house(replace(agreed, mode=mode)))
    assert home.actions.perform(LIGHT, Owner.VOICE, asked=False) == phrases.KEPT
    assert home.actions.perform(Propose(purpose="research"), Owner.VOICE, asked=False) == phrases.NOT_NOW
    assert (home.outbox.waiting(), home.keeper.state.proposal, home.release._actions) == ([], None, {})
    assert [row["reason"] for row in home.rows("refusal")] == ["not_asked"]
