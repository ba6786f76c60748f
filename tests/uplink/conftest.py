"""Brokers, real and scripted, and a household for the uplink's tests."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from keepmum.clock import RealClock
from keepmum.uplink.access import Access
from keepmum.uplink.courier import Courier
from keepmum.uplink.house import House
from keepmum.uplink.loop import Loop
from keepmum.uplink.pace import Pace

SWIFT = Pace(first=0.05, longest=0.2, per_minute=1_000, answer=5.0, receipt=1.0)


def _beside(name: str) -> ModuleType:
    """A module of this folder; test folders are no packages."""
    full = f"keepmum_tests_uplink_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).parent / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


real = _beside("real_broker")
scripted_broker = _beside("scripted_broker")
household_module = _beside("household")
scene_module = _beside("scene")


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Start a real broker with these extra lines; it is stopped after the test."""
    started: list[Any] = []

    def start(extra: str = "allow_anonymous true") -> Any:
        started.append(real.Mosquitto(tmp_path, extra).start())
        return started[-1]

    yield start
    for broker in started:
        broker.kill()


@pytest.fixture
def counter() -> Iterator[Callable[..., Any]]:
    """Start an independent count with mosquitto_sub."""
    started: list[Any] = []

    def start(port: int, topic: str = "#") -> Any:
        started.append(real.Counter(port, topic))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def relay() -> Iterator[Callable[..., Any]]:
    """Start a link that breaks."""
    started: list[Any] = []

    def start(port: int, least: int, most: int, seed: int) -> Any:
        started.append(real.Relay(port, least, most, seed))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def scripted() -> Iterator[Any]:
    """A broker that does what the test says."""
    broker = scripted_broker.ScriptedBroker()
    yield broker
    broker.close()


@pytest.fixture
def clock() -> Any:
    """A clock that the test moves."""
    return household_module.HandClock()


@pytest.fixture
def keys() -> Any:
    """The collector's private keys."""
    return household_module.keys()


@pytest.fixture
def household(tmp_path: Path, keys: Any) -> Iterator[Any]:
    """The listener's side of the line."""
    one = household_module.Household(tmp_path / "run", keys.card)
    yield one
    one.close()


@pytest.fixture
def uplink(household: Any) -> Iterator[Callable[..., Loop]]:
    """Make an uplink for this household; without a clock it is a swift one in real time."""
    made: list[Loop] = []

    def make(
        access: Access | None, clock: Any = None, weather: str | None = None, discovery: str | None = None
    ) -> Loop:
        pace = SWIFT if clock is None else Pace()
        will = "keepmum/status" if discovery else None
        house = House(weather, discovery)
        courier = Courier("keepmum", house, lambda: 1.0, pace, configured=access is not None, will=will)
        made.append(Loop(household.folder, access, courier, clock or RealClock(), lambda: 1.0))
        return made[-1]

    yield make
    for loop in made:
        loop.close()


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Turn everything until something holds."""
    until: Callable[..., None] = real.wait_until
    return until


@pytest.fixture
def scene(uplink: Any, household: Any, scripted: Any, clock: Any) -> Any:
    """An uplink that may connect to the scripted broker."""
    access = Access("127.0.0.1", scripted.port, "speaker", "secret")
    return scene_module.Scene(uplink(access, clock, "house/weather"), household, scripted, clock)


@pytest.fixture
def announcing(uplink: Any, household: Any, scripted: Any, clock: Any) -> Any:
    """The same, for an owner who has Home Assistant."""
    access = Access("127.0.0.1", scripted.port, "speaker", "secret")
    loop = uplink(access, clock, None, "homeassistant")
    return scene_module.Scene(loop, household, scripted, clock)
