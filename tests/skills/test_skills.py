"""Each built-in skill, as the pure function that it is."""

import json
from datetime import UTC, datetime
from typing import Literal

import pytest

from keepmum.messages import Answer, Ask, Chime, HomeAction, Propose, SetVolume, Slot, Tighten
from keepmum.skills import shelf, wording
from keepmum.skills.shelf import Shelf

SHELF = Shelf(shelf.built_in())


def at(text: str) -> float:
    """Unix time of a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


SUNDAY_EVENING = at("2026-11-22 19:30")


def ask(
    intent: str, now: float = SUNDAY_EVENING, memory: str = "", facts: dict[str, str] | None = None, **slots: Slot
) -> Answer:
    """The skills' answer in a house an hour east of Greenwich."""
    question = Ask(id=7, intent=intent, slots=slots, now=now, utc_offset=3600.0, memory=memory, facts=facts or {})
    answer = SHELF.answer(question)
    assert answer.id == 7
    return answer


# ---- clock


def test_the_time_is_the_households() -> None:
    """The clock adds the house's offset and says the part of the day."""
    assert ask("clock.time").speech == "It is 8 30 in the evening."


def test_the_date_changes_at_the_households_midnight() -> None:
    """Half an hour before midnight in Greenwich it is already tomorrow here."""
    assert ask("clock.date", now=at("2026-11-22 23:30")).speech == "It is Monday, the 23rd of November."


# ---- timers


def test_a_timer_rings_when_it_is_over_and_is_gone_then() -> None:
    """A timer asks to be woken at its end, chimes, says its name and clears itself."""
    started = ask("timers.start", duration=300, name="pasta")
    assert started.speech == "Pasta timer, 5 minutes."
    assert started.due == SUNDAY_EVENING + 300
    rang = ask("timers.due", now=SUNDAY_EVENING + 300, memory=started.memory or "")
    assert (rang.speech, rang.actions, rang.due) == ("Your pasta timer is done.", [Chime(times=3)], 0.0)
    assert ask("timers.left", memory=rang.memory or "").speech == "There is no timer."


def test_several_timers_ring_one_after_the_other() -> None:
    """The next moment is always the earliest one, whatever the order they were set in."""
    long = ask("timers.start", duration=600, name="rice")
    both = ask("timers.start", memory=long.memory or "", duration=60, name="egg")
    assert both.due == SUNDAY_EVENING + 60
    after = ask("timers.due", now=SUNDAY_EVENING + 60, memory=both.memory or "")
    assert after.speech == "Your egg timer is done."
    assert after.due == SUNDAY_EVENING + 600


def test_how_long_is_left() -> None:
    """One timer tells its rest alone; several tell which is which."""
    one = ask("timers.start", duration=90)
    later = SUNDAY_EVENING + 30
    assert ask("timers.left", now=later, memory=one.memory or "").speech == "1 minute left."
    two = ask("timers.start", now=later, memory=one.memory or "", duration=3600, name="cake")
    assert ask("timers.left", now=later, memory=two.memory or "").speech == (
        "1 minute on the 1 minute and 30 seconds timer and 1 hour on the cake timer."
    )
    assert ask("timers.left", now=later, memory=two.memory or "", name="cake").speech == "1 hour left."


def test_cancelling_asks_back_when_it_is_not_clear_which() -> None:
    """With two timers, "cancel the timer" names them; by name or all at once it does it."""
    one = ask("timers.start", duration=300, name="tea")
    two = ask("timers.start", memory=one.memory or "", duration=600)
    unclear = ask("timers.cancel", memory=two.memory or "")
    assert unclear.speech == "Which one? There is the tea timer and the 10 minutes timer."
    assert unclear.memory is None
    named = ask("timers.cancel", memory=two.memory or "", name="tea")
    assert (named.speech, named.due) == ("Tea timer cancelled.", SUNDAY_EVENING + 600)
    by_length = ask("timers.cancel", memory=two.memory or "", duration=600)
    assert by_length.speech == "Timer cancelled."
    every = ask("timers.cancel", memory=two.memory or "", which="all")
    assert (every.speech, every.due) == ("All 2 timers cancelled.", 0.0)


