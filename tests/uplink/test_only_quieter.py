"""Nothing that comes from outside can loosen, start listening, or read: the state only ever gets quieter."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest

from keepmum import messages, privacy
from keepmum.consent import Consent, Flow, Kind, Mode, Purpose, Rung, Terms
from keepmum.messages import TABLE, Deleted, Delivered, HomeFact, Message, Next, Tighten, Want
from keepmum.privacy import Boxed, Owner, State, events
from keepmum.privacy.effects import Open
from keepmum.uplink.courier import Courier
from keepmum.uplink.events import Acked, Apart, Came, Handed, ListenerHere, Listening, Up
from keepmum.uplink.house import House

NOW, WALL = 50.0, 1_800_000_000.0
CLIP, SECRET_HASH = "a" * 32, hashlib.sha256(bytes(32)).hexdigest()
TOPICS = (
    "keepmum/tighten",
    "house/weather",
    "homeassistant/status",
    f"keepmum/receipts/{CLIP}",
    f"keepmum/deleted/{SECRET_HASH}",
    f"keepmum/deletions/{SECRET_HASH}",
    f"keepmum/clips/{CLIP}",
    "keepmum/status",
    "keepmum/home/lamp",
    "keepmum/loosen",
    "$SYS/broker/uptime",
)
"""Everything that the uplink listens to at some time, and some that it does not."""

EVERY_KIND = sorted({kind for role in TABLE.values() for side in role for kind in side}, key=lambda kind: kind.__name__)


def loud() -> State:
    """A speaker that listens, shares, waits for an answer to a proposal, and has clips on their way."""
    terms = Terms(Purpose.ASR_IMPROVEMENT, Rung.VOICE, False, "m" * 32, "f" * 32, "n" * 64)
    home = replace(terms, purpose=Purpose.COMMANDS, rung=Rung.TEXT, recipient="broker:1883")
    consents = (Consent("c" * 32, terms, WALL, WALL + 1e6), Consent("d" * 32, home, WALL, WALL + 1e6))
    flow = Flow(Kind.CLIP, "asr-improvement", "f" * 32, 2.0, True, False, Rung.VOICE, "m" * 32)
    box = (Boxed(CLIP, flow, "c" * 32, at=WALL), Boxed("e" * 32, flow, "c" * 32, at=WALL))
    return State(frozenset(), Mode.SHARE, consents, WALL, box=box, handed=CLIP, offered=frozenset({terms, home}))


def muted() -> State:
    """The same, muted by its button and private for a guest."""
    return replace(loud(), mutes=frozenset({Owner.BUTTON, Owner.GUEST}), mode=Mode.ASK, handed=None)


class Speaker:
    """The uplink's policy and the privacy core, joined as the listener joins them; it objects to whatever loosens."""

    def __init__(self, state: State) -> None:
        self.state, self.wall, self.now = state, WALL, NOW
        self.relayed = self.answers = 0
        self.courier = Courier("keepmum", House("house/weather", "homeassistant"), lambda: 1.0, will="keepmum/status")
        for event in (ListenerHere(), Up()):
            self.courier.step(event, self.now)

    def carrying(self, kind: str, topic: str, body: bytes) -> Speaker:
        parcel = messages.Parcel.model_validate(
            {"id": CLIP, "kind": kind, "topic": topic, "size": len(body), "sha256": "0" * 64}
        )
        self.courier.step(Handed(parcel, body), self.now)
        self.courier.step(Listening(f"keepmum/receipts/{CLIP}", 1), self.now)
        for event in (Up(), Listening(f"keepmum/deleted/{SECRET_HASH}", 1), Acked(0)):
            self.courier.step(Apart(event), self.now)
        if kind == "status":
            self.courier.step(Up(), self.now)
        return self

    def came(self, topic: str, payload: bytes, *, retained: bool = False) -> None:
        self.now += 0.01
        came = Came(topic, payload, retained)
        for event in (came, Apart(came)):
            for order in self.courier.step(event, self.now):
                if isinstance(order, Message):
                    self.hear(order)

    def hear(self, message: Message) -> None:
        """What the listener does with a word of the uplink's; a receipt or an answer only counts if it is signed."""
        self.relayed += 1
        assert isinstance(message, TABLE["uplink"].receives)
        if isinstance(message, Tighten):
            self.tell(events.Quieter(self.now, self.wall + self.now, message.want, Owner.MQTT, since=WALL))
        else:
            assert isinstance(message, HomeFact | Delivered | Deleted | Next)
            self.answers += isinstance(message, Delivered | Deleted)

    def tell(self, event: events.Event) -> None:
        before = self.state
        self.state, effects = privacy.step(before, event)
        after = self.state
        assert after.mutes >= before.mutes
        assert after.mode <= before.mode
        assert {consent.id for consent in after.consents} <= {consent.id for consent in before.consents}
        assert {boxed.id for boxed in after.box} <= {boxed.id for boxed in before.box}
        assert (after.proposal, after.question) in ((before.proposal, before.question), (None, None))
        assert not any(isinstance(effect, Open) for effect in effects)


