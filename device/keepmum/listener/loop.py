"""The listener's one loop: time, sockets, button, sound, speech and light, each looked at once a turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from selectors import EVENT_READ, BaseSelector

from keepmum.clock import Clock
from keepmum.errors import MicrophoneError
from keepmum.hardware import Button, Compass, Ring
from keepmum.listener import phrases
from keepmum.listener.alive import Vitals
from keepmum.listener.capture import Capture
from keepmum.listener.conversation import Conversation
from keepmum.listener.daily import Daily
from keepmum.listener.ear import Do, Ear, Happening, transition
from keepmum.listener.hand import Hand
from keepmum.listener.hearing import Hearing
from keepmum.listener.keeper import Keeper
from keepmum.listener.light import Light
from keepmum.listener.look import moment
from keepmum.listener.mouth import Mouth
from keepmum.listener.news import News
from keepmum.listener.offer import Offer
from keepmum.listener.peers.actions import Actions
from keepmum.listener.peers.to_skills import Reply, ToSkills
from keepmum.listener.press import Presses
from keepmum.listener.proof import Proof
from keepmum.listener.question import Question
from keepmum.listener.quiet import QuietHours
from keepmum.listener.repair import Repair
from keepmum.listener.storm import Storm
from keepmum.listener.talk import Talk, Utterance
from keepmum.listener.watch import Watch
from keepmum.messages import Propose
from keepmum.privacy import Owner, events
from keepmum.privacy.events import Cause

IDLE = 0.25
"""Seconds between two turns when nothing happens and the microphone is closed."""


@dataclass(frozen=True)
class Habits:
    """What an owner may turn about how the loop treats button, microphone and wake word."""

    switch: bool = False
    dead_after: float = 0.0
    storm: int = 0
    storm_seconds: float = 600.0
    quiet_hours: tuple[str, ...] = ()
    utc_offset: Callable[[], float] = lambda: 0.0
    """Seconds that the household's clock adds to UTC."""


