"""The collector at a real broker: what it hears, what it answers where, and that nothing crashes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_clips import NOISE, WALL, HandClock, Sealed, Sender, keys_for

from keepmum.clip import new_id
from keepmum.clock import RealClock
from keepmum.desk import collector as collector_module
from keepmum.desk.collector import Collector
from keepmum.desk.liars import LIARS
from keepmum.desk.scan import canaries, scan
from keepmum.desk.store import Store
from keepmum.errors import ConfigError, OutboxError, SealError
from keepmum.seal import Keys, check_deleted, check_stored, ends, epoch_of
from keepmum.settings import BrokerSettings
from keepmum.terms import DAY
from keepmum.uplink.access import Access
from keepmum.uplink.events import Listening, Up
from keepmum.uplink.pace import Pace

SWIFT = Pace(first=0.05, longest=0.2, per_minute=1_000, answer=5.0)


class Post:
    """A sender and a collector at one broker."""

    def __init__(self, sender: Sender, desk: Collector, store: Store, wait_until: Callable[..., None]) -> None:
        self.sender, self.desk, self.store, self._wait = sender, desk, store, wait_until

    def until(self, condition: Callable[[], bool]) -> None:
        self._wait(condition, self.sender.turn, lambda: self.desk.turn(0.005))

    def arrive(self, clip: Sealed) -> str:
        """The receipt."""
        self.sender.send(clip)
        self.until(lambda: self.sender.answered(f"receipts/{clip.parcel}"))
        return self.sender.answers[-1][1]

    def settle(self, keys: Keys) -> int:
        """Everything sent before has been dealt with when a good clip after it is answered; how many answers."""
        before = len(self.sender.answers)
        self.arrive(Sealed(keys.card, pcm=NOISE[:3_200]))
        return len(self.sender.answers) - before - 1


@pytest.fixture
def clock() -> HandClock:
    """In the week for which the keys are."""
    return HandClock()


@pytest.fixture
def post(
    mosquitto: Any, keys: Keys, store: Store, clock: HandClock, wait_until: Callable[..., None]
) -> Iterator[Callable[..., Post]]:
    """Both are subscribed; the collector may be given more words."""
    made: list[Post] = []

    def make(**more: Any) -> Post:
        desk = Collector(Access("127.0.0.1", mosquitto.port), "keepmum", keys, store, clock, pace=SWIFT, **more)
        sender = Sender(mosquitto.port)
        one = Post(sender, desk, store, wait_until)
        made.append(one)
        one.until(lambda: sender.ready and desk.ready)
        return one

    yield make
    for one in made:
        one.sender.link.leave()
        one.desk.close()


def test_a_clip_is_stored_and_answered_where_its_sender_listens(post: Callable[..., Post], keys: Keys) -> None:
    """The receipt comes on the topic of its parcel, and satisfies the household's check."""
    one, clip = post(), Sealed(keys.card)
    check_stored(keys.card, one.arrive(clip), clip.parcel, clip.sha256)
    assert one.sender.answers[0][0] == f"keepmum/receipts/{clip.parcel}"
    assert one.store.sealed(clip.parcel) == clip.bytes


def test_a_demand_is_answered_when_nothing_is_left(post: Callable[..., Post], keys: Keys, tmp_path: Path) -> None:
    """From the speaker's secret to the signed answer, over the broker; asked again, the same answer."""
    one, clip = post(), Sealed(keys.card)
    one.arrive(clip)
    for count in (1, 2):
        one.sender.demand(clip)
        one.until(lambda count=count: len(one.sender.answers) == 1 + count)
    topics, told = zip(*one.sender.answers[1:], strict=True)
    assert set(topics) == {f"keepmum/deleted/{clip.deletion}"}
    assert check_deleted(keys.card, told[0], clip.deletion).held
    assert told[0] == told[1]
    assert scan([tmp_path], canaries(clip.bytes)) == []


def test_demands_that_came_while_it_was_away_are_heard(post: Callable[..., Post], keys: Keys) -> None:
    """The broker keeps them in the collector's session, as it keeps parts."""
    one, clip, late = post(), Sealed(keys.card), Sealed(keys.card)
    one.arrive(clip)
    one.desk.close()
    one.sender.demand(clip)
    one.sender.send(late)
    one.until(lambda: one.sender.answered(f"deleted/{clip.deletion}"))
    one.until(lambda: one.sender.answered(f"receipts/{late.parcel}"))
    assert [row.id for row in one.store.clips()] == [late.parcel]


def test_its_name_at_the_broker_is_nobodys(mosquitto: Any, keys: Keys, store: Store) -> None:
    """Random, kept by the store: neither of a device nor of this computer, nor the fingerprint that everybody knows."""
    desk = Collector(Access("127.0.0.1", mosquitto.port), "keepmum", keys, store, HandClock())
    name = desk._link._session.client_id
    assert name is not None
    assert name == f"desk{store.session}"
    assert len(name) <= 23
    assert keys.card.fingerprint[:8] not in name
    assert os.uname().nodename not in name
    desk.close()


