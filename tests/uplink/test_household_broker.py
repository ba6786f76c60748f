"""The example broker in config/mosquitto.conf, with the access list in config/mosquitto.acl."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keepmum import shipped
from keepmum.clock import RealClock
from keepmum.desk.collector import Collector
from keepmum.desk.store import Store
from keepmum.messages import Tighten
from keepmum.uplink.access import Access
from keepmum.uplink.pace import Pace

SWIFT = Pace(first=0.05, longest=0.2, per_minute=1_000, answer=5.0)


@pytest.fixture
def broker(mosquitto: Any, tmp_path: Path) -> Any:
    """The shipped files with another port and three passwords."""
    text = (shipped.folder() / "mosquitto.conf").read_text()
    acl, passwords = tmp_path / "acl", tmp_path / "passwords"
    acl.write_text((shipped.folder() / "mosquitto.acl").read_text())
    for number, user in enumerate(("speaker", "desk", "hub")):
        create = ["-c"] if number == 0 else []
        subprocess.run(["mosquitto_passwd", "-b", *create, str(passwords), user, f"{user} word"], check=True)
    for file in (acl, passwords):
        file.chmod(0o600)
    text = re.sub(r"^listener .*$", "", text, flags=re.MULTILINE)
    text = text.replace("/etc/mosquitto/keepmum.passwords", str(passwords))
    return mosquitto(text.replace("#acl_file /etc/mosquitto/keepmum.acl", f"acl_file {acl}"))


@pytest.fixture
def desk(broker: Any, keys: Any, tmp_path: Path) -> Iterator[Any]:
    """A collector with the desk's password."""
    store = Store(tmp_path / "clips.db")
    found = Access("127.0.0.1", broker.port, "desk", "desk word")
    one = Collector(found, "keepmum", keys, store, RealClock(), pace=SWIFT)
    yield one
    one.close()
    store.close()


def publish(port: int, user: str, topic: str, payload: str) -> None:
    who = ["-u", user, "-P", f"{user} word"]
    subprocess.run(["mosquitto_pub", "-p", str(port), *who, "-t", topic, "-m", payload], check=True, timeout=10)


def test_the_example_lets_each_do_its_part(
    broker: Any, desk: Any, household: Any, uplink: Any, wait_until: Any
) -> None:
    """With the printed access list a clip arrives, its receipt comes back, and the hub can ask for quiet."""
    wait_until(lambda: desk.ready, lambda: desk.turn(0.01))
    name = household.put_clip(3.0)
    loop = uplink(Access("127.0.0.1", broker.port, "speaker", "speaker word"))
    everything = (lambda: loop.turn(0.002), household.turn, lambda: desk.turn(0.002))
    wait_until(lambda: household.delivered == [name], *everything)
    publish(broker.port, "desk", "keepmum/tighten", "forget")
    publish(broker.port, "hub", "keepmum/tighten", "mute")
    wait_until(lambda: bool(household.of(Tighten)), *everything)
    assert household.of(Tighten) == [Tighten(want="mute")]


def test_the_example_lets_nobody_else_in(broker: Any) -> None:
    """Without a password there is no connection."""
    words = ["mosquitto_pub", "-V", "5", "-p", str(broker.port), "-t", "keepmum/tighten", "-m", "mute"]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)
    assert ended.returncode != 0
    assert "Not authorized" in ended.stderr


def test_the_example_keeps_nothing_on_disk(broker: Any) -> None:
    """mosquitto would write clips into its database: it has none."""
    assert "persistence false" in (shipped.folder() / "mosquitto.conf").read_text().splitlines()


def test_the_example_lets_a_clip_be_recalled(
    broker: Any, desk: Any, household: Any, uplink: Any, wait_until: Any
) -> None:
    """The speaker's demand reaches the desk, and the desk's answer the speaker."""
    wait_until(lambda: desk.ready, lambda: desk.turn(0.01))
    name = household.demand()
    loop = uplink(Access("127.0.0.1", broker.port, "speaker", "speaker word"))
    everything = (lambda: loop.turn(0.002), household.turn, lambda: desk.turn(0.002))
    wait_until(lambda: household.deleted == [name], *everything)
    assert household.deleted == [name]


def heard(port: int, user: str, topic: str) -> subprocess.Popen[str]:
    """Somebody who listens until a first message came."""
    who = ["-u", user, "-P", f"{user} word", "-V", "5", "-C", "1", "-W", "10", "-d", "-v"]
    words = ["stdbuf", "-oL", "mosquitto_sub", "-p", str(port), *who, "-t", topic]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Subscribed"):
            break
    return process


def test_the_example_lets_the_hub_see_how_the_speaker_is(
    broker: Any, household: Any, uplink: Any, wait_until: Any
) -> None:
    """Announcement and status pass the access list, with the will that the connection carries then."""
    listening = [heard(broker.port, "hub", topic) for topic in ("keepmum/status", "homeassistant/#")]
    topics = ("keepmum/status", "homeassistant/device/keepmum_0123456789abcdef/config")
    names = [household.put(b"{}", "status", topic, 15.0) for topic in topics]
    loop = uplink(Access("127.0.0.1", broker.port, "speaker", "speaker word"), None, None, "homeassistant")
    wait_until(lambda: household.delivered == names, lambda: loop.turn(0.002), household.turn)
    said = [process.communicate(timeout=15)[0].splitlines() for process in listening]
    assert [f"{topic} {{}}" in lines for topic, lines in zip(topics, said, strict=True)] == [True, True]


@pytest.mark.parametrize(
    ("user", "topic"),
    [
        ("speaker", "keepmum/tighten"),
        ("speaker", "keepmum/receipts/x"),
        ("speaker", "keepmum/deleted/x"),
        ("speaker", "homeassistant/status"),
        ("speaker", "homeassistant/light/x/config"),
        ("desk", "keepmum/tighten"),
        ("desk", "keepmum/clips/x"),
        ("desk", "keepmum/deletions/x"),
        ("desk", "keepmum/status"),
        ("hub", "keepmum/clips/x"),
        ("hub", "keepmum/receipts/x"),
        ("hub", "keepmum/deletions/x"),
        ("hub", "keepmum/deleted/x"),
        ("hub", "keepmum/status"),
        ("hub", "keepmum/home/lamp"),
    ],
)
def test_the_example_forbids_what_is_not_ones_part(broker: Any, user: str, topic: str) -> None:
    """Nobody writes where another speaks: no receipt by the hub, no request for quiet by the desk."""
    who = ["-u", user, "-P", f"{user} word", "-V", "5", "-q", "1"]
    words = ["mosquitto_pub", "-p", str(broker.port), *who, "-t", topic, "-m", "x", "-d"]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)
    assert "135" in ended.stdout + ended.stderr or "Not authorized" in ended.stdout + ended.stderr


@pytest.mark.parametrize("user", ["speaker", "hub"])
@pytest.mark.parametrize("topic", ["keepmum/clips/#", "#"])
def test_the_example_lets_nobody_but_the_desk_read_clips(broker: Any, user: str, topic: str) -> None:
    """A subscription to the clips is refused to the speaker and the hub, and one to everything shows them none."""
    who = ["-u", user, "-P", f"{user} word", "-V", "5", "-W", "2", "-d", "-v"]
    listener = subprocess.Popen(
        ["stdbuf", "-oL", "mosquitto_sub", "-p", str(broker.port), *who, "-t", topic],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert listener.stdout is not None
    for line in listener.stdout:
        if line.startswith("Subscribed"):
            break
    publish(broker.port, "speaker", "keepmum/clips/x", "sealed")
    assert "sealed" not in listener.communicate(timeout=10)[0]
