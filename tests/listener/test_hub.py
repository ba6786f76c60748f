"""The household's hub: told how the speaker is under a consent of its own, never of anything that was heard."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from jinja2.sandbox import SandboxedEnvironment
from listener_house import ACTION, BROKER, MICROPHONE, START, offer, quieter, started, terms
from listener_peers import Uplink

from keepmum.consent import DAY, Consent, Mode, Purpose, Reason, Rung
from keepmum.ledger import read
from keepmum.listener.announcement import BUTTONS, TIGHTEN, Counts, Topics, discovery, status
from keepmum.listener.hub import GREETS, LONGEST_PATIENCE, SETTLES, Hub
from keepmum.listener.today import Today
from keepmum.messages import BrokerState, Delivered, Failed, Next
from keepmum.privacy import Owner, State, events
from keepmum.settings import HomeSettings
from keepmum.wire import unseal

sys.path.insert(0, str(Path(__file__).parents[1]))  # what all tests share stands above this folder

import machine_identifiers

STATUS = terms(Purpose.STATUS, BROKER, Rung.METRICS)
TOPICS = Topics("keepmum/home", "keepmum/status", "homeassistant")
AGREED = Consent("e" * 32, STATUS, START - 1, START + 89 * DAY)
COMMANDS = Consent("c" * 32, terms(Purpose.COMMANDS, BROKER, Rung.TEXT), START - 1, START + 89 * DAY)


class Home:
    """A house with a hub and an uplink that delivers what it is given, unless it is told otherwise."""

    def __init__(self, house: Any, prefix: str | None = "homeassistant", rows: Any = ()) -> None:
        house.keeper._offered = house.keeper._offered | {STATUS}
        self.house = started(house)
        self.vanished = 0
        self.words: list[tuple[float, str, dict[str, Any]]] = []
        """When, topic and word of everything that reached the broker."""
        self.parcels: list[Any] = []
        self.fails: tuple[str, bool] | None = None
        """How the uplink fails: reason and final."""
        settings = HomeSettings(discovery=prefix)
        self.hub = Hub(
            house.keeper,
            house.release,
            house.news,
            settings,
            BROKER,
            MICROPHONE,
            self._vanish,
            rows=rows,
            utc_offset=lambda: 0.0,
        )
        self.uplink = Uplink(house)
        self.uplink.say(Next())

    def _vanish(self) -> None:
        self.vanished += 1

    def online(self, online: bool = True) -> Home:
        self.uplink.say(BrokerState(online=online))
        return self

    def run(self, seconds: float, step: float = 0.25) -> Home:
        """Let so much time pass, with a look each quarter of a second."""
        for _ in range(round(seconds / step)):
            self.house.pass_time(step)
            self.house.keeper.tell(events.Ticked(*self.house.keeper.moment()))
            self.look()
        return self

    def look(self) -> None:
        self.hub.look()
        while (received := self.uplink.line.receive()) is not None:
            self._carry(*received)

    def _carry(self, message: Any, fd: int | None) -> None:
        if fd is None:
            return
        body = unseal(fd, message.size, message.sha256)
        if message.kind == "status":
            self.parcels.append(message)
        if self.fails is not None:
            self.uplink.say(Failed(parcel=message.id, reason=self.fails[0], final=self.fails[1]), Next())
            return
        if message.kind == "status":
            self.words.append((self.house.room.now(), message.topic, json.loads(body)))
        self.uplink.say(Delivered(parcel=message.id), Next())

    def statuses(self) -> list[dict[str, Any]]:
        return [word for _, topic, word in self.words if topic == "keepmum/status"]

    def announcements(self) -> int:
        return sum(topic == TOPICS.discovery for _, topic, _ in self.words)


@pytest.fixture
def told(house: Callable[..., Any]) -> Callable[..., Home]:
    """Makes a house whose people agreed to the status, in share mode and unmuted unless said otherwise."""

    def make(
        prefix: str | None = "homeassistant", rows: Any = (), consents: Any = (AGREED, COMMANDS), **more: Any
    ) -> Home:
        state = {"mutes": frozenset(), "mode": Mode.SHARE, "wall": START, **more}
        return Home(house(State(consents=consents, **state)), prefix, rows)

    return make


# ---- what is said


@pytest.mark.parametrize("mode", list(Mode))
def test_a_status_is_mode_mute_and_counts(mode: Mode) -> None:
    """Four facts when it listens and may share, and two when it is local."""
    said = json.loads(status(mode, False, Counts(3, 5)))
    counts = {} if mode is Mode.LOCAL else {"left_today": 3, "kept_today": 5}
    assert said == {"mode": mode.name.lower(), "muted": False, **counts}


@pytest.mark.parametrize("mode", list(Mode))
def test_a_muted_speaker_tells_no_counts(mode: Mode) -> None:
    """A count that grows would tell when somebody spoke."""
    assert json.loads(status(mode, True, Counts(3, 5))) == {"mode": mode.name.lower(), "muted": True}


def test_counts_under_mute_or_local_make_no_difference() -> None:
    """Whatever was counted, the words are the same to the letter: nothing is left to compare."""
    for mode, muted in ((Mode.LOCAL, False), (Mode.LOCAL, True), (Mode.SHARE, True), (Mode.ASK, True)):
        assert len({status(mode, muted, Counts(left, kept)) for left in range(5) for kept in range(5)}) == 1


SEEN = {
    "type": "object",
    "properties": {
        "platform": {"enum": ["sensor", "binary_sensor"]},
        "unique_id": {"type": "string", "pattern": "^keepmum_[0-9a-f]{16}_[a-z_]+$"},
        "name": {"type": "string", "minLength": 1},
        "icon": {"type": "string", "pattern": "^mdi:[a-z-]+$"},
        "state_topic": {"const": "keepmum/status"},
        "value_template": {"type": "string", "minLength": 1},
        "device_class": {"const": "enum"},
        "options": {"type": "array", "items": {"enum": ["local", "ask", "share"]}, "minItems": 3},
        "unit_of_measurement": {"const": "parcels"},
    },
    "required": ["platform", "unique_id", "name", "state_topic", "value_template"],
    "additionalProperties": False,
    "dependentRequired": {"options": ["device_class"], "device_class": ["options"]},
}
PRESSED = {
    "type": "object",
    "properties": {
        "platform": {"const": "button"},
        "unique_id": {"type": "string", "pattern": "^keepmum_[0-9a-f]{16}_[a-z_]+$"},
        "name": {"type": "string", "minLength": 1},
        "icon": {"type": "string", "pattern": "^mdi:[a-z-]+$"},
        "command_topic": {"const": "keepmum/tighten"},
        "payload_press": {"enum": ["mute", "guest", "local", "withdraw", "forget_today"]},
        "retain": {"const": False},
    },
    "required": ["platform", "unique_id", "name", "command_topic", "payload_press"],
    "additionalProperties": False,
}
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "device": {
            "type": "object",
            "properties": {
                "identifiers": {"type": "array", "items": {"pattern": "^keepmum_[0-9a-f]{16}$"}, "minItems": 1},
                "name": {"const": "keepmum"},
                "manufacturer": {"const": "keepmum"},
            },
            "required": ["identifiers", "name"],
            "additionalProperties": False,
        },
        "origin": {
            "type": "object",
            "properties": {"name": {"type": "string"}},
            "required": ["name"],
            "additionalProperties": False,
        },
        "availability_topic": {"const": "keepmum/status"},
        "availability_template": {"type": "string"},
        "components": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "if": {"properties": {"platform": {"const": "button"}}},
                "then": PRESSED,
                "else": SEEN,
            },
        },
        "qos": {"enum": [0, 1, 2]},
    },
    "required": ["device", "origin", "components"],
    "additionalProperties": False,
}
"""What Home Assistant documents for MQTT device discovery, with the keys that we use and no others: `components` and
`origin` are required, every component has a platform and a unique id, and the availability holds for them all."""


def test_the_announcement_is_one_that_home_assistant_takes() -> None:
    """Every key is one of its MQTT device discovery, required ones are there, and nothing else stands in it."""
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(discovery(TOPICS)))


def test_the_announcement_shows_four_things_and_has_five_buttons() -> None:
    """Muted, mode and two counts are there to be looked at; what can be pressed makes it quieter, all of it."""
    components = json.loads(discovery(TOPICS))["components"]
    kinds = [each["platform"] for each in components.values()]
    assert (kinds.count("binary_sensor"), kinds.count("sensor"), kinds.count("button"), len(kinds)) == (1, 3, 5, 9)
    pressed = [each for each in components.values() if each["platform"] == "button"]
    assert {each["payload_press"] for each in pressed} == set(BUTTONS)
    assert {each["command_topic"] for each in pressed} == {TIGHTEN}
    assert not any("command_topic" in each for each in components.values() if each["platform"] != "button")
    assert len({each["unique_id"] for each in components.values()}) == 9


def test_the_announcement_goes_where_home_assistant_looks() -> None:
    """`<prefix>/device/<object id>/config`, and the object id has only letters that it allows."""
    prefix, device, name, config = TOPICS.discovery.split("/")
    assert (prefix, device, config) == ("homeassistant", "device", "config")
    assert name.replace("_", "").isalnum()
    assert name.isascii()


def test_the_speakers_name_is_made_of_a_setting_alone() -> None:
    """Two speakers with other home topics are two devices; the same topic on another machine is the same name."""
    assert TOPICS.object_id == replace(TOPICS, status="x", prefix="y").object_id
    assert TOPICS.object_id != replace(TOPICS, home="keepmum/kitchen").object_id


def test_nothing_of_the_machine_stands_in_the_announcement() -> None:
    """No serial number, MAC address, host name, user or machine id: all of it is made of three settings."""
    said, names = discovery(TOPICS) + TOPICS.discovery, machine_identifiers.names()
    assert len(names) >= 3
    assert not [name for name in names if name in said]


SHOWN = {
    "share": (status(Mode.SHARE, False, Counts(3, 5)), "online", "OFF", "share", "3", "5"),
    "ask": (status(Mode.ASK, False, Counts(0, 0)), "online", "OFF", "ask", "0", "0"),
    "local": (status(Mode.LOCAL, False, Counts(3, 5)), "online", "OFF", "local", "None", "None"),
    "muted": (status(Mode.ASK, True, Counts(3, 5)), "online", "ON", "ask", "None", "None"),
    "gone": ("{}", "offline", "None", "None", "None", "None"),
}


@pytest.mark.parametrize("said", SHOWN.values(), ids=SHOWN.keys())
def test_home_assistant_shows_what_was_said(said: tuple[str, ...]) -> None:
    """Its own kind of template turns each status into what is shown; what is not told is unknown, never a number."""
    payload, *shown = said
    config = json.loads(discovery(TOPICS))
    value = json.loads(payload)
    components = config["components"]
    templates = [config["availability_template"]]
    templates += [components[key]["value_template"] for key in ("muted", "mode", "left_today", "kept_today")]
    render = SandboxedEnvironment().from_string
    assert [render(template).render(value=payload, value_json=value) for template in templates] == shown


# ---- the counts


def row(what: str, at: float = START, **facts: Any) -> Any:
    """A row as the ledger has it."""
    return type("Row", (), {"at": at, "what": what, "facts": facts})()


def test_counts_begin_at_the_households_midnight() -> None:
    """Yesterday does not count, wherever the household lives; a clock that is set back begins no other day."""
    offset = 7_200.0
    midnight = START - (START + offset) % DAY
    rows = [row("handover", midnight - 1, parcel="a"), row("handover", midnight, parcel="b")]
    today = Today(rows, lambda: offset)
    assert today.counts(midnight + 60) == Counts(1, 0)
    assert today.counts(midnight + DAY - 1) == Counts(1, 0)
    assert today.counts(midnight + DAY) == Counts(0, 0)
    assert today.counts(midnight) == Counts(0, 0)


def test_a_parcel_that_was_tried_twice_left_once() -> None:
    """What the uplink was given three times is one parcel."""
    rows = [row("handover", parcel="a")] * 3 + [row("handover", parcel="b")]
    assert Today(rows, lambda: 0.0).counts(START) == Counts(2, 0)


def test_the_speakers_own_status_counts_nowhere() -> None:
    """Neither as left nor as kept: telling a count must not change it."""
    rows = [
        row("release", parcel="s", kind="status"),
        row("handover", parcel="s"),
        row("delivered", parcel="s"),
        row("refusal", kind="status", reason="no_consent"),
    ]
    assert Today(rows, lambda: 0.0).counts(START) == Counts(0, 0)


@pytest.mark.parametrize("reason", ["local_mode", "muted"])
def test_what_was_refused_in_local_mode_is_never_told(reason: str) -> None:
    """Not even later, when a consent has raised the mode: the count would tell how often somebody spoke before."""
    rows = [row("refusal", kind="action", reason=reason), row("refusal", kind="clip", reason="no_consent")]
    assert Today(rows, lambda: 0.0).counts(START) == Counts(0, 1)


# ---- who is told, and when


def test_without_a_consent_nothing_is_ever_said(told: Callable[..., Home]) -> None:
    """Online for two minutes, muted and unmuted, with a hub that says it is back: no parcel, no row, no byte."""
    home = told(consents=(COMMANDS,)).online()
    before = len(home.house.rows())
    home.run(20)
    home.hub.fact("hub", "online")
    quieter(home.house, "mute", Owner.MQTT)
    home.run(100)
    assert home.parcels == []
    assert [each for each in home.house.rows()[before:] if each["what"] != "mute"] == []
    assert home.vanished == 0


def test_the_hub_is_told_once_the_broker_has_settled(told: Callable[..., Home]) -> None:
    """First the announcement, then the status when the hub has had time to make something of it, and once more."""
    home = told().run(10)
    assert home.words == []
    start = home.house.room.now()
    home.online().run(30)
    assert [topic for _, topic, _ in home.words] == [TOPICS.discovery, "keepmum/status", "keepmum/status"]
    assert [round(at - start) for at, _, _ in home.words] == [2, 4, 17]
    assert home.statuses()[0] == {"mode": "share", "muted": False, "left_today": 0, "kept_today": 0}


def test_every_word_is_a_parcel_with_rows(told: Callable[..., Home]) -> None:
    """A release, a hand-over and a delivery stand in the ledger for each; its kind and purpose are `status`."""
    home = told().online().run(10)
    assert {(parcel.kind, parcel.topic) for parcel in home.parcels} == {
        ("status", TOPICS.discovery),
        ("status", "keepmum/status"),
    }
    for parcel in home.parcels:
        rows = [each for each in home.house.rows() if each.get("parcel") == parcel.id]
        assert [each["what"] for each in rows] == ["release", "handover", "delivered"]
        assert (rows[0]["kind"], rows[0]["purpose"], rows[0]["to"]) == ("status", "status", BROKER)
        assert parcel.expires_in is not None
        assert parcel.expires_in <= 15.0


def test_without_home_assistant_only_the_status_is_told(told: Callable[..., Home]) -> None:
    """An owner with another hub gets the status on its topic and no announcement."""
    home = told(prefix=None).online().run(30)
    assert [topic for _, topic, _ in home.words] == ["keepmum/status"]


def test_a_change_is_told_within_a_second_and_only_once(told: Callable[..., Home]) -> None:
    """Muted from afar: the hub hears so at once, without counts, and then nothing until something else changes."""
    home = told().online().run(30)
    before = len(home.words)
    quieter(home.house, "mute", Owner.MQTT)
    home.run(1.5)
    assert home.statuses()[-1] == {"mode": "share", "muted": True}
    home.run(60)
    assert len(home.words) == before + 1


def test_counts_are_not_told_while_muted(told: Callable[..., Home]) -> None:
    """Refusals while it is muted or local change no word, and so send none."""
    home = told().online().run(30)
    quieter(home.house, "mute", Owner.PANEL)
    home.run(3)
    before = len(home.words)
    for _ in range(5):
        assert offer(home.house)[1] == Reason.MUTED
        home.run(2)
    assert len(home.words) == before
    assert all("kept_today" not in word for word in home.statuses()[-1:])


def test_counts_are_told_while_it_shares(told: Callable[..., Home]) -> None:
    """A command that left and one that was kept are one each."""
    home = told().online().run(30)
    offer(home.house, START + 1_000)
    home.run(2)
    home.house.keeper.refuse("f" * 32, ACTION, "strange_topic")
    home.run(2)
    assert home.statuses()[-1] == {"mode": "share", "muted": False, "left_today": 1, "kept_today": 1}


def test_of_many_changes_within_a_second_the_newest_wins(told: Callable[..., Home]) -> None:
    """Fifty refusals in a row: at most one word a second, and the last one tells them all."""
    home = told().online().run(30)
    before = len(home.words)
    for number in range(50):
        home.house.keeper.refuse(f"{number:032x}", ACTION, "strange_topic")
        home.run(0.1, step=0.05)
    home.run(3)
    times = [at for at, _, _ in home.words[before:]]
    assert len(times) <= 8
    assert all(later - earlier >= 0.99 for earlier, later in itertools.pairwise(times))
    assert home.statuses()[-1]["kept_today"] == 50


def test_what_was_counted_before_a_restart_counts(told: Callable[..., Home]) -> None:
    """The ledger's rows of today come first."""
    rows = [row("handover", parcel="a"), row("refusal", kind="clip", reason="no_consent")]
    home = told(rows=rows).online().run(6)
    assert home.statuses()[0] == {"mode": "share", "muted": False, "left_today": 1, "kept_today": 1}