def test_nothing_to_cancel_is_said() -> None:
    """A timer that is not there cannot be cancelled, and the answer says so."""
    assert ask("timers.cancel", name="tea").speech == "There is no such timer."


@pytest.mark.parametrize(
    ("slots", "rings", "said"),
    [
        ({"time": "07:00", "time_half": "either"}, "2026-11-23 06:00", "7 o'clock in the morning"),
        ({"time": "09:00", "time_half": "either"}, "2026-11-22 20:00", "9 o'clock in the evening"),
        (
            {"time": "09:00", "time_half": "either", "morning": 1},
            "2026-11-23 08:00",
            "9 o'clock in the morning tomorrow",
        ),
        ({"time": "20:15"}, "2026-11-23 19:15", "8 15 in the evening tomorrow"),
        ({"time": "20:45"}, "2026-11-22 19:45", "8 45 in the evening"),
        ({"time": "00:00"}, "2026-11-22 23:00", "midnight"),
        ({"time": "12:30", "time_half": "either"}, "2026-11-22 23:30", "12 30 at night"),
        ({"time": "07:05", "time_half": "either", "day": "tomorrow"}, "2026-11-23 06:05", "7 oh 5 in the morning"),
        ({"time": "07:00", "day": "on friday"}, "2026-11-27 06:00", "7 o'clock in the morning on Friday"),
        ({"time": "10:00", "time_half": "either", "day": "tonight"}, "2026-11-22 21:00", "10 o'clock at night"),
    ],
)
def test_an_alarm_rings_the_next_time_the_clock_shows_it(slots: dict[str, Slot], rings: str, said: str) -> None:
    """Across midnight, with either half of the day open, and on a day that was named."""
    answer = ask("timers.alarm", **slots)
    assert answer.due == at(rings)
    assert answer.speech == f"Alarm set for {said}."


def test_an_alarm_for_todays_weekday_that_is_past_rings_next_week() -> None:
    """On Sunday evening, "on Sunday at seven in the morning" is in a week and not tomorrow."""
    assert ask("timers.alarm", time="07:00", day="on sunday").due == at("2026-11-29 06:00")


def test_an_alarm_chimes_longer_and_tells_the_time() -> None:
    """Who is woken wants to know how late it is."""
    kept = ask("timers.alarm", time="07:00").memory or ""
    rang = ask("timers.due", now=at("2026-11-23 06:00"), memory=kept)
    assert (rang.speech, rang.actions) == ("It is 7 o'clock in the morning.", [Chime(times=10)])


def test_an_alarm_can_be_found_by_its_time() -> None:
    """ "Cancel my alarm at seven" means the one that rings at seven, whichever half of the day."""
    kept = ask("timers.alarm", time="07:00").memory or ""
    both = ask("timers.alarm", memory=kept, time="08:30").memory or ""
    gone = ask("timers.cancel", memory=both, kind="alarm", time="07:00", time_half="either")
    assert gone.due == at("2026-11-23 07:30")
    assert ask("timers.left", memory=gone.memory or "", kind="alarm").speech == (
        "There is an alarm for 8 30 in the morning."
    )


def test_a_timer_that_ended_while_the_speaker_was_off_says_so() -> None:
    """After a restart nothing is swallowed and nothing pretends to be on time."""
    kept = ask("timers.start", duration=60, name="oven").memory or ""
    late = ask("timers.due", now=SUNDAY_EVENING + 60 + 1800, memory=kept)
    assert late.speech == "While I was off, your oven timer rang 30 minutes ago."


