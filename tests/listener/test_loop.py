"""A person before the speaker: what is heard, asked and said in which order, and that a hand stops all of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from keepmum.clip import unpack
from keepmum.consent import Mode
from keepmum.listener import phrases
from keepmum.listener.ear import Ear, Happening
from keepmum.listener.understand import Intent
from keepmum.messages import Answer, Ask, Chime, Done, HomeAction, Next, Propose, Say, SetVolume, SkillsHello, Tighten
from keepmum.privacy import Owner, State, events
from keepmum.seal import open_seal

START = 1_790_000_000.0
CANARY = "xylophone"
COMMAND = Intent("music.play", {"what": CANARY})
LONG = "a sentence that takes five seconds, at ten letters a second "

WAY = (
    (Ear.WAITING, Happening.CANDIDATE),
    (Ear.CONFIRMING, Happening.CONFIRMED),
    (Ear.HEARING, None),
    (Ear.HEARING, None),
    (Ear.HEARING, Happening.COMMAND),
)
"""The way of a command, block by block."""

Make = Callable[..., Any]


class Household:
    """A house with a running loop, and skills that answer when the test says so."""

    def __init__(self, home: Any) -> None:
        self.home = home
        home.open_doors()
        home.start_loop()
        self.loop = home.loop
        self.skills = home.connect("skills")
        self.skills.send(SkillsHello(intents=["music.play"]))

    def hears(self, *way: tuple[Ear, Happening | None], command: Intent = COMMAND) -> None:
        """What the engines will find in the next blocks."""
        self.home.hearing.command = command
        self.home.hearing.script.extend(way)

    def asked(self) -> Ask:
        """Turn until the skills are asked."""
        question: list[Ask] = []

        def there() -> bool:
            received = self.skills.receive()
            if received is not None:
                question.append(received[0])
            return bool(question)

        self.home.turn_until(there)
        return question[0]

    def answer(self, question: Ask, speech: str = "", **more: Any) -> None:
        self.skills.send(Answer(id=question.id, speech=speech, **more))
        self.loop.turn()

    def reach(self, ear: Ear) -> None:
        """Bring the ear into a state, in less than a second."""
        order = [Ear.WAITING, Ear.CONFIRMING, Ear.HEARING, Ear.THINKING, Ear.SPEAKING]
        if ear is Ear.FAULT:
            self.home.microphone.fails = "read"
        elif ear in order:
            steps = [step for step in WAY if step[1] is not None]
            self.hears(*steps[: min(3, order.index(ear))])
        if ear is Ear.SPEAKING:
            self.answer(self.asked(), LONG)
        self.home.turn_until(lambda: self.loop.ear is ear)
        self.home.microphone.fails = ""

    def command(self, command: Intent, speech: str = "", **more: Any) -> None:
        """Somebody says something, and the skills answer."""
        self.hears(*WAY, command=command)
        self.answer(self.asked(), speech, **more)

    @property
    def spoken(self) -> list[str]:
        return list(self.home.voice.spoken)

    @property
    def meanings(self) -> list[str]:
        return [look.meaning for _, look in self.home.ring.history]


@pytest.fixture
def household(house: Make) -> Callable[..., Household]:
    """Makes a household."""
    return lambda *args, **more: Household(house(*args, **more))


def traces(home: Any) -> list[str]:
    """What is still there of what was heard, or still listens."""
    found = {
        "the stream is open": home.capture.is_open or home.microphone._first is not None,
        "the pre-roll holds sound": any(home.preroll._ring),
        "a clip holds sound": any(any(sound) for sound in home.hearing.sounds),
        "the release door holds a clip": bool(home.release._clips),
        "the skills have the word": home.skills.pending,
        "it still speaks": home.mouth.remaining() > 0,
        "the intent is remembered": home.hearing.intent is not None,
    }
    return [what for what, wrong in found.items() if wrong]


def reads_after(home: Any, moment: float) -> int:
    """Blocks that were read later than a moment."""
    return sum(what == "read" and at > moment for at, what in home.microphone.history)


# ---- the way of a command


def test_a_command_goes_from_wake_to_voice(household: Any, agreed: State, keys: Any) -> None:
    """Wake, confirm, listen, ask, speak, and back; every state is told to whoever watches."""
    ours = household(agreed)
    ours.hears(*WAY)
    question = ours.asked()
    assert (question.intent, question.slots) == ("music.play", {"what": CANARY})
    ours.answer(question, "Playing.")
    assert (ours.spoken, ours.loop.ear) == (["Playing."], Ear.SPEAKING)
    ours.home.run(1)
    assert [fact["state"] for fact in ours.home.seen("ear")] == [
        "waiting",
        "confirming",
        "hearing",
        "thinking",
        "speaking",
        "waiting",
    ]


def test_an_agreed_clip_leaves_sealed_and_its_sound_is_wiped(household: Any, agreed: State, keys: Any) -> None:
    """What was heard after a confirmed wake waits in the outbox for its recipient; here it is all zeros."""
    ours = household(agreed)
    ours.command(COMMAND, "Playing.")
    [parcel] = ours.home.outbox.waiting()
    clip = unpack(open_seal(keys, ours.home.outbox.get(parcel).body)[1])
    assert (clip.phrase, clip.words[0].text, len(clip.pcm), any(clip.pcm)) == ("alexa", CANARY, 4 * 2_560, True)
    assert not any(ours.home.hearing.sounds[0])


def test_without_a_consent_nothing_is_put_and_the_sound_is_wiped(household: Any, silent: State) -> None:
    """The answer is spoken all the same; the ledger says why the clip stayed."""
    ours = household(silent)
    ours.command(COMMAND, "Playing.")
    assert ours.spoken == ["Playing."]
    assert [row["reason"] for row in ours.home.rows("refusal")] == ["local_mode"]
    assert (ours.home.outbox.waiting(), any(ours.home.hearing.sounds[0])) == ([], False)


def test_what_was_not_understood_is_not_offered(household: Any, agreed: State) -> None:
    """It was perhaps not meant for the speaker: an apology, no row, no skill."""
    ours = household(agreed)
    ours.hears(*WAY[:-1], (Ear.HEARING, Happening.NOTHING))
    ours.home.turn_until(lambda: ours.loop.ear is Ear.SPEAKING)
    assert ours.spoken == [phrases.NOT_UNDERSTOOD]
    assert (ours.home.rows("release", "refusal"), any(ours.home.hearing.sounds[0])) == ([], False)
    assert ours.skills.receive() is None


def test_a_candidate_that_is_rejected_is_forgotten(household: Any, agreed: State) -> None:
    """Back to waiting, with an empty pre-roll."""
    ours = household(agreed)
    ours.hears((Ear.WAITING, None), (Ear.WAITING, Happening.CANDIDATE), (Ear.CONFIRMING, Happening.REJECTED))
    ours.home.turn_until(lambda: not ours.home.hearing.script)
    assert ours.loop.ear is Ear.WAITING
    assert (any(ours.home.preroll._ring), ours.home.seen("forgotten")) == (False, [{"seconds": 0.0}])


def test_skills_that_do_not_answer_are_apologised_for(household: Any, silent: State) -> None:
    """After five seconds the person hears that nobody answers, and the ear is free again."""
    ours = household(silent)
    ours.hears(*WAY)
    ours.asked()
    ours.home.run(5.1)
    assert (ours.spoken, ours.loop.ear) == ([phrases.NO_ANSWER], Ear.SPEAKING)
    ours.home.run(5)
    assert ours.loop.ear is Ear.WAITING


def test_a_silent_answer_is_silence(household: Any, silent: State) -> None:
    """Done without a word: straight back to waiting."""
    ours = household(silent)
    ours.command(COMMAND)
    assert (ours.spoken, ours.loop.ear) == ([], Ear.WAITING)


@pytest.mark.parametrize(
    ("want", "reason"),
    [("mute", "muted"), ("local", "local_mode"), ("withdraw", "local_mode"), ("forget", "forgotten")],
)
def test_a_word_for_quiet_covers_the_sentence_that_said_it(
    household: Any, agreed: State, want: str, reason: str
) -> None:
    """The clip is offered after the answer was acted on: "delete what I just said" is itself deleted."""
    ours = household(agreed)
    ours.command(Intent(f"privacy.{want}"), "Done.", actions=[Tighten(want=want)])
    assert [row["reason"] for row in ours.home.rows("refusal")] == [reason]
    assert (ours.home.outbox.waiting(), any(ours.home.hearing.sounds[0])) == ([], False)
    assert ours.spoken == ["Done."]


def test_forgetting_from_afar_covers_the_command_that_is_being_spoken(household: Any, agreed: State) -> None:
    """It came after the wake, so the clip of that command is not offered; the next one is."""
    ours = household(agreed)
    uplink = ours.home.connect("uplink")
    ours.hears(*WAY)
    ours.home.turn_until(lambda: ours.loop.ear is Ear.HEARING)
    uplink.send(Tighten(want="forget"))
    ours.answer(ours.asked(), "Playing.")
    assert ([row["reason"] for row in ours.home.rows("refusal")], ours.home.outbox.waiting()) == (["forgotten"], [])
    ours.home.run(2)
    ours.command(COMMAND, "Playing.")
    assert len(ours.home.outbox.waiting()) == 1


# ---- mute


def by_button(ours: Household) -> None:
    """The scene presses at second 20."""


def by_panel(ours: Household) -> None:
    ours.home.connect("panel").send(Tighten(want="mute"))


def by_mqtt(ours: Household) -> None:
    ours.home.connect("uplink").send(Tighten(want="mute"))


@pytest.mark.parametrize("mute", [by_button, by_panel, by_mqtt])
@pytest.mark.parametrize("ear", list(Ear))
def test_a_mute_in_every_state_closes_and_forgets(
    household: Any, agreed: State, ear: Ear, mute: Callable[[Household], None]
) -> None:
    """Whatever the speaker was doing: closed, silent, wiped, red, and not one block more."""
    start = replace(agreed, mutes=frozenset({Owner.VOICE})) if ear is Ear.MUTED else agreed
    ours = household(start, text="pause 20\npress\npause 100")
    ours.home.run(19)
    ours.reach(ear)
    assert ours.home.room.now() < 20
    mute(ours)
    ours.home.turn_until(lambda: bool(ours.home.keeper.state.mutes - {Owner.FAULT, Owner.VOICE}))
    moment = ours.home.room.now()
    assert ours.loop.ear is Ear.MUTED
    assert traces(ours.home) == []
    assert ours.meanings[-1] == "muted: the microphone is closed"
    ours.home.run(3)
    assert (reads_after(ours.home, moment), ours.loop.ear, traces(ours.home)) == (0, Ear.MUTED, [])


@pytest.mark.parametrize(
    ("ear", "traced"),
    [
        (Ear.WAITING, set()),
        (Ear.HEARING, {"a clip holds sound"}),
        (Ear.THINKING, {"a clip holds sound", "the skills have the word", "the intent is remembered"}),
        (Ear.SPEAKING, {"it still speaks", "the intent is remembered"}),
    ],
)
def test_the_same_look_finds_traces_while_the_microphone_is_open(
    household: Any, agreed: State, ear: Ear, traced: set[str]
) -> None:
    """A positive control: what the speaker holds in each state is seen."""
    ours = household(agreed)
    ours.home.run(1)
    ours.reach(ear)
    ours.home.run(0.2)
    assert set(traces(ours.home)) == {"the stream is open", "the pre-roll holds sound", *traced}


def test_a_mute_by_voice_speaks_its_last_sentence(household: Any, silent: State) -> None:
    """The microphone is closed before it says so."""
    ours = household(silent)
    opened = []
    ours.home.news.watch(lambda kind, _: opened.append(ours.home.capture.is_open) if kind == "reply" else None)
    ours.command(Intent("privacy.mute"), "Muted.", actions=[Tighten(want="mute")])
    assert (ours.spoken, opened, ours.loop.ear) == (["Muted."], [False], Ear.MUTED)
    ours.home.run(1)
    assert ours.home.mouth.remaining() == 0


@pytest.mark.parametrize("when", ["with the press", "a moment later"])
def test_an_answer_that_comes_after_a_press_is_neither_spoken_nor_done(
    household: Any, agreed: State, when: str
) -> None:
    """Even one that lies in the socket when the press is noticed: the hand comes first."""
    ours = household(agreed, text="pause 5\npress\npause 100")
    ours.home.run(4.5)
    ours.hears(*WAY)
    question = ours.asked()
    late = Answer(
        id=question.id, speech="Too late.", actions=[SetVolume(percent=1), HomeAction(topic="x", payload="ON")]
    )
    if when == "with the press":
        ours.home.room.on_edge(lambda down: ours.skills.send(late) if down else None)
    ours.home.turn_until(lambda: ours.loop.ear is Ear.MUTED)
    if when == "a moment later":
        ours.skills.send(late)
    ours.home.run(3)
    assert (ours.spoken, ours.home.volumes, ours.home.outbox.waiting()) == ([], [], [])
    assert ours.home.rows("release") == []


def test_two_hundred_presses_at_random_instants(household: Any, silent: State) -> None:
    """Whatever is being heard, said or asked: no block is read between a press and the next opening."""
    chance = random.Random(7)
    steps = (f"pause {chance.uniform(0.1, 0.9):.6f}\npress\npause 0.1\nhold 0.8" for _ in range(100))
    ours = household(silent, text="\n".join(steps))
    home = ours.home
    home.room.on_edge(lambda down: home.microphone.history.append((home.room.now(), "press")) if down else None)
    while not home.room.over:
        if len(home.hearing.script) < 3:
            ours.hears(*WAY)
        if (received := ours.skills.receive()) is not None:
            ours.skills.send(Answer(id=received[0].id, speech="Yes."))
        ours.loop.turn()
    deaf, late = False, 0
    for _, what in home.microphone.history:
        deaf = {"press": True, "open": False}.get(what, deaf)
        late += deaf and what == "read"
    counts = {what: sum(each == what for _, each in home.microphone.history) for what in ("press", "open", "read")}
    assert late == 0
    assert counts["press"] == 200
    assert counts["open"] > 90
    assert counts["read"] > 300


# ---- the button


def test_a_held_button_unmutes_and_a_short_press_does_not(household: Any) -> None:
    """Half a second is a press; eight tenths are a wish."""
    ours = household(State(wall=START), text="pause 1\nhold 0.5\npause 1\nhold 0.8\npause 1")
    ours.home.run(2)
    assert (ours.loop.ear, ours.home.microphone.tried) == (Ear.MUTED, [])
    ours.home.run(2)
    assert (ours.loop.ear, ours.home.capture.is_open) == (Ear.WAITING, True)
    assert ours.home.microphone.tried == [pytest.approx(3.2, abs=0.06)]


@pytest.mark.parametrize("honest", [True, False])
def test_a_lost_release_is_repaired_by_the_level(household: Any, honest: bool) -> None:
    """A press whose end got lost earns nothing more once the button is up; a level that lies would unmute."""
    ours = household(State(wall=START), text="pause 1\nhold 0.3\npause 10")
    changed = ours.home.button._changed
    ours.home.button.watch(lambda down: changed(down) if down else None)
    if not honest:
        ours.home.button.is_down = lambda: True
    ours.home.run(5)
    assert ours.home.capture.is_open is not honest
    assert (ours.home.keeper.state.press, ours.loop.ear is Ear.MUTED) == (None, honest)


def test_a_button_that_is_down_at_the_start_mutes_and_can_do_no_more(house: Make, agreed: State) -> None:
    """It gave no edge, and may just be stuck: closed, red, and staying down does not open it."""
    home = house(agreed)
    home.room.button_is_down = True
    ours = Household(home)
    assert (ours.loop.ear, ours.home.microphone.tried, ours.meanings) == (
        Ear.MUTED,
        [],
        ["muted: the microphone is closed"],
    )
    ours.home.run(5)
    assert (ours.loop.ear, ours.home.keeper.state.mutes) == (Ear.MUTED, {Owner.BUTTON})


def test_a_proposal_is_agreed_to_by_holding_the_button(household: Any, silent: State) -> None:
    """Proposed by voice, the ring is white; held for three seconds, the consent stands and the speaker listens."""
    ours = household(silent, text="pause 5\nhold 3.2\npause 5")
    ours.command(Intent("privacy.commands"), "Hold the button.", actions=[Propose(purpose="commands")])
    ours.home.run(4)
    assert ours.meanings[-1] == "hold the button to agree"
    ours.home.run(1.5)
    assert (ours.home.capture.is_open, ours.home.keeper.state.consents) == (False, ())
    ours.home.run(4)
    state = ours.home.keeper.state
    assert [consent.purpose.value for consent in state.consents] == ["commands"]
    assert (state.mode, ours.home.capture.is_open, ours.loop.ear) == (Mode.ASK, True, Ear.WAITING)


# ---- alarms, typed commands, announcements


@pytest.mark.parametrize("ear", [Ear.MUTED, Ear.WAITING, Ear.FAULT])
def test_an_alarm_rings_whether_or_not_anybody_listens(household: Any, silent: State, ear: Ear) -> None:
    """Muted or broken, the loudspeaker still works; the microphone stays as it was."""
    ours = household(State(wall=START) if ear is Ear.MUTED else silent)
    if ear is Ear.FAULT:
        ours.home.microphone.fails = "open"
        ours.home.keeper.tell(_broken(ours.home))
    ours.home.memory.keep("timers", "tea", START + 2)
    question = ours.asked()
    assert (question.intent, question.memory, ours.home.room.now() >= 2) == ("timers.due", "tea", True)
    ours.answer(question, "Your tea.", actions=[Chime(times=1)])
    ours.loop.turn()
    assert ours.spoken == ["Your tea."]
    assert ours.loop.ear is (Ear.SPEAKING if ear is Ear.WAITING else ear)
    ours.home.run(5)
    assert (ours.loop.ear, ours.home.mouth.remaining(), ours.skills.receive()) == (ear, 0, None)


def _broken(home: Any) -> Any:
    return events.Broken(*home.keeper.moment())


def test_an_alarm_without_words_still_chimes(household: Any) -> None:
    """The chime is the message."""
    ours = household(State(wall=START))
    ours.home.memory.keep("timers", "tea", START)
    ours.answer(ours.asked(), "", actions=[Chime(times=2)])
    ours.loop.turn()
    assert ours.home.mouth.remaining() > 1


def test_an_alarm_waits_for_the_end_of_a_command(household: Any, silent: State) -> None:
    """Nobody is interrupted: the timer rings when the command is answered."""
    ours = household(silent)
    ours.home.memory.keep("timers", "tea", START + 0.1)
    ours.hears(*WAY)
    assert ours.asked().intent == "music.play"
    ours.answer(_last(ours), "Playing.")
    assert ours.asked().intent == "timers.due"
    assert ours.loop.ear is Ear.WAITING


def _last(ours: Household) -> Ask:
    return Ask(id=ours.home.skills._asked, intent="music.play", now=0.0)


@pytest.mark.parametrize("state", ["silent", "muted"])
def test_a_typed_command_is_asked_answered_and_spoken(household: Any, silent: State, state: str) -> None:
    """Muted or not, in the panel's name; its answer goes to the panel and through the loudspeaker."""
    ours = household(silent if state == "silent" else State(wall=START))
    ours.home.hearing.intents["play"] = Intent("privacy.mute")
    panel = ours.home.connect("panel")
    panel.send(Say(text="play"))
    question = ours.asked()
    ours.answer(question, "Muted.", actions=[Tighten(want="mute")])
    ours.loop.turn()
    assert panel.receive() == (Done(text="Muted."), None)
    assert ours.spoken == ["Muted."]
    assert Owner.PANEL in ours.home.keeper.state.mutes
    panel.send(Say(text=CANARY))
    ours.loop.turn()
    assert panel.receive()[0].why == "that is no command I know"


