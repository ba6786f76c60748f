"""No page offers anything that loosens, and nothing that comes from elsewhere becomes a part of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from panel_house import ALARMING, FAULT, LISTENING, MUTED, PROPOSED, QUIET, SHARING
from panel_reading import QUIETER, Reading, louder
from starlette.routing import Route

from keepmum.messages import Message
from keepmum.panel import page as module
from keepmum.panel.page import Page
from keepmum.panel.pages import Pages
from keepmum.panel.picture import Picture, picture
from keepmum.panel.viewers import Viewers
from keepmum.panel.wording import SURE

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}"
STATES = {
    "listening": picture(LISTENING, SHARING),
    "muted": picture(MUTED, QUIET),
    "proposed": picture(LISTENING, PROPOSED),
    "asked": picture(LISTENING, SHARING.model_copy(update={"question": True})),
    "fault": picture(FAULT, ALARMING),
}


def every(page: Page, shown: Picture) -> list[str]:
    """Every page that can be drawn of a picture."""
    pages = [page.whole(shown, "Done.", "12:00:00"), page.moving(shown), page.offers(shown.offered)]
    pages += [page.sure(want) for want in SURE] + [page.propose(offer) for offer in shown.offered]
    return [*pages, page.trouble("No answer.", "Try again.")]


@pytest.mark.parametrize("state", STATES)
def test_no_page_offers_anything_that_loosens(state: str) -> None:
    """Every form asks for quiet or proposes, every link only looks, and no script is in the page itself."""
    assert [word for text in every(Page(), STATES[state]) for word in louder(text)] == []


def test_every_wish_for_quiet_can_be_reached() -> None:
    """Nothing that the listener would do is missing."""
    found = {action for text in every(Page(), STATES["listening"]) for action in Reading(text).values("form", "action")}
    assert found >= QUIETER


def test_every_address_that_changes_something_is_one_of_two() -> None:
    """Posting is for wishes for quiet and for proposals; all else only looks."""

    async def ask(_message: Message) -> Message:
        raise AssertionError

    app = Pages(Page(), ask, Viewers(lambda: None), lambda: None).app()
    posted = [each.path for each in app.routes if isinstance(each, Route) and "POST" in (each.methods or ())]
    assert posted == ["/ask/{want}", "/propose/{purpose}/{rung}/{how}"]


@pytest.mark.parametrize(
    ("file", "defect", "told"),
    [
        (
            "moving.html",
            '<form method="post" action="/ask/unmute"><button>x</button></form>',
            "a form leads to /ask/unmute",
        ),
        ("moving.html", '<form method="post" action="/grant/research"></form>', "a form leads to /grant/research"),
        ("page.html", "<script>fetch('/ask/unmute')</script>", "a script comes from the page itself"),
        ("sure.html", '<a href="https://cdn.example/x">x</a>', "a a leads out of the house: https://cdn.example/x"),
        ("propose.html", '<button formaction="/agree">x</button>', "a button has formaction=/agree"),
        ("offers.html", '<p onclick="x()">x</p>', "a p has onclick=x()"),
    ],
)
def test_a_planted_control_that_loosens_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, defect: str, told: str
) -> None:
    """Another wish, another address, a script, another host: each is one sentence."""
    page = planted(
        tmp_path, monkeypatch, file, lambda text: text.replace("{% endblock %}", f"{defect}{{% endblock %}}") + defect
    )
    assert told in [word for text in every(page, STATES["listening"]) for word in louder(text)]


def planted(folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, change: Callable[[str], str]) -> Page:
    """The page with a changed template."""
    shutil.copytree(Path(module.__file__).parent, folder / "panel", ignore=shutil.ignore_patterns("__pycache__"))
    template = folder / "panel" / "templates" / file
    template.write_text(change(template.read_text()))
    monkeypatch.setattr(module, "_HERE", folder / "panel")
    return Page()


# ---- what comes from elsewhere


def evil(shown: Picture) -> Picture:
    """The same picture, in which every text that came from outside is hostile."""

    def spoilt(value: Any) -> Any:
        if isinstance(value, str):
            return EVIL
        if isinstance(value, list):
            return [spoilt(each) for each in value] or value
        if hasattr(value, "__dataclass_fields__"):
            return type(value)(**{name: spoilt(getattr(value, name)) for name in value.__dataclass_fields__})
        return value

    return spoilt(shown)  # type: ignore[no-any-return]


@pytest.mark.parametrize("state", STATES)
def test_whatever_is_shown_is_shown_as_text(state: str) -> None:
    """A recipient, a broker, a hint with markup in it stays what it is: letters."""
    for text in (
        *every(Page(), evil(STATES[state])),
        Page().whole(STATES[state], EVIL, EVIL),
        Page().trouble(EVIL, EVIL),
    ):
        read = Reading(text)
        assert not [tag for tag, attributes in read.tags if tag == "img" or "onerror" in attributes]
        assert [each for each in read.values("script", "src") if each != "/static/panel.js"] == []
        assert "<script>" not in text
        assert "49" not in text


def test_a_planted_missing_escape_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One `|safe` and the hostile text would become a part of the page."""
    page = planted(tmp_path, monkeypatch, "trouble.html", lambda text: text.replace("{{ what }}", "{{ what|safe }}"))
    assert "<script>" in page.trouble(EVIL)


def test_no_template_turns_escaping_off() -> None:
    """Neither for a value nor for a block; and a name that is missing is an error, not an empty place."""
    for template in (Path(module.__file__).parent / "templates").iterdir():
        assert not re.search(r"\|\s*safe|autoescape|Markup|{%-?\s*raw", template.read_text()), template
    with pytest.raises(UndefinedError):
        Page()._templates["trouble.html"].render()


def test_an_event_is_one_line_whatever_stands_in_it() -> None:
    """Line breaks in what is shown do not end an event, nor begin another one."""
    text = Page().moving(STATES["listening"])
    assert "\n" in text
    assert "\n" not in json.dumps(text)


# ---- what it needs, and from where


def test_the_page_needs_nothing_from_outside() -> None:
    """No font, no script, no picture of anybody else, in no file of it."""
    for name, (content, _) in Page().files.items():
        text = content.decode().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//[a-z]|@import|@font-face|url\(|eval\(|innerHTML\s*=", text), name


def test_the_whole_page_is_small() -> None:
    """Everything together, so that it opens at once on an old phone."""
    assert sum(len(content) for content, _ in Page().files.values()) < 20_000
    assert len(Page().whole(STATES["listening"], "", "12:00:00")) < 12_000