def test_a_broken_memory_is_an_empty_one() -> None:
    """What the listener kept but nobody can read does not stop a new timer."""
    for memory in ("{", "[1]", '[{"kind": "timer"}]', "null", '{"a": 1}'):
        assert ask("timers.start", memory=memory, duration=60).due == SUNDAY_EVENING + 60


def test_there_is_an_end_to_timers() -> None:
    """A twenty-first timer is refused before the memory grows too large to travel."""
    memory = ""
    for _ in range(20):
        memory = ask("timers.start", memory=memory, duration=60).memory or ""
    assert ask("timers.start", memory=memory, duration=60).speech == "I already have 20. Cancel one first."


# ---- volume


@pytest.mark.parametrize(
    ("intent", "stands", "percent"),
    [("volume.up", "50", 60), ("volume.up", "95", 100), ("volume.down", "50", 40), ("volume.down", "5", 0)],
)
def test_the_volume_moves_by_ten_and_stays_within_its_limits(intent: str, stands: str, percent: int) -> None:
    """Louder and quieter never leave 0 to 100."""
    answer = ask(intent, facts={"volume": stands})
    assert (answer.actions, answer.speech) == ([SetVolume(percent=percent)], f"Volume {percent} percent.")


def test_the_volume_is_set_and_told() -> None:
    """A number needs no knowledge; a step does, and without it the skill asks for a number."""
    assert ask("volume.set", percent=35).actions == [SetVolume(percent=35)]
    assert ask("volume.tell", facts={"volume": "40"}).speech == "My volume is 40 percent."
    unknown = ask("volume.up")
    assert not unknown.actions
    assert "number" in unknown.speech


# ---- lights and coffee

THINGS = {"things": json.dumps({"Reading corner": "zigbee2mqtt/corner", "hall lamp": "shop/7/set"}), "home": "our/home"}


@pytest.mark.parametrize(
    ("intent", "slots", "topic", "payload", "speech"),
    [
        ("lights.turn_on", {"room": "living room", "fixture": "light"}, "our/home/living_room/light/set",
         {"state": "ON"}, "Living room light on."),
        ("lights.turn_off", {"thing": "reading corner"}, "zigbee2mqtt/corner/set", {"state": "OFF"},
         "Reading corner off."),
        ("lights.turn_on", {"room": "hall", "fixture": "lamp"}, "shop/7/set", {"state": "ON"}, "Hall lamp on."),
        ("lights.turn_on", {"thing": "christmas tree"}, "our/home/christmas_tree/set", {"state": "ON"},
         "Christmas tree on."),
        ("lights.dim", {"fixture": "light", "percent": 50}, "our/home/light/set", {"state": "ON", "brightness": 127},
         "Light at 50 percent."),
        ("lights.dim", {"fixture": "light", "percent": 0}, "our/home/light/set", {"state": "OFF"}, "Light off."),
        ("coffee.order", {"drink": "latte", "size": "large", "shots": 2, "milk": "soy milk"},
         "our/home/coffee_machine/set", {"drink": "latte", "size": "large", "shots": 2, "milk": "soy milk"},
         "A large latte with two shots and soy milk."),
    ],
)  # fmt: skip
def test_a_home_action_goes_where_the_thing_listens(
    intent: str, slots: dict[str, Slot], topic: str, payload: dict[str, object], speech: str
) -> None:
    """The owner's topic if the thing has one, else a place below the home's topic; always with /set."""
    answer = ask(intent, facts=THINGS, **slots)
    (action,) = answer.actions
    assert isinstance(action, HomeAction)
    assert (action.topic, json.loads(action.payload), answer.speech) == (topic, payload, speech)


def test_all_lights_are_the_houses_and_the_owners() -> None:
    """The whole house has a topic of its own; lights that listen elsewhere are told one by one."""
    answer = ask("lights.turn_off", facts=THINGS, room="all", fixture="light")
    assert [action.topic for action in answer.actions if isinstance(action, HomeAction)] == [
        "our/home/all/light/set",
        "shop/7/set",
    ]
    assert answer.speech == "All lights off."