def test_what_is_to_be_said_is_said_one_after_another(household: Any, silent: State) -> None:
    """Two announcements do not talk over each other."""
    ours = household(silent)
    ours.loop.announce("First.")
    ours.loop.announce("Second.")
    ours.home.run(0.3)
    assert ours.spoken == ["First."]
    ours.home.run(3)
    assert ours.spoken == ["First.", "Second."]
    assert [played.heard for played in ours.home.speaker.history] == [pytest.approx(0.6)]


# ---- faults


@pytest.mark.parametrize("fails", ["open", "read", "ready"])
def test_a_microphone_that_fails_is_tried_again_more_and_more_patiently(
    household: Any, silent: State, fails: str
) -> None:
    """After one second, two, four, up to a minute; amber meanwhile, and the pause begins anew once there was sound."""
    ours = household(silent)
    ours.home.run(1)
    ours.home.microphone.fails = fails
    ours.home.keeper.tell(_broken(ours.home))
    before = ours.home.room.now()
    ours.home.run(250)
    tried = [before, *(at for at in ours.home.microphone.tried if at > before)]
    gaps = [round(later - earlier) for earlier, later in pairwise(tried)]
    assert gaps[:9] == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60, 60], abs=1)
    assert (ours.loop.ear, ours.meanings[-1]) == (Ear.FAULT, "no microphone")
    ours.home.microphone.fails = ""
    ours.home.run(61)
    assert (ours.loop.ear, ours.meanings[-1]) == (Ear.WAITING, "waiting for the wake word")
    ours.home.microphone.fails = "open"
    ours.home.keeper.tell(_broken(ours.home))
    before = ours.home.room.now()
    ours.home.run(2)
    assert [at - before for at in ours.home.microphone.tried if at > before] == [pytest.approx(1.2, abs=0.3)]