class Loop:
    """Owns the ear's state. `turn` runs one turn and returns."""

    def __init__(
        self,
        *,
        clock: Clock,
        selector: BaseSelector,
        capture: Capture,
        keeper: Keeper,
        hearing: Hearing,
        offer: Offer,
        question: Question,
        daily: Daily,
        skills: ToSkills,
        actions: Actions,
        mouth: Mouth,
        ring: Ring,
        button: Button,
        news: News,
        habits: Habits = Habits(),
        compass: Compass | None = None,
    ) -> None:
        self._clock = clock
        self._selector = selector
        self._capture = capture
        capture.before_opening = self._warn
        self._keeper = keeper
        self._hearing = hearing
        self._offer = offer
        self._daily = daily
        self._skills = skills
        self._actions = actions
        self._mouth = mouth
        self._talk = Talk(mouth, actions.take_chimes)
        news.watch(self._talk.told)
        self._conversation = Conversation(skills, actions, question, offer, self._talk)
        self.light = Light(
            ring, news, lambda lost: keeper.record("ring", {"state": "lost" if lost else "back"}), compass
        )
        self._news = news
        self._presses = Presses(clock, capture)
        self._hand = Hand(clock, button, self._presses, capture, keeper, switch=habits.switch)
        self.vitals = Vitals(capture, self._hand, self.light)
        self._proof = Proof(clock, capture, offer, keeper)
        self._repair = Repair(clock, keeper)
        self._watch = Watch(habits.dead_after)
        self._openings = 0
        self._storm = Storm(habits.storm, habits.storm_seconds)
        self._quiet = QuietHours(habits.quiet_hours, keeper, habits.utc_offset)
        selector.register(self._presses, EVENT_READ, lambda: None)
        self.ear = Ear.MUTED

    def start(self) -> None:
        """Read what was kept, and listen unless it says muted."""
        self._hand.start()
        self._quiet.look()
        self._keeper.start()
        self._follow_latch()
        self._proof.look()
        self._shine()

    def close(self) -> None:
        """Close the microphone first, then everything else."""
        self._capture.close()
        self._hand.end()
        self._offer.wipe()
        self._hearing.forget()
        self._selector.unregister(self._presses)
        self._presses.close()

    def turn(self) -> None:
        """Let time pass until something happens, and deal with it."""
        ready = self._clock.wait(self._selector, self._patience(), pending=self._pending())
        # The hand comes first: an answer that is there already must not act or speak after a press.
        self._hand.look()
        self._follow_latch()
        for key in ready:
            key.data()
        self._quiet.look()
        # A finger counts until it was looked at: by now, after everything else, it may be up.
        self._keeper.tell(events.Ticked(self._hand.looked, self._keeper.moment()[1]))
        self._follow_latch()
        self._listen()
        self._skills.look_at_the_clock()
        self._speak()
        self._repair.look()
        self._follow_latch()
        self._proof.look()
        self._shine()

    def say(self, text: str, reply: Reply) -> bool:
        """A typed command; False if it means nothing to us. Raises PeerError for what only the room can say."""
        intent = self._hearing.parse(text)
        if intent is not None:
            self._conversation.typed(intent, reply)
        return intent is not None

    def propose(self, proposal: Propose) -> None:
        """Tell the room what it would agree to; raises PeerError if it could not just now."""
        self._conversation.proposed(proposal)

    def announce(self, sentence: str) -> None:
        """Say this as soon as nobody else speaks."""
        self._talk.later(Utterance(sentence))

    # ---- time

    def _patience(self) -> float:
        """Seconds until something is due that no file would tell us about."""
        wishes = (self._hand.patience(), self.light.patience(self._clock.now()))
        waits = [IDLE, *(wish for wish in wishes if wish is not None)]
        if self._capture.is_open:
            waits.append(self._block_in())
        if self.ear is Ear.SPEAKING:
            waits.append(max(0.01, self._mouth.remaining()))
        return max(0.0, min(waits))

    def _block_in(self) -> float:
        try:
            return self._capture.ready_in()
        except MicrophoneError:
            # `_listen` meets the same error, and reports it.
            return 0.0

    def _pending(self) -> bool:
        return self._skills.pending or self._keeper.state.handed is not None

    # ---- the ear

    def happen(self, happening: Happening) -> None:
        """The only place where the ear's state is assigned."""
        before = self.ear
        self.ear, todo = transition(before, happening)
        if self.ear is not before:
            self._news.tell("ear", {"state": self.ear.value})
        if before is Ear.HEARING:
            self._weigh(happening)
        for do in todo:
            self._do(do)

    def _do(self, do: Do) -> None:
        match do:
            case Do.FORGET:
                self._news.tell("forgotten", {"seconds": round(self._hearing.forget(), 2)})
            case Do.CONFIRM:
                self._happened(self._hearing.confirm())
            case Do.ASK:
                assert self._hearing.intent is not None, "the ear asks only when it understood"
                self._conversation.spoken(self._hearing.intent, self._answered)
            case Do.SPEAK:
                self._talk.begin()
            case Do.APOLOGISE:
                failed = self._hearing.intent is not None
                self._talk.apologise(phrases.NO_ANSWER if failed else phrases.NOT_UNDERSTOOD)
            case Do.HUSH:
                self._talk.hush()
            case Do.DROP:
                self._skills.drop()
            case Do.HEAR:
                self._offer.begun()

    def _weigh(self, happening: Happening) -> None:
        """Whether the wake before it was worth it."""
        if happening is Happening.COMMAND:
            self._storm.served()
        elif happening is Happening.NOTHING and self._storm.wasted(self._clock.now()):
            self._keeper.tell(events.Quieter(*self._keeper.moment(), "mute", Owner.STORM, Cause.WAKES))
            self.announce(phrases.STORM)

    def _happened(self, happening: Happening | None) -> None:
        if happening is not None:
            self.happen(happening)

    def _follow_latch(self) -> None:
        """The ear follows the latch, never the other way round; what was said goes before the ear does."""
        mutes = self._keeper.state.mutes
        self._offer.look()
        if mutes and self.ear not in (Ear.MUTED, Ear.FAULT):
            self._talk.drop()
        if mutes - {Owner.FAULT}:
            if self.ear is not Ear.MUTED:
                self.happen(Happening.CLOSED)
        elif mutes:
            if self.ear is not Ear.FAULT:
                self.happen(Happening.BROKE)
        elif self.ear in (Ear.MUTED, Ear.FAULT):
            self.happen(Happening.OPENED)

    def _listen(self) -> None:
        now = self._clock.now()
        if self._openings != self._capture.openings:
            self._openings = self._capture.openings
            self._watch.opened(now)
        try:
            while (block := self._capture.read()) is not None:
                if self._watch.block(block, now):
                    self._repair.sounded()
                self._happened(self._hearing.hear(self.ear, block))
            cause = self._watch.deaf(now) if self._capture.is_open else None
        except MicrophoneError as error:
            self._repair.broke(Cause.STOPPED, str(error))
        else:
            if cause is not None:
                self._repair.broke(cause, f"the microphone is open, but there is {cause.value}")
        self._follow_latch()

    # ---- question and answer

    def _answered(self, answer: Utterance | None) -> None:
        if self.ear is not Ear.THINKING:
            return
        self._offer.hold()
        self._follow_latch()
        if answer is None:
            self.happen(Happening.NO_ANSWER)
        elif answer.text or self._actions.chimes:
            self._talk.first(answer)
            self.happen(Happening.ANSWER)
        else:
            self.happen(Happening.SILENT_ANSWER)

    def _speak(self) -> None:
        if self.ear is Ear.SPEAKING and self._talk.over():
            self.happen(Happening.SPOKEN)
        if self.ear is Ear.WAITING and not self._talk.waits and self._mouth.remaining() <= 0:
            self._daily.look()
            self._conversation.when_quiet()
            self._follow_latch()
        if self.ear in (Ear.WAITING, Ear.MUTED, Ear.FAULT) and self._mouth.remaining() <= 0:
            if self._talk.waits:
                self.happen(Happening.ANSWER)
            else:
                self._conversation.look()

    # ---- the light

    def _warn(self) -> None:
        """The light goes first: red may not stand for a microphone that is just being opened."""
        soon = moment(self._keeper.state, Ear.WAITING, microphone_open=True)
        self.light.shine(soon, self._clock.now())

    def _shine(self) -> None:
        now = moment(self._keeper.state, self.ear, microphone_open=self._capture.is_open)
        self.light.shine(now, self._clock.now())
