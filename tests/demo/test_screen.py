"""The demo's picture and closing account: they fit the terminal, show the ring's own colours, and hide nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Literal

import pytest
from rich.console import Console, RenderableType

from keepmum.demo import account, screen
from keepmum.demo.count import Book
from keepmum.demo.story import Story
from keepmum.hardware import Colour, Motion
from keepmum.listener import look
from keepmum.listener.ear import Ear

Tell = Callable[..., None]
NOTHING = Book((0, 0), {})
SIZES = [(80, 24), (100, 40), (200, 60), (40, 24)]


def printed(what: RenderableType, width: int, *, colour: bool = False) -> list[str]:
    """The lines of what is drawn, with their colours or without."""
    system: Literal["truecolor"] | None = "truecolor" if colour else None
    console = Console(file=io.StringIO(), width=width, force_terminal=colour, color_system=system)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def everything(tell: Tell) -> None:
    """A story in which all that can be told was told, at length."""
    tell(0.0, "scene", line=1, text='title "' + "A title that is much longer than a terminal is wide. " * 3 + '"')
    tell(1.0, "ring", meaning="hearing you", motion="spin", colour=[0, 180, 220])
    tell(1.0, "ear", state="hearing")
    for number in range(30):
        tell(2.0, "wake", phrase="alexa", score=0.9, accepted=bool(number % 2))
        tell(3.0, "heard", intent="coffee.order", seconds=9.9, words=f"number {number} " + "and sugar " * 12)
        tell(4.0, "reply", seconds=1.0, words="I am in local mode, so I kept that to myself. " * 3)
        tell(4.0, "row", n=number, what="refusal", kind="clip", purpose="asr-improvement", reason="unheard_of" * 3)
        tell(4.0, "row", n=number, what="release", kind="clip", purpose="research", parcel=f"{number:032}", bytes=9)
        tell(4.0, "sent", parcel=f"{number:032}", parcel_kind="clip", bytes=1_234_567)
        tell(4.0, "forgotten", seconds=2.5)


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_fits_the_terminal_whatever_has_happened(story: Story, tell: Tell, size: tuple[int, int]) -> None:
    """Neither wider nor higher, so that the ring never scrolls away."""
    for told in (False, True):
        if told:
            everything(tell)
        lines = printed(screen.picture(story, NOTHING, 1.5, size), size[0])
        assert len(lines) <= size[1]
        assert max(map(len, lines)) <= size[0]


@pytest.mark.parametrize("size", SIZES)
def test_the_newest_thing_is_never_the_one_cut_off(story: Story, tell: Tell, size: tuple[int, int]) -> None:
    """Long lines above it give way."""
    everything(tell)
    tell(5.0, "reply", seconds=1.0, words="That was the last word.")
    assert any("the last word." in line for line in printed(screen.picture(story, NOTHING, 0.0, size), size[0]))


@pytest.mark.parametrize("ear", list(Ear))
def test_the_ring_shows_the_state_and_the_colour_of_its_look(story: Story, tell: Tell, ear: Ear) -> None:
    """Twelve lamps in the look's own colour, and the ear's word in the middle."""
    shown = look.look(look.Moment(ear, microphone_open=ear not in (Ear.MUTED, Ear.FAULT), proven=True))
    tell(1.0, "ear", state=ear.value)
    tell(1.0, "ring", meaning=shown.meaning, motion="still", colour=list(shown.colour.value))
    lines = printed(screen.picture(story, NOTHING, 0.0, (100, 40)), 100, colour=True)
    red, green, blue = shown.colour.value
    assert sum(line.count(f"38;2;{red};{green};{blue}m●") for line in lines) == 12
    assert any(ear.value in line for line in printed(screen.picture(story, NOTHING, 0.0, (100, 40)), 100))


def test_the_ring_is_round(story: Story) -> None:
    """The same lamps from left to right, and from top to bottom."""
    lines = [line[2:19] for line in printed(screen.picture(story, NOTHING, 0.0, (80, 24)), 80)[1:10]]
    lamps = {(row, column) for row, line in enumerate(lines) for column, letter in enumerate(line) if letter == "●"}
    assert len(lamps) == 12
    assert lamps == {(row, 16 - column) for row, column in lamps} == {(8 - row, column) for row, column in lamps}


@pytest.mark.parametrize("motion", list(Motion))
def test_a_lamp_moves_as_its_look_says_and_never_changes_its_hue(motion: Motion) -> None:
    """Still lamps keep their colour; the others get darker and brighter."""
    ring = {"colour": list(Colour.RED.value), "motion": motion.value}
    styles = {screen.lamp_style(ring, lamp, seconds / 10) for lamp in range(12) for seconds in range(40)}
    assert all(style.endswith(",0,0)") for style in styles)
    assert (len(styles) == 1) is (motion is Motion.STILL)


def test_a_ring_that_nobody_has_set_is_dark_grey(story: Story) -> None:
    """Before the first report, and for a colour that is none."""
    assert screen.lamp_style(story.ring, 0, 0.0) == "rgb(40,40,40)" == screen.lamp_style({"colour": "red"}, 0, 0.0)


def test_the_account_fits_80_columns_and_drops_no_word(story: Story, tell: Tell) -> None:
    """Long sentences go on below; nothing is cut off with dots."""
    everything(tell)
    for part in (account.chapters(story), account.sums(story, NOTHING), account.books(NOTHING, NOTHING)):
        lines = printed(part, 80)
        assert max(map(len, lines)) <= 80
        assert "…" not in "".join(lines)
    assert " ".join(printed(account.chapters(story), 80)).count("number") == 30


@pytest.mark.parametrize("size", SIZES)
def test_what_waits_is_on_the_picture(story: Story, tell: Tell, size: tuple[int, int]) -> None:
    """Clips that wait for an answer, and parcels that wait to leave."""
    tell(1.0, "asking", clips=2)
    tell(1.0, "row", n=1, what="release", kind="clip", purpose="research", parcel="e" * 32, bytes=9)
    lines = " ".join(printed(screen.picture(story, NOTHING, 0.0, size), size[0]))
    assert "waits" in lines
    assert size[0] < 80 or "2 for an answer, 1 to leave" in lines


def test_the_sums_stand_below_the_account(story: Story, tell: Tell) -> None:
    """Seconds heard, kept and wiped, refusals by reason, bytes that left."""
    tell(0.0, "ear", state="waiting")
    tell(2.0, "wake", phrase="alexa", score=0.9, accepted=True)
    tell(3.0, "forgotten", seconds=2.5)
    tell(5.0, "row", n=1, what="refusal", kind="clip", purpose="research", reason="no_consent")
    tell(5.5, "row", n=2, what="release", kind="clip", purpose="research", parcel="e" * 32, bytes=9)
    tell(5.5, "asking", clips=2)
    for number, state in enumerate(("demanded", "demanded", "confirmed")):
        tell(5.6, "row", n=3, what="deletion", parcel=f"{number % 2:032}", state=state, plays=0)
    tell(6.0, "ear", state="muted")
    tell(10.0, "over", failures=0)
    left = Book((2, 70), {"c" * 32: 1_000}, (1, 32), 1, {"text": 1})
    text = " ".join(" ".join(printed(account.sums(story, left), 80)).split())
    assert "heard 6.0 s: the microphone was open in 60 % of the time" in text
    assert "wiped 2.5 s, in 1 piece " in text
    assert "refused 1: 1 × nobody agreed to that" in text
    assert "left 2 messages to the home, 1 clip (1 as words alone), 1 demand to destroy a clip: 1,102 bytes in" in text
    assert "waits 2 clips for an answer, 1 parcel to leave" in text
    assert "wanted back 2 clips: 1 destroyed, signed by the collector, 1 not confirmed so far" in text


def test_where_nothing_happened_the_sums_say_so(story: Story) -> None:
    """No heading is left without a word."""
    text = " ".join(" ".join(printed(account.sums(story, NOTHING), 80)).split())
    assert (
        "refused nothing left 0 messages to the home, 0 clips: 0 bytes in all waits nothing wanted back nothing" in text
    )


@pytest.mark.parametrize(
    ("theirs", "different"),
    [
        (Book((1, 5), {"a": 9}), 0),
        (Book((2, 5), {"a": 9}), 1),
        (Book((1, 6), {"a": 9}), 1),
        (Book((1, 5), {"b": 9}), 2),
        (Book((1, 5), {"a": 8}), 1),
        (Book((1, 5), {}), 2),
        (Book((1, 5), {"a": 9}, (1, 32)), 2),
        (Book((1, 5), {"a": 9}, answers=1), 1),
    ],
)
def test_the_two_books_stand_side_by_side(theirs: Book, different: int) -> None:
    """Every line in which they differ says so, also where only a clip's name is another."""
    text = "\n".join(printed(account.books(Book((1, 5), {"a": 9}), theirs), 80))
    assert text.count("DIFFERENT") == different
    assert text.count("equal") == 7 - different
