"""A panel may look, ask for quiet and type a command; it learns heard words only if the owner allows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from listener_peers import offer_clip

from keepmum.consent import Flow, Kind
from keepmum.errors import PeerError, PeerGone
from keepmum.listener import phrases
from keepmum.messages import Done, Refused, Say, Seen, Status, StatusReport, Tighten, Watch
from keepmum.privacy import Boxed, Owner, events
from keepmum.privacy.state import Asking, Outside
from keepmum.wire import Line

START = 1_790_000_000.0
SPOKEN = "xylophone"

Make = Callable[..., Any]


def ask(home: Any, panel: Line, message: Any) -> list[Any]:
    """Say one thing, and hear everything that comes back."""
    panel.send(message)
    home.serve()
    return heard(panel)


def heard(panel: Line) -> list[Any]:
    """Everything that waits for a panel."""
    return [message for message, _ in iter(panel.receive, None)]


def test_a_panel_sees_how_the_speaker_is(home: Any, keys: Any) -> None:
    """Ear, microphone, ring, mutes, mode, consents, peers, broker and the ledger's length, in one message."""
    home.connect("uplink")
    [report] = ask(home, home.connect("panel"), Status())
    assert report == StatusReport(
        ear="muted",
        microphone="open",
        ring="do not trust me: it should be closed, and something says that it is not",
        mutes=[],
        mode="share",
        consents=["commands (text) to hub.example:1883", f"asr-improvement (voice) to {keys.card.fingerprint}"],
        proposal="",
        waiting=0,
        peers=["uplink", "panel"],
        broker="connecting",
        rows=1,
    )


def test_a_panel_sees_a_proposal_and_a_mute(home: Any) -> None:
    """What is proposed stands in the report by its purpose; every owner of a mute by its name."""
    panel = home.connect("panel")
    home.keeper.tell(events.Proposed(*home.keeper.moment(), "a" * 32, "research", asks=True))
    proposal = ask(home, panel, Status())[0].proposal
    assert proposal.startswith("research (voice, asked each time) to ")
    home.keeper.tell(events.Quieter(*home.keeper.moment(), "mute", Owner.MQTT))
    [report] = ask(home, panel, Status())
    assert (report.proposal, report.mutes, report.microphone) == ("", ["mqtt"], "closed")


@pytest.mark.parametrize(
    ("want", "sentence"),
    [
        ("mute", phrases.MUTED),
        ("local", phrases.LOCAL),
        ("withdraw", phrases.WITHDRAWN),
        *((want, phrases.FORGOTTEN) for want in ("forget", "forget_today", "forget_last")),
    ],
)
def test_a_panel_can_ask_for_quiet(home: Any, clip: Any, clip_flow: Any, want: str, sentence: str) -> None:
    """Each word is done when it is answered, in the panel's name."""
    offer_clip(home, clip, clip_flow)
    assert ask(home, home.connect("panel"), Tighten(want=want)) == [Done(text=sentence)]
    state = home.keeper.state
    assert state.mutes == (frozenset({Owner.PANEL}) if want == "mute" else frozenset())
    assert state.mode.name == ("LOCAL" if want in ("local", "withdraw") else "SHARE")
    assert len(state.consents) == (0 if want == "withdraw" else 2)
    assert ([row["by"] for row in home.rows("forget")] == ["panel"]) is want.startswith("forget")
    assert (home.outbox.waiting() == []) is (want != "mute")


def test_a_typed_command_is_answered_when_the_answer_comes(home: Any) -> None:
    """A sentence, silence, no answer, or no command at all: each is told as what it is."""
    replies: list[Callable[[str | None], None]] = []

    def said(text: str, reply: Callable[[str | None], None]) -> bool:
        replies.append(reply)
        return text == "what time is it"

    home.said = said
    panel = home.connect("panel")
    assert ask(home, panel, Say(text="what time is it")) == []
    replies.pop()("Ten past five.")
    assert heard(panel) == [Done(text="Ten past five.")]
    ask(home, panel, Say(text="what time is it"))
    replies.pop()("")
    assert heard(panel) == [Done(text="")]
    ask(home, panel, Say(text="what time is it"))
    replies.pop()(None)
    assert heard(panel) == [Refused(why="the skills do not answer")]
    [refused] = ask(home, panel, Say(text="mumble"))
    assert refused.why == "that is no command I know"
    panel.send(Say(text="what time is it"))
    home.serve()
    panel.close()
    home.serve()
    replies.pop()("Nobody hears this.")
    assert home.doors.roles() == []