def test_a_hub_that_starts_again_is_told_everything_anew(told: Callable[..., Home]) -> None:
    """Home Assistant says `online`: announcement and status, for nothing of ours is retained."""
    home = told().online().run(40)
    before = len(home.words)
    home.hub.fact("weather", "online")
    home.run(5)
    assert len(home.words) == before
    home.hub.fact("hub", "online")
    home.run(10)
    assert [topic for _, topic, _ in home.words[before : before + 2]] == [TOPICS.discovery, "keepmum/status"]


def test_a_broker_that_comes_back_is_told_everything_anew(told: Callable[..., Home]) -> None:
    """While it is away nothing is offered; afterwards announcement and status."""
    home = told().online().run(40)
    before = len(home.parcels)
    home.online(False)
    quieter(home.house, "mute", Owner.PANEL)
    home.run(30)
    assert len(home.parcels) == before
    home.online().run(10)
    assert home.statuses()[-1] == {"mode": "share", "muted": True}
    assert home.announcements() == 2


def test_an_uplink_that_goes_is_a_broker_that_goes(told: Callable[..., Home]) -> None:
    """Without an uplink nothing is offered, so nothing fills the ledger."""
    home = told().online().run(40)
    before = len(home.house.rows())
    home.house.peers[-1].close()
    home.house.serve()
    quieter(home.house, "mute", Owner.PANEL)
    for _ in range(20):
        home.house.pass_time(1.0)
        home.hub.look()
    assert [each["what"] for each in home.house.rows()[before:]] == ["mute"]


