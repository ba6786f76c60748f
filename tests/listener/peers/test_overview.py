"""A panel may ask what was agreed to and what left, and propose; neither opens anything."""

from __future__ import annotations

from typing import Any

import pytest
from listener_peers import Uplink, offer_action, offer_clip

from keepmum.consent import DAY
from keepmum.errors import LedgerError
from keepmum.listener import phrases
from keepmum.listener.peers import overview
from keepmum.listener.peers.to_panel import PROPOSING_GAP
from keepmum.messages import Done, Left, Next, Overview, OverviewReport, Propose, Refused, Tighten
from keepmum.wire import Line

TEXT = Propose(purpose="research", rung="voice", asks=True)


def ask(home: Any, panel: Line, message: Any) -> Any:
    """Say one thing, and hear the one answer."""
    panel.send(message)
    home.serve()
    [answer] = [message for message, _ in iter(panel.receive, None)]
    return answer


def test_a_panel_sees_what_was_agreed_to_and_until_when(home: Any, keys: Any) -> None:
    """Purpose, rung, recipient by its name and the day on which it ends, for each consent that still holds."""
    seen = overview.report(home.keeper.state, None, {keys.card.fingerprint: "Speech lab"}, [])
    assert [(each.purpose, each.rung, each.to) for each in seen.agreed] == [
        ("commands", "text", "hub.example:1883"),
        ("asr-improvement", "voice", "Speech lab"),
    ]
    assert [each.until for each in seen.agreed] == [consent.ends for consent in home.keeper.state.consents]
    assert (seen.colour, seen.motion) == ("off", "still")


def test_what_has_run_out_is_no_agreement(home: Any) -> None:
    """Also if nobody has taken it off the list yet."""
    home.keeper.state = home.keeper.state.__class__(consents=home.keeper.state.consents, wall=9e9)
    assert overview.report(home.keeper.state, None, {}, []).agreed == []


def test_a_panel_sees_what_left_today_in_numbers(home: Any, clip: Any, clip_flow: Any) -> None:
    """One line for each kind and purpose: parcels and bytes, and not one word."""
    panel, uplink = home.connect("panel"), Uplink(home)
    assert ask(home, panel, Overview()).left == []
    offer_action(home)
    offer_clip(home, clip, clip_flow)
    uplink.say(Next())
    parcel, body = uplink.take()
    [left] = ask(home, panel, Overview()).left
    assert (left.kind, left.parcels, left.bytes) == (parcel.kind, 1, len(body))


def test_the_ledger_is_read_again_only_when_it_has_grown() -> None:
    """A page that asks all the time takes no time from the ear."""
    reads: list[float] = []

    class Book:
        size = 3

        def rows(self, since: float) -> list[Any]:
            reads.append(since)
            return []

    book: Any = Book()
    today = [DAY * 100]
    day = overview.Day(book, lambda: today[0])
    assert [day.left(), day.left()] == [[], []]
    assert len(reads) == 1
    book.size += 1
    day.left()
    today[0] += DAY
    day.left()
    assert len(reads) == 3


def test_a_ledger_that_cannot_be_read_is_said_to_be_so() -> None:
    """Nothing left and nobody knows are two answers."""

    class Book:
        size = 3

        def rows(self, _since: float) -> list[Any]:
            raise LedgerError("row 2 is damaged")

    book: Any = Book()
    assert overview.Day(book, lambda: 0.0).left() is None


def test_everything_that_a_full_house_can_be_told_fits_one_message(home: Any) -> None:
    """Every purpose at every rung, with the longest of names."""
    terms = next(iter(home.keeper.state.offered))
    one = {"purpose": terms.purpose.value, "rung": "respoken", "asks": True, "to": "n" * 200, "retention": 1e7}
    full = OverviewReport.model_validate(
        {
            "colour": "green",
            "motion": "still",
            "agreed": [{**one, "until": 1e10}] * 32,
            "offered": [one] * 64,
            "left": [Left(kind="clip", purpose="research", parcels=1, bytes=2).model_dump()] * 64,
        }
    )
    assert len(full.model_dump_json()) < 65_536


# ---- proposing


@pytest.fixture
def listening(home: Any) -> Any:
    """A house whose loop runs and whose microphone is open."""
    home.start_loop()
    home.run(1)
    return home


def until_proposed(home: Any) -> Any:
    home.turn_until(lambda: home.keeper.state.proposal is not None)
    return home.keeper.state


def test_a_proposal_from_a_page_is_said_aloud_and_then_waits_for_a_hand(listening: Any) -> None:
    """The room hears the whole notice; nothing is agreed to, and nothing is louder than before."""
    before = listening.keeper.state
    assert ask(listening, listening.connect("panel"), TEXT) == Done(text=phrases.PROPOSED)
    assert listening.keeper.state.proposal is None
    after = until_proposed(listening)
    assert (after.proposal.terms.purpose.value, after.proposal.terms.asks) == ("research", True)
    assert (after.mutes, after.mode, after.consents) == (before.mutes, before.mode, before.consents)
    assert listening.voice.spoken[-1].endswith(phrases.HOLD)


def test_a_muted_speaker_takes_no_proposal(listening: Any) -> None:
    """It is refused, nothing is said, and nothing waits for a hand."""
    panel = listening.connect("panel")
    ask(listening, panel, Tighten(want="mute"))
    assert ask(listening, panel, TEXT) == Refused(why=phrases.NOT_NOW)
    listening.run(5)
    assert listening.keeper.state.proposal is None


def test_what_nobody_offers_cannot_be_proposed(listening: Any) -> None:
    """A purpose that is not on the card, or a rung that it cannot need."""
    panel = listening.connect("panel")
    assert ask(listening, panel, Propose(purpose="advertising")) == Refused(why=phrases.NOT_NOW)
    assert listening.keeper.state.proposal is None


def test_pages_cannot_keep_the_speaker_talking(listening: Any) -> None:
    """One proposal in a minute from all of them together; the others are refused, and no row is written for them."""
    panels = [listening.connect("panel") for _ in range(3)]
    ask(listening, panels[0], TEXT)
    rows = listening.ledger.size
    for panel in panels * 50:
        assert ask(listening, panel, TEXT).why == "something was proposed a moment ago"
    assert listening.ledger.size == rows
    until_proposed(listening)
    listening.run(PROPOSING_GAP + 5)
    assert isinstance(ask(listening, panels[1], TEXT), Done)
