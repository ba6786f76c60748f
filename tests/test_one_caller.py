"""There is one line of code that puts something into the outbox, and one that opens the microphone."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

import keepmum

PACKAGE = Path(keepmum.__file__).parent
ONLY_PUT = ("listener/release.py", "self._outbox.put")
ONLY_OPEN = ("listener/capture.py", "self._microphone.open")
CAPTURES = {"self._capture.open", "stage.capture.open"}
"""Capture's own door, which the listener and the self-test go through."""

Mention = tuple[str, str]
Trees = dict[str, ast.Module]


def mentions(trees: Trees, wanted: Callable[[ast.Attribute, ast.Call | None], bool]) -> list[Mention]:
    """(file, expression) for every attribute access that is wanted, given also the call that it is part of."""
    found = []
    for name, tree in trees.items():
        calls = {node.func: node for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and wanted(node, calls.get(node)):
                found.append((name, ast.unparse(node)))
    return found


def puts(trees: Trees) -> list[Mention]:
    """What could be a call of the outbox's `put`: any `put` in the listener or the root but release's own."""
    inside = {name: tree for name, tree in trees.items() if name.startswith("listener/") or "/" not in name}
    return [found for found in mentions(inside, lambda node, _: node.attr == "put") if found[1] != "self._release.put"]


def opens(trees: Trees) -> list[Mention]:
    """What could be a call of a microphone's `open`, which takes no argument, but capture's own."""

    def wanted(node: ast.Attribute, call: ast.Call | None) -> bool:
        bare = call is None or not (call.args or call.keywords)
        return node.attr == "open" and (bare or "microphone" in ast.unparse(node.value).lower())

    return [found for found in mentions(trees, wanted) if found[1] not in CAPTURES]


WHOLE = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}


def planted(name: str, code: str) -> Trees:
    """The package with some code more in one of its files, or with one file more."""
    body = WHOLE[name].body if name in WHOLE else []
    return {**WHOLE, name: ast.Module([*body, *ast.parse(code).body], [])}


def test_only_release_puts_anything_into_the_outbox() -> None:
    """There is one door out, and one line of code that goes through it."""
    assert puts(WHOLE) == [ONLY_PUT]


def test_only_capture_opens_the_microphone() -> None:
    """There is one line of code after which sound can be heard."""
    assert opens(WHOLE) == [ONLY_OPEN]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("listener/keeper.py", "def sneak(self):\n    self._outbox.put(1)"),
        ("listener/sneak.py", "def sneak(box):\n    box.put(1)"),
        ("listener/sneak.py", "def sneak(outbox):\n    through = outbox.put\n    through(1)"),
        ("listener/sneak.py", "from keepmum.outbox import Outbox\nOutbox.put(None, 1)"),
        ("sneak.py", "def sneak(outbox):\n    outbox.put(1)"),
        ("listener/release.py", "def again(self):\n    self._outbox.put(1)"),
    ],
)
def test_a_planted_second_way_into_the_outbox_is_caught(name: str, code: str) -> None:
    """Under another name, by reference, through the class or twice in the right file."""
    assert len(puts(planted(name, code))) == 2


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("listener/loop.py", "def sneak(self):\n    self._microphone.open()"),
        ("listener/sneak.py", "def sneak(mic):\n    mic.open()"),
        ("listener/sneak.py", "def sneak(mic):\n    later = mic.open\n    later()"),
        ("listener/sneak.py", "from keepmum.hardware import Microphone\nMicrophone.open(None)"),
        ("hardware/button_gpio.py", "def sneak(hardware):\n    hardware.microphone.open()"),
        ("listener/capture.py", "def again(self):\n    self._microphone.open()"),
    ],
)
def test_a_planted_second_way_to_open_the_microphone_is_caught(name: str, code: str) -> None:
    """Under another name, by reference, through the class, from a driver or twice in the right file."""
    assert len(opens(planted(name, code))) == 2
