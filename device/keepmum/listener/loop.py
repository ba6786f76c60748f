"""The listener's one loop: time, sockets, button, sound, speech and light, each looked at once a turn."""

from __future__ import annotations

import logging
from collections import deque
from selectors import EVENT_READ, BaseSelector

from keepmum.clock import Clock
from keepmum.consent import Flow, Kind, Purpose
from keepmum.errors import MicrophoneError
from keepmum.hardware import Button, Ring
from keepmum.listener import phrases
from keepmum.listener.capture import Capture
from keepmum.listener.ear import Do, Ear, Happening, transition
from keepmum.listener.hearing import Hearing
from keepmum.listener.keeper import Keeper
from keepmum.listener.light import Light
from keepmum.listener.look import look
from keepmum.listener.mouth import Mouth
from keepmum.listener.news import News
from keepmum.listener.peers.actions import Actions
from keepmum.listener.peers.to_skills import Reply, ToSkills
from keepmum.listener.press import Presses
from keepmum.listener.release import Release
from keepmum.privacy import Owner, events
from keepmum.sound import seconds

log = logging.getLogger(__name__)

IDLE = 0.25
"""Seconds between two turns when nothing happens and the microphone is closed."""

HELD = 0.05
"""Seconds between two looks at a button that is down."""

RETRY = (1.0, 60.0)
"""Seconds until a microphone that failed is tried again: at first, and at most."""


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
        release: Release,
        skills: ToSkills,
        actions: Actions,
        mouth: Mouth,
        ring: Ring,
        button: Button,
        news: News,
    ) -> None:
        self._clock = clock
        self._selector = selector
        self._capture = capture
        self._keeper = keeper
        self._hearing = hearing
        self._release = release
        self._skills = skills
        self._actions = actions
        self._mouth = mouth
        self._light = Light(ring, news)
        self._button = button
        self._news = news
        self._presses = Presses(clock, capture)
        selector.register(self._presses, EVENT_READ, lambda: None)
        self._to_say: deque[str] = deque(maxlen=4)  # of more, the oldest go: nobody may make it talk for hours
        self._retry_at = 0.0
        self._retry_after = RETRY[0]
        self._forgets = 0
        """How often somebody had asked to forget when the command began."""
        self.ear = Ear.MUTED

    def start(self) -> None:
        """Read what was kept, and listen unless it says muted."""
        self._button.watch(self._presses.changed)
        if self._button.is_down():
            # It gave no edge. Muting is all that a button can do which may just be stuck.
            self._keeper.tell(events.Quieter(*self._keeper.moment(), "mute", Owner.BUTTON))
        self._keeper.start()
        self._follow_latch()
        self._shine()

    def close(self) -> None:
        """Close the microphone first, then everything else."""
        self._capture.close()
        self._hearing.forget()
        self._selector.unregister(self._presses)
        self._presses.close()

    def turn(self) -> None:
        """Let time pass until something happens, and deal with it."""
        ready = self._clock.wait(self._selector, self._patience(), pending=self._pending())
        # The hand comes first: an answer that is there already must not act or speak after a press.
        self._take_presses()
        self._follow_latch()
        for key in ready:
            key.data()
        self._keeper.tell(events.Ticked(*self._keeper.moment()))
        self._follow_latch()
        self._listen()
        self._skills.look_at_the_clock()
        self._speak()
        self._repair()
        self._shine()

    def say(self, text: str, reply: Reply) -> bool:
        """A typed command; False if it means nothing to us."""
        intent = self._hearing.parse(text)
        if intent is None:
            return False

        def answered(speech: str | None) -> None:
            if speech:
                self._to_say.append(speech)
            reply(speech)

        self._skills.ask(intent.name, intent.slots, Owner.PANEL, answered)
        return True

    def announce(self, sentence: str) -> None:
        """Say this as soon as nobody else speaks."""
        self._to_say.append(sentence)

    # ---- time

    def _patience(self) -> float:
        """Seconds until something is due that no file would tell us about."""
        waits = [IDLE]
        if self._capture.is_open:
            waits.append(self._block_in())
        if self._keeper.state.press is not None:
            waits.append(HELD)
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

    # ---- the button

    def _take_presses(self) -> None:
        for down, at in self._presses.take():
            wall = self._clock.wall()
            self._keeper.tell(events.Pressed(at, wall) if down else events.Released(at, wall))
            if down:
                self._capture.settle()
        if self._keeper.state.press is not None and not self._button.is_down():
            # The edge was lost: a button that is not down must not go on earning.
            self._keeper.tell(events.Released(*self._keeper.moment()))

    # ---- the ear

    def happen(self, happening: Happening) -> None:
        """The only place where the ear's state is assigned."""
        before = self.ear
        self.ear, todo = transition(before, happening)
        if self.ear is not before:
            self._news.tell("ear", {"state": self.ear.value})
        for do in todo:
            self._do(do)

    def _do(self, do: Do) -> None:
        match do:
            case Do.FORGET:
                self._news.tell("forgotten", {"seconds": round(self._hearing.forget(), 2)})
            case Do.CONFIRM:
                self._happened(self._hearing.confirm())
            case Do.ASK:
                self._ask()
            case Do.SPEAK:
                self._mouth.say(self._to_say.popleft() if self._to_say else "", self._actions.take_chimes())
            case Do.APOLOGISE:
                failed = self._hearing.intent is not None
                self._mouth.say(phrases.NO_ANSWER if failed else phrases.NOT_UNDERSTOOD)
            case Do.HUSH:
                self._mouth.hush()
            case Do.DROP:
                self._skills.drop()
            case Do.HEAR:
                self._forgets = self._keeper.forgets

    def _happened(self, happening: Happening | None) -> None:
        if happening is not None:
            self.happen(happening)

    def _follow_latch(self) -> None:
        """The ear follows the latch, never the other way round."""
        mutes = self._keeper.state.mutes
        if mutes - {Owner.FAULT}:
            if self.ear is not Ear.MUTED:
                self.happen(Happening.CLOSED)
        elif mutes:
            if self.ear is not Ear.FAULT:
                self.happen(Happening.BROKE)
        elif self.ear in (Ear.MUTED, Ear.FAULT):
            self.happen(Happening.OPENED)

    def _listen(self) -> None:
        try:
            while (block := self._capture.read()) is not None:
                # Not before now: one that opens and then breaks must not be retried every second for ever.
                self._retry_after = RETRY[0]
                self._happened(self._hearing.hear(self.ear, block))
        except MicrophoneError as error:
            log.error("%s", error)
            self._keeper.tell(events.Broken(*self._keeper.moment()))
            self._follow_latch()

    def _repair(self) -> None:
        """Try a failed microphone again, more and more patiently."""
        if not self._keeper.faulty:
            self._retry_at = 0.0
            return
        now = self._clock.now()
        if self._retry_at == 0.0:
            self._retry_at = now + self._retry_after
        elif now >= self._retry_at:
            self._retry_at = 0.0
            self._retry_after = min(RETRY[1], self._retry_after * 2)
            self._keeper.tell(events.Repaired(*self._keeper.moment()))

    # ---- question and answer

    def _ask(self) -> None:
        intent = self._hearing.intent
        assert intent is not None, "the ear asks only when it understood"
        self._skills.ask(intent.name, intent.slots, Owner.VOICE, self._answered)

    def _answered(self, speech: str | None) -> None:
        if self.ear is not Ear.THINKING:
            return
        self._offer_clip()
        self._follow_latch()
        if speech is None:
            self.happen(Happening.NO_ANSWER)
        elif speech or self._actions.chimes:
            self._to_say.appendleft(speech)
            self.happen(Happening.ANSWER)
        else:
            self.happen(Happening.SILENT_ANSWER)

    def _offer_clip(self) -> None:
        """Only a command that was understood is offered: what made no sense was perhaps not meant for us."""
        clip, sound = self._hearing.take_clip()
        flow = Flow(
            Kind.CLIP,
            Purpose.ASR_IMPROVEMENT,
            self._release.recipient,
            seconds(sound),
            confirmed=self._hearing.confirmed,
            approved=False,
        )
        self._release.hold_clip(clip, sound)
        if self._forgets == self._keeper.forgets:
            self._keeper.offer(clip.id, flow)
        else:
            # "Delete what I just said" covers the sentence that said so.
            self._keeper.refuse(clip.id, flow, "forgotten")

    def _speak(self) -> None:
        if self.ear is Ear.SPEAKING and self._mouth.remaining() <= 0:
            self.happen(Happening.SPOKEN)
        if self.ear in (Ear.WAITING, Ear.MUTED, Ear.FAULT) and self._mouth.remaining() <= 0:
            if self._to_say:
                self.happen(Happening.ANSWER)
            elif (skill := self._skills.due()) is not None:
                self._skills.ask(f"{skill}.due", {}, Owner.VOICE, self._rang)

    def _rang(self, speech: str | None) -> None:
        if speech or self._actions.chimes:
            self._to_say.append(speech or "")

    # ---- the light

    def _shine(self) -> None:
        state = self._keeper.state
        self._light.shine(
            look(
                self.ear,
                microphone_open=self._capture.is_open,
                leaving=state.handed is not None,
                proposed=state.proposal is not None,
            )
        )
