"""What the page says about each state of the speaker: never more than was shown."""

from __future__ import annotations

import itertools
import re
from datetime import UTC
from typing import get_args

import pytest
from panel_house import ALARMING, FAULT, LISTENING, MUTED, PROPOSED, QUIET, RESEARCH, SHARING

from keepmum import terms
from keepmum.consent import Mode
from keepmum.hardware import Colour, Motion
from keepmum.listener.ear import Ear
from keepmum.messages import Want
from keepmum.panel import wording
from keepmum.panel.page import Page
from keepmum.panel.picture import COLOURS, MOTIONS, picture
from keepmum.privacy import Owner

STYLE = Page().files["panel.css"][0].decode()


def test_closed_is_said_only_of_what_was_shown_to_be_closed() -> None:
    """Every ear, with and without a proof and a mute: an open or unproven microphone is never called closed."""
    for ear, microphone, proof, mutes in itertools.product(Ear, ("open", "closed"), ("", "alsa"), ([], ["button"])):
        status = MUTED.model_copy(update={"ear": ear.value, "microphone": microphone, "proof": proof, "mutes": mutes})
        shown = picture(status, QUIET)
        assert (shown.headline == "The microphone is closed") is (microphone == "closed" and proof != "")
        assert (shown.tone == "closed") is (shown.headline == "The microphone is closed")
        assert (shown.headline == "The microphone is open") is (microphone == "open" and not mutes)


def test_an_open_microphone_that_should_be_closed_is_an_alarm() -> None:
    """The page says what the ring says: do not trust it."""
    shown = picture(FAULT, ALARMING)
    assert (shown.tone, shown.headline, shown.colour, shown.motion) == ("unsure", "Do not trust it", "amber", "alarm")
    assert shown.way_out == wording.SETTLE
    assert shown.left[0].warns


def test_who_closed_it_and_what_a_hand_can_do() -> None:
    """In words, for everybody who holds it; a guest's wish takes the longer hold."""
    shown = picture(MUTED, QUIET)
    assert shown.closed_by == ["the button on the speaker", "this page, or the keepmum command"]
    assert shown.way_out == wording.HOLD
    assert wording.way_out(["guest", "button"]) == wording.HOLD_LONG
    assert wording.way_out([]) == ""


def test_agreements_have_an_end_and_somebody_to_whom() -> None:
    """The day on which each ends, for how long it is kept there, and whether each clip is asked about."""
    [home, text] = picture(LISTENING, SHARING, UTC).agreed
    assert (home.title, home.to, home.kept, home.until) == (
        "Do things in the house",
        "hub.local:1883",
        "not kept",
        "15 January 2027",
    )
    assert (text.to, text.kept) == ("Speech lab, Ghent", "kept for 30 days")


def test_what_is_asked_now_is_shown_with_what_to_do() -> None:
    """A proposal, in the words of what would be agreed to."""
    asked = picture(LISTENING, PROPOSED).asked
    assert asked is not None
    assert asked.what == "your voice, as it was; each one is played and asked about"


def test_numbers_are_told_and_an_overdue_one_warns() -> None:
    """What waits, what is outside, what is overdue; and nothing about what is not there."""
    shown = picture(LISTENING, SHARING)
    assert [fact.text.split()[0] for fact in shown.clips] == ["2", "1", "3", "1"]
    assert [fact.warns for fact in shown.clips] == [False, False, False, True]
    assert [fact.text for fact in shown.left] == [
        "Do things in the house: 4 parcels, 512 bytes",
        "Improve how speech is understood: 1 parcel, 98 kB",
    ]
    assert picture(MUTED, QUIET).clips == []


def test_the_ring_on_the_page_has_the_speakers_colours() -> None:
    """Every colour and every motion of the ring, with the very same red, green and blue."""
    assert {colour.name.lower() for colour in Colour} == COLOURS
    assert {motion.value for motion in Motion} == MOTIONS
    for colour in Colour:
        lit = re.search(rf"\.ring\.{colour.name.lower()} \.lamp {{ fill: #(\w{{6}})", STYLE)
        assert lit is not None
        assert bytes.fromhex(lit[1]) == bytes(colour.value)
    for motion in set(Motion) - {Motion.STILL}:
        assert f".ring.{motion.value} .lamp {{ animation:" in STYLE


def test_a_colour_that_the_page_does_not_know_is_dark() -> None:
    """It becomes no class of the stylesheet, whatever it is."""
    shown = picture(LISTENING, SHARING.model_copy(update={"colour": "pink", "motion": "dance"}))
    assert (shown.colour, shown.motion) == ("off", "still")


def test_everything_that_the_speaker_can_name_has_words() -> None:
    """A new owner, ear, mode, purpose, rung or wish needs a sentence here."""
    assert {owner.value for owner in Owner} == wording.CLOSED_BY.keys()
    assert {ear.value for ear in Ear} == wording.EARS.keys()
    assert {mode.name.lower() for mode in Mode} == wording.MODES.keys()
    assert {purpose.value for purpose in terms.Purpose} == wording.PURPOSES.keys()
    assert {rung.name.lower() for rung in terms.Rung} == wording.RUNGS.keys()
    assert wording.QUIETER.keys() | wording.SURE.keys() == set(get_args(Want))


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "not kept"), (86_400.0, "kept for a day"), (30 * 86_400.0, "kept for 30 days")]
)
def test_how_long_it_is_kept(seconds: float, words: str) -> None:
    """In days."""
    assert wording.kept(seconds) == words


def test_sizes_are_said_as_people_say_them() -> None:
    """Bytes, kilobytes, megabytes."""
    assert [wording.size(number) for number in (12, 98_304, 2_500_000)] == ["12 bytes", "98 kB", "2.5 MB"]


def test_an_offer_has_an_address_that_says_what_it_is() -> None:
    """Purpose, rung, and whether each is asked about."""
    offered = picture(LISTENING, SHARING).offered
    assert [each.path for each in offered][-1] == "research/voice/asked"
    assert RESEARCH.asks
