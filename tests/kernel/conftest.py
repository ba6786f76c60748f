"""What the tests on a real kernel share: the hand that presses from outside, and figures for the log.

They run in the machine that `scripts/kernel` boots. Anywhere else they are skipped: no other computer has a hand.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero import Factory

sys.path.insert(0, str(Path(__file__).parent))  # pytest imports tests by file, so this one is found by folder

from kernel_hand import BUTTON, POWER, SUPPLY, UP, Hand, port

from keepmum.hardware.pins import chips, lgpio_factory

FIGURES: list[str] = []
HERE = Path(__file__).parent


class Child:
    """A process from `kernel_children.py` that does its work until it is asked what it found."""

    def __init__(self) -> None:
        words = [sys.executable, str(HERE / "kernel_children.py")]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.begun = ""

    def begin(self, name: str) -> None:
        """Tell it what to do; returns once it says that it is ready."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        self.begun = self.process.stdout.readline()

    def found(self) -> Any:
        """What it found in the end."""
        said, _ = self.process.communicate(timeout=60)
        return json.loads(said or self.begun)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip them where there is no hand; they need nothing from this computer to be collected."""
    if port() is None:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip("no hand outside this computer: scripts/kernel boots one that has"))


@pytest.fixture(scope="session")
def outside() -> Iterator[Hand]:
    """The hand, held for as long as there are tests: its line can be opened once."""
    path = port()
    assert path is not None, "without a hand the tests are skipped"
    hand = Hand(path)
    yield hand
    hand.close()


@pytest.fixture
def hand(outside: Hand) -> Hand:
    """The hand, with the button up and nothing left over from the test before."""
    outside.play(BUTTON, (UP, 0.0))
    outside.wire(POWER, SUPPLY, inverted=True)
    outside.changes()
    return outside


@pytest.fixture(scope="session")
def pins(outside: Hand) -> Factory:
    """gpiozero's pins of the machine's only chip, by its label, as keepmum finds a Pi's.

    lgpio keeps every line that it has had, so no other process can have one of these; and a factory that was closed is
    not to be followed by another one in the same process, which would hear no edges.
    """
    (chip,) = chips()
    return lgpio_factory((chip.label,))


@pytest.fixture(scope="session")
def spares(outside: Hand) -> Iterator[list[Child]]:
    """One process that waits to be told what to do: to start one takes this slow machine ten seconds."""
    spares = [Child()]
    yield spares
    spares[0].process.communicate()


@pytest.fixture
def child(spares: list[Child]) -> Iterator[Callable[[str], Child]]:
    """Starts processes by name, and ends what is left of them."""
    started: list[Child] = []

    def start(name: str) -> Child:
        started.append(spares.pop())
        spares.append(Child())
        started[-1].begin(name)
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Write a measured figure into the log."""
    return lambda words: FIGURES.append(f"{request.node.name}: {words}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    if FIGURES:
        terminalreporter.section("measured")
        for words in FIGURES:
            terminalreporter.line(words)
