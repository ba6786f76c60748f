"""The skills process, over a real socket to a real listener's door."""

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from keepmum import wire
from keepmum.errors import PeerError, PeerGone
from keepmum.messages import Answer, Ask, Message, SkillsHello
from keepmum.skills import counter, shelf
from keepmum.skills.shelf import FAILED, Shelf
from keepmum.skills.skill import say
from keepmum.wire import Door, Line

LOCKED = """
import sys
from keepmum.settings import FolderSettings, Settings
from keepmum.skills.__main__ import main
sys.exit(main(Settings(folders=FolderSettings(run=sys.argv[1], state=sys.argv[1]))))
"""


class Patience:
    """A clock that counts what it was asked to wait, and does something at the third time."""

    def __init__(self, third: object) -> None:
        self.waits: list[float] = []
        self._third = third

    def now(self) -> float:
        return sum(self.waits)

    def wall(self) -> float:
        return sum(self.waits)

    def wait(self, selector: selectors.BaseSelector, seconds: float, *, pending: bool) -> list[selectors.SelectorKey]:
        self.waits.append(seconds)
        if len(self.waits) == 3 and callable(self._third):
            self._third()
        return []


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """The listener's door for skills."""
    opened = Door(tmp_path, "skills")
    yield opened
    opened.close()


def _arrived(door: Door) -> Line:
    with selectors.DefaultSelector() as selector:
        selector.register(door, selectors.EVENT_READ)
        assert selector.select(20), "nobody knocked"
    line = door.accept()
    assert line is not None
    return line


def _next(line: Line) -> Message:
    with selectors.DefaultSelector() as selector:
        selector.register(line, selectors.EVENT_READ)
        assert selector.select(20), "no answer came"
    received = line.receive()
    assert received is not None
    return received[0]


@pytest.fixture
def process(door: Door, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The real process, locked down as on a speaker."""
    started = subprocess.Popen([sys.executable, "-c", LOCKED, str(tmp_path)], env={**os.environ, "HOME": str(tmp_path)})
    yield started
    started.kill()
    started.wait()


def test_the_process_says_hello_answers_and_leaves_with_the_listener(
    door: Door, process: subprocess.Popen[bytes]
) -> None:
    """Started for real: hello with all intents, an answer to a question, exit code 0 when the listener hangs up."""
    line = _arrived(door)
    hello = _next(line)
    assert isinstance(hello, SkillsHello)
    assert "timers.start" in hello.intents
    line.send(Ask(id=1, intent="timers.start", slots={"duration": 60}, now=1000.0))
    answer = _next(line)
    assert isinstance(answer, Answer)
    assert (answer.id, answer.due) == (1, 1060.0)
    line.close()
    assert process.wait(20) == 0


def test_the_process_ends_cleanly_when_it_is_told_to(door: Door, process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, as systemd sends it, is exit code 0."""
    line = _arrived(door)
    _next(line)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    line.close()


def test_the_process_waits_for_a_listener_that_is_not_there_yet(tmp_path: Path) -> None:
    """Attempts come further and further apart, and the first door that opens is taken."""
    doors: list[Door] = []
    patience = Patience(lambda: doors.append(Door(tmp_path, "skills")))
    line = counter.reach(lambda: wire.connect(tmp_path, "skills"), patience)
    assert patience.waits == [0.25, 0.5, 1.0]
    line.close()
    doors[0].close()


def test_the_wait_has_a_longest_step() -> None:
    """However long the listener is away, ten seconds after it came back the skills are there."""
    tries = iter(range(9))

    def connect() -> Line:
        next(tries)
        raise PeerError("not yet")

    patience = Patience(None)
    with pytest.raises(StopIteration):
        counter.reach(connect, patience)
    assert patience.waits[-1] == 10.0


class _Long:
    name = "long"
    intents = ("long.story",)

    def answer(self, ask: Ask) -> Answer:
        return say(ask, "", memory="ü" * 32_000, due=0.0).model_copy(update={"speech": "ü" * 2_000})


def test_an_answer_that_does_not_fit_is_apologised_for(door: Door, tmp_path: Path) -> None:
    """A memory too large for one packet is refused here, with a sentence, and not by a broken line."""
    line = wire.connect(tmp_path, "skills")
    listener = _arrived(door)
    listener.send(Ask(id=3, intent="long.story", now=0.0))
    listener.send(Ask(id=4, intent="clock.time", now=0.0))
    counter.serve(_HangsUp(line, after=2), Shelf([*shelf.built_in(), _Long()]))
    assert isinstance(_next(listener), SkillsHello)
    answers = [answer for answer in (_next(listener), _next(listener)) if isinstance(answer, Answer)]
    assert [answer.id for answer in answers] == [3, 4]
    assert answers[0].speech == FAILED
    assert answers[1].speech.startswith("It is")
    line.close()
    listener.close()


class _Stuck:
    """A skill that never returns; here it says so instead."""

    name = "stuck"
    intents = ("stuck.for.ever",)

    def answer(self, ask: Ask) -> Answer:
        raise KeyboardInterrupt


def test_the_counter_is_alive_between_messages_and_not_within_a_skill(door: Door, tmp_path: Path) -> None:
    """Idle for one timeout of its line, then two questions: each is a sign of life but the one that never ends."""
    seen: list[str] = []
    line = wire.connect(tmp_path, "skills", 0.01)
    listener = _arrived(door)
    questions = iter([None, "clock.time", "stuck.for.ever"])

    def alive() -> None:
        seen.append("alive")
        question = next(questions)
        if question is not None:
            listener.send(Ask(id=len(seen), intent=question, now=0.0))

    with pytest.raises(KeyboardInterrupt):
        counter.serve(line, Shelf([*shelf.built_in(), _Stuck()]), alive)
    assert seen == ["alive"] * 3
    line.close()
    listener.close()


class _HangsUp(Line):
    """A real line whose listener is gone after some questions."""

    def __init__(self, line: Line, after: int) -> None:
        self._line, self._left = line, after

    def send(self, message: Message, fd: int | None = None) -> None:
        self._line.send(message, fd)

    def receive(self) -> tuple[Message, int | None] | None:
        if not self._left:
            raise PeerGone("gone")
        self._left -= 1
        return self._line.receive()
