"""A real broker, keys and a store for the desk's tests."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file; the shared parts are found by folder

from desk_clips import WALL, keys_for

from keepmum.desk.reception import Reception
from keepmum.desk.store import Store
from keepmum.seal import Keys


def _real_broker() -> ModuleType:
    """The uplink's tests have one; test folders are no packages."""
    full = "keepmum_tests_uplink_real_broker"
    if full not in sys.modules:
        file = Path(__file__).parent.parent / "uplink" / "real_broker.py"
        spec = importlib.util.spec_from_file_location(full, file)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Any]:
    """A real broker that drops nothing, however much waits; it is stopped after the test."""
    broker = _real_broker().Mosquitto(tmp_path, "allow_anonymous true\nmax_queued_messages 0").start()
    yield broker
    broker.kill()


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Turn everything until something holds."""
    until: Callable[..., None] = _real_broker().wait_until
    return until


@pytest.fixture
def keys() -> Keys:
    """The recipient's private keys."""
    return keys_for(WALL)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    one = Store(tmp_path / "clips.db")
    yield one
    one.close()


@pytest.fixture
def desk(keys: Keys, store: Store) -> Reception:
    """The desk without a network."""
    return Reception(keys, store)
