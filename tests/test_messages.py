"""What one process may say to another, and that nothing outside the speaker has a word for loosening."""

from __future__ import annotations

import json
import math
import types
import typing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from keepmum import messages
from keepmum.errors import BadMessage
from keepmum.messages import LARGEST, TABLE, Message, decode, encode, type_of

EVERY_KIND = sorted({kind for role in TABLE.values() for side in role for kind in side}, key=type_of)
CANARY = "canary-7f3a"
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

WHAT_PEERS_MAY_SAY = {
    "uplink": {"uplink_hello", "next", "delivered", "deleted", "failed", "tighten", "home_fact", "broker_state"},
    "skills": {"skills_hello", "answer"},
    "panel": {"status", "overview", "tighten", "propose", "say", "watch"},
}
WHAT_SKILLS_MAY_ASK_FOR = {"home_action", "set_volume", "tighten", "propose", "chime"}

_SHAPES = {
    messages.Id: st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
    messages.Name: st.from_regex(r"[a-z][a-z0-9_.]{0,10}", fullmatch=True),
    messages.Topic: st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,3}", fullmatch=True),
    messages.Text: st.text(max_size=60),
    messages.Blob: st.text(max_size=60),
    messages.Action: st.deferred(lambda: st.one_of([whole(kind) for kind in _actions()])),
}


def _actions() -> tuple[type[Message], ...]:
    return typing.get_args(typing.get_args(messages.Action)[0])