def test_what_only_the_room_may_say_is_refused_with_a_hint(home: Any) -> None:
    """Whoever types learns who can say it, and that is not called a word that nobody knows."""

    def said(_text: str, _reply: Callable[[str | None], None]) -> bool:
        raise PeerError("only somebody in the room can let something leave", "hold the button")

    home.said = said
    [refused] = ask(home, home.connect("panel"), Say(text="yes send it"))
    assert refused == Refused(why="only somebody in the room can let something leave", hint="hold the button")


def test_a_panel_sees_what_waits_for_an_answer_and_what_is_overdue(home: Any) -> None:
    """Three counts: clips to be asked about, clips that somebody may have, deletions that nobody confirmed in time."""
    flow = Flow(Kind.CLIP, "research", "f" * 32, 1.0, True, False)
    asking = tuple(Asking(Boxed(letter * 32, flow, "d" * 32), 0.0) for letter in "ab")
    outside = tuple(Outside(letter * 32, "d" * 32, START, START + 9_999.0, late=letter == "c") for letter in "cde")
    home.keeper.state = replace(home.keeper.state, asking=asking, outside=outside)
    [report] = ask(home, home.connect("panel"), Status())
    assert (report.asking, report.outside, report.overdue) == (2, 3, 1)


def test_a_watching_panel_sees_what_happens(home: Any) -> None:
    """Every piece of news, once, with the speaker's clock; however often it asked to watch."""
    panel = home.connect("panel")
    ask(home, panel, Watch())
    ask(home, panel, Watch())
    home.pass_time(2)
    home.keeper.tell(events.Quieter(*home.keeper.moment(), "mute", Owner.MQTT))
    row, mutes = heard(panel)
    assert row == Seen(at=START + 2, kind="row", facts={"n": 1, "what": "mute", "owner": "mqtt", "cause": "asked"})
    assert mutes == Seen(at=START + 2, kind="mutes", facts={"owners": "mqtt"})


def test_a_panel_that_only_asked_once_is_told_nothing(home: Any) -> None:
    """Without Watch there is no Seen."""
    panel = home.connect("panel")
    home.keeper.tell(events.Quieter(*home.keeper.moment(), "mute", Owner.MQTT))
    assert heard(panel) == []


@pytest.mark.parametrize("show", [False, True])
def test_heard_words_are_told_only_if_the_owner_allows_it(house: Make, show: bool) -> None:
    """The facts are the same; the words stand beside them or nowhere."""
    home = house(show_words=show)
    home.open_doors()
    panel = home.connect("panel")
    ask(home, panel, Watch())
    home.news.tell("heard", {"intent": "music.play"}, SPOKEN)
    [seen] = heard(panel)
    assert seen.facts == ({"intent": "music.play", "words": SPOKEN} if show else {"intent": "music.play"})


def test_what_a_panel_watched_is_taken_back_when_it_leaves(home: Any) -> None:
    """No list of watchers grows with every page that was opened."""
    before = list(home.news._watchers)
    panels = [home.connect("panel") for _ in range(3)]
    for panel in panels:
        ask(home, panel, Watch())
    assert len(home.news._watchers) == len(before) + 3
    panels[1].close()
    home.serve()
    home.news.tell("over", {})
    assert [len(heard(panel)) for panel in (panels[0], panels[2])] == [1, 1]
    for panel in panels:
        panel.close()
    home.serve()
    home.serve()
    assert home.news._watchers == before


def test_a_panel_that_does_not_read_holds_nobody_up(home: Any) -> None:
    """Thousands of news for a page that sleeps: the other one still gets its answer, and mute works."""
    sleeper, awake = home.connect("panel"), home.connect("panel")
    ask(home, sleeper, Watch())
    for n in range(5_000):
        home.news.tell("row", {"n": n})
    assert isinstance(ask(home, awake, Tighten(want="mute"))[0], Done)
    assert not home.capture.is_open
    sleeper.close()
    home.serve()
    assert home.doors.roles() == ["panel"]


def test_eight_panels_and_no_more(home: Any) -> None:
    """The ninth is told to come back later."""
    for _ in range(8):
        home.connect("panel")
    ninth = home.connect("panel")
    assert ninth.receive() == (Refused(why="8 panel is connected already"), None)
    with pytest.raises(PeerGone):
        ninth.receive()
