"""The page in a real browser: what people see, hear from a screen reader, and press."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from panel_browser import CHROMIUM, Browser
from panel_house import ALARMING, FAULT, LISTENING, MUTED, PROPOSED, QUIET, SHARING, PanelProcess, ScriptedListener

from keepmum.messages import Tighten

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt install chromium")

STATES = {
    "muted": (MUTED, QUIET),
    "listening": (LISTENING, SHARING),
    "proposal": (LISTENING, PROPOSED),
    "fault": (FAULT, ALARMING),
}
CONTRAST = """
(() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const element of document.querySelectorAll("body *")) {
    const words = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!words || !element.offsetParent) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.push(element.textContent.trim().slice(0, 40) + ": " + ratio.toFixed(2));
  }
  return weak;
})()
"""
"""Every text whose contrast is below what WCAG 2.2 AA asks for (1.4.3, 4.5 to 1)."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this file."""
    with Browser() as one:
        yield one


@pytest.fixture
def opened(browser: Browser, panel: PanelProcess) -> Browser:
    """A phone that has the page open."""
    browser.told.clear()
    browser.look(390, 844)
    browser.open(panel.url)
    return browser


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_it_can_be_read_at_every_width(
    browser: Browser, listener: ScriptedListener, panel: PanelProcess, state: str, dark: bool
) -> None:
    """From 320 pixels on nothing is cut off or scrolls sideways, every text has contrast, and nothing is broken."""
    listener.status, listener.overview = STATES[state]
    browser.told.clear()
    for width, height in ((320, 568), (390, 844), (1280, 800)):
        browser.look(width, height, dark=dark)
        browser.open(panel.url)
        assert browser.say("document.documentElement.scrollWidth") <= width
        assert browser.say(CONTRAST) == []
    assert browser.complaints() == []


def test_the_first_screen_of_a_phone_says_it(opened: Browser) -> None:
    """Open or closed, and the ring, without scrolling."""
    for what in ("#headline", ".ring"):
        assert opened.say(f"document.querySelector('{what}').getBoundingClientRect().bottom") < 844


def test_the_page_follows_the_speaker(opened: Browser, listener: ScriptedListener) -> None:
    """Closed, asked, and open again, without anybody touching it; the tab's title goes along."""
    opened.until("document.getElementById('headline').textContent === 'The microphone is open'")
    listener.becomes(MUTED, QUIET)
    opened.until("document.getElementById('headline').textContent === 'The microphone is closed'")
    assert opened.say("document.title") == "The microphone is closed – keepmum"
    assert opened.say("getComputedStyle(document.querySelector('.lamp')).fill") == "rgb(255, 0, 0)"
    assert opened.say("document.getElementById('asked').hidden") is True
    listener.becomes(LISTENING, PROPOSED)
    opened.until("!document.getElementById('asked').hidden")
    assert "hold the button on the speaker for three seconds" in opened.say(
        "document.getElementById('asked').innerText"
    )


def test_what_changes_is_read_aloud(opened: Browser, listener: ScriptedListener) -> None:
    """The element that a screen reader watches stays the same one, and its words change."""
    opened.say("window.watched = document.querySelector('#state [aria-live]')")
    listener.becomes(MUTED, QUIET)
    opened.until("document.getElementById('headline').textContent === 'The microphone is closed'")
    assert opened.say("window.watched === document.querySelector('#state [aria-live]')") is True
    assert "The microphone is closed" in opened.say("window.watched.innerText")


def test_nothing_moves_under_a_finger(opened: Browser, listener: ScriptedListener) -> None:
    """A button that has the focus stays where it is while everything else goes on."""
    opened.say("window.mine = document.querySelector('#quieter button'); window.mine.focus()")
    listener.becomes(MUTED, QUIET)
    opened.until("document.getElementById('headline').textContent === 'The microphone is closed'")
    assert opened.say("document.activeElement === window.mine && window.mine.isConnected") is True


def test_a_press_is_one_wish(opened: Browser, listener: ScriptedListener) -> None:
    """The browser sends the form as its own, and the page that follows says what came of it, aloud too."""
    opened.click("form[action='/ask/mute'] button")
    assert listener.asked() == [Tighten(want="mute")]
    assert opened.say("document.querySelector('[role=status]').innerText") == "Done: mute."
    assert opened.complaints() == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_deleting_takes_a_second_look(
    browser: Browser, listener: ScriptedListener, panel: PanelProcess, script: bool
) -> None:
    """One press leads to a question, the second one does it; both also in a browser that runs no script."""
    browser.look(390, 844, script=script)
    browser.open(panel.url)
    browser.open(panel.url + "/sure/forget_today")
    assert listener.asked() == []
    browser.press("button.grave")
    assert listener.asked() == [Tighten(want="forget_today")]
    browser.look(390, 844)


def test_a_page_that_lost_the_speaker_says_so(
    browser: Browser, last_listener: ScriptedListener, last_panel: PanelProcess
) -> None:
    """It does not go on claiming what it saw last."""
    browser.look(390, 844)
    browser.open(last_panel.url)
    browser.until("document.getElementById('headline').textContent === 'The microphone is open'")
    last_listener.hang_up()
    browser.until("!document.getElementById('stale').hidden")
    assert browser.say("document.getElementById('headline').textContent") == "Nobody knows just now"
    assert "open" not in browser.say("document.getElementById('state').innerText")


def test_who_wants_it_still_gets_it_still(browser: Browser, listener: ScriptedListener, panel: PanelProcess) -> None:
    """Reduced motion: the lamps keep their colour and do not move."""
    listener.status, listener.overview = FAULT, ALARMING
    names = []
    for still in (False, True):
        browser.look(390, 844, still=still)
        browser.open(panel.url)
        names.append(browser.say("getComputedStyle(document.querySelector('.lamp')).animationName"))
    assert names == ["blink", "none"]


@pytest.fixture(scope="module")
def other_site() -> Iterator[str]:
    """A web site that somebody in the house visits."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>free games</title>")

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_another_site_can_neither_read_nor_press_for_somebody(
    browser: Browser, listener: ScriptedListener, panel: PanelProcess, other_site: str
) -> None:
    """A script of another origin fetches and posts, its form is sent: nothing is read, and nothing is asked."""
    browser.look(390, 844)
    browser.open(other_site)
    browser.say(f'fetch("{panel.url}/ask/mute", {{method: "POST", mode: "no-cors"}}).catch(() => 0).then(() => 0)')
    assert browser.say(f'fetch("{panel.url}/").then(() => "read").catch(() => "refused")') == "refused"
    form = 'const form = document.createElement("form"); form.method = "post"; document.body.append(form);'
    form += f'form.action = "{panel.url}/ask/forget"; form.submit()'
    browser.wait_for("Page.loadEventFired", lambda: browser.say(form))
    assert "Only this speaker's own page may ask" in browser.say("document.body.innerText")
    assert listener.asked() == []


def test_another_site_cannot_frame_it(browser: Browser, panel: PanelProcess, other_site: str) -> None:
    """Nobody presses a button through a picture that lies over it."""
    browser.look(390, 844)
    browser.open(other_site)
    browser.told.clear()
    frame = 'const frame = document.createElement("iframe"); document.body.append(frame);'
    browser.say(f'{frame} frame.src = "{panel.url}/"')
    while not (refused := [text for text in browser.complaints() if "frame" in text.lower()]):
        browser.say("new Promise(done => setTimeout(done, 20))")
    assert panel.host in refused[0] or "Framing" in refused[0]