def test_a_fault_in_the_middle_of_a_command_forgets_it(household: Any, agreed: State) -> None:
    """The plug is pulled while somebody speaks: nothing of it is kept or offered."""
    ours = household(agreed)
    ours.reach(Ear.HEARING)
    ours.home.microphone.fails = "read"
    ours.home.turn_until(lambda: ours.loop.ear is Ear.FAULT)
    assert traces(ours.home) == []
    assert ours.home.rows("release", "refusal") == []


def test_a_muted_speaker_does_not_try_a_broken_microphone(household: Any, silent: State) -> None:
    """Muted is muted: the fault is looked at when somebody unmutes."""
    ours = household(silent, text="pause 1\npress\npause 20\nhold 1\npause 5")
    ours.home.microphone.fails = "read"
    ours.home.run(1.2)
    tried = len(ours.home.microphone.tried)
    ours.home.run(19)
    assert (ours.loop.ear, len(ours.home.microphone.tried)) == (Ear.MUTED, tried)
    ours.home.microphone.fails = ""
    ours.home.run(5)
    assert ours.loop.ear is Ear.WAITING


def test_a_ring_that_fails_is_tried_again_and_stops_nothing(
    household: Any, silent: State, caplog: pytest.LogCaptureFixture
) -> None:
    """Logged once; the command is answered in the dark, and the look is shown as soon as it can be."""
    ours = household(silent)
    ours.home.ring._closed = True
    ours.command(COMMAND, "Playing.")
    ours.home.run(3)
    assert ours.spoken == ["Playing."]
    assert caplog.text.count("the ring is closed") == 1
    ours.home.ring._closed = False
    ours.home.keeper.tell(_mute(ours.home))
    ours.home.run(0.5)
    assert ours.meanings[-1] == "muted: the microphone is closed"


