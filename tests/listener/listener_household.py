"""A running loop in a house, with skills that answer when the test says so, and a look for what is left of a sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keepmum.listener.ear import Ear, Happening
from keepmum.listener.sentences.understand import Intent
from keepmum.messages import Answer, Ask, SkillsHello

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