def test_things_that_cannot_be_read_leave_the_homes_own_topics() -> None:
    """A broken fact is no reason to stay in the dark."""
    answer = ask("lights.turn_on", facts={"things": "{"}, room="attic", fixture="light")
    assert [action.topic for action in answer.actions if isinstance(action, HomeAction)] == [
        "keepmum/home/attic/light/set"
    ]


# ---- weather, shopping, holidays, stop


def test_the_weather_is_what_the_hub_left() -> None:
    """The hub's sentence is said as it is; without one the skill admits that it knows nothing."""
    assert ask("weather.tell", facts={"weather": "Rain until noon."}).speech == "Rain until noon."
    assert ask("weather.tell").speech.startswith("Nobody has told me")
    tomorrow = ask("weather.tell", facts={"weather": "Rain until noon."}, day="tomorrow")
    assert tomorrow.speech == "About Tomorrow I only know this. Rain until noon."


def test_the_shopping_list_is_added_to_read_and_cleared() -> None:
    """Each thing stands on the list once, and the list is read as a person would."""
    added = ask("shopping.add", item="milk", item2="eggs", item3="milk")
    assert added.speech == "Milk and eggs added."
    again = ask("shopping.add", memory=added.memory or "", item="eggs")
    assert (again.speech, again.memory) == ("Eggs already on the list.", None)
    more = ask("shopping.add", memory=added.memory or "", item="rice")
    assert ask("shopping.read", memory=more.memory or "").speech == "On the list: milk, eggs and rice."
    fewer = ask("shopping.remove", memory=more.memory or "", item="eggs")
    assert ask("shopping.read", memory=fewer.memory or "").speech == "On the list: milk and rice."
    assert ask("shopping.remove", memory=fewer.memory or "", item="ham").speech == "Ham was not on the list."
    assert ask("shopping.clear", memory=fewer.memory or "").memory == "[]"
    assert ask("shopping.read", memory="[]").speech == "The shopping list is empty."


def test_a_shopping_list_that_cannot_be_read_is_empty() -> None:
    """A broken memory starts a new list."""
    assert ask("shopping.add", memory="{", item="milk").memory == '["milk"]'
    assert ask("shopping.read", memory="7").speech == "The shopping list is empty."


def test_holiday_ideas_do_not_repeat_at_once() -> None:
    """Asking again brings the next idea, of the kind that was asked for."""
    first = ask("holidays.idea", kind="snow")
    second = ask("holidays.idea", memory=first.memory or "", kind="snow")
    third = ask("holidays.idea", memory=second.memory or "", kind="snow")
    assert first.speech != second.speech
    assert first.speech == third.speech
    assert ask("holidays.idea", memory="what", kind="nonsense").speech


def test_never_mind_is_answered_by_silence() -> None:
    """Stop says nothing, does nothing and keeps nothing."""
    assert ask("stop.stop") == Answer(id=7)


# ---- privacy


@pytest.mark.parametrize(
    ("intent", "want"),
    [
        ("privacy.mute", "mute"),
        ("privacy.guest", "guest"),
        ("privacy.local", "local"),
        ("privacy.withdraw", "withdraw"),
        ("privacy.forget", "forget"),
        ("privacy.forget_today", "forget_today"),
        ("privacy.forget_last", "forget_last"),
    ],
)
def test_a_voice_makes_the_speaker_quieter(intent: str, want: str) -> None:
    """Each sentence for more privacy is one tightening and one short confirmation."""
    answer = ask(intent)
    assert [action.want for action in answer.actions if isinstance(action, Tighten)] == [want]
    assert answer.speech


