"""Only the collector's own word about a clip empties the outbox; no forgery of it does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from listener_house import desk, secret
from listener_peers import Uplink, offer_action, offer_clip

from keepmum.consent import Flow
from keepmum.messages import (
    Deleted,
    Delivered,
    Next,
    Tighten,
)
from keepmum.privacy import State, events
from keepmum.seal import Keys, sign_deleted, sign_stored

NOBODY = "0" * 32


def later(home: Any, seconds: float) -> None:
    """Time passes, and the core looks at it."""
    home.pass_time(seconds)
    home.keeper.tell(events.Ticked(*home.keeper.moment()))


Make = Callable[..., Any]


def test_the_collectors_receipt_and_nothing_else_empties_the_outbox(
    home: Any, uplink: Uplink, clip: Any, clip_flow: Flow, keys: Keys
) -> None:
    """Stored over there, so erased here, with a row."""
    parcel = offer_clip(home, clip, clip_flow)
    message, _ = uplink.take()
    uplink.say(Delivered(parcel=parcel, receipt=sign_stored(keys, parcel, message.sha256, 5.0)))
    assert home.outbox.waiting() == []
    assert home.rows("delivered") == [{"what": "delivered", "parcel": parcel}]
    assert home.keeper.state.box == ()


FORGERIES: dict[str, Callable[[Keys, str, str], str]] = {
    "none": lambda _keys, _parcel, _sha: "",
    "nonsense": lambda _keys, _parcel, _sha: "it arrived, honestly",
    "json": lambda _keys, _parcel, _sha: "[]",
    "deep": lambda _keys, _parcel, _sha: "[" * 3_000,
    "another's signature": lambda _keys, parcel, sha: sign_stored(desk("another"), parcel, sha, 5.0),
    "for another parcel": lambda keys, _parcel, sha: sign_stored(keys, NOBODY, sha, 5.0),
    "for other bytes": lambda keys, parcel, _sha: sign_stored(keys, parcel, "0" * 64, 5.0),
    "with a word more": lambda keys, parcel, sha: sign_stored(keys, parcel, sha, 5.0)[:-1] + ',"more":1}',
    "with another time": lambda keys, parcel, sha: sign_stored(keys, parcel, sha, 5.0).replace("5.0", "6.0"),
    "cut": lambda keys, parcel, sha: sign_stored(keys, parcel, sha, 5.0)[:-2],
}


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_receipt_erases_nothing(
    home: Any, uplink: Uplink, clip: Any, clip_flow: Flow, keys: Keys, how: str
) -> None:
    """The parcel stays, is handed over again, and the true receipt still counts."""
    parcel = offer_clip(home, clip, clip_flow)
    message, body = uplink.take()
    uplink.say(Delivered(parcel=parcel, receipt=FORGERIES[how](keys, parcel, message.sha256)))
    assert (home.outbox.waiting(), home.rows("delivered")) == ([parcel], [])
    (row,) = home.rows("disputed")
    assert (row["parcel"], row["about"]) == (parcel, "stored")
    later(home, 61.0)
    uplink.say(Next())
    assert uplink.take()[1] == body
    uplink.say(Delivered(parcel=parcel, receipt=sign_stored(keys, parcel, message.sha256, 5.0)))
    assert home.outbox.waiting() == []


def test_a_true_receipt_for_one_clip_does_not_erase_another(
    home: Any, uplink: Uplink, clip: Any, clip_flow: Flow, keys: Keys
) -> None:
    """Each receipt counts for its own parcel, whichever name stands beside it."""
    first, second = offer_clip(home, clip, clip_flow), offer_clip(home, clip, clip_flow)
    message, _ = uplink.take()
    uplink.say(Delivered(parcel=second, receipt=sign_stored(keys, first, message.sha256, 5.0)))
    assert home.outbox.waiting() == [first, second]


def test_a_delivery_of_something_unknown_changes_nothing(home: Any, uplink: Uplink, keys: Keys) -> None:
    """No row, no erasure, no error; the parcel that is outside stays outside."""
    offer_action(home)
    rows, state = home.rows(), home.keeper.state
    uplink.say(Delivered(parcel=NOBODY), Delivered(parcel=NOBODY, receipt=sign_stored(keys, NOBODY, "0" * 64, 1.0)))
    assert (home.rows(), home.keeper.state) == (rows, state)


def test_a_deletion_that_nobody_demanded_is_not_believed(
    home: Any, uplink: Uplink, clip: Any, clip_flow: Flow, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a clip that was delivered, signed in advance, or of nothing: no row, no news, not even a line."""
    parcel = offer_clip(home, clip, clip_flow)
    message, _ = uplink.take()
    uplink.say(Delivered(parcel=parcel, receipt=sign_stored(keys, parcel, message.sha256, 5.0)))
    rows, state = home.rows(), home.keeper.state
    caplog.clear()
    deletion = hashlib.sha256(secret(parcel)).hexdigest()
    uplink.say(Deleted(parcel=parcel, receipt=sign_deleted(keys, deletion, True, 0, 6.0)))
    uplink.say(Deleted(parcel=NOBODY, receipt="it is gone, honestly"))
    assert (home.rows(), home.keeper.state, caplog.text) == (rows, state, "")


def test_a_recipient_cannot_say_that_it_never_had_what_it_signed_for(
    home: Any, uplink: Uplink, clip: Any, clip_flow: Flow, keys: Keys
) -> None:
    """That is disputed, with a row, and the demand stands until it says that it destroyed the clip."""
    parcel = offer_clip(home, clip, clip_flow)
    message, _ = uplink.take()
    uplink.say(Delivered(parcel=parcel, receipt=sign_stored(keys, parcel, message.sha256, 5.0)), Next())
    uplink.say(Tighten(want="forget"))
    deletion = hashlib.sha256(secret(parcel)).hexdigest()
    uplink.say(Deleted(parcel=parcel, receipt=sign_deleted(keys, deletion, False, 0, 6.0)))
    (row,) = home.rows("disputed")
    assert (row["parcel"], row["about"]) == (parcel, "deleted")
    assert [each.id for each in home.keeper.state.outside] == [parcel]
    uplink.say(Deleted(parcel=parcel, receipt=sign_deleted(keys, deletion, True, 0, 7.0)))
    assert home.keeper.state.outside == ()


def test_without_a_card_no_clip_can_have_arrived(house: Make, agreed: State, clip: Any, clip_flow: Flow) -> None:
    """A clip from before the card was taken away: nobody can be agreed with any more, so it is erased, with a row."""
    before = house(agreed)
    before.keeper.start()
    parcel = offer_clip(before, clip, clip_flow)
    home = house(agreed, card=None)
    home.open_doors()
    home.keeper.start()
    assert (home.outbox.waiting(), home.rows("delivered")) == ([], [])
    assert [(row["parcel"], row["reason"]) for row in home.rows("dropped")] == [(parcel, "no_consent")]
    assert home.rows("consent")[-1]["state"] == "invalidated"


def test_a_parcel_damaged_on_its_way_is_dropped(home: Any, uplink: Uplink) -> None:
    """Its file was changed while it was outside: the delivery cannot be checked, and it is never sent again."""
    parcel = offer_action(home)
    uplink.take()
    file = next((home.folder / "outbox" / "new").iterdir())
    file.write_bytes(file.read_bytes() + b"!")
    uplink.say(Delivered(parcel=parcel))
    assert home.rows("delivered") == []
    later(home, 1.0)
    uplink.say(Next())
    assert uplink.line.receive() is None
    assert [row["parcel"] for row in home.rows("dropped")] == [parcel]
