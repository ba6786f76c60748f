"""The page's own process, locked: what it shows, what it passes on, and when it ends."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from panel_house import MUTED, PATIENCE, QUIET, PanelProcess, ScriptedListener

from keepmum.messages import Message, Propose, Refused, Tighten

WANTS = ("mute", "guest", "local", "withdraw", "forget", "forget_today", "forget_last")


def test_the_page_shows_what_the_listener_says(listener: ScriptedListener, panel: PanelProcess) -> None:
    """Open or closed, what waits, what left and what was agreed to, in one answer; and the next one is newer."""
    answer = panel.get()
    assert answer.status == 200
    for words in (
        "The microphone is open",
        "3 are with somebody else",
        "4 parcels",
        "Speech lab, Ghent",
        "hub.local:1883",
    ):
        assert words in answer.body
    listener.becomes(MUTED, QUIET)
    answer = panel.get()
    assert "The microphone is closed" in answer.body
    assert "Nobody has agreed to anything" in answer.body


@pytest.mark.parametrize("want", WANTS)
def test_each_wish_for_quiet_reaches_the_listener(listener: ScriptedListener, panel: PanelProcess, want: str) -> None:
    """Once, and the page that follows shows the answer; loading that page again asks for nothing."""
    answer = panel.post(f"/ask/{want}")
    assert (answer.status, answer.headers["location"][:7]) == (303, "/?said=")
    for _ in range(2):
        assert f"Done: {want}." in panel.get(answer.headers["location"]).body
    assert [each.model_dump()["want"] for each in listener.asked()] == [want]


def test_a_proposal_reaches_the_listener(listener: ScriptedListener, panel: PanelProcess) -> None:
    """What is offered has an address; asked for, it is proposed, and the page says what to do in the room."""
    assert "/propose/research/voice/asked" in panel.get("/propose").body
    assert "Propose it to the room" in panel.get("/propose/research/voice/asked").body
    assert listener.asked() == []
    answer = panel.post("/propose/research/voice/asked")
    assert "I say aloud" in panel.get(answer.headers["location"]).body
    assert listener.asked() == [Propose(purpose="research", rung="voice", asks=True)]


@pytest.mark.parametrize(
    "path", ["/ask/unmute", "/ask/share", "/ask/", "/ask/MUTE", "/propose/research/voice/unasked", "/propose/x/y/z"]
)
def test_there_is_no_address_for_anything_else(listener: ScriptedListener, panel: PanelProcess, path: str) -> None:
    """A word that would loosen, or what nobody offers, is no page; the listener hears nothing of it."""
    assert panel.post(path).status == 404
    assert listener.asked() == []


def test_a_refusal_is_told_in_the_listeners_words(listener: ScriptedListener, panel: PanelProcess) -> None:
    """With what to do next."""
    usual = listener.answers
    listener.answers = lambda message: (
        [Refused(why="something was proposed a moment ago", hint="try again in a minute")]
        if isinstance(message, Propose)
        else usual(message)
    )
    answer = panel.post("/propose/research/voice/asked")
    assert "something was proposed a moment ago. try again in a minute" in panel.get(answer.headers["location"]).body


# ---- when something is wrong


def test_a_speaker_that_is_not_there_is_one_plain_sentence(tmp_path: Path) -> None:
    """The page does not claim anything, and the process ends so that the next visit finds a new one."""
    with PanelProcess(tmp_path, tmp_path / "nobody") as panel:
        answer = panel.get()
        assert answer.status == 503
        assert "The speaker is not running" in answer.body
        assert "Look at the light" in answer.body
        assert panel.process.wait(PATIENCE) == 0


def test_a_speaker_that_lets_nobody_in_is_one_plain_sentence(last_listener: ScriptedListener, tmp_path: Path) -> None:
    """Eight panels look already: what the listener says is shown, once, and the process ends."""

    def full(_message: Message) -> list[Message]:
        return [Refused(why="8 panel is connected already")]

    last_listener.answers = full
    with PanelProcess(tmp_path, last_listener.folder) as panel:
        assert panel.process.wait(PATIENCE) == 0
        assert "8 panel is connected already" in panel.log.read_text()


def test_a_slow_speaker_is_one_plain_sentence_and_is_asked_again_later(
    listener: ScriptedListener, panel: PanelProcess
) -> None:
    """An answer that comes too late is nobody's; the one after it is believed again."""
    usual, held = listener.answers, []

    def silent(message: Message) -> list[Message]:
        held.append(message)
        return []

    listener.answers = silent
    answer = panel.get()
    assert (answer.status, "does not answer just now" in answer.body) == (503, True)
    assert panel.get().status == 503
    listener.answers = usual
    listener.becomes(MUTED, QUIET)
    for line in listener._lines:
        for message in held:
            for late in usual(message):
                line.send(late)
    while (answer := panel.get()).status == 503:
        pass
    assert "The microphone is closed" in answer.body