def _mute(home: Any) -> Any:
    return events.Quieter(*home.keeper.moment(), "mute", Owner.PANEL)


# ---- the light


def test_the_ring_tells_the_story_in_order(household: Any, agreed: State) -> None:
    """Each look once, in the order in which it became true; red only when the stream is closed."""
    ours = household(replace(agreed, mutes=frozenset({Owner.BUTTON})), text="pause 1\nhold 1\npause 8\npress\npause 5")
    lies = []

    def watch(kind: str, facts: Any) -> None:
        if kind == "ring" and facts["meaning"].startswith("muted") and ours.home.microphone._first is not None:
            lies.append(facts)

    ours.home.news.watch(watch)
    uplink = ours.home.connect("uplink")
    ours.home.run(3)
    ours.command(COMMAND, "Playing.")
    ours.home.run(2)
    uplink.send(Next())
    ours.home.run(6)
    assert ours.meanings == [
        "muted: the microphone is closed",
        "waiting for the wake word",
        "hearing you",
        "thinking",
        "speaking",
        "waiting for the wake word",
        "something is leaving",
        "muted: the microphone is closed",
    ]
    assert lies == []
    assert [ring["meaning"] for ring in ours.home.seen("ring")] == ours.meanings


# ---- the end


def test_closing_wipes_before_anything_else(household: Any, silent: State) -> None:
    """The process ends while somebody speaks: closed, wiped, and the button's bell is gone from the selector."""
    ours = household(silent)
    ours.reach(Ear.HEARING)
    bells = len(ours.home.selector.get_map())
    ours.loop.close()
    ours.home.loop = None
    assert traces(ours.home) == []
    assert len(ours.home.selector.get_map()) == bells - 1


def test_no_log_line_repeats_what_was_heard(household: Any, agreed: State, caplog: pytest.LogCaptureFixture) -> None:
    """A word in slots, answers, memory, typed text and clip, at the most talkative level: in no line."""
    ours = household(agreed)
    ours.home.hearing.intents[CANARY] = COMMAND
    ours.command(COMMAND, f"Playing {CANARY}.", memory=CANARY)
    ours.home.run(3)
    panel = ours.home.connect("panel")
    panel.send(Say(text=CANARY))
    ours.answer(ours.asked(), CANARY)
    ours.skills._socket.send(b'{"type":"answer","' + CANARY.encode() + b'":"' + CANARY.encode() + b'"}')
    panel._socket.send(CANARY.encode())
    ours.home.voice.hoarse = True
    ours.home.microphone.fails = "read"
    ours.home.run(5)
    assert len(caplog.records) > 5
    assert [line for line in caplog.text.splitlines() if CANARY in line] == []