def test_a_broker_that_refuses_demands_gets_no_collector(keys: Keys, store: Store) -> None:
    """Whoever cannot be told to delete does not collect: only after demands are granted it asks for clips."""
    desk = Collector(Access("127.0.0.1", 1), "keepmum", keys, store, HandClock(), pace=SWIFT)
    asked: list[str] = []
    desk._link.listen = asked.append  # type: ignore[method-assign]
    desk._take_in(Up())
    desk._take_in(Listening("keepmum/deletions/+", 135))
    assert (asked, desk.ready) == (["keepmum/deletions/+"], False)
    desk._take_in(Listening("keepmum/deletions/+", 1))
    assert (asked, desk.ready) == (["keepmum/deletions/+", "keepmum/clips/+"], False)
    desk._take_in(Listening("keepmum/clips/+", 1))
    assert desk.ready


def test_retained_clips_are_ignored_and_a_retained_demand_is_done(
    mosquitto: Any, keys: Keys, post: Callable[..., Post]
) -> None:
    """Nothing of ours retains a message; what asks for less is done all the same, and more is never taken from it."""
    clip, gone = Sealed(keys.card), Sealed(keys.card)
    client = ["mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", str(mosquitto.port), "-r", "-s"]
    for topic, payload in (
        (f"keepmum/clips/{clip.parcel}", clip.parts(65_536)[0]),
        (f"keepmum/deletions/{gone.deletion}", gone.secret),
    ):
        subprocess.run([*client, "-t", topic], input=payload, check=True, timeout=10)
    one = post()
    one.until(lambda: one.sender.answered(f"deleted/{gone.deletion}"))
    one.settle(keys)
    assert one.desk._reception._assembly.held == 0


def test_malformed_messages_on_every_topic_are_survived(post: Callable[..., Post], keys: Keys) -> None:
    """Empty, short, long, binary, on strange names: nothing is answered, stored or remembered."""
    one = post()
    for size in (0, 1, 31, 33, 59, 60, 200, 70_000):
        for topic in (f"clips/{new_id()}", "clips/+x", "clips/", f"deletions/{'0' * 64}", "deletions/", "deletions/é"):
            one.sender.publish(topic.replace("+", "p"), os.urandom(size))
    one.sender.publish(f"deletions/{'0' * 64}", os.urandom(32))
    one.sender.send(Sealed(keys.card), topic=new_id())
    assert one.settle(keys) == 0
    assert len(one.store.clips()) == 1
    assert one.store.refusals() == one.store.all_gone() == []


