"""The page in front of the real listener: what is pressed there is done, and only the button undoes it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from panel_house import PanelProcess
from panel_reading import Reading
from panel_speaker import RealListener

from keepmum.messages import Status

MODES = ["local", "ask", "share"]


@pytest.fixture(scope="module")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealListener]:
    """It listens, and two things were agreed to."""
    with RealListener(tmp_path_factory.mktemp("s")) as one:
        yield one


@pytest.fixture(scope="module")
def page(speaker: RealListener, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PanelProcess]:
    """Its page."""
    with PanelProcess(tmp_path_factory.mktemp("p"), speaker.run) as one:
        yield one


def press(page: PanelProcess, path: str) -> str:
    """What the page says after this was asked for."""
    answer = page.post(path)
    assert answer.status == 303
    return page.get(answer.headers["location"]).body


def test_a_day_at_the_page(speaker: RealListener, page: PanelProcess) -> None:
    """It shows what was agreed to and until when; each wish is done at once, and withdrawn is withdrawn."""
    body = page.get().body
    for words in (
        "Do things in the house",
        "hub.local:1883",
        "Research on smart speakers",
        "Speech lab",
        "kept for 30 days",
    ):
        assert words in body
    assert speaker.report(Status()).mode == "ask"
    assert "Nothing leaves this speaker" in press(page, "/ask/local")
    assert speaker.report(Status()).mode == "local"
    assert "Private for twelve hours" in press(page, "/ask/guest")
    body = press(page, "/ask/mute")
    report = speaker.report(Status())
    assert (report.mutes, report.microphone) == (["guest", "panel"], "closed")
    assert "The microphone is closed" in body
    assert "the simulated room says so" in body
    assert "hold the button on the speaker for three seconds" in body
    assert "All consents are withdrawn" in press(page, "/ask/withdraw")
    assert speaker.report(Status()).consents == []
    assert "Nobody has agreed to anything" in page.get().body
    assert "nothing to forget" in press(page, "/ask/forget_today")


def test_everything_that_the_real_page_offers_was_pressed_and_nothing_is_louder(
    speaker: RealListener, page: PanelProcess
) -> None:
    """Every form of every page that can be reached by links, one after the other."""
    before = speaker.report(Status())
    seen: set[str] = set()
    waiting = {"/"}
    pressed = 0
    while waiting:
        path = waiting.pop()
        seen.add(path)
        read = Reading(page.get(path).body)
        waiting |= {link for link in read.values("a", "href") if link not in seen}
        for action in read.values("form", "action"):
            press(page, action)
            pressed += 1
            after = speaker.report(Status())
            assert set(after.mutes) >= set(before.mutes)
            assert MODES.index(after.mode) <= MODES.index(before.mode)
            assert set(after.consents) <= set(before.consents)
            assert (before.microphone, after.microphone) != ("closed", "open")
            before = after
    assert pressed > 20
    assert len(seen) > 20


def test_a_proposal_while_muted_says_no(speaker: RealListener, page: PanelProcess) -> None:
    """Whoever wants to share opens the microphone first, by hand."""
    body = press(page, "/propose/commands/text/unasked")
    assert "Nothing has changed" in body or "a moment ago" in body
    assert speaker.report(Status()).proposal == ""
