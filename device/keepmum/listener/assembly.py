"""Puts the listener together from its settings: loads the models, opens the doors, wires the parts."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from selectors import DefaultSelector

from keepmum import shipped
from keepmum.consent import DAY
from keepmum.hardware.drivers import open_hardware
from keepmum.hardware.scenes.room import Room
from keepmum.ledger import tally
from keepmum.listener import alive
from keepmum.listener.alone import Alone
from keepmum.listener.capture import Capture
from keepmum.listener.consents.agreements import read_card
from keepmum.listener.hearing import Hearing
from keepmum.listener.look import look, moment
from keepmum.listener.loop import Habits, Loop
from keepmum.listener.mouth import Mouth
from keepmum.listener.news import Fact, News
from keepmum.listener.peers import known, overview, status
from keepmum.listener.peers.actions import Actions
from keepmum.listener.peers.doors import Doors
from keepmum.listener.peers.facts import Facts
from keepmum.listener.peers.memory import Memory
from keepmum.listener.peers.overview import Day
from keepmum.listener.peers.to_panel import ToPanel
from keepmum.listener.peers.to_skills import ToSkills
from keepmum.listener.preroll import PreRoll
from keepmum.listener.rungs import vocabulary
from keepmum.listener.scrub import overwrite_what_is_freed
from keepmum.listener.sentences.understand import Understanding
from keepmum.listener.sharing import Sharing
from keepmum.listener.speech.household import open_household
from keepmum.listener.speech.transcribe import Transcriber
from keepmum.listener.wake.cascade import open_wake, plain
from keepmum.listener.wake.confirm import Confirmer
from keepmum.messages import OverviewReport, StatusReport
from keepmum.notify import Notify
from keepmum.settings import Settings

DEAD_AFTER = 5.0
"""Seconds of digital zeros from a real microphone before it counts as broken, unless the owner says otherwise."""

LOUDNESS = 60
"""Percent, until somebody asks for another."""


class Listener:
    """The whole process. Opening it hears nothing yet; `start` does."""

    def __init__(self, settings: Settings) -> None:
        """Raises KeepmumError; then nothing stays open, and a terminal that was the button is as it was."""
        overwrite_what_is_freed()
        self._settings = settings
        self._news = News(show_words=settings.panel.show_words)
        self._card = read_card(settings.recipient)
        self._selector = DefaultSelector()
        preroll = PreRoll()
        hearing = self._hearing(preroll)
        with ExitStack() as undo:
            self._alone = Alone(settings.folders.state)
            undo.callback(self._alone.close)
            self._notify = Notify()
            undo.callback(self._notify.close)
            self._hardware = open_hardware(settings.hardware, settings.speech.voice)
            undo.callback(self._hardware.close)
            self._wire(preroll, hearing)
            self._doors = Doors(settings.folders.run, self._selector)
            undo.callback(self._doors.close)
            self._open_doors()
            undo.pop_all()

    def _wire(self, preroll: PreRoll, hearing: Hearing) -> None:
        """Give every part the others that it needs."""
        clock = self._hardware.clock
        capture = Capture(self._hardware.microphone, preroll, self._hardware.mic_power, self._hardware.witnesses)
        self._sharing = sharing = Sharing(
            self._settings, self._card, self._hardware, capture, hearing, self._words, self._news, self._utc_offset
        )
        self._keeper = sharing.keeper
        self._day = Day(sharing.ledger, self._keeper.midnight)
        self._memory = Memory(self._settings.folders.state / "skills")
        self._mouth = Mouth(
            self._hardware.voice, self._hardware.speaker, self._news, self._loudness(), self._hardware.clock
        )
        actions = Actions(
            self._keeper,
            sharing.release,
            self._settings.broker.name,
            self._set_loudness,
            home=(self._settings.home.topic, *self._settings.home.things.values()),
            microphone=sharing.agreements.microphone,
            spoken=sharing.agreements.notices.spoken,
        )
        self._skills = ToSkills(clock, actions, self._memory, self._facts().of, self._news)
        self._skills.utc_offset = self._utc_offset
        self._loop = Loop(
            clock=clock,
            selector=self._selector,
            capture=capture,
            keeper=self._keeper,
            hearing=hearing,
            offer=sharing.offer,
            question=sharing.question,
            daily=sharing.daily,
            skills=self._skills,
            actions=actions,
            mouth=self._mouth,
            ring=self._hardware.ring,
            button=self._hardware.button,
            news=self._news,
            habits=self._habits(),
            compass=self._hardware.compass,
        )
        self._capture = capture

    def start(self) -> None:
        """Begin to listen, unless the latch says muted."""
        if self._hardware.room is not None:
            self._follow(self._hardware.room)
        self._loop.start()
        self._tell_systemd()

    def turn(self) -> None:
        """One turn of the loop."""
        self._loop.turn()
        self._sharing.look()
        self._tell_systemd()
        room = self._hardware.room
        if room is not None and room.over and not self._over:
            self._over = True
            self._news.tell("over", {"failures": len(room.failures)})

    def close(self) -> None:
        """Close the microphone first, then everything else."""
        self._loop.close()
        self._notify.close()
        self._doors.close()
        self._hardware.close()
        self._selector.close()
        self._alone.close()

    _over = False

    def _tell_systemd(self) -> None:
        """Ready once the microphone is open, or closed for a reason; well as long as `alive.py` says so."""
        mutes, now = self._keeper.state.mutes, self._hardware.clock.now()
        signs = self._loop.vitals.signs(mutes, now)
        unwell = alive.well(signs, now)
        self._notify.status(alive.sentence(mutes, signs, unwell))
        if self._capture.is_open or mutes:
            self._notify.ready()
        self._notify.alive(now, unwell)

    # ---- parts

    def _habits(self) -> Habits:
        hardware, wake = self._settings.hardware, self._settings.wake
        real = hardware.microphone.driver != "wav"
        dead_after = hardware.microphone.dead_after
        return Habits(
            switch=hardware.button.kind == "switch",
            dead_after=(DEAD_AFTER if real else 0.0) if dead_after is None else dead_after,
            storm=wake.storm,
            storm_seconds=wake.storm_minutes * 60,
            quiet_hours=self._settings.quiet.hours,
            utc_offset=self._utc_offset,
        )

    def _shipped_sentences(self) -> Path:
        return shipped.folder() / "sentences" / f"{self._settings.speech.language}.yaml"

    def _hearing(self, preroll: PreRoll) -> Hearing:
        speech, wake = self._settings.speech, self._settings.wake
        model = open_household(self._settings)
        self._words = vocabulary.allowed(self._shipped_sentences(), model.vocabulary)
        understanding = Understanding.load(
            self._shipped_sentences(),
            speech.sentences,
            tuple(self._settings.home.things),
            model.vocabulary,
            plain(wake.phrases),
        )
        return Hearing(
            wake=open_wake(wake, model, preroll),
            confirmers={phrase: Confirmer(model, phrase) for phrase in plain(wake.phrases)} if wake.confirm else None,
            transcriber=Transcriber(model, understanding.phrases, speech, understanding.outlook),
            understanding=understanding,
            preroll=preroll,
            news=self._news,
        )

    def _open_doors(self) -> None:
        panel = ToPanel(
            self._hardware.clock,
            self._keeper,
            self._news,
            self._status,
            self._loop.say,
            overview=self._overview,
            propose=self._loop.propose,
        )
        for role, reception in (
            ("uplink", self._sharing.uplink.reception()),
            ("skills", self._skills.reception()),
            ("panel", panel.reception()),
        ):
            self._doors.open(role, reception)

    def _follow(self, room: Room) -> None:
        """A scene sees what the listener reports, and the watchers see what the scene does."""
        self._news.watch(room.saw)
        room.on_step(lambda step: self._news.tell("scene", {"line": step.line, "text": step.source}))

    # ---- facts

    def _facts(self) -> Facts:
        home = self._settings.home
        return Facts(
            {
                "volume": lambda: str(self._mouth.percent),
                "things": lambda: home.things,
                "home": lambda: home.topic,
                "weather": lambda: self._sharing.uplink.facts.get("weather"),
                "today": self._today,
                "status": lambda: self._status().model_dump(),
                "agreed": lambda: known.agreed(self._keeper.state),
                "listened": lambda: known.listened(self._sharing.ledger.rows()),
            }
        )

    def _today(self) -> dict[str, object]:
        midnight = self._keeper.midnight()
        # What leaves today may have been released days before: it waited for somebody to answer, or for its window.
        return tally(self._sharing.ledger.rows(midnight - 7 * DAY), midnight).as_facts()

    def _status(self) -> StatusReport:
        return status.report(
            self._keeper.state,
            ear=self._loop.ear,
            capture=self._capture,
            peers=self._doors.roles(),
            broker=self._sharing.uplink.broker,
            rows=self._sharing.ledger.size,
            ring_lost=not self._loop.light.alive,
        )

    def _overview(self) -> OverviewReport:
        state, names = self._keeper.state, {} if self._card is None else {self._card.fingerprint: self._card.name}
        shown = look(moment(state, self._loop.ear, microphone_open=self._capture.is_open))
        return overview.report(state, shown if self._loop.light.alive else None, names, self._day.left())

    def _loudness(self) -> int:
        kept = self._memory.of("listener").memory
        return int(kept) if kept.isdecimal() and int(kept) <= 100 else LOUDNESS

    def _set_loudness(self, percent: int) -> None:
        self._mouth.percent = percent
        self._memory.keep("listener", str(percent), None)

    def _utc_offset(self) -> float:
        """A scene lives in UTC; a household does not."""
        if self._hardware.room is not None:
            return 0.0
        offset = datetime.fromtimestamp(time.time(), UTC).astimezone().utcoffset()
        return offset.total_seconds() if offset else 0.0


__all__ = ["Fact", "Listener"]