def test_it_ends_when_the_listener_hangs_up(last_listener: ScriptedListener, last_panel: PanelProcess) -> None:
    """Behind the lock no second line can be opened: systemd starts another page at the next visit."""
    last_panel.get()
    last_listener.hang_up()
    assert last_panel.process.wait(PATIENCE) == 0


def test_it_ends_when_it_is_told_to_although_somebody_looks(last_panel: PanelProcess) -> None:
    """A viewer holds nobody up."""
    with last_panel.connect() as viewer:
        viewer.sendall(f"GET /events HTTP/1.1\r\nHost: {last_panel.host}\r\n\r\n".encode())
        assert "retry" in until(viewer, b"is open")
        last_panel.process.terminate()
        assert last_panel.process.wait(PATIENCE) == 0


# ---- what is sent by itself


def test_an_open_page_is_told_what_happens_and_never_a_word_that_was_heard(
    listener: ScriptedListener, panel: PanelProcess
) -> None:
    """One line to the listener for all viewers; a heard word, which an owner may let it tell, ends at the panel."""
    viewers = [panel.connect() for _ in range(3)]
    for viewer in viewers:
        viewer.sendall(f"GET /events HTTP/1.1\r\nHost: {panel.host}\r\n\r\n".encode())
        assert "The microphone is open" in until(viewer, b"is open")
    listener.becomes(MUTED, QUIET, words="xylophone")
    for viewer in viewers:
        told = until(viewer, b"is closed")
        assert "xylophone" not in told
        viewer.close()
    assert len(listener._lines) == 1
    assert "xylophone" not in panel.get().body + panel.log.read_text()


def until(viewer: socket.socket, words: bytes) -> str:
    """What comes until these words came."""
    heard = b""
    while words not in heard:
        more = viewer.recv(1 << 16)
        assert more, heard
        heard += more
    return heard.decode()


def test_more_than_twelve_viewers_find_no_place_and_the_page_still_opens(panel: PanelProcess) -> None:
    """The thirteenth gets a plain sentence; whoever leaves makes room."""
    viewers = [panel.connect() for _ in range(12)]
    for viewer in viewers:
        viewer.sendall(f"GET /events HTTP/1.1\r\nHost: {panel.host}\r\n\r\n".encode())
        until(viewer, b"retry")
    assert panel.get("/events").status == 503
    assert panel.get().status == 200
    for viewer in viewers:
        viewer.close()
    while not looks_at(panel):
        pass


def looks_at(panel: PanelProcess) -> bool:
    """Whether another viewer finds a place."""
    with panel.connect() as viewer:
        viewer.sendall(f"GET /events HTTP/1.1\r\nHost: {panel.host}\r\n\r\n".encode())
        return until(viewer, b"\r\n").startswith("HTTP/1.1 200")


def test_whoever_asks_only_for_the_head_of_the_news_takes_no_place(panel: PanelProcess) -> None:
    """It is answered, and it is over."""
    assert [panel.ask("HEAD", "/events").status for _ in range(20)] == [200] * 20


def test_nobody_learns_from_the_log_who_looked(panel: PanelProcess) -> None:
    """Neither an address nor a path is written down."""
    for _ in range(3):
        panel.get()
    panel.post("/ask/mute")
    assert "127.0.0.1" not in panel.log.read_text()
    assert "/ask" not in panel.log.read_text()


def test_every_wish_is_one_that_the_listener_knows_as_quieter() -> None:
    """The list of this file is the listener's own."""
    assert {Tighten(want=want).want for want in WANTS} == set(WANTS)  # type: ignore[arg-type]