def test_a_broker_that_comes_and_goes_is_not_told_each_time(told: Callable[..., Home]) -> None:
    """One that flickers every second for a minute gets nothing until it settles; no row is written meanwhile."""
    home = told()
    for _ in range(60):
        home.online().run(SETTLES / 4).online(False).run(SETTLES / 4)
    assert home.parcels == []
    for _ in range(6):
        home.online().run(3).online(False).run(2)
    assert home.announcements() <= 1 + 30 / GREETS


def test_what_does_not_arrive_is_told_again_later_and_later(told: Callable[..., Home]) -> None:
    """Nobody listens: each attempt comes later than the one before, so a day has few rows of it."""
    home = told(prefix=None)
    home.fails = ("nobody listens there (16)", True)
    home.online().run(400, step=1.0)
    assert 2 <= len(home.parcels) <= 5
    assert home.words == []
    assert LONGEST_PATIENCE == 3_600.0
    home.fails = None
    quieter(home.house, "mute", Owner.PANEL)
    home.run(3)
    assert home.statuses() == [{"mode": "share", "muted": True}]


def test_one_word_is_under_way_at_a_time(told: Callable[..., Home]) -> None:
    """An uplink that holds a word for long gets no second one; the newest is told once it let go."""
    home = told(prefix=None)
    home.run(1)
    home._carry = lambda message, fd: home.parcels.append(message) if fd is not None else None  # type: ignore[method-assign]
    home.online().run(5)
    quieter(home.house, "local", Owner.PANEL)
    home.run(5)
    assert len(home.parcels) == 1
    del home._carry
    home.uplink.say(Delivered(parcel=home.parcels[0].id), Next())
    home.run(5)
    assert home.statuses()[-1] == {"mode": "local", "muted": False}