def _value(wanted: typing.Any) -> st.SearchStrategy[typing.Any]:
    """Good values for one annotated field, read from the annotation itself."""
    if wanted in _SHAPES:
        return _SHAPES[wanted]
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is typing.Annotated:
        return _bounded(arguments[0], arguments[1])
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([_value(one) for one in arguments])
    if origin is list:
        return st.lists(_value(arguments[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(_value(arguments[0]), _value(arguments[1]), max_size=3)
    if isinstance(wanted, type) and issubclass(wanted, Message):
        return whole(wanted)
    plain = {
        str: st.text(max_size=40),
        int: st.integers(0, 2**31),
        bool: st.booleans(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        type(None): st.none(),
    }
    return plain[wanted]


def _bounded(inner: typing.Any, field: typing.Any) -> st.SearchStrategy[typing.Any]:
    limits = {type(one).__name__: one for one in field.metadata}
    if typing.get_origin(inner) is list:
        return _value(inner)
    if inner is str:
        pattern = next((one.pattern for one in field.metadata if getattr(one, "pattern", None)), None)
        return st.from_regex(pattern.removesuffix("$"), fullmatch=True) if pattern else st.text(min_size=1, max_size=40)
    if inner is float:
        return st.floats(1e-3, 1e6)
    return st.integers(limits["Ge"].ge, limits["Le"].le if "Le" in limits else 2**31)


def whole(kind: type[Message]) -> st.SearchStrategy[Message]:
    """Every well-formed message of one kind."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{name: _value(hints[name]) for name in kind.model_fields})


def packet_of(**fields: object) -> bytes:
    """A packet as a peer might write it by hand."""
    return json.dumps(fields).encode()


def answer_to(untrusted: bytes, allowed: tuple[type[Message], ...]) -> type:
    """The kind of message that a packet turned out to be, or BadMessage; any other error passes."""
    try:
        return type(decode(untrusted, allowed))
    except BadMessage:
        return BadMessage


# ---- what there is a word for


def test_the_words_that_a_peer_may_say_are_exactly_these() -> None:
    """A new message that a peer may send has to be written into this list too, by somebody who thought about it."""
    assert {role: {type_of(kind) for kind in row.receives} for role, row in TABLE.items()} == WHAT_PEERS_MAY_SAY


def test_the_actions_inside_an_answer_are_exactly_these() -> None:
    """A skill can ask for five things; a proposal is the only one about consents, and it opens nothing."""
    assert {type_of(kind) for kind in _actions()} == WHAT_SKILLS_MAY_ASK_FOR


def test_want_is_seven_words_that_all_make_the_speaker_quieter() -> None:
    """Muting, for twelve hours or longer, local, withdrawing, and forgetting all, today or the last: no eighth word,
    and no opposite of one."""
    words = {"mute", "guest", "local", "withdraw", "forget", "forget_today", "forget_last"}
    assert set(typing.get_args(messages.Want)) == words


@pytest.mark.parametrize("want", ["unmute", "share", "ask", "grant", "Mute", "mute ", "", None, True, ["mute"]])
def test_a_word_that_would_loosen_is_not_a_message(want: object) -> None:
    """Whatever else stands where a tightening word belongs, the packet is refused."""
    with pytest.raises(BadMessage, match="want"):
        decode(packet_of(type="tighten", want=want), (messages.Tighten,))


@pytest.mark.parametrize("role", TABLE)
def test_no_peer_may_say_what_only_the_listener_says(role: str) -> None:
    """What the listener sends, and what other peers send, is refused from this peer."""
    row = TABLE[role]
    for kind in EVERY_KIND:
        if kind not in row.receives:
            with pytest.raises(BadMessage, match=f"'{type_of(kind)}', which this peer may not send"):
                decode(packet_of(type=type_of(kind)), row.receives)


def test_no_type_word_is_used_twice() -> None:
    """Two messages with one word could be taken for each other."""
    kinds = {*EVERY_KIND, *_actions()}
    assert len({type_of(kind) for kind in kinds}) == len(kinds)


def test_every_message_is_frozen_and_takes_no_other_fields() -> None:
    """Nobody changes a message on its way, and nothing travels in a field that nobody declared."""
    for kind in {*EVERY_KIND, *_actions()}:
        assert issubclass(kind, BaseModel)
        assert (kind.model_config["frozen"], kind.model_config["extra"]) == (True, "forbid")
        assert kind.model_config["strict"] is True


# ---- there and back


@pytest.mark.parametrize("kind", EVERY_KIND, ids=type_of)
@settings(UNHURRIED, max_examples=25)
@given(draw=st.data())
def test_every_message_arrives_as_it_was_sent(kind: type[Message], draw: st.DataObject) -> None:
    """Any well-formed message of any kind comes out of its packet equal to what went in."""
    message = draw.draw(whole(kind))
    assert decode(encode(message), EVERY_KIND) == message  # type: ignore[arg-type]


# ---- nonsense


@UNHURRIED
@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_and_nothing_else_happens(untrusted: bytes) -> None:
    """Whatever bytes arrive, the only answers are a message or a BadMessage."""
    for role in TABLE.values():
        assert answer_to(untrusted, role.receives) in {*role.receives, BadMessage}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_words = st.sampled_from([type_of(kind) for kind in EVERY_KIND])
_fields = st.sampled_from(sorted({name for kind in EVERY_KIND for name in kind.model_fields} - {"type"}))


@UNHURRIED
@given(word=_words | st.text(max_size=50), fields=st.dictionaries(_fields, _json, max_size=6))
def test_a_packet_with_wrong_fields_is_refused_and_nothing_else_happens(word: str, fields: dict[str, object]) -> None:
    """Right words with wrong, missing or superfluous fields are a message or a BadMessage, never another error."""
    for role in TABLE.values():
        assert answer_to(packet_of(**{"type": word, **fields}), role.receives) in {*role.receives, BadMessage}


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"next"',
        b'{"type": 1}',
        b'{"type": null}',
        b'{"type": "' + b"x" * 41 + b'"}',
        b'{"type": "next"',
        b'{"type": "next"} {"type": "next"}',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"type": "next", "a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    ],
    ids=range(13),
)
def test_a_packet_that_is_no_message_is_refused(packet: bytes) -> None:
    """Wrong JSON, wrong shapes and very deep ones are all refused the same way."""
    with pytest.raises(BadMessage):
        decode(packet, TABLE["uplink"].receives)


def test_a_field_given_twice_counts_once() -> None:
    """The check and the use read the same parsed packet, so a second `type` cannot smuggle another message in."""
    packet = b'{"type": "tighten", "type": "next", "want": "mute"}'
    with pytest.raises(BadMessage, match="next"):
        decode(packet, TABLE["uplink"].receives)


@pytest.mark.parametrize("percent", ["50", 50.5, True, -1, 101, math.inf])
def test_numbers_are_not_guessed(percent: object) -> None:
    """A number in quotes, a fraction, a bool or a number out of bounds is not a percentage."""
    packet = packet_of(type="answer", id=1, actions=[{"type": "set_volume", "percent": percent}])
    with pytest.raises(BadMessage, match="actions"):
        decode(packet, TABLE["skills"].receives)


@pytest.mark.parametrize("due", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_a_time_that_never_comes_is_refused(due: bytes) -> None:
    """No clock can show it, so no message can carry it."""
    with pytest.raises(BadMessage):
        decode(b'{"type": "answer", "id": 1, "due": ' + due + b"}", TABLE["skills"].receives)


# ---- limits


def test_a_message_that_would_not_fit_is_refused_before_it_is_sent() -> None:
    """The sender learns that its message is too large; the listener never sees a part of it."""
    seen = messages.Seen(at=0.0, kind="heard", facts={str(n): "x" * 100 for n in range(1_000)})
    with pytest.raises(BadMessage, match=r"'seen' message of [0-9]+ bytes") as refused:
        encode(seen)
    assert str(LARGEST) in refused.value.hint


def test_a_packet_that_is_too_large_is_refused_unread() -> None:
    """Size is looked at first."""
    with pytest.raises(BadMessage, match=f"a packet of {LARGEST + 1} bytes"):
        decode(b" " * (LARGEST + 1), TABLE["uplink"].receives)


# ---- what may be said about a refused message


_TELLING = [
    packet_of(type="say", text=CANARY * 200),
    packet_of(type="say", text="x", **{"extra": CANARY}),
    packet_of(type="say", text=[CANARY]),
    packet_of(type="status", why=CANARY),
    packet_of(type="answer", id=1, speech=CANARY, actions=[{"type": CANARY}]),
    packet_of(type="answer", id=1, memory={"a": CANARY}),
    packet_of(type="seen", at=0, kind=CANARY),
    packet_of(type="tighten", want=CANARY),
    packet_of(type=CANARY),
    packet_of(type=CANARY * 10),
    CANARY.encode(),
    b'{"type": "say", "text": "' + CANARY.encode(),
]


@pytest.mark.parametrize("packet", _TELLING, ids=range(len(_TELLING)))
def test_a_refusal_never_repeats_what_was_in_the_message(packet: bytes) -> None:
    """A refusal is logged, and the log must not carry a heard word: type and field names are all it says."""
    allowed = (messages.Say, messages.Status, messages.Answer, messages.Tighten)
    with pytest.raises(BadMessage) as refused:
        decode(packet, allowed)
    told, error = "", refused.value
    while error is not None:
        told += f"{error} {error.args} {getattr(error, 'hint', '')}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert CANARY not in told


def test_field_names_that_a_peer_invented_are_not_repeated_either() -> None:
    """A peer could put a heard word into the name of a field, or one so long that no answer could hold it."""
    with pytest.raises(BadMessage) as refused:
        decode(packet_of(type="status", **{CANARY: 1, "x" * 5_000: 2}), (messages.Status,))
    assert refused.value.what == "a 'status' message that is wrong in an undeclared field"
    assert messages.Refused(why=refused.value.what, hint=refused.value.hint)


def test_a_refusal_names_the_declared_fields_that_are_wrong() -> None:
    """Whoever wrote the peer finds the mistake by the names in messages.py."""
    with pytest.raises(BadMessage, match="wrong in final, parcel, reason"):
        decode(packet_of(type="failed", parcel="x", final=1), TABLE["uplink"].receives)