@pytest.mark.parametrize(
    ("intent", "slots", "proposal"),
    [
        ("privacy.share", {}, ("asr-improvement", "text", False)),
        ("privacy.share", {"rung": "voice"}, ("asr-improvement", "voice", False)),
        ("privacy.share", {"rung": "respoken", "asks": 1}, ("asr-improvement", "respoken", True)),
        ("privacy.share", {"rung": "disguised", "purpose": "research"}, ("research", "disguised", False)),
        ("privacy.share", {"rung": "metrics", "purpose": "diagnostics"}, ("diagnostics", "metrics", False)),
        ("privacy.share", {"rung": "voice", "purpose": "wake-tuning"}, ("wake-tuning", "voice", False)),
        ("privacy.commands", {}, ("commands", "text", False)),
        ("privacy.tell", {}, ("status", "metrics", False)),
    ],
)
def test_a_voice_can_only_propose_to_share(
    intent: str, slots: dict[str, Slot], proposal: tuple[str, Literal["text"], bool]
) -> None:
    """How much, what for and whether each is asked about is proposed; whoever just wants to help is asked for words."""
    answer = ask(intent, **slots)
    purpose, rung, asks = proposal
    assert answer.actions == [Propose(purpose=purpose, rung=rung, asks=asks)]
    assert "button" in answer.speech


@pytest.mark.parametrize(
    ("agreed", "proposal"),
    [
        ("[]", ("asr-improvement", "voice")),
        ("", ("asr-improvement", "voice")),
        ('[{"purpose": "commands", "rung": "text"}, {"purpose": "research", "rung": "text"}]', ("research", "text")),
        ('[{"purpose": "diagnostics", "rung": "metrics"}, 7]', ("asr-improvement", "voice")),
    ],
)
def test_to_be_asked_first_is_proposed_for_what_is_shared(agreed: str, proposal: tuple[str, Literal["text"]]) -> None:
    """The same purpose and rung as now, with a question before each; without any, the voice."""
    purpose, rung = proposal
    answer = ask("privacy.ask_first", facts={"agreed": agreed})
    assert answer.actions == [Propose(purpose=purpose, rung=rung, asks=True)]


def test_a_rung_that_nobody_knows_is_not_proposed() -> None:
    """An owner's own sentences may name anything."""
    assert ask("privacy.share", rung="everything").actions == []


def test_no_sentence_loosens() -> None:
    """Of all intents, none has an action that could make the speaker louder."""
    assert ask("privacy.loosen").actions == []
    for intent in SHELF.hello().intents:
        slots: dict[str, Slot] = {"duration": 60, "time": "07:00", "percent": 5, "item": "milk", "fixture": "light"}
        for action in ask(intent, facts={"volume": "50"}, **slots).actions:
            assert isinstance(action, Tighten | HomeAction | SetVolume | Propose)


@pytest.mark.parametrize(
    ("today", "speech"),
    [
        ({"left": {}, "refused": {}}, "Nothing left today. Nothing was asked of me."),
        ({"left": {}, "refused": {"no_consent": 2, "muted": 1}}, "Nothing left today. I kept 3 things to myself."),
        (
            {"left": {"clip asr-improvement": [1, 9000], "action commands": [2, 80], "clip research": [1, 1]}},
            "Today 2 home commands and 2 recordings left this speaker.",
        ),
    ],
)
def test_what_left_today_is_told_from_the_ledger(today: dict[str, object], speech: str) -> None:
    """Sent things come first; only if nothing was sent is it said what was kept."""
    assert ask("privacy.today", facts={"today": json.dumps(today)}).speech == speech


@pytest.mark.parametrize("fact", ["", "{", "7"])
def test_a_ledger_that_cannot_be_read_is_not_called_empty(fact: str) -> None:
    """Not knowing is said as not knowing."""
    assert "do not know" in ask("privacy.today", facts={"today": fact}).speech


# ---- wording


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (90, "1 minute and 30 seconds"),
        (3600, "1 hour"),
        (5430, "1 hour and 30 minutes"),
    ],
)
def test_a_duration_is_said_as_a_person_would(seconds: int, said: str) -> None:
    """Singular and plural are right, and hours leave the seconds out."""
    assert wording.duration(seconds) == said