def every_message() -> Iterator[bytes]:
    """One of each kind that any process of ours may say to another, as it would stand on a line."""
    for kind in EVERY_KIND:
        fields: dict[str, Any] = {"type": messages.type_of(kind)}
        yield json.dumps(fields).encode()
        for name in kind.model_fields:
            fields.setdefault(name, "mute" if name == "want" else CLIP if name in ("id", "parcel") else "share")
        yield json.dumps(fields).encode()
        yield json.dumps([fields]).encode()


def malformed(count: int) -> Iterator[bytes]:
    """Words that are nearly right, JSON that is nearly a message, noise, and endless texts."""
    chance, words = random.Random(3), [word.encode() for word in get_args(Want)]
    lures = [b"unmute", b"share", b"ask", b"listen", b"open", b"agree", b"grant", b"play", b"hear", b"record"]
    for number in range(count):
        word = bytearray(chance.choice(words + lures))
        match number % 5:
            case 0:
                word[chance.randrange(len(word))] = chance.randrange(256)
            case 1:
                word += chance.choice((b" ", b"\n", b"\0", b"\xff", bytes(word)))
            case 2:
                word = bytearray(json.dumps({"want": word.decode(), "type": "tighten", "x": number}).encode())
            case 3:
                word = bytearray(chance.randbytes(chance.randrange(60)))
            case _:
                word = bytearray(chance.choice(lures) * chance.randrange(1, 2_000))
        if bytes(word) not in words:
            yield bytes(word)


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("before", [loud, muted], ids=["loud", "muted"])
def test_ten_thousand_malformed_payloads_change_nothing(topic: str, before: Any) -> None:
    """Whatever is published to whatever topic, retained or not: the state is what it was, and no word is relayed."""
    speaker = Speaker(before())
    for number, payload in enumerate((*every_message(), *malformed(10_000))):
        speaker.came(topic, payload, retained=number % 7 == 0)
    assert speaker.state == before()
    if topic != "house/weather":
        assert speaker.relayed == 0


@pytest.mark.parametrize("want", get_args(Want))
@pytest.mark.parametrize("before", [loud, muted], ids=["loud", "muted"])
def test_every_word_that_is_one_makes_it_quieter(want: str, before: Any) -> None:
    """The seven words are the only ones that change anything, and `Speaker` objects to a change that loosens."""
    speaker = Speaker(before())
    speaker.came("keepmum/tighten", want.encode(), retained=True)
    assert speaker.state == before()
    speaker.came("keepmum/tighten", want.encode())
    assert speaker.relayed == 1
    after = speaker.state
    quieter = {
        "mute": bool(after.mutes),
        "guest": Owner.GUEST in after.mutes,
        "local": after.mode is Mode.LOCAL,
        "withdraw": (after.mode, after.consents, after.box) == (Mode.LOCAL, (), ()),
        "forget": after.box == (),
        "forget_today": after.box == (),
        "forget_last": after.box == (),
    }
    assert quieter[want]


@pytest.mark.parametrize(
    ("kind", "topic", "body", "answers"),
    [("clip", "x", b"sealed", 0), ("deletion", SECRET_HASH, bytes(32), 1), ("status", "s", b"{}", 0)],
)
def test_what_comes_while_a_parcel_is_carried_loosens_nothing(kind: str, topic: str, body: bytes, answers: int) -> None:
    """In the middle of a clip, a demand or a status the same ten thousand payloads: one forged answer at most
    is relayed, and whether it is genuine is for the listener to say."""
    speaker = Speaker(loud()).carrying(kind, topic, body)
    for number, payload in enumerate((*every_message(), *malformed(10_000))):
        speaker.came(TOPICS[number % len(TOPICS)], payload)
    assert speaker.state == loud()
    assert speaker.answers == answers


def test_the_same_over_a_real_socket_ends_no_process(scene: Any) -> None:
    """Five hundred of them through a broker's socket, to every topic: the uplink still hears a request for quiet."""
    scene.ready()
    for number, payload in enumerate(malformed(500)):
        scene.broker.say(TOPICS[number % 3], payload[:1_000], retain=number % 7 == 0)
        scene.turn()
    scene.settle()
    assert scene.household.of(Tighten) == []
    scene.broker.say("keepmum/tighten", b"forget_last")
    scene.until(lambda: scene.household.of(Tighten) == [Tighten(want="forget_last")])
    assert {type(message) for message in scene.household.heard} <= set(TABLE["uplink"].receives)


def test_no_message_of_the_uplinks_has_a_word_that_loosens() -> None:
    """What the uplink may say is a closed list; of it only Tighten and a receipt change what the speaker does."""
    names = {messages.type_of(kind) for kind in TABLE["uplink"].receives}
    assert names == {
        "uplink_hello",
        "next",
        "delivered",
        "deleted",
        "failed",
        "tighten",
        "home_fact",
        "broker_state",
    }
