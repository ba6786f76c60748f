"""Whoever asks for quiet is told plainly what came of it: what is gone, and what somebody else has to destroy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from listener_core import RECIPIENT, START, CoreKeeper, agreed, asked_about, consent, terms

from keepmum.consent import DAY, Flow, Kind, Purpose, Rung
from keepmum.listener import phrases
from keepmum.listener.tightening import tighten
from keepmum.messages import Want
from keepmum.privacy import Owner
from keepmum.privacy.state import Boxed, Outside

CLIP = Flow(Kind.CLIP, Purpose.ASR_IMPROVEMENT, RECIPIENT, 1.0, True, False, Rung.VOICE, "m" * 32)


def outside(number: str, at: float = START, demanded: float | None = None) -> Outside:
    """Somebody else may have this clip."""
    return Outside(number * 32, "c" * 32, at, START + 30 * DAY, demanded)


def keeper(*, waits: int = 0, left: tuple[Outside, ...] = ()) -> CoreKeeper:
    """So many clips wait in the outbox, and these have left."""
    box = tuple(Boxed(str(number) * 32, CLIP, "c" * 32, at=START) for number in range(waits))
    return CoreKeeper(agreed(consent(terms()), box=box, outside=left))


@pytest.mark.parametrize(
    ("want", "said"), [("mute", phrases.MUTED), ("guest", phrases.GUEST), ("local", phrases.LOCAL)]
)
def test_quiet_is_confirmed(want: Want, said: str) -> None:
    """Each in its own words, in the name of who asked."""
    house = keeper()
    assert tighten(house, want, Owner.PANEL) == said  # type: ignore[arg-type]
    assert [(event.want, event.owner) for event in house.told] == [(want, Owner.PANEL)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("want", ["forget", "forget_today", "forget_last"])
@pytest.mark.parametrize(
    ("waits", "left", "said"),
    [
        (0, (), phrases.NOTHING_TO_FORGET),
        (2, (), phrases.FORGOTTEN),
        (0, (outside("a"),), phrases.recalled(1)),
        (1, (outside("a"), outside("b")), phrases.recalled(2)),
        (0, (outside("a", demanded=START - 5),), phrases.ASKED_ALREADY),
    ],
)
def test_forgetting_says_whether_something_has_to_be_destroyed_elsewhere(
    want: Want, waits: int, left: tuple[Outside, ...], said: str
) -> None:
    """ "I have asked for it to be destroyed" only if something had left."""
    assert tighten(keeper(waits=waits, left=left), want, Owner.VOICE) == said  # type: ignore[arg-type]


def test_only_the_last_is_forgotten_when_only_the_last_is_meant() -> None:
    """What left an hour ago is not recalled by "delete what I just said"; all of it is by "forget everything"."""
    house = keeper(left=(outside("a", START - 3_600), outside("b")))
    assert tighten(house, "forget_last", Owner.VOICE) == phrases.recalled(1)  # type: ignore[arg-type]
    assert tighten(house, "forget", Owner.VOICE) == phrases.recalled(1)  # type: ignore[arg-type]
    assert all(each.demanded is not None for each in house.state.outside)


def test_a_clip_that_waits_for_an_answer_is_forgotten_too() -> None:
    """It is the last thing that was said."""
    house = CoreKeeper(agreed(consent(terms(asks=True))))
    asked_about(house, "a")
    assert tighten(house, "forget_last", Owner.MQTT) == phrases.FORGOTTEN  # type: ignore[arg-type]
    assert house.state.asking == ()


@pytest.mark.parametrize(("left", "also"), [((), ""), ((outside("a"), outside("b")), phrases.recalled(2))])
def test_withdrawing_says_what_is_recalled(left: tuple[Outside, ...], also: str) -> None:
    """Nothing is agreed to any more; what had left is demanded back, and that is said."""
    house = keeper(left=left)
    said = tighten(house, "withdraw", Owner.VOICE)  # type: ignore[arg-type]
    assert said == f"{phrases.WITHDRAWN} {also}".strip()
    assert house.state.consents == ()


def test_withdrawing_for_want_of_any_consent_recalls_nothing_twice() -> None:
    """What was demanded before is not announced again."""
    house = keeper(left=(replace(outside("a"), demanded=START - 5),))
    assert tighten(house, "withdraw", Owner.VOICE) == phrases.WITHDRAWN  # type: ignore[arg-type]
