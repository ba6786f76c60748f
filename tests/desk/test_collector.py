"""The collector, fed through a real broker: what it stores, what it answers, and what it does not."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from keepmum import seal
from keepmum.card import Card, Keys
from keepmum.clip import Clip, new_id, pack
from keepmum.clock import RealClock
from keepmum.desk import collector as collector_module
from keepmum.desk.collector import Collector
from keepmum.desk.store import Store
from keepmum.errors import ConfigError, OutboxError, SealError
from keepmum.settings import BrokerSettings
from keepmum.uplink import chunks
from keepmum.uplink.access import Access
from keepmum.uplink.broker import Link
from keepmum.uplink.events import Came, Listening, Up
from keepmum.uplink.pace import Pace

SWIFT = Pace(first=0.05, longest=0.2, per_minute=1_000, answer=5.0)
NOISE = b"\x12\x34" * 40_000


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sealed_clip(card: Card, parcel: str, pcm: bytes = NOISE, inside: str | None = None) -> bytes:
    clip = Clip(inside or parcel, pcm, "alexa")
    return seal.seal(card, seal.About(parcel, "asr-improvement", "1"), pack(clip))


class Sender:
    """Somebody who publishes parts, and reads the receipts."""

    def __init__(self, port: int) -> None:
        self.link = Link(Access("127.0.0.1", port))
        self.receipts: list[tuple[str, str]] = []
        self.ready = False
        self.link.connect()

    def turn(self) -> None:
        self.link.turn()
        while (event := self.link.next_event()) is not None:
            if isinstance(event, Up):
                self.link.listen("keepmum/receipts/#")
            elif isinstance(event, Listening):
                self.ready = True
            elif isinstance(event, Came):
                self.receipts.append((event.topic, event.untrusted_payload.decode()))

    def send(self, parcel: str, content: bytes, *, leave_out: int = 0, topic: str | None = None) -> None:
        for part in chunks.cut(parcel, sha256(content), content, 20_000)[leave_out:]:
            self.link.publish(topic or f"keepmum/clips/{parcel}", part, None)


class Post:
    """A sender and a collector at one broker."""

    def __init__(self, sender: Sender, desk: Collector, store: Store, wait_until: Callable[..., None]) -> None:
        self.sender, self.desk, self.store, self._wait = sender, desk, store, wait_until

    def until(self, condition: Callable[[], bool]) -> None:
        self._wait(condition, self.sender.turn, lambda: self.desk.turn(0.005))

    def settle(self, keys: Keys) -> int:
        """Everything sent before has been dealt with when a good clip after it is answered; how many receipts."""
        name = new_id()
        before = len(self.sender.receipts)
        self.sender.send(name, sealed_clip(keys.card, name))
        self.until(lambda: bool(self.sender.receipts) and self.sender.receipts[-1][0].endswith(name))
        return len(self.sender.receipts) - before - 1


@pytest.fixture
def post(mosquitto: Any, keys: Keys, store: Store, wait_until: Callable[..., None]) -> Iterator[Post]:
    """Both are subscribed."""
    desk = Collector(Access("127.0.0.1", mosquitto.port), "keepmum", keys, store, RealClock(), pace=SWIFT)
    sender = Sender(mosquitto.port)
    one = Post(sender, desk, store, wait_until)
    one.until(lambda: sender.ready and desk.ready)
    yield one
    sender.link.leave()
    desk.close()


def test_a_clip_is_stored_sealed_and_answered_with_a_signed_receipt(post: Post, keys: Keys) -> None:
    """The receipt satisfies the household's check, and the file holds the sealed bytes only."""
    name = new_id()
    sealed = sealed_clip(keys.card, name)
    post.sender.send(name, sealed)
    post.until(lambda: bool(post.sender.receipts))
    topic, receipt = post.sender.receipts[0]
    assert topic == f"keepmum/receipts/{name}"
    seal.check_receipt(keys.card, receipt, name, sha256(sealed))
    assert post.store.sealed(name) == sealed


def test_no_plaintext_is_in_the_file(post: Post, keys: Keys, tmp_path: Path) -> None:
    """Neither sound nor phrase of a clip can be found in the store's files."""
    name = new_id()
    post.sender.send(name, sealed_clip(keys.card, name))
    post.until(lambda: bool(post.sender.receipts))
    content = b"".join(file.read_bytes() for file in tmp_path.glob("clips.db*"))
    assert name.encode() in content
    assert NOISE[:64] not in content
    assert b"keepmum-clip" not in content


def test_a_duplicate_gets_its_receipt_again(post: Post, keys: Keys) -> None:
    """The second time one part is enough, and nothing is stored twice."""
    name = new_id()
    sealed = sealed_clip(keys.card, name)
    post.sender.send(name, sealed)
    post.until(lambda: len(post.sender.receipts) == 1)
    part = chunks.cut(name, sha256(sealed), sealed, 20_000)[2]
    post.sender.link.publish(f"keepmum/clips/{name}", part, None)
    post.until(lambda: len(post.sender.receipts) == 2)
    seal.check_receipt(keys.card, post.sender.receipts[1][1], name, sha256(sealed))
    assert len(post.store.clips()) == 1


def test_the_same_id_with_other_bytes_is_an_alarm_without_a_receipt(post: Post, keys: Keys) -> None:
    """The first clip stays, the alarm is on record, and the second sender gets no receipt."""
    name = new_id()
    first, second = sealed_clip(keys.card, name), sealed_clip(keys.card, name, b"\1\1" * 9_000)
    post.sender.send(name, first)
    post.until(lambda: len(post.sender.receipts) == 1)
    post.sender.send(name, second)
    assert post.settle(keys) == 0
    assert post.store.sealed(name) == first
    assert [(alarm.stored, alarm.came) for alarm in post.store.alarms()] == [(sha256(first), sha256(second))]