# ---- withdrawn


def test_a_withdrawal_ends_it_with_the_brokers_last_word(told: Callable[..., Home]) -> None:
    """Nothing more is offered, and the uplink is told once to let the broker say that we are gone."""
    home = told().online().run(30)
    before = len(home.parcels)
    quieter(home.house, "withdraw", Owner.MQTT)
    home.run(60)
    assert (home.vanished, len(home.parcels)) == (1, before)


def test_local_mode_does_not_end_it(told: Callable[..., Home]) -> None:
    """Of itself the speaker may tell also then, under its own consent."""
    home = told().online().run(30)
    quieter(home.house, "local", Owner.PANEL)
    home.run(2)
    assert home.statuses()[-1] == {"mode": "local", "muted": False}
    assert home.vanished == 0


def test_a_consent_that_runs_out_ends_it(told: Callable[..., Home]) -> None:
    """Time alone is enough: nothing after its end, and the hub does not go on showing what was true once."""
    short = replace(AGREED, given=START - 10, until=START + 60)
    home = told(consents=(short,), mode=Mode.LOCAL).online().run(50)
    assert home.statuses()
    before = len(home.parcels)
    home.run(60)
    quieter(home.house, "mute", Owner.PANEL)
    home.run(10)
    assert (home.vanished, len(home.parcels)) == (1, before)


@pytest.mark.parametrize("more", [{"microphone": "9" * 32}, {"recipient": "other:1883"}, {"notice": "9" * 64}])
def test_a_consent_to_other_terms_is_none(told: Callable[..., Home], more: dict[str, str]) -> None:
    """Another microphone, another broker, another notice: nobody agreed to this."""
    other = replace(AGREED, terms=replace(STATUS, **more))
    home = told(consents=(other,)).online().run(30)
    assert home.parcels == []


def test_a_speaker_that_cannot_write_rows_says_nothing(told: Callable[..., Home]) -> None:
    """What cannot be recorded is not told."""
    home = told().online().run(30)
    before = len(home.parcels)
    home.house.break_ledger()
    quieter(home.house, "mute", Owner.PANEL)
    home.run(10)
    assert len(home.parcels) == before


def test_the_ledger_still_chains(told: Callable[..., Home]) -> None:
    """With all that was told the ledger reads from its first row to its last."""
    home = told().online().run(20)
    rows = list(read(home.house.folder / "ledger"))
    assert sum(each.what == "release" for each in rows) == len(home.parcels)
