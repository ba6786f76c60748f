"""The example broker in config/mosquitto.conf, with its access list as printed there."""

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
    """The shipped file with another port, three passwords, and the access list that stands in its comments."""
    text = (shipped.folder() / "mosquitto.conf").read_text()
    acl, passwords = tmp_path / "acl", tmp_path / "passwords"
    acl.write_text("".join(f"{line}\n" for line in re.findall(r"^#   ((?:user|topic) .*)$", text, re.MULTILINE)))
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
