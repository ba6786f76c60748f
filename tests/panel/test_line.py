"""The line to the listener and the viewers who share it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
from panel_house import LISTENING, ScriptedListener

from keepmum import wire
from keepmum.errors import PeerError
from keepmum.messages import Done, Message, Refused, Seen, Status, StatusReport, Tighten
from keepmum.panel.line import Listener
from keepmum.panel.viewers import MOST, Viewers

LONG = 60.0


@pytest.fixture
def listener(last_listener: ScriptedListener) -> ScriptedListener:
    """One to which nobody is connected yet."""
    return last_listener


def with_line(listener: ScriptedListener, do: Callable[[Listener], Awaitable[None]], patience: float = LONG) -> None:
    """Do something with a line to the listener."""

    async def main() -> None:
        line = Listener(wire.connect(listener.folder, "panel", 0.0), patience)
        try:
            await do(line)
        finally:
            line.close()

    asyncio.run(main())


# ---- the line


def test_questions_that_come_at_once_get_each_their_own_answer(listener: ScriptedListener) -> None:
    """One line for everybody: the answers come in the order of the questions, whatever happens in between."""
    usual = listener.answers
    listener.answers = lambda message: [Seen(at=0.0, kind="row"), *usual(message), Seen(at=0.0, kind="row")]

    async def many(line: Listener) -> None:
        wants = ("mute", "guest", "local") * 5
        answers = await asyncio.gather(*[line.ask(Tighten(want=want)) for want in wants], line.ask(Status()))
        assert [each.text for each in answers if isinstance(each, Done)] == [f"Done: {want}." for want in wants]
        assert isinstance(answers[-1], StatusReport)
        assert line.changed.is_set()

    with_line(listener, many)


def test_an_answer_that_comes_too_late_is_nobodys(listener: ScriptedListener) -> None:
    """The next question is refused until it came, and then gets an answer of its own."""
    usual = listener.answers
    listener.answers = lambda _message: []

    async def late(line: Listener) -> None:
        with pytest.raises(PeerError, match="does not answer"):
            await line.ask(Tighten(want="mute"))
        line._patience = LONG
        with pytest.raises(PeerError, match="does not answer"):
            await line.ask(Status())
        listener.answers = usual
        listener._lines[0].send(Done(text="Done: mute."))
        listener._lines[0].send(Seen(at=0.0, kind="row"))
        await line.changed.wait()
        assert await line.ask(Status()) == LISTENING

    with_line(listener, late, patience=0.01)


def test_a_listener_that_goes_away_is_told_to_everybody_who_waits(listener: ScriptedListener) -> None:
    """Whoever asks later hears the same."""

    def goes(message: Message) -> list[Message]:
        if isinstance(message, Status):
            listener._lines[0]._socket.shutdown(socket.SHUT_RDWR)
        return []

    listener.answers = goes

    async def gone(line: Listener) -> None:
        for _ in range(2):
            with pytest.raises(PeerError, match="has stopped"):
                await line.ask(Status())
        assert line.gone == "The speaker has stopped."

    with_line(listener, gone)


def test_a_refusal_that_nobody_asked_for_ends_the_line(listener: ScriptedListener) -> None:
    """There are too many panels: the words are the listener's."""
    listener.answers = lambda _message: [Refused(why="8 panel is connected already")]

    async def full(line: Listener) -> None:
        await line.changed.wait()
        assert "8 panel is connected already" in line.gone

    with_line(listener, full)


def test_a_listener_of_another_version_is_no_listener(listener: ScriptedListener) -> None:
    """What is no message of ours is not guessed at."""

    def strange(message: Message) -> list[Message]:
        listener._lines[0]._socket.send(b'{"type": "tomorrow"}')
        return []

    listener.answers = strange

    async def other(line: Listener) -> None:
        await line.changed.wait()
        assert "different versions" in line.gone

    with_line(listener, other)


# ---- the viewers


def test_a_viewer_is_sent_the_newest_picture_and_no_older_one() -> None:
    """However many there were while it did not look; the same picture is not sent twice."""

    async def main() -> None:
        came: list[int] = []
        viewers = Viewers(lambda: came.append(1))
        viewer = viewers.come()
        stream = viewers.follow(viewer)
        assert await anext(stream) == "retry: 2000\n\n"
        for number in range(1_000):
            viewers.show(f"picture {number}\n")
        assert await anext(stream) == 'event: picture\ndata: "picture 999\\n"\n\n'
        viewers.show("picture 999\n")
        viewers.show("new")
        assert await anext(stream) == 'event: picture\ndata: "new"\n\n'
        viewers.leave(viewer)
        assert (len(viewers), came) == (0, [1])

    asyncio.run(main())


def test_a_viewer_hears_that_all_is_well_only_while_it_is() -> None:
    """A page that hears nothing says so: when the listener does not answer, nobody says that all is well."""

    async def main() -> None:
        viewers = Viewers(lambda: None, beat=0.0)
        stream = viewers.follow(viewers.come())
        await anext(stream)
        assert await anext(stream) == ":\n\n"
        viewers.show("picture")
        assert "picture" in await anext(stream)
        assert await anext(stream) == "event: beat\ndata:\n\n"
        viewers.doubt()
        assert await anext(stream) == ":\n\n"

    asyncio.run(main())


def test_viewers_are_let_go_after_a_while_and_at_the_end() -> None:
    """Each stream ends, and a full house takes nobody else."""

    async def main() -> None:
        short = Viewers(lambda: None, lasts=0.0)
        assert [each async for each in short.follow(short.come())] == ["retry: 2000\n\n"]
        viewers = Viewers(lambda: None)
        inside = [viewers.come() for _ in range(MOST)]
        assert viewers.full
        stream = viewers.follow(inside[0])
        await anext(stream)
        viewers.close()
        assert [each async for each in stream] == []

    asyncio.run(main())