def test_ten_thousand_malformed_messages_through_the_broker(
    mosquitto: Any, post: Callable[..., Post], keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    """Half on clips and half on demands: the next good clip is answered, and the log has a few lines."""
    one = post()
    for topic in (f"clips/{new_id()}", f"deletions/{'f' * 64}"):
        words = ["mosquitto_pub", "-p", str(mosquitto.port), "-t", f"keepmum/{topic}", "-q", "1", "-l"]
        subprocess.run(words, input=b"nonsense with no end\n" * 5_000, check=True, timeout=60)
        assert one.settle(keys) == 0
    counts = one.desk._reception._notes._counts
    assert {kind: counts[kind] for kind in counts} == {"no part of a clip": 5_000, "no demand to delete": 5_000}
    assert len(caplog.records) <= 12


def test_it_destroys_what_is_over_at_the_start_and_every_hour(
    post: Callable[..., Post], keys: Keys, clock: HandClock, tmp_path: Path
) -> None:
    """Without being told; the key goes with it, from the file too, and the clip that comes again is refused."""
    keys.save(tmp_path / "desk.keys")
    one, clip = post(keys_file=tmp_path / "desk.keys"), Sealed(keys.card)
    one.arrive(clip)
    clock.offset += ends(epoch_of(WALL)) + 30 * DAY - clock.wall()
    one.desk.turn(0.0)
    assert len(one.store.clips()) == 1
    clock.time += 3_600.0
    one.desk.turn(0.0)
    assert one.store.clips() == []
    assert min(key.epoch for key in Keys.load(tmp_path / "desk.keys").epochs) == epoch_of(WALL) + 1


def test_the_desk_stops_when_its_keys_cannot_be_kept(
    post: Callable[..., Post], keys: Keys, clock: HandClock, tmp_path: Path
) -> None:
    """A key file that vanished is an error, not a reason to keep what should go."""
    keys.save(tmp_path / "desk.keys")
    one = post(keys_file=tmp_path / "desk.keys")
    (tmp_path / "desk.keys").unlink()
    clock.time += 3_600.0
    with pytest.raises(SealError, match="no keys"):
        one.desk.turn(0.0)


def test_the_receipt_comes_after_the_commit(post: Callable[..., Post], keys: Keys) -> None:
    """If the store does not take the clip, no receipt is signed: the collector stops."""
    one = post()
    one.store._db.write("PRAGMA query_only=1")
    one.sender.send(Sealed(keys.card))
    with pytest.raises(OutboxError):
        one.until(lambda: bool(one.sender.answers))
    for _ in range(50):
        one.sender.turn()
    assert one.sender.answers == []


def test_without_a_broker_there_is_nothing_to_collect(keys: Keys, store: Store) -> None:
    """One clear error."""
    with pytest.raises(ConfigError, match="no broker"):
        collector_module.run(BrokerSettings(), "keepmum", keys, store, RealClock(), lambda: True)


def test_run_collects_until_it_is_told_to_stop(mosquitto: Any, keys: Keys, store: Store) -> None:
    """`run` asks `until` again and again and hangs up politely."""
    asked: list[int] = []
    broker = BrokerSettings(host="127.0.0.1", port=mosquitto.port)
    collector_module.run(broker, "keepmum", keys, store, HandClock(), lambda: asked.append(1) or len(asked) > 3)  # type: ignore[func-returns-value]
    assert len(asked) == 4


KILLED = """
import os, pathlib, signal, sys
from keepmum.clock import RealClock
from keepmum.desk.collector import Collector
from keepmum.desk.store import Store
from keepmum.seal import Keys
from keepmum.uplink.access import Access

class Killed(Collector):
    def _answer(self, below, name, signed):
        if signed is not None and below == sys.argv[4]:
            os.kill(os.getpid(), signal.SIGKILL)
        super()._answer(below, name, signed)

keys, store = Keys.load(pathlib.Path(sys.argv[1])), Store(pathlib.Path(sys.argv[2]))
desk = Killed(Access("127.0.0.1", int(sys.argv[3])), "keepmum", keys, store, RealClock())
while True:
    desk.turn(0.05)
    if desk.ready:
        print("ready", flush=True)
"""


@pytest.mark.parametrize("below", ["receipts", "deleted"])
def test_killed_between_commit_and_answer_it_answers_when_asked_again(
    mosquitto: Any, wait_until: Callable[..., None], tmp_path: Path, below: str
) -> None:
    """kill -9 after the work and before the word: nothing is lost, stored twice or left, and the word follows."""
    keys = keys_for(time.time())
    keys.save(tmp_path / "desk.keys")
    sender, clip = Sender(mosquitto.port), Sealed(keys.card, wall=time.time())
    wait_until(lambda: sender.ready, sender.turn)

    def killed_once(what: Callable[[], None], where: str) -> None:
        words = [str(tmp_path / "desk.keys"), str(tmp_path / "clips.db"), str(mosquitto.port), where]
        with subprocess.Popen([sys.executable, "-c", KILLED, *words], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            what()
            wait_until(lambda: process.poll() is not None, sender.turn)
            process.stdout.read()
        assert process.returncode == -signal.SIGKILL

    killed_once(lambda: sender.send(clip), "receipts")
    if below == "deleted":
        killed_once(lambda: sender.demand(clip), "deleted")
        assert scan([tmp_path / "clips.db", tmp_path / "clips.db-wal"], canaries(clip.bytes)) == []
    assert sender.answers == []
    store = Store(tmp_path / "clips.db", make=False)
    desk = Collector(Access("127.0.0.1", mosquitto.port), "keepmum", keys, store, RealClock(), pace=SWIFT)
    asked = f"receipts/{clip.parcel}" if below == "receipts" else f"deleted/{clip.deletion}"
    (sender.send if below == "receipts" else sender.demand)(clip)
    wait_until(lambda: sender.answered(asked), sender.turn, lambda: desk.turn(0.005))
    assert len(store.clips()) == (below == "receipts")
    assert len(store.all_gone()) == (below == "deleted")
    assert store.alarms() == store.refusals() == []
    sender.link.leave()
    desk.close()
    store.close()


def test_mosquitto_sub_reads_nothing_but_sealed_parts(post: Callable[..., Post], mosquitto: Any, keys: Keys) -> None:
    """What the broker's operator sees of a clip contains neither sound, phrase, consent nor purpose."""
    one, clip = post(), Sealed(keys.card)
    words = ["mosquitto_sub", "-V", "5", "-h", "127.0.0.1", "-p", str(mosquitto.port), "-t", "#", "-d", "-N"]
    with subprocess.Popen(["stdbuf", "-o0", *words], stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        while not reader.stdout.readline().startswith(b"Subscribed"):
            pass
        one.arrive(clip)
        seen = b""
        while b"keepmum/receipts/" not in seen:
            seen += os.read(reader.stdout.fileno(), 65_536)
        reader.terminate()
    assert b"keepmum-seal" in seen
    for canary in (NOISE[:64], b"keepmum-clip", clip.consent.encode(), bytes.fromhex(clip.consent), b"research"):
        assert canary not in seen


def test_every_liar_can_take_the_collectors_place(post: Callable[..., Post], keys: Keys, tmp_path: Path) -> None:
    """A test or a researcher names one, and gets its lie over a real broker: here one that keeps what it deleted."""
    one, clip = post(reception=LIARS["hoarder"]), Sealed(keys.card)
    one.arrive(clip)
    one.sender.demand(clip)
    one.until(lambda: one.sender.answered(f"deleted/{clip.deletion}"))
    assert check_deleted(keys.card, one.sender.answers[-1][1], clip.deletion).held
    assert scan([tmp_path], canaries(clip.bytes)) != []