def test_an_alarm_rings_even_if_the_other_bytes_do_not_open(post: Post, keys: Keys) -> None:
    """Rubbish under the id of a stored clip is an alarm too."""
    name = new_id()
    post.sender.send(name, sealed_clip(keys.card, name))
    post.until(lambda: len(post.sender.receipts) == 1)
    post.sender.send(name, b"rubbish")
    assert post.settle(keys) == 0
    assert len(post.store.alarms()) == 1


@pytest.mark.parametrize("kind", ["rubbish", "other keys", "other id outside", "other id inside", "no clip", "altered"])
def test_what_is_no_clip_for_us_is_refused_with_a_reason(post: Post, keys: Keys, kind: str) -> None:
    """It is noted, not stored, and gets no receipt."""
    name = new_id()
    good = sealed_clip(keys.card, name)
    body = {
        "rubbish": b"rubbish" * 5_000,
        "other keys": sealed_clip(Keys.generate("Stranger", "s@example.org").card, name),
        "other id outside": sealed_clip(keys.card, new_id()),
        "other id inside": sealed_clip(keys.card, name, inside=new_id()),
        "no clip": seal.seal(keys.card, seal.About(name, "asr-improvement", "1"), b"a letter"),
        "altered": good[:-1] + bytes([good[-1] ^ 1]),
    }[kind]
    post.sender.send(name, body)
    assert post.settle(keys) == 0
    [refusal] = post.store.refusals()
    assert (refusal.id, refusal.sha256, refusal.size) == (name, sha256(body), len(body))
    assert refusal.reason
    assert name not in {row.id for row in post.store.clips()}


def test_an_incomplete_clip_gets_no_receipt(post: Post, keys: Keys) -> None:
    """One missing part is enough; when the clip comes again it is stored."""
    name = new_id()
    sealed = sealed_clip(keys.card, name)
    post.sender.send(name, sealed, leave_out=1)
    assert post.settle(keys) == 0
    post.sender.send(name, sealed)
    post.until(lambda: name in {row.id for row in post.store.clips()})


def test_nonsense_on_the_topic_is_survived(post: Post, keys: Keys) -> None:
    """Random bytes, empty messages and parts under another parcel's topic change nothing."""
    for size in (0, 1, 59, 60, 200, 70_000):
        post.sender.link.publish(f"keepmum/clips/{new_id()}", os.urandom(size), None)
    name = new_id()
    post.sender.send(name, sealed_clip(keys.card, name), topic=f"keepmum/clips/{new_id()}")
    assert post.settle(keys) == 0
    assert len(post.store.clips()) == 1
    assert post.store.refusals() == []


def test_the_receipt_comes_after_the_commit(post: Post, keys: Keys) -> None:
    """If the store does not take the clip, no receipt is signed: the collector stops."""
    name = new_id()
    post.store._db.execute("PRAGMA query_only=1")
    post.sender.send(name, sealed_clip(keys.card, name))
    with pytest.raises(OutboxError):
        post.until(lambda: bool(post.sender.receipts))
    for _ in range(50):
        post.sender.turn()
    assert post.sender.receipts == []


def test_without_a_broker_there_is_nothing_to_collect(keys: Keys, store: Store) -> None:
    """One clear error."""
    with pytest.raises(ConfigError, match="no broker"):
        collector_module.run(BrokerSettings(), "keepmum", keys, store, RealClock(), lambda: True)


def test_run_collects_until_it_is_told_to_stop(
    mosquitto: Any, keys: Keys, store: Store, wait_until: Callable[..., None]
) -> None:
    """`run` asks `until` again and again and hangs up politely."""
    asked: list[int] = []
    broker = BrokerSettings(host="127.0.0.1", port=mosquitto.port)
    collector_module.run(broker, "keepmum", keys, store, RealClock(), lambda: asked.append(1) or len(asked) > 3)
    assert len(asked) == 4


def test_a_forged_receipt_fails_the_households_check(keys: Keys) -> None:
    """Only the card's owner can sign, and a receipt is for one parcel with its bytes only."""
    name, other = new_id(), new_id()
    forged = seal.sign_receipt(Keys.generate("Stranger", "s@example.org"), name, "0" * 64, 1.0)
    foreign = seal.sign_receipt(keys, other, "0" * 64, 1.0)
    for receipt in (forged, foreign, "", "{}"):
        with pytest.raises(SealError):
            seal.check_receipt(keys.card, receipt, name, "0" * 64)


def test_mosquitto_sub_reads_nothing_but_sealed_parts(post: Post, mosquitto: Any, keys: Keys, tmp_path: Path) -> None:
    """What the broker's operator sees of a clip contains neither its sound nor its phrase."""
    words = ["mosquitto_sub", "-V", "5", "-h", "127.0.0.1", "-p", str(mosquitto.port), "-t", "#", "-d", "-N"]
    with subprocess.Popen(["stdbuf", "-o0", *words], stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        while not reader.stdout.readline().startswith(b"Subscribed"):
            pass
        post.settle(keys)
        seen = b""
        while b"keepmum/receipts/" not in seen:
            seen += os.read(reader.stdout.fileno(), 65_536)
        reader.terminate()
    assert b"keepmum-seal" in seen
    assert NOISE[:64] not in seen
    assert b"keepmum-clip" not in seen
